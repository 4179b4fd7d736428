"""Made-up draws and groups for the tests of replication."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stepdown.evidence.draws import Posterior
from stepdown.evidence.groups import Classes, Group
from stepdown.evidence.replicate import Floats, Model, Models, prior_draws

SIZE = 20_000


def certain(model: Model | Posterior, rate: float, size: int = SIZE, **told: float) -> Model:
    """A model that is sure: one rate on every drug, nothing differs between studies, nothing else matters but `told`.

    A name in `told` is that of a parameter, with `__` for the colon.
    """
    columns: dict[str, Floats] = {name: np.zeros(size) for name in prior_draws(model.inputs, 2)}
    for name in columns:
        if name.startswith("baseline:"):
            columns[name] = np.full(size, np.log(rate))
        if name.split(":")[0] in ("lag", "ramp", "decay"):
            columns[name] = np.full(size, 1e-6)
    columns |= {name.replace("__", ":").replace("_", "-"): np.full(size, value) for name, value in told.items()}
    return Model(columns, model.inputs)


def only(model: Model) -> Models:
    """That one model."""
    return Models({model.inputs.outcome: model})


def plain(**told: object) -> Group:
    """200 people on an S1P modulator for two years, aged 45 and quiet for three years."""
    covariates = {"age": (45.0, None), "quiet": (3.0, None), "stable": (0.0, None), "progressive": (0.0, None)}
    group = Group(
        "g", "g", "relapse", "continue", Classes({"s1p": 1.0}), Classes({}), covariates, 20, 200, None, 2.0
    )  # fmt: skip
    return replace(group, **told)  # type: ignore[arg-type]


def timed(**told: object) -> Group:
    """As `plain`, in 400 person-years."""
    return plain(**{"n": None, "person_years": 400.0} | told)


def but(group: Group, **told: tuple[float | None, float | None]) -> Group:
    """The same group with other covariates."""
    return replace(group, covariates={**group.covariates, **told})
