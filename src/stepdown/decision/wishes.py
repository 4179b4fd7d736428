"""Wishes in the record that move the weights: the topics, and a code for what a person surely wishes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stepdown.criteria.layout import YES, layout
from stepdown.knowledge.library import Library
from stepdown.state.state import State


def topics(library: Library) -> tuple[str, ...]:
    """The topics of wishes that move a weight, in order; bit i of a code of wishes stands for the i-th."""
    if "topics" not in library.cache:
        named = {topic for weight in library.weights.values() for topic in (*weight.wishes, *weight.wishes_less)}
        library.cache["topics"] = tuple(sorted(named))
    found: tuple[str, ...] = library.cache["topics"]
    return found


def wished(state: State, rows: npt.NDArray[np.intp], library: Library) -> npt.NDArray[np.int64]:
    """What some people surely wish, a code a person: wishes that move a weight, and no others."""
    found, place = np.zeros(rows.size, dtype=np.int64), layout(library).sets
    for bit, topic in enumerate(topics(library)):
        surely = state.sets[place[f"wish_{topic.replace('-', '_')}"], rows] == YES
        found |= surely.astype(np.int64) << bit
    return found


def wishes_of(code: int, library: Library) -> frozenset[str]:
    """The topics that a code of wishes stands for."""
    return frozenset(topic for bit, topic in enumerate(topics(library)) if code >> bit & 1)
