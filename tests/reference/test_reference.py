"""The engine says of everybody, cell by cell, what a slow and obvious reading in plain Python says of each.

The reference (`reading`, `state`, `treatment` and `criteria` beside this file) walks over the events of one person, and
shares with the engine the documents of the library and the trees of criteria, nothing else. It covers the variables in
`COVERED`, the conclusions of guidelines, what they hang on, the funnel and the flags. Every other variable is named in
`not-covered.txt`: of these it says nothing, and other tests must. Of treatment it knows stated treatments with a named
drug, no doses and no class alone; of IgG nobody who was given immunoglobulin; nothing that is stated in `known`.
"""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

import stepdown
from stepdown.assess import evaluate
from stepdown.cohort.ask import funnel
from stepdown.knowledge.library import load
from tests.reference.days import anniversary, meant, months_between, window_opens
from tests.reference.generated import COVERED, Case, cases, counted, differences, record_of, write

NOT_COVERED = frozenset((Path(__file__).parent / "not-covered.txt").read_text().split())

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
IN_MEMORY = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=SLOW)
ON_DISK = settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=SLOW)


@IN_MEMORY
@given(cases())
def test_evaluate_says_what_the_reference_says(case: Case) -> None:
    assert differences(case, stepdown.screen(record_of(case), on=case.on, library=case.library)) == []
    assert funnel(evaluate(record_of(case), case.on, case.library)) == counted(case)


@ON_DISK
@given(cases())
def test_a_screen_of_a_folder_says_what_the_reference_says(case: Case) -> None:
    with tempfile.TemporaryDirectory() as place:
        for form, buckets in (("csv", 3), ("parquet", 2)):
            folder = write(case, Path(place) / form, form)
            rows = stepdown.screen(folder, on=case.on, library=case.library, buckets=buckets, workers=1)
            assert differences(case, rows) == []


def test_what_the_reference_does_not_cover_is_named() -> None:
    assert set(load().variables) - set(COVERED) == NOT_COVERED
    assert set(COVERED) <= set(load().variables)


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(1968, 2, 29), date(2025, 2, 28), 683 + 30 / 31),
        (date(1968, 2, 29), date(2025, 3, 1), 684),
        (date(1968, 2, 29), date(2024, 2, 29), 672),
        (date(2025, 1, 31), date(2025, 3, 1), 1),
        (date(2025, 1, 31), date(2025, 3, 31), 2),
        (date(2025, 3, 1), date(2025, 3, 16), 15 / 31),
        (date(2025, 3, 2), date(2025, 3, 1), 0),
    ],
)
def test_the_calendar_of_the_reference(start: date, end: date, months: float) -> None:
    assert months_between(start, end) == pytest.approx(months)
    assert anniversary(start, 0) == start


def test_the_dates_and_windows_of_the_reference() -> None:
    assert anniversary(date(2024, 2, 29), 12) == date(2025, 3, 1)
    assert window_opens(date(2025, 2, 28), 12) == date(2024, 2, 28).toordinal()
    assert window_opens(date(2025, 3, 1), 12) == date(2024, 3, 1).toordinal()
    assert meant("2024-02") == (date(2024, 2, 1), date(2024, 2, 29))
    assert meant("2024") == (date(2024, 1, 1), date(2024, 12, 31))
    assert meant("2025-02-30") is None
    assert meant("") == (None, None)
