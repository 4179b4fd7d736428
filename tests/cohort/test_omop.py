"""The shipped people as a CDM and as a folder of tables: the same answer in every cell, on DuckDB and on PostgreSQL."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import stepdown
from stepdown.assess import assess
from stepdown.cohort.screen import screen
from stepdown.knowledge.library import load
from stepdown.record.read import read
from stepdown.record.record import Record, join_records
from stepdown.record.tables import TABLES
from tests.record.omop_places import Server, in_duckdb
from tests.record.omop_writer import Cdm, sayable, written

EXAMPLES = Path(stepdown.__file__).parent / "examples"
ON = date(2026, 3, 1)


@cache
def people() -> Record:
    """The shipped people, as far as a CDM can say it, under the numbers that a CDM gives them."""
    record = sayable(join_records(read(path, load()) for path in sorted(EXAMPLES.glob("*/chart.yaml"))))
    names = {person: str(place + 1) for place, person in enumerate(record.people)}
    return Record(
        {name: table.with_columns(pl.col("person_id").replace(names)) for name, table in record.tables.items()}
    )


@cache
def cdm() -> Cdm:
    record = sayable(join_records(read(path, load()) for path in sorted(EXAMPLES.glob("*/chart.yaml"))))
    return written(record, load())


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        found = Server(Path(folder))
        yield found
        found.stop()


@pytest.fixture(scope="module")
def duck(tmp_path_factory: pytest.TempPathFactory) -> str:
    return in_duckdb(cdm(), tmp_path_factory.mktemp("duck") / "cdm.duckdb")


@pytest.fixture(scope="module")
def postgres(server: Server) -> str:
    with server.connected() as execute:
        execute("CREATE SCHEMA cdm", [])
        cdm().write(execute, "cdm.")
    return server.sqlalchemy(cdm_schema="cdm")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("tables")
    for name in TABLES:
        if people()[name].height:
            people()[name].drop("source").write_parquet(place / f"{name}.parquet")
    return place


@pytest.fixture(scope="module")
def expected(folder: Path) -> pl.DataFrame:
    return screen(folder, ON, risks=True, draws=16, library=load())


@pytest.mark.parametrize("database", ["duck", "postgres"])
def test_a_cdm_is_answered_like_the_same_facts_as_tables(
    database: str, expected: pl.DataFrame, request: pytest.FixtureRequest
) -> None:
    found = screen(request.getfixturevalue(database), ON, risks=True, draws=16, library=load())
    assert found.height == len(people().people)
    differing = {name for name in expected.columns if not found[name].equals(expected[name])}
    assert differing == set()


def _without_sources(said: Any) -> Any:
    if isinstance(said, dict):
        return {key: _without_sources(one) for key, one in said.items() if key != "from"}
    return [_without_sources(one) for one in said] if isinstance(said, list) else said


@pytest.mark.parametrize("database", ["duck", "postgres"])
def test_one_person_is_assessed_like_the_same_facts(database: str, request: pytest.FixtureRequest) -> None:
    address = request.getfixturevalue(database)
    record = read(address, load(), person="EX-01")
    assert record.people == ["1"]
    assert not record.problems
    mine = assess(record, ON, library=load(), draws=16).data
    known = assess(people().only("1"), ON, library=load(), draws=16).data
    for part in ("recommendation", "flags", "state", "guidelines"):
        assert _without_sources(mine[part]) == _without_sources(known[part])
    assert any(source.startswith("measurement/") for one in mine["state"].values() for source in one["from"])
    assert read(address, load(), person="1")["lab"].equals(record["lab"])


def test_both_databases_are_read_to_the_same_rows(duck: str, postgres: str, tmp_path: Path) -> None:
    from stepdown.record.omop.extract import extract

    told = [extract(address, load(), tmp_path / name) for name, address in (("duck", duck), ("postgres", postgres))]
    assert told[0] == told[1]
    files = sorted(path.relative_to(tmp_path / "duck") for path in (tmp_path / "duck").rglob("*.parquet"))
    assert len(files) >= 14
    for file in files:
        mine, other = (pl.read_parquet(tmp_path / name / file) for name in ("duck", "postgres"))
        assert mine.equals(other), file
