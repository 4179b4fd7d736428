"""What some guidelines conclude, and nothing else: only what they rest on is read and worked out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from stepdown.criteria.program import Codes
from stepdown.criteria.tree import variables
from stepdown.guideline.compiled import Compiled, guidelines_of, part_of
from stepdown.guideline.verdicts import Verdicts, conclude, hold
from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import Guideline
from stepdown.record.record import Record
from stepdown.state.derive import derive, tables_for
from stepdown.state.state import State


@dataclass(frozen=True)
class Concluded:
    """Guidelines held against the state of N people.

    Attributes:
        state: where they stand; of variables that nobody asked for nothing is known.
        verdicts: on the criteria of the guidelines and scores.
        guidelines: those that were asked.
        conclusions: the conclusion of each, shape (people,).
        names: the variables that are asked for.
    """

    state: State
    verdicts: Verdicts
    guidelines: tuple[Guideline, ...]
    conclusions: tuple[Codes, ...]
    names: tuple[str, ...]


def conclusions(
    record: Record, on: date, library: Library, guidelines: Sequence[str], in_force: date | None
) -> Concluded:
    """Hold some guidelines, and all scores, against N people; as `evaluate` does, and nothing beyond.

    Args:
        record: their events; tables that `tables_of` does not name may be missing.
        on: the index date.
        library: the documents.
        guidelines: ids; empty for all that are in force.
        in_force: the day whose guidelines are asked; the newest when it is None.
    """
    chosen = tuple(guidelines_of(library, in_force, tuple(guidelines)))
    criteria = _criteria(library, chosen)
    names = _names(criteria)
    state = derive(record, on, library, only=frozenset(names))
    verdicts = hold(state, criteria)
    return Concluded(state, verdicts, chosen, tuple(conclude(verdicts, one) for one in chosen), names)


def tables_of(library: Library, guidelines: Sequence[str], in_force: date | None) -> frozenset[str]:
    """The tables of the record that the conclusions of some guidelines rest on."""
    chosen = tuple(guidelines_of(library, in_force, tuple(guidelines)))
    return tables_for(_names(_criteria(library, chosen)), library)


def _criteria(library: Library, chosen: Sequence[Guideline]) -> Compiled:
    """The criteria of some guidelines and of all scores, compiled together once."""
    keys = [*(f"guidelines/{one.id}" for one in chosen), *(f"scores/{name}" for name in library.scores)]
    key = f"cohort.conclusions:{','.join(keys)}"
    if key not in library.cache:
        library.cache[key] = part_of(library, keys)
    found: Compiled = library.cache[key]
    return found


def _names(criteria: Compiled) -> tuple[str, ...]:
    """The variables that criteria test, in the order in which they come."""
    return tuple(dict.fromkeys(name for node in criteria.nodes.values() for name in variables(node)))
