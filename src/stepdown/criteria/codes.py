"""Kleene's logic on arrays: verdicts as small numbers, so that `all` is a minimum and `any` a maximum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

MET, UNKNOWN, NOT_MET = 2, 1, 0
Array = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Kleene:
    """The verdicts on one criterion for N people.

    Attributes:
        codes: MET, UNKNOWN or NOT_MET, shape (people,).
    """

    codes: Array

    @classmethod
    def of(cls, column: pl.Series) -> Kleene:
        """The codes of a column that holds 1, 0 or null (Int8)."""
        codes = column.fill_null(-1).to_numpy() if column.null_count() else column.to_numpy()
        return cls(np.where(codes < 0, UNKNOWN, codes * MET).astype(np.int8))

    def __and__(self, other: Kleene) -> Kleene:
        return Kleene(np.minimum(self.codes, other.codes))

    def __or__(self, other: Kleene) -> Kleene:
        return Kleene(np.maximum(self.codes, other.codes))

    def __invert__(self) -> Kleene:
        return Kleene((MET - self.codes).astype(np.int8))
