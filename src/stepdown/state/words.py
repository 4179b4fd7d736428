"""Words and yes-or-no columns of the record as arrays.

A few rows are read in Python, many with Polars: the answers are the same, and either way is the fast one there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Bits = NDArray[np.uint64]

FEW = 200


def matches(words: pl.Series, wanted: Collection[str]) -> Flags:
    """Rows with one of the words; a null matches nothing."""
    if words.len() <= FEW:
        return np.array([word in wanted for word in words.to_list()], np.bool_)
    found: Flags = words.is_in(list(wanted)).fill_null(False).to_numpy()
    return found


def missing(words: pl.Series) -> Flags:
    """Rows without a value."""
    if words.null_count() == 0:
        return np.zeros(words.len(), np.bool_)
    found: Flags = words.is_null().to_numpy()
    return found


def translate(words: pl.Series, meaning: Mapping[str, int]) -> Bits:
    """The number that stands for each word, 0 for a null and for a word without one."""
    if words.len() <= FEW:
        return np.array([meaning.get(word, 0) for word in words.to_list()], np.uint64)
    if not meaning:
        return np.zeros(words.len(), np.uint64)
    found: Bits = words.replace_strict(meaning, default=0, return_dtype=pl.UInt64).fill_null(0).to_numpy()
    return found


def is_yes(answers: pl.Series) -> Flags:
    """Rows that say yes; a null does not."""
    found: Flags = answers.cast(pl.Float64).to_numpy() == 1.0
    return found


def is_no(answers: pl.Series) -> Flags:
    """Rows that say no; a null does not."""
    found: Flags = answers.cast(pl.Float64).to_numpy() == 0.0
    return found
