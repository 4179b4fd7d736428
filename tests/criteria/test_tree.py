"""A criterion that cannot be right is refused with a line that says how to mend it."""

from __future__ import annotations

from typing import Any

import pytest

from stepdown.criteria.tree import Branch, Leaf, parse, variables
from stepdown.criteria.values import Interval, Possible, decode, encode
from stepdown.errors import InputError
from stepdown.knowledge.library import load

WRONG: list[tuple[Any, str]] = [
    ("age", "is a mapping"),
    ({}, "cannot read"),
    ({"variable": "age"}, "a leaf has a variable and one of"),
    ({"variable": "age", "at_least": 5, "below": 9}, "cannot read"),
    ({"variable": "age", "over": 5}, "cannot read"),
    ({"variable": "agee", "at_least": 5}, "did you mean 'age'"),
    ({"variable": "qqqqqq", "at_least": 5}, "knowledge list variables"),
    ({"variable": "age", "at_least": "55"}, "age is a number"),
    ({"variable": "age", "at_least": True}, "age is a number"),
    ({"variable": "age", "is": 55}, "age is a number"),
    ({"variable": "hbsag", "is": "yes"}, "hbsag is a truth"),
    ({"variable": "hbsag", "in": [True]}, "hbsag is a truth"),
    ({"variable": "course", "at_least": 3}, "course is a category"),
    ({"variable": "course", "is": "rr"}, "no value 'rr'"),
    ({"variable": "course", "in": []}, "needs values"),
    ({"variable": "course", "in": "rrms"}, "no value 'rrms'"),
    ({"all": []}, "needs a list"),
    ({"any": {"variable": "hbsag", "is": True}}, "needs a list"),
    ({"all": [{"variable": "agee", "at_least": 5}]}, "here.all: no variable"),
    ({"not": {"variable": "agee", "at_least": 5}}, "here.not: no variable"),
    ({"not": {"variable": "hbsag", "is": True}, "all": []}, "cannot read"),
]


@pytest.mark.parametrize(("written", "says"), WRONG, ids=lambda part: str(part)[:40])
def test_what_cannot_be_right_is_refused(written: Any, says: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(written, load(), "here")
    assert says in str(caught.value)
    assert str(caught.value).startswith("here")
    assert "\n" not in str(caught.value)


def test_a_tree_keeps_its_shape_and_names_its_variables_once() -> None:
    age = {"variable": "age", "at_least": 55}
    written = {"any": [age, {"not": {"variable": "course", "is": "ppms"}}, age]}
    node = parse(written, load(), "here")
    leaf = Leaf("age", "at_least", 55.0)
    assert node == Branch("any", (leaf, Branch("not", (Leaf("course", "in", frozenset({"ppms"})),)), leaf))
    assert variables(node) == ("age", "course")


def test_an_interval_refuses_what_is_not_one() -> None:
    with pytest.raises(ValueError, match="NaN"):
        Interval(float("nan"), 1.0)
    with pytest.raises(ValueError, match="above"):
        Interval(2.0, 1.0)
    assert Interval(2.0, 2.0).known
    assert not Interval(None, 2.0).known


def test_sets_of_values_survive_their_bits() -> None:
    values = ("cis", "rrms", "spms")
    assert encode({"spms", "cis"}, values) == 0b101
    assert decode(0b101, values) == {"cis", "spms"}
    assert Possible(frozenset({"cis"}), values).known
    assert not Possible(frozenset(values), values).informative
