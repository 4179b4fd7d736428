"""All rooms, in order, on one readable page.

`evaluate` answers for N people at once; `assess` packs the answer for one of them with its explanation, in the
shape of DESIGN.md section 6. Both run the same code, so that one person alone gets the same answer as in a crowd.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from stepdown.criteria.values import Interval, Possible, Value
from stepdown.decision.decide import Decisions, decide
from stepdown.decision.options import Option
from stepdown.decision.told import blocking_flags, held_by, option_told, reasons, to_find_out
from stepdown.errors import InputError, Problem
from stepdown.guideline.compiled import compiled, guidelines_of
from stepdown.guideline.findings import Person, Told, flags_told, guideline_told, score_told, text
from stepdown.guideline.verdicts import Verdicts, conclude, hold
from stepdown.knowledge.library import Library, load
from stepdown.knowledge.schema import Guideline
from stepdown.record.record import Record
from stepdown.state.derive import derive
from stepdown.state.state import State, sources_of, values_of

SCHEMA = "1"


@dataclass(frozen=True)
class Assessment:
    """The assessment of one person: plain data in the shape of DESIGN.md section 6, texts as key and arguments."""

    data: Told


@dataclass(frozen=True)
class Evaluation:
    """The answer for N people.

    Attributes:
        state: where they stand.
        verdicts: every criterion of the library on every person.
        guidelines: the guidelines that were asked, in order.
        conclusions: one array a guideline, codes into `CONCLUSIONS`.
        decisions: options, stances and recommendation.
    """

    state: State
    verdicts: Verdicts
    guidelines: tuple[Guideline, ...]
    conclusions: tuple[npt.NDArray[np.int8], ...]
    decisions: Decisions


def evaluate(
    record: Record,
    on: date,
    library: Library,
    guidelines: Sequence[str] = (),
    in_force: date | None = None,
    explain: bool = False,
) -> Evaluation:
    """Evaluate N people on one day.

    Args:
        record: their events.
        on: the index date.
        library: the documents.
        guidelines: ids to hold them against; empty for all that are in force.
        in_force: the day whose guidelines are asked; the newest when it is None.
        explain: whether variables keep the events they came from.

    Raises:
        InputError: a guideline that the library does not have.
    """
    for name in guidelines:
        if name not in library.guidelines:
            known = ", ".join(library.guidelines)
            raise InputError(f"no guideline is called {name!r}", "--guideline", f"there are {known}")
    state = derive(record, on, library, explain)
    verdicts = hold(state, compiled(library))
    asked = tuple(guidelines_of(library, in_force, tuple(guidelines)))
    conclusions = tuple(conclude(verdicts, guideline) for guideline in asked)
    return Evaluation(state, verdicts, asked, conclusions, decide(state, verdicts, asked, library))


def assess(
    record: Record,
    on: date,
    guidelines: Sequence[str] = (),
    draws: int = 2000,
    seed: int = 0,
    *,
    library: Library | None = None,
    in_force: date | None = None,
    person: str | None = None,
) -> Assessment:
    """Assess one person on one day.

    Args:
        record: their events.
        on: the index date.
        guidelines: ids to hold them against; empty for all that are in force.
        draws: number of draws that the numbers will rest on.
        seed: seed of the draws.
        library: the documents; the shipped ones when it is None.
        in_force: the day whose guidelines are asked; the newest when it is None.
        person: whom to assess, where the record holds several.

    Raises:
        InputError: nobody, several people without a choice, an id or a guideline that does not exist.
    """
    known = library or load()
    chosen = _choose(record, person)
    evaluation = evaluate(record, on, known, guidelines, in_force, explain=True)
    row = evaluation.state.people.to_list().index(chosen)
    return Assessment(_pack(evaluation, row, record, known, in_force) | {"draws": draws, "seed": seed})


def assess_many(
    record: Record,
    on: date,
    guidelines: Sequence[str] = (),
    draws: int = 2000,
    seed: int = 0,
    *,
    library: Library | None = None,
    in_force: date | None = None,
) -> Iterator[Assessment]:
    """Assess everybody in a record, in the order of their ids; arguments as for `assess`."""
    known = library or load()
    evaluation = evaluate(record, on, known, guidelines, in_force, explain=True)
    for row in range(evaluation.state.people.len()):
        yield Assessment(_pack(evaluation, row, record, known, in_force) | {"draws": draws, "seed": seed})


def _choose(record: Record, person: str | None) -> str:
    people = record.people
    if person is not None and person not in people:
        raise InputError(f"the record has no person {person!r}", "--person", f"it has {', '.join(people[:20])}")
    if not people:
        raise InputError("the record holds no person", mend="give the person an id")
    if person is None and len(people) > 1:
        raise InputError("the record holds several people", mend=f"choose with --person: {', '.join(people[:20])}")
    return person or people[0]


def _pack(evaluation: Evaluation, row: int, record: Record, library: Library, in_force: date | None) -> Told:
    """The assessment of one row of an evaluation."""
    state = evaluation.state
    values = values_of(state, row, library)
    verdicts = evaluation.verdicts.codes[row]
    person = Person(values, sources_of(state, row, library), verdicts, compiled(library), library)
    person_id = state.people[row]
    summary = {name: column[row] for name, column in evaluation.decisions.columns.items()}
    open_options, stances = evaluation.decisions.of(row)
    flags = flags_told(person)
    emergency = any(flag["action"] == "emergency" for flag in flags)
    options = [
        option_told(
            option,
            int(level),
            person,
            emergency,
            blocking_flags(option, flags),
            evaluation.decisions.left.told(row, option),
        )
        for option, level in zip(open_options, stances, strict=True)
    ]
    held = {option.id: held_by(option, person, emergency) for option in open_options}
    guidelines = [
        guideline_told(guideline, person, int(codes[row]))
        for guideline, codes in zip(evaluation.guidelines, evaluation.conclusions, strict=True)
    ]
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
        "recommendation": {
            **{name: summary[name] for name in ("kind", "option", "strength", "review", "next_dose")},
            "until": summary["until"].isoformat() if summary["until"] else None,
            "says": text(f"recommendation.{summary['reason']}", **_named(summary["option"], values, open_options)),
            "because": reasons(guidelines, flags, options),
        },
        "information": to_find_out(
            guidelines,
            options,
            held,
            kinds={guideline.id: guideline.speaks_of for guideline in evaluation.guidelines},
            chosen=summary["option"],
            known_therapy=not summary["reason"].startswith("treatment-unknown"),
            emergency=emergency,
        )
        if summary["reason"] != "died"
        else [],
        "tipping_points": [],
        "eligible_from": None,
        "plan": None,
        "problems": [_problem_told(one) for one in _of(person_id, record.problems, state.problems)],
        "limits": [
            text("limit.no-numbers"),
            *(
                text(f"note.{note.key}", source=note.source, **note.args)
                for note in _of(person_id, record.notes, state.notes)
            ),
            *([text("limit.unread", count=sum(record.unread.values()))] if record.unread else []),
        ],
    }


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
