"""Where people stand on the index date: what is known of every variable of every person, as arrays."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stepdown.criteria.layout import EITHER, NO, YES, layout
from stepdown.criteria.values import Interval, Possible, Truth, Value, decode
from stepdown.errors import Problem
from stepdown.knowledge.library import Library
from stepdown.state.events import Events
from stepdown.state.sources import Sources

_TRUTHS: dict[int, Truth] = {int(YES): True, int(NO): False, int(EITHER): None}


@dataclass(frozen=True, eq=False)
class State:
    """The state of N people on one day.

    Attributes:
        on: the index date.
        people: their ids, sorted.
        numbers: low and high of every number, shape (numbers, 2, people); an infinity is unbounded, nothing is NaN.
        sets: bits of what is possible of every category (bit `i` for the i-th value of `Library.values`) and of
            every truth (`YES`, `NO`, `EITHER`), shape (sets, people).
        events: the events the state was derived from.
        sources: the events behind each variable, where an explanation was asked for.
        problems: contradictions that were met, such as a stated value that no event allows.
        notes: what was assumed by a sourced rule, such as the grace at the end of an observed span.
    """

    on: date
    people: pl.Series
    numbers: NDArray[np.float64]
    sets: NDArray[np.uint64]
    events: Events
    sources: Sources | None = None
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()

    @cached_property
    def frame(self) -> pl.DataFrame:
        """The state as a table: one row a person, in the order of `people`.

        Returns:
            `person_id`, and for each variable of the dictionary the columns `<variable>.low` and `<variable>.high`
            (Float64, null is unbounded) for a number, `<variable>.set` (UInt64) for a category, `<variable>.truth`
            (Boolean, null is unknown) for a truth; with `<variable>.from` (list of sources) where there are sources.
        """
        return self.table(self.events.library.variables)

    def table(self, names: Iterable[str]) -> pl.DataFrame:
        """Some variables as a table, with columns as in `frame`."""
        place, columns = layout(self.events.library), [self.people.alias("person_id")]
        for name in names:
            if name in place.numbers:
                for bound, values in zip(("low", "high"), self.numbers[place.numbers[name]], strict=True):
                    finite = np.where(np.isinf(values), np.nan, values)
                    columns.append(pl.Series(f"{name}.{bound}", finite, nan_to_null=True))
            elif name in place.truths:
                bits = pl.Series(f"{name}.truth", self.sets[place.sets[name]])
                columns.append(pl.select(pl.when(bits != EITHER).then(bits == YES)).to_series().alias(bits.name))
            else:
                columns.append(pl.Series(f"{name}.set", self.sets[place.sets[name]]))
            if self.sources is not None:
                found = [self.sources.of(name, row) for row in range(self.people.len())]
                columns.append(pl.Series(f"{name}.from", found, dtype=pl.List(pl.String)))
        return pl.DataFrame(columns)


def values_of(state: State, row: int, library: Library) -> dict[str, Value]:
    """The variables of one person as values.

    Args:
        state: the state of N people.
        row: row of the person in `state.people`.
        library: the dictionary of variables.
    """
    place = layout(library)
    numbers, sets = state.numbers[:, :, row].tolist(), state.sets[:, row].tolist()
    values: dict[str, Value] = {}
    for name in library.variables:
        if name in place.numbers:
            low, high = numbers[place.numbers[name]]
            values[name] = Interval(None if low == -math.inf else low, None if high == math.inf else high)
        elif name in place.truths:
            values[name] = _TRUTHS[sets[place.sets[name]]]
        else:
            possible = library.values(name)
            values[name] = Possible(decode(sets[place.sets[name]], possible), possible)
    return values


def sources_of(state: State, row: int, library: Library) -> dict[str, tuple[str, ...]]:
    """For each variable of one person the sources it came from; empty where the state carries none."""
    of = state.sources
    return {name: of.of(name, row) if of is not None else () for name in library.variables}
