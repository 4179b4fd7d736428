"""Natural frequencies: whole people, never none for what may happen, and no digit that the interval does not carry."""

from __future__ import annotations

import pytest

from stepdown.report.frequency import (
    around,
    count,
    counts,
    denominator,
    difference,
    figure,
    figures,
    others,
    step,
    whole,
)


@pytest.mark.parametrize(
    ("risk", "of", "shown"),
    [
        (0.0, 1000, "0"),
        (0.0004, 1000, "<1"),
        (0.0005, 1000, "1"),
        (0.0049, 100, "<1"),
        (0.005, 100, "1"),
        (0.0149, 100, "1"),
        (0.015, 100, "2"),
        (0.025, 100, "3"),
        (0.2524, 100, "25"),
        (0.2524, 1000, "252"),
        (0.994, 100, "99"),
        (0.996, 100, ">99"),
        (0.9997, 1000, ">999"),
        (1.0, 100, "100"),
    ],
)
def test_counts_of_people(risk: float, of: int, shown: str) -> None:
    assert count(risk, of) == shown


@pytest.mark.parametrize(("width", "by"), [(0.0, 1), (3.0, 1), (54.0, 1), (99.0, 1), (101.0, 10), (540.0, 10)])
def test_an_interval_carries_no_more_than_so_many_digits(width: float, by: int) -> None:
    assert step(width) == by


def test_the_mean_has_no_digit_that_its_interval_does_not_carry() -> None:
    assert counts({"mean": 0.2524, "low": 0.0614, "high": 0.6013}, 1000) == ("250", "60", "600")
    assert counts({"mean": 0.2524, "low": 0.0614, "high": 0.6013}, 100) == ("25", "6", "60")
    assert counts({"mean": 0.012, "low": 0.008, "high": 0.017}, 1000) == ("12", "8", "17")
    # a small end of a wide interval is not rounded to nobody
    assert counts({"mean": 0.1, "low": 0.003, "high": 0.4}, 1000) == ("100", "3", "400")
    assert [whole(n, 10) for n in (4.0, 5.0, 14.9, 15.0, -15.0, 0.4)] == [4, 10, 10, 20, -20, 0]


def test_one_denominator_is_chosen_for_the_page() -> None:
    assert denominator([0.0093, 0.25]) == 100
    assert denominator([0.005]) == 100
    assert denominator([0.25, 0.0049]) == 1000


@pytest.mark.parametrize(("shown", "of", "left"), [("7", 100, "93"), ("<1", 1000, ">999"), (">99", 100, "<1")])
def test_both_sides_add_up(shown: str, of: int, left: str) -> None:
    assert others(shown, of) == left


def test_a_difference_is_told_in_people_and_keeps_its_sign() -> None:
    assert difference({"mean": -0.0344, "low": -0.1166, "high": -0.0009}, 100) == (-3, -12, 0)
    assert difference({"mean": 0.0007, "low": -0.047, "high": 0.054}, 100) == (0, -5, 5)


def test_options_on_one_line_have_the_interval_around_all_of_theirs() -> None:
    near = [{"mean": 0.1, "low": 0.02, "high": 0.3}, {"mean": 0.1, "low": 0.01, "high": 0.2}]
    assert around(near) == {"mean": 0.1, "low": 0.01, "high": 0.3}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"),
        (0.00031623, "0.00032"),
        (0.0126, "0.013"),
        (7.368, "7.4"),
        (8.6964, "8.7"),
        (156.0, "156"),
        (30, "30"),
    ],
)
def test_a_weight_has_two_digits_and_no_power_of_ten(value: float, shown: str) -> None:
    assert figure(value) == shown


def test_a_worth_has_the_decimals_that_its_interval_carries() -> None:
    assert figures({"mean": 0.2064, "low": -0.8604, "high": 1.0614}) == ("0.2", "-0.9", "1.1")
    assert figures({"mean": 35.01, "low": 14.99, "high": 56.92}) == ("35", "15", "57")
    assert figures({"mean": -0.0049, "low": -1.1657, "high": 0.71}) == ("0.0", "-1.2", "0.7")
