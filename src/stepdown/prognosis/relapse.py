"""Risk of a relapse under each option, a value a draw: baseline times modifiers times the time course of the change.

Draws are those of a new setting: one fresh study effect, shared by the options of a person, and fresh heterogeneity
for each option. Months count from the last dose. Whether a number may be told at all (an age or drug that no study
covers, a horizon beyond the evidence) is for the caller to decide.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stepdown.errors import InputError
from stepdown.evidence.course import ratio
from stepdown.evidence.draws import Posterior, ordered

MAX_YEARS = 50.0


@dataclass(frozen=True)
class Person:
    """What the model of relapse reads: numbers, or arrays with a value a draw where something is not known exactly.

    Attributes:
        class_: class of the drug that the person is on.
        age: years.
        quiet_years: years without relapse and MRI activity.
        to: class of the milder drug that is open, if one is.
    """

    class_: str
    age: float | np.ndarray
    quiet_years: float | np.ndarray
    to: str | None = None


def risks(posterior: Posterior, person: Person, years: float, seed: int = 0) -> dict[str, np.ndarray]:
    """Risk of at least one relapse within some years, by option, a value a draw (1).

    Options for which there is no parameter are left out.

    Raises:
        InputError: a horizon or a class that the model cannot speak of.
    """
    columns, inputs = posterior.columns, posterior.inputs
    if not 0 < years <= MAX_YEARS:
        raise InputError(f"a horizon of {years:g} years cannot be computed", "horizon", "give up to 50 years")
    if f"baseline:{person.class_}" not in columns:
        raise InputError(
            f"no relapse rate is known on {person.class_!r}", "class", f"known: {', '.join(inputs.classes)}"
        )
    random, size = np.random.default_rng([seed, 0]), len(columns["age"])
    log_rate = (
        columns[f"baseline:{person.class_}"]
        + columns["age"] * (person.age - inputs.reference("age")) / 10
        + columns["quiet"] * (np.log1p(person.quiet_years) - np.log1p(inputs.reference("quiet")))
        + columns["tau"] * random.standard_normal(size)
    )
    return {
        option: -np.expm1(-np.exp(log_rate) * years * mean)
        for option, mean in _changes(posterior, person, years, seed).items()
    }


def _changes(posterior: Posterior, person: Person, years: float, seed: int) -> dict[str, np.ndarray]:
    """Mean hazard ratio of each option over the horizon; no draw breaks the order, the fresh heterogeneity included."""
    columns, origin = dict(posterior.columns), person.class_
    size, found = len(columns["age"]), {}
    names = [f"{option}:{origin}" for option in ("extend-interval", "reduce-dose", "discontinue", "leaving")]
    for index, name in enumerate(names):
        if name in columns:
            noise = np.random.default_rng([seed, 1 + index]).standard_normal(size)
            columns[name] = columns[name] + columns["tau-effect"] * noise
    for option, effect in ordered(columns, origin, person.to).items():
        if option == "switch-lower":
            assert person.to is not None
            # The ordered effect stands in place of what the two drugs and leaving add up to.
            own = columns | {f"drug:{origin}": np.zeros(size), f"drug:{person.to}": np.zeros(size)}
            own[f"leaving:{origin}"] = effect
            found[option] = ratio(own, option, origin, {person.to: 1.0}, years)
        else:
            found[option] = ratio(columns | {f"{option}:{origin}": effect}, option, origin, {}, years)
    return found
