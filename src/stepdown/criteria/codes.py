"""Kleene's logic on arrays: verdicts as small numbers, so that `all` is a minimum and `any` a maximum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

MET, UNKNOWN, NOT_MET = 2, 1, 0
Array = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Kleene:
    """The verdicts on one criterion for N people.

    Attributes:
        codes: MET, UNKNOWN or NOT_MET, shape (people,).
    """

    codes: Array

    def __and__(self, other: Kleene) -> Kleene:
        return Kleene(np.minimum(self.codes, other.codes))

    def __or__(self, other: Kleene) -> Kleene:
        return Kleene(np.maximum(self.codes, other.codes))

    def __invert__(self) -> Kleene:
        return Kleene((MET - self.codes).astype(np.int8))
