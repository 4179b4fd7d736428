"""States written by hand, for tests of what comes after the state."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from stepdown.criteria.values import encode
from stepdown.knowledge.library import Library
from stepdown.record.record import Record, check_tables
from stepdown.state.events import prepare
from stepdown.state.state import State

ON = date(2026, 3, 1)


def state_of(library: Library, *people: dict[str, Any]) -> State:
    """The state of people given as variables: a number, `(low, high)`, a word, a set of words, or a truth.

    What is not given is unknown.
    """
    columns: dict[str, list[Any]] = {"person_id": [f"P{number}" for number in range(len(people))]}
    types: dict[str, pl.DataType] = {}
    for name, variable in library.variables.items():
        given = [person.get(name) for person in people]
        if variable.kind == "number":
            pairs = [value if isinstance(value, tuple) else (value, value) for value in given]
            columns[f"{name}.low"], columns[f"{name}.high"] = [p[0] for p in pairs], [p[1] for p in pairs]
            types |= {f"{name}.low": pl.Float64(), f"{name}.high": pl.Float64()}
        elif variable.kind == "category":
            values = library.values(name)
            sets = [{value} if isinstance(value, str) else value or set(values) for value in given]
            columns[f"{name}.set"] = [encode(set(found), values) for found in sets]
            types[f"{name}.set"] = pl.UInt64()
        else:
            columns[f"{name}.truth"] = given
            types[f"{name}.truth"] = pl.Boolean()
    people_table = pl.DataFrame({"person_id": columns["person_id"]})
    record = Record(check_tables({"person": people_table}))
    return State(ON, pl.DataFrame(columns, schema_overrides=types), prepare(record, ON, library, False))
