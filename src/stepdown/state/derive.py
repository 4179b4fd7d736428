"""From a record and an index date to the state: every variable of the dictionary, for every person."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date

import numpy as np

from stepdown.criteria.layout import layout
from stepdown.errors import Problem
from stepdown.knowledge.library import Library
from stepdown.record.record import Record
from stepdown.record.tables import TABLES, empty
from stepdown.state import (
    activity,
    condition,
    course,
    disability,
    infection,
    laboratory,
    neda,
    person,
    questionnaire,
    treatment,
    vaccination,
    wish,
)
from stepdown.state.answers import Answers, Bounds
from stepdown.state.events import Events, prepare
from stepdown.state.known import lay_over
from stepdown.state.sources import Group, Sources
from stepdown.state.state import State

Topic = Callable[[Events], Answers]

TOPICS: dict[Topic, tuple[str, ...]] = {
    person.derive: (),
    course.derive: ("course",),
    treatment.derive: ("appointment", "course", "dose", "relapse", "treatment"),
    activity.derive: ("course", "dose", "mri", "relapse", "treatment"),
    disability.derive: ("disability", "dose", "relapse", "treatment"),
    disability.derive_worsening: ("disability", "relapse"),
    neda.derive: ("disability", "mri", "relapse"),
    infection.derive: ("course", "dose", "infection", "treatment"),
    condition.derive: ("condition", "course", "lifestyle"),
    vaccination.derive: ("course", "vaccination"),
    laboratory.derive: ("dose", "lab", "treatment", "vaccination"),
    questionnaire.derive: ("questionnaire",),
    wish.derive: ("wish",),
}
"""Each answers the variables of its documents from some tables; no variable comes from two of them."""
_ALWAYS = ("person", "observed", "known")


def tables_for(names: Iterable[str], library: Library) -> frozenset[str]:
    """The tables of the record that some variables are worked out from."""
    return frozenset(_ALWAYS).union(*(TOPICS[topic] for topic in _topics(frozenset(names), library)))


def _topics(names: frozenset[str], library: Library) -> list[Topic]:
    """The topics that answer some variables."""
    if "state.topics" not in library.cache:
        nobody = prepare(Record({name: empty(name) for name in TABLES}), date(2000, 1, 1), library, False)
        answers = {topic: topic(nobody).settle() for topic in TOPICS}
        library.cache["state.topics"] = {topic: {*one.numbers, *one.sets} for topic, one in answers.items()}
    return [topic for topic, given in library.cache["state.topics"].items() if given & names]


def derive(
    record: Record, on: date, library: Library, explain: bool = False, only: frozenset[str] | None = None
) -> State:
    """Work out where everybody stands on a day.

    Args:
        record: what happened, for N people.
        on: the index date; nothing after it counts, but for appointments.
        library: definitions and the dictionary of variables.
        explain: whether each variable names the sources it came from (asked for one person or a few).
        only: the variables that are asked for; others may stay unknown. All of them when it is None.

    Returns:
        The state: every variable of the dictionary, unknown where nothing is known of it.
    """
    events = prepare(record, on, library, explain)
    # what is stated may follow from any variable, so that nothing is left out where something is stated
    topics = TOPICS if only is None or record["known"].height else _topics(only, library)
    state = assemble(events, [topic(events) for topic in topics])
    problems = lay_over(state)
    return replace(state, problems=(*events.problems, *problems), notes=tuple(_graces(events)) if explain else ())


def assemble(events: Events, topics: Iterable[Answers]) -> State:
    """A state of what some topics answer; every other variable is unknown."""
    place, size = layout(events.library), events.people.height
    numbers = np.empty((len(place.numbers), 2, size))
    sets = np.repeat(place.everything[:, None], size, axis=1)
    groups: dict[str, Group] = {}
    bounds: dict[str, Bounds] = {}
    for answers in topics:
        bounds |= answers.settle().numbers
        for name, bits in answers.sets.items():
            sets[place.sets[name]] = bits
        groups |= answers.groups
    for name, row in place.numbers.items():
        numbers[row, 0], numbers[row, 1] = bounds.get(name, (-np.inf, np.inf))
    for side, nothing in enumerate((-np.inf, np.inf)):
        np.copyto(numbers[:, side], nothing, where=~np.isfinite(numbers[:, side]))
    return State(
        events.on, events.people["person_id"], numbers, sets, events, Sources(groups) if events.explain else None
    )


def _graces(events: Events) -> list[Problem]:
    """Which domains rest on the grace at the end of an observed span, so that the report can say so."""
    people = events.people["person_id"]
    return [
        Problem("", "grace", {"domain": domain, "months": events.library.domains[domain].grace_months}, people[row])
        for domain in sorted(events.library.domains)
        if f"covered:{domain}" in events.cache
        for row in np.flatnonzero(events.covered(domain).grace).tolist()
    ]
