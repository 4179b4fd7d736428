"""Doses of the current drug: how many, how far apart, whether they have lapsed, when the next is due.

Rules 13 to 15 of docs/treatment.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stepdown.state.arrays import (
    AFTER,
    BEFORE,
    Flags,
    Floats,
    Index,
    begins,
    covered_since,
    days,
    grouped,
    least,
    most,
    numbered,
    some,
    successive,
    today,
)
from stepdown.state.calendar import Days
from stepdown.state.events import Events
from stepdown.state.treatment_current import standing
from stepdown.state.treatment_drugs import Drugs, drugs
from stepdown.state.treatment_exposure import last_given
from stepdown.state.treatment_rows import Doses, read_doses

GIVING = ("dose", "infusion", "injection")
"""Words by which the purpose of an appointment says that something is given; one without a purpose may be for it."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """Drugs that may be current: one entry a person and drug.

    Attributes:
        person, drug: who, and which drug.
        low, high: bounds on its last dose.
        weeks_low, weeks_high: interval that is prescribed, else that of its regimens; NaN where neither is given.
        prescribed_low, prescribed_high: interval that is prescribed, NaN where none is.
    """

    person: Index
    drug: Index
    low: Days
    high: Days
    weeks_low: Floats
    weeks_high: Floats
    prescribed_low: Floats
    prescribed_high: Floats


@dataclass(frozen=True, eq=False)
class Dosing:
    """What follows for each person, as bounds or as what is surely so and surely not so."""

    given: tuple[Floats, Floats]
    interval: tuple[Floats, Floats]
    last: tuple[Days, Days]
    next_weeks: tuple[Floats, Floats]
    lapsed: Flags
    not_lapsed: Flags


def dosing(events: Events) -> Dosing:
    """How the current drug is dosed, made once."""
    if "treatment.dosing" not in events.cache:
        events.cache["treatment.dosing"] = _dosing(events)
    found: Dosing = events.cache["treatment.dosing"]
    return found


def _candidates(events: Events) -> Candidates:
    found, given, of = standing(events), last_given(events), drugs(events.library)
    on, rows = np.flatnonzero(found.line.possible), found.line.rows
    span = of.dmt.size
    keys, place = grouped(rows.person[on] * span + rows.drug[on])
    drug, size = keys % span, keys.size
    said = ~np.isnan(rows.weeks[on])
    low = least(place[said], rows.weeks[on][said], size, np.inf)
    high = most(place[said], rows.weeks[on][said], size, -np.inf)
    none = np.isinf(low)
    certain = rows.certain[on]
    # treatments with a class alone may be with different drugs, of which any may be the current one
    last = most(place[certain], given.low[on][certain], size, BEFORE)
    first = least(place[certain], given.low[on][certain], size, AFTER)
    return Candidates(
        keys // span, drug,
        np.where(of.exact[drug], last, np.minimum(first, last)), most(place, given.high[on], size, BEFORE),
        np.where(none, of.shortest[drug], low), np.where(none, of.longest[drug], high),
        np.where(none, np.nan, low), np.where(none, np.nan, high),
    )  # fmt: skip


def _dosing(events: Events) -> Dosing:
    found, of, now, size = standing(events), drugs(events.library), today(events), events.people.height
    these = _candidates(events)
    home, course = of.home[these.drug], of.course[these.drug]
    factor = events.library.number("lapse-factor") * 7
    with np.errstate(invalid="ignore"):
        lapsed = ~home & ~course & (now - these.high > factor * these.weeks_high)
        carried_on = home | course | (now - these.low <= factor * these.weeks_low)
    known = found.known
    given, measured = _measured(events, these)
    apart = _apart(events, these, measured)
    person = these.person
    return Dosing(
        given=_hull(person, given, np.full(person.size, np.inf), known, size),
        interval=_hull(person, *apart, known, size),
        last=_last_dose(events, these),
        next_weeks=_next(events, these, apart, measured[2] > 0),
        lapsed=known & ~some(person, ~lapsed, size),
        not_lapsed=known & ~some(person, ~carried_on, size),
    )


def _hull(person: Index, low: Floats, high: Floats, known: Flags, size: int) -> tuple[Floats, Floats]:
    """Bounds a person over the drugs that may be current; NaN or nothing known is unbounded."""
    low, high = np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high)
    return (
        np.where(known, least(person, low, size, np.inf), -np.inf),
        np.where(known, most(person, high, size, -np.inf), np.inf),
    )


def _last_dose(events: Events, these: Candidates) -> tuple[Days, Days]:
    """Bounds on the last dose of the current drug; of the last drug where there may be none."""
    found, given, now, size = standing(events), last_given(events), today(events), events.people.height
    rows = found.line.rows
    last_low = most(rows.person[rows.certain], given.low[rows.certain], size, BEFORE)
    last_high = most(rows.person, given.high, size, BEFORE)
    last_high = np.where(found.covered & (last_high > BEFORE), last_high, now)
    low = least(these.person, these.low, size, AFTER)
    high = most(these.person, these.high, size, BEFORE)
    return np.where(found.known, low, np.minimum(low, last_low)), np.where(found.known, high, last_high)


def _measured(events: Events, these: Candidates) -> tuple[Floats, tuple[Floats, Floats, NDArray[Any]]]:
    """Doses that surely fell on different days, and weeks between the last two; days 1 and 15 count as one.

    Returns:
        The count, and bounds on the weeks with how many doses there are (0 or 1: none to measure).
    """
    of, doses, size = drugs(events.library), read_doses(events), these.person.size
    span = of.dmt.size
    key, mine = doses.person * span + doses.drug, these.person * span + these.drug
    place = np.searchsorted(mine, key)
    chosen = np.append(mine, -1)[place] == key
    unsure = some(place[chosen], ~doses.certain[chosen], size) | ~of.exact[these.drug] | _vague(doses, of, these)
    chosen &= doses.certain
    group, low, high = successive(place[chosen], doses.low[chosen], doses.high[chosen])
    split = events.library.number("split-dose-factor") * 7 * np.nan_to_num(of.shortest[these.drug])[group]
    first = begins(group)
    least_gap = np.append(AFTER, low[1:] - high[:-1])[: group.size]
    most_gap = np.append(AFTER, high[1:] - low[:-1])[: group.size]
    count = np.bincount(group[first | (least_gap > 0)], minlength=size).astype(np.float64)
    sure, possible = first | (least_gap > split), first | (most_gap > split)
    vague = some(group, possible & ~sure, size) | unsure
    heads = np.flatnonzero(sure)
    owner = group[heads]
    following = np.append(owner[1:] == owner[:-1], False)[: heads.size]
    final = np.append(owner[1:] != owner[:-1], True)[: heads.size] & np.append(False, following[:-1])[: heads.size]
    at = heads[final]
    before = heads[np.flatnonzero(final) - 1]
    shortest, longest = np.full(size, np.nan), np.full(size, np.nan)
    shortest[group[at]] = np.maximum(low[at] - high[before], 0) / 7
    longest[group[at]] = (high[at] - low[before]) / 7
    shortest[vague], longest[vague] = np.nan, np.nan
    several = np.bincount(group, minlength=size) + unsure
    seen = np.full(size, AFTER)
    seen[group[at]] = low[before]
    since = covered_since(events, "treatment")[these.person]
    on_record = np.where(several < 2, 0, np.where(since <= seen, 2, 1))
    return np.where(of.exact[these.drug], count, 0.0), (shortest, longest, on_record)


def _vague(doses: Doses, of: Drugs, these: Candidates) -> Flags:
    """Whether a dose that names no more than the class may be one of the drug."""
    loose = ~of.exact[doses.drug] & of.dmt[doses.drug]
    if not loose.any():
        return np.zeros(these.person.size, np.bool_)
    span = int(of.class_number.max()) + 1
    classes = (doses.person * span + of.class_number[doses.drug])[loose]
    flags: Flags = np.isin(these.person * span + of.class_number[these.drug], classes)
    return flags


def _apart(events: Events, these: Candidates, measured: tuple[Floats, Floats, NDArray[Any]]) -> tuple[Floats, Floats]:
    """Present interval: measured where doses are on record, else prescribed; both where a dose may be missing."""
    shortest, longest, doses = measured
    low = np.where(doses == 2, shortest, np.minimum(shortest, these.prescribed_low))
    high = np.where(doses == 2, longest, np.maximum(longest, these.prescribed_high))
    one = doses == 0
    return np.where(one, these.prescribed_low, low), np.where(one, these.prescribed_high, high)


def _next(events: Events, these: Candidates, apart: tuple[Floats, Floats], measured: Flags) -> tuple[Floats, Floats]:
    """Weeks to the next dose: an appointment, else the last dose and the interval."""
    of, now, size = drugs(events.library), today(events), events.people.height
    given_here = of.clinic[these.drug] & ~of.course[these.drug]
    shortest = np.where(measured, np.minimum(these.weeks_low, apart[0]), these.weeks_low)
    longest = np.where(measured, np.maximum(these.weeks_high, apart[1]), these.weeks_high)
    low = np.where(given_here & (these.low > BEFORE), (these.low - now) / 7 + shortest, np.nan)
    high = np.where(given_here, (these.high - now) / 7 + longest, np.nan)
    due_low, due_high = _hull(these.person, low, high, standing(events).known, size)
    booked_low, booked_high = _booked(events, these)
    booked = standing(events).known & (booked_high < AFTER)
    return (
        np.where(booked, (booked_low - now) / 7, due_low),
        np.where(booked, (booked_high - now) / 7, due_high),
    )


def _booked(events: Events, these: Candidates) -> tuple[Days, Days]:
    """Bounds on the next appointment for a dose: of a drug that may be current, or of no drug in particular."""
    size = events.people.height
    nothing = np.full(size, AFTER)
    table = events["appointment"]
    if table.is_empty():
        return nothing, nothing
    of, now = drugs(events.library), today(events)
    person, drug = events.row_of("appointment"), of.numbers(table["therapy"])
    low = days(table["on"], AFTER)
    latest = days(table["on_latest"], AFTER)
    high = np.where(latest == AFTER, low, latest)
    words = {said: any(word in said.lower() for word in GIVING) for said in set(table["purpose"].to_list()) if said}
    gives = numbered(table["purpose"], words, missing=1) == 1
    mine = np.zeros(size, np.uint64)
    np.bitwise_or.at(mine, these.person, of.therapies[these.drug])
    fits = np.where(drug >= 0, (of.therapies[drug] & mine[person]) != 0, gives)
    ahead = fits & (high >= now) & (high < AFTER)
    person, low, high = person[ahead], np.maximum(low[ahead], now), high[ahead]
    return least(person, low, size, AFTER), least(person, high, size, AFTER)
