"""Variables of treatment: which drug, since when, how it is dosed, and what came before (docs/treatment.md)."""

from __future__ import annotations

import numpy as np

from stepdown.state.answers import Answers
from stepdown.state.arrays import (
    AFTER,
    BEFORE,
    Floats,
    Index,
    begins,
    least,
    months_since,
    successive,
    today,
)
from stepdown.state.events import Events
from stepdown.state.spans import span_sources
from stepdown.state.treatment_courses import courses_given, last_course_ever, phase
from stepdown.state.treatment_current import all_known, ms_onset, standing
from stepdown.state.treatment_dosing import dosing
from stepdown.state.treatment_drugs import drugs
from stepdown.state.treatment_exposure import (
    immunosuppressant_now,
    last_on_class,
    natalizumab,
    other_drug,
    prior_immunosuppressant,
)
from stepdown.state.treatment_history import (
    failed,
    quiet_on_moderate,
    relapses_before,
    start_reason,
    steroid_courses,
)
from stepdown.state.treatment_rows import Doses, Rows, read_doses, read_rows

CURRENT = ("current", "next", "relapses")
"""Groups of sources that hold those of the current treatment."""

YEAR = 12.0
"""Months of a year."""


def derive(events: Events) -> Answers:
    """All variables of `variables/treatment.yaml`, one row a person in the order of `events.people`."""
    answers = Answers(events)
    if events.explain:
        _sources(events, answers)
    _present(events, answers)
    _doses(events, answers)
    _since(events, answers)
    _before(events, answers)
    return answers


def _present(events: Events, answers: Answers) -> None:
    """What the person is on, and for how long."""
    found, now = standing(events), today(events)
    answers.category("therapy", found.therapies, "current")
    answers.category("therapy_class", found.classes, "current")
    answers.category("efficacy", found.efficacy, "current")
    answers.number("current_therapies", found.fewest, found.most, "current")
    rows, size = found.line.rows, answers.size
    begun = least(rows.person[rows.certain], rows.start_high[rows.certain], size, now)
    earliest = least(rows.person, rows.start_low, size, now)
    # what is not on record may have begun earlier, but not before the disease
    onset = np.where(ms_onset(events) > now, BEFORE, ms_onset(events))
    earliest = np.where(all_known(events), earliest, np.minimum(earliest, onset))
    answers.since("treatment_duration", begun, earliest, "treatments", YEAR)
    known = found.known
    for name, low, high in (
        ("time_on_therapy", found.since_low, found.since_high),
        ("time_on_class", found.class_low, found.class_high),
    ):
        answers.since(name, np.where(known, high, AFTER), np.where(known, low, BEFORE), "current", YEAR)


def _doses(events: Events, answers: Answers) -> None:
    """How the drug is dosed."""
    found = dosing(events)
    answers.number("doses_given", *found.given, "current")
    answers.since("months_since_last_dose", found.last[1], found.last[0], "current")
    answers.number("present_interval_weeks", *found.interval, "current")
    answers.truth("lapsed", found.lapsed, found.not_lapsed, "current")
    answers.number("weeks_to_next_dose", *found.next_weeks, "next")
    answers.number("courses_given", *courses_given(events), "course")
    answers.since("months_since_last_course", *last_course_ever(events), "course")
    answers.category("course_phase", phase(events), "current")


def _since(events: Events, answers: Answers) -> None:
    """Months since drugs that cast a long shadow, and exposure to them."""
    not_lapsed = dosing(events).not_lapsed
    carried_on = not_lapsed, ~dosing(events).lapsed
    for name, class_ in (("natalizumab", "natalizumab"), ("s1p", "s1p"), ("fumarate", "fumarate")):
        answers.since(f"months_since_{name}", *last_on_class(events, class_, carried_on), class_)
    answers.since("months_since_anti_cd20", *last_on_class(events, "anti-cd20"), "anti-cd20")
    low, high, infusions = natalizumab(events, not_lapsed)
    answers.number("natalizumab_months", low, high, "natalizumab")
    answers.number("natalizumab_infusions", _infusions(events, answers.size), infusions, "natalizumab")
    immunoglobulin = other_drug(events, "immunoglobulin")
    window, now = events.library.number("immunoglobulin-months"), today(events)
    surely, possibly = (months_since(day, now) <= window for day in (immunoglobulin.low, immunoglobulin.latest))
    answers.truth("on_immunoglobulin", surely, ~possibly, "immunoglobulin")
    answers.since("months_since_immunoglobulin", immunoglobulin.latest, immunoglobulin.low, "immunoglobulin")
    answers.truth("prior_immunosuppressant", *prior_immunosuppressant(events), "immunosuppressant")
    answers.truth("other_immunosuppressant", *immunosuppressant_now(events), "immunosuppressant")


def _infusions(events: Events, size: int) -> Floats:
    """Doses of natalizumab that surely fell on different days."""
    doses = read_doses(events)
    mine = drugs(events.library).is_class("natalizumab")[doses.drug] & doses.certain
    person, low, high = successive(doses.person[mine], doses.low[mine], doses.high[mine])
    new = begins(person)
    new[1:] |= low[1:] > high[:-1]
    return np.bincount(person[new], minlength=size).astype(np.float64)


def _before(events: Events, answers: Answers) -> None:
    """What came before."""
    answers.category("therapy_start_reason", start_reason(events), "treatments")
    answers.number("failed_therapies", *failed(events), "treatments")
    answers.number("relapses_2y_before_therapy", *relapses_before(events), "relapses")
    answers.number("quiet_years_on_moderate", *quiet_on_moderate(events), "relapses")
    answers.number("steroid_courses_12m", *steroid_courses(events), "steroid")


def _sources(events: Events, answers: Answers) -> None:
    """Which events each group of variables rests on."""
    of, rows, doses, found = drugs(events.library), read_rows(events), read_doses(events), standing(events)
    span = of.dmt.size
    line = found.line.rows
    on_it = np.zeros(answers.size * span, np.bool_)
    on_it[(line.person * span + line.drug)[found.line.possible]] = True
    of_class = {name: of.is_class(name) for name in ("natalizumab", "s1p", "fumarate", "anti-cd20")}
    by_drug = {
        "treatments": of.dmt,
        "course": of.course,
        **of_class,
        **of.category,
        "immunosuppressant": of.category["immunosuppressant"] | of.is_class("mitoxantrone"),
    }
    for part, table in ((rows, "treatment"), (doses, "dose")):

        def add(group: str, mine: Index, part: Rows | Doses = part, table: str = table) -> None:
            if mine.size:
                answers.source(group, part.person[mine], events.sources(table)[part.at[mine]])

        for group, chosen in by_drug.items():
            add(group, np.flatnonzero(chosen[part.drug]))
        for group in CURRENT:
            add(group, np.flatnonzero(on_it[part.person * span + part.drug]))
    for group, table in (("relapses", "relapse"), ("steroid", "relapse"), ("next", "appointment")):
        answers.source(group, events.row_of(table), events.sources(table))
    spans = span_sources(events, "treatment")
    for group in (*by_drug, *CURRENT):
        answers.source(group, *spans)
