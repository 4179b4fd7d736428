"""What has happened since the change: told by topic, and only what came after it."""

from __future__ import annotations

from typing import Any

import pytest

from stepdown.follow.made import criterion_of
from stepdown.follow.signals import URGENCIES, order
from tests.follow.made import LIBRARY, STOPPED, one

OCRELIZUMAB: dict[str, Any] = {"treatments": [{"therapy": "ocrelizumab", "from": "2018-03-05", "to": "2025-03-10"}]}
NATALIZUMAB: dict[str, Any] = {"treatments": [{"therapy": "natalizumab", "from": "2018-03-05", "to": "2025-12-10"}]}


def topics(**facts: Any) -> dict[str, dict[str, Any]]:
    return {signal["topic"]: signal for signal in one(**facts)["triggered"]}


def test_a_relapse_after_the_change_is_told_with_its_day_and_what_to_do() -> None:
    found = topics(**STOPPED, relapses=[{"date": "2025-11-04", "recovered": "not"}])["relapse"]
    assert found["since"] == "2025-11-04"
    assert found["found"]["key"] == "follow.found.relapse-not"
    assert (found["trigger"], found["urgency"], found["step_up"]) == ("triggers/relapse", "days", True)
    assert found["from"] == ["chart.json:relapses[2]"]
    assert found["rescue"]


def test_a_relapse_before_the_change_triggers_nothing() -> None:
    assert topics(**STOPPED, relapses=[{"date": "2025-03-01"}]) == {}
    assert "relapse" in topics(**STOPPED, relapses=[{"date": "2025-03-11"}])


def test_of_a_relapse_that_may_have_come_after_the_change_one_is_told() -> None:
    assert topics(**STOPPED, relapses=[{"date": "2025"}])["relapse"]["found"]["args"]["day"] == "2025"


@pytest.mark.parametrize(
    ("scan", "trigger"),
    [
        ({"new_t2": 2}, "triggers/new-lesions"),
        ({"new_t2": 0, "gd": 1}, "triggers/new-lesions"),
        ({"new_t2": 1}, "triggers/one-new-lesion"),
    ],
)
def test_new_lesions_are_told_by_how_many(scan: dict[str, int], trigger: str) -> None:
    found = topics(**STOPPED, mri=[{"date": "2025-08-04", "compared_on": "2024-11-10", **scan}])
    assert list(found) == ["new-lesions"]
    assert found["new-lesions"]["trigger"] == trigger
    assert topics(**STOPPED, mri=[{"date": "2025-03-01", "compared_on": "2024-11-10", **scan}]) == {}


def test_worsening_without_a_relapse_is_told_apart_and_no_reason_to_step_up() -> None:
    scores = [{"date": day, "score": score} for day, score in (("2025-05-05", 4), ("2025-12-01", 4), ("2026-02-10", 4))]
    found = topics(**STOPPED, edss=scores)
    assert list(found) == ["worsening"]
    assert found["worsening"]["found"]["key"] == "follow.found.worsening-without-relapse"
    assert found["worsening"]["step_up"] is False
    assert found["worsening"]["rescue"] == []


def test_worsening_that_came_with_a_relapse_says_so() -> None:
    scores = [{"date": day, "score": score} for day, score in (("2025-06-20", 4), ("2025-12-01", 4), ("2026-02-10", 4))]
    found = topics(**STOPPED, edss=scores, relapses=[{"date": "2025-06-01"}])
    assert found["worsening"]["found"]["key"] == "follow.found.worsening-with-relapse"
    assert found["relapse"]["step_up"] is True


def test_a_serious_infection_that_is_over_is_looked_at_and_one_that_goes_on_is_urgent() -> None:
    over = {"date": "2025-08-04", "kind": "pneumonia", "serious": True, "status": "resolved"}
    found = topics(**OCRELIZUMAB, infections=[over])["infection"]
    assert found["urgency"] == "next-visit"
    goes_on = {"date": "2026-02-25", "kind": "pneumonia", "serious": True, "status": "active"}
    assert topics(**OCRELIZUMAB, infections=[goes_on])["infection"]["urgency"] == "today"
    assert topics(**OCRELIZUMAB, infections=[{"date": "2025-08-04", "kind": "cold", "serious": False}]) == {}


def test_falling_counts_are_told_once_they_are_measured() -> None:
    def count(day: str, value: float) -> dict[str, Any]:
        return {"date": day, "test": "neutrophils", "value": value, "unit": "10*9/L"}

    found = topics(**OCRELIZUMAB, labs=[count("2025-01-10", 3.1), count("2026-02-10", 0.7)])["counts"]
    assert (found["urgency"], found["since"], found["already"]) == ("today", "2026-02-10", False)
    assert topics(**OCRELIZUMAB, labs=[count("2026-02-10", 2.7)]) == {}


def test_low_igg_of_the_decision_is_told_again_only_when_it_was_measured_again() -> None:
    def igg(*values: tuple[str, float]) -> list[dict[str, Any]]:
        return [{"date": day, "test": "IgG", "value": value, "unit": "g/L"} for day, value in values]

    assert topics(**OCRELIZUMAB, labs=igg(("2025-02-10", 3.4))) == {}
    again = topics(**OCRELIZUMAB, labs=igg(("2025-02-10", 3.4), ("2026-02-10", 3.5)))["immunoglobulins"]
    assert again["already"] is True
    assert topics(**OCRELIZUMAB, labs=igg(("2025-02-10", 3.4), ("2026-02-10", 4.4))) == {}


def test_a_result_that_the_decision_was_taken_with_is_no_news() -> None:
    low = [{"date": day, "test": "IgG", "value": 4.5, "unit": "g/L"} for day in ("2025-02-10", "2026-02-10")]
    sick = {"date": "2025-01-04", "kind": "pneumonia", "serious": True, "status": "resolved"}
    longer = [
        {"therapy": "ocrelizumab", "from": "2018-03-05", "to": "2025-03-03", "interval_weeks": 26},
        {"therapy": "ocrelizumab", "from": "2025-03-03", "interval_weeks": 52},
    ]
    given = [{"date": day, "therapy": "ocrelizumab"} for day in ("2024-09-02", "2025-09-01")]
    assert topics(treatments=longer, doses=given, labs=low, infections=[sick]) == {}
    fallen = [{**low[0], "value": 8.0}, low[1]]
    found = topics(treatments=longer, doses=given, labs=fallen, infections=[sick])["immunoglobulins"]
    assert found["trigger"].startswith("classes/anti-cd20/care/monitoring/")
    assert found["already"] is False


def test_pregnancy_and_the_wish_for_it_are_told_if_they_are_new() -> None:
    child: dict[str, Any] = {"person": {"id": "P1", "born": "1992-05-02", "sex": "female"}, "may_become_pregnant": True}
    before = topics(**STOPPED, **child, wishes=[{"date": "2025-01-10", "topic": "pregnancy", "strength": "strong"}])
    assert before == {}
    after = topics(**STOPPED, **child, wishes=[{"date": "2026-01-10", "topic": "pregnancy", "strength": "strong"}])
    assert after["pregnancy"]["urgency"] == "next-visit"
    now = topics(**STOPPED, **child, conditions=[{"name": "pregnancy", "since": "2026-01-10"}])
    assert now["pregnancy"]["urgency"] == "days"


def test_a_new_symptom_after_natalizumab_is_pml_until_shown_otherwise() -> None:
    found = topics(**NATALIZUMAB, relapses=[{"date": "2026-02-20", "status": "suspected"}])
    assert found["pml"]["urgency"] == "today"


def test_the_most_urgent_comes_first() -> None:
    told = one(
        **OCRELIZUMAB,
        relapses=[{"date": "2025-11-04"}],
        labs=[{"date": "2026-02-10", "test": "neutrophils", "value": 0.4, "unit": "10*9/L"}],
        infections=[{"date": "2025-08-04", "kind": "pneumonia", "serious": True, "status": "resolved"}],
    )
    places = [order(signal["urgency"]) for signal in told["triggered"]]
    assert places == sorted(places)
    assert told["triggered"][0]["topic"] == "counts"
    assert [order(name) for name in URGENCIES] == [0, 1, 2, 3]


def test_whether_a_trigger_has_come_is_read_from_the_documents() -> None:
    assert criterion_of("triggers/pregnancy", LIBRARY) is not None
    assert criterion_of("classes/anti-cd20/care/monitoring/immunoglobulins-de/actions/0", LIBRARY) is not None
    for unknown in ("triggers/no-such", "classes/anti-cd20/care/monitoring/immunoglobulins-de/actions/9", "x", "a/b/c"):
        assert criterion_of(unknown, LIBRARY) is None
