"""Drugs that are given in courses: how many courses, how long ago, in which phase.

Rules 16 to 18 of docs/treatment.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stepdown.criteria.values import encode
from stepdown.knowledge.library import Library
from stepdown.state.arrays import (
    AFTER,
    BEFORE,
    Bits,
    Floats,
    Index,
    among,
    begins,
    covered_since,
    grouped,
    least,
    months_since,
    most,
    some,
    successive,
    today,
    together,
)
from stepdown.state.calendar import Days
from stepdown.state.events import Events
from stepdown.state.treatment_current import standing
from stepdown.state.treatment_drugs import drugs
from stepdown.state.treatment_rows import read_doses

PHASES = ("none", "dosing", "acting", "monitoring")


@dataclass(frozen=True, eq=False)
class Courses:
    """Courses of each person and drug, sorted by both: how many, and bounds on the last dose of the last one."""

    key: Index
    person: Index
    drug: Index
    fewest: Floats
    most: Floats
    low: Days
    high: Days


def courses(events: Events) -> Courses:
    """All courses on record: doses, starts and stated ends, put together where they lie close."""
    if "treatment.courses" not in events.cache:
        events.cache["treatment.courses"] = _courses(events)
    found: Courses = events.cache["treatment.courses"]
    return found


def _courses(events: Events) -> Courses:
    of, doses, now = drugs(events.library), read_doses(events), today(events)
    line = standing(events).line
    rows = line.rows.where(of.course[line.rows.drug] & line.rows.stated)
    span = of.dmt.size
    given = of.course[doses.drug]
    over, ended = rows.end_high <= now, rows.end_low <= now
    key = np.concatenate((
        doses.person[given] * span + doses.drug[given], rows.person * span + rows.drug,
        (rows.person * span + rows.drug)[ended],
    ))  # fmt: skip
    low = np.concatenate((doses.low[given], rows.start_low, rows.end_low[ended]))
    high = np.concatenate((doses.high[given], rows.start_high, np.minimum(rows.end_high[ended], now)))
    certain = np.concatenate((doses.certain[given], rows.certain, (rows.certain & over)[ended]))
    keys, place = grouped(key)
    unsure = some(place, ~certain, keys.size)
    group, early, late = successive(place[certain], low[certain], high[certain])
    apart = events.library.number("course-separation-months") * 365.25 / 12
    first = begins(group)
    least_gap = np.append(AFTER, early[1:] - late[:-1])[: group.size]
    most_gap = np.append(AFTER, late[1:] - early[:-1])[: group.size]
    fewest = np.bincount(group[first | (least_gap > apart)], minlength=keys.size).astype(np.float64)
    count = np.bincount(group[first | (most_gap > apart)], minlength=keys.size).astype(np.float64)
    # all courses are on record where doses are, from the first on; later ones, where the treatment is also over
    since = covered_since(events, "treatment")[keys // span]
    dosed = among(keys, key[: int(given.sum())])
    going_on = among(keys, (rows.person * span + rows.drug)[~over])
    last_low = most(place[certain], low[certain], keys.size, BEFORE)
    begun = least(place, low, keys.size, AFTER)
    complete = (dosed | ~going_on) & (since <= np.maximum(last_low, BEFORE + 1))
    all_there = dosed & (since <= begun) & ~unsure
    return Courses(
        keys, keys // span, keys % span, fewest, np.where(all_there, count, np.inf), last_low,
        np.where(complete, most(place, high, keys.size, BEFORE), now),
    )  # fmt: skip


def courses_given(events: Events) -> tuple[Floats, Floats]:
    """Courses of the current course therapy; 0 where the current treatment is surely none."""
    found, of, size = standing(events), drugs(events.library), events.people.height
    here, rows = courses(events), found.line.rows
    possible = found.line.possible
    current = among(here.key, (rows.person * of.dmt.size + rows.drug)[possible])
    other = some(rows.person, possible & ~of.course[rows.drug], size) | ~found.known
    has = some(here.person[current], np.ones(int(current.sum()), np.bool_), size)
    open_ = ~found.known & ~found.covered
    low = least(here.person[current], here.fewest[current], size, np.inf)
    high = most(here.person[current], here.most[current], size, 0.0)
    return np.where(other | ~has, 0.0, low), np.where(open_, np.inf, high)


def last_course_ever(events: Events) -> tuple[Days, Days]:
    """Latest and earliest day of the last dose of any course therapy, `BEFORE` where there was none."""
    found, of, now, size = standing(events), drugs(events.library), today(events), events.people.height
    here, rows = courses(events), found.line.rows
    low = most(here.person, here.low, size, BEFORE)
    high = most(here.person, here.high, size, BEFORE)
    since = covered_since(events, "treatment")
    unseen = np.where(since <= now, since, now)
    on_course = some(rows.person, found.line.possible & of.course[rows.drug], size)
    unseen = np.where(found.known & ~on_course, np.minimum(unseen, found.since_high), unseen)
    return np.maximum(high, unseen), low


def phase(events: Events) -> Bits:
    """Bits of the phases that are possible; none for drugs that are not given in courses."""
    found, of, size = standing(events), drugs(events.library), events.people.height
    here, rows = courses(events), found.line.rows
    none = np.uint64(encode(frozenset({"none"}), PHASES))
    everything = np.uint64((1 << len(PHASES)) - 1)
    possible = found.line.possible
    each = np.append(_phases(events, here, events.library), none)
    place = np.searchsorted(here.key, rows.person * of.dmt.size + rows.drug)
    bits = np.where(of.course[rows.drug], each[np.minimum(place, each.size - 1)], none)
    held = together(rows.person[possible], bits[possible], size)
    return np.where(found.known, held, np.where(found.covered, held | none, everything))


def _phases(events: Events, here: Courses, library: Library) -> Bits:
    now = today(events)
    shortest, longest = months_since(here.high, now), months_since(here.low, now)
    length, due = library.number("course-length-months"), library.number("course-due-months")
    full = library.number("label-courses")
    names = drugs(library).names
    keys = [f"acting-months-{name}" for name in names]
    acts = np.array([library.number(key if key in library.definitions else "acting-months-course") for key in keys])
    acting = acts[here.drug]
    # with courses still to come the drug is being dosed until the next is overdue
    soonest = np.where(here.most >= full, length, due)
    latest = np.where(here.fewest < full, due, length)
    dosing = shortest < latest
    still = (longest >= soonest) & (shortest < np.maximum(acting, soonest))
    after = longest >= np.maximum(acting, soonest)
    bits = np.zeros(here.key.size, np.uint64)
    for flag, name in ((dosing, "dosing"), (still, "acting"), (after, "monitoring")):
        bits |= np.where(flag, np.uint64(encode(frozenset({name}), PHASES)), np.uint64(0))
    return bits
