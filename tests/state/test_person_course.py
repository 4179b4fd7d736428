"""Age, sex, course, duration, vaccinations."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.state.records import bounds, covered, possible, values

Row = tuple[str, dict[str, Any]]


@pytest.mark.parametrize(
    ("born", "expected"),
    [("1966-03-01", (60.0, 60.0)), ("1966-03-02", (59.997, 59.997)), ("1966", (59.167, 60.167)), (None, (0.0, None))],
)
def test_age(born: str | None, expected: tuple[float, float | None]) -> None:
    assert bounds(values(born=born)["age"]) == expected


def test_age_on_a_leap_day() -> None:
    assert bounds(values(born="1964-02-29", on=date(2026, 2, 28))["age"])[1] == pytest.approx(62.0, abs=0.01)
    assert values(born="1964-02-29", on=date(2026, 2, 28))["age"] != values(born="1964-02-29")["age"]
    assert bounds(values(born="1964-02-29")["age"]) == (62.0, 62.0)


def test_sex() -> None:
    assert possible(values(sex="female")["sex"]) == {"female"}
    assert possible(values()["sex"]) == {"female", "male", "other"}


@pytest.mark.parametrize(
    ("person", "expected"),
    [({"sex": "male"}, False), ({"sex": "female", "born": "1960"}, False), ({"sex": "female", "born": "1990"}, None)],
)
def test_may_become_pregnant(person: dict[str, Any], expected: bool | None) -> None:
    assert values(**person)["may_become_pregnant"] is expected


def course(name: str, at: str | None = None, status: str = "final", onset: str | None = None) -> Row:
    return "course", {"course": name, "at": at, "status": status, "onset": onset}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([course("rrms")], {"rrms"}),
        ([course("rrms", "2003"), course("spms", "2020")], {"spms"}),
        ([course("rrms", "2020"), course("spms", "2020")], {"rrms", "spms"}),
        ([course("rrms", "2003"), course("nmosd", "2025", "suspected")], {"rrms", "nmosd"}),
        ([course("nmosd", "2025", "suspected")], {"cis", "rrms", "spms", "ppms", "nmosd", "mogad"}),
        ([], {"cis", "rrms", "spms", "ppms", "nmosd", "mogad"}),
    ],
)
def test_course(rows: list[Row], expected: set[str]) -> None:
    assert possible(values(*rows)["course"]) == expected


def test_duration_since_the_first_symptom_and_the_diagnosis() -> None:
    found = values(course("rrms", "2004-03-01", onset="2003-03-01"), course("spms", "2020-01-01"))
    assert bounds(found["disease_duration"]) == (23.0, 23.0)
    assert bounds(found["years_since_diagnosis"]) == (22.0, 22.0)


def test_the_disease_is_at_least_as_old_as_the_diagnosis() -> None:
    found = values(course("rrms", "2004-03-01"))
    assert bounds(found["disease_duration"]) == (22.0, None)
    assert bounds(values()["disease_duration"]) == (0.0, None)


def test_a_course_without_a_day_may_have_been_the_first_diagnosis() -> None:
    undated, dated = course("rrms"), course("spms", "2020-03-01")
    assert bounds(values(undated, dated)["years_since_diagnosis"]) == (6.0, None)
    assert bounds(values(course("rrms", "2004-03-01"), course("spms"))["years_since_diagnosis"]) == (22.0, 22.0)


def vaccine(name: str, at: str) -> Row:
    return "vaccination", {"vaccine": name, "at": at, "status": "final"}


def test_vaccinations() -> None:
    found = values(
        covered(), vaccine("influenza", "2025-11-01"), vaccine("pneumococcal", "2019"), vaccine("mmr", "2023-03-01")
    )
    assert bounds(found["months_since_influenza_vaccine"]) == (4.0, 4.0)
    assert bounds(found["months_since_live_vaccine"]) == (36.0, 36.0)
    assert found["pneumococcal_vaccine"] is True
    assert found["zoster_vaccine"] is None
    assert values(covered(since="1970-01-01"), born="1970")["zoster_vaccine"] is False
    assert values(vaccine("zoster-recombinant", "2024"))["zoster_vaccine"] is True
