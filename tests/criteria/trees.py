"""Random criterion trees, and random knowledge of one person, over a few variables of every kind."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from stepdown.criteria.values import Interval, Possible, Value
from stepdown.knowledge.library import Library, load

NUMBERS = ("age", "igg", "relapses_2y")
CATEGORIES = ("course", "cancer", "sex")
TRUTHS = ("hbsag", "pregnant")
CUTS = (0.0, 0.5, 1.0, 2.0, 54.9, 55.0, 60.0)
"""Few numbers, so that bounds and thresholds often coincide: there the operators differ."""


def criteria(library: Library) -> st.SearchStrategy[dict[str, Any]]:
    """A criterion as it would be written in YAML."""
    number = st.tuples(st.sampled_from(NUMBERS), st.sampled_from(("at_least", "above", "at_most", "below")),
                       st.sampled_from(CUTS)).map(lambda t: {"variable": t[0], t[1]: t[2]})  # fmt: skip
    category = st.sampled_from(CATEGORIES).flatmap(
        lambda name: st.lists(st.sampled_from(library.values(name)), min_size=1, unique=True).map(
            lambda values: {"variable": name, "in": values}
        )
    )
    truth = st.tuples(st.sampled_from(TRUTHS), st.booleans()).map(lambda t: {"variable": t[0], "is": t[1]})

    def branches(parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
        several = st.lists(parts, min_size=1, max_size=3)
        joined = st.tuples(st.sampled_from(("all", "any")), several).map(lambda t: {t[0]: t[1]})
        return joined | parts.map(lambda part: {"not": part})

    return st.recursive(number | category | truth, branches, max_leaves=8)


@st.composite
def knowledge(draw: st.DrawFn) -> dict[str, Value]:
    """What is known of one person: intervals, sets of possible values, truths."""
    library = load()
    known: dict[str, Value] = {}
    for name in NUMBERS:
        ends = sorted((draw(st.sampled_from(CUTS)), draw(st.sampled_from(CUTS))))
        low, high = (None if draw(st.integers(0, 3)) == 0 else end for end in ends)
        known[name] = Interval(low, high)
    for name in CATEGORIES:
        values = library.values(name)
        known[name] = Possible(frozenset(draw(st.sets(st.sampled_from(values), min_size=1))), values)
    for name in TRUTHS:
        known[name] = draw(st.sampled_from((True, False, None)))
    return known


@st.composite
def refinements(draw: st.DrawFn) -> tuple[dict[str, Value], dict[str, Value]]:
    """What is known, and the same person with at least as much known of every variable."""
    before = draw(knowledge())
    return before, {name: draw(_narrower(value)) for name, value in before.items()}


def _narrower(value: Value) -> st.SearchStrategy[Value]:
    if isinstance(value, Interval):
        low = -1.0 if value.low is None else value.low
        high = 61.0 if value.high is None else value.high
        inside = [cut for cut in (low, *CUTS, high) if low <= cut <= high]
        ends = st.tuples(st.sampled_from(inside), st.sampled_from(inside)).map(sorted)
        return st.just(value) | ends.map(lambda pair: Interval(pair[0], pair[1]))
    if isinstance(value, Possible):
        return st.sets(st.sampled_from(sorted(value.possible)), min_size=1).map(
            lambda kept: Possible(frozenset(kept), value.values)
        )
    return st.sampled_from((True, False, None)) if value is None else st.just(value)
