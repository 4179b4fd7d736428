"""How well groups were predicted: coverage of the intervals, observed over expected, and calibration in bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stepdown.evidence.replicate import Replication

BANDS = 3
"""Bands of the predicted value, from low to high, with as many groups each as can be."""


@dataclass(frozen=True)
class Band:
    """Groups of like predicted value: mean predicted and mean seen, each group counting once."""

    predicted: float
    seen: float
    groups: int


@dataclass(frozen=True)
class Tally:
    """How well a set of groups was predicted.

    Attributes:
        outcome: of which outcome; empty where it is of all.
        used_in_fit: whether these groups informed the draws.
        groups: those with a prediction.
        inside: seen within the 95% predictive interval.
        half: seen within the 50% predictive interval.
        observed: events seen.
        expected: events predicted.
        typical: geometric mean of the groups' own ratios of seen over the median prediction (the mean of a skewed one
            lies above it), half an event added on both sides; `ratio` is ruled by the largest group.
        bands: calibration.
    """

    outcome: str
    used_in_fit: bool
    groups: int
    inside: int
    half: int
    observed: int
    expected: float
    typical: float
    bands: tuple[Band, ...]

    @property
    def ratio(self) -> float:
        """Events seen over events predicted."""
        return self.observed / self.expected if self.expected else float("nan")


def tally(found: Sequence[Replication], outcome: str = "", used_in_fit: bool = False, bands: int = BANDS) -> Tally:
    """Count how well groups were predicted; those without a prediction are left out."""
    told = sorted((r for r in found if r.mean is not None), key=lambda r: r.mean or 0.0)
    logs = [np.log((r.events + 0.5) / ((r.middle or 0.0) + 0.5)) for r in told]
    return Tally(
        outcome,
        used_in_fit,
        len(told),
        sum(bool(r.inside) for r in told),
        sum(0.25 <= (r.rank or 0.0) <= 0.75 for r in told),
        sum(r.events for r in told),
        sum(r.expected or 0.0 for r in told),
        float(np.exp(np.mean(logs))) if logs else float("nan"),
        tuple(_band([told[i] for i in part]) for part in np.array_split(np.arange(len(told)), bands) if len(part)),
    )


def _band(found: Sequence[Replication]) -> Band:
    predicted = float(np.mean([r.mean for r in found if r.mean is not None]))
    return Band(predicted, float(np.mean([r.observed for r in found])), len(found))


def summary(found: Sequence[Replication]) -> list[Tally]:
    """The tallies by outcome, of groups used in the fit and of the others apart; then of all outcomes together."""
    outcomes = list(dict.fromkeys(r.outcome for r in found))
    asked = [*outcomes, ""] if len(outcomes) > 1 else outcomes
    kept = [
        tally([r for r in found if outcome in ("", r.outcome) and r.used_in_fit is used], outcome, used)
        for outcome in asked
        for used in (True, False)
    ]
    return [one for one in kept if one.groups]
