"""What may be known of a value: an interval, a set of values still possible, or a truth with a third state."""

from __future__ import annotations

import math
from dataclasses import dataclass

Truth = bool | None
"""Yes, no, or unknown (`None`)."""


@dataclass(frozen=True)
class Interval:
    """A number known to lie in `[low, high]`; `None` is unbounded.

    Raises:
        ValueError: NaN, or a low bound above the high one.
    """

    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        for bound in (self.low, self.high):
            if bound is not None and math.isnan(bound):
                raise ValueError("NaN is not a bound; leave it out where the value is unknown")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"the low bound {self.low} is above the high bound {self.high}")

    @property
    def known(self) -> bool:
        """Whether the value is one number."""
        return self.low is not None and self.low == self.high


@dataclass(frozen=True)
class Possible:
    """The values of a category that are still possible, out of `values`; all of them when nothing is known."""

    possible: frozenset[str]
    values: tuple[str, ...]

    @property
    def known(self) -> bool:
        """Whether one value is left."""
        return len(self.possible) == 1

    @property
    def informative(self) -> bool:
        """Whether anything is ruled out."""
        return len(self.possible) < len(self.values)


Value = Interval | Possible | Truth


def encode(possible: frozenset[str] | set[str], values: tuple[str, ...]) -> int:
    """The bits of a set of values, bit `i` for `values[i]`."""
    return sum(1 << index for index, value in enumerate(values) if value in possible)


def decode(bits: int, values: tuple[str, ...]) -> frozenset[str]:
    """The set of values that bits stand for."""
    return frozenset(value for index, value in enumerate(values) if bits >> index & 1)
