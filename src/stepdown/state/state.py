"""Where people stand on the index date: one row of variables a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from stepdown.errors import Problem
from stepdown.state.events import Events


@dataclass(frozen=True)
class State:
    """The state of N people on one day.

    Attributes:
        on: the index date.
        frame: one row a person, sorted by `person_id`. For each variable of the dictionary the columns
            `<variable>.low` and `<variable>.high` (Float64, null is unbounded) for a number, `<variable>.set`
            (UInt64, bit `i` for the i-th value of `Library.values`) for a category, `<variable>.truth` (Boolean,
            null is unknown) for a truth; with `<variable>.from` (list of sources) where an explanation was asked.
        events: the events the state was derived from.
        problems: contradictions that were met, such as a stated value that no event allows.
        notes: what was assumed by a sourced rule, such as the grace at the end of an observed span.
    """

    on: date
    frame: pl.DataFrame
    events: Events
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()
