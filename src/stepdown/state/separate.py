"""Counts relapses where several entries may tell of one: entries that begin within the separation are one relapse.

Entries have bounds on their day. The bounds of the count hold for every way the days may fall, and narrower days
can only narrow them. Where every day is known both bounds are the same number: relapses counted from the first,
each at least the separation after the start of the one before.
"""

from __future__ import annotations

import numpy as np

from stepdown.state.arrays import AFTER, Floats, Index, begins
from stepdown.state.calendar import Days
from stepdown.state.order import in_order


def fewest(person: Index, first: Days, last: Days, gap: int, size: int) -> Floats:
    """The fewest relapses that entries can tell of: the most entries that surely lie `gap` days apart.

    Args:
        person: group of each entry.
        first, last: bounds on its day.
        gap: days from the start of one relapse to the start of the next.
        size: number of groups.
    """
    order = in_order(person, last)
    person, first, last = person[order], first[order], last[order]
    found, limit = np.zeros(size), np.full(size, -AFTER * 10)
    while person.size:
        # the entry that ends first takes its place, then all that may lie within the separation drop out
        position = np.flatnonzero(begins(person))
        heads = person[position]
        found[heads] += 1
        limit[heads] = last[position] + gap
        later = first >= limit[person]
        person, first, last = person[later], first[later], last[later]
    return found


def at_most(person: Index, first: Days, last: Days, gap: int, size: int) -> Floats:
    """The most relapses that entries can tell of: the fewest stretches of `gap` days that hold them all.

    An entry whose day is not known to within the separation needs a stretch of its own.
    """
    wide = last - first >= gap
    found = np.bincount(person[wide], minlength=size).astype(np.float64)
    order = in_order(person[~wide], first[~wide])
    person, first, last = person[~wide][order], first[~wide][order], last[~wide][order]
    limit = np.full(size, -AFTER * 10)
    while person.size:
        position = np.flatnonzero(begins(person))
        heads = person[position]
        found[heads] += 1
        limit[heads] = first[position] + gap
        outside = last >= limit[person]
        person, first, last = person[outside], first[outside], last[outside]
    return found
