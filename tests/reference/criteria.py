"""Criteria, guidelines and flags of the reference: trees walked node by node with Kleene's logic."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from typing import Any

from stepdown.criteria.tree import Leaf, Node, parse
from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import Guideline
from tests.reference.state import Value

Truth = bool | None
COMPARE = {"at_least": operator.ge, "above": operator.gt, "at_most": operator.le, "below": operator.lt}
NAMES = {True: "met", False: "not-met", None: "unknown"}


def judge(node: Node, state: Mapping[str, Value]) -> Truth:
    """Met if everything possible meets it, not met if nothing possible does, else unknown."""
    if isinstance(node, Leaf):
        return _leaf(node, state[node.variable])
    parts = [judge(part, state) for part in node.parts]
    if node.operator == "not":
        return None if parts[0] is None else not parts[0]
    decisive = node.operator == "any"
    return decisive if decisive in parts else None if None in parts else not decisive


def _leaf(leaf: Leaf, value: Value) -> Truth:
    if isinstance(value, tuple):
        bound = leaf.operand
        assert isinstance(bound, float)
        # the tests are monotone, so that the two ends of what is possible speak for all of it
        ends = {COMPARE[leaf.operator](end, bound) for end in value}
        return ends.pop() if len(ends) == 1 else None
    if isinstance(value, frozenset):
        wanted = leaf.operand
        assert isinstance(wanted, frozenset)
        return True if value <= wanted else None if value & wanted else False
    return None if value is None else value == leaf.operand


def waits_for(node: Node, state: Mapping[str, Value]) -> Iterator[str]:
    """The unknown leaves of an unknown criterion."""
    if judge(node, state) is None:
        if isinstance(node, Leaf):
            yield node.variable
        else:
            for part in node.parts:
                yield from waits_for(part, state)


def told(guideline: Guideline, state: Mapping[str, Value], library: Library) -> dict[str, Any]:
    """What a guideline concludes of one person, what it hangs on, and a line of the funnel for each criterion."""
    applies_to = None if guideline.applies_to is None else parse(guideline.applies_to, library, guideline.id)
    criteria = [(one.role, one.id, parse(one.if_, library, one.id)) for one in guideline.criteria]
    speaks: Truth = True if applies_to is None else judge(applies_to, state)
    standing = [(name, judge(node, state) if role == "requires" else _not(judge(node, state)))
                for role, name, node in criteria if role in ("requires", "excludes")]  # fmt: skip
    fulfilled = [one for _, one in standing]
    decided = "not-candidate" if False in fulfilled else "undetermined" if None in fulfilled else "candidate"
    if speaks is False:
        decided = "undetermined"
    asked: set[str] = set()
    if speaks is None or (speaks and decided == "undetermined"):
        nodes = [node for role, _, node in criteria if role in ("requires", "excludes")]
        for node in [*nodes, *([] if applies_to is None else [applies_to])]:
            asked |= {_asked(name, library) for name in waits_for(node, state)}
    return {
        "conclusion": decided,
        "applies": NAMES[speaks],
        "find_out": sorted(asked),
        "funnel": _funnel(speaks, standing),
    }


def _not(truth: Truth) -> Truth:
    return None if truth is None else not truth


def _asked(name: str, library: Library) -> str:
    """Who needs an old value or its age needs the value itself."""
    for ending in ("_last_months", "_last"):
        if name.endswith(ending) and name.removesuffix(ending) in library.variables:
            return name.removesuffix(ending)
    return name


def _funnel(speaks: Truth, standing: list[tuple[str, Truth]]) -> list[tuple[str, str]]:
    """Whether the person is left, unknown, out here or gone before, at each criterion in turn."""
    lines, now = [], True if speaks else speaks
    lines.append(("applies", {True: "left", None: "unknown", False: "out"}[now]))
    for name, fulfilled in standing:
        before = now
        now = False if False in (now, fulfilled) else None if None in (now, fulfilled) else True
        lines.append((name, "gone" if before is False else {True: "left", None: "unknown", False: "out"}[now]))
    return lines


def flags(library: Library, state: Mapping[str, Value]) -> list[str]:
    """The flags that are raised, the gravest first."""
    order = ("emergency", "blocks", "reason", "inform")
    raised = [one for one in library.flags.values() if judge(parse(one.if_, library, one.id), state)]
    return [one.id for one in sorted(raised, key=lambda one: (order.index(one.action), one.id))]
