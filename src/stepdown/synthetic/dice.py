"""Random numbers of each person, keyed by seed, name, person and count; how people are bucketed does not matter."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stepdown.prognosis.chance import quantile

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Keys = npt.NDArray[np.uint64]

_PERSON, _COUNT, _SEED = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD1B54A32D192ED03), 0x2545F4914F6CDD1D
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_A, _B, _C, _KEPT = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_UNIT = 2.0**-53


@dataclass(frozen=True)
class Dice:
    """Numbers for any people; SplitMix64 (Steele, Lea and Flood 2014) over what they are keyed by."""

    seed: int

    def uniform(self, name: str, person: npt.ArrayLike, count: npt.ArrayLike = 0) -> Floats:
        """Numbers from 0 up to 1, of the shape of the keys.

        Args:
            name: what they are for.
            person: numbers of people.
            count: which of several numbers of the same name.
        """
        key = np.uint64((zlib.crc32(name.encode()) * _SEED + self.seed * int(_FIRST)) & 0xFFFFFFFFFFFFFFFF)
        whose, which = np.atleast_1d(person).astype(np.uint64), np.atleast_1d(count).astype(np.uint64)
        mixed = whose * _PERSON + (which * _COUNT + key)
        mixed ^= mixed >> _A
        mixed *= _FIRST
        mixed ^= mixed >> _B
        mixed *= _SECOND
        mixed ^= mixed >> _C
        mixed >>= _KEPT
        found: Floats = mixed * _UNIT
        return found

    def normal(self, name: str, person: npt.ArrayLike, count: npt.ArrayLike = 0) -> Floats:
        """Standard normal numbers."""
        return quantile(self.uniform(name, person, count))

    def exponential(self, mean: float, name: str, person: npt.ArrayLike, count: npt.ArrayLike = 0) -> Floats:
        """Exponential numbers of a mean."""
        found: Floats = -mean * np.log1p(-self.uniform(name, person, count))
        return found
