"""Other conditions: comorbidity, cancer, dangers, pregnancy, habits."""

from __future__ import annotations

from typing import Any

import pytest

from tests.state.records import bounds, covered, possible, values

SEEN = covered()
LIFE = covered(since="1970-01-01")
Row = tuple[str, dict[str, Any]]


def condition(name: str, at: str | None = "2015", status: str = "active", **more: Any) -> Row:
    return "condition", {"condition": name, "at": at, "status": status, **more}


def over(name: str, at: str = "2012", ended: str = "2014") -> Row:
    return condition(name, at, "resolved", ended=ended)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([SEEN, condition("diabetes")], True),
        ([condition("diabetes")], True),
        ([SEEN], False),
        ([], None),
        ([SEEN, over("diabetes")], False),
        ([SEEN, condition("diabetes", status="suspected")], None),
        ([SEEN, condition("diabetes", ended="2026")], None),
        ([SEEN, condition("diabetes", "2026")], None),
        ([SEEN, condition("hypertension")], False),
    ],
)
def test_comorbidity(rows: list[Row], expected: bool | None) -> None:
    assert values(*rows)["comorbidity_diabetes"] is expected


def test_an_infarction_leaves_heart_disease() -> None:
    found = values(SEEN, over("myocardial-infarction"))
    assert found["comorbidity_cardiovascular"] is True
    assert found["recent_cardiac_event"] is False


def test_number_of_comorbidities() -> None:
    rows = [
        condition("diabetes"),
        condition("hypertension"),
        condition("stroke"),
        condition("asthma", status="suspected"),
    ]
    assert bounds(values(SEEN, *rows)["comorbidity_count"]) == (2.0, 3.0)
    assert bounds(values(*rows)["comorbidity_count"]) == (2.0, 7.0)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([condition("breast-cancer", "2012")], {"active"}),
        ([over("breast-cancer")], {"remission"}),
        ([condition("cancer-history")], {"remission"}),
        ([over("breast-cancer"), condition("melanoma", "2025")], {"active"}),
        ([condition("melanoma", "2025", "suspected")], {"active"}),
        ([condition("melanoma", "2020", ended="2026")], {"active", "remission"}),
        ([LIFE], {"none"}),
        ([SEEN], {"none", "remission"}),
        ([], {"none", "active", "remission"}),
    ],
)
def test_cancer(rows: list[Row], expected: set[str]) -> None:
    assert possible(values(*rows, born="1970")["cancer"]) == expected


def test_years_since_cancer() -> None:
    assert bounds(values(SEEN, over("breast-cancer", "2012-03-01"))["years_since_cancer"]) == (14.0, 14.0)


@pytest.mark.parametrize(
    ("at", "expected"), [("2025-09-02", True), ("2025-09-01", False), ("2025-09", None), ("2025-12", True)]
)
def test_recent_cardiac_event(at: str, expected: bool | None) -> None:
    assert values(SEEN, condition("stroke", at))["recent_cardiac_event"] is expected


@pytest.mark.parametrize("name", ["colitis", "liver_injury", "macular_oedema", "severe_cytopenia"])
def test_dangers_count_while_suspected_and_until_over(name: str) -> None:
    code = name.replace("_", "-")
    assert values(condition(code, "2019", "suspected"))[name] is True
    assert values(condition(code, "2019"))[name] is True
    assert values(over(code))[name] is False
    assert values(SEEN)[name] is False
    assert values()[name] is None


def test_block_with_a_pacemaker_is_none() -> None:
    assert values(condition("av-block"))["av_block"] is True
    assert values(condition("av-block"), condition("pacemaker"))["av_block"] is False
    assert values(condition("av-block"), condition("pacemaker", status="suspected"))["av_block"] is None


WOMAN: dict[str, Any] = {"sex": "female", "born": "1990"}


@pytest.mark.parametrize(
    ("rows", "person", "expected"),
    [
        ([condition("pregnancy", "2026-01")], WOMAN, True),
        ([condition("pregnancy", None)], WOMAN, True),
        ([condition("pregnancy", None, "final")], WOMAN, None),
        ([SEEN, condition("pregnancy", "2020")], WOMAN, False),
        ([SEEN, over("pregnancy", "2025-06", "2025-12")], WOMAN, False),
        ([SEEN], WOMAN, False),
        ([covered(to="2026-02-01")], WOMAN, None),
        ([], WOMAN, None),
        ([], {"sex": "male", "born": "1990"}, False),
        ([], {"sex": "female", "born": "1960"}, False),
        ([condition("pregnancy", "2026-01")], {"sex": "female", "born": "1960"}, True),
    ],
)
def test_pregnant(rows: list[Row], person: dict[str, Any], expected: bool | None) -> None:
    assert values(*rows, **person)["pregnant"] is expected


def test_breastfeeding_goes_on_until_it_ends() -> None:
    assert values(condition("breastfeeding", "2024"), **WOMAN)["breastfeeding"] is True
    assert values(SEEN, over("breastfeeding"), **WOMAN)["breastfeeding"] is False


def habit(topic: str, at: str | None = "2025-01-01", **said: Any) -> Row:
    return "lifestyle", {"topic": topic, "at": at, "status": "active", **said}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([habit("smoking", value_code="yes")], True),
        ([habit("smoking", value_code="former")], False),
        ([habit("smoking", None, value_code="no")], False),
        ([habit("smoking", "2020", value_code="yes"), habit("smoking", "2025", value_code="no")], False),
        ([habit("smoking", "2025", value_code="yes"), habit("smoking", "2025", value_code="no")], None),
        ([condition("smoking")], True),
        ([condition("smoking"), habit("smoking", value_code="no")], None),
        ([SEEN], None),
    ],
)
def test_smoking(rows: list[Row], expected: bool | None) -> None:
    assert values(*rows)["smoking"] is expected


@pytest.mark.parametrize(("bmi", "expected"), [(30.0, True), (29.9, False), (None, None)])
def test_obesity(bmi: float | None, expected: bool | None) -> None:
    assert values(habit("bmi", value=bmi))["obesity"] is expected


def test_contraception() -> None:
    assert values(habit("contraception", value_code="yes"))["contraception"] is True
    assert values()["contraception"] is None
