"""A plan as a whole: who gets none, what stands first in one that is advised against, and days that move together."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from jsonschema import Draft202012Validator

from stepdown.assessment import plan_for
from stepdown.errors import InputError
from stepdown.knowledge.library import load
from stepdown.plan.build import AGAINST, plan
from stepdown.plan.lines import judged
from stepdown.plan.subject import Subject
from stepdown.plan.watching import planned_doses
from stepdown.record.read import read
from stepdown.record.record import Record
from stepdown.report.fill import fill
from stepdown.report.json import plan_schema
from stepdown.report.words import Words
from tests.people import FOLDER, assessed, examples, index_date
from tests.plan.planned import ON, chart, evaluated, on_drug, person_of, planned

LIBRARY = load()
CYCLE = timedelta(days=28 * 365 + 7)
"""28 years: the calendar repeats between 1901 and 2099."""
VALID = Draft202012Validator(plan_schema())
DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


@pytest.mark.parametrize("example", examples())
def test_the_assessment_holds_the_plan_of_what_it_recommends(example: str) -> None:
    told = assessed(example)
    option = told["recommendation"]["option"]
    assert (told["plan"] is None) is (option is None)
    if option is not None:
        assert told["plan"]["option"] == option
        assert told["plan"]["decided_on"] == told["on"]
        assert [fault.message for fault in VALID.iter_errors(fill(told["plan"], Words(LIBRARY)))] == []


def test_what_is_advised_against_has_its_reasons_first_and_a_safety_plan() -> None:
    told = planned(read(FOLDER / "fingolimod-wants-to-stop" / "chart.yaml", LIBRARY), "discontinue:fingolimod")
    assert next(iter(told)) == "option"
    assert told["safety_plan"] is True
    assert told["why_not"][0]["key"] == "rules/no-plain-stop-s1p.says"
    ids = {one["id"] for one in told["transition"]}
    assert {"steps/covered-exit-offered", "steps/same-day-number", "steps/agree-the-way-back"} <= ids
    assert any(one["id"] == "watches/scan-after-s1p-stop" for one in told["monitoring"])


def test_a_barred_option_has_a_plan_and_the_bar_first() -> None:
    given = on_drug("ocrelizumab", LIBRARY, labs=[{"date": "2026-02-01", "test": "HBV DNA", "value": "positive"}])
    told = planned(given, "continue:ocrelizumab")
    assert told["safety_plan"] is True
    assert "therapies/ocrelizumab/rules/hepatitis-b-active.says" in [one["key"] for one in told["why_not"]]


TWO = [{"therapy": "ocrelizumab", "from": "2021"}, {"therapy": "fingolimod", "from": "2025-06"}]


def test_in_an_emergency_what_waits_says_so_first() -> None:
    record = read(FOLDER / "new-symptom-natalizumab" / "chart.yaml", LIBRARY)
    told = planned(record, "switch-lateral:ocrelizumab", index_date("new-symptom-natalizumab"))
    assert told["safety_plan"] is True
    assert told["why_not"][0]["key"].startswith("flags/pml")


@pytest.mark.parametrize(
    ("treatments", "what"),
    [
        (None, "not known which"),
        ([{"therapy": "interferon", "from": "2020"}], "not known which"),
        ([{"therapy": "ocrelizumab", "from": "2020", "to": "2024"}], "on no drug"),
        (TWO, "two current drugs"),
    ],
    ids=["unknown", "class-alone", "none", "two"],
)
def test_without_one_known_drug_there_is_a_reason_and_no_plan(
    treatments: list[dict[str, Any]] | None, what: str
) -> None:
    given: dict[str, Any] = {"person": {"id": "P1"}, "doses": [{"therapy": "ocrelizumab", "date": "2025-12-01"}]}
    given |= {"observed": {"from": 2010, "to": "2026-03-01"}, "treatments": treatments}
    if treatments is not TWO:
        del given["doses"]
    if treatments is None:
        given = {"person": {"id": "P1"}}
    person, state = person_of(chart(given), LIBRARY)
    option = evaluated(on_drug("ocrelizumab", LIBRARY)).decisions.of(0)[0][0]
    with pytest.raises(InputError, match=what):
        plan(option, person, state, 0)
    with pytest.raises(InputError, match=what):
        plan_for(evaluated(given), 0, option.id, LIBRARY)


def test_an_option_that_does_not_exist_names_those_that_do() -> None:
    with pytest.raises(InputError, match="discontinue:ocrelizumab"):
        plan_for(evaluated(on_drug("ocrelizumab", LIBRARY)), 0, "extend-interval:ocrelizumab:99w", LIBRARY)


@pytest.mark.parametrize("example", ["natalizumab-wants-child", "long-quiet-ocrelizumab", "cladribine-finished"])
def test_shifted_by_28_years_the_plan_is_the_same(example: str) -> None:
    record, on = read(FOLDER / example / "chart.yaml", LIBRARY), index_date(example)
    later = Record({name: _later(table) for name, table in record.tables.items()})
    for option in evaluated(record, on).decisions.of(0)[0]:
        here, there = planned(record, option.id, on), planned(later, option.id, on + CYCLE)
        assert _moved(here) == there, option.id


def _later(table: pl.DataFrame) -> pl.DataFrame:
    days = [name for name, kind in table.schema.items() if kind == pl.Date]
    return table.with_columns(pl.col(name) + CYCLE for name in days)


def _moved(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: _moved(value) for name, value in node.items()}
    if isinstance(node, list):
        return [_moved(value) for value in node]
    if isinstance(node, str) and DAY.match(node):
        return (date.fromisoformat(node) + CYCLE).isoformat()
    return node


def _subject(option: str, **more: Any) -> Subject:
    given = on_drug("ocrelizumab", LIBRARY, **more)
    person, state = person_of(chart(given), LIBRARY)
    chosen = next(one for one in evaluated(given).decisions.of(0)[0] if one.id.startswith(option))
    return Subject(chosen, person, state, 0, LIBRARY.therapies["ocrelizumab"])


@pytest.mark.parametrize(
    ("day", "status"), [("2026-02-01", "done"), ("2024-06-01", "overdue"), ("2025-06-01", "open"), (None, "open")]
)
def test_a_test_is_judged_by_its_age_now_and_when_it_is_used(day: str | None, status: str) -> None:
    labs = [{"date": day, "test": "IgG", "value": 8, "unit": "g/L"}] if day else []
    subject = _subject("continue", labs=labs)
    found, seen = judged(subject, ["igg"], None, "mri-yearly-months", "test", date(2026, 7, 1))
    assert found == status
    assert bool(seen) is (day is not None)


def test_doses_are_planned_through_the_calendar_by_the_interval() -> None:
    subject = _subject("extend-interval:ocrelizumab:52w")
    last = ON - timedelta(days=30)
    assert planned_doses(subject) == [last + timedelta(weeks=52), last + timedelta(weeks=104)]
    assert planned_doses(_subject("discontinue")) == []


def test_against_is_what_a_stance_is_called() -> None:
    from stepdown.decision.stances import STANCES

    assert set(AGAINST) <= set(STANCES)


def test_steps_name_definitions_that_exist() -> None:
    for folder in (LIBRARY.steps, LIBRARY.watches):
        for document in folder.values():
            for name in ("within", "after", "until", "every", "latest"):
                given = getattr(document, name, None)
                assert not isinstance(given, str) or given in LIBRARY.definitions, (document.id, given)
            for one in getattr(document, "at", ()):
                assert not isinstance(one, str) or one in LIBRARY.definitions
