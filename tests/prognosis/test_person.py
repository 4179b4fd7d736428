"""What the models read of people: the same of those of whom the same is known, whoever stands beside them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stepdown.prognosis.person import People, distinct
from stepdown.state.state import State
from tests.prognosis.made import library
from tests.states import state_of

DRAWS = 40
TOLD: list[dict[str, Any]] = [
    {"age": 51.0, "years_quiet": 4.0, "igg": 7.0, "comorbidity_count": 1.0, "course": "rrms"},
    {"age": (51.0, 52.0), "years_quiet": (4.0, None), "course": {"rrms", "spms"}},
    {"age": (51.0, 52.0), "years_quiet": (0.0, 1.5), "igg": (None, 6.0), "comorbidity_count": (1.0, None)},
    {"age": (50.0, 52.0), "years_quiet": (4.0, None), "igg": (None, 6.0), "comorbidity_count": (1.0, None)},
    {"edss": (2.0, 3.0), "comorbidity_count": (0.0, 2.0), "obesity": True, "sex": "female"},
    {},
]
READ = (("age", ()), ("years_quiet", ()), ("igg", ()), ("edss", ()), ("comorbidity_count", ()), ("obesity", ()),
        ("sex", ("female",)), ("course", ("spms", "ppms")))  # fmt: skip


def read(state: State, rows: list[int], variable: str, values: tuple[str, ...]) -> tuple[np.ndarray, ...]:
    found = People(state, np.array(rows), "anti-cd20", DRAWS, 3).read(variable, values)
    return np.broadcast_to(found.values, (len(rows), DRAWS)), found.drawn, found.missing


@pytest.mark.parametrize(("variable", "values"), READ)
def test_a_person_is_read_alike_alone_and_beside_others(variable: str, values: tuple[str, ...]) -> None:
    state = state_of(library(), *TOLD)
    for order in (list(range(len(TOLD))), [5, 3, 3, 0, 2, 1, 4]):
        together = read(state, order, variable, values)
        for place, row in enumerate(order):
            for mine, alone in zip(together, read(state, [row], variable, values), strict=True):
                assert mine[place].tobytes() == alone[0].tobytes()


def test_what_is_known_of_a_person_bounds_every_draw() -> None:
    ages = read(state_of(library(), *TOLD), [0, 1, 3], "age", ())
    values, drawn, missing = ages
    assert (values[0] == 51.0).all()
    assert (values[1] >= 51.0).all()
    assert (values[1] <= 52.0).all()
    assert (values[2] < 51.0).any()
    assert np.unique(values[1]).size == DRAWS
    assert drawn.tolist() == [False, True, True]
    assert not missing.any()


def test_different_intervals_in_order_of_both_ends() -> None:
    low = np.array([3.0, -np.inf, 3.0, -np.inf, 3.0])
    high = np.array([np.inf, 5.0, 4.0, np.inf, np.inf])
    firsts, which = distinct(low, high)
    assert firsts.tolist() == [1, 3, 2, 0]
    assert which.tolist() == [3, 0, 2, 1, 3]
