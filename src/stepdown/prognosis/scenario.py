"""Named scenarios beside the model, in the same draws.

`constant-difference`: what a drug adds to serious infection is the same rate for everybody, that of the references (45
years, EDSS 2). The model multiplies: a person at twice the risk gets twice as much from a drug, and from stopping it;
old and disabled people on treatment were seen with fewer infections than that (docs/evidence/serious-infection.md).

`waning`: what drugs do to disability worsening fades with age and is nil beyond the age that trials together give.
In the model age acts on the rate alone.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stepdown.knowledge.library import Library
from stepdown.prognosis.chance import Floats, uniform
from stepdown.prognosis.change import MONTHS, SWITCHES, Step, effects, integrals, shape
from stepdown.prognosis.drug import step_of
from stepdown.prognosis.forecast import INFECTION, NUMBER, OUTCOMES, Forecast
from stepdown.prognosis.model import Model, Models
from stepdown.prognosis.person import People
from stepdown.prognosis.predict import log_rates, sinces

CONSTANT_DIFFERENCE, WANING = "constant-difference", "waning"
WORSENING = OUTCOMES.index("disability-worsening")


def waning(people: People, therapy: str, forecast: Forecast, library: Library, found: Models) -> Forecast | None:
    """The forecast of one person whose age takes away the effect of drugs on worsening; nothing where it takes none."""
    assert people.rows.size == 1
    model = found.by_outcome.get(OUTCOMES[WORSENING])
    having = np.flatnonzero((forecast.why[0, :, WORSENING] == NUMBER).any(axis=1))
    full, none = library.number("waning-full-until-age"), library.number("waning-none-from-age")
    age = float(np.mean(people.read("age").values))
    left = round(float(np.clip((none - age) / (none - full), 0.0, 1.0)), 3)
    if model is None or not having.size or left == 1.0:
        return None
    steps = [step_of(forecast.options[number], therapy, library) for number in having]
    (since,), _ = sinces(people.state, people.rows, therapy, library)
    times = integrals(model, people.class_, therapy, steps, forecast.horizons, since, weight=left)
    risks = forecast.risks.copy()
    risks[0, having, WORSENING] = -np.expm1(-np.exp(log_rates(model, people)[0])[0] * times)
    risks[forecast.why != NUMBER] = np.nan
    return replace(forecast, risks=risks)


def constant_difference(
    people: People, therapy: str, forecast: Forecast, library: Library, found: Models
) -> Forecast | None:
    """The same forecast where drugs add a constant rate of serious infection; nothing where it has no number."""
    model = found.by_outcome.get(OUTCOMES[INFECTION])
    told = (forecast.why[:, :, INFECTION] == NUMBER).any(axis=(0, 2))
    if model is None or not told.any():
        return None
    having = np.flatnonzero(told)
    steps = [step_of(forecast.options[number], therapy, library) for number in having]
    origin, risks = people.class_, forecast.risks.copy()
    untreated = np.exp(log_rates(model, people)[0] - _drug(model, origin))
    clocks, which = sinces(people.state, people.rows, therapy, library)
    for number, since in enumerate(clocks):
        mine = np.flatnonzero(which == number)
        adds = _added(model, origin, therapy, steps, np.asarray(forecast.horizons), since)
        total = untreated[mine][:, None, None] * np.asarray(forecast.horizons)[:, None] + adds
        risks[np.ix_(mine, having, np.array([INFECTION]))] = -np.expm1(-total)[:, :, None]
    risks[forecast.why != NUMBER] = np.nan
    return replace(forecast, risks=risks)


def _drug(model: Model, class_: str) -> Floats:
    """Logarithm of what a drug does to the rate of the untreated, in a new setting."""
    found: Floats = model.columns[f"drug:{class_}"] + model.fresh(f"drug:{class_}")
    return found


def _excess(model: Model, class_: str) -> Floats:
    """The rate a year that a drug adds at the references, in a new setting, shape (draws,)."""
    background = sum(model.columns[prior.name] for prior in model.inputs.priors if prior.kind == "background")
    found: Floats = np.exp(background + model.setting) * np.expm1(np.maximum(_drug(model, class_), 0.0))
    return found


def _added(model: Model, origin: str, therapy: str, steps: list[Step], years: Floats, since: tuple[int, int]) -> Floats:
    """What drugs add to the cumulative hazard under each change, shape (steps, years, draws)."""
    gone = since[0] + uniform(model.seed, "input:months_since_last_dose", model.size) * (since[1] - since[0])
    own, drug = _excess(model, origin), np.maximum(_drug(model, origin), 0.0)
    found = np.empty((len(steps), len(years), model.size))
    for number, (step, effect) in enumerate(zip(steps, effects(model, origin, steps), strict=True)):
        if step.kind == "discontinue" or step.kind in SWITCHES:
            lag, ramp = shape(model, "lag", origin, therapy), shape(model, "ramp", origin, therapy)
            left = (_risen(lag, ramp, gone + MONTHS * years[:, None]) - _risen(lag, ramp, gone[None])) / MONTHS
            next_ = _excess(model, step.goal) if step.kind in SWITCHES else np.zeros(model.size)
            found[number] = own * (years[:, None] - left) + next_ * left
        else:
            still = np.expm1(np.maximum(drug + effect, 0.0)) / np.where(drug > 0, np.expm1(drug), 1.0)
            found[number] = own * np.where(drug > 0, still, 1.0) * years[:, None]
    return found


def _risen(lag: Floats, ramp: Floats, until: Floats) -> Floats:
    """Integral from 0 of a ramp from 0 at `lag` to 1 after `ramp`, in the unit of both."""
    inside = np.clip(until - lag, 0.0, ramp)
    return np.asarray(inside * inside / (2 * ramp) + np.maximum(until - lag - ramp, 0.0))
