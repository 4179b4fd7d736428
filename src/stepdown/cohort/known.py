"""How complete the data are: of how many people each variable is known, partly known, or not at all."""

from __future__ import annotations

import numpy as np

from stepdown.criteria.layout import layout
from stepdown.state.state import State


def known(state: State) -> dict[str, list[int]]:
    """For each variable of how many people it is known, partly known and unknown.

    Known is one value; unknown is where nothing is ruled out, which for a number is anything, or anything from nought
    up; all between is partly known, such as "at least five years".
    """
    library = state.events.library
    place = layout(library)
    low, high = state.numbers[:, 0], state.numbers[:, 1]
    one = (low == high).sum(axis=1)
    nothing = (((low == 0) | (low == -np.inf)) & (high == np.inf)).sum(axis=1)
    single = (state.sets & (state.sets - np.uint64(1))) == 0
    alone, everything = single.sum(axis=1), (~single & (state.sets == place.everything[:, None])).sum(axis=1)
    people = state.people.len()
    found = {}
    for name in library.variables:
        numeric = name in place.numbers
        at = place.numbers[name] if numeric else place.sets[name]
        sure, open_ = (int(one[at]), int(nothing[at])) if numeric else (int(alone[at]), int(everything[at]))
        found[name] = [sure, people - sure - open_, open_]
    return found
