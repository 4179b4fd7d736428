"""What an option saves against the reference, outcome by outcome and burden by burden, times what each weighs."""

from __future__ import annotations

import numpy as np

from stepdown.decision.preferences import BURDENS, NAMES
from stepdown.decision.stances import Mask
from stepdown.prognosis.chance import Floats, uniform
from stepdown.prognosis.forecast import OUTCOMES


def _nothing(people: int, options: int, draws: int) -> Floats:
    """Zeros of shape (people, options, draws); people and draws stand last in memory, as in a forecast."""
    return np.zeros((options, people, draws)).transpose(1, 0, 2)


def benefit_of_outcomes(risks: Floats, counted: Mask, weights: Floats, base: int) -> Floats:
    """What the risks that an option saves are worth, shape (n, K, draws); weights by person, or one for all of them."""
    saved = _nothing(risks.shape[0], risks.shape[1], risks.shape[-1])
    less = np.empty_like(saved)
    for number in np.flatnonzero(counted.any(axis=0)).tolist():
        np.subtract(risks[:, [base], number], risks[:, :, number], out=less)
        less *= weights[:, number, None]
        less[~counted[:, number]] = 0.0
        saved += less
    return saved


def benefit_of_burdens(units: Floats, weights: Floats, base: int, seed: int) -> Floats:
    """What the burden that an option saves in a year is worth, shape (n or 1, K, draws); what weighs
    nothing to anybody is left out, known or not.

    Where a count is a range, the same part of it is taken for every option: practice differs by place, not by option.
    """
    part = uniform(seed, "burden:part", weights.shape[-1])
    saved = _nothing(max(len(units), len(weights)), units.shape[1], part.size)
    low, wide = units[..., 0], units[..., 1] - units[..., 0]
    fewer, narrower = low[:, [base]] - low, wide[:, [base]] - wide
    for number, name in enumerate(BURDENS):
        weight = weights[:, NAMES.index(name), None]
        changed = np.flatnonzero(((fewer != 0) | (narrower != 0))[..., number].any(axis=0))
        if weight.any() and changed.size:
            here = slice(changed[0], changed[-1] + 1)
            less = fewer[:, here, number, None]
            if narrower[..., number].any():
                less = less + narrower[:, here, number, None] * part
            saved[:, here] += less * weight
    return saved


def saved(risks: Floats, counted: Mask, units: Floats, years: float, base: int, seed: int) -> Floats:
    """What each option saves of what each weight counts, shape (n, K, weights, draws); arguments as elsewhere here."""
    parts = []
    for number, name in enumerate(NAMES):
        one = np.zeros((1, len(NAMES), risks.shape[-1]))
        one[:, number] = 1.0
        if name in BURDENS:
            parts.append(years * benefit_of_burdens(units, one, base, seed))
        else:
            parts.append(benefit_of_outcomes(risks, counted & (np.arange(len(OUTCOMES)) == number), one, base))
    return np.stack(parts, axis=2)
