"""Months and years by anniversary."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stepdown.state.calendar import Days, add_months, count_months, day_number, months_until, window_opens

DAYS = st.dates(date(1901, 1, 1), date(2070, 12, 31))


def numbers(*dates: date) -> Days:
    return np.array([day_number(day) for day in dates])


def months(start: date, end: date) -> float:
    return float(count_months(numbers(start), numbers(end))[0])


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


def test_an_anniversary_is_exact() -> None:
    ages = count_months(numbers(date(1966, 3, 2), date(1966, 3, 1)), numbers(date(2026, 3, 1))) / 12
    assert ages[0] < 60.0 == ages[1]


def test_anniversary_of_a_day_that_the_month_lacks_is_the_first_of_the_next() -> None:
    found = add_months(numbers(date(2024, 1, 31), date(2020, 2, 29), date(2020, 2, 29)), np.array([1, 12, 48]))
    assert found.tolist() == numbers(date(2024, 3, 1), date(2021, 3, 1), date(2024, 2, 29)).tolist()


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


@pytest.mark.parametrize("first", [date(1580, 1, 1), date(1899, 5, 1), date(1985, 2, 1), date(2199, 1, 1)])
def test_many_days_are_looked_up_and_few_are_counted(first: date) -> None:
    start = day_number(first) + np.arange(0, 3000, 3)
    end = start + np.arange(1000) * 7 % 11_000
    one_by_one = [count_months(start[at : at + 1], end[at : at + 1])[0] for at in range(start.size)]
    assert count_months(start, end).tolist() == one_by_one
    later = [add_months(start[at : at + 1], np.array([at % 90 - 40]))[0] for at in range(start.size)]
    assert add_months(start, np.arange(1000) % 90 - 40).tolist() == later


def test_months_until_a_day_never_turn_negative() -> None:
    end = day_number(date(2026, 3, 1))
    start = end - np.concatenate(([1_000_000, 49_999, 50_000, -1, -400], np.arange(3000)))
    each = [max(float(count_months(start[at : at + 1], np.array([end]))[0]), 0.0) for at in range(start.size)]
    assert months_until(start, end).tolist() == each
    assert months_until(start[:100], end).tolist() == each[:100]
