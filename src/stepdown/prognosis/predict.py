"""Risks of n people on one drug under each of its options: baseline times the person times the change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stepdown.criteria.layout import layout
from stepdown.evidence.inputs import Prior
from stepdown.guideline.verdicts import Verdicts
from stepdown.knowledge.library import Library
from stepdown.prognosis.chance import Floats
from stepdown.prognosis.change import Step, integrals, known, level
from stepdown.prognosis.forecast import EMERGENCY, NO_PARAMETER, NUMBER, OUTCOMES, UNMEASURED, Change, Forecast
from stepdown.prognosis.grounds import certainty, studies
from stepdown.prognosis.limits import held, reasons, uncounted
from stepdown.prognosis.model import Model, Models
from stepdown.prognosis.person import People
from stepdown.state.state import State

DRUG_TAKEN_AT_HOME = (0, 0)


@dataclass(frozen=True, eq=False)
class Course:
    """The risks of one person in time.

    Attributes:
        years: times since the index date.
        risks: shape (options, outcomes, times, draws); NaN where there is no number.
    """

    years: tuple[float, ...]
    risks: Floats


def predict(
    people: People,
    therapy: str,
    options: Sequence[Change],
    verdicts: Verdicts,
    library: Library,
    found: Models,
    horizons: Sequence[float],
    emergency: npt.NDArray[np.bool_] | None = None,
) -> Forecast:
    """Forecast n people on one drug.

    Args:
        people: who, and how they are read.
        therapy: their drug.
        options: what can be done.
        verdicts: the verdicts on these people, the limits of the evidence among them.
        library: the documents.
        found: the models of the outcomes.
        horizons: years, ascending.
        emergency: who is in one, shape (n,); they are given no number.
    """
    size = (people.rows.size, len(options), len(OUTCOMES), len(horizons))
    steps = [step_of(option, therapy, library) for option in options]
    why = np.full(size, NO_PARAMETER, np.int16)
    risks = np.full((*size, people.draws), np.nan)
    drawn: dict[str, npt.NDArray[np.bool_]] = {}
    for place, outcome in enumerate(OUTCOMES):
        model = found.by_outcome.get(outcome)
        if model is None:
            continue
        having = np.flatnonzero([known(model, people.class_, step) for step in steps])
        if not having.size:
            continue
        log_rate, missing = log_rates(model, people, drawn)
        rate = np.exp(log_rate)
        for since, mine in sinces(people.state, people.rows, therapy, library):
            times = integrals(model, people.class_, therapy, [steps[n] for n in having], horizons, since)
            risks[np.ix_(mine, having, np.array([place]))] = -np.expm1(
                -rate[mine][:, None, None, None] * times[None, :, None]
            )
        why[:, having, place] = np.where(missing, UNMEASURED, NUMBER)[:, None, None]
    limited = held(verdicts, options, steps, people.class_, therapy, horizons, library)
    why = np.where(limited > 0, limited, why).astype(np.int16)
    if emergency is not None:
        why[emergency] = EMERGENCY
    risks[why != NUMBER] = np.nan
    return Forecast(
        tuple(options), tuple(horizons), risks, why, reasons(library), uncounted(library),
        {(n, outcome): certainty(found, outcome, people.class_, step, options[n], library)
         for n, step in enumerate(steps) for outcome in OUTCOMES if outcome in found.by_outcome},
        {(n, outcome): studies(found, outcome, people.class_, step)
         for n, step in enumerate(steps) for outcome in OUTCOMES if outcome in found.by_outcome},
        drawn,
    )  # fmt: skip


def step_of(option: Change, therapy: str, library: Library) -> Step:
    """A change as the models read it; how far a longer interval goes is measured against the interval studied.

    A site may lay an interval over that no study measured: it has no effect in the models, and so no number.
    """
    goal = library.therapies[option.therapy].class_
    usual = next((one.interval_weeks for one in library.therapies[therapy].regimens if one.interval_weeks), None)
    studied = f"studied-interval-ratio-{goal}"
    if option.kind != "extend-interval" or not option.interval_weeks or not usual or studied not in library.definitions:
        return Step(option.kind, goal)
    return Step(option.kind, goal, float(np.log(option.interval_weeks / usual) / np.log(library.number(studied))))


def sinces(
    state: State, rows: npt.NDArray[np.intp], therapy: str, library: Library
) -> list[tuple[tuple[int, int], npt.NDArray[np.intp]]]:
    """People by whole months since their last dose: at least and at most, with the positions of those people.

    Where it is not known, the dose may have been given at any time within the usual interval, or the person's own where
    that is longer: that the drug was begun years ago does not make the last dose years old.
    """
    drug = library.therapies[therapy]
    if all(regimen.setting == "home" and regimen.route == "oral" for regimen in drug.regimens):
        return [(DRUG_TAKEN_AT_HOME, np.arange(rows.size))]
    place = layout(library).numbers
    low, high = state.numbers[place["months_since_last_dose"]][:, rows]
    own = state.numbers[place["present_interval_weeks"], 1, rows]
    weeks = max((one.interval_weeks or 0.0 for one in drug.regimens), default=0.0)
    usual = np.maximum(weeks, np.where(np.isinf(own), 0.0, own)) * WEEK_IN_MONTHS
    first = np.floor(np.maximum(np.where(np.isinf(low), 0.0, low), 0.0)).astype(int)
    last = np.ceil(np.minimum(high, np.maximum(usual, first))).astype(int)
    last = np.where(low == high, first, np.maximum(first, last))
    pairs, which = np.unique(np.stack([first, last], axis=1), axis=0, return_inverse=True)
    return [((int(a), int(b)), np.flatnonzero(which.reshape(-1) == n)) for n, (a, b) in enumerate(pairs)]


WEEK_IN_MONTHS = 12 * 7 / 365.25


def log_rates(
    model: Model, people: People, drawn: dict[str, npt.NDArray[np.bool_]] | None = None
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Logarithm of the rate a year while carrying on, shape (n, draws), and of whom an input is missing."""
    total, missing = np.zeros((people.rows.size, 1)), np.zeros(people.rows.size, bool)
    for prior in model.modifiers(people.class_):
        value = term(model, people, prior)
        reading = people.read(str(prior.variable), prior.values)
        missing |= reading.missing
        if drawn is not None:
            drawn[str(prior.variable)] = drawn.get(str(prior.variable), False) | reading.drawn
        total = total + value
    return level(model, people.class_) + capped(total, model), missing


def term(model: Model, people: People, prior: Prior) -> Floats:
    """What one modifier adds to the logarithm of the rate, shape (n, draws)."""
    reading = people.read(str(prior.variable), prior.values)
    found: Floats = model.columns[prior.name] * prior.read(reading.values)
    return found


def capped(total: Floats, model: Model) -> Floats:
    """The sum of the modifiers, kept within the cap of the outcome where it has one."""
    cap = model.columns.get("cap")
    return total if cap is None else np.minimum(total, cap)


def course(people: People, therapy: str, forecast: Forecast, library: Library, found: Models, steps: int = 4) -> Course:
    """Cumulative risks of one person in time, `steps` points a year up to the last horizon that has a number."""
    assert people.rows.size == 1
    years = tuple(np.linspace(0.0, forecast.horizons[-1], round(forecast.horizons[-1] * steps) + 1).tolist())
    changes = [step_of(option, therapy, library) for option in forecast.options]
    risks = np.full((len(changes), len(OUTCOMES), len(years), people.draws), np.nan)
    ((since, _),) = sinces(people.state, people.rows, therapy, library)
    for place, outcome in enumerate(OUTCOMES):
        told = forecast.why[0, :, place] == NUMBER
        having = np.flatnonzero(told.any(axis=1))
        model = found.by_outcome.get(outcome)
        if model is None or not having.size:
            continue
        rate = np.exp(log_rates(model, people)[0])[0]
        times = integrals(model, people.class_, therapy, [changes[n] for n in having], years, since)
        risks[having, place] = -np.expm1(-rate * times)
        for number in having:
            last = max(h for h, told_here in zip(forecast.horizons, told[number], strict=True) if told_here)
            risks[number, place, np.asarray(years) > last] = np.nan
    return Course(years, risks)
