"""Random numbers and cut distributions, against the standard library and exact sums."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from stepdown.prognosis.chance import cumulative, cut_normal, cut_poisson, normal, quantile, uniform


def bound(value: float) -> np.ndarray:
    return np.array([[value]])


def test_fewer_draws_are_the_first_of_more() -> None:
    assert np.array_equal(uniform(3, "a", 50), uniform(3, "a", 500)[:50])
    assert not np.array_equal(uniform(3, "a", 50), uniform(4, "a", 50))
    assert not np.array_equal(uniform(3, "a", 50), uniform(3, "b", 50))


def test_numbers_that_are_kept_may_not_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        uniform(3, "a", 50)[0] = 0.0


def test_normal_probabilities_are_those_of_the_standard_library() -> None:
    p = np.array([1e-6, 0.001, 0.025, 0.3, 0.5, 0.9, 0.999])
    assert quantile(p) == pytest.approx([NormalDist().inv_cdf(float(x)) for x in p], abs=2e-4)
    z = np.array([-3.0, -1.0, 0.0, 0.5, 2.5])
    assert cumulative(z) == pytest.approx([NormalDist().cdf(float(x)) for x in z], abs=1e-5)
    found = normal(0, "x", 200_000)
    assert found.mean() == pytest.approx(0, abs=0.01)
    assert found.std() == pytest.approx(1, abs=0.01)


def test_a_cut_normal_has_the_moments_of_the_textbook() -> None:
    u = (np.arange(20_000) + 0.5) / 20_000
    found = cut_normal(10.0, 2.0, bound(9.0), bound(13.0), u)
    a, b, n = -0.5, 1.5, NormalDist()
    mass = n.cdf(b) - n.cdf(a)
    assert found.mean() == pytest.approx(10 + 2 * (n.pdf(a) - n.pdf(b)) / mass, abs=1e-3)
    assert found.min() >= 9
    assert found.max() <= 13


def test_each_draw_of_a_cut_normal_keeps_its_place() -> None:
    u, normal_ = uniform(0, "x", 60), NormalDist(10.0, 2.0)
    bounds = [(9.0, 13.0), (-np.inf, 8.5), (60.0, 62.0), (11.0, np.inf)]
    low, high = (np.array(ends)[:, None] for ends in zip(*bounds, strict=True))
    found = cut_normal(10.0, 2.0, low, high, u)
    for row, (least, most) in zip(found, bounds, strict=True):
        below, above = (normal_.cdf(end) for end in (least, most))
        wanted = (
            [60.0 + 2.0 * one for one in u]
            if least == 60.0
            else [normal_.inv_cdf(below + one * (above - below)) for one in u]
        )
        assert row == pytest.approx(wanted, abs=1e-3)


def test_bounds_where_the_distribution_is_not_are_kept() -> None:
    u = np.array([0.0, 0.5, 1.0])
    assert cut_normal(0.0, 1.0, bound(40.0), bound(42.0), u).tolist() == [[40.0, 41.0, 42.0]]
    beyond = cut_normal(0.0, 1.0, bound(40.0), bound(np.inf), u)
    assert (beyond >= 40).all()
    assert np.isfinite(beyond).all()


def test_a_cut_poisson_has_its_probabilities() -> None:
    u = (np.arange(100_000) + 0.5) / 100_000
    found = cut_poisson(1.5, bound(1.0), bound(3.0), u)[0]
    mass = np.array([1.5**k / math.factorial(k) for k in (1, 2, 3)])
    assert [float((found == k).mean()) for k in (1, 2, 3)] == pytest.approx(mass / mass.sum(), abs=1e-4)
    open_ = cut_poisson(1.5, bound(-np.inf), bound(np.inf), u)[0]
    assert open_.mean() == pytest.approx(1.5, abs=1e-3)
