"""Curves and decompositions of one person as plain data, in the shape of an assessment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from stepdown.prognosis.chance import Floats
from stepdown.prognosis.decompose import Decomposition
from stepdown.prognosis.forecast import OUTCOMES
from stepdown.prognosis.predict import Course

INTERVAL = (0.025, 0.975)
FEW = 3
"""So many of the parts of an interval are named."""


def curves_told(course: Course, option: int) -> dict[str, Any]:
    """Cumulative risk in time of one option, by outcome; outcomes without a number are left out."""
    told = {}
    for place, outcome in enumerate(OUTCOMES):
        here = course.risks[option, place]
        known = np.isfinite(here).all(axis=1)
        if known.any():
            low, high = _quantiles(here[known])
            told[outcome] = {
                "years": np.asarray(course.years)[known].tolist(),
                "mean": here[known].mean(axis=1).tolist(),
                "low": low.tolist(),
                "high": high.tolist(),
            }
    return told


def _quantiles(draws: Floats) -> Floats:
    """The ends of the 95% interval, shape (2, times)."""
    return np.quantile(draws, INTERVAL, axis=1)


def decomposition_told(found: Mapping[tuple[int, str], Decomposition], option: int) -> dict[str, Any]:
    """What the intervals of one option come from, by outcome."""
    return {
        outcome: {
            **found[option, outcome].shares,
            "matters_most": [
                {"name": name, "of": kind, "share": share} for name, kind, share in found[option, outcome].parts[:FEW]
            ],
        }
        for outcome in OUTCOMES
        if (option, outcome) in found
    }
