"""Confirmed worsening where the record leaves something open: what may have happened, and what surely did.

Open means: a day that is known to the month or year only, two scores that may fall on one day, a suspected
relapse, or a time in which relapses were not observed. Whatever completes such a record, the last worsening of
its scan (`worsening.scan`) lies within these bounds:

* It *may* have begun at a visit whose score, up to a possible confirmation, could reach the step above the
  lowest threshold of all scores before it.
* It *surely* happened where every score from a visit to its confirmation passes the threshold of every score
  before it, whichever of those is the baseline, and one of those can serve as baseline whatever relapses there
  were. A new maximum cannot be taken for anything else; it began within the run of scores that leads to it.
"""

from __future__ import annotations

import numpy as np

from stepdown.state.arrays import AFTER, Flags, Floats, Index
from stepdown.state.calendar import Days
from stepdown.state.worsening import NEVER, Last
from stepdown.state.worsening_visits import Relapses, Rules, Visits


def may_have_begun(visits: Visits, rules: Rules, on: int) -> Days:
    """The latest day on which a worsening may have begun that is confirmed or may yet be, people x 2."""
    people, width = visits.first.shape
    confirm = np.array(rules.confirm)
    latest = np.full((people, len(confirm)), NEVER)
    lowest = np.minimum.accumulate(np.where(np.isnan(visits.low), np.inf, rules.worse_from(visits.low)), axis=1)
    for place in range(width - 1, -1, -1):
        threshold, begin = lowest[:, place], visits.last[:, place]
        able = (place < visits.count) & (visits.high[:, place] >= threshold)
        if not able.any():
            continue
        held, confirmed = able, np.zeros(latest.shape, dtype=np.bool_)
        for later in range(place + 1, width):
            there = later < visits.count
            held = held & (~there | (visits.high[:, later] >= threshold))
            longest = (visits.last[:, later] - visits.first[:, place])[:, None]
            shortest = (visits.first[:, later] - begin)[:, None]
            window = (longest >= confirm - rules.early) & (shortest <= confirm + rules.late)
            confirmed |= (held & there)[:, None] & window
        pending = held[:, None] & ((on - begin)[:, None] <= confirm + rules.late)
        np.copyto(latest, begin[:, None], where=(confirmed | pending) & (latest == NEVER))
    return latest


def surely_happened(visits: Visits, relapses: Relapses, rules: Rules) -> Last:
    """The earliest day on which the last certain worsening may have begun, and the last of a certain kind.

    Returns:
        As from `worsening.scan`, `NEVER` where nothing is certain; `unclear` and `pending` are `NEVER`.
    """
    people, width = visits.first.shape
    baseline_ok = _clear(visits, relapses, rules.to_baseline)
    confirm_ok = _clear(visits, relapses, rules.to_confirmation)
    highest = np.maximum.accumulate(np.where(np.isnan(visits.high), -np.inf, rules.worse_from(visits.high)), axis=1)
    found = [Last(*(np.full(people, NEVER) for _ in range(5))) for _ in rules.confirm]
    for place in range(width - 1, 0, -1):
        able = baseline_ok[:, :place].any(axis=1) & visits.sure[:, place]
        able &= (place < visits.count) & (visits.low[:, place] >= highest[:, place - 1])
        if not able.any():
            continue
        for last, confirm in zip(found, rules.confirm, strict=True):
            late = _confirming(visits, rules, confirm, place, highest[:, place - 1], confirm_ok & able[:, None])
            new = (late < AFTER) & (last.worsening == NEVER)
            if new.any():
                _settle(visits, relapses, rules, confirm, place, late, new, last)
    return Last(*(np.stack([getattr(last, name) for last in found], axis=1) for name in Last.__dataclass_fields__))


def _clear(visits: Visits, relapses: Relapses, distance: int) -> Flags:
    """Visits that surely took place, and surely at least `distance` days after any relapse."""
    start = visits.first - distance + 1
    return visits.sure & (relapses.since[:, None] <= start) & ~relapses.any_between(start, visits.last)


def _confirming(visits: Visits, rules: Rules, confirm: int, place: int, threshold: Floats, usable: Flags) -> Index:
    """The first later visit that surely confirms a worsening at visit `place`; `AFTER` where none does."""
    found = np.full(len(threshold), AFTER)
    held = usable.any(axis=1)
    for later in range(place + 1, visits.first.shape[1]):
        held = held & (later < visits.count) & (visits.low[:, later] >= threshold)
        shortest = visits.first[:, later] - visits.last[:, place]
        longest = visits.last[:, later] - visits.first[:, place]
        window = (shortest >= confirm - rules.early) & (longest <= confirm + rules.late)
        np.copyto(found, later, where=held & window & usable[:, later] & (found == AFTER))
    return found


def _settle(
    visits: Visits, relapses: Relapses, rules: Rules, confirm: int, place: int, late: Index, new: Flags, last: Last
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
    pira &= after - begin <= confirm + rules.late
    raw = new & relapses.any_between((end - rules.raw)[:, None], begin[:, None], sure=True)[:, 0]
    for name, where in (("worsening", new), ("pira", pira), ("raw", raw)):
        np.copyto(getattr(last, name), begin, where=where)
