"""How a change acts in time: hazard ratios averaged over follow-up, for arrays of numpy and of JAX alike.

The logarithm of the hazard ratio is zero until the `lag` has passed, rises over the `ramp` to the effect of the
change, and overshoots by the `peak`, which passes over the `decay`; all in months since the last dose.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from stepdown.evidence.inputs import Inputs
from stepdown.knowledge.quantities import Mix

STEPS = 48
"""Points at which a follow-up is looked at."""

Draws = Mapping[str, Any]
"""Parameters by name: a number each, or an array of draws each."""


def ratio(
    draws: Draws,
    option: str,
    origin: str,
    to: Mix,
    years: float,
    immortal: float = 0.0,
    spread: bool = False,
    shift: Any = 0.0,
    xp: Any = np,
) -> Any:
    """Mean hazard ratio against carrying on, over the follow-up.

    Args:
        draws: parameters by name.
        option: kind of the change; `switch` stands for both kinds of switch.
        origin: class of the drug that is left.
        to: classes of the drugs switched to, with their shares.
        years: end of the follow-up, or its mean where it is `spread`.
        immortal: years at the start that are not seen.
        spread: people leave evenly over twice the mean follow-up.
        shift: heterogeneity, added to the logarithm of the effect.
        xp: `numpy` or `jax.numpy`.
    """
    if option == "continue":
        return xp.ones_like(next(iter(draws.values())))
    if option.startswith("switch"):
        goals = (
            share * ratio_of(draws, origin, name, years, immortal, spread, shift, xp) for name, share in to.items()
        )
        return sum(goals)
    effect = _floored(draws[f"{option}:{origin}"] + shift, draws, origin, xp)
    if option != "discontinue":
        return xp.exp(effect)
    return _average(effect, draws, origin, years, immortal, spread, xp)


def ratio_of(
    draws: Draws, origin: str, goal: str, years: float, immortal: float, spread: bool, shift: Any, xp: Any = np
) -> Any:
    """Mean hazard ratio of one switch, over the follow-up; without the rebound, which the next drug covers."""
    calm = {name: value for name, value in draws.items() if not name.startswith("peak:")}
    effect = _floored(switch_effect(draws, origin, goal, xp) + shift, draws, origin, xp)
    return _average(effect, calm, origin, years, immortal, spread, xp)


def _floored(effect: Any, draws: Draws, origin: str, xp: Any) -> Any:
    """Where rates are composed, no heterogeneity takes more away than the drug adds."""
    return xp.maximum(effect, draws[f"discontinue:{origin}"]) if f"excess:{origin}" in draws else effect


def switch_effect(draws: Draws, origin: str, goal: str, xp: Any = np) -> Any:
    """Logarithm of the hazard ratio of one drug after another: what they differ by in trials, and what leaving adds.

    Where rates are composed (`excess` tells), the next drug never takes the rate below that of the untreated.
    """
    after = draws[f"drug:{goal}"]
    if f"excess:{goal}" in draws:
        after = xp.maximum(after, 0.0)
    return draws.get(f"leaving:{origin}", 0.0) + after - draws[f"drug:{origin}"]


def derived(inputs: Inputs, draws: Draws, xp: Any = np) -> dict[str, Any]:
    """What follows from other parameters where rates are composed; nothing falls below the rate of the untreated.

    Stopping takes away what the drug adds, and less of the drug at most as much; a drug under which there are fewer
    events than without treatment has nothing to take away.

    Returns:
        By class of drug: `baseline`, the logarithm of the rate a year; `excess`, the rate that the drug adds, a year;
        `discontinue`, and `extend-interval` and `reduce-dose` where they are believed of. Nothing where rates are not
        composed.
    """
    if not inputs.composed:
        return {}
    background = sum(draws[prior.name] for prior in inputs.priors if prior.kind == "background")
    found = {}
    for name in inputs.classes:
        drug = draws[f"drug:{name}"]
        adds = xp.maximum(drug, 0.0)
        found[f"baseline:{name}"] = background + drug
        found[f"excess:{name}"] = xp.exp(background) * xp.expm1(drug)
        found[f"discontinue:{name}"] = -adds
        for option in ("extend-interval", "reduce-dose"):
            if f"{option}:{name}" in draws:
                found[f"{option}:{name}"] = xp.clip(draws[f"{option}:{name}"], -adds, 0.0)
    return found


def log_course(draws: Draws, origin: str, effect: Any, months: Any, xp: Any = np) -> Any:
    """Logarithm of the hazard ratio at some months since the last dose, along a new last axis."""
    lag, ramp = (xp.asarray(draws[f"{name}:{origin}"])[..., None] for name in ("lag", "ramp"))
    rise = xp.clip((months - lag) / ramp, 0.0, 1.0)
    height = xp.asarray(effect)[..., None]
    if f"peak:{origin}" in draws:
        peak, decay = (xp.asarray(draws[f"{name}:{origin}"])[..., None] for name in ("peak", "decay"))
        height = height + peak * xp.clip(1.0 - (months - lag - ramp) / decay, 0.0, 1.0)
    return rise * height


def _average(effect: Any, draws: Draws, origin: str, years: float, immortal: float, spread: bool, xp: Any) -> Any:
    end = 2 * years if spread else years
    edges = np.linspace(immortal, end, STEPS + 1)
    middle = (edges[:-1] + edges[1:]) / 2
    weights = 1 - middle / end if spread else np.ones(STEPS)
    course = xp.exp(log_course(draws, origin, effect, 12 * middle, xp))
    return (course * (weights / weights.sum())).sum(-1)
