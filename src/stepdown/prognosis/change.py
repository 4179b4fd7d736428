"""What a change does to a rate in time: the integral of the hazard ratio, by option, per draw, the same for everybody.

Effects obey the order of the options in each draw, heterogeneity included: no milder drug is safer than carrying on,
nor stopping safer than any milder drug, where the documents of the outcome say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stepdown.evidence.course import switch_effect
from stepdown.prognosis.chance import Floats, uniform
from stepdown.prognosis.model import Model

SWITCHES = ("switch-lower", "switch-lateral")


@dataclass(frozen=True)
class Step:
    """A change as the model reads it.

    Attributes:
        kind: the option kind.
        goal: class of the drug that is taken afterwards.
        stretch: how far a longer interval goes: 1 for the ratio that was studied, on a logarithmic scale.
    """

    kind: str
    goal: str
    stretch: float = 1.0


def known(model: Model, origin: str, step: Step) -> bool:
    """Whether the model has the parameters of a change."""
    if model.inputs.composed:
        needed = [f"drug:{origin}"]
    else:
        needed = [f"baseline:{origin}"]
    if step.kind in (*SWITCHES, "discontinue"):
        needed += [f"lag:{origin}", f"ramp:{origin}"]
    if step.kind in SWITCHES:
        needed += [f"drug:{origin}", f"drug:{step.goal}"]
    elif step.kind not in ("continue", "observe"):
        needed.append(f"{step.kind}:{origin}")
    return all(name in model.columns for name in needed)


def level(model: Model, origin: str) -> Floats:
    """Logarithm of the rate a year while carrying on, at the references of all modifiers, in a new setting."""
    found = model.columns[f"baseline:{origin}"] + model.setting
    return found + model.fresh(f"drug:{origin}") if model.inputs.composed else found


def effects(model: Model, origin: str, steps: Sequence[Step], fresh: bool = True) -> list[Floats]:
    """Logarithm of the hazard ratio of each change once it is complete.

    Args:
        model: one outcome.
        origin: class of the drug that people are on.
        steps: the changes; all of them are `known`.
        fresh: with the heterogeneity of a new setting.
    """
    found = [_raw(model, origin, step, fresh) for step in steps]
    above = {option for order in model.inputs.orders for option in order[order.index("continue") + 1 :]}
    for number, step in enumerate(steps):
        if step.kind in above:
            found[number] = np.maximum(found[number], 0.0)
    if any("switch-lower" in order and "discontinue" in order for order in model.inputs.orders):
        _never_above_stopping(found, [step.kind for step in steps])
    return found


def _raw(model: Model, origin: str, step: Step, fresh: bool) -> Floats:
    columns = model.columns
    if step.kind in ("continue", "observe"):
        return np.zeros(model.size)
    if model.inputs.composed:
        return _composed(model, origin, step, fresh)
    if step.kind in SWITCHES:
        name, effect = f"switch:{origin}>{step.goal}", switch_effect(columns, origin, step.goal)
    else:
        name = f"{step.kind}:{origin}"
        effect = columns[name]
    return np.asarray((effect + model.fresh(name) if fresh else effect) * step.stretch)


def _composed(model: Model, origin: str, step: Step, fresh: bool) -> Floats:
    """Where a rate is background times drug: nothing falls below the rate of the untreated."""

    def drug(name: str) -> Floats:
        column = model.columns[f"drug:{name}"]
        return column + model.fresh(f"drug:{name}") if fresh else column

    adds = np.maximum(drug(origin), 0.0)
    if step.kind in SWITCHES:
        return np.maximum(drug(step.goal), 0.0) - drug(origin) if step.goal != origin else np.zeros(model.size)
    if step.kind == "discontinue":
        return -adds
    return np.clip(model.columns[f"{step.kind}:{origin}"] * step.stretch, -adds, 0.0)


def _never_above_stopping(found: list[Floats], kinds: list[str]) -> None:
    """Pool stopping with the milder drugs that a draw puts above it: the nearest values that obey the order."""
    if "discontinue" not in kinds or "switch-lower" not in kinds:
        return
    stop, milder = kinds.index("discontinue"), [n for n, kind in enumerate(kinds) if kind == "switch-lower"]
    values = np.stack([found[number] for number in milder])
    weights = 1 / np.maximum(np.array([value.var() for value in (found[stop], *values)]), 1e-12)
    order = np.argsort(-values, axis=0, kind="stable")
    high = np.take_along_axis(values, order, axis=0)
    heavy = weights[1:][order]
    total, mass = weights[0] * found[stop], np.full(len(found[stop]), weights[0])
    pooled = found[stop].copy()
    for row, weight in zip(high, heavy, strict=True):
        wrong = row > pooled
        total, mass = np.where(wrong, total + weight * row, total), np.where(wrong, mass + weight, mass)
        pooled = np.where(wrong, total / mass, pooled)
    found[stop] = pooled
    for number in milder:
        found[number] = np.minimum(found[number], pooled)


def integrals(
    model: Model,
    origin: str,
    therapy: str,
    steps: Sequence[Step],
    times: Sequence[float],
    since: tuple[int, int],
    fresh: bool = True,
    weight: float = 1.0,
) -> Floats:
    """Integral of the hazard ratio from the index date, in years.

    Args:
        model: one outcome.
        origin: class of the drug that people are on.
        therapy: the drug; its own time course comes before that of its class.
        steps: the changes; all of them are `known`.
        times: years at which the integral is wanted.
        since: months since the last dose, at least and at most.
        fresh: with the heterogeneity of a new setting.
        weight: what part of each effect is left.

    Returns:
        Shape (steps, times, draws).
    """
    key = (origin, therapy, tuple(steps), tuple(times), since, fresh, weight)
    if key not in model.times:
        if len(model.times) >= KEPT:
            model.times.pop(next(iter(model.times)))
        model.times[key] = _integrals(model, origin, therapy, steps, np.asarray(times, float), since, fresh, weight)
    return model.times[key]


KEPT = 256
"""Time courses are kept for so many combinations of drug, options and months since the last dose."""


def _integrals(
    model: Model,
    origin: str,
    therapy: str,
    steps: Sequence[Step],
    times: Floats,
    since: tuple[int, int],
    fresh: bool,
    weight: float,
) -> Floats:
    u = uniform(model.seed, "input:months_since_last_dose", model.size)
    gone = since[0] + u * (since[1] - since[0])
    found = np.empty((len(steps), len(times), model.size))
    for number, (step, whole) in enumerate(zip(steps, effects(model, origin, steps, fresh), strict=True)):
        effect = whole if weight == 1.0 else weight * whole
        if step.kind == "discontinue" or step.kind in SWITCHES:
            found[number] = _course(model, origin, therapy, step.kind == "discontinue", effect, times, gone)
        else:
            found[number] = np.exp(effect) * times[:, None]
    return found


def _course(
    model: Model, origin: str, therapy: str, rebound: bool, effect: Floats, times: Floats, gone: Floats
) -> Floats:
    """The integral along the time course of leaving a drug, shape (times, draws); a next drug covers the rebound."""
    lag, ramp = shape(model, "lag", origin, therapy), shape(model, "ramp", origin, therapy)
    knots, heights = [lag, lag + ramp], [np.zeros(model.size), effect]
    if rebound and f"peak:{origin}" in model.columns:
        peak, decay = shape(model, "peak", origin, therapy), shape(model, "decay", origin, therapy)
        knots, heights = [*knots, knots[-1] + decay], [heights[0], effect + peak, effect]
    before = _area(knots, heights, gone[None])
    return np.asarray((_area(knots, heights, gone + MONTHS * times[:, None]) - before) / MONTHS)


def shape(model: Model, name: str, origin: str, therapy: str) -> Floats:
    """One part of a time course (months; for a peak a logarithm): that of the drug, else of its class."""
    return model.columns.get(f"{name}:{therapy}", model.columns[f"{name}:{origin}"])


MONTHS = 12.0
SMALL = 1e-9
"""Below this exponent the mean of an exponential is one."""


def _area(knots: Sequence[Floats], heights: Sequence[Floats], until: Floats) -> Floats:
    """Integral from 0 of the exponential of a line through knots: 0 before the first, level after the last.

    The logarithm of the hazard ratio is such a line (`evidence.course`), so that nothing has to be summed in steps.

    Returns:
        Shape of `until`.
    """
    total = np.minimum(until, knots[0]) + np.exp(heights[-1]) * np.maximum(until - knots[-1], 0.0)
    for left, right, low, high in zip(knots, knots[1:], heights, heights[1:], strict=False):
        length = np.clip(until - left, 0.0, right - left)
        rise = length * ((high - low) / (right - left))
        small = np.abs(rise) < SMALL
        mean = np.expm1(rise) / np.where(small, 1.0, rise)
        mean[small] = 1.0
        total += np.exp(low) * length * mean
    return np.asarray(total)
