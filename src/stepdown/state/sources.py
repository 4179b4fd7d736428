"""Which events each variable rests on: kept as rows while topics work, put together when somebody asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
Texts = NDArray[np.object_]
"""Where rows stand in the record, such as `Observation/123`; `None` where that is not known."""


class Group:
    """Events that some variables rest on together."""

    def __init__(self) -> None:
        self._parts: list[tuple[Rows, Texts]] = []
        self._found: dict[int, tuple[str, ...]] = {}

    def add(self, people: Rows, texts: Texts) -> None:
        """Add rows: the person of each, and where it stands."""
        self._parts.append((people, texts))

    def of(self, person: int) -> tuple[str, ...]:
        """The sources of one person, sorted, each once."""
        if self._parts:
            found: dict[int, set[str]] = defaultdict(set)
            for people, texts in self._parts:
                for row, text in zip(people.tolist(), texts.tolist(), strict=True):
                    if text is not None:
                        found[row].add(text)
            self._parts = []
            self._found = {row: tuple(sorted(texts)) for row, texts in found.items()}
        return self._found.get(person, ())


class Sources:
    """The groups of events behind each variable."""

    def __init__(self, groups: Mapping[str, Group]) -> None:
        self._groups: dict[str, tuple[Group, ...]] = {name: (group,) for name, group in groups.items()}

    def add(self, variables: Iterable[str], group: Group) -> None:
        """Say that variables rest on one more group."""
        for name in variables:
            self._groups[name] = (*self._groups.get(name, ()), group)

    def of(self, variable: str, person: int) -> tuple[str, ...]:
        """The sources of a variable of one person, sorted, each once."""
        found = [group.of(person) for group in self._groups.get(variable, ())]
        return found[0] if len(found) == 1 else tuple(sorted(set().union(*found)))
