"""Random numbers keyed by seed, name and draw, never by person or position; and distributions cut to what is known.

A draw of a given seed and name is the same whoever it is made for and however many draws are asked for.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_GRID = 4096
_TAIL = 1e-12
_COUNTS = 64
"""Counts are cut off here: nobody has more comorbidities or serious infections in two years."""


@lru_cache(maxsize=128)
def uniform(seed: int, name: str, draws: int) -> Floats:
    """Numbers between 0 and 1, one a draw; they are kept, and may not be written to."""
    found = np.random.default_rng([seed, zlib.crc32(name.encode())]).random(draws)
    found.flags.writeable = False
    return found


def normal(seed: int, name: str, draws: int) -> Floats:
    """Standard normal numbers, one a draw."""
    return quantile(uniform(seed, name, draws))


@lru_cache(maxsize=1)
def _table() -> tuple[Floats, Floats]:
    """Standard normal quantiles and their probabilities, dense where the curve bends."""
    standard = NormalDist()
    z = np.linspace(-7.5, 7.5, _GRID)
    return z, np.array([standard.cdf(float(value)) for value in z])


def quantile(p: Floats) -> Floats:
    """Standard normal quantiles, to about 1e-5."""
    z, cumulative = _table()
    return np.interp(p, cumulative, z)


def cumulative(z: Floats) -> Floats:
    """Standard normal probabilities, to about 1e-5."""
    values, found = _table()
    return np.interp(z, values, found)


def cut_normal(center: float, spread: float, low: Floats, high: Floats, u: Floats) -> Floats:
    """A normal distribution cut to `low` to `high`, by person and draw.

    Where next to nothing of the distribution lies between the bounds, every value between them is as likely as another.

    Args:
        center: mean.
        spread: standard deviation.
        low: shape (people, 1); minus infinity is unbounded.
        high: shape (people, 1).
        u: shape (draws,).

    Returns:
        Shape (people, draws).
    """
    below, above = cumulative((low - center) / spread), cumulative((high - center) / spread)
    # a table is read several times as fast in order
    order = np.argsort(u)
    inside = quantile(below + u[order] * (above - below))
    inside *= spread
    inside += center
    np.minimum(np.maximum(inside, low, out=inside), high, out=inside)
    inside = np.take(inside, np.argsort(order), axis=1)
    thin = np.flatnonzero(~(above - below > _TAIL))
    if thin.size:
        least, most = low[thin], high[thin]
        first = np.where(np.isinf(least), np.minimum(center, most) - 8 * spread, least)
        last = np.where(np.isinf(most), np.maximum(center, least) + 8 * spread, most)
        inside[thin] = first + u * (last - first)
    return inside


def cut_poisson(mean: float, low: Floats, high: Floats, u: Floats) -> Floats:
    """A Poisson distribution cut to `low` to `high`; arguments and result as for `cut_normal`."""
    counts = np.arange(_COUNTS + 1.0)
    logs = counts * np.log(mean) - mean - np.cumsum(np.log(np.maximum(counts, 1.0)))
    possible = (counts >= low) & (counts <= np.minimum(high, _COUNTS))
    mass = np.where(possible, np.exp(logs), 0.0)
    mass = np.where(possible & (mass.sum(axis=1, keepdims=True) <= 0), 1.0, mass)
    steps = np.cumsum(mass, axis=1)
    total = steps[:, -1:]
    found = (u[None, :, None] * total[:, None] >= steps[:, None, :]).sum(axis=2).astype(float)
    return np.where(total > 0, np.minimum(found, _COUNTS), low)
