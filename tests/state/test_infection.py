"""Infections: counts, recurrent, opportunistic, active now, and the dangerous ones."""

from __future__ import annotations

from typing import Any

import pytest

from tests.state.records import bounds, covered, values

SEEN = covered()
Row = tuple[str, dict[str, Any]]


def infection(at: str | None, kind: str | None = "pneumonia", status: str | None = "final", **more: Any) -> Row:
    return "infection", {"at": at, "kind": kind, "status": status, **more}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (infection("2025-06", serious=True), (1.0, 1.0)),
        (infection("2025-06", serious=False), (0.0, 0.0)),
        (infection("2025-06"), (0.0, 1.0)),
        (infection("2025-06", hospital_days=3.0), (1.0, 1.0)),
        (infection("2025-06", "sepsis"), (1.0, 1.0)),
        (infection("2025-06", serious=True, status="suspected"), (0.0, 1.0)),
        (infection("2025-03-01", serious=True), (0.0, 0.0)),
        (infection("2025", serious=True), (0.0, 1.0)),
        (infection(None, serious=True), (0.0, 1.0)),
    ],
)
def test_serious_infections_in_a_year(row: Row, expected: tuple[float, float]) -> None:
    assert bounds(values(SEEN, row)["serious_infections_1y"]) == expected
    assert bounds(values(row)["serious_infections_1y"]) == (expected[0], None)


def test_counts_by_window_and_kind() -> None:
    found = values(SEEN, infection("2024-06"), infection("2025-06", "urinary"), infection("2025-07", "zoster"))
    assert bounds(found["infections_1y"]) == (2.0, 2.0)
    assert bounds(found["infections_2y"]) == (3.0, 3.0)
    assert bounds(found["urinary_infections_1y"]) == (1.0, 1.0)


@pytest.mark.parametrize(("number", "expected"), [(2, False), (3, True)])
def test_three_in_a_year_are_recurrent(number: int, expected: bool) -> None:
    rows = [infection(f"2025-{6 + month:02}-10", serious=False) for month in range(number)]
    assert values(SEEN, *rows)["recurrent_infections"] is expected
    assert values(*rows)["recurrent_infections"] is (True if expected else None)


@pytest.mark.parametrize(
    ("row", "active", "serious"),
    [
        (infection("2026-02-10", serious=False), True, False),
        (infection("2026-02-10", serious=True), True, True),
        (infection("2026-02-10"), True, None),
        (infection("2026-02-10", serious=True, status="suspected"), True, True),
        (infection("2026-02-10", serious=True, status="resolved"), False, False),
        (infection("2026-01-29", serious=True), False, False),
        (infection("2025-06", serious=True, status="active"), None, None),
        (infection("2026", serious=True), None, None),
        (infection(None, serious=True), None, None),
    ],
)
def test_active_now(row: Row, active: bool | None, serious: bool | None) -> None:
    found = values(SEEN, row)
    assert (found["active_infection"], found["active_serious_infection"]) == (active, serious)


def test_nothing_on_record_is_no_active_infection_only_where_it_would_be() -> None:
    assert values(SEEN)["active_infection"] is False
    assert values()["active_infection"] is None


@pytest.mark.parametrize(
    ("row", "suspected", "confirmed"),
    [
        (infection("2019", "pml", "suspected"), True, None),
        (infection("2019", "pml"), None, True),
        (infection("2019", "pml", "resolved"), False, True),
        (infection("2019", "pneumonia"), False, False),
        (infection("2026", "pml", "suspected"), None, None),
    ],
)
def test_pml(row: Row, suspected: bool | None, confirmed: bool | None) -> None:
    found = values(covered(since="1970-01-01"), row, born="1970")
    assert (found["pml_suspected"], found["pml_confirmed"]) == (suspected, confirmed)


@pytest.mark.parametrize(
    ("kind", "variable"),
    [("herpes-encephalitis", "cns_opportunistic_active"), ("hepatitis-b-reactivation", "hepatitis_b_reactivation")],
)
def test_dangers_last_until_they_are_told_to_be_over(kind: str, variable: str) -> None:
    assert values(SEEN, infection("2019", kind, "active"))[variable] is True
    assert values(SEEN, infection("2019", kind, "suspected"))[variable] is True
    assert values(SEEN, infection("2026-02-20", kind))[variable] is True
    assert values(SEEN, infection("2019", kind))[variable] is False
    assert values(SEEN, infection("2026-02-20", kind, "resolved"))[variable] is False
    assert values(SEEN, infection("2026-02-20", "pneumonia"))[variable] is False
    assert values()[variable] is None


DRUG = ("treatment", {"at": "2020-03-01", "therapy": "ocrelizumab", "status": "active"})


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([DRUG, infection("2021", "pneumonia", opportunistic=True)], True),
        ([DRUG, infection("2021", "disseminated-zoster")], True),
        ([DRUG, infection("2021", "disseminated-zoster", opportunistic=False)], False),
        ([DRUG, infection("2019", "disseminated-zoster")], False),
        ([DRUG, infection("2020", "disseminated-zoster")], None),
        ([DRUG, infection("2021", "pneumonia")], False),
        ([infection("2021", "disseminated-zoster")], None),
        ([infection("2026-02-20", "disseminated-zoster")], True),
    ],
)
def test_opportunistic_on_the_class(rows: list[Row], expected: bool | None) -> None:
    assert values(SEEN, *rows)["opportunistic_infection"] is expected
