"""States written by hand, for tests of what comes after the state."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl

from stepdown.criteria.layout import EITHER, NO, YES, layout
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
    place, size = layout(library), len(people)
    numbers, sets = np.empty((len(place.numbers), 2, size)), np.empty((len(place.sets), size), np.uint64)
    for row, person in enumerate(people):
        for name, number in place.numbers.items():
            low, high = given if isinstance(given := person.get(name), tuple) else (given, given)
            numbers[number, :, row] = -np.inf if low is None else low, np.inf if high is None else high
        for name, number in place.sets.items():
            sets[number, row] = _bits(person.get(name), name, library)
    ids = pl.DataFrame({"person_id": [f"P{number}" for number in range(size)]})
    record = Record(check_tables({"person": ids}))
    return State(ON, ids["person_id"], numbers, sets, prepare(record, ON, library, False))


def _bits(given: Any, name: str, library: Library) -> np.uint64:
    """What is possible of a category or a truth; everything where nothing is given."""
    if name in layout(library).truths:
        return {None: EITHER, True: YES, False: NO}[given]
    values = library.values(name)
    return np.uint64(encode({given} if isinstance(given, str) else set(given or values), values))
