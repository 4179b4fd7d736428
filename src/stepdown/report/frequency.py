"""Risks as natural frequencies: of so many people so many have it, with no more digits than the interval allows.

Every option and every outcome of a person is told out of the same number of people.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

HUNDRED, THOUSAND = 100, 1000

Estimate = dict[str, Any]


def denominator(largest: Iterable[float]) -> int:
    """Out of how many people risks are told: 100, or 1000 where else one outcome would read "fewer than 1" throughout.

    Args:
        largest: the largest mean risk of each outcome, from 0 to 1.
    """
    return THOUSAND if any(risk * HUNDRED < 0.5 for risk in largest) else HUNDRED


def step(width: float) -> int:
    """What counts are rounded to: a power of ten of at most a tenth of the interval, and whole people at least."""
    return int(max(1, 10 ** math.floor(math.log10(width / 10)))) if width > 0 else 1


def whole(value: float, by: int = 1) -> int:
    """A count rounded, halves up; a count below half a step keeps its first digit, so that nothing becomes none."""
    size = abs(value)
    while by > 1 and size < by / 2:
        by //= 10
    return int(math.copysign(math.floor(size / by + 0.5) * by, value)) if size >= 0.5 else 0


def count(risk: float, of: int, by: int = 1) -> str:
    """How many of `of` people: `7`, `<1` for fewer than one but not surely none, `>99` for all but fewer than one."""
    people = risk * of
    if 0 < people < 0.5:
        return "<1"
    if of - 0.5 < people < of:
        return f">{of - 1}"
    return str(whole(people, by))


def counts(estimate: Estimate, of: int) -> tuple[str, str, str]:
    """Mean, low and high of a risk as counts."""
    by = step((estimate["high"] - estimate["low"]) * of)
    mean, low, high = (count(estimate[key], of, by) for key in ("mean", "low", "high"))
    return mean, low, high


def others(shown: str, of: int) -> str:
    """How many do not have it: all people but those of a `count`."""
    if shown.startswith(("<", ">")):
        return f">{of - 1}" if shown.startswith("<") else "<1"
    return str(of - int(shown))


def difference(estimate: Estimate, of: int) -> tuple[int, int, int]:
    """Mean, low and high of a difference of risks, as people more (or, below 0, fewer) of `of`."""
    by = step((estimate["high"] - estimate["low"]) * of)
    mean, low, high = (whole(estimate[key] * of, by) for key in ("mean", "low", "high"))
    return mean, low, high


def around(estimates: Sequence[Estimate]) -> Estimate:
    """The interval around those of several options whose means read the same."""
    low, high = min(one["low"] for one in estimates), max(one["high"] for one in estimates)
    return {**estimates[0], "low": low, "high": high}


def figure(value: float, digits: int = 2) -> str:
    """A number to so many significant digits, never in powers of ten: `0.021`, `8.7`, `156`."""
    if not value:
        return "0"
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def figures(estimate: Estimate) -> tuple[str, str, str]:
    """Mean, low and high of an estimate that is no risk, to the decimals that its interval allows."""
    width = estimate["high"] - estimate["low"]
    places = max(0, -math.floor(math.log10(width / 10))) if width > 0 else 1
    mean, low, high = (f"{round(estimate[key], places) + 0.0:.{places}f}" for key in ("mean", "low", "high"))
    return mean, low, high


__all__ = [
    "HUNDRED", "THOUSAND", "Estimate", "around", "count", "counts", "denominator", "difference", "figure", "figures",
    "others", "step", "whole",
]  # fmt: skip
