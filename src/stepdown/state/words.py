"""Words and yes-or-no columns of the record as arrays.

A few rows are read in Python, many with Polars: the answers are the same, and either way is the fast one there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

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
    # a comparison costs less than a look into a list, and few words are asked for
    found = np.zeros(words.len(), np.bool_)
    for word in wanted:
        found |= is_yes(words == word)
    return found


def missing(words: pl.Series) -> Flags:
    """Rows without a value."""
    if words.null_count() == 0:
        return np.zeros(words.len(), np.bool_)
    found: Flags = words.is_null().to_numpy()
    return found


def translate(words: pl.Series, meaning: Mapping[str, int]) -> Bits:
    """The number that stands for each word, 0 for a null and for a word without one."""
    return numbers_of(words, meaning, 0, 0, np.dtype(np.uint64))


def numbers_of(
    words: pl.Series, meaning: Mapping[str, int], other: int, missing: int, dtype: np.dtype[Any]
) -> NDArray[Any]:
    """The number that stands for each word, `other` for a word without one, `missing` for a null."""
    if words.len() <= FEW:
        return np.array([missing if word is None else meaning.get(word, other) for word in words.to_list()], dtype)
    place = words.cast(_known(tuple(meaning)), strict=False).to_physical()
    unknown, table = place.null_count(), np.array([*meaning.values(), missing], dtype)
    found: NDArray[Any] = table[(place.cast(pl.Int64).fill_null(-1) if unknown else place).to_numpy()]
    if unknown > words.null_count() and other != missing:
        found[place.is_null().to_numpy() & words.is_not_null().to_numpy()] = other
    return found


@cache
def _known(words: tuple[str, ...]) -> pl.Enum:
    return pl.Enum(words)


def is_yes(answers: pl.Series) -> Flags:
    """Rows that say yes; a null does not."""
    if answers.len() <= FEW:
        return np.array([answer is True for answer in answers.to_list()], np.bool_)
    found: Flags = (answers.fill_null(False) if answers.null_count() else answers).to_numpy()
    return found


def is_no(answers: pl.Series) -> Flags:
    """Rows that say no; a null does not."""
    if answers.len() <= FEW:
        return np.array([answer is False for answer in answers.to_list()], np.bool_)
    found: Flags = ~(answers.fill_null(True) if answers.null_count() else answers).to_numpy()
    return found
