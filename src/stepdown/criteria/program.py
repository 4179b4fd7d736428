"""Compiles many criteria together to one program over arrays: every different test once, then level by level.

Verdicts are small numbers, so that `all` is a minimum and `any` a maximum. A `not` is pushed down to the tests by De
Morgan's laws, which hold for Kleene's logic. All four tests of a number come down to one: is it at least a threshold?
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stepdown.criteria.layout import NO, YES, layout
from stepdown.criteria.tree import Leaf, Node
from stepdown.criteria.values import encode
from stepdown.knowledge.library import Library

MET, UNKNOWN, NOT_MET = 2, 1, 0
Codes = NDArray[np.int8]
Index = NDArray[np.intp]

BLOCK = 2048
"""People whose tests are worked out at once, so that they stay in the cache of the processor."""


@dataclass(frozen=True)
class Step:
    """Branches of one operator, depth and number of parts, from row `first` on: the rows of their parts, a row each."""

    join: np.ufunc
    first: int
    parts: Index


@dataclass(frozen=True)
class Program:
    """Criteria compiled together.

    Attributes:
        size: number of different tests and branches.
        numbers, thresholds, below: tests of numbers: which one, is it at least this, and is it the opposite we want?
        sets, wanted: tests of categories and truths: which one, and the bits that meet it.
        steps: the branches, the deepest last.
        rows: where each criterion stands among tests and branches.
    """

    size: int
    numbers: Index
    thresholds: NDArray[np.float64]
    below: NDArray[np.bool_]
    sets: Index
    wanted: NDArray[np.uint64]
    steps: tuple[Step, ...]
    rows: Index

    def run(self, numbers: NDArray[np.float64], sets: NDArray[np.uint64]) -> Codes:
        """The verdict on every criterion for every person.

        Args:
            numbers, sets: what is known of N people, laid out as `layout` says.

        Returns:
            MET, UNKNOWN or NOT_MET, shape (people, criteria); the verdicts on one criterion lie side by side.
        """
        people = sets.shape[1]
        found = np.empty((self.rows.size, people), dtype=np.int8)
        for start in range(0, people, BLOCK):
            block = slice(start, start + BLOCK)
            found[:, block] = self._run(numbers[:, :, block], sets[:, block])
        return found.T

    def _run(self, numbers: NDArray[np.float64], sets: NDArray[np.uint64]) -> Codes:
        table = np.empty((self.size, sets.shape[1]), dtype=np.int8)
        # what is surely and what is possibly so, counted: 2 is met, 1 unknown and 0 not met
        possible = (numbers[self.numbers] >= self.thresholds[:, None, None]).view(np.int8)
        at_least = possible[:, 0] + possible[:, 1]
        table[: self.numbers.size] = np.where(self.below[:, None], MET - at_least, at_least)
        known, wanted = sets[self.sets], self.wanted[:, None]
        inside = ((known & ~wanted) == 0).view(np.int8) + ((known & wanted) != 0)
        table[self.numbers.size : self.numbers.size + self.sets.size] = inside
        for step in self.steps:
            step.join.reduce(table[step.parts], axis=1, out=table[step.first : step.first + len(step.parts)])
        return table[self.rows]


Key = tuple[Any, ...]
"""What a row of the program works out: `("number", which, threshold, below)`, `("set", which, wanted bits)`, or
`("all" | "any", numbers of the parts)`."""


def compile_all(nodes: Iterable[Node], library: Library) -> Program:
    """One program for all the criteria, in their order."""
    draft = _Draft(library)
    roots = [draft.add(node, negated=False) for node in nodes]
    return draft.program(roots)


class _Draft:
    """Collects the different tests and branches, numbered as they are met."""

    def __init__(self, library: Library) -> None:
        self.library, self.place = library, layout(library)
        self.numbers: dict[Key, int] = {}
        self.depths: list[int] = []

    def add(self, node: Node, negated: bool) -> int:
        """The number of a node, or of its opposite."""
        if isinstance(node, Leaf):
            return self._number(self._test(node, negated), 0)
        if node.operator == "not":
            return self.add(node.parts[0], not negated)
        parts = tuple(dict.fromkeys(self.add(part, negated) for part in node.parts))
        if len(parts) == 1:
            return parts[0]
        operator = "all" if (node.operator == "all") is not negated else "any"
        return self._number((operator, parts), 1 + max(self.depths[part] for part in parts))

    def _number(self, key: Key, depth: int) -> int:
        if key not in self.numbers:
            self.numbers[key] = len(self.numbers)
            self.depths.append(depth)
        return self.numbers[key]

    def _test(self, leaf: Leaf, negated: bool) -> Key:
        name, operand = leaf.variable, leaf.operand
        if isinstance(operand, bool):
            return "set", self.place.sets[name], int(YES if operand is not negated else NO)
        if isinstance(operand, frozenset):
            row, bits = self.place.sets[name], encode(operand, self.library.values(name))
            return "set", row, int(self.place.everything[row]) & ~bits if negated else bits
        below = leaf.operator in ("at_most", "below")
        threshold = math.nextafter(operand, math.inf) if leaf.operator in ("above", "at_most") else operand
        return "number", self.place.numbers[name], threshold, below is not negated

    def _kind(self, key: Key) -> tuple[int, int, int]:
        """What is worked out together: depth, kind, and the number of parts of a branch."""
        branch = key[0] in ("all", "any")
        return self.depths[self.numbers[key]], _KINDS.index(key[0]), len(key[1]) if branch else 0

    def program(self, roots: list[int]) -> Program:
        """Give every number its row: tests first, then branches by depth, operator and number of parts."""
        order = sorted(self.numbers, key=self._kind)
        row_of = np.empty(len(order), np.intp)
        row_of[[self.numbers[key] for key in order]] = np.arange(len(order))
        numbers, sets = ([key for key in order if key[0] == kind] for kind in ("number", "set"))
        steps, first = [], len(numbers) + len(sets)
        for (_, kind, _), group in groupby(order[first:], key=self._kind):
            branches = [key[1] for key in group]
            join = np.minimum if _KINDS[kind] == "all" else np.maximum
            steps.append(Step(join, first, row_of[np.array(branches)]))
            first += len(branches)
        return Program(
            len(order),
            np.array([key[1] for key in numbers], np.intp),
            np.array([key[2] for key in numbers], np.float64),
            np.array([key[3] for key in numbers], np.bool_),
            np.array([key[1] for key in sets], np.intp),
            np.array([key[2] for key in sets], np.uint64),
            tuple(steps),
            row_of[roots],
        )


_KINDS = ("number", "set", "all", "any")
