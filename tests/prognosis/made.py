"""Models made from the priors of an outcome: what holds in every draw must hold in these, however wide they are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from stepdown.decision.options import Option, options_for
from stepdown.evidence.course import derived
from stepdown.evidence.inputs import inputs, outcomes
from stepdown.evidence.replicate import prior_draws
from stepdown.guideline.compiled import compiled
from stepdown.guideline.verdicts import hold
from stepdown.knowledge.library import Library, load
from stepdown.prognosis.chance import normal
from stepdown.prognosis.forecast import Forecast
from stepdown.prognosis.model import Model, Models
from stepdown.prognosis.person import People
from stepdown.prognosis.predict import predict
from tests.states import state_of

DRAWS = 400
RRMS = {"course": "rrms", "sex": "female", "mri_activity": False, "never_relapsed": False, "pregnant": False}


@lru_cache(maxsize=4)
def library() -> Library:
    return load()


@lru_cache(maxsize=8)
def made(seed: int = 0, draws: int = DRAWS) -> Models:
    """Models whose draws are those of the priors."""
    found = {}
    for outcome in outcomes(library()):
        numbers = inputs(library(), outcome)
        columns = prior_draws(numbers, draws, seed)
        columns |= derived(numbers, columns)
        setting = columns["tau"] * normal(seed, f"setting:{outcome}", draws)
        found[outcome] = Model(outcome, numbers, columns, setting, seed, {})
    return Models(found, {})


def forecast(
    people: Sequence[dict[str, Any]],
    therapy: str,
    horizons: Sequence[float] = (1.0, 2.0, 5.0),
    models: Models | None = None,
    seed: int = 0,
) -> tuple[Forecast, tuple[Option, ...]]:
    """The forecast of people on one drug, read with the priors."""
    found, shipped = models or made(seed), library()
    class_ = shipped.therapies[therapy].class_
    told = [RRMS | {"therapy": therapy, "therapy_class": class_} | person for person in people]
    state = state_of(shipped, *told)
    options = options_for(therapy, shipped)
    draws = next(iter(found.by_outcome.values())).size
    who = People(state, np.arange(len(people)), class_, draws, seed)
    return predict(who, therapy, options, hold(state, compiled(shipped)), shipped, found, horizons), options
