"""What a library knows of codes and names, kept: most resources of many people say what another one said before."""

from __future__ import annotations

from stepdown.knowledge.library import Library
from stepdown.record.codes import Match, recogniser
from stepdown.record.fhir.elements import Concept

_MOST = 200_000
"""So many concepts are kept; then the memory is emptied, so that a registry of free text cannot fill it."""


class Known:
    """Concepts that were recognised before, by the lists of one library."""

    def __init__(self, library: Library) -> None:
        self.library, self.recogniser = library, recogniser(library)
        self._found: dict[tuple[str, Concept], Match | None] = {}
        self._firsts: dict[tuple[tuple[str, ...], Concept], tuple[str, Match] | None] = {}
        self.signs: dict[Concept, bool] = {}

    def find(self, list_id: str, concept: Concept) -> Match | None:
        """The concept of a code list: by its codes, else by a text or display that is one of its names."""
        key = (list_id, concept)
        try:
            return self._found[key]
        except KeyError:
            return self._keep(key, self._find(list_id, concept))

    def _find(self, list_id: str, concept: Concept) -> Match | None:
        match = self.recogniser.concept(list_id, concept.codings)
        if match:
            return match
        named = {self.recogniser.concept(list_id, (), words) for words in concept.texts} - {None}
        return named.pop() if len(named) == 1 else None

    def first(self, lists: tuple[str, ...], concept: Concept) -> tuple[str, Match] | None:
        """The first of some code lists that knows a concept, and what it is there."""
        key = (lists, concept)
        if key not in self._firsts:
            found = ((list_id, match) for list_id in lists if (match := self.find(list_id, concept)))
            self._firsts[key] = next(found, None)
        return self._firsts[key]

    def drug(self, concept: Concept) -> Match | None:
        """The drug that a concept names; None where nobody knows it."""
        key = ("drug", concept)
        try:
            return self._found[key]
        except KeyError:
            return self._keep(key, self.recogniser.drug(concept.codings, concept.text))

    def _keep(self, key: tuple[str, Concept], match: Match | None) -> Match | None:
        if len(self._found) >= _MOST:
            self._found.clear()
            self._firsts.clear()
            self.signs.clear()
        self._found[key] = match
        return match


def known(library: Library) -> Known:
    """What a library knows, made once and kept with it."""
    if "fhir.known" not in library.cache:
        library.cache["fhir.known"] = Known(library)
    found: Known = library.cache["fhir.known"]
    return found
