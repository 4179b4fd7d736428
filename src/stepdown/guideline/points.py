"""The points of a score for N people at once, as an interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stepdown.criteria.program import MET, NOT_MET, Codes
from stepdown.guideline.verdicts import Verdicts
from stepdown.knowledge.schema import Score

Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scored:
    """A score of N people.

    Attributes:
        applies: whether it may be shown: MET, UNKNOWN or NOT_MET, shape (people,).
        low, high: bounds of the points, NaN where it may not be shown, shape (people,).
    """

    applies: Codes
    low: Points
    high: Points


def scored(score: Score, verdicts: Verdicts) -> Scored:
    """The points that are still possible; of an item whose bands are all ruled out, any of its points."""
    key = f"scores/{score.id}"
    low, high = np.zeros((2, verdicts.people))
    for item in score.items:
        held = np.stack([verdicts[f"{key}/{item.id}/{number}"] for number in range(len(item.bands))], axis=1)
        sure, possible = held == MET, held != NOT_MET
        counts = np.where(sure.any(axis=1)[:, None], sure, np.where(possible.any(axis=1)[:, None], possible, True))
        points = np.array([float(band.points) for band in item.bands])
        low += np.where(counts, points, np.inf).min(axis=1)
        high += np.where(counts, points, -np.inf).max(axis=1)
    applies = verdicts[key]
    hidden = applies == NOT_MET
    return Scored(applies, np.where(hidden, np.nan, low), np.where(hidden, np.nan, high))
