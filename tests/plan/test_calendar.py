"""Windows by calendar arithmetic, against days counted by hand and against their promises."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.knowledge.care import DAYS, Span
from stepdown.knowledge.library import load
from stepdown.plan.calendar import Leeway, Length, Window, before, day_of, length, series, shift, single, tidied
from stepdown.state.calendar import Days, count_months, day_number

FREE = Leeway(0.25, 30)
CYCLE = timedelta(days=28 * 365 + 7)
"""28 years: the calendar repeats between 1901 and 2099."""
DATES = st.dates(date(1990, 1, 1), date(2040, 1, 1))


@pytest.mark.parametrize(
    ("day", "amount", "unit", "there"),
    [
        (date(2026, 1, 31), 1, "mo", date(2026, 3, 1)),
        (date(2024, 2, 29), 1, "a", date(2025, 3, 1)),
        (date(2026, 2, 9), 4, "wk", date(2026, 3, 9)),
        (date(2026, 3, 1), -6, "wk", date(2026, 1, 18)),
        (date(2026, 3, 1), 3.5, "mo", date(2026, 6, 16)),
        (date(2026, 3, 1), 4, "h", date(2026, 3, 1)),
    ],
)
def test_days_are_counted_by_the_calendar(day: date, amount: float, unit: str, there: date) -> None:
    assert shift(day, amount, unit) == there


def test_a_definition_is_a_length() -> None:
    library = load()
    assert length("mri-rebaseline-months", library) == Length(3, 6, "mo")
    assert length("plan-horizon-months", library) == Length(24, 24, "mo")
    assert length(Span(low=0.3, value=3.4, high=13.7, unit="mo"), library) == Length(0.3, 13.7, "mo")


def test_a_range_is_due_at_its_end_and_late_after_the_latest() -> None:
    day = date(2026, 3, 1)
    assert single(day, Length(3, 6, "mo"), FREE) == Window(date(2026, 6, 1), date(2026, 9, 1), date(2026, 9, 1))
    assert single(day, Length(3, 6, "mo"), FREE, Length(12, 12, "mo")).closes == date(2027, 3, 1)


def test_a_single_time_has_leeway_and_an_upper_limit_has_none_beyond() -> None:
    day = date(2026, 3, 1)
    assert single(day, Length(4, 4, "wk"), FREE) == Window(date(2026, 3, 22), date(2026, 3, 29), date(2026, 4, 5))
    assert single(day, Length(None, 1, "a"), FREE) == Window(date(2027, 1, 30), date(2027, 3, 1), date(2027, 3, 1))
    assert single(day, Length(6, None, "wk"), FREE).opens == date(2026, 4, 12)


def test_the_time_before_a_dose_ends_before_it() -> None:
    dose = date(2026, 9, 14)
    assert before(dose, Length(1, 4, "wk")) == Window(date(2026, 8, 17), date(2026, 9, 7), date(2026, 9, 7))
    assert before(dose, Length(0, 2, "wk")).closes == date(2026, 9, 13)


@given(DATES, st.integers(1, 12), st.integers(0, 12), st.sampled_from(["wk", "mo"]))
@settings(max_examples=60, deadline=None)
def test_done_within_a_series_nothing_is_further_apart_than_the_upper_bound(
    day: date, low: int, more: int, unit: str
) -> None:
    every = Length(low, low + more, unit)
    found = list(series(day, every, FREE, shift(day, 8 * low, unit)))
    assert len(found) == 8
    for first, second in itertools.pairwise(found):
        if more:
            assert second.closes <= shift(first.opens, every.greatest, unit) + timedelta(days=3)  # ends of months
        assert (second.due - first.due).days >= low * DAYS[unit] - 3


WINDOWS = st.lists(
    st.tuples(DATES, st.integers(0, 400), st.integers(0, 400)).map(
        lambda one: Window(one[0], one[0] + timedelta(days=one[1]), one[0] + timedelta(days=one[1] + one[2]))
    ),
    max_size=6,
)


@given(WINDOWS, DATES, st.integers(0, 2000))
@settings(max_examples=150, deadline=None)
def test_windows_never_overlap_nor_leave_the_calendar(windows: list[Window], first: date, days: int) -> None:
    last = first + timedelta(days=days)
    found = tidied(windows, first, last)
    for one in found:
        assert first <= one.opens <= one.due <= one.closes
        assert one.opens <= last
    for one, following in itertools.pairwise(found):
        assert one.closes < following.opens


@given(WINDOWS, DATES)
@settings(max_examples=60, deadline=None)
def test_windows_move_with_the_calendar(windows: list[Window], first: date) -> None:
    last = first + timedelta(days=730)
    moved = [Window(one.opens + CYCLE, one.due + CYCLE, one.closes + CYCLE) for one in windows]
    here, there = tidied(windows, first, last), tidied(moved, first + CYCLE, last + CYCLE)
    assert [one.due + CYCLE for one in here] == [one.due for one in there]


@given(DATES, st.integers(0, 4000))
@settings(max_examples=100, deadline=None)
def test_the_day_behind_months_since_is_found_again(on: date, days: int) -> None:
    day = on - timedelta(days=days)
    months = float(count_months(_one(day), _one(on))[0])
    found = day_of(on, months)
    assert float(count_months(_one(found), _one(on))[0]) == pytest.approx(months)
    assert 0 <= (found - day).days <= 3  # the days that a short month does not have share an anniversary


def _one(day: date) -> Days:
    return np.array([day_number(day)])
