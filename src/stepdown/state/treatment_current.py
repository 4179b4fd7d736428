"""Which treatment for MS each person is on now, and since when (docs/treatment.md, rules 5 to 9)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

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


def current(events: Events) -> pl.DataFrame:
    """The current treatment as a table, for other topics.

    Returns:
        One row a person, in the order of `events.people`: `person_id`; `therapy` and `therapy_class` (ids, null
        where not known for sure or none); `start` and `start_latest` of the current drug, `class_start` and
        `class_start_latest` of the current class, without a break (null where there is no current treatment, or
        where the bound is unknown); `last_course` and `last_course_latest` (bounds on the last dose of a course
        therapy that is current, else null).
    """
    if "treatment.current" not in events.cache:
        from stepdown.state.treatment_courses import last_course

        found, library = standing(events), events.library
        low, high = last_course(events)
        dates = {
            "start": found.since_low, "start_latest": found.since_high, "class_start": found.class_low,
            "class_start_latest": found.class_high, "last_course": low, "last_course_latest": high,
        }  # fmt: skip
        events.cache["treatment.current"] = pl.DataFrame(
            [
                events.people["person_id"],
                _single("therapy", found.therapies, library.values("therapy")),
                _single("therapy_class", found.classes, library.values("therapy_class")),
                *(_dates(name, day) for name, day in dates.items()),
            ]
        )
    table: pl.DataFrame = events.cache["treatment.current"]
    return table


def _single(name: str, bits: Bits, values: tuple[str, ...]) -> pl.Series:
    """The one value that is left, null where several are or where it is none."""
    names = pl.Series(name, [value if value != "none" else None for value in values], dtype=pl.String)
    alone = (bits & (bits - np.uint64(1))) == 0
    place = np.where(alone, np.log2(np.maximum(bits, 1).astype(np.float64)), values.index("none")).astype(np.int64)
    return names.gather(place)


def _dates(name: str, day: Days) -> pl.Series:
    known = (day > BEFORE) & (day < AFTER)
    return pl.Series(name, np.where(known, day, np.datetime64("NaT").astype(np.int64)).astype("datetime64[D]"))


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
    return np.where(np.isin(key, key[vague]), of.dmt.size + class_, drug)


def _distinct(person: Index, drug: Index, flags: Flags, size: int) -> Floats:
    """How many different drugs of each person are flagged."""
    if not flags.any():
        return np.zeros(size)
    span = int(drug.max()) + 1
    keys = np.unique(person[flags] * span + drug[flags])
    return count(keys // span, np.ones(keys.size, np.bool_), size)
