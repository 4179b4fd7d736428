"""Compiles a criterion tree to a Polars expression over the state frame: one Boolean column, null for unknown.

The state frame holds `<variable>.low` and `<variable>.high` for a number, `<variable>.set` (bits of the values
still possible) for a category, and `<variable>.truth` for a truth.
"""

from __future__ import annotations

from functools import reduce
from operator import and_, or_

import polars as pl

from stepdown.criteria.tree import Leaf, Node
from stepdown.criteria.values import encode
from stepdown.knowledge.library import Library


def compile_tree(node: Node, library: Library) -> pl.Expr:
    """The expression of a criterion: true where it is met, false where it is not, null where it is unknown."""
    if isinstance(node, Leaf):
        met, not_met = _tests(node, library)
        return pl.when(met).then(True).when(not_met).then(False)
    parts = [compile_tree(part, library) for part in node.parts]
    if node.operator == "not":
        return ~parts[0]
    return reduce(and_ if node.operator == "all" else or_, parts)


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
