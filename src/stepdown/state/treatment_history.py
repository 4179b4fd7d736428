"""What came before the current treatment: reasons, failures, relapses, quiet years, steroids (rules 19 to 23)."""

from __future__ import annotations

import numpy as np

from stepdown.criteria.values import encode
from stepdown.state.arrays import (
    AFTER,
    BEFORE,
    Bits,
    Flags,
    Floats,
    Index,
    begins,
    covered_since,
    distinct,
    flags,
    grouped,
    least,
    most,
    some,
    successive,
    today,
    together,
)
from stepdown.state.calendar import Days, add_months
from stepdown.state.events import Events
from stepdown.state.order import in_order
from stepdown.state.spans import rows_of
from stepdown.state.treatment_current import all_known, standing
from stepdown.state.treatment_drugs import drugs
from stepdown.state.treatment_rows import read_doses, read_rows, reasons


def start_reason(events: Events) -> Bits:
    """Why the current drug was started: as stated, else why the drug before it was stopped, if straight before."""
    found, values, size = standing(events), reasons(events.library), events.people.height
    rows, line = found.line.rows, found.line
    one = np.uint64(1)
    stated = np.where(rows.start >= 0, one << np.maximum(rows.start, 0).astype(np.uint64), np.uint64(0))
    left, right = line.left, line.right
    # another row of what may be the same stretch may say it
    exact = drugs(events.library).exact[rows.drug]
    same = exact[left] & (rows.drug[left] == rows.drug[right])
    same &= found.drug.since_low[left] == found.drug.since_low[right]
    np.bitwise_or.at(stated, left[same], stated.copy()[right][same])
    gap = events.library.number("direct-switch-months") * 365.25 / 12
    begins, ends = found.drug, found.drug
    other = rows.drug[left] != rows.drug[right]
    before = other & (rows.start_low[right] < begins.since_high[left])
    latest, earliest = begins.since_high[left] - ends.end_low[right], begins.since_low[left] - ends.end_high[right]
    straight = other & (rows.start_high[right] < begins.since_low[left]) & (latest <= gap) & (earliest >= -gap)
    maybe = before & (earliest <= gap) & (latest >= -gap)
    reason = np.where(rows.stop >= 0, one << np.maximum(rows.stop, 0).astype(np.uint64), np.uint64(0))
    derived = together(left[maybe], reason[right][maybe], rows.person.size)
    silent = some(left[maybe], reason[right][maybe] == 0, rows.person.size)
    silent |= ~some(left, straight, rows.person.size) | ~exact
    everything = np.uint64((1 << len(values)) - 1)
    first = ~some(left, before, rows.person.size) & all_known(events)[rows.person] & rows.certain & exact
    fresh = np.uint64(encode(frozenset({"first-treatment"}), values))
    bits = np.where(
        stated != 0, stated, np.where((derived != 0) & ~silent, derived, np.where(first, fresh, everything))
    )
    return np.where(found.known, together(rows.person[found.on], bits[found.on], size), everything)


def failed(events: Events) -> tuple[Floats, Floats]:
    """Drugs for MS that were stopped because the disease was active."""
    found, of, size = standing(events), drugs(events.library), events.people.height
    rows, now, activity = found.line.rows, today(events), reasons(events.library).index("activity")
    surely = (rows.stop == activity) & (rows.end_high <= now) & rows.certain
    key = rows.person * of.dmt.size + rows.drug
    keys, place = grouped(key)
    still_on = some(place, found.line.sure, keys.size)[place]
    ended = rows.stated & (rows.end_low <= now)
    maybe = (rows.stop == activity) | ((rows.stop == -1) & (ended | ~still_on))
    low = np.maximum(
        _kinds(rows.person, rows.drug, surely & of.exact[rows.drug], size), some(rows.person, surely, size)
    )
    high = np.maximum(_kinds(rows.person, rows.drug, maybe, size), low)
    vague = some(rows.person, ~of.exact[rows.drug], size)
    return low, np.where(all_known(events) & ~vague, high, np.inf)


def _kinds(person: Index, drug: Index, flags: Flags, size: int) -> Floats:
    span = int(drug.max(initial=0)) + 1
    keys = distinct(person[flags] * span + drug[flags])
    return np.bincount(keys // span, minlength=size).astype(np.float64)


def _relapses(events: Events) -> tuple[Index, Days, Days, Flags]:
    """Relapses by person: bounds on the day, and whether surely one."""
    rows = rows_of(events, "relapse")
    return rows.person, rows.first, rows.last, rows.happened


def relapses_before(events: Events) -> tuple[Floats, Floats]:
    """Relapses in the two years before the current drug was started."""
    found, size = standing(events), events.people.height
    months = -int(events.library.number("before-therapy-months"))
    apart = int(events.library.number("relapse-separation-days"))
    known = found.known & (found.since_low > BEFORE)
    start_low, start_high = np.where(known, found.since_low, 0), np.where(known, found.since_high, 0)
    from_low, from_high = add_months(start_low, np.array([months])), add_months(start_high, np.array([months]))
    covered = known & (covered_since(events, "relapse") <= from_low)
    person, low, high, sure = _relapses(events)
    inside = sure & (low >= from_high[person]) & (high < start_low[person])
    group, early, late = successive(person[inside], low[inside], high[inside])
    new = begins(group)
    new[1:] |= early[1:] - late[:-1] >= apart
    fewest = np.bincount(group[new], minlength=size).astype(np.float64)
    maybe = (high >= from_low[person]) & (low < start_high[person])
    most_ = np.bincount(person[maybe], minlength=size).astype(np.float64)
    return np.where(known, fewest, 0.0), np.where(covered, most_, np.inf)


def quiet_on_moderate(events: Events) -> tuple[Floats, Floats]:
    """Years of the longest stretch without a relapse on one drug of moderate efficacy."""
    found, of, now, size = standing(events), drugs(events.library), today(events), events.people.height
    rows, stretch = found.line.rows, found.drug
    moderate = of.moderate[rows.drug]
    low_end = np.minimum(stretch.end_low, now)
    start = np.maximum(stretch.since_high, covered_since(events, "relapse")[rows.person])
    solid = moderate & rows.certain & (start < low_end)
    person, early, late, _ = _relapses(events)
    longest = _quiet(rows.person[solid], start[solid], low_end[solid], person, early, late, size)
    never = all_known(events) & ~some(rows.person, moderate, size)
    widest = most(
        rows.person[moderate], np.minimum(stretch.end_high, now)[moderate] - stretch.since_low[moderate], size, 0
    )
    bounded = all_known(events) & (least(rows.person[moderate], stretch.since_low[moderate], size, AFTER) > BEFORE)
    high = np.where(never, 0.0, np.where(bounded, widest / 365.25, np.inf))
    return longest, np.maximum(high, longest)


def _quiet(owner: Index, start: Days, end: Days, person: Index, early: Days, late: Days, size: int) -> Floats:
    """Years of the longest part of any span of each person that no relapse can lie in."""
    if not owner.size:
        return np.zeros(size)
    spans = np.arange(owner.size)
    order = in_order(person)
    first, last = np.searchsorted(person[order], owner), np.searchsorted(person[order], owner, side="right")
    each = last - first
    span = np.repeat(spans, each)
    event = order[np.repeat(first, each) + np.arange(each.sum()) - np.repeat(np.cumsum(each) - each, each)]
    inside = (late[event] >= start[span]) & (early[event] <= end[span])
    span, event = span[inside], event[inside]
    # a relapse is a break from its earliest to its latest day; the ends of the span are breaks as well
    key = np.concatenate((spans, span, spans))
    from_ = np.concatenate((start, early[event], end))
    to = np.concatenate((start, late[event], end))
    sorting = in_order(key, from_)
    key, from_, to = key[sorting], from_[sorting], to[sorting]
    width = 8 * AFTER
    reached = np.maximum.accumulate(to + key * width) - key * width
    gap = np.append(np.where(key[1:] == key[:-1], from_[1:] - reached[:-1], 0), 0)[: key.size]
    return most(owner[key], np.maximum(gap, 0) / 365.25, size, 0.0)


def steroid_courses(events: Events) -> tuple[Floats, Floats]:
    """Courses of steroids that began in the last 12 months: relapses treated with them, and the drugs themselves."""
    of, rows, doses = drugs(events.library), read_rows(events), read_doses(events)
    now, size = today(events), events.people.height
    window = int(add_months(np.array([now]), np.array([-int(events.library.number("steroid-window-months"))]))[0])
    apart = int(events.library.number("steroid-separation-days"))
    person, low, high, sure = _relapses(events)
    steroids = events["relapse"]["steroids"]
    given, maybe = flags(steroids), flags(steroids, missing=True)
    mine, dosed = of.category["steroid"][rows.drug], of.category["steroid"][doses.drug]
    person = np.concatenate((person[maybe], rows.person[mine], doses.person[dosed]))
    low = np.concatenate((low[maybe], rows.start_low[mine], doses.low[dosed]))
    high = np.concatenate((high[maybe], rows.start_high[mine], doses.high[dosed]))
    sure = np.concatenate(((given & sure)[maybe], rows.certain[mine], doses.certain[dosed]))
    possible = high >= window
    surely = sure & (low >= window)
    doubtful = some(person[possible], ~surely[possible], size)
    group, early, late = successive(person[possible], low[possible], high[possible])
    first = begins(group)
    least_gap = np.append(AFTER, early[1:] - late[:-1])[: group.size]
    most_gap = np.append(AFTER, late[1:] - early[:-1])[: group.size]
    fewest = np.bincount(group[first | (least_gap >= apart)], minlength=size).astype(np.float64)
    most_ = np.bincount(group[first | (most_gap >= apart)], minlength=size).astype(np.float64)
    some_sure = some(person, surely, size)
    low_count = np.where(doubtful, some_sure.astype(np.float64), fewest)
    since = np.maximum(covered_since(events, "relapse"), covered_since(events, "treatment"))
    return low_count, np.where(since <= window, most_, np.inf)
