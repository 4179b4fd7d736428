"""How much of an interval comes from what: parameters, unknown inputs of this person, a new setting, unlike studies.

The logarithm of a cumulative hazard is a sum; each part's share is its variance over the sum of the parts' variances.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stepdown.knowledge.library import Library
from stepdown.prognosis.chance import Floats
from stepdown.prognosis.change import integrals, known
from stepdown.prognosis.drug import step_of
from stepdown.prognosis.forecast import NUMBER, OUTCOMES, Forecast
from stepdown.prognosis.model import Model, Models
from stepdown.prognosis.person import People
from stepdown.prognosis.predict import sinces, term

PARAMETERS, INPUTS, SETTING, UNLIKE = "parameters", "inputs", "new_setting", "indirectness"


@dataclass(frozen=True)
class Decomposition:
    """The shares of one interval; `parts` names each source of doubt with its share, the largest first."""

    shares: dict[str, float]
    parts: tuple[tuple[str, str, float], ...]


def decompose(
    people: People, therapy: str, forecast: Forecast, library: Library, found: Models, horizon: int = 0
) -> dict[tuple[int, str], Decomposition]:
    """The decomposition of each risk of one person that has a number, by (option, outcome)."""
    assert people.rows.size == 1
    steps = [step_of(option, therapy, library) for option in forecast.options]
    (since,), _ = sinces(people.state, people.rows, therapy, library)
    told: dict[tuple[int, str], Decomposition] = {}
    for place, outcome in enumerate(OUTCOMES):
        model = found.by_outcome.get(outcome)
        having = [n for n in range(len(steps)) if forecast.why[0, n, place, horizon] == NUMBER]
        if model is None or not having:
            continue
        assert all(known(model, people.class_, steps[n]) for n in having)
        common = _person(model, people)
        years = forecast.horizons[horizon : horizon + 1]
        chosen = [steps[n] for n in having]
        sure, open_ = (
            np.log(integrals(model, people.class_, therapy, chosen, years, since, fresh)) for fresh in (False, True)
        )
        for row, number in enumerate(having):
            change = [("effect", PARAMETERS, sure[row, 0]), ("effect-between-studies", UNLIKE, (open_ - sure)[row, 0])]
            told[number, outcome] = _shares([*common, *change])
    return told


def _person(model: Model, people: People) -> list[tuple[str, str, Floats]]:
    """The parts that all options of a person share."""
    parts = [
        ("baseline", PARAMETERS, model.columns[f"baseline:{people.class_}"]),
        ("between-studies", SETTING, model.setting),
    ]
    if model.inputs.composed:
        parts.append(("drug-between-studies", UNLIKE, model.fresh(f"drug:{people.class_}")))
    for prior in model.modifiers(people.class_):
        whole = np.broadcast_to(term(model, people, prior), (1, people.draws))[0]
        reading = prior.read(people.read(str(prior.variable), prior.values).values)
        slope = model.columns[prior.name] * float(np.mean(reading))
        parts += [(prior.name, PARAMETERS, slope), (str(prior.variable), INPUTS, whole - slope)]
    return parts


def _shares(parts: Sequence[tuple[str, str, Floats]]) -> Decomposition:
    variances = [(name, kind, float(np.var(values))) for name, kind, values in parts]
    total = sum(value for _, _, value in variances) or 1.0
    shares = {
        kind: sum(v for _, k, v in variances if k == kind) / total for kind in (PARAMETERS, INPUTS, SETTING, UNLIKE)
    }
    ordered = sorted(((name, kind, v / total) for name, kind, v in variances if v > 0), key=lambda part: -part[2])
    return Decomposition(shares, tuple(ordered))
