"""EDSS visits and relapses of N people as arrays, with what is not certain of them kept as ranges.

Days are whole days since 1970-01-01; `AFTER` is a day that never comes, `BEFORE` one that lies before all others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stepdown.knowledge.library import Library
from stepdown.state.arrays import AFTER, BEFORE, Flags, Floats, Index, covered_since, days, floats
from stepdown.state.calendar import Days
from stepdown.state.events import Events
from stepdown.state.order import in_order
from stepdown.state.words import is_yes, matches


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
class Grid:
    """EDSS visits of some people, people x visits.

    Attributes:
        person: row of each person in `Events.people`.
        first, last: earliest and latest possible day; `AFTER` beyond `count`.
        low, high: lowest and highest score; NaN beyond `count`.
        sure: whether the visit lies on or before the index date whatever its day.
        count: visits of each person.
        inside: whether there is a visit.
    """

    person: Index
    first: Days
    last: Days
    low: Floats
    high: Floats
    sure: Flags
    count: Index
    inside: Flags


@dataclass(frozen=True)
class Visits:
    """EDSS visits, one entry each, by person and in certain order. Scores that may fall on one day are one visit.

    Attributes:
        person, first, last, low, high, sure: as in `Grid`.
        count: visits of each person in `Events.people`.
        undated: whether the person has a score without any date.
    """

    person: Index
    first: Days
    last: Days
    low: Floats
    high: Floats
    sure: Flags
    count: Index
    undated: Flags

    def of(self, people: Index) -> Grid:
        """The visits of some people."""
        count = self.count[people]
        place = np.arange(int(count.max(initial=0)))
        inside = place < count[:, None]
        at = np.where(inside, (np.cumsum(self.count) - self.count)[people][:, None] + place, 0)
        first, last = (np.where(inside, part[at], AFTER) for part in (self.first, self.last))
        low, high = (np.where(inside, part[at], np.nan) for part in (self.low, self.high))
        return Grid(people, first, last, low, high, inside & self.sure[at], count, inside)

    def may_worsen(self, rules: Rules) -> Flags:
        """Who has a score that may be worse than one before it by the step that counts; perhaps some more people."""
        # people lie so far apart on this line that one running minimum serves them all
        base = -100.0 * self.person
        lowest = np.minimum.accumulate(base + rules.worse_from(self.low)) if self.person.size else self.low
        found = np.zeros(self.count.size, np.bool_)
        found[self.person[base + self.high > lowest - _NEARLY]] = True
        return found


_NEARLY = 1e-6
"""Points of EDSS that the shift of people may lose."""


@dataclass(frozen=True)
class Relapses:
    """Relapses, one entry each, by person, and since when every relapse would be on record.

    Attributes:
        person: row of its person in `Events.people`.
        first, last: earliest and latest possible day of onset.
        sure: whether the relapse is confirmed and lies on or before the index date.
        begin, count: for each person the first of the entries, and how many there are.
        since: first day from which relapses are observed without a break; `AFTER` where they are not.
    """

    person: Index
    first: Days
    last: Days
    sure: Flags
    begin: Index
    count: Index
    since: Days

    def any_between(self, start: Days, end: Days, owner: Index, sure: bool = False) -> Flags:
        """Whether a relapse of `owner` may have begun in `[start, end]`; with `sure`, whether one surely did."""
        found = np.zeros(owner.size, dtype=np.bool_)
        count, place = self.count[owner], 0
        open_ = np.flatnonzero(count > 0)
        while open_.size:
            at = self.begin[owner[open_]] + place
            first, last, from_, to = self.first[at], self.last[at], start[open_], end[open_]
            inside = (first >= from_) & (last <= to) & self.sure[at] if sure else (last >= from_) & (first <= to)
            found[open_[inside]] = True
            place += 1
            open_ = open_[~inside & (count[open_] > place)]
        return found

    def near(self, grid: Grid, start: Days, end: Days) -> Flags:
        """Whether a relapse may have begun in `[start, end]` of each visit of a grid."""
        found = np.zeros(grid.inside.shape, dtype=np.bool_)
        owner = np.repeat(grid.person, grid.count)
        found[grid.inside] = self.any_between(start[grid.inside], end[grid.inside], owner)
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
                is_yes(table["during_relapse"]),
                {name: floats(table[name]) for name in ("edss", "t25fw_s", "nhpt_s", "sdmt")},
            )
        found: Scores = events.cache["scores"]
        return found


def read_visits(events: Events) -> Visits:
    """The EDSS visits of everyone in `events.people`."""
    scores, height = Scores.of(events), events.people.height
    given = ~np.isnan(scores.values["edss"])
    undated = np.zeros(height, dtype=np.bool_)
    undated[scores.person[given & (scores.first == BEFORE)]] = True
    kept = given & (scores.first > BEFORE)
    person, first, last = scores.person[kept], scores.first[kept], scores.last[kept]
    sure, score = scores.certain[kept], scores.values["edss"][kept]
    # A score begins a new visit where its earliest day lies after the latest day of everything before it.
    span = 4 * AFTER
    reached = np.maximum.accumulate(last + person * span)
    start = np.flatnonzero(np.append(True, (first + person * span)[1:] > reached[:-1])[: person.size])
    if start.size < person.size:
        first, last = np.minimum.reduceat(first, start), np.maximum.reduceat(last, start)
        sure = np.logical_and.reduceat(sure, start)
        low, high = np.minimum.reduceat(score, start), np.maximum.reduceat(score, start)
        person = person[start]
    else:
        low = high = score
    count = np.bincount(person, minlength=height).astype(np.int64)
    return Visits(person, first, last, low, high, sure, count, undated)


def read_relapses(events: Events) -> Relapses:
    """The relapses of everyone in `events.people`; a score taken in a relapse is a relapse on that day, too."""
    table, scores, height = events["relapse"], Scores.of(events), events.people.height
    during = scores.during
    person = np.concatenate((events.row_of("relapse"), scores.person[during]))
    first = np.concatenate((days(table["on"], BEFORE), scores.first[during]))
    last = np.concatenate((days(table["on_latest"], AFTER), scores.last[during]))
    happened = table["certain"].to_numpy() & ~matches(table["status"], ("suspected",))
    sure = np.concatenate((happened, scores.certain[during]))
    if during.any():
        order = in_order(person)
        person, first, last, sure = person[order], first[order], last[order], sure[order]
    count = np.bincount(person, minlength=height).astype(np.int64)
    return Relapses(person, first, last, sure, np.cumsum(count) - count, count, covered_since(events, "relapse"))
