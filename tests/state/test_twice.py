"""A person who is described twice: what the descriptions do not agree on is not known."""

from __future__ import annotations

from datetime import date

import pytest

from stepdown.knowledge.library import load
from stepdown.record.record import RecordBuilder
from stepdown.state.derive import derive
from stepdown.state.state import values_of
from tests.state.records import ON, person_row


@pytest.mark.parametrize("older_first", [True, False])
def test_what_two_descriptions_disagree_on_is_open(older_first: bool) -> None:
    builder = RecordBuilder()
    two = [person_row("A", born="1950-03-01", sex="female"), person_row("A", born="1990-03-01", sex="male")]
    for row in two if older_first else reversed(two):
        builder.add("person", **row)
    builder.add("person", **person_row("B", born="1950-03-01", sex="female"))
    builder.add("person", **(person_row("B", sex=None) | {"birth": None, "birth_latest": None}))
    state = derive(builder.build(), ON, load())
    a, b = (values_of(state, row, load()) for row in (0, 1))
    assert (a["age"].low, a["age"].high) == (36.0, 76.0)  # type: ignore[union-attr]
    assert a["sex"].possible == {"female", "male", "other"}  # type: ignore[union-attr]
    assert (b["age"].low, b["age"].high) == (76.0, 76.0)  # type: ignore[union-attr]
    assert b["sex"].possible == {"female"}  # type: ignore[union-attr]


def test_who_died_by_one_description_has_died() -> None:
    builder = RecordBuilder()
    builder.add("person", **person_row("A", born="1950-03-01"))
    builder.add("person", **person_row("A", born="1990-03-01", died=date(2020, 1, 1)))
    state = derive(builder.build(), ON, load())
    assert ("died", "A") in {(problem.key, problem.person_id) for problem in state.problems}
