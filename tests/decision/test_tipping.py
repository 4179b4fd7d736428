"""Tipping points and the first day of eligibility, held against states that are written or derived anew."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from stepdown.criteria.layout import layout
from stepdown.criteria.program import MET
from stepdown.decision.decide import Decisions, decide
from stepdown.decision.eligible import eligible_from
from stepdown.decision.stances import REASONABLE
from stepdown.decision.tipping import ranges, tipping_points
from stepdown.decision.whatif import Evaluate, suppose
from stepdown.guideline.compiled import compiled, guidelines_of
from stepdown.guideline.verdicts import CANDIDATE, applies, conclude, hold
from stepdown.knowledge.library import load
from stepdown.knowledge.schema import DE_ESCALATE
from stepdown.record.read import read
from stepdown.record.record import Record
from stepdown.report.words import Words
from stepdown.state.derive import derive
from stepdown.state.state import State
from tests.decision.futures import uneventful
from tests.decision.test_decide import NATALIZUMAB, OCRELIZUMAB, QUIET
from tests.people import FOLDER, examples, index_date
from tests.state.records import covered, record_of
from tests.states import state_of

LIBRARY = load()
GUIDELINES = guidelines_of(LIBRARY, None)
WORDS = Words(LIBRARY)
INTERFERON = {"therapy": "interferon-beta-1a-sc", "therapy_class": "interferon", "efficacy": "moderate"}
LONG = {"disease_duration": 25.0}
QUIET_ON = {"interferon": QUIET | INTERFERON | LONG, "ocrelizumab": QUIET | OCRELIZUMAB | LONG}


def evaluate(state: State) -> Decisions:
    return decide(state, hold(state, compiled(LIBRARY)), GUIDELINES, LIBRARY)


def tips(person: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["variable"]: one for one in tipping_points(state_of(LIBRARY, person), 0, evaluate, LIBRARY)}


def kind_of(person: dict[str, Any]) -> tuple[Any, ...]:
    columns = evaluate(state_of(LIBRARY, person)).columns
    return columns["kind"][0], columns["strength"][0] == "hold", columns["review"][0]


def said(one: dict[str, Any]) -> str:
    return WORDS.say(one["then"])


def test_five_quiet_years_tip_a_stop_of_interferon() -> None:
    found = tips(QUIET_ON["interferon"])["years_since_relapse"]
    assert (found["now"], found["at"]) == (8.0, 5.0)
    assert said(found) == "Had the last relapse been less than 5 years ago instead of 8, carrying on would be advised."


@pytest.mark.parametrize("name", QUIET_ON)
@pytest.mark.parametrize("variable", ["years_since_relapse", "years_since_mri_activity"])
def test_the_recommendation_is_another_beyond_the_point_and_the_same_before_it(name: str, variable: str) -> None:
    """Held against states written by hand, with what follows from the activity written by hand too."""
    person = QUIET_ON[name]
    at = tips(person)[variable]["at"]

    def lived(years: float) -> tuple[Any, ...]:
        counts = ("relapses_1y", "relapses_2y", "relapses_5y") if variable == "years_since_relapse" else ()
        follows = {count: int(years < int(count[-2])) for count in counts}
        if variable == "years_since_mri_activity":
            follows = {"mri_activity_2y": int(years < 2)}
        return kind_of(person | follows | {variable: years, "years_quiet": years, "activity_on_therapy": years < 2.0})

    assert lived(at) == kind_of(person)
    assert lived(math.nextafter(at, 0.0)) != kind_of(person)
    assert all(lived(years) == kind_of(person) for years in np.arange(at, 8.0, 0.25))


@pytest.mark.parametrize("name", examples())
def test_in_the_examples_every_point_tips_and_nothing_nearer_does(name: str) -> None:
    state = derive(read(FOLDER / name / "chart.yaml", LIBRARY), index_date(name), LIBRARY)
    place = layout(LIBRARY).numbers
    for one in tipping_points(state, 0, evaluate, LIBRARY):
        low, high = state.numbers[place[one["variable"]], :, 0]
        span = next(each for each in ranges(LIBRARY) if each.variable == one["variable"])
        far = span.farthest if one["at"] is None else max(low - one["at"], one["at"] - high)
        step = 0.5 if span.whole else 0.125
        near = [value for value in np.arange(max(span.lowest, low - far), min(span.highest, high + far), step)
                if (not span.whole or value % span.step == 0) and value != one["at"]]  # fmt: skip
        tried = evaluate(suppose(state, 0, [None, *((one["variable"], float(value)) for value in near)]))
        columns = tried.columns
        same = [
            (columns["kind"][n], columns["strength"][n] == "hold", columns["review"][n]) for n in range(len(near) + 1)
        ]
        inside = [each == same[0] for value, each in zip(near, same[1:], strict=True) if abs(value - low) < far - 1e-9]
        assert all(inside), one
        if one["at"] is not None:
            side = -1 if one["at"] < low else 1
            at = one["at"] if one["then"]["key"].endswith(".at") else math.nextafter(one["at"], side * math.inf)
            beyond = evaluate(suppose(state, 0, [(one["variable"], at)])).columns
            assert (beyond["kind"][0], beyond["strength"][0] == "hold", beyond["review"][0]) != same[0], one


@pytest.mark.parametrize("name", examples())
def test_every_point_is_one_english_sentence(name: str) -> None:
    state = derive(read(FOLDER / name / "chart.yaml", LIBRARY), index_date(name), LIBRARY)
    words = Words(LIBRARY)
    for one in tipping_points(state, 0, evaluate, LIBRARY):
        sentence = words.say(one["then"])
        assert sentence.endswith(".")
        assert not {"{", "}"} & set(sentence)
    assert not words.unknown


def test_every_reason_to_hold_has_words() -> None:
    import re
    from pathlib import Path

    import stepdown.decision

    folder = Path(stepdown.decision.__file__).parent
    written = (folder / "recommend.py").read_text() + (folder / "decide.py").read_text()
    holds = set(re.findall(r'settle\([^\n]*, "([a-z-]+)"\)', written)) | {"nothing-open", "blocked", "dose-waits"}
    assert {"emergency", "find-out", "covered-exit"} <= holds
    assert [reason for reason in sorted(holds) if not WORDS.has(f"tipping.hold.{reason}")] == []


def test_age_is_never_that_of_another_person() -> None:
    seen: list[State] = []

    def watch(state: State) -> Decisions:
        seen.append(state)
        return evaluate(state)

    tipping_points(state_of(LIBRARY, QUIET_ON["ocrelizumab"]), 0, watch, LIBRARY)
    (state,) = seen
    ages = state.numbers[layout(LIBRARY).numbers["age"], 0]
    assert (ages.min(), ages.max()) == (50.0, 70.0)
    assert state.people.len() < 130


def test_nobody_under_45_is_told_at_which_age_less_would_be_advised() -> None:
    """Forty and quiet on interferon: at 45 a stop would be advised, and that is five years of promises away."""
    person = QUIET_ON["interferon"] | {"age": 40}
    assert kind_of(person | {"age": 45})[0] == "discontinue"
    assert kind_of(person)[0] == "continue"
    assert said(tips(person)["age"]) == "No age from 30 to 44 would change the advice."
    assert said(tips(person | {"age": 50})["age"]).startswith("Under 45 years of age instead of 50, carrying on")


def test_where_knowing_tips_it_the_value_is_not_blamed() -> None:
    """Quiet for 4 to 9 years: any exact value settles the question of five years, so it is one to find out."""
    vague = QUIET_ON["interferon"] | dict.fromkeys(("years_since_relapse", "years_quiet"), (4.0, 9.0))
    assert kind_of(vague)[0] == "hold-pending"
    assert "years_since_relapse" not in tips(vague)


def test_an_infection_more_tips_a_carrying_on() -> None:
    person = QUIET_ON["ocrelizumab"] | {"years_since_relapse": 2.5, "years_quiet": 2.5, "relapses_5y": 1, "age": 50}
    found = tips(person)
    assert kind_of(person)[0] == "continue"
    assert found["serious_infections_2y"]["at"] == 1
    assert said(found["serious_infections_2y"]) == (
        "Had there been 1 infection that needed hospital in two years instead of 0, a longer interval would be advised."
    )
    assert kind_of(person | {"serious_infections_2y": 1, "infections_2y": 1})[0] == "extend-interval"
    assert (found["years_since_relapse"]["at"], found["years_since_relapse"]["then"]["key"]) == (
        3.0,
        "tipping.years_since_relapse.at",
    )


def test_of_two_sides_the_nearer_is_told() -> None:
    near_two = QUIET_ON["ocrelizumab"] | {"years_since_relapse": 2.2, "years_quiet": 2.2, "relapses_5y": 1}
    assert tips(near_two)["years_since_relapse"]["at"] == 2.0
    assert tips(near_two | {"years_since_relapse": 2.7, "years_quiet": 2.7})["years_since_relapse"]["at"] == 3.0


def test_what_is_not_known_has_no_tipping_point_and_a_bound_has_one_side() -> None:
    assert "years_since_relapse" not in tips(QUIET_ON["interferon"] | {"years_since_relapse": None})
    found = tips(QUIET_ON["interferon"] | {"years_since_relapse": (8.0, None)})["years_since_relapse"]
    assert (found["now"], found["at"]) == (None, 5.0)
    assert "instead of at least 8," in said(found)
    never = QUIET_ON["ocrelizumab"] | {"course": "ppms", "years_since_relapse": (60.0, None), "never_relapsed": True}
    assert "instead of never," in said(tips(never)["years_since_relapse"])


def test_nothing_of_the_disease_is_older_than_the_disease() -> None:
    person = QUIET_ON["ocrelizumab"] | {"years_since_relapse": 2.7, "years_quiet": 2.7, "disease_duration": 2.9}
    assert tips(person)["years_since_relapse"]["at"] == 2.0


@pytest.mark.parametrize(
    "danger", [{"pml_suspected": True}, {"aqp4_positive": True}, {"therapy": None}, {"therapy": "none"}]
)
def test_where_nothing_can_tip_nothing_is_said(danger: dict[str, Any]) -> None:
    assert tips(QUIET | NATALIZUMAB | danger) == {}


def test_a_change_without_a_threshold_is_found_on_the_grid() -> None:
    """A model that turns at 63.4 years is seen to have turned at 64."""

    def by_age(state: State) -> Decisions:
        found = evaluate(state)
        kinds = found.columns["kind"].copy()
        kinds[state.numbers[layout(LIBRARY).numbers["age"], 0] > 63.4] = "discontinue"
        return replace(found, columns=found.columns | {"kind": kinds})

    found = {
        one["variable"]: one for one in tipping_points(state_of(LIBRARY, QUIET_ON["ocrelizumab"]), 0, by_age, LIBRARY)
    }
    assert said(found["age"]) == "At 64 years of age instead of 60, stopping would be advised."
    assert found["edss"]["at"] is None


def test_what_fewer_draws_see_otherwise_has_no_tipping_points() -> None:
    state = state_of(LIBRARY, QUIET_ON["interferon"])
    assert tipping_points(state, 0, evaluate, LIBRARY, "continue") == []
    assert len(tipping_points(state, 0, evaluate, LIBRARY, "discontinue")) == 6


def test_where_the_numbers_end_it_is_said() -> None:
    """Beyond 63.4 years nothing was measured: what is advised there is advised without numbers."""

    def measured(state: State) -> Decisions:
        found = evaluate(state)
        (group,) = found.groups
        old = state.numbers[layout(LIBRARY).numbers["age"], 0] > 63.4
        kinds = found.columns["kind"].copy()
        kinds[old] = "discontinue"
        ranked = np.repeat(~old[:, None], len(group.options), axis=1)
        numbers: Any = SimpleNamespace(ranked=ranked)
        return replace(found, groups=(replace(group, comparison=numbers),), columns=found.columns | {"kind": kinds})

    points = tipping_points(state_of(LIBRARY, QUIET_ON["ocrelizumab"]), 0, measured, LIBRARY)
    found = {one["variable"]: one for one in points}
    assert said(found["age"]) == (
        "At 64 years of age instead of 60, no numbers would speak any more, and stopping would be advised."
    )
    assert "no numbers" not in said(found["years_since_relapse"])


# --- the first day of eligibility -----------------------------------------------------------------------------------

ON = date(2026, 3, 1)


def on_ocrelizumab(
    relapse: str = "2023-05-17", active: str = "2023-04-02", born: str = "1975-06-01", **more: Any
) -> Record:
    return record_of(
        covered(since="2010-01-01"),
        ("course", {"course": "rrms", "onset": "2010-02-01"}),
        ("treatment", {"therapy": "ocrelizumab", "at": "2021-01-10", "interval_weeks": 26.0}),
        *(("dose", {"therapy": "ocrelizumab", "at": at, "dose_mg": 600.0}) for at in ("2025-06-01", "2025-12-01")),
        ("relapse", {"at": relapse, "status": "final"}),
        ("mri", {"at": active, "region": "brain", "compared_on": date(2022, 4, 2), "new_t2": 2}),
        ("mri", {"at": "2025-10-02", "region": "brain", "compared_on": date.fromisoformat(active), "new_t2": 0}),
        ("disability", {"at": "2025-12-01", "edss": 3.0}),
        ("lab", {"test": "igg", "at": "2026-01-20", "value": 8.0, "unit": "g/L"}),
        ("lab", {"test": "lymphocytes", "at": "2026-01-20", "value": 1.5, "unit": "10*9/L"}),
        ("lab", {"test": "neutrophils", "at": "2026-01-20", "value": 3.0, "unit": "10*9/L"}),
        born=born,
        sex="male",
        **more,
    )  # fmt: skip


def first_day(record: Record, decides: Evaluate = evaluate) -> date | None:
    return eligible_from(derive(record, ON, LIBRARY), 0, decides, GUIDELINES, LIBRARY)


def eligible_on(record: Record, day: date) -> bool:
    """Whether somebody really read on that day is a candidate for less that is open to them."""
    state = derive(uneventful(record, ON, day), day, LIBRARY)
    verdicts, (options, stances) = hold(state, compiled(LIBRARY)), evaluate(state).of(0)
    open_kinds = {option.kind for option, stance in zip(options, stances, strict=True) if stance >= REASONABLE}
    return any(
        applies(verdicts, one)[0] == MET and conclude(verdicts, one)[0] == CANDIDATE
        and open_kinds & set(one.speaks_of) & set(DE_ESCALATE)
        for one in GUIDELINES
        if one.kind != "trial-population"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("relapse", "active", "expected"),
    [
        ("2023-05-17", "2023-04-02", date(2026, 5, 17)),
        ("2023-05-17", "2023-12-15", date(2026, 12, 15)),
        ("2024-02-29", "2023-04-02", date(2027, 3, 1)),
        ("2023-03-02", "2023-03-01", date(2026, 3, 2)),
        ("2024-02-20", "2023-04-02", date(2027, 2, 20)),
    ],
)
def test_the_third_quiet_year_opens_the_panel_to_the_day(relapse: str, active: str, expected: date) -> None:
    record = on_ocrelizumab(relapse, active)
    assert first_day(record) == expected
    assert eligible_on(record, expected)
    assert not eligible_on(record, expected - timedelta(days=1))


def test_where_february_blurs_the_day_the_later_one_is_told() -> None:
    """Seen on 1 March, 29 December to 1 January are the same number of months ago; too early would be wrong."""
    record = on_ocrelizumab(active="2023-12-31")
    assert first_day(record) == date(2027, 1, 1)
    assert eligible_on(record, date(2026, 12, 31))


def test_an_age_is_waited_for_to_the_birthday() -> None:
    """The workshop asks for 55 years, and the national guideline does not speak of secondary progressive disease."""
    parts = ("2018-05-17", "2018-04-02", "1971-09-23")
    tables = dict(on_ocrelizumab(*parts).tables)
    record = record_of(
        covered(since="2010-01-01"),
        ("course", {"course": "spms", "onset": "2010-02-01"}),
        ("treatment", {"therapy": "glatiramer", "at": "2015-01-10"}),
        ("relapse", {"at": parts[0], "status": "final"}),
        born=parts[2],
        sex="male",
    )
    record = Record(dict(record.tables) | {name: tables[name] for name in ("mri", "disability", "lab")})
    assert first_day(record) == date(2026, 9, 23)
    assert eligible_on(record, date(2026, 9, 23))
    assert not eligible_on(record, date(2026, 9, 22))


def test_no_day_for_who_is_there_already_too_young_too_far_or_not_known() -> None:
    assert first_day(on_ocrelizumab("2021-05-17", "2021-04-02")) is None
    assert first_day(on_ocrelizumab(born="1981-03-02")) is None
    assert first_day(on_ocrelizumab(born="1981-03-01")) == date(2026, 5, 17)
    assert first_day(on_ocrelizumab(born="1981")) is None
    no_scan = on_ocrelizumab()
    unscanned = Record(dict(no_scan.tables) | {"mri": no_scan["mri"].clear()})
    state = derive(unscanned, ON, LIBRARY)
    days_ahead = eligible_from(state, 0, evaluate, GUIDELINES, LIBRARY)
    assert days_ahead is None or days_ahead >= date(2028, 3, 1)


def test_no_day_further_ahead_than_24_months() -> None:
    late = dict.fromkeys(("years_since_relapse", "years_since_mri_activity", "years_quiet"), 0.9)
    assert eligible_from(state_of(LIBRARY, QUIET_ON["ocrelizumab"] | late), 0, evaluate, GUIDELINES, LIBRARY) is None
    soon = dict.fromkeys(late, 1.5)
    found = eligible_from(state_of(LIBRARY, QUIET_ON["ocrelizumab"] | soon), 0, evaluate, GUIDELINES, LIBRARY)
    assert found == date(2027, 9, 1)


def test_no_day_while_the_treatment_is_failing() -> None:
    """Activity 1.5 years ago on the drug: a specialist looks first, whatever the calendar says."""
    person = QUIET_ON["ocrelizumab"] | dict.fromkeys(("years_since_relapse", "years_quiet"), 1.5)
    failing = state_of(LIBRARY, person | {"activity_on_therapy": True})
    assert evaluate(failing).columns["review"][0] == "step-up"
    assert eligible_from(failing, 0, evaluate, GUIDELINES, LIBRARY) is None


def test_no_day_where_the_drug_may_not_be_left_for_less() -> None:
    assert eligible_from(state_of(LIBRARY, QUIET | NATALIZUMAB | LONG), 0, evaluate, GUIDELINES, LIBRARY) is None
