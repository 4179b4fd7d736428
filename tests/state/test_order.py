"""Rows stand in one order whatever order they came in, whether they are few or many."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from stepdown.record.tables import TABLES
from stepdown.state import order
from stepdown.state.order import ordered, places

PEOPLE = pl.Series("person_id", [f"P{number:02d}" for number in range(12)])


def table(rows: int, seed: int) -> pl.DataFrame:
    """Results on few days with few values, so that many rows agree in some columns and some in all."""
    dice = np.random.default_rng(seed)
    days = [None, *(date(2020, 1, 1) + timedelta(days=day) for day in range(3))]

    def some(values: list[object]) -> list[object]:
        return [values[at] for at in dice.integers(0, len(values), rows)]

    columns: dict[str, list[object]] = {
        "person_id": some(PEOPLE.to_list()), "on": some([*days]), "on_latest": some([*days]), "recorded": some([*days]),
        "status": some([None, "final", "active"]), "source": some([None, "b", "a"]), "test": some(["igg", "alt", "é"]),
        "value": some([None, 1.5, -2.0]), "unit": some([None]), "below_limit": some([None, False, True]),
        "above_limit": some([False]), "value_code": some([None]),
    }  # fmt: skip
    frame = pl.DataFrame(columns, schema=TABLES["lab"])
    return frame.with_columns(pl.Series("certain", dice.random(rows) < 0.5))


def plainly(frame: pl.DataFrame) -> list[tuple[object, ...]]:
    """The same told once more: sort all rows, and keep the first of those alike in what they say."""
    beside = ("source", "recorded", "certain")
    says = [name for name in frame.columns if name not in beside and name not in ("person_id", "on", "on_latest")]
    keys = ["person_id", "on", "on_latest", *says]

    def rank(value: object) -> tuple[bool, object]:
        return value is not None, value

    rows = sorted(
        frame.iter_rows(named=True),
        key=lambda row: (
            [rank(row[name]) for name in keys], not row["certain"], rank(row["source"]), rank(row["recorded"])
        ),
    )  # fmt: skip
    kept: dict[tuple[object, ...], tuple[object, ...]] = {}
    for row in rows:
        kept.setdefault(tuple(row[name] for name in keys), tuple(row.values()))
    return list(kept.values())


@pytest.mark.parametrize("rows", [0, 1, 2, 150, 201, 3000])
def test_any_order_gives_the_same_rows_in_the_same_order(rows: int) -> None:
    frame = table(rows, rows)
    expected = plainly(frame)
    for seed in range(3):
        mixed = frame.sample(fraction=1, shuffle=True, seed=seed) if rows else frame
        place, known = places(mixed["person_id"], PEOPLE)
        found, where = ordered(mixed, place)
        assert known.all()
        assert found.rows() == expected
        assert PEOPLE.gather(where).to_list() == found["person_id"].to_list()


def test_numbers_too_wide_to_be_packed_are_packed_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = table(3000, 5)
    monkeypatch.setattr(order, "_WIDEST", 40)
    assert ordered(frame, places(frame["person_id"], PEOPLE)[0])[0].rows() == plainly(frame)


def test_places_of_people_who_are_not_there() -> None:
    place, known = places(pl.Series(["P03", "P03", "A", "P11", "Z", "P00"]), PEOPLE)
    assert known.tolist() == [True, True, False, True, False, True]
    assert place[known].tolist() == [3, 3, 11, 0]
    assert not places(pl.Series(["P03"]), PEOPLE.clear())[1].any()
