"""Months and years by anniversary."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stepdown.state.calendar import anniversary, months_between, window_opens, years_between

DAYS = st.dates(date(1901, 1, 1), date(2070, 12, 31))


def months(start: date, end: date) -> float:
    frame = pl.DataFrame({"start": [start, None], "end": [end, end]})
    by_date = frame.select(months_between(pl.col("start"), end))["start"]
    by_column = frame.select(m=months_between(pl.col("start"), pl.col("end")))["m"]
    assert by_date.to_list() == by_column.to_list()
    assert by_date[1] is None
    return float(by_date[0])


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2020, 3, 1), date(2025, 3, 1), 60.0),
        (date(2020, 2, 29), date(2021, 2, 28), 11 + 30 / 31),
        (date(2020, 2, 29), date(2021, 3, 1), 12.0),
        (date(2024, 1, 31), date(2024, 3, 1), 1.0),
        (date(2024, 1, 31), date(2024, 3, 31), 2.0),
        (date(2026, 3, 1), date(2026, 2, 1), -1.0),
        (date(2026, 1, 1), date(2026, 1, 16), 15 / 31),
    ],
)
def test_months(start: date, end: date, expected: float) -> None:
    assert months(start, end) == pytest.approx(expected)


def test_years_are_months_over_twelve() -> None:
    frame = pl.DataFrame({"birth": [date(1966, 3, 2), date(1966, 3, 1)]})
    ages = frame.select(years_between(pl.col("birth"), date(2026, 3, 1)))["birth"].to_list()
    assert ages[0] < 60.0 == ages[1]


def test_anniversary_of_a_day_that_the_month_lacks_is_the_first_of_the_next() -> None:
    frame = pl.DataFrame({"day": [date(2024, 1, 31), date(2020, 2, 29), date(2020, 2, 29), None], "m": [1, 12, 48, 1]})
    found = frame.select(a=anniversary(pl.col("day"), pl.col("m")))["a"].to_list()
    assert found == [date(2024, 3, 1), date(2021, 3, 1), date(2024, 2, 29), None]


@settings(max_examples=200, deadline=None)
@given(DAYS, st.integers(0, 30_000))
def test_more_days_are_never_fewer_months(start: date, more: int) -> None:
    end = start + timedelta(days=more)
    assert months(start, end) <= months(start, end + timedelta(days=1))


@settings(max_examples=200, deadline=None)
@given(DAYS, st.integers(0, 240))
@example(date(2000, 3, 1), 1)
@example(date(2028, 2, 29), 12)
def test_a_day_lies_inside_the_window_when_it_is_younger_than_its_months(on: date, length: int) -> None:
    start = window_opens(on, length)
    assert months(start, on) >= length > months(start + timedelta(days=1), on)
