"""Relapses: years since, never, counts, new symptoms, recovery, and activity on treatment."""

from __future__ import annotations

from typing import Any

import pytest

from tests.state.records import bounds, covered, values

SEEN = covered()


def relapse(at: str | None, **more: Any) -> tuple[str, dict[str, Any]]:
    return "relapse", {"at": at, "status": "final", **more}


def test_years_since_relapse_lies_between_the_days_of_its_month() -> None:
    assert bounds(values(SEEN, relapse("2021-03"))["years_since_relapse"]) == (4.917, 5.0)


def test_without_observation_a_later_relapse_is_possible() -> None:
    assert bounds(values(relapse("2016-03-01"))["years_since_relapse"]) == (0.0, 10.0)


def test_observation_proves_only_its_own_time() -> None:
    found = values(covered(since="2020-03-01"), relapse("2016-03-01"))
    assert bounds(found["years_since_relapse"]) == (6.0, 10.0)


def test_no_relapse_on_record_is_quiet_since_the_span_began() -> None:
    found = values(covered(since="2020-03-01"))
    assert bounds(found["years_since_relapse"]) == (6.0, None)
    assert found["never_relapsed"] is None


def test_nothing_on_record_proves_nothing() -> None:
    found = values()
    assert bounds(found["years_since_relapse"]) == (0.0, None)
    assert found["never_relapsed"] is None
    assert bounds(found["relapses_1y"]) == (0.0, None)


def test_a_relapse_without_a_date_happened_at_some_time() -> None:
    found = values(SEEN, relapse(None))
    assert bounds(found["years_since_relapse"]) == (0.0, None)
    assert found["never_relapsed"] is False


def test_a_suspected_relapse_takes_away_certainty_and_gives_none() -> None:
    found = values(SEEN, relapse("2016-03-01"), relapse("2024-03-01", status="suspected"))
    assert bounds(found["years_since_relapse"]) == (2.0, 10.0)
    assert bounds(found["relapses_5y"]) == (0.0, 1.0)


def test_a_relapse_that_may_lie_after_the_index_date() -> None:
    found = values(SEEN, relapse("2026"))
    assert bounds(found["years_since_relapse"]) == (0.0, None)
    assert found["never_relapsed"] is None


@pytest.mark.parametrize(
    ("since", "onset", "expected"),
    [
        ("1970-01-01", None, True),
        ("1990-01-01", None, None),
        ("1990-01-01", "2010", True),
        ("2011-01-01", "2010", None),
    ],
)
def test_never_relapsed_needs_the_whole_time(since: str, onset: str | None, expected: bool | None) -> None:
    rows = [covered(since=since)] + ([("course", {"course": "ppms", "onset": onset})] if onset else [])
    found = values(*rows, born="1970")
    assert found["never_relapsed"] is expected
    if since == "1970-01-01":
        assert bounds(found["years_since_relapse"]) == (56.167, None)


def test_never_relapsed_without_a_day_of_birth() -> None:
    assert values(covered(since="1905-01-01"))["never_relapsed"] is True
    assert values(covered(since="1907-01-01"))["never_relapsed"] is None


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (["2025-03-01"], 0),
        (["2025-03-02"], 1),
        (["2025-06-01", "2025-06-30"], 1),
        (["2025-06-01", "2025-07-01"], 2),
        (["2025-02-20", "2025-03-10"], 1),
    ],
)
def test_relapses_in_a_year(days: list[str], expected: int) -> None:
    found = values(SEEN, *(relapse(day) for day in days))
    assert bounds(found["relapses_1y"]) == (expected, expected)


def test_counts_are_open_above_where_the_window_is_not_covered() -> None:
    found = values(covered(since="2025-01-01"), relapse("2025-06"))
    assert bounds(found["relapses_1y"]) == (1.0, 1.0)
    assert bounds(found["relapses_2y"]) == (1.0, None)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([relapse("2026-02-10", status="suspected")], True),
        ([relapse("2026-01-15", status="suspected")], True),  # nobody settled it
        ([relapse("2025-12-01", status="suspected")], True),  # 90 days
        ([relapse("2025-11-30", status="suspected")], None),  # what came of it?
        ([relapse("2025-11", status="suspected")], None),
        ([relapse("2026-02-10", status="active")], True),
        ([relapse("2026-01-29", status="active")], False),
        ([relapse("2026-01", status="active")], None),
        ([relapse("2026-02-10")], False),
        ([], False),
    ],
)
def test_new_symptoms_now(rows: list[tuple[str, dict[str, Any]]], expected: bool | None) -> None:
    assert values(SEEN, *rows)["suspected_relapse"] is expected
    assert values(*rows)["suspected_relapse"] is (True if expected else None)


def test_poor_recovery() -> None:
    life = covered(since="1970-01-01")
    assert values(relapse("2016", recovered="partly"))["poor_recovery"] is True
    assert values(relapse("2016", recovered="fully"))["poor_recovery"] is None
    assert values(life, relapse("2016", recovered="fully"), born="1970")["poor_recovery"] is False
    assert values(life, relapse("2016"), born="1970")["poor_recovery"] is None


def scan(at: str, **found: Any) -> tuple[str, dict[str, Any]]:
    return "mri", {"at": at, "region": "brain", "status": "final", **found}


QUIET = {"new_t2": 0, "gd_lesions": 0}


def test_quiet_years_are_the_lesser_of_relapse_and_scan() -> None:
    found = values(SEEN, relapse("2018-03-01"), scan("2022-03-01", new_t2=1), scan("2025-09-01", **QUIET))
    assert bounds(found["years_since_mri_activity"]) == (4.0, 4.0)
    assert bounds(found["years_quiet"]) == (4.0, 4.0)


def drug(at: str, therapy: str = "ocrelizumab") -> tuple[str, dict[str, Any]]:
    return "treatment", {"at": at, "therapy": therapy, "status": "active"}


FRESH = (scan("2023-01-01", **QUIET), scan("2026-01-01", **QUIET))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([drug("2018-01-01"), relapse("2025-06-01"), *FRESH], True),
        ([drug("2018-01-01"), relapse("2023-06-01"), *FRESH], False),
        ([drug("2025-03-01"), relapse("2025-08-31"), *FRESH], False),
        ([drug("2025-03-01"), relapse("2025-09-01"), *FRESH], True),
        ([drug("2025-03", ), relapse("2025-09-10"), *FRESH], None),
        ([drug("2025-12-01"), relapse("2026-02-10"), *FRESH], False),
        ([drug("2018-01-01"), scan("2025-06-01", gd_lesions=1), *FRESH], True),
        ([drug("2018-01-01"), scan("2025-06-01", new_t2=1), *FRESH], None),
        ([drug("2018-01-01"), scan("2025-06-01", new_t2=1, compared_on=None), *FRESH], None),
        ([drug("2018-01-01")], None),
        ([drug("2018-01-01"), *FRESH], False),
        ([drug("2024-09-01", "cladribine"), relapse("2025-06-01"), *FRESH], False),
        ([drug("2024-03-02", "cladribine"), relapse("2025-06-01"), *FRESH], True),
    ],
)  # fmt: skip
def test_activity_on_treatment(rows: list[tuple[str, dict[str, Any]]], expected: bool | None) -> None:
    assert values(SEEN, *rows)["activity_on_therapy"] is expected
