"""Relapses that begin within the separation are one, and bounds hold for every way the days may fall."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.state.separate import at_most, fewest

GAP = 30


def counted(days: tuple[int, ...]) -> int:
    """Relapses one by one: each at least the separation after the start of the one counted before."""
    number, last = 0, None
    for day in sorted(days):
        if last is None or day >= last + GAP:
            number, last = number + 1, day
    return number


def both(entries: list[tuple[int, int]]) -> tuple[int, int]:
    first, last = (np.array([entry[side] for entry in entries], np.int64) for side in (0, 1))
    person = np.zeros(len(entries), np.int64)
    return int(fewest(person, first, last, GAP, 1)[0]), int(at_most(person, first, last, GAP, 1)[0])


def test_three_entries_in_seven_weeks_are_two_relapses() -> None:
    assert both([(0, 0), (25, 25), (50, 50)]) == (2, 2)


def test_thirty_days_later_is_another_relapse() -> None:
    assert both([(0, 0), (29, 29)]) == (1, 1)
    assert both([(0, 0), (30, 30)]) == (2, 2)


def test_two_entries_of_one_year_are_one_or_two() -> None:
    assert both([(0, 364), (0, 364)]) == (1, 2)


def test_no_entries() -> None:
    assert both([]) == (0, 0)


def test_people_do_not_mix() -> None:
    person, day = np.array([1, 0, 1]), np.array([0, 10, 40])
    assert fewest(person, day, day, GAP, 3).tolist() == [1, 2, 0]
    assert at_most(person, day, day, GAP, 3).tolist() == [1, 2, 0]


entries = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 60)).map(lambda e: (e[0], e[0] + e[1])), max_size=6)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 200), max_size=8))
def test_known_days_give_one_number(days: list[int]) -> None:
    number = counted(tuple(days))
    assert both([(day, day) for day in days]) == (number, number)


@settings(max_examples=100, deadline=None)
@given(entries, st.data())
def test_bounds_hold_and_narrow(wide: list[tuple[int, int]], data: st.DataObject) -> None:
    low, high = both(wide)
    picks = [sorted(data.draw(st.tuples(st.integers(*entry), st.integers(*entry)))) for entry in wide]
    inner_low, inner_high = both([(a, b) for a, b in picks])
    assert low <= inner_low <= inner_high <= high
    for corner in itertools.islice(itertools.product(*picks), 16):
        assert inner_low <= counted(corner) <= inner_high
