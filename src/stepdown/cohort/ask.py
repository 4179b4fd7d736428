"""What guidelines hang on, for N people at once: the variables that its unknown criteria wait for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from stepdown.criteria.program import MET, NOT_MET, UNKNOWN, Codes, Program, compile_all
from stepdown.criteria.tree import Branch, Leaf, Node
from stepdown.guideline.compiled import compiled
from stepdown.guideline.findings import to_ask_for
from stepdown.guideline.verdicts import UNDETERMINED, Verdicts, applies
from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import Guideline
from stepdown.state.state import State

Mask = npt.NDArray[np.bool_]


class Held(Protocol):
    """Guidelines held against the state of N people."""

    @property
    def state(self) -> State:
        """Where they stand."""

    @property
    def verdicts(self) -> Verdicts:
        """The verdict on each criterion."""

    @property
    def guidelines(self) -> tuple[Guideline, ...]:
        """Those that were asked."""

    @property
    def conclusions(self) -> tuple[Codes, ...]:
        """The conclusion of each."""


@dataclass(frozen=True)
class _Parts:
    """Every node of the criteria of all guidelines, compiled together, with its place."""

    program: Program
    place: dict[Node, int]


def to_find_out(held: Held) -> list[dict[str, Mask]]:
    """For each guideline that was asked, by variable, who has to find it out; as `guideline_told` says of one."""
    library, state = held.state.events.library, held.state
    parts = _parts(library, held.guidelines)
    codes = parts.program.run(state.numbers, state.sets)
    nodes = compiled(library).nodes
    found: list[dict[str, Mask]] = []
    for guideline, concluded in zip(held.guidelines, held.conclusions, strict=True):
        on = applies(held.verdicts, guideline)
        waits = (on != NOT_MET) & ((concluded == UNDETERMINED) | (on == UNKNOWN))
        asked: dict[str, Mask] = {}
        for node in _asked(guideline, nodes):
            _ask(node, waits, codes, parts.place, library, asked)
        found.append({name: who for name, who in sorted(asked.items()) if who.any()})
    return found


def _asked(guideline: Guideline, nodes: dict[str, Node]) -> list[Node]:
    """The criteria of a guideline that decide: to whom it applies, what it requires and what it excludes."""
    key = f"guidelines/{guideline.id}"
    deciding = [f"{key}/{one.id}" for one in guideline.criteria if one.role in ("requires", "excludes")]
    return [nodes[name] for name in (key, *deciding) if name in nodes]


def _ask(node: Node, who: Mask, codes: Codes, place: dict[Node, int], library: Library, asked: dict[str, Mask]) -> None:
    """Add the unknown leaves of an unknown criterion, for the people in `who`."""
    here = who & (codes[:, place[node]] == UNKNOWN)
    if not here.any():
        return
    if isinstance(node, Leaf):
        name = to_ask_for(node.variable, library)
        asked[name] = asked[name] | here if name in asked else here
        return
    for part in node.parts:
        _ask(part, here, codes, place, library, asked)


def _parts(library: Library, guidelines: Sequence[Guideline]) -> _Parts:
    key = f"cohort.ask:{','.join(one.id for one in guidelines)}"
    if key not in library.cache:
        nodes = compiled(library).nodes
        every: dict[Node, int] = {}
        for guideline in guidelines:
            for node in _asked(library.guidelines[guideline.id], nodes):
                _number(node, every)
        library.cache[key] = _Parts(compile_all(every, library), every)
    found: _Parts = library.cache[key]
    return found


def _number(node: Node, every: dict[Node, int]) -> None:
    every.setdefault(node, len(every))
    if isinstance(node, Branch):
        for part in node.parts:
            _number(part, every)


def funnel(held: Held) -> dict[str, list[dict[str, int | str]]]:
    """For each guideline how many people are left after each criterion, how many drop out there, and who is unknown.

    The first line is to whom the guideline applies. Who is unknown at one criterion stays unknown until another one
    is surely not met.
    """
    found: dict[str, list[dict[str, int | str]]] = {}
    for guideline in held.guidelines:
        standing = applies(held.verdicts, guideline)
        lines = [_line("applies", np.full(standing.size, MET, dtype=np.int8), standing)]
        for one in guideline.criteria:
            if one.role not in ("requires", "excludes"):
                continue
            verdict = held.verdicts[f"guidelines/{guideline.id}/{one.id}"]
            after = np.minimum(standing, verdict if one.role == "requires" else (MET - verdict).astype(np.int8))
            lines.append(_line(one.id, standing, after))
            standing = after
        found[guideline.id] = lines
    return found


def _line(name: str, before: Codes, after: Codes) -> dict[str, int | str]:
    return {
        "criterion": name,
        "left": int((after == MET).sum()),
        "unknown": int((after == UNKNOWN).sum()),
        "out": int(((after == NOT_MET) & (before != NOT_MET)).sum()),
    }
