"""Compiles a criterion tree to a Polars expression over the state frame: one Boolean column, null for unknown.

The state frame holds `<variable>.low` and `<variable>.high` for a number, `<variable>.set` (bits of the values
still possible) for a category, and `<variable>.truth` for a truth.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import and_, or_
from typing import Any, Protocol, TypeVar

import polars as pl

from stepdown.criteria.codes import MET, NOT_MET, UNKNOWN
from stepdown.criteria.tree import Leaf, Node
from stepdown.criteria.values import encode
from stepdown.knowledge.library import Library


class _Kleene(Protocol):
    """What can be joined by Kleene's logic: a Polars expression, or verdicts already computed."""

    def __and__(self, other: Any, /) -> Any: ...
    def __or__(self, other: Any, /) -> Any: ...
    def __invert__(self) -> Any: ...


T = TypeVar("T", bound=_Kleene)


def compile_tree(node: Node, library: Library) -> pl.Expr:
    """The expression of a criterion: true where it is met, false where it is not, null where it is unknown."""
    return combine(node, lambda leaf: compile_leaf(leaf, library))


def combine(node: Node, leaf: Callable[[Leaf], T]) -> T:
    """A tree over its leaves, by `&`, `|` and `~`: Polars expressions, or `codes.Kleene` already computed."""
    if isinstance(node, Leaf):
        return leaf(node)
    parts = [combine(part, leaf) for part in node.parts]
    if node.operator == "not":
        negated: T = ~parts[0]
        return negated
    joined: T = reduce(and_ if node.operator == "all" else or_, parts)
    return joined


def compile_leaf(leaf: Leaf, library: Library) -> pl.Expr:
    """The expression of one test of one variable: Boolean, null where it is unknown."""
    met, not_met = _tests(leaf, library)
    return pl.when(met).then(True).when(not_met).then(False)


def code_leaf(leaf: Leaf, library: Library) -> pl.Expr:
    """The expression of one test of one variable: MET, UNKNOWN or NOT_MET (Int8), as `codes.Kleene` joins them."""
    met, not_met = _tests(leaf, library)
    return pl.when(met).then(_MET).when(not_met).then(_NOT_MET).otherwise(_UNKNOWN)


_MET, _UNKNOWN, _NOT_MET = (pl.lit(code, pl.Int8) for code in (MET, UNKNOWN, NOT_MET))


def _tests(leaf: Leaf, library: Library) -> tuple[pl.Expr, pl.Expr]:
    """When a leaf is met and when it is not met; an unbounded side (null) settles neither."""
    name, operand = leaf.variable, leaf.operand
    if isinstance(operand, bool):
        truth = pl.col(f"{name}.truth")
        return (truth, ~truth) if operand else (~truth, truth)
    if isinstance(operand, frozenset):
        values, bits = library.values(name), pl.col(f"{name}.set")
        wanted, rest = encode(operand, values), encode(frozenset(values) - operand, values)
        return bits & pl.lit(rest, dtype=pl.UInt64) == 0, bits & pl.lit(wanted, dtype=pl.UInt64) == 0
    low, high = pl.col(f"{name}.low"), pl.col(f"{name}.high")
    return {
        "at_least": (low >= operand, high < operand),
        "above": (low > operand, high <= operand),
        "at_most": (high <= operand, low > operand),
        "below": (high < operand, low >= operand),
    }[leaf.operator]
