"""The forecast of people on one drug: a risk for each option, outcome, horizon and draw, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

OUTCOMES = ("relapse", "mri-activity", "disability-worsening", "serious-infection")
"""The outcomes of the model, in the order of the arrays."""

RELAPSE, INFECTION = OUTCOMES.index("relapse"), OUTCOMES.index("serious-infection")

NUMBER, NO_PARAMETER, UNMEASURED, EMERGENCY = 0, 1, 2, 3
"""Codes of `Forecast.why`: there is a number; no study speaks of it; an input that nobody knows anything of; an
emergency, which comes before all numbers."""


class Change(Protocol):
    """What an option does to treatment; the options of `decision` are such."""

    @property
    def id(self) -> str:
        """Such as `extend-interval:ocrelizumab:52w`."""

    @property
    def kind(self) -> str:
        """The option kind."""

    @property
    def therapy(self) -> str:
        """The drug that is taken afterwards, or that is stopped or observed."""

    @property
    def interval_weeks(self) -> float | None:
        """The interval afterwards."""

    @property
    def dose_mg(self) -> float | None:
        """The dose afterwards."""


@dataclass(frozen=True, eq=False)
class Forecast:
    """What is likely to happen to n people on one drug, under each of its K options.

    Attributes:
        options: the K options.
        horizons: the H horizons in years.
        risks: probability of at least one event (1), shape (n, K, outcomes, H, draws); NaN where there is no number.
        why: index into `reasons`, shape (n, K, outcomes, H); 0 where there is a number.
        reasons: keys of the sentences that say why there is no number; those of `limits/` are documents.
        uncounted: codes of `why` for which an outcome is none of this person's (relapses in progressive disease that
            never had any), so that a comparison goes on without it; any other missing number keeps an option unranked.
        certainty: GRADE certainty of the weakest link by (option, outcome).
        evidence: ids of the studies by (option, outcome).
        drawn: by variable, of whom it was drawn because it is not known, shape (n,).
    """

    options: tuple[Change, ...]
    horizons: tuple[float, ...]
    risks: npt.NDArray[np.float64]
    why: npt.NDArray[np.int16]
    reasons: tuple[str, ...]
    uncounted: frozenset[int]
    certainty: Mapping[tuple[int, str], str]
    evidence: Mapping[tuple[int, str], tuple[str, ...]]
    drawn: Mapping[str, npt.NDArray[np.bool_]]

    def of(self, place: int) -> Forecast:
        """The forecast of one of the people."""
        drawn = {name: some[[place]] for name, some in self.drawn.items()}
        return replace(self, risks=self.risks[[place]], why=self.why[[place]], drawn=drawn)
