"""Two promises of the criteria: all readings agree, and refining never reverses."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.criteria.compile import compile_tree
from stepdown.criteria.explain import deciding, explain
from stepdown.criteria.tree import parse
from stepdown.criteria.values import Interval, Possible, Value
from stepdown.knowledge.library import load
from tests.criteria.trees import CUTS, criteria, knowledge, refinements
from tests.spec.tables import frame_of, verdicts_of

LIBRARY = load()
TREES = criteria(LIBRARY)


@settings(max_examples=150, deadline=None)
@given(TREES, st.lists(knowledge(), min_size=1, max_size=4))
def test_compiled_for_many_as_explained_for_one(written: dict[str, Any], people: list[dict[str, Value]]) -> None:
    node = parse(written, LIBRARY, "test")
    together = pl.concat([frame_of(known) for known in people])
    compiled = together.select(compile_tree(node, LIBRARY).alias("met"))["met"].to_list()
    explained = [explain(node, known).truth for known in people]
    assert compiled == explained
    assert [row[0] for row in verdicts_of([node], people, LIBRARY)] == explained


@settings(max_examples=60, deadline=None)
@given(st.lists(TREES, min_size=1, max_size=6), st.lists(knowledge(), min_size=1, max_size=3))
def test_criteria_compiled_together_do_not_disturb_each_other(
    written: list[dict[str, Any]], people: list[dict[str, Value]]
) -> None:
    nodes = [parse(one, LIBRARY, "test") for one in written]
    together = verdicts_of(nodes, people, LIBRARY)
    assert together == [[explain(node, known).truth for node in nodes] for known in people]


@settings(max_examples=300, deadline=None)
@given(TREES, refinements())
def test_refining_never_reverses(written: dict[str, Any], known: tuple[dict[str, Value], dict[str, Value]]) -> None:
    node = parse(written, LIBRARY, "test")
    before, after = (explain(node, values).truth for values in known)
    assert before is None or before == after


@settings(max_examples=100, deadline=None)
@given(TREES, knowledge())
def test_what_is_settled_holds_for_every_person_this_could_be(written: dict[str, Any], known: dict[str, Value]) -> None:
    """Independent of the three-valued rules: plain two-valued logic on every completion of what is known."""
    node = parse(written, LIBRARY, "test")
    truth = explain(node, known).truth
    if truth is None:
        return
    for values in itertools.islice(_completions(known), 200):
        assert _plainly(written, values) is truth


def _completions(known: dict[str, Value]) -> Any:
    choices = []
    for value in known.values():
        if isinstance(value, Interval):
            low, high = -1.0 if value.low is None else value.low, 99.0 if value.high is None else value.high
            choices.append(sorted({low, high, *(cut for cut in CUTS if low <= cut <= high)})[::-1])
        elif isinstance(value, Possible):
            choices.append(sorted(value.possible))  # type: ignore[arg-type]
        else:
            choices.append([True, False] if value is None else [value])
    for chosen in itertools.product(*choices):
        yield dict(zip(known, chosen, strict=True))


def _plainly(written: dict[str, Any], values: dict[str, Any]) -> bool:
    if "all" in written:
        return all(_plainly(part, values) for part in written["all"])
    if "any" in written:
        return any(_plainly(part, values) for part in written["any"])
    if "not" in written:
        return not _plainly(written["not"], values)
    value = values[written["variable"]]
    tests: dict[str, Callable[[Any], bool]] = {
        "at_least": lambda bound: value >= bound,
        "above": lambda bound: value > bound,
        "at_most": lambda bound: value <= bound,
        "below": lambda bound: value < bound,
        "in": lambda wanted: value in wanted,
        "is": lambda wanted: value == wanted,
    }
    return next(bool(test(written[name])) for name, test in tests.items() if name in written)


@settings(max_examples=100, deadline=None)
@given(TREES, knowledge())
def test_the_deciding_leaves_carry_the_verdict_alone(written: dict[str, Any], known: dict[str, Value]) -> None:
    """Forgetting everything but the deciding leaves changes nothing about a settled verdict."""
    found = explain(parse(written, LIBRARY, "test"), known)
    if found.truth is None:
        return
    kept = {leaf.variable for leaf in deciding(found)}
    forgotten = {name: value if name in kept else _nothing(value) for name, value in known.items()}
    assert explain(found.node, forgotten).truth == found.truth


def _nothing(value: Value) -> Value:
    if isinstance(value, Interval):
        return Interval()
    return Possible(frozenset(value.values), value.values) if isinstance(value, Possible) else None
