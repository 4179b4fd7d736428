"""`screen` says of everybody in a made-up registry what is said of each of them alone, to the last bit.

The shipped guidelines and flags are held against everybody by the reference, too.
"""

from __future__ import annotations

from math import inf
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import stepdown
from stepdown.assess import assess, evaluate
from stepdown.assessment import pack
from stepdown.cohort.inputs import READERS, opened
from stepdown.cohort.rows import rows
from stepdown.decision.stances import STANCES
from stepdown.knowledge.library import Library, load
from stepdown.knowledge.schema import OPTION_KINDS
from stepdown.record.record import Record
from stepdown.synthetic.registry import LAST_DAY, write
from tests.reference import criteria
from tests.reference.state import Value

PEOPLE, WITH_RISKS = 200, 60
BUCKETS = 7
DRAWS = 32
Row = dict[str, Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("registry") / "tables"
    write(load(), PEOPLE, place, seed=11, bucket=70, workers=1)
    return place


@pytest.fixture(scope="module")
def screened(folder: Path) -> dict[str, Row]:
    found = stepdown.screen(folder, on=LAST_DAY, buckets=BUCKETS, workers=1)
    return {row["person_id"]: row for row in found.iter_rows(named=True)}


@pytest.fixture(scope="module")
def records(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Record]:
    return _records(folder, tmp_path_factory.mktemp("cut"))


def _records(folder: Path, cut_to: Path) -> dict[str, Record]:
    """The record of each person, read without buckets."""
    source, to = opened(folder, load()), cut_to / "tables"
    source.cut(source.people(), 1, to, lambda what: None)
    record, _ = READERS[source.kind](source.said(), to, 0, load())
    return {person: record.only(person) for person in record.people}


def _bits(row: Row) -> Row:
    """The cells of a row with every bit of its floats."""
    return {name: cell.hex() if isinstance(cell, float) else cell for name, cell in row.items()}


def _words(cell: str | None) -> list[str]:
    return cell.split("|") if cell else []


def test_every_cell_is_that_of_each_alone(screened: dict[str, Row], records: dict[str, Record]) -> None:
    assert len(records) == len(screened) == PEOPLE
    for name, record in records.items():
        alone = rows(evaluate(record, LAST_DAY, load())).row(0, named=True)
        assert _bits(alone) == _bits(screened[name])
    assert len({row["recommendation.kind"] for row in screened.values()}) >= 4
    assert len({row["recommendation.option"] for row in screened.values()}) >= 10


def test_what_is_told_of_each_alone_stands_in_the_row(screened: dict[str, Row], records: dict[str, Record]) -> None:
    for name, record in list(records.items())[::2]:
        row, library = screened[name], load()
        told = pack(evaluate(record, LAST_DAY, library, explain=True), 0, record, library, None)
        for part in ("kind", "option", "review", "next_dose"):
            assert row[f"recommendation.{part}"] == told["recommendation"][part]
        assert f"recommendation.{row['recommendation.reason']}" == told["recommendation"]["says"]["key"]
        assert _words(row["flags"]) == [flag["id"] for flag in told["flags"]]
        for kind in OPTION_KINDS:
            stances = [one["stance"] for one in told["options"] if one["kind"] == kind]
            assert row[f"stance.{kind}"] == max(stances, key=STANCES.index, default=None)
        for guideline in told["guidelines"]:
            key = f"guideline.{guideline['id']}"
            assert (row[key], row[f"{key}.applies"]) == (guideline["conclusion"], guideline["applies"])
            assert _words(row[f"{key}.find_out"]) == sorted(guideline["to_find_out"])
        for variable, value in told["state"].items():
            if value["kind"] == "number":
                assert (row[f"{variable}.low"], row[f"{variable}.high"]) == (value["low"], value["high"])
            elif value["kind"] == "truth":
                assert row[f"{variable}.truth"] == value["truth"]
            else:
                assert (_words(row[variable]) or sorted(library.values(variable))) == sorted(value["values"])


def _state(row: Row, library: Library) -> dict[str, Value]:
    """The state that a row tells, as the reference writes it."""
    found: dict[str, Value] = {}
    for name, variable in library.variables.items():
        if variable.kind == "number":
            low, high = row[f"{name}.low"], row[f"{name}.high"]
            found[name] = (-inf if low is None else low, inf if high is None else high)
        elif variable.kind == "truth":
            found[name] = row[f"{name}.truth"]
        else:
            found[name] = frozenset(_words(row[name]) or library.values(name))
    return found


def test_the_shipped_guidelines_and_flags_conclude_as_the_reference_does(screened: dict[str, Row]) -> None:
    library = load()
    concluded = set()
    for row in list(screened.values())[:150]:
        state, asked = _state(row, library), set()
        for guideline in library.guidelines.values():
            key = f"guideline.{guideline.id}"
            if key in row:
                told = criteria.told(guideline, state, library)
                assert (row[key], row[f"{key}.applies"]) == (told["conclusion"], told["applies"])
                assert _words(row[f"{key}.find_out"]) == told["find_out"]
                concluded.add((key, told["conclusion"]))
                asked |= set(told["find_out"])
        assert _words(row["find_out"]) == sorted(asked)
        assert _words(row["flags"]) == criteria.flags(library, state)
    assert len(concluded) >= 10


def test_risks_shares_and_strength_are_those_of_each_alone(tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    write(load(), WITH_RISKS, folder, seed=12, workers=1)
    found = stepdown.screen(folder, on=LAST_DAY, risks=True, draws=DRAWS, buckets=3, workers=1)
    numbered = 0
    for row, (name, record) in zip(
        found.iter_rows(named=True), _records(folder, tmp_path / "cut").items(), strict=True
    ):
        assert row["person_id"] == name
        alone = rows(evaluate(record, LAST_DAY, load(), draws=DRAWS)).row(0, named=True)
        assert _bits(alone) == _bits(row)
        numbered += row["number.share_ranked_first"] is not None
    assert numbered >= 4
    chosen = found.filter(pl.col("number.share_ranked_first").is_not_null()).head(6)
    records = _records(folder, tmp_path / "again")
    for row in chosen.iter_rows(named=True):
        told = assess(records[row["person_id"]], LAST_DAY, draws=DRAWS, library=load()).data
        option = next(one for one in told["options"] if one["id"] == row["recommendation.option"])
        assert row["recommendation.strength"] == told["recommendation"]["strength"]
        assert row["number.share_ranked_first"] == option["share_ranked_first"]
        assert row["number.draws"] == DRAWS
