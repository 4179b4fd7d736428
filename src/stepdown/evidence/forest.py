"""What a forest plot of one parameter shows: the studies that speak of it, the pooled value, and a new study."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np

from stepdown.errors import InputError
from stepdown.evidence.draws import Posterior, switches
from stepdown.evidence.inputs import ArmData, ContrastData, Count, Inputs

RATE, RATIO = "a year", "ratio"


@dataclass(frozen=True)
class Row:
    """One line: a study or a summary, with its value and 95% interval; none where the study shows only a bound."""

    label: str
    study: str
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Forest:
    """The lines of a forest plot; `unit` is a rate a year or a ratio, both to be drawn on a logarithmic axis."""

    parameter: str
    unit: str
    rows: tuple[Row, ...]
    pooled: Row
    new_study: Row | None
    outcome: str = ""

    @property
    def title(self) -> str:
        """What is shown, of which outcome."""
        return f"{self.outcome}: {self.parameter}" if self.outcome else self.parameter


def forest(posterior: Posterior, parameter: str, seed: int = 0) -> Forest:
    """Gather the lines of a parameter.

    Raises:
        InputError: there is no such parameter, or it is no ratio or rate.
    """
    columns = {**posterior.columns, **switches(posterior.columns)}
    inputs = posterior.inputs
    shown = [name for name in columns if _spread(name, inputs)]
    if parameter not in shown:
        close = get_close_matches(parameter, shown, n=1)
        mend = f"did you mean {close[0]!r}?" if close else "'stepdown evidence list' names them"
        raise InputError(f"no parameter is called {parameter!r}", "evidence forest", mend)
    draws, spread = columns[parameter], _spread(parameter, inputs)
    noise = np.random.default_rng(seed).standard_normal(len(draws))
    if parameter.startswith("baseline:"):
        found = [_arm(arm, inputs.outcome) for arm in inputs.fitted if _speaks_arm(arm, parameter)]
    else:
        found = [_contrast(c, inputs.outcome) for c in inputs.compared if _speaks(c, parameter)]
    new = _row("a new study", draws + noise * columns[spread])
    modifier = parameter in _modifiers(inputs)
    unit = RATE if parameter.startswith("baseline:") else RATIO
    return Forest(parameter, unit, tuple(found), _row("pooled", draws), None if modifier else new, inputs.outcome)


def _modifiers(inputs: Inputs) -> set[str]:
    return {prior.name for prior in inputs.priors if prior.kind in ("modifier", "between")}


def _spread(name: str, inputs: Inputs) -> str:
    """The spread that separates a new study from the pooled value; empty for what is neither rate nor ratio."""
    head = name.partition(":")[0]
    if head == "baseline" and ":" in name:
        return "tau"
    if head in ("discontinue", "extend-interval", "reduce-dose", "switch", "drug", "leaving"):
        return "tau-effect"
    return "tau-effect" if name in _modifiers(inputs) else ""


def _row(label: str, draws: np.ndarray) -> Row:
    low, middle, high = (float(np.exp(np.quantile(draws, q))) for q in (0.025, 0.5, 0.975))
    return Row(label, "", middle, low, high)


def _speaks_arm(arm: ArmData, parameter: str) -> bool:
    return arm.option == "continue" and parameter.partition(":")[2] in arm.classes


def _speaks(contrast: ContrastData, parameter: str) -> bool:
    """Whether a contrast observes this parameter, alone or in a mixture."""
    head, _, of = parameter.partition(":")
    if contrast.modifier is not None:
        return contrast.modifier == parameter
    if contrast.effect is not None:
        origin, _, goal = of.partition(">")
        return contrast.effect == head and origin in contrast.classes and (not goal or goal in contrast.to)
    if contrast.terms:
        return [*contrast.terms] == [parameter]
    return head == "drug" and of in {**contrast.drug, **contrast.versus}


def _arm(arm: ArmData, outcome: str) -> Row:
    """Rate a year with an interval that also holds for few events."""
    events, time = arm.count.events, arm.count.exposure
    random = np.random.default_rng(0).gamma(events + 0.5, 1 / time, 20_000)
    low, high = np.quantile(random, (0.025, 0.975))
    return Row(arm.id.removeprefix(f"{outcome}-"), arm.study, events / time, float(low), float(high))


def _contrast(contrast: ContrastData, outcome: str) -> Row:
    value, se = contrast.value, contrast.se
    if contrast.counts is not None:
        changed, control = contrast.counts
        value = float(np.log(_rate(changed) / _rate(control)))
        se = float(np.sqrt(1 / (changed.events + 0.5) + 1 / (control.events + 0.5)))
    assert value is not None
    assert se is not None
    unit = contrast.difference if contrast.modifier is not None else next(iter(contrast.terms.values()), 1.0)
    middle, half = value / unit, 1.96 * se / abs(unit)
    return Row(
        contrast.id.removeprefix(f"{outcome}-"), contrast.study, *(float(np.exp(middle + k * half)) for k in (0, -1, 1))
    )


def _rate(count: Count) -> float:
    """Half an event more, so that none does not mean never."""
    return (count.events + 0.5) / count.exposure
