"""Confirmed worsening where the record leaves something open: what may have happened, and what surely did.

Open means: a day that is known to the month or year only, two scores that may fall on one day, a suspected
relapse, or a time in which relapses were not observed. Whatever completes such a record, the last worsening of
its scan (`worsening.scan`) lies within these bounds:

* It *may* have begun at a visit whose score, up to a possible confirmation, could reach the step above the
  lowest threshold of all scores before it.
* It *surely* happened where every score from a visit to its confirmation passes the threshold of every score
  before it, whichever of those is the baseline, and one of those can serve as baseline whatever relapses there
  were. A new maximum cannot be taken for anything else; it began within the run of scores that leads to it, and
  what comes later starts from a baseline within or after that run.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stepdown.state.arrays import AFTER, Flags, Floats, Index
from stepdown.state.calendar import Days
from stepdown.state.worsening import NEVER, Last
from stepdown.state.worsening_visits import Grid, Relapses, Rules


@dataclass(frozen=True)
class Certain:
    """The last worsening that surely happened, people x 2 (12 and 24 weeks).

    Attributes:
        last: the earliest day on which it may have begun, of any kind and of a certain kind; as from
            `worsening.scan`, with `unclear` and `pending` never used.
        run: the first visit at which it may have begun; -1 where there is none.
        day: the latest day on which it may have begun.
    """

    last: Last
    run: Index
    day: Days


def surely_happened(visits: Grid, relapses: Relapses, rules: Rules) -> Certain:
    """Find the last certain worsening of each person."""
    people, width = visits.first.shape
    shape = (people, len(rules.confirm))
    baseline_ok = _clear(visits, relapses, rules.to_baseline)
    confirm_ok = _clear(visits, relapses, rules.to_confirmation)
    highest = np.maximum.accumulate(np.where(np.isnan(visits.high), -np.inf, rules.worse_from(visits.high)), axis=1)
    visit, confirming = np.full(shape, -1), np.full(shape, -1)
    for place in range(width - 2, 0, -1):
        able = baseline_ok[:, :place].any(axis=1) & visits.sure[:, place]
        able &= (place < visits.count) & (visits.low[:, place] >= highest[:, place - 1])
        for which in range(shape[1]):
            rows = np.flatnonzero(able & (visit[:, which] < 0))
            late = _confirming(visits, rules, which, place, rows, highest[rows, place - 1], confirm_ok)
            new = late < AFTER
            visit[rows[new], which], confirming[rows[new], which] = place, late[new]
    found = Certain(Last(*(np.full(shape, NEVER) for _ in range(5))), np.full(shape, -1), np.full(shape, NEVER))
    for which in range(shape[1]):
        _settle(visits, relapses, rules, which, visit[:, which], confirming[:, which], found)
    return found


def may_have_begun(visits: Grid, rules: Rules, certain: Certain) -> Days:
    """The latest day on which a worsening may have begun that is confirmed or may yet be, people x 2."""
    latest = certain.day.copy()
    threshold = np.where(np.isnan(visits.low), np.inf, rules.worse_from(visits.low))
    for which in range(latest.shape[1]):
        later = np.arange(visits.first.shape[1]) > certain.run[:, which, None]
        lowest = np.minimum.accumulate(np.where(later, threshold, np.inf), axis=1)
        found = _last_possible(visits, rules, rules.confirm[which], lowest)
        latest[:, which] = np.maximum(latest[:, which], found)
    return latest


def _last_possible(visits: Grid, rules: Rules, confirm: int, lowest: Floats) -> Days:
    """The latest day of a visit that may be worse than a baseline before it, and may be or become confirmed."""
    people, width = visits.first.shape
    latest = np.full(people, NEVER)
    for place in range(width - 1, -1, -1):
        able = (place < visits.count) & (visits.high[:, place] >= lowest[:, place])
        rows, later = np.flatnonzero(able & (latest == NEVER)), slice(place + 1, None)
        first, last, high = (part[rows, later] for part in (visits.first, visits.last, visits.high))
        there, begin = visits.inside[rows, later], visits.last[rows, place]
        held = np.logical_and.accumulate(~there | (high >= lowest[rows, place, None]), axis=1)
        longest, shortest = last - visits.first[rows, place, None], first - begin[:, None]
        window = (longest >= confirm - rules.early) & (shortest <= confirm + rules.late)
        found = (held & there & window).any(axis=1) | held[:, -1:].all(axis=1)
        latest[rows[found]] = begin[found]
    return latest


def _clear(visits: Grid, relapses: Relapses, distance: int) -> Flags:
    """Visits that surely took place, and surely at least `distance` days after any relapse."""
    start = visits.first - distance + 1
    return visits.sure & (relapses.since[visits.person, None] <= start) & ~relapses.near(visits, start, visits.last)


def _confirming(
    visits: Grid, rules: Rules, which: int, place: int, rows: Index, threshold: Floats, usable: Flags
) -> Index:
    """The first later visit that surely confirms a worsening of some rows at visit `place`; `AFTER` where none does."""
    confirm, later = rules.confirm[which], slice(place + 1, None)
    held = np.logical_and.accumulate(visits.low[rows, later] >= threshold[:, None], axis=1)
    shortest = visits.first[rows, later] - visits.last[rows, place, None]
    longest = visits.last[rows, later] - visits.first[rows, place, None]
    held &= (shortest >= confirm - rules.early) & (longest <= confirm + rules.late) & usable[rows, later]
    return np.where(held.any(axis=1), place + 1 + held.argmax(axis=1), AFTER)


def _settle(
    visits: Grid, relapses: Relapses, rules: Rules, which: int, visit: Index, confirming: Index, found: Certain
) -> None:
    """Write down certain worsenings: since when at the earliest, and the kind if every completion gives the same.

    Args:
        visits, relapses, rules: as told.
        which: which confirmation.
        visit, confirming: for each person the visit that is surely worse, and the one that confirms it; -1 for none.
        found: where they are written down.
    """
    rows = np.flatnonzero(visit >= 0)
    last, late, places = visit[rows], confirming[rows], np.arange(visits.first.shape[1])
    lowest = np.minimum.accumulate(rules.worse_from(visits.low[rows]), axis=1)
    short = (visits.high[rows] < lowest) & (places <= last[:, None])
    run = np.where(short, places, -1).max(axis=1, initial=-1) + 1
    begin, end = visits.first[rows, np.minimum(run, last)], visits.last[rows, last]
    first, after, person = visits.first[rows, late], visits.last[rows, late], visits.person[rows]
    disturbed = relapses.any_between(begin - rules.pira_before, end + rules.pira_after, person)
    disturbed |= relapses.any_between(first - rules.pira_before, after + rules.pira_after, person)
    pira = ~disturbed & (relapses.since[person] <= begin - max(rules.pira_before, rules.raw))
    pira &= after - begin <= rules.confirm[which] + rules.late
    raw = relapses.any_between(end - rules.raw, begin, person, sure=True)
    found.last.worsening[rows, which] = begin
    found.last.pira[rows[pira], which] = begin[pira]
    found.last.raw[rows[raw], which] = begin[raw]
    found.run[rows, which] = run
    found.day[rows, which] = end
