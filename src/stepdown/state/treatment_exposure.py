"""When each drug was last given, and for how long in all (docs/treatment.md, rules 10 to 12)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stepdown.state.arrays import (
    AFTER,
    BEFORE,
    Flags,
    Floats,
    Index,
    covered_since,
    days,
    least,
    months_since,
    most,
    some,
    today,
)
from stepdown.state.calendar import Days
from stepdown.state.events import Events
from stepdown.state.order import in_order
from stepdown.state.treatment_current import Current, all_known, standing
from stepdown.state.treatment_drugs import drugs
from stepdown.state.treatment_rows import read_doses, read_rows

MEAN_MONTH = 365.25 / 12
"""Days of a mean month, in which total exposure is counted so that stretches add up."""


@dataclass(frozen=True, eq=False)
class Given:
    """Bounds on the day of the last dose of each treatment in `Current.line`."""

    low: Days
    high: Days


def last_given(events: Events) -> Given:
    """The last dose of each treatment: its end for a drug taken at home, else the last dose on record.

    Where a treatment in the clinic is over and none of its doses is on record, its stated end stands for the last
    dose. Where treatments are not on record up to the index date, a later dose may have been given.
    """
    if "treatment.given" not in events.cache:
        found, of, now = standing(events), drugs(events.library), today(events)
        rows, stretch = found.line.rows, found.drug
        end_low, end_high = np.minimum(stretch.end_low, now), np.minimum(stretch.end_high, now)
        clinic = ~of.home[rows.drug]
        dosed = rows.last_high > BEFORE
        since = covered_since(events, "treatment")[rows.person]
        # doses within a stated treatment leave what came after them to that treatment
        complete = of.clinic[rows.drug] & (dosed & (since <= rows.last_low) | found.line.inside)
        # of doses that name a class alone, the last need not be one of the current drug
        last = np.where(of.exact[rows.drug], np.maximum(rows.last_low, rows.start_low), rows.start_low)
        last = np.where(_left(events, found) & ~dosed, end_low, last)
        low = np.where(clinic, last, end_low)
        high = np.where(complete, np.minimum(rows.last_high, end_high), end_high)
        events.cache["treatment.given"] = Given(np.minimum(low, high), high)
    given: Given = events.cache["treatment.given"]
    return given


def last_on_class(events: Events, name: str, carried_on: tuple[Flags, Flags] | None = None) -> tuple[Days, Days]:
    """The day on which a person was last on a class.

    Args:
        events: the events.
        name: the class.
        carried_on: people who surely, and who possibly, carry on with their drug: being on it then counts rather
            than the last dose, as does the stated end once it was left; where not given, the last dose counts.

    Returns:
        Latest and earliest day a person: the latest by what is on record, the earliest `BEFORE` where no such
        treatment is sure.
    """
    found, given, now = standing(events), last_given(events), today(events)
    rows, size = found.line.rows, events.people.height
    of_class = drugs(events.library).is_class(name)[rows.drug]
    low, high = given.low, given.high
    if carried_on is not None:
        surely, possibly = (flags[rows.person] for flags in carried_on)
        low = np.where(found.line.sure & surely, now, low)
        high = np.where(found.line.possible & possibly, np.minimum(found.drug.end_high, now), high)
        left = _left(events, found)
        low = np.where(left, np.maximum(low, found.drug.end_low), low)
        high = np.where(left, np.maximum(high, found.drug.end_high), high)
    certain = of_class & rows.certain
    return _last(
        events, found,
        most(rows.person[certain], low[certain], size, BEFORE),
        most(rows.person[of_class], high[of_class], size, BEFORE),
        _may_be_on(found, of_class, size),
    )  # fmt: skip


def _left(events: Events, found: Current) -> Flags:
    """Treatments that the record says are over."""
    rows = found.line.rows
    left: Flags = rows.stated & (rows.end_high <= today(events))
    return left


def _may_be_on(found: Current, of_class: Flags, size: int) -> Flags:
    return some(found.line.rows.person, found.line.possible & of_class, size)


def _last(events: Events, found: Current, low: Days, high: Days, may_be_on: Flags) -> tuple[Days, Days]:
    """Bounds on the last day; what is not on record may lie before the observed span.

    Nor can it lie after the start of another treatment that has gone on since.
    """
    now = today(events)
    since = covered_since(events, "treatment")
    unseen = np.where(since <= now, since, now)
    elsewhere = found.known & ~may_be_on
    unseen = np.where(elsewhere, np.minimum(unseen, found.since_high), unseen)
    return np.maximum(high, unseen), low


@dataclass(frozen=True, eq=False)
class Other:
    """Exposure to a category of other drugs.

    Attributes:
        low, high: bounds on the last day of it on record, `BEFORE` where there is none; today while it goes on.
        latest: latest day on which it may have been given, on record or not.
    """

    low: Days
    high: Days
    latest: Days


def other_drug(events: Events, category: str) -> Other:
    """When drugs of a category (`immunosuppressant`, `immunoglobulin`, `steroid`) were last given."""
    key = f"treatment.other:{category}"
    if key not in events.cache:
        events.cache[key] = _other(events, category)
    found: Other = events.cache[key]
    return found


def _other(events: Events, category: str) -> Other:
    of, rows, doses = drugs(events.library), read_rows(events), read_doses(events)
    now, size = today(events), events.people.height
    mine, dosed = of.category[category][rows.drug], of.category[category][doses.drug]
    person = np.concatenate((rows.person[mine], doses.person[dosed]))
    low = np.concatenate((np.minimum(rows.end_low[mine], now), doses.low[dosed]))
    high = np.concatenate((np.minimum(rows.end_high[mine], now), doses.high[dosed]))
    certain = np.concatenate((rows.certain[mine], doses.certain[dosed]))
    last_low, last_high = most(person[certain], low[certain], size, BEFORE), most(person, high, size, BEFORE)
    since = covered_since(events, "treatment")
    unseen = np.where(since <= now, since, now)
    return Other(last_low, last_high, np.maximum(last_high, unseen))


def prior_immunosuppressant(events: Events) -> tuple[Flags, Flags]:
    """Whether surely, and whether surely not, a drug that suppresses immunity was ever given."""
    other, found, size = other_drug(events, "immunosuppressant"), standing(events), events.people.height
    rows = found.line.rows
    mitoxantrone = drugs(events.library).is_class("mitoxantrone")[rows.drug]
    yes = some(rows.person, mitoxantrone & rows.certain, size)
    maybe = some(rows.person, mitoxantrone, size) | (other.high > BEFORE)
    of, doses, stated = drugs(events.library), read_doses(events), read_rows(events)
    category = of.category["immunosuppressant"]
    yes |= some(stated.person, category[stated.drug] & stated.certain, size)
    yes |= some(doses.person, category[doses.drug] & doses.certain, size)
    return yes, ~yes & ~maybe & _whole_life(events)


def _whole_life(events: Events) -> Flags:
    birth = days(events.people["birth"], AFTER)
    flags: Flags = (covered_since(events, "treatment") <= birth) & (birth < AFTER)
    return flags


def immunosuppressant_now(events: Events) -> tuple[Flags, Flags]:
    """Whether surely, and whether surely not, another immunosuppressant is taken now."""
    recent = events.library.number("immunosuppressant-dose-months")
    rows, now, size = read_rows(events), today(events), events.people.height
    mine = drugs(events.library).category["immunosuppressant"][rows.drug]
    goes_on = some(rows.person, mine & rows.certain & (rows.end_low > now), size)
    may_go_on = some(rows.person, mine & (rows.end_high > now), size)
    doses = read_doses(events)
    dosed = drugs(events.library).category["immunosuppressant"][doses.drug]
    first = most(doses.person[dosed & doses.certain], doses.low[dosed & doses.certain], size, BEFORE)
    last = most(doses.person[dosed], doses.high[dosed], size, BEFORE)
    yes = goes_on | (months_since(first, now) <= recent)
    possible = may_go_on | (months_since(last, now) <= recent)
    covered = covered_since(events, "treatment") <= now
    return yes, ~yes & ~possible & covered


def natalizumab(events: Events, not_lapsed: Flags) -> tuple[Floats, Floats, Floats]:
    """Total months on natalizumab as bounds, and whether it may ever have been given (0 where surely never)."""
    found, given, now, size = standing(events), last_given(events), today(events), events.people.height
    rows = found.line.rows
    mine = drugs(events.library).is_class("natalizumab")[rows.drug]
    known = all_known(events)
    ended_low = np.where(found.line.sure & not_lapsed[rows.person], now, np.minimum(given.low, found.drug.end_low))
    ended_low = np.where(_left(events, found), found.drug.end_low, ended_low)
    ended_high = np.minimum(found.drug.end_high, now)
    inner = mine & rows.certain & (rows.start_high < ended_low)
    low = _total(rows.person[inner], rows.start_high[inner], ended_low[inner], size)
    high = _total(rows.person[mine], rows.start_low[mine], ended_high[mine], size)
    unknown_start = least(rows.person[mine], rows.start_low[mine], size, AFTER) == BEFORE
    never = known & ~some(rows.person, mine, size)
    return low, np.where(known & ~unknown_start, high, np.inf), np.where(never, 0.0, np.inf)


def _total(person: Index, start: Days, end: Days, size: int) -> Floats:
    """Months that spans cover in all, each day once."""
    order = in_order(person, start)
    person, start, end = person[order], start[order], end[order]
    width = 8 * AFTER
    reached = np.maximum.accumulate(end + person * width)
    before = np.append(np.int64(np.iinfo(np.int64).min), reached[:-1])[: person.size]
    fresh = reached - np.maximum(start + person * width, before)
    fresh = np.where(fresh > 0, fresh, 0)
    return np.bincount(person, weights=fresh, minlength=size) / MEAN_MONTH


@dataclass(frozen=True, eq=False)
class Spans:
    """Spans of a treatment: bounds on the first and on the last day, and whether it surely took place."""

    person: Index
    start_low: Days
    start_high: Days
    end_low: Days
    end_high: Days
    certain: Flags


def immunoglobulin_spans(events: Events) -> Spans:
    """When immunoglobulin was given: treatments from start to end, single doses on their day."""
    of, rows, doses = drugs(events.library), read_rows(events), read_doses(events)
    mine, dosed = of.category["immunoglobulin"][rows.drug], of.category["immunoglobulin"][doses.drug]
    return Spans(
        np.concatenate((rows.person[mine], doses.person[dosed])),
        np.concatenate((rows.start_low[mine], doses.low[dosed])),
        np.concatenate((rows.start_high[mine], doses.high[dosed])),
        np.concatenate((rows.end_low[mine], doses.low[dosed])),
        np.concatenate((rows.end_high[mine], doses.high[dosed])),
        np.concatenate((rows.certain[mine], doses.certain[dosed])),
    )
