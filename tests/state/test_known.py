"""Variables that are stated directly: overlap, contradiction, other days, companions, and what follows from them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from stepdown.criteria.values import Interval, Value
from stepdown.errors import Problem
from stepdown.knowledge.library import load
from stepdown.record.record import join_records
from stepdown.state.derive import derive
from stepdown.state.state import values_of
from tests.state.records import ON, bounds, covered, possible, record_of, state_of

Row = tuple[str, dict[str, Any]]


def number(variable: str, low: float | None, high: float | None, at: str | None = None) -> Row:
    return "known", {"variable": variable, "low": low, "high": high, "at": at, "status": "final"}


def words(variable: str, *given: str, at: str | None = None) -> Row:
    return "known", {"variable": variable, "values": list(given), "at": at, "status": "final"}


def stated(*rows: Row, **person: Any) -> tuple[dict[str, Value], list[tuple[str, str]]]:
    """The variables, and key and variable of each problem."""
    state = state_of(*rows, **person)
    return values_of(state, 0, load()), [_short(problem) for problem in state.problems]


def _short(problem: Problem) -> tuple[str, str]:
    return problem.key, str(problem.args.get("variable", ""))


RELAPSE: Row = ("relapse", {"at": "2018", "status": "final"})


def test_what_is_stated_stands_where_nothing_else_is_known() -> None:
    found, problems = stated(
        number("years_since_relapse", 5.0, None), words("frailty", "yes"), words("course", "rrms", "spms")
    )
    assert bounds(found["years_since_relapse"]) == (5.0, None)
    assert found["frailty"] is True
    assert possible(found["course"]) == {"rrms", "spms"}
    assert problems == []


def test_overlap_is_intersected() -> None:
    found, problems = stated(covered(), RELAPSE, number("years_since_relapse", 7.5, 20.0))
    assert bounds(found["years_since_relapse"]) == (7.5, 8.167)
    assert problems == []


def test_contradicting_numbers_stand_as_one_range() -> None:
    found, problems = stated(covered(), RELAPSE, number("years_since_relapse", 2.0, 3.0))
    assert bounds(found["years_since_relapse"]) == (2.0, 8.167)
    assert problems == [("known-contradicts", "years_since_relapse")]


def test_contradicting_values_stand_together() -> None:
    found, problems = stated(("course", {"course": "rrms"}), words("course", "spms"))
    assert possible(found["course"]) == {"rrms", "spms"}
    assert problems == [("known-contradicts", "course")]


def test_contradicting_truths_are_unknown() -> None:
    diabetes = ("condition", {"condition": "diabetes", "status": "active"})
    found, problems = stated(diabetes, words("comorbidity_diabetes", "no"))
    assert found["comorbidity_diabetes"] is None
    assert problems == [("known-contradicts", "comorbidity_diabetes")]


def test_the_problem_says_what_was_stated_and_what_was_found() -> None:
    state = state_of(covered(), RELAPSE, number("years_since_relapse", 2.0, 2.0))
    assert state.problems[0].args == {"variable": "years_since_relapse", "stated": "2", "found": "7.167..8.167"}
    assert state.problems[0].source == "known[2]"
    assert state.problems[0].person_id == "P1"


@pytest.mark.parametrize(
    ("row", "key"),
    [
        (number("no_such_thing", 1.0, 2.0), "known-variable"),
        (number("years_since_relapse", None, None), "known-value"),
        (number("years_since_relapse", 3.0, 2.0), "known-value"),
        (words("course", "no-such-course"), "known-value"),
        (words("frailty", "perhaps"), "known-value"),
        (number("years_since_relapse", 5.0, 5.0, at="2025-03-01"), "known-other-day"),
        (words("frailty", "yes", at="2025-03-01"), "known-other-day"),
        (number("igg", 5.0, 5.0, at="2024-03-01"), "known-other-day"),
        (number("igg", 5.0, 5.0, at="2027-03-01"), "known-other-day"),
    ],
)
def test_what_cannot_be_used_is_told(row: Row, key: str) -> None:
    state = state_of(row)
    assert [problem.key for problem in state.problems] == [key]
    assert state.frame.equals(state_of().frame)


def test_a_day_within_freshness_counts_with_its_age() -> None:
    found, problems = stated(number("igg", 5.0, 5.0, at="2025-09-01"))
    assert (bounds(found["igg"]), bounds(found["igg_last_months"])) == ((5.0, 5.0), (6.0, 6.0))
    assert problems == []


def test_a_stated_value_is_also_the_last_one() -> None:
    old = ("lab", {"test": "igg", "value": 8.0, "unit": "g/L", "at": "2023-01-01", "status": "final"})
    found, problems = stated(old, number("igg", 5.0, 5.0), words("jcv_positive", "no"))
    assert bounds(found["igg"]) == bounds(found["igg_last"]) == (5.0, 5.0)
    assert bounds(found["igg_last_months"]) == (0.0, 0.0)
    assert found["jcv_positive_last"] is False
    assert problems == []


def test_a_companion_may_be_stated_by_itself() -> None:
    found, _ = stated(number("igg", 5.0, 5.0), number("igg_last_months", 2.0, 3.0))
    assert bounds(found["igg_last_months"]) == (2.0, 3.0)


def test_age_is_stated_in_completed_years() -> None:
    found, problems = stated(number("age", 59.0, 59.0), born="1966")
    assert bounds(found["age"]) == (59.167, 60.0)
    assert isinstance(found["age"], Interval)
    assert found["age"].high is not None
    assert found["age"].high < 60.0
    assert problems == []


def test_the_same_variable_twice() -> None:
    found, problems = stated(number("igg", 4.0, 6.0), number("igg", 5.0, 8.0))
    assert (bounds(found["igg"]), problems) == ((5.0, 6.0), [])
    found, problems = stated(number("igg", 4.0, 4.5), number("igg", 5.0, 8.0))
    assert bounds(found["igg"]) == (4.0, 8.0)
    assert problems == [("known-contradicts", "igg")] * 2


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([number("years_since_relapse", 5.0, None)], {"relapses_1y": (0, 0), "relapses_5y": (0, 0)}),
        ([number("years_since_relapse", 3.0, 4.0)], {"relapses_2y": (0, 0), "relapses_5y": (1, None)}),
        ([number("relapses_2y", 0.0, 0.0)], {"years_since_relapse": (2, None), "relapses_1y": (0, 0)}),
        ([number("relapses_5y", 0.0, 0.0), number("years_since_mri_activity", 3.0, 3.0)],
         {"years_quiet": (3, 3), "mri_activity_2y": (0, 0)}),
        ([number("years_quiet", 6.0, None)], {"years_since_relapse": (6, None), "years_since_mri_activity": (6, None)}),
        ([words("never_relapsed", "yes")], {"years_since_relapse": (55, None), "relapses_5y": (0, 0)}),
        ([number("relapses_1y", 2.0, 2.0)], {"relapses_5y": (2, None), "years_since_relapse": (0, 1)}),
        ([number("serious_infections_1y", 1.0, 1.0)], {"infections_2y": (1, None)}),
    ],
)  # fmt: skip
def test_what_plainly_follows(rows: list[Row], expected: dict[str, tuple[float, float | None]]) -> None:
    found, problems = stated(*rows, born="1971-03-01")
    assert {name: bounds(found[name]) for name in expected} == expected
    assert problems == []


def test_truths_that_follow() -> None:
    assert stated(number("years_since_relapse", 3.0, 3.0))[0]["never_relapsed"] is False
    assert stated(number("years_since_relapse", 3.0, None))[0]["never_relapsed"] is None
    assert stated(number("infections_1y", 3.0, 3.0))[0]["recurrent_infections"] is True
    assert stated(number("infections_1y", 2.0, 2.0))[0]["recurrent_infections"] is False


def test_less_than_a_year_is_less_than_one() -> None:
    high = stated(number("relapses_1y", 1.0, 1.0))[0]["years_since_relapse"]
    assert isinstance(high, Interval)
    assert high.high is not None
    assert high.high < 1.0


def test_class_and_efficacy_follow_the_drug() -> None:
    found, _ = stated(words("therapy", "ocrelizumab"))
    assert (possible(found["therapy_class"]), possible(found["efficacy"])) == ({"anti-cd20"}, {"high"})
    found, _ = stated(words("therapy", "none"))
    assert (possible(found["therapy_class"]), possible(found["efficacy"])) == ({"none"}, {"none"})


def test_a_contradiction_is_not_narrowed_away_again() -> None:
    infection = ("infection", {"at": "2025-06", "kind": "sepsis", "status": "final"})
    found, problems = stated(covered(), infection, number("serious_infections_2y", 2.0, 2.0))
    assert bounds(found["serious_infections_2y"]) == (1.0, 2.0)
    assert problems == [("known-contradicts", "serious_infections_2y")]


def test_a_clash_by_implication_is_told_and_leaves_both() -> None:
    found, problems = stated(number("relapses_1y", 3.0, 3.0), number("relapses_5y", 1.0, 1.0))
    assert (bounds(found["relapses_1y"]), bounds(found["relapses_5y"])) == ((3.0, 3.0), (1.0, 1.0))
    assert ("known-contradicts", "relapses_5y") in problems


def test_what_is_stated_of_one_does_not_touch_another() -> None:
    rows = (covered(), RELAPSE)
    alone = state_of(*rows)
    both = derive(
        join_records([record_of(*rows), record_of(number("years_since_relapse", 1.0, 1.0), person="P2")]), ON, load()
    )
    assert both.frame[:1].equals(alone.frame)


def test_sources_name_the_statement() -> None:
    state = derive(record_of(number("igg", 5.0, 5.0)), date(2026, 3, 1), load(), explain=True)
    assert state.frame["igg.from"].to_list() == [["known[0]"]]
    assert state.frame["igg_last.from"].to_list() == [["known[0]"]]
