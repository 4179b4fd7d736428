"""The time course of a change, against integrals worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from stepdown.evidence.course import derived, log_course, ratio
from stepdown.evidence.inputs import Inputs, Prior

ONE = {"discontinue:a": np.array([1.0]), "lag:a": np.array([12.0]), "ramp:a": np.array([1e-6])}


def test_before_the_lag_nothing_happens() -> None:
    assert ratio(ONE, "discontinue", "a", {}, 1.0)[0] == pytest.approx(1)


def test_a_follow_up_averages_the_lag() -> None:
    # one year at 1, one year at e
    assert ratio(ONE, "discontinue", "a", {}, 2.0)[0] == pytest.approx((1 + np.e) / 2, rel=1e-3)
    # only the second year is seen
    assert ratio(ONE, "discontinue", "a", {}, 2.0, immortal=1.0)[0] == pytest.approx(np.e, rel=1e-3)


def test_people_who_leave_evenly_weigh_the_early_months_more() -> None:
    # over twice the mean of one year, three quarters of the person-time lie in the first half
    expected = 0.75 + 0.25 * np.e
    assert ratio(ONE, "discontinue", "a", {}, 1.0, spread=True)[0] == pytest.approx(expected, rel=1e-3)


def test_the_ramp_is_linear_on_the_logarithm() -> None:
    slow = ONE | {"lag:a": np.array([0.0]), "ramp:a": np.array([24.0])}
    # the mean of exp(x) for x from 0 to 1
    assert ratio(slow, "discontinue", "a", {}, 2.0)[0] == pytest.approx(np.e - 1, rel=1e-3)


def test_the_rebound_overshoots_and_passes() -> None:
    rebound = ONE | {"lag:a": np.array([1.0]), "peak:a": np.array([0.5]), "decay:a": np.array([4.0])}
    months = np.array([0.5, 1.0001, 3.0, 5.0, 9.0])
    assert log_course(rebound, "a", rebound["discontinue:a"], months)[0] == pytest.approx(
        [0, 1.5, 1.25, 1.0, 1.0], abs=1e-3
    )


def test_a_switch_is_the_difference_of_the_drugs_and_of_leaving_without_rebound() -> None:
    draws = {
        "drug:a": np.array([-1.0]), "drug:b": np.array([-0.4]), "leaving:a": np.array([0.1]),
        "lag:a": np.array([0.0]), "ramp:a": np.array([1e-6]), "peak:a": np.array([5.0]), "decay:a": np.array([9.0]),
    }  # fmt: skip
    assert ratio(draws, "switch-lower", "a", {"b": 1.0}, 2.0)[0] == pytest.approx(np.exp(0.7), rel=1e-3)


def test_a_composed_rate_is_the_background_times_the_drug_and_stopping_goes_no_lower_than_the_background() -> None:
    names = [("background", "background"), ("untreated", "background"), ("drug:a", "drug"), ("drug:b", "drug")]
    composed = Inputs("x", (), (), tuple(Prior(name, kind, "normal", 0, 1, None, None) for name, kind in names), ())
    draws = {"background": np.array([-4.0]), "untreated": np.array([0.5])}
    found = derived(composed, draws | {"drug:a": np.array([0.7]), "drug:b": np.array([-0.2])})
    assert found["baseline:a"] == pytest.approx(-2.8)
    assert found["baseline:b"] == pytest.approx(-3.7)
    assert found["discontinue:a"] == pytest.approx(-0.7)
    assert found["discontinue:b"] == 0
    plain = Inputs("x", (), (), composed.priors[2:], ())
    assert derived(plain, draws) == {}


def test_carrying_on_changes_nothing() -> None:
    assert ratio(ONE, "continue", "a", {}, 2.0)[0] == 1
