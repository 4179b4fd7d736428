"""Packs the answer for one person with its explanation, in the shape of DESIGN.md section 6, as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from stepdown.criteria.values import Interval, Possible, Value
from stepdown.decision.decide import Decisions
from stepdown.decision.eligible import eligible_from
from stepdown.decision.information import with_worth
from stepdown.decision.insight import Asked, decider, worth_knowing
from stepdown.decision.numbers import comparison_told, disagreement_told, not_compared, option_numbers
from stepdown.decision.options import Option
from stepdown.decision.scenarios import scenarios_told
from stepdown.decision.tipping import tipping_points
from stepdown.decision.told import blocking_flags, held_by, option_told, reasons, to_find_out
from stepdown.decision.weigh import Numbers
from stepdown.errors import InputError, Problem
from stepdown.guideline.compiled import compiled
from stepdown.guideline.findings import Person, Told, flags_told, guideline_told, score_told, text
from stepdown.guideline.verdicts import Verdicts
from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import Guideline
from stepdown.plan.build import plan, present
from stepdown.prognosis.decompose import decompose
from stepdown.prognosis.predict import course
from stepdown.prognosis.told import curves_told, decomposition_told
from stepdown.record.record import Record
from stepdown.state.state import State, sources_of, values_of

SCHEMA = "1"


@dataclass(frozen=True)
class Evaluation:
    """The answer for N people.

    Attributes:
        state: where they stand.
        verdicts: every criterion of the library on every person.
        guidelines: the guidelines that were asked, in order.
        conclusions: one array a guideline, codes into `CONCLUSIONS`.
        decisions: options, stances and recommendation.
        asked: how the numbers were made, where there are any.
    """

    state: State
    verdicts: Verdicts
    guidelines: tuple[Guideline, ...]
    conclusions: tuple[npt.NDArray[np.int8], ...]
    decisions: Decisions
    asked: Asked | None = None


def pack(evaluation: Evaluation, row: int, record: Record, library: Library, in_force: date | None) -> Told:
    """The assessment of one row of an evaluation.

    Args:
        evaluation: of N people.
        row: row of the person.
        record: their events.
        library: the documents.
        in_force: the day whose guidelines were asked.
    """
    state = evaluation.state
    person = _person(evaluation, row, library)
    values = dict(person.values)
    person_id = state.people[row]
    summary = {name: column[row] for name, column in evaluation.decisions.columns.items()}
    open_options, _ = evaluation.decisions.of(row)
    numbers = evaluation.decisions.numbers_of(row)
    flags = flags_told(person)
    emergency = any(flag["action"] == "emergency" for flag in flags)
    options = _options_told(evaluation, row, person, flags, emergency)
    guidelines = [
        guideline_told(guideline, person, int(codes[row]))
        for guideline, codes in zip(evaluation.guidelines, evaluation.conclusions, strict=True)
    ]
    held = {option.id: held_by(option, person, emergency) for option in open_options}
    waiting = to_find_out(
        guidelines,
        options,
        held,
        kinds={guideline.id: guideline.speaks_of for guideline in evaluation.guidelines},
        chosen=summary["option"],
        known_therapy=not summary["reason"].startswith("treatment-unknown"),
        emergency=emergency,
    )
    alive = summary["reason"] != "died"
    return {
        "schema": SCHEMA,
        "person": person_id,
        "on": state.on.isoformat(),
        "in_force": (in_force or _newest(library)).isoformat(),
        "knowledge": _knowledge(library),
        "state": {name: _value_told(name, value, person) for name, value in sorted(values.items())},
        "scores": {score.id: score_told(score, person) for score in library.scores.values()},
        "guidelines": guidelines,
        "flags": flags,
        "options": options,
        "comparison": _comparison(evaluation, numbers, guidelines, library),
        "scenarios": _scenarios(evaluation, row, numbers, emergency),
        "recommendation": {
            **{name: summary[name] for name in ("kind", "option", "strength", "review", "next_dose")},
            "until": summary["until"].isoformat() if summary["until"] else None,
            "says": text(f"recommendation.{summary['reason']}", **_named(summary["option"], values, open_options)),
            "because": _because(summary, numbers, guidelines, flags, options),
        },
        "information": _information(evaluation, row, numbers, waiting, emergency) if alive else [],
        **tipping(evaluation, row, summary["kind"]),
        "plan": _plan(evaluation, row, summary["option"], library),
        "problems": [_problem_told(one) for one in _of(person_id, record.problems, state.problems)],
        "limits": _limits(evaluation, numbers, record, person_id),
        "draws": evaluation.asked.forecaster.draws if evaluation.asked else 0,
        "seed": evaluation.asked.forecaster.seed if evaluation.asked else 0,
    }


def plan_for(evaluation: Evaluation, row: int, option_id: str, library: Library) -> Told:
    """The plan of any option of a person; of one that is barred or not advised a safety plan, the reasons first.

    Args:
        evaluation: of N people.
        row: row of the person.
        option_id: the option.
        library: the documents.

    Raises:
        InputError: an option that the person does not have, two current drugs, or one that is not known.
    """
    person = _person(evaluation, row, library)
    present(person)
    flags = flags_told(person)
    emergency = any(flag["action"] == "emergency" for flag in flags)
    options, stances = evaluation.decisions.of(row)
    place = next((number for number, one in enumerate(options) if one.id == option_id), None)
    if place is None:
        have = ", ".join(one.id for one in options)
        raise InputError(f"the person has no option {option_id!r}", "option", f"there are: {have}")
    option, left = options[place], evaluation.decisions.left.told(row, options[place])
    told = option_told(option, int(stances[place]), person, emergency, blocking_flags(option, flags), left)
    return plan(
        option, person, evaluation.state, row, stance=told["stance"], bars=told["bars"], emergency=emergency
    )  # fmt: skip


def _plan(evaluation: Evaluation, row: int, chosen: str | None, library: Library) -> Told | None:
    """The plan of the recommended option; nothing where there is none, or where no plan can be made."""
    try:
        return None if chosen is None else plan_for(evaluation, row, chosen, library)
    except InputError:
        return None  # two current drugs: the contradiction is told as a problem of the record


def _person(evaluation: Evaluation, row: int, library: Library) -> Person:
    """What is known of one person."""
    state, criteria = evaluation.state, compiled(library)
    values, sources = values_of(state, row, library), sources_of(state, row, library)
    return Person(values, sources, evaluation.verdicts.codes[row], criteria, library)


def _options_told(evaluation: Evaluation, row: int, person: Person, flags: list[Told], emergency: bool) -> list[Told]:
    """Every option of the person: how it stands and why, and its numbers where there are any."""
    options, stances = evaluation.decisions.of(row)
    left, numbers = evaluation.decisions.left, evaluation.decisions.numbers_of(row)
    told = [
        option_told(option, int(level), person, emergency, blocking_flags(option, flags), left.told(row, option))
        for option, level in zip(options, stances, strict=True)
    ]
    if numbers is None or evaluation.asked is None:
        return told
    made, forecast, place = evaluation.asked.forecaster, numbers.part.forecast, numbers.place
    one, therapy = forecast.of(place), next(o.therapy for o in options if o.kind in ("continue", "observe"))
    people = made.people(evaluation.state, np.array([row]), therapy)
    curves = course(people, therapy, one, made.library, made.found)
    parts = decompose(people, therapy, one, made.library, made.found)
    for item, option in zip(told, numbers.options, strict=True):
        item |= option_numbers(numbers, option)
        item["curves"] = curves_told(curves, option)
        item["decomposition"] = decomposition_told(parts, option)
    return told


def _comparison(
    evaluation: Evaluation, numbers: Numbers | None, guidelines: list[Told], library: Library
) -> Told | None:
    if numbers is None or evaluation.asked is None:
        return None
    asked = evaluation.asked
    return comparison_told(numbers, guidelines, asked.preferences, library, asked.forecaster.seed)


def _scenarios(evaluation: Evaluation, row: int, numbers: Numbers | None, emergency: bool) -> list[Told]:
    asked = evaluation.asked
    if numbers is None or asked is None or emergency:
        return []
    return scenarios_told(evaluation.state, row, numbers, asked.preferences, asked.forecaster)


def _because(
    summary: dict[str, Any], numbers: Numbers | None, guidelines: list[Told], flags: list[Told], options: list[Told]
) -> list[Told]:
    """The reasons, headed by the disagreement of guidelines and numbers where there is one."""
    apart = summary["disagreement"]
    first = [] if apart is None or numbers is None else [disagreement_told(numbers, apart, summary["kind"])]
    return first + reasons(guidelines, flags, options)


def _information(
    evaluation: Evaluation, row: int, numbers: Numbers | None, waiting: list[Told], emergency: bool
) -> list[Told]:
    """What is worth finding out, with what knowing it is worth where there are numbers."""
    asked, library = evaluation.asked, evaluation.state.events.library
    worth = []
    if asked is not None and numbers is not None and not emergency:
        worth = worth_knowing(evaluation.state, row, evaluation.verdicts, numbers, asked)
    return with_worth(waiting, worth, library, emergency)


def tipping(evaluation: Evaluation, row: int, kind: str) -> Told:
    """What would tip the recommendation, and from when on the criteria would be met."""
    asked, library = evaluation.asked, evaluation.state.events.library
    if asked is None:
        return {"tipping_points": [], "eligible_from": None}
    decide = decider(asked)
    first = eligible_from(evaluation.state, row, decide, evaluation.guidelines, library)
    return {
        "tipping_points": tipping_points(evaluation.state, row, decide, library, kind),
        "eligible_from": first.isoformat() if first else None,
    }


def _limits(evaluation: Evaluation, numbers: Numbers | None, record: Record, person: str) -> list[Told]:
    """What this assessment could not do, and what it assumed by a rule."""
    found = []
    if evaluation.asked is None:
        found.append(text("limit.no-numbers"))
    else:
        refused = evaluation.asked.forecaster.found.refused
        made = evaluation.asked.forecaster
        if made.draws < made.library.number("decision-fewest-draws"):
            found.append(text("limit.few-draws", draws=made.draws))
        found += [text("limit.refused", outcome=name, why=error.what) for name, error in refused.items()]
    reason = None if numbers is None else not_compared(numbers)
    notes = _of(person, record.notes, evaluation.state.notes)
    return [
        *found,
        *([reason] if reason else []),
        *(text(f"note.{note.key}", source=note.source, **note.args) for note in notes),
        *([text("limit.unread", count=sum(record.unread.values()))] if record.unread else []),
    ]


def _knowledge(library: Library) -> Told:
    overlays = [{"path": one.path, "added": list(one.added), "changed": list(one.changed)} for one in library.overlays]
    return {"version": library.version, "digest": library.digest, "overlays": overlays}


def _value_told(name: str, value: Value, person: Person) -> Told:
    """One state variable as JSON."""
    sources = list(person.sources.get(name, ()))
    if isinstance(value, Interval):
        unit = person.library.variables[name].unit
        return {"kind": "number", "low": value.low, "high": value.high, "unit": unit, "from": sources}
    if isinstance(value, Possible):
        return {"kind": "category", "values": [v for v in value.values if v in value.possible], "from": sources}
    return {"kind": "truth", "truth": value, "from": sources}


def _of(person: str, *lists: Sequence[Problem]) -> list[Problem]:
    """What concerns one person, or the whole input."""
    return [one for some in lists for one in some if one.person_id in ("", person)]


def _problem_told(problem: Problem) -> Told:
    return {"source": problem.source, "says": text(f"problem.{problem.key}", **problem.args)}


def _named(chosen: str | None, values: dict[str, Value], options: Iterable[Option]) -> dict[str, Any]:
    """What the sentence of the recommendation names: the present drug, and the option with its interval or dose."""
    therapy = values["therapy"]
    assert isinstance(therapy, Possible)
    option = next((one for one in options if one.id == chosen), None)
    return {
        "present": next(iter(therapy.possible)) if therapy.known else None,
        "therapy": option.therapy if option else None,
        "interval_weeks": option.interval_weeks if option else None,
        "dose_mg": option.dose_mg if option else None,
    }


def _newest(library: Library) -> date:
    """The first day of the month that the version of the library names."""
    year, month = library.version.split(".")[:2]
    return date(int(year), int(month), 1)
