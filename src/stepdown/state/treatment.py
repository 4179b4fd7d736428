"""Variables of treatment: which drug, since when, how it is dosed, and what came before (docs/treatment.md)."""

from __future__ import annotations

import numpy as np
import polars as pl

from stepdown.state.arrays import Answers, Flags, covered_since, months_since, person_rows, today
from stepdown.state.calendar import Days
from stepdown.state.events import Events
from stepdown.state.treatment_courses import courses_given, months_since_course, phase
from stepdown.state.treatment_current import all_known, current, ms_onset, standing
from stepdown.state.treatment_dosing import dosing
from stepdown.state.treatment_drugs import CATEGORIES, drugs
from stepdown.state.treatment_exposure import (
    immunosuppressant_now,
    months_since_class,
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
from stepdown.state.treatment_rows import read_doses, read_rows

__all__ = ["current", "derive"]


def derive(events: Events) -> pl.DataFrame:
    """All variables of `variables/treatment.yaml`, one row a person in the order of `events.people`."""
    answers = Answers(events)
    if events.explain:
        _sources(events, answers)
    _present(events, answers)
    _doses(events, answers)
    _since(events, answers)
    _before(events, answers)
    return answers.frame()


def _present(events: Events, answers: Answers) -> None:
    """What the person is on, and for how long."""
    found, now = standing(events), today(events)
    answers.category("therapy", found.therapies, "current")
    answers.category("therapy_class", found.classes, "current")
    answers.category("efficacy", found.efficacy, "current")
    answers.number("current_therapies", found.fewest, found.most, "current")
    rows, size = found.line.rows, answers.size
    begun = np.full(size, now)
    np.minimum.at(begun, rows.person[rows.certain], rows.start_high[rows.certain])
    surely = np.bincount(rows.person[rows.certain], minlength=size) > 0
    earliest = np.full(size, now)
    np.minimum.at(earliest, rows.person, rows.start_low)
    # what is not on record may have begun earlier, but not before the disease
    onset = ms_onset(events)
    earliest = np.where(all_known(events), earliest, np.minimum(earliest, np.where(onset > now, -(10**6), onset)))
    low = np.where(surely, months_since(begun, now), 0.0) / 12
    answers.number("treatment_duration", low, months_since(earliest, now) / 12, "treatments")
    for name, since in (
        ("time_on_therapy", (found.since_low, found.since_high)),
        ("time_on_class", (found.class_low, found.class_high)),
    ):
        answers.number(name, *_years(found.known, *since, now), "current")


def _years(known: Flags, low: Days, high: Days, now: int) -> tuple[np.ndarray, np.ndarray]:
    shortest = np.where(known, months_since(np.where(known, high, now), now) / 12, -np.inf)
    return shortest, np.where(known, months_since(np.where(known, low, now), now) / 12, np.inf)


def _doses(events: Events, answers: Answers) -> None:
    """How the drug is dosed."""
    found = dosing(events)
    answers.number("doses_given", *found.given, "current")
    answers.number("months_since_last_dose", *found.months, "current")
    answers.number("present_interval_weeks", *found.interval, "current")
    answers.truth("lapsed", found.lapsed, found.not_lapsed, "current")
    answers.number("weeks_to_next_dose", *found.next_weeks, "next")
    answers.number("courses_given", *courses_given(events), "course")
    answers.number("months_since_last_course", *months_since_course(events), "course")
    answers.category("course_phase", phase(events), "current")


def _since(events: Events, answers: Answers) -> None:
    """Months since drugs that cast a long shadow, and exposure to them."""
    not_lapsed = dosing(events).not_lapsed
    for name, class_ in (("natalizumab", "natalizumab"), ("s1p", "s1p"), ("fumarate", "fumarate")):
        answers.number(f"months_since_{name}", *months_since_class(events, class_, not_lapsed), class_)
    answers.number("months_since_anti_cd20", *months_since_class(events, "anti-cd20"), "anti-cd20")
    low, high, infusions = natalizumab(events, not_lapsed)
    answers.number("natalizumab_months", low, high, "natalizumab")
    answers.number("natalizumab_infusions", _infusions(events, answers.size), infusions, "natalizumab")
    immunoglobulin = other_drug(events, "immunoglobulin")
    bounds = immunoglobulin.months_low, immunoglobulin.months_high
    window = events.library.number("immunoglobulin-months")
    answers.truth("on_immunoglobulin", bounds[1] <= window, bounds[0] > window, "immunoglobulin")
    answers.number("months_since_immunoglobulin", *bounds, "immunoglobulin")
    answers.truth("prior_immunosuppressant", *prior_immunosuppressant(events), "immunosuppressant")
    answers.truth("other_immunosuppressant", *immunosuppressant_now(events), "immunosuppressant")


def _infusions(events: Events, size: int) -> np.ndarray:
    """Doses of natalizumab that surely fell on different days."""
    from stepdown.state.arrays import successive

    doses = read_doses(events)
    mine = drugs(events.library).is_class("natalizumab")[doses.drug] & doses.certain
    person, low, high = successive(doses.person[mine], doses.low[mine], doses.high[mine])
    new = np.ones(person.size, np.bool_)
    new[1:] = (person[1:] != person[:-1]) | (low[1:] > high[:-1])
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
    now_on = np.unique((line.person * span + line.drug)[found.line.possible])
    flags = {
        "current": lambda person, drug: np.isin(person * span + drug, now_on),
        "treatments": lambda person, drug: of.dmt[drug],
        "course": lambda person, drug: of.course[drug],
        "natalizumab": lambda person, drug: of.is_class("natalizumab")[drug],
        "s1p": lambda person, drug: of.is_class("s1p")[drug],
        "fumarate": lambda person, drug: of.is_class("fumarate")[drug],
        "anti-cd20": lambda person, drug: of.is_class("anti-cd20")[drug],
        **{key: (lambda person, drug, key=key: of.category[key][drug]) for key in CATEGORIES},
    }
    flags["next"] = flags["relapses"] = flags["current"]
    mitoxantrone = of.is_class("mitoxantrone")
    flags["immunosuppressant"] = lambda person, drug: of.category["immunosuppressant"][drug] | mitoxantrone[drug]
    for group, chosen in flags.items():
        for part in (rows, doses):
            mine = chosen(part.person, part.drug)
            answers.source(group, part.person[mine], part.source.filter(pl.Series(mine)))
    relapse, appointment = events["relapse"], events["appointment"]
    for group in ("relapses", "steroid"):
        answers.source(group, person_rows(events, relapse), relapse["source"])
    answers.source("next", person_rows(events, appointment), appointment["source"])
    covered = events.covered("treatment")
    sources = covered.select("from").with_row_index("row").explode("from").drop_nulls()
    if sources.height and (covered_since(events, "treatment") <= today(events)).any():
        for group in flags:
            answers.source(group, sources["row"].to_numpy().astype(np.int64), sources["from"])
