"""EDSS visits and relapses of N people as padded arrays, with what is not certain of them kept as ranges.

Days are whole days since 1970-01-01; `AFTER` is a day that never comes, `BEFORE` one that lies before all others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stepdown.knowledge.library import Library
from stepdown.state.arrays import AFTER, BEFORE, Flags, Floats, Index, covered_since, days, floats
from stepdown.state.calendar import Days
from stepdown.state.events import Events


@dataclass(frozen=True)
class Rules:
    """The numbers of the definition, from `library/definitions/disability.yaml` (days, EDSS points)."""

    step_baselines: Floats
    steps: Floats
    confirm: tuple[int, int]
    early: int
    late: int
    to_baseline: int
    to_confirmation: int
    raw: int
    pira_before: int
    pira_after: int
    gap: int

    @staticmethod
    def of(library: Library) -> Rules:
        """Read the definition from the library, once for each library."""
        if "worsening" not in library.cache:
            whole = {name: int(library.number(name)) for name in _DAYS}
            library.cache["worsening"] = Rules(
                np.array(library.definitions["edss-step-baselines"].value),
                np.array(library.definitions["edss-steps"].value),
                (whole["worsening-12w-days"], whole["worsening-24w-days"]),
                *(whole[name] for name in _DAYS[2:]),
            )
        rules = library.cache["worsening"]
        assert isinstance(rules, Rules)
        return rules

    def worse_from(self, baseline: Floats) -> Floats:
        """The lowest EDSS that is worse than each baseline by the step that counts; it never falls as they rise."""
        return baseline + self.step(baseline)

    def step(self, baseline: Floats) -> Floats:
        """The change of EDSS that counts from each baseline."""
        step: Floats = self.steps[np.searchsorted(self.step_baselines, baseline)]
        return step


_DAYS = (
    "worsening-12w-days",
    "worsening-24w-days",
    "worsening-early-days",
    "worsening-late-days",
    "relapse-to-baseline-days",
    "relapse-to-confirmation-days",
    "raw-days",
    "pira-before-days",
    "pira-after-days",
    "disability-gap-days",
)


@dataclass(frozen=True)
class Visits:
    """EDSS visits in certain order, people x visits. Scores that may fall on one day are one visit with a range.

    Attributes:
        first, last: earliest and latest possible day; `AFTER` beyond `count`.
        low, high: lowest and highest score; NaN beyond `count`.
        sure: whether the visit lies on or before the index date whatever its day.
        count: visits of each person.
        undated: whether the person has a score without any date.
    """

    first: Days
    last: Days
    low: Floats
    high: Floats
    sure: Flags
    count: Index
    undated: Flags

    def of(self, rows: Index) -> Visits:
        """The visits of some people."""
        return Visits(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Relapses:
    """Relapses, people x relapses, and since when every relapse would be on record.

    Attributes:
        first, last: earliest and latest possible day of onset; `AFTER` where there is none.
        sure: whether the relapse is confirmed and lies on or before the index date.
        since: first day from which relapses are observed without a break; `AFTER` where they are not.
    """

    first: Days
    last: Days
    sure: Flags
    since: Days

    def of(self, rows: Index) -> Relapses:
        """The relapses of some people."""
        return Relapses(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def any_between(self, start: Days, end: Days, sure: bool = False, owner: Index | None = None) -> Flags:
        """Whether a relapse may have begun in `[start, end]`; with `sure`, whether one surely did.

        Shapes: people x visits, or one entry for each person in `owner`.
        """
        found = np.zeros(start.shape, dtype=np.bool_)
        for index in range(self.first.shape[1]):
            first, last, known = (
                part[:, index, None] if owner is None else part[owner, index]
                for part in (self.first, self.last, self.sure)
            )
            found |= (
                np.logical_and((first >= start) & (last <= end), known) if sure else (last >= start) & (first <= end)
            )
        return found


@dataclass(frozen=True)
class Scores:
    """The table `disability` as arrays, one entry a row; `values` holds each score column, NaN where there is none."""

    person: Index
    first: Days
    last: Days
    certain: Flags
    during: Flags
    values: dict[str, Floats]

    @staticmethod
    def of(events: Events) -> Scores:
        """Read the table once for each `events`."""
        if "scores" not in events.cache:
            table = events["disability"]
            events.cache["scores"] = Scores(
                events.row_of("disability"),
                days(table["on"], BEFORE),
                days(table["on_latest"], AFTER),
                table["certain"].to_numpy(),
                yes(table["during_relapse"]),
                {name: floats(table[name]) for name in ("edss", "t25fw_s", "nhpt_s", "sdmt")},
            )
        found: Scores = events.cache["scores"]
        return found


def yes(column: pl.Series) -> Flags:
    """A Boolean column, false where it is null."""
    flags: Flags = column.cast(pl.Float64).to_numpy() == 1.0
    return flags


def read_visits(events: Events) -> Visits:
    """The EDSS visits of everyone in `events.people`."""
    scores, height = Scores.of(events), events.people.height
    given = ~np.isnan(scores.values["edss"])
    undated = np.zeros(height, dtype=np.bool_)
    undated[scores.person[given & (scores.first == BEFORE)]] = True
    kept = given & (scores.first > BEFORE)
    person, first, last = scores.person[kept], scores.first[kept], scores.last[kept]
    sure, score = scores.certain[kept], scores.values["edss"][kept]
    if not len(person):
        day, none = np.zeros((height, 0), dtype=np.int64), np.zeros((height, 0))
        return Visits(day, day, none, none, day.astype(np.bool_), np.zeros(height, dtype=np.int64), undated)
    # A score begins a new visit where its earliest day lies after the latest day of everything before it.
    span = 4 * AFTER
    reached = np.maximum.accumulate(last + person * span)
    start = np.flatnonzero(np.concatenate(([True], (first + person * span)[1:] > reached[:-1])))
    owner = person[start]
    place, count = _places(owner, height)
    width = int(count.max())
    return Visits(
        _pad(height, width, owner, place, np.minimum.reduceat(first, start), AFTER),
        _pad(height, width, owner, place, np.maximum.reduceat(last, start), AFTER),
        _pad(height, width, owner, place, np.minimum.reduceat(score, start), np.nan),
        _pad(height, width, owner, place, np.maximum.reduceat(score, start), np.nan),
        _pad(height, width, owner, place, np.logical_and.reduceat(sure, start), False),
        count,
        undated,
    )


def read_relapses(events: Events) -> Relapses:
    """The relapses of everyone in `events.people`; a score taken in a relapse is a relapse on that day, too."""
    table, scores, height = events["relapse"], Scores.of(events), events.people.height
    during = scores.during
    person = np.concatenate((events.row_of("relapse"), scores.person[during]))
    first = np.concatenate((days(table["on"], BEFORE), scores.first[during]))
    last = np.concatenate((days(table["on_latest"], AFTER), scores.last[during]))
    sure = np.concatenate((table["certain"].to_numpy() & ~yes(table["status"] == "suspected"), scores.certain[during]))
    order = np.argsort(person, kind="stable")
    owner = person[order]
    place, count = _places(owner, height)
    width = int(count.max(initial=0))
    return Relapses(
        _pad(height, width, owner, place, first[order], AFTER),
        _pad(height, width, owner, place, last[order], BEFORE),
        _pad(height, width, owner, place, sure[order], False),
        covered_since(events, "relapse"),
    )


def _places(owner: Index, height: int) -> tuple[Index, Index]:
    """The position of each row within its person, and the number of rows of each person (rows sorted by person)."""
    count = np.bincount(owner, minlength=height).astype(np.int64)
    return np.arange(len(owner)) - (np.cumsum(count) - count)[owner], count


def _pad(height: int, width: int, owner: Index, place: Index, values: NDArray[Any], fill: Any) -> NDArray[Any]:
    padded = np.full((height, width), fill, dtype=values.dtype)
    padded[owner, place] = values
    return padded
