"""MRI: which scans are active, how far back the quiet ones reach, and how old the last one is."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.state.records import bounds, covered, values

Row = tuple[str, dict[str, Any]]


def scan(at: str | None, region: str | None = "brain", **found: Any) -> Row:
    return "mri", {"at": at, "region": region, "status": "final", **found}


def quiet(at: str | None, region: str | None = "brain", **more: Any) -> Row:
    return scan(at, region, new_t2=0, gd_lesions=0, **more)


def since(*rows: Row) -> tuple[float | None, float | None]:
    return bounds(values(*rows)["years_since_mri_activity"])


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # a chain of quiet scans reaches back to its first one, and speaks for today while the last is fresh
        ([quiet("2020-03-01"), quiet("2023-03-01"), quiet("2025-06-01")], (6.0, None)),
        ([quiet("2020-03-01"), quiet("2025-02-01")], (0.0, None)),
        ([quiet("2020-03-01"), quiet("2025-03-02")], (6.0, None)),
        # or to what it was compared with
        ([quiet("2025-09-01", compared_on=date(2021, 3, 1))], (5.0, None)),
        ([quiet("2020-03-01"), quiet("2025-09-01", compared_on=date(2023, 3, 1))], (3.0, None)),
        ([quiet("2020-03-01"), quiet("2025-09-01", compared_on=date(2020, 3, 15))], (6.0, None)),
        # a single scan that was compared with nothing proves its own day
        ([quiet("2025-09-01")], (0.5, None)),
        # activity: the day of the scan that showed it
        ([scan("2021-03-01", new_t2=2), quiet("2025-09-01")], (5.0, 5.0)),
        ([scan("2021-03-01", gd_lesions=1), quiet("2025-09-01")], (5.0, 5.0)),
        ([scan("2021-03-01", stable=False), scan("2025-09-01", stable=True)], (5.0, 5.0)),
        ([scan("2025-09-01", new_t2=1)], (0.5, 0.5)),
        ([scan("2021-03-01", new_t2=1)], (0.0, 5.0)),
        ([scan("2021-03", new_t2=2), quiet("2025-09-01")], (4.917, 5.0)),
        # no new T2 lesion is enough, with contrast or without; an enhancing one is activity all the same
        ([scan("2025-09-01", new_t2=0, contrast=False, compared_on=date(2021, 3, 1))], (5.0, None)),
        ([scan("2025-09-01", new_t2=0, compared_on=date(2021, 3, 1))], (5.0, None)),
        ([scan("2025-09-01", new_t2=0, gd_lesions=1, compared_on=date(2021, 3, 1))], (0.5, 0.5)),
        # a scan without findings proves neither, so activity up to its day is possible
        ([quiet("2020-03-01"), scan("2023-03-01"), quiet("2025-09-01")], (3.0, None)),
        ([quiet("2020-03-01"), quiet("2025-06-01"), scan("2025-09-01")], (0.5, None)),
        # a preliminary reading proves nothing, but takes away
        ([quiet("2020-03-01"), {"at": "2025-09-01", "new_t2": 3, "status": "suspected"}, quiet("2026-01-01")],
         (0.5, None)),
        ([quiet("2020-03-01"), quiet("2025-06-01"), {"at": "2026-01-01", "stable": True, "status": "suspected"}],
         (6.0, None)),
        # a cord scan proves nothing of the brain; its activity counts
        ([quiet("2020-03-01", "cord"), quiet("2025-09-01", "cord")], (0.0, None)),
        ([quiet("2018-03-01"), scan("2021-03-01", "cord", new_t2=1), quiet("2025-09-01")], (5.0, 5.0)),
        ([quiet("2020-03-01", None), quiet("2025-09-01", "both")], (6.0, None)),
        ([], (0.0, None)),
    ],
)  # fmt: skip
def test_years_since_activity(rows: list[Any], expected: tuple[float | None, float | None]) -> None:
    full = [row if isinstance(row, tuple) else ("mri", {"region": "brain", **row}) for row in rows]
    assert since(*full) == expected
    assert since(*reversed(full)) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([quiet("2025-09-01")], False),
        ([scan("2025-09-01", new_t2=1)], True),
        ([scan("2021-09-01", new_t2=1), quiet("2025-09-01")], False),
        ([quiet("2021-09-01"), scan("2025-09-01", new_t2=1)], True),
        ([quiet("2025-09-01"), scan("2025-10-01")], None),
        ([scan("2025", new_t2=1), quiet("2025-09-01")], None),
        ([quiet("2025-09-01"), scan("2025-09-01", "cord", gd_lesions=1)], True),
        ([], None),
    ],
)
def test_activity_on_the_last_scan(rows: list[Row], expected: bool | None) -> None:
    assert values(*rows)["mri_activity"] is expected


def test_active_scans_in_two_years() -> None:
    active = [scan("2024-06-01", new_t2=1), scan("2025-06-01", gd_lesions=1), scan("2023-06-01", new_t2=1)]
    assert bounds(values(*active)["mri_activity_2y"]) == (2.0, None)
    assert bounds(values(covered("mri"), *active)["mri_activity_2y"]) == (2.0, 2.0)
    assert bounds(values(quiet("2023-06-01"), quiet("2025-06-01"))["mri_activity_2y"]) == (0.0, 0.0)


def test_age_of_the_last_scans() -> None:
    found = values(
        quiet("2024-03-01"), scan("2025-09"), scan("2023-03-01", "cord"), scan("2025-12-01", "cord", status="suspected")
    )
    assert bounds(found["months_since_brain_mri"]) == (5.0, 6.0)
    assert bounds(found["months_since_cord_mri"]) == (36.0, 36.0)
    assert bounds(values()["months_since_brain_mri"]) == (0.0, None)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([scan("2015", "cord", lesions=True)], True),
        ([scan("2015", "cord", new_t2=1)], True),
        ([scan("2015", "cord", lesions=False)], False),
        ([scan("2015", "both", lesions=True)], None),
        ([scan("2015", "brain", lesions=True)], None),
        ([scan("2015", "cord", lesions=False), scan("2020", "cord", lesions=True)], True),
        ([scan("2015", "cord", lesions=True, status="suspected")], None),
        ([], None),
    ],
)
def test_cord_lesions(rows: list[Row], expected: bool | None) -> None:
    assert values(*rows)["cord_lesions"] is expected
