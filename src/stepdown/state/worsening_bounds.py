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
from stepdown.state.worsening_visits import Relapses, Rules, Visits


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


def surely_happened(visits: Visits, relapses: Relapses, rules: Rules) -> Certain:
    """Find the last certain worsening of each person."""
    people, width = visits.first.shape
    shape = (people, len(rules.confirm))
    baseline_ok = _clear(visits, relapses, rules.to_baseline)
    confirm_ok = _clear(visits, relapses, rules.to_confirmation)
    highest = np.maximum.accumulate(np.where(np.isnan(visits.high), -np.inf, rules.worse_from(visits.high)), axis=1)
    found = Certain(Last(*(np.full(shape, NEVER) for _ in range(5))), np.full(shape, -1), np.full(shape, NEVER))
    for place in range(width - 1, 0, -1):
        able = baseline_ok[:, :place].any(axis=1) & visits.sure[:, place]
        able &= (place < visits.count) & (visits.low[:, place] >= highest[:, place - 1])
        if not able.any():
            continue
        for which in range(shape[1]):
            late = _confirming(visits, rules, which, place, highest[:, place - 1], confirm_ok & able[:, None])
            new = (late < AFTER) & (found.last.worsening[:, which] == NEVER)
            if new.any():
                _settle(visits, relapses, rules, which, place, late, new, found)
    return found


def may_have_begun(visits: Visits, rules: Rules, certain: Certain) -> Days:
    """The latest day on which a worsening may have begun that is confirmed or may yet be, people x 2."""
    latest = certain.day.copy()
    threshold = np.where(np.isnan(visits.low), np.inf, rules.worse_from(visits.low))
    for which in range(latest.shape[1]):
        later = np.arange(visits.first.shape[1]) > certain.run[:, which, None]
        lowest = np.minimum.accumulate(np.where(later, threshold, np.inf), axis=1)
        found = _last_possible(visits, rules, rules.confirm[which], lowest)
        latest[:, which] = np.maximum(latest[:, which], found)
    return latest


def _last_possible(visits: Visits, rules: Rules, confirm: int, lowest: Floats) -> Days:
    """The latest day of a visit that may be worse than a baseline before it, and may be or become confirmed."""
    people, width = visits.first.shape
    latest = np.full(people, NEVER)
    for place in range(width - 1, -1, -1):
        threshold, begin = lowest[:, place], visits.last[:, place]
        able = (place < visits.count) & (visits.high[:, place] >= threshold)
        if not able.any():
            continue
        held, confirmed = able, np.zeros(people, dtype=np.bool_)
        for later in range(place + 1, width):
            there = later < visits.count
            held = held & (~there | (visits.high[:, later] >= threshold))
            longest = visits.last[:, later] - visits.first[:, place]
            shortest = visits.first[:, later] - begin
            confirmed |= held & there & (longest >= confirm - rules.early) & (shortest <= confirm + rules.late)
        np.copyto(latest, begin, where=(confirmed | held) & (latest == NEVER))
    return latest


def _clear(visits: Visits, relapses: Relapses, distance: int) -> Flags:
    """Visits that surely took place, and surely at least `distance` days after any relapse."""
    start = visits.first - distance + 1
    return visits.sure & (relapses.since[:, None] <= start) & ~relapses.any_between(start, visits.last)


def _confirming(visits: Visits, rules: Rules, which: int, place: int, threshold: Floats, usable: Flags) -> Index:
    """The first later visit that surely confirms a worsening at visit `place`; `AFTER` where none does."""
    confirm, found = rules.confirm[which], np.full(len(threshold), AFTER)
    held = usable.any(axis=1)
    for later in range(place + 1, visits.first.shape[1]):
        held = held & (later < visits.count) & (visits.low[:, later] >= threshold)
        shortest = visits.first[:, later] - visits.last[:, place]
        longest = visits.last[:, later] - visits.first[:, place]
        window = (shortest >= confirm - rules.early) & (longest <= confirm + rules.late)
        np.copyto(found, later, where=held & window & usable[:, later] & (found == AFTER))
    return found


def _settle(
    visits: Visits, relapses: Relapses, rules: Rules, which: int, place: int, late: Index, new: Flags, found: Certain
) -> None:
    """Write down a certain worsening: since when at the earliest, and its kind if every completion gives the same."""
    each = np.arange(len(new))
    lowest = np.minimum.accumulate(rules.worse_from(visits.low[:, : place + 1]), axis=1)
    short = visits.high[:, : place + 1] < lowest
    run = np.where(short, np.arange(place + 1), -1).max(axis=1) + 1
    begin, end = visits.first[each, np.minimum(run, place)], visits.last[:, place]
    at = np.minimum(late, visits.first.shape[1] - 1)
    first, after = visits.first[each, at], visits.last[each, at]
    disturbed = relapses.any_between((begin - rules.pira_before)[:, None], (end + rules.pira_after)[:, None])[:, 0]
    disturbed |= relapses.any_between((first - rules.pira_before)[:, None], (after + rules.pira_after)[:, None])[:, 0]
    pira = new & ~disturbed & (relapses.since <= begin - max(rules.pira_before, rules.raw))
    pira &= after - begin <= rules.confirm[which] + rules.late
    raw = new & relapses.any_between((end - rules.raw)[:, None], begin[:, None], sure=True)[:, 0]
    for name, where in (("worsening", new), ("pira", pira), ("raw", raw)):
        np.copyto(getattr(found.last, name)[:, which], begin, where=where)
    np.copyto(found.run[:, which], run, where=new)
    np.copyto(found.day[:, which], end, where=new)
