"""Properties of treatment, laboratory, questionnaires and wishes: knowing more never takes back what was known."""

from __future__ import annotations

import random
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stepdown.record.record import join_records
from tests.state.records import ON
from tests.state.test_properties import widened
from tests.state.treatments import Row, blurred, derived, fine, record

MANY = settings(max_examples=150, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
seeds = st.integers(min_value=0, max_value=2**32 - 1)


@MANY
@given(seeds)
def test_refining_never_widens(seed: int) -> None:
    dice = random.Random(seed)
    rows = fine(dice)
    coarse = blurred(dice, rows)
    assert widened(derived(record(rows)), derived(record(coarse))) == []


@FEW
@given(seeds)
def test_bounds_are_in_order(seed: int) -> None:
    dice = random.Random(seed)
    frame = derived(record(blurred(dice, fine(dice))))
    row = frame.row(0, named=True)
    for column in frame.columns:
        if column.endswith(".low"):
            low, high = row[column], row[f"{column[:-4]}.high"]
            assert low is None or high is None or low <= high, column


@FEW
@given(seeds)
def test_order_and_duplicates_do_not_matter(seed: int) -> None:
    dice = random.Random(seed)
    rows = blurred(dice, fine(dice))
    shuffled = dice.sample(rows, len(rows)) + dice.choices(rows, k=3)
    assert derived(record(rows)).equals(derived(record(shuffled)))


@FEW
@given(seeds)
def test_one_person_alone_and_among_others(seed: int) -> None:
    dice = random.Random(seed)
    people = {f"P{number}": blurred(dice, fine(dice)) for number in range(4)}
    everybody = derived(join_records(record(rows, name) for name, rows in people.items()))
    for index, (name, rows) in enumerate(people.items()):
        assert derived(record(rows, name)).equals(everybody.slice(index, 1))


@FEW
@given(seeds)
def test_twenty_eight_years_later_is_the_same(seed: int) -> None:
    rows = fine(random.Random(seed))

    def later(row: Row) -> Row:
        return row[0], {key: _shift(value) if key in DATES else value for key, value in row[1].items()}

    moved = derived(record([later(row) for row in rows], born="1993"), on=date(ON.year + 28, ON.month, ON.day))
    assert derived(record(rows)).equals(moved)


DATES = ("at", "ended", "onset", "from", "to")


def _shift(written: str) -> str:
    return f"{int(written[:4]) + 28}{written[4:]}"
