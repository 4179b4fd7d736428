"""Says of one person why a criterion is met, not met or unknown: the slow, obvious reading of the same tree.

Property tests hold it against `compile`; the two must always agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stepdown.criteria.logic import all_of, any_of, negate
from stepdown.criteria.tree import Branch, Leaf, Node
from stepdown.criteria.values import Interval, Possible, Truth, Value


@dataclass(frozen=True)
class Explanation:
    """A node of the tree with its truth; `decided` marks the parts that alone settled it."""

    node: Node
    truth: Truth
    parts: tuple[Explanation, ...] = ()


def explain(node: Node, values: Mapping[str, Value]) -> Explanation:
    """Evaluate a tree on the values of one person, keeping the truth of every part."""
    if isinstance(node, Leaf):
        return Explanation(node, leaf_truth(node, values[node.variable]))
    parts = tuple(explain(part, values) for part in node.parts)
    if node.operator == "not":
        return Explanation(node, negate(parts[0].truth), parts)
    join = all_of if node.operator == "all" else any_of
    return Explanation(node, join(part.truth for part in parts), parts)


def leaf_truth(leaf: Leaf, value: Value) -> Truth:
    """Met if everything possible meets it, not met if nothing possible does, else unknown."""
    operand = leaf.operand
    if isinstance(operand, bool):
        assert value is None or isinstance(value, bool)
        return None if value is None else value is operand
    if isinstance(operand, frozenset):
        assert isinstance(value, Possible)
        return True if value.possible <= operand else False if not value.possible & operand else None
    assert isinstance(value, Interval)
    low = -float("inf") if value.low is None else value.low
    high = float("inf") if value.high is None else value.high
    met, not_met = {
        "at_least": (low >= operand, high < operand),
        "above": (low > operand, high <= operand),
        "at_most": (high <= operand, low > operand),
        "below": (high < operand, low >= operand),
    }[leaf.operator]
    return True if met else False if not_met else None


def deciding(explanation: Explanation) -> list[Leaf]:
    """The leaves that carry the truth of the whole, each once; for an unknown, the unknown leaves."""
    node = explanation.node
    if isinstance(node, Leaf):
        return [node]
    carrying = (
        list(explanation.parts)
        if isinstance(node, Branch) and node.operator == "not"
        else [part for part in explanation.parts if part.truth == explanation.truth]
    )
    return list(dict.fromkeys(leaf for part in carrying for leaf in deciding(part)))
