"""From a record and an index date to the state: every variable of the dictionary, for every person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import polars as pl

from stepdown.criteria.values import Interval, Possible, Value, decode
from stepdown.errors import Problem
from stepdown.knowledge.library import Library
from stepdown.record.record import Record
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
from stepdown.state.events import Events, prepare
from stepdown.state.known import Columns, lay_over, library_columns
from stepdown.state.state import State

TOPICS: tuple[Callable[[Events], pl.DataFrame], ...] = (
    person.derive,
    course.derive,
    treatment.derive,
    activity.derive,
    disability.derive,
    neda.derive,
    infection.derive,
    condition.derive,
    vaccination.derive,
    laboratory.derive,
    questionnaire.derive,
    wish.derive,
)
"""Each gives one row a person with the columns of its variables; no variable comes from two of them."""

_SOURCES = pl.List(pl.String)


def derive(record: Record, on: date, library: Library, explain: bool = False) -> State:
    """Work out where everybody stands on a day.

    Args:
        record: what happened, for N people.
        on: the index date; nothing after it counts, but for appointments.
        library: definitions and the dictionary of variables.
        explain: whether each variable names the sources it came from (asked for one person or a few).

    Returns:
        The state: every variable of the dictionary, unknown where nothing is known of it.
    """
    events = prepare(record, on, library, explain)
    found: Columns = {}
    for topic in TOPICS:
        found.update(_aligned(topic(events), events))
    columns, problems = lay_over(events, _complete(found, events))
    frame = pl.DataFrame([events.people["person_id"], *columns.values()])
    return State(on, frame, events, (*events.problems, *problems), tuple(_graces(events)) if explain else ())


def _aligned(frame: pl.DataFrame, events: Events) -> Columns:
    """The columns of a topic in the order of the people."""
    ids = events.people["person_id"]
    if frame.height != ids.len() or (frame["person_id"] != ids).any():
        frame = pl.DataFrame([ids]).join(frame, on="person_id", how="left", maintain_order="left")
    return {
        name: series for name, series in zip(frame.columns, frame.get_columns(), strict=True) if name != "person_id"
    }


def _complete(found: Columns, events: Events) -> Columns:
    """Every variable in the order of the dictionary, unknown where no topic gives it."""
    size, library, columns = events.people.height, events.library, Columns()
    nothing = {
        kind: pl.Series([None], dtype=dtype).new_from_index(0, size)
        for kind, dtype in (("number", pl.Float64()), ("truth", pl.Boolean()))
    }
    no_source = pl.Series([[]], dtype=_SOURCES).new_from_index(0, size) if events.explain else None
    for name, variable in library.variables.items():
        for column in library_columns(variable):
            if column in found:
                columns[column] = found[column]
            elif variable.kind == "category":
                everything = (1 << len(library.values(name))) - 1
                columns[column] = pl.Series(column, np.full(size, everything, np.uint64))
            else:
                columns[column] = nothing[variable.kind].alias(column)
        if no_source is not None:
            sources = f"{name}.from"
            columns[sources] = found[sources] if sources in found else no_source.alias(sources)
    return columns


def _graces(events: Events) -> list[Problem]:
    """Which domains rest on the grace at the end of an observed span, so that the report can say so."""
    return [
        Problem("", "grace", {"domain": domain, "months": events.library.domains[domain].grace_months}, name)
        for domain in sorted(events.library.domains)
        if f"covered:{domain}" in events.cache
        for name in events.covered(domain).filter(pl.col("grace"))["person_id"].to_list()
    ]


def values_of(state: State, row: int, library: Library) -> dict[str, Value]:
    """The variables of one person as values.

    Args:
        state: the state of N people.
        row: row of the person in `state.frame`.
        library: the dictionary of variables.
    """
    found = state.frame.row(row, named=True)
    values: dict[str, Value] = {}
    for name, variable in library.variables.items():
        if variable.kind == "number":
            values[name] = Interval(found[f"{name}.low"], found[f"{name}.high"])
        elif variable.kind == "category":
            possible = library.values(name)
            values[name] = Possible(decode(found[f"{name}.set"], possible), possible)
        else:
            values[name] = found[f"{name}.truth"]
    return values


def sources_of(state: State, row: int, library: Library) -> dict[str, tuple[str, ...]]:
    """For each variable of one person the sources it came from; empty where the state carries none."""
    found = state.frame.row(row, named=True)
    return {name: tuple(found.get(f"{name}.from") or ()) for name in library.variables}
