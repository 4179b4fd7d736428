"""Events as arrays: people as row numbers, days as whole numbers; and the answers back as columns of the state.

Scans over arrays cost microseconds where a chain of frame operations costs milliseconds, for one person and for
millions alike. Unbounded is an infinity in here and a null in the frame.
"""

from __future__ import annotations

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
        return np.where((ids == people[0]).to_numpy(), 0, -1) if frame.height else np.zeros(0, np.int64)
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
    """Calendar months from days to the index date; infinite from `BEFORE`, 0 from a day that lies ahead."""
    known = day > BEFORE
    months = count_months(np.where(known, np.minimum(day, now), now), np.full(1, now))
    return np.where(known, months, np.inf)


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
        self._columns: list[pl.Series] = [events.people["person_id"]]
        self._pending: list[tuple[str, str]] = []
        self._sources: dict[str, tuple[Index, pl.Series]] = {}

    def number(self, name: str, low: Floats, high: Floats, rests_on: str = "") -> None:
        """Add a number; an infinity is unbounded."""
        bounds = ((f"{name}.low", low), (f"{name}.high", high))
        self._columns += [
            pl.Series(column, np.where(np.isinf(bound), np.nan, bound), nan_to_null=True) for column, bound in bounds
        ]
        self._pending.append((name, rests_on))

    def category(self, name: str, bits: Bits, rests_on: str = "") -> None:
        """Add a category as the bits of what is still possible; none at all is an unknown."""
        everything = np.uint64((1 << len(self.events.library.values(name))) - 1)
        self._columns.append(pl.Series(f"{name}.set", np.where(bits == 0, everything, bits & everything)))
        self._pending.append((name, rests_on))

    def truth(self, name: str, yes: Flags, no: Flags, rests_on: str = "") -> None:
        """Add a truth: yes, no, or unknown where neither."""
        value = np.where(yes, 1.0, np.where(no, 0.0, np.nan))
        self._columns.append(pl.Series(f"{name}.truth", value, nan_to_null=True).cast(pl.Boolean))
        self._pending.append((name, rests_on))

    def source(self, group: str, rows: Index, sources: pl.Series) -> None:
        """Say which events a group of variables rests on: the person and the source of each."""
        if self.events.explain:
            known = self._sources.get(group)
            self._sources[group] = (
                (np.concatenate((known[0], rows)), known[1].append(sources)) if known else (rows, sources.clone())
            )

    def frame(self) -> pl.DataFrame:
        """All columns, `<variable>.from` among them where an explanation was asked for."""
        if self.events.explain:
            self._columns += self._from()
        return pl.DataFrame(self._columns)

    def _from(self) -> list[pl.Series]:
        """One pass over all groups of events, then each variable looks up its own."""
        if self.size <= FEW:
            return self._from_few()
        groups = {name: index for index, name in enumerate(self._sources)}
        keys = [np.empty(0, np.int64)] + [rows + groups[name] * self.size for name, (rows, _) in self._sources.items()]
        texts = pl.concat([pl.Series([], dtype=pl.String), *(texts for _, texts in self._sources.values())])
        lists = (
            pl.DataFrame({"key": np.concatenate(keys), "source": texts.alias("source")})
            .filter(pl.col("source").is_not_null())
            .group_by("key")
            .agg(pl.col("source").unique().sort())
        )
        place = np.full(len(groups) * self.size + 1, lists.height, dtype=np.int64)
        place[lists["key"].to_numpy()] = np.arange(lists.height)
        found = lists["source"].append(pl.Series([[]], dtype=pl.List(pl.String)))
        nothing = np.full(self.size, lists.height, dtype=np.int64)
        per_group = {
            name: found.gather(place[index * self.size : (index + 1) * self.size]) for name, index in groups.items()
        }
        empty = found.gather(nothing)
        return [per_group.get(group, empty).alias(f"{name}.from") for name, group in self._pending]

    def _from_few(self) -> list[pl.Series]:
        """The same for a few people, without the cost of frames."""
        kind = pl.List(pl.String)
        found = {"": pl.Series([[] for _ in range(self.size)], dtype=kind)}
        for group, (rows, texts) in self._sources.items():
            lists: list[set[str]] = [set() for _ in range(self.size)]
            for row, text in zip(rows.tolist(), texts.to_list(), strict=True):
                if text is not None:
                    lists[row].add(text)
            found[group] = pl.Series([sorted(part) for part in lists], dtype=kind)
        return [found.get(group, found[""]).alias(f"{name}.from") for name, group in self._pending]
