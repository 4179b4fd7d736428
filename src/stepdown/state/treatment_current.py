"""Which treatment for MS each person is on now, and since when (docs/treatment.md, rules 5 to 9)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stepdown.criteria.values import encode
from stepdown.state.arrays import (
    AFTER,
    BEFORE,
    Bits,
    Flags,
    Floats,
    Index,
    count,
    covered_since,
    days,
    distinct,
    grouped,
    least,
    most,
    some,
    today,
    together,
)
from stepdown.state.calendar import Days
from stepdown.state.events import Events
from stepdown.state.treatment_drugs import Drugs, drugs
from stepdown.state.treatment_rows import read_doses, read_rows
from stepdown.state.treatment_timeline import Stretches, Timeline, stretches, timeline


@dataclass(frozen=True, eq=False)
class Current:
    """What each person is on. Arrays by person, but for `line`, `drug` and `class_`, which go by treatment.

    Attributes:
        line: the treatments in their order.
        drug: stretches on one drug.
        class_: stretches on one class.
        covered: whether treatments are on record up to the index date.
        known: whether some treatment is surely current; then nothing that is not on record is.
        therapies, classes, efficacy: bits of what is possible.
        fewest, most: how many treatments are current.
        since_low, since_high: start of the current drug; class_low, class_high: of the current class.
    """

    line: Timeline
    drug: Stretches
    class_: Stretches
    covered: Flags
    known: Flags
    therapies: Bits
    classes: Bits
    efficacy: Bits
    fewest: Floats
    most: Floats
    since_low: Days
    since_high: Days
    class_low: Days
    class_high: Days

    @property
    def on(self) -> Flags:
        """Treatments that may be current, of people who are surely on some treatment."""
        flags: Flags = self.line.possible & self.known[self.line.rows.person]
        return flags


def standing(events: Events) -> Current:
    """What each person is on now, made once for all that ask."""
    if "treatment.standing" not in events.cache:
        events.cache["treatment.standing"] = _standing(events)
    found: Current = events.cache["treatment.standing"]
    return found


def ms_onset(events: Events) -> Days:
    """A day before which nobody had treatment for MS: onset, or birth where it is not known; `AFTER` if neither is."""
    if "treatment.onset" not in events.cache:
        course = events["course"]
        people = days(events.people["birth"], AFTER)
        if course.height:
            rows, onset = events.row_of("course"), days(course["onset"], AFTER)
            found = least(rows, onset, people.size, AFTER)
            people = np.where(found < AFTER, found, people)
        events.cache["treatment.onset"] = people
    days_: Days = events.cache["treatment.onset"]
    return days_


def all_known(events: Events) -> Flags:
    """Whether every treatment for MS that a person ever had is on record."""
    onset = ms_onset(events)
    flags: Flags = (covered_since(events, "treatment") <= onset) & (onset < AFTER)
    return flags


def _standing(events: Events) -> Current:
    library, now, size = events.library, today(events), events.people.height
    of = drugs(library)
    line = timeline(read_rows(events), read_doses(events), of, now)
    rows, possible = line.rows, line.possible
    class_ = of.class_number[rows.drug]
    by_drug = stretches(line, rows.drug, _wide(rows.person, rows.drug, class_, of), of, library, now)
    by_class = stretches(line, class_ + of.dmt.size, class_ + of.dmt.size, of, library, now)
    known = some(rows.person, line.anchor, size)
    covered = covered_since(events, "treatment") <= now
    on = possible & known[rows.person]

    def bits(variable: str, each: Bits) -> Bits:
        values = library.values(variable)
        everything, none = np.uint64((1 << len(values)) - 1), np.uint64(encode(frozenset({"none"}), values))
        found = together(rows.person[possible], each[rows.drug[possible]], size)
        return np.where(known, found, np.where(covered, found | none, everything))

    def since(stretch: Stretches) -> tuple[Days, Days]:
        low = least(rows.person[on], stretch.since_low[on], size, AFTER)
        high = most(rows.person[on], np.minimum(stretch.since_high[on], now), size, BEFORE)
        return np.where(known, low, BEFORE), np.where(known, high, AFTER)

    # a class alone may stand for any number of its drugs
    vague = some(rows.person, possible & ~of.exact[rows.drug], size)
    distinct = np.where(vague, np.inf, _distinct(rows.person, rows.drug, possible, size))
    surely = _distinct(rows.person, rows.drug, line.sure & of.exact[rows.drug], size)
    return Current(
        line, by_drug, by_class, covered, known,
        bits("therapy", of.therapies), bits("therapy_class", of.classes), bits("efficacy", of.efficacy),
        np.maximum(surely, known), np.where(known | covered, distinct, np.inf),
        *since(by_drug), *since(by_class),
    )  # fmt: skip


def _wide(person: Index, drug: Index, class_: Index, of: Drugs) -> Index:
    """Drug numbers, but one number for a whole class where the record names that class of this person alone."""
    vague = ~of.exact[drug]
    if not vague.any():
        return drug
    classes = int(of.class_number.max()) + 1
    key = person * classes + class_
    keys, place = grouped(key)
    return np.where(some(place, vague, keys.size)[place], of.dmt.size + class_, drug)


def _distinct(person: Index, drug: Index, flags: Flags, size: int) -> Floats:
    """How many different drugs of each person are flagged."""
    if not flags.any():
        return np.zeros(size)
    span = int(drug.max()) + 1
    keys = distinct(person[flags] * span + drug[flags])
    return count(keys // span, np.ones(keys.size, np.bool_), size)
