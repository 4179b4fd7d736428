"""Events as arrays: people as row numbers, days as whole numbers; and the answers back as columns of the state.

Scans over arrays cost microseconds where a chain of frame operations costs milliseconds, for one person and for
millions alike. Unbounded is an infinity in here and a null in the frame.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stepdown.state.calendar import Days, count_months, day_number
from stepdown.state.events import Events
from stepdown.state.words import FEW

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Bits = NDArray[np.uint64]
Index = NDArray[np.int64]

BEFORE, AFTER = -1_000_000, 1_000_000
"""Days before and after every day of a record: unknown since when, and still going on."""


def today(events: Events) -> int:
    """The index date as a number."""
    return day_number(events.on)


def person_rows(events: Events, frame: pl.DataFrame) -> Index:
    """The row of `events.people` that each row of a table belongs to; -1 for somebody who is not in there."""
    people, ids = events.people["person_id"], frame["person_id"]
    if people.len() == 1 or frame.is_empty():
        return numbered(ids, {people[0]: 0}) if frame.height else np.zeros(0, np.int64)
    found = np.minimum(people.search_sorted(ids).to_numpy().astype(np.int64), people.len() - 1)
    return np.where((people.gather(found) == ids).to_numpy(), found, -1)


def days(dates: pl.Series, missing: int) -> Days:
    """Dates as numbers, `missing` where there is none."""
    found = dates.to_numpy()
    numbers: Days = np.where(np.isnat(found), missing, found.astype(np.int64))
    return numbers


def floats(values: pl.Series) -> Floats:
    """Numbers, NaN where there is none."""
    found: Floats = values.to_numpy().astype(np.float64)
    return found


def flags(values: pl.Series, missing: bool = False) -> Flags:
    """Truths, `missing` where there is none."""
    if values.len() <= FEW:
        return np.array([missing if value is None else value for value in values.to_list()], dtype=np.bool_)
    found: Flags = (values.fill_null(missing) if values.null_count() else values).to_numpy().astype(np.bool_)
    return found


def numbered(words: pl.Series, number: Mapping[str, int], other: int = -1, missing: int = -1) -> Index:
    """The number of each word, `other` for a word that has none, `missing` where there is no word."""
    if words.len() <= FEW:
        found = [missing if word is None else number.get(word, other) for word in words.to_list()]
        return np.array(found, dtype=np.int64)
    known = words.unique().drop_nulls()
    table = pl.Series([number.get(word, other) for word in known.to_list()], dtype=pl.Int64)
    return words.replace_strict(known, table, default=missing, return_dtype=pl.Int64).to_numpy()


def least(rows: Index, values: NDArray[Any], size: int, fill: Any) -> NDArray[Any]:
    """The least value of each of `size` groups, `fill` for an empty group."""
    found = np.full(size, fill, dtype=values.dtype)
    np.minimum.at(found, rows, values)
    return found


def most(rows: Index, values: NDArray[Any], size: int, fill: Any) -> NDArray[Any]:
    """The greatest value of each of `size` groups, `fill` for an empty group."""
    found = np.full(size, fill, dtype=values.dtype)
    np.maximum.at(found, rows, values)
    return found


def some(rows: Index, flags: Flags, size: int) -> Flags:
    """Whether any flag of each of `size` groups is set."""
    found = np.zeros(size, dtype=np.bool_)
    found[rows[flags]] = True
    return found


def count(rows: Index, flags: Flags, size: int) -> Floats:
    """How many flags of each of `size` groups are set."""
    return np.bincount(rows[flags], minlength=size).astype(np.float64)


def together(rows: Index, bits: Bits, size: int) -> Bits:
    """The bits that are set anywhere in each of `size` groups."""
    found = np.zeros(size, dtype=np.uint64)
    np.bitwise_or.at(found, rows, bits)
    return found


def months_since(day: Days, now: int) -> Floats:
    """Calendar months from days to the index date: infinite from `BEFORE`, 0 from a day that lies ahead.

    `AFTER` stands for no day at all and gives minus infinity.
    """
    months = count_months(np.clip(day, BEFORE, now), np.full(1, now))
    return np.where(day <= BEFORE, np.inf, np.where(day >= AFTER, -np.inf, months))


def covered_since(events: Events, domain: str) -> Days:
    """First day of the span in which each person's events are all on record up to the index date, else `AFTER`."""
    key = f"covered_since:{domain}"
    if key not in events.cache:
        events.cache[key] = days(events.covered(domain)["since"], AFTER)
    found: Days = events.cache[key]
    return found


def successive(group: Index, low: Days, high: Days) -> tuple[Index, Days, Days]:
    """The k-th event of each group, as bounds on its day.

    The k-th smallest of the true days lies between the k-th smallest of the earliest and the k-th smallest of the
    latest days, so bounds that narrow can only narrow these.

    Returns:
        Groups in order, with the earliest and the latest day of each successive event.
    """
    early, late = np.lexsort((low, group)), np.lexsort((high, group))
    return group[early], low[early], high[late]


class Answers:
    """The columns that a topic gives: one entry a person for each variable, with what it rests on."""

    def __init__(self, events: Events) -> None:
        self.events, self.size = events, events.people.height
        self._rests_on: dict[str, str] = {}
        self._bounds: dict[str, Floats] = {}
        self._days: dict[str, tuple[Days, float]] = {}
        self._truths: dict[str, Floats] = {}
        self._sets: dict[str, Bits] = {}
        self._sources: dict[str, list[tuple[Index, pl.Series]]] = {}

    def number(self, name: str, low: Floats, high: Floats, rests_on: str = "") -> None:
        """Add a number; an infinity is unbounded."""
        self._bounds[f"{name}.low"], self._bounds[f"{name}.high"] = low, high
        self._rests_on[name] = rests_on

    def at_most(self, name: str, where: Flags, bound: float) -> None:
        """Cut a number from above for the people of whom something else says so."""
        high = self._bounds[f"{name}.high"]
        self._bounds[f"{name}.high"] = np.where(where, np.minimum(high, bound), high)

    def since(self, name: str, latest: Days, earliest: Days, rests_on: str = "", months: float = 1.0) -> None:
        """Add the time since a day, in units of so many `months`; `BEFORE` and `AFTER` are unbounded."""
        self._days[f"{name}.low"], self._days[f"{name}.high"] = (latest, months), (earliest, months)
        self.number(name, np.empty(0), np.empty(0), rests_on)

    def category(self, name: str, bits: Bits, rests_on: str = "") -> None:
        """Add a category as the bits of what is still possible; none at all is an unknown."""
        everything = np.uint64((1 << len(self.events.library.values(name))) - 1)
        self._sets[f"{name}.set"] = np.where(bits == 0, everything, bits & everything)
        self._rests_on[name] = rests_on

    def truth(self, name: str, yes: Flags, no: Flags, rests_on: str = "") -> None:
        """Add a truth: yes, no, or unknown where neither."""
        self._truths[f"{name}.truth"] = np.where(yes, 1.0, np.where(no, 0.0, np.inf))
        self._rests_on[name] = rests_on

    def source(self, group: str, rows: Index, sources: pl.Series) -> None:
        """Say which events a group of variables rests on: the person and the source of each."""
        if self.events.explain:
            self._sources.setdefault(group, []).append((rows, sources))

    def frame(self) -> pl.DataFrame:
        """All columns, `<variable>.from` among them where an explanation was asked for."""
        self._count()
        columns = [self.events.people["person_id"], *_columns(self._bounds, self.size)]
        columns += [pl.Series(name, bits) for name, bits in self._sets.items()]
        truths = _columns(self._truths, self.size)
        if self.size <= FEW:
            columns += [pl.Series(truth.name, _booleans(truth), dtype=pl.Boolean) for truth in truths]
        else:
            columns += [truth.cast(pl.Boolean) for truth in truths]
        return pl.DataFrame(columns + self._from() if self.events.explain else columns)

    def _count(self) -> None:
        """Count the months since all days at once."""
        if self._days:
            months = months_since(np.concatenate([day for day, _ in self._days.values()]), today(self.events))
            for index, (name, (_, unit)) in enumerate(self._days.items()):
                self._bounds[name] = months[index * self.size : (index + 1) * self.size] / unit

    def _from(self) -> list[pl.Series]:
        """One pass over all groups of events, then each variable looks up its own."""
        if self.size <= FEW:
            return self._from_few()
        groups = {name: index for index, name in enumerate(self._sources)}
        held = [(groups[name], *part) for name, parts in self._sources.items() for part in parts]
        keys = np.concatenate([np.empty(0, np.int64), *(rows + group * self.size for group, rows, _ in held)])
        texts = pl.concat([pl.Series("source", [], dtype=pl.String), *(part.alias("source") for *_, part in held)])
        lists = (
            pl.DataFrame({"key": keys, "source": texts})
            .lazy()
            .filter(pl.col("source").is_not_null())
            .group_by("key")
            .agg(pl.col("source").unique().sort())
            .collect()
        )
        place = np.full((len(groups) + 1, self.size), lists.height, dtype=np.int64)
        place.reshape(-1)[lists["key"].to_numpy()] = np.arange(lists.height)
        found = lists["source"].append(pl.Series([[]], dtype=pl.List(pl.String)))
        names = set(self._rests_on.values())
        of_group = {name: found.gather(place[groups.get(name, len(groups))]) for name in names}
        return [of_group[group].alias(f"{name}.from") for name, group in self._rests_on.items()]

    def _from_few(self) -> list[pl.Series]:
        """The same for a few people, without the cost of frames."""
        kind = pl.List(pl.String)
        found = {"": pl.Series([[] for _ in range(self.size)], dtype=kind)}
        made: dict[str, pl.Series] = {}
        for group, parts in self._sources.items():
            lists: list[set[str]] = [set() for _ in range(self.size)]
            for rows, texts in parts:
                for row, text in zip(rows.tolist(), texts.to_list(), strict=True):
                    if text is not None:
                        lists[row].add(text)
            content = [sorted(part) for part in lists]
            # groups without rows of their own rest on the same spans, and a series costs more than its name
            key = repr(content)
            if key not in made:
                made[key] = pl.Series(content, dtype=kind)
            found[group] = made[key]
        return [found.get(group, found[""]).alias(f"{name}.from") for name, group in self._rests_on.items()]


def _columns(values: dict[str, Floats], size: int) -> list[pl.Series]:
    """Columns of numbers, null where infinite."""
    if size > FEW:
        return [
            pl.Series(name, np.where(np.isinf(part), np.nan, part), nan_to_null=True) for name, part in values.items()
        ]
    rows = np.concatenate([*values.values(), np.empty(0)]).tolist()
    cells = [None if cell in _INFINITE else cell for cell in rows]
    return [
        pl.Series(name, cells[index * size : (index + 1) * size], dtype=pl.Float64) for index, name in enumerate(values)
    ]


def _booleans(truth: pl.Series) -> list[bool | None]:
    return [None if cell is None else bool(cell) for cell in truth.to_list()]


_INFINITE = (float("inf"), float("-inf"))
