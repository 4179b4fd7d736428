"""Where each variable stands in the arrays that hold what is known of N people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stepdown.knowledge.library import Library

YES, NO, EITHER = np.uint64(1), np.uint64(2), np.uint64(3)
"""A truth is the set of answers that are still possible."""


@dataclass(frozen=True)
class Layout:
    """Where each variable of a dictionary stands in the arrays of a state.

    Attributes:
        numbers: row of each number in the array of numbers: low and high, shape (numbers, 2, people).
        sets: row of each category and each truth in the array of sets: bits of what is possible, shape (sets, people).
        truths: which of the sets are truths.
        everything: for each set the bits of all its values.
    """

    numbers: dict[str, int]
    sets: dict[str, int]
    truths: frozenset[str]
    everything: NDArray[np.uint64]


def layout(library: Library) -> Layout:
    """The layout of the states of a library, made on first use and kept with it."""
    if "layout" not in library.cache:
        numbers = [name for name, variable in library.variables.items() if variable.kind == "number"]
        truths = frozenset(name for name, variable in library.variables.items() if variable.kind == "truth")
        sets = {
            name: int(EITHER) if name in truths else (1 << len(library.values(name))) - 1
            for name, variable in library.variables.items()
            if variable.kind != "number"
        }
        library.cache["layout"] = Layout(
            {name: row for row, name in enumerate(numbers)},
            {name: row for row, name in enumerate(sets)},
            truths,
            np.array(list(sets.values()), np.uint64),
        )
    found: Layout = library.cache["layout"]
    return found
