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
from stepdown.prognosis.change import integrals, level
from stepdown.prognosis.drug import drug_of, step_of
from stepdown.prognosis.forecast import EMERGENCY, NO_PARAMETER, NUMBER, OUTCOMES, UNMEASURED, Change, Forecast
from stepdown.prognosis.limits import held, reasons, uncounted
from stepdown.prognosis.model import Model, Models
from stepdown.prognosis.person import People, distinct
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
    drug = drug_of(therapy, options, horizons, library, found)
    clocks, which = sinces(people.state, people.rows, therapy, library)
    why = np.full(size, NO_PARAMETER, np.int16)
    # people and draws stand last in memory, so that what is done with each of the other axes is done in one piece
    apart = np.empty((len(OUTCOMES), len(horizons), len(options), people.rows.size, people.draws))
    drawn: dict[str, npt.NDArray[np.bool_]] = {}
    for outcome, having in drug.having.items():
        place, model = OUTCOMES.index(outcome), found.by_outcome[outcome]
        if having.size:
            log_rate, missing = log_rates(model, people, drawn)
            steps = [drug.steps[number] for number in having]
            times = np.zeros((len(clocks), len(options), len(horizons), people.draws))
            for clock, since in enumerate(clocks):
                times[clock, having] = integrals(model, people.class_, therapy, steps, horizons, since)
            _risks(np.exp(log_rate), times, which, apart[place])
            why[:, having, place] = np.where(missing, UNMEASURED, NUMBER)[:, None, None]
    limited = held(verdicts, drug.reach, library)
    why = np.where(limited > 0, limited, why).astype(np.int16)
    if emergency is not None:
        why[emergency] = EMERGENCY
    risks = apart.transpose(3, 2, 0, 1, 4)
    risks[why != NUMBER] = np.nan
    return Forecast(
        tuple(options), tuple(horizons), risks, why, reasons(library), uncounted(library),
        drug.certainty, drug.evidence, drawn,
    )  # fmt: skip


def _risks(rate: Floats, times: Floats, which: npt.NDArray[np.intp], out: Floats) -> None:
    """Risks from rates and time courses.

    Args:
        rate: a year, shape (n, draws).
        times: integrals of the hazard ratio on each clock, shape (clocks, options, horizons, draws).
        which: the clock of each person.
        out: where the risks are written, shape (horizons, options, n, draws).
    """
    np.take(times.transpose(2, 1, 0, 3), which, axis=2, out=out, mode="clip")
    out *= -rate
    np.expm1(out, out=out)
    np.negative(out, out=out)


def sinces(
    state: State, rows: npt.NDArray[np.intp], therapy: str, library: Library
) -> tuple[list[tuple[int, int]], npt.NDArray[np.intp]]:
    """The different whole months since the last dose, at least and at most, and which of them each person has.

    Where it is not known, the dose may have been given at any time within the usual interval, or the person's own where
    that is longer: that the drug was begun years ago does not make the last dose years old.
    """
    drug = library.therapies[therapy]
    if all(regimen.setting == "home" and regimen.route == "oral" for regimen in drug.regimens):
        return [DRUG_TAKEN_AT_HOME], np.zeros(rows.size, np.intp)
    place = layout(library).numbers
    low, high = state.numbers[place["months_since_last_dose"]][:, rows]
    own = state.numbers[place["present_interval_weeks"], 1, rows]
    weeks = max((one.interval_weeks or 0.0 for one in drug.regimens), default=0.0)
    usual = np.maximum(weeks, np.where(np.isinf(own), 0.0, own)) * WEEK_IN_MONTHS
    first = np.floor(np.maximum(np.where(np.isinf(low), 0.0, low), 0.0))
    last = np.ceil(np.minimum(high, np.maximum(usual, first)))
    last = np.where(low == high, first, np.maximum(first, last))
    firsts, which = distinct(first, last)
    return [(int(first[at]), int(last[at])) for at in firsts], which


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
    (since,), _ = sinces(people.state, people.rows, therapy, library)
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
