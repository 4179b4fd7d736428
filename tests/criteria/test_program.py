"""The program of many criteria: shared parts once, people in blocks, and `not` on every kind of test."""

from __future__ import annotations

from typing import Any

import pytest

from stepdown.criteria import program
from stepdown.criteria.explain import explain
from stepdown.criteria.program import compile_all
from stepdown.criteria.tree import parse
from stepdown.criteria.values import Interval, Possible, Value
from stepdown.knowledge.library import load
from tests.spec.tables import verdicts_of

LIBRARY = load()
OLD: dict[str, Any] = {"variable": "age", "at_least": 55}
COURSES = LIBRARY.values("course")


def test_equal_tests_are_worked_out_once() -> None:
    both = {"all": [OLD, {"variable": "pregnant", "is": True}]}
    written = [OLD, both, {"any": [both, OLD]}, {"not": {"variable": "age", "below": 55}}]
    found = compile_all([parse(one, LIBRARY, "test") for one in written], LIBRARY)
    # two tests and two branches
    assert found.size == 4
    assert found.rows[0] == found.rows[3]


def test_blocks_of_people_are_put_together_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "BLOCK", 2)
    node = parse(OLD, LIBRARY, "test")
    people: list[dict[str, Value]] = [{"age": Interval(age, age)} for age in (54.0, 55.0, 56.0, 20.0, 90.0)]
    assert verdicts_of([node], people, LIBRARY) == [[False], [True], [True], [False], [True]]
    assert verdicts_of([node], [], LIBRARY) == []


@pytest.mark.parametrize(
    "leaf",
    [
        OLD,
        {"variable": "age", "above": 55},
        {"variable": "age", "at_most": 55},
        {"variable": "age", "below": 55},
        {"variable": "course", "in": ["rrms", "cis"]},
        {"variable": "pregnant", "is": False},
    ],
)
def test_the_opposite_of_a_test_is_its_opposite(leaf: dict[str, Any]) -> None:
    nodes = [parse(one, LIBRARY, "test") for one in (leaf, {"not": leaf})]
    ages = (Interval(54.0, 54.0), Interval(55.0, 55.0), Interval(50.0, 55.0), Interval(55.0, None), Interval())
    courses = ({"rrms"}, {"rrms", "spms"}, {"ppms"}, {"rrms", "cis"}, set(COURSES))
    people: list[dict[str, Value]] = [
        {"age": age, "course": Possible(frozenset(course), COURSES), "pregnant": pregnant}
        for age, course, pregnant in zip(ages, courses, (True, False, None, True, None), strict=True)
    ]
    assert verdicts_of(nodes, people, LIBRARY) == [[explain(node, one).truth for node in nodes] for one in people]
