"""Variables of the laboratory: last values while they are fresh, trends, duration of lymphopenia, serology."""

from __future__ import annotations

from typing import cast

import numpy as np

from stepdown.state.answers import Answers
from stepdown.state.arrays import BEFORE, Flags, count, flags, some, today
from stepdown.state.events import Events
from stepdown.state.laboratory_course import grade, months_below, trend
from stepdown.state.laboratory_values import EQUIVOCAL, NEGATIVE, NUMBER, POSITIVE, Results, results
from stepdown.state.latest import Latest, Values, add_age, add_number, first_day, is_fresh, latest
from stepdown.state.spans import explain_with, rows_of
from stepdown.state.treatment_exposure import other_drug
from stepdown.state.words import matches

NUMBERS = {
    "lymphocytes": "lymphocytes", "neutrophils": "neutrophils", "igg": "igg", "iga": "iga", "igm": "igm",
    "b-cells": "b_cells", "jcv-index": "jcv_index", "alt": "alt_ratio",
}  # fmt: skip
"""Tests that are measured, and the variable each of them gives."""

LAST = {"hbsag": "hbsag", "tb-igra": "tb_test"}
"""Tests whose last answer counts."""

EVER = {"anti-hbc": "anti_hbc", "hiv": "hiv", "aqp4": "aqp4_positive", "mog": "mog_positive"}
"""Tests that stay positive once they were: a later negative does not take it back."""


def derive(events: Events) -> Answers:
    """All variables of `variables/laboratory.yaml`, one row a person in the order of `events.people`."""
    answers = Answers(events)
    found = results(events)
    if events.explain:
        for name, index in NUMBER.items():
            mine = found.test == index
            answers.source(name, found.person[mine], events.sources("lab")[found.at[mine]])
    last = _numbers(events, answers, found)
    _lymphocytes(events, answers, found, last)
    _trends(events, answers, found)
    _serology(events, answers, found)
    _jc_virus(events, answers, found)
    return answers


def bounds(events: Events, definition: str) -> tuple[float, ...]:
    """A definition that is a list of numbers."""
    return cast("tuple[float, ...]", events.library.definitions[definition].value)


def _numbers(events: Events, answers: Answers, found: Results) -> Latest:
    """Last values; IgG only while the person is surely not known to be on replacement."""
    tests = tuple(NUMBERS)
    by_test = latest(found.values(tests), answers.size * len(tests)).split(len(tests))
    normal_low, normal_high = bounds(events, "alt-upper-limit")
    window = events.library.number("immunoglobulin-months")
    own = other_drug(events, "immunoglobulin").high < first_day(events, window)
    for (test, name), last in zip(NUMBERS.items(), by_test, strict=True):
        if name == "alt_ratio":
            last = Latest(last.day_low, last.day_high, last.low / normal_high, last.high / normal_low)
        add_number(answers, name, last, test, own if name == "igg" else None)
    return by_test[tests.index("lymphocytes")]


def _lymphocytes(events: Events, answers: Answers, found: Results, last: Latest) -> None:
    """The grade of the last count, and for how long counts have been low."""
    now = today(events)
    low, high = grade(last, bounds(events, "lymphocyte-grade-bands"), bounds(events, "lymphocyte-lower-limit"))
    fresh = is_fresh(answers, "lymphocytes", last)
    # a stale count that is surely low keeps its grade until it is repeated
    kept = (fresh | (low >= 1)) & (last.day_high > BEFORE)
    answers.number("lymphocyte_grade", np.where(kept, low, -np.inf), np.where(kept, high, np.inf), "lymphocytes")
    mine = np.flatnonzero(found.measured & (found.test == NUMBER["lymphocytes"]))
    values = found.values(("lymphocytes",))
    for threshold in bounds(events, "lymphocyte-months-thresholds"):
        name = f"months_lymphocytes_below_{threshold:g}".replace(".", "_")
        answers.number(name, *months_below(values, found.under[mine], threshold, now, answers.size), "lymphocytes")


def _trends(events: Events, answers: Answers, found: Results) -> None:
    """Change a year of the immunoglobulins."""
    tests = ("igg", "iga", "igm")
    window, least_span = (int(events.library.number(name)) for name in ("trend-window-months", "trend-least-months"))
    slope = trend(found.values(tests), window, least_span, today(events), answers.size * len(tests))
    for index, test in enumerate(tests):
        low, high = (part.reshape(answers.size, len(tests))[:, index] for part in slope)
        answers.number(f"{test}_trend", low, high, test)


def _serology(events: Events, answers: Answers, found: Results) -> None:
    """Answers of antibody and antigen tests."""
    size = answers.size
    for test, name in LAST.items():
        last = latest(found.answers(test), size)
        answers.truth(name, last.low == POSITIVE, last.high == NEGATIVE, test)
    for test, name in EVER.items():
        answers.truth(name, *_ever(found.answers(test), size), test)
    yes, no = _ever(found.answers("vzv-igg"), size)
    surely, maybe = _vaccinated(events, answers)
    answers.truth("vzv_immune", yes | surely, no & ~maybe, "vzv-igg")
    _hbv_dna(answers, found)


def _ever(values: Values, size: int) -> tuple[Flags, Flags]:
    """Surely positive at some time; surely negative last, and never possibly positive."""
    positive = some(values.group, values.certain & (values.value_low == POSITIVE), size)
    possible = some(values.group, values.value_high == POSITIVE, size)
    return positive, ~possible & (latest(values, size).high == NEGATIVE)


def _vaccinated(events: Events, answers: Answers) -> tuple[Flags, Flags]:
    """Whether surely, or possibly, vaccinated twice against varicella."""
    size, library = answers.size, events.library
    entries = library.codes["vaccines"].entries if "vaccines" in library.codes else {}
    wanted = [name for name, entry in entries.items() if "varicella" in entry.category]
    rows, needed = rows_of(events, "vaccination"), library.number("varicella-doses")
    mine = matches(events["vaccination"]["vaccine"], wanted)
    if events.explain:
        answers.source("vzv-igg", *explain_with(events, rows, mine))
    certain = mine & flags(events["vaccination"]["certain"])
    return count(rows.person, certain, size) >= needed, count(rows.person, mine, size) >= needed


def _hbv_dna(answers: Answers, found: Results) -> None:
    """HBV DNA, coded or measured: anything above the limit of detection is detected."""
    found = found.where(found.test == NUMBER["hbv-dna"])
    low = np.where(found.measured, np.where(found.value_low > 0, POSITIVE, NEGATIVE), found.answer_low)
    detected = (found.value_high > 0) & ~found.under
    high = np.where(found.measured, np.where(detected, POSITIVE, NEGATIVE), found.answer_high)
    values = Values(found.person, found.low, found.high, found.certain, low, high).where(~np.isnan(low))
    last = latest(values, answers.size)
    _add_truth(answers, "hbv_dna", last, last.low == POSITIVE, last.high == NEGATIVE, "hbv-dna")


def _add_truth(
    answers: Answers, name: str, last: Latest, yes: Flags, no: Flags, rests_on: str, stays: bool = False
) -> None:
    """Add a truth that goes stale; where it `stays`, a yes does not."""
    answers.truth(f"{name}_last", yes, no, rests_on)
    add_age(answers, name, last, rests_on)
    fresh = is_fresh(answers, name, last)
    answers.truth(name, yes if stays else yes & fresh, no & fresh, rests_on)


def _jc_virus(events: Events, answers: Answers, found: Results) -> None:
    """JC virus antibody, from the answer or from the index: once positive always, negative only while fresh."""
    negative, positive = bounds(events, "jcv-index-positive")
    index = found.measured & (found.test == NUMBER["jcv-index"])
    found = found.where(index | ((found.test == NUMBER["jcv-antibody"]) & ~np.isnan(found.answer_low)))
    index = found.test == NUMBER["jcv-index"]
    bands = np.array([NEGATIVE, EQUIVOCAL, POSITIVE])
    above_low, above_high = (
        (value >= negative).astype(np.int64) + (value > positive) for value in (found.value_low, found.value_high)
    )
    low = np.where(index, bands[above_low], found.answer_low)
    high = np.where(index, bands[above_high], found.answer_high)
    values = Values(found.person, found.low, found.high, found.certain, low, high)
    if events.explain:
        answers.source("jcv", found.person, events.sources("lab")[found.at])
    yes, no = _ever(values, answers.size)
    last = latest(values, answers.size)
    _add_truth(answers, "jcv_positive", last, yes, no, "jcv", stays=True)
    # a negative antibody is not above the index that counts as positive, whether or not that was printed
    answers.at_most("jcv_index_last", no, positive)
    answers.at_most("jcv_index", no & is_fresh(answers, "jcv_positive", last), positive)
