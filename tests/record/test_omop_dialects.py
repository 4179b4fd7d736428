"""The statements as other databases would get them: compiled by SQLAlchemy's own dialects, parsed as theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlglot
from sqlalchemy.dialects import mssql, mysql, oracle, postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.default import DefaultDialect

from stepdown.knowledge.library import load
from stepdown.record.omop.database import Kinds, Statement, literal, normal
from stepdown.record.omop.extract import _Extraction
from stepdown.record.omop.people import with_disease
from stepdown.record.omop.tables import Cdm
from tests.record.omop_writer import TABLES

FEW, MANY = 20, 3000
"""So many concepts are known; many are more than the 2,100 parameters that SQL Server takes."""


class Recorder:
    """A database that answers nothing much and keeps what it was asked."""

    where = "recorder"
    schemas: tuple[str | None, str | None] = ("cdm", "voc")

    def __init__(self, dialect: Dialect, known: int = FEW) -> None:
        self.dialect, self.asked, self._known = dialect, list[Any](), known

    def names(self, select: Any) -> list[str]:
        self.asked.append(select)
        table = next(name for name in TABLES if select.get_final_froms()[0].name == name)
        return list(TABLES[table])

    def fetch(self, select: Statement, kinds: Kinds) -> pl.DataFrame:
        self.asked.append(select)
        ids = list(range(1, self._known))
        if len(kinds) == 1 and "concept_id" not in kinds:
            return normal(pl.DataFrame({name: [None if kind == "day" else 1] for name, kind in kinds.items()}), kinds)
        cells: dict[str, Any] = {"concept_id": ids, "vocabulary_id": "LOINC", "concept_code": "2465-3"}
        rows = {name: cells.get(name, 0 if kind == "int" else None) for name, kind in kinds.items()}
        return normal(pl.DataFrame(rows if "concept_id" in rows else rows | {"_": ids}), kinds)

    def save(self, select: Any, kinds: Kinds, to: Path) -> list[Path]:
        self.asked.append(select)
        to.mkdir(parents=True)
        normal(pl.DataFrame({name: [] for name in kinds}), kinds).write_parquet(to / "0000.parquet")
        return [to / "0000.parquet"]

    def close(self) -> None:
        """Nothing to close."""


WAREHOUSES = ("spark", "databricks", "snowflake", "redshift", "trino")
DIALECTS: dict[str, tuple[Dialect, str]] = {
    "SQL Server": (mssql.dialect(), "tsql"),  # type: ignore[no-untyped-call]
    "Oracle": (oracle.dialect(), "oracle"),  # type: ignore[no-untyped-call]
    "MySQL": (mysql.dialect(), "mysql"),
    "PostgreSQL": (postgresql.dialect(), "postgres"),  # type: ignore[no-untyped-call]
    "SQLite": (sqlite.dialect(), "sqlite"),
    **{name: (DefaultDialect(), name) for name in WAREHOUSES},
}


@pytest.mark.parametrize("name", DIALECTS)
def test_every_statement_is_one_of_theirs(name: str, tmp_path: Path) -> None:
    dialect, reads = DIALECTS[name]
    recorder = Recorder(dialect)
    cdm = Cdm(recorder)
    _Extraction(cdm, load(), with_disease(cdm, load()), tmp_path / "to").run()
    assert len(recorder.asked) > 30
    for statement in recorder.asked:
        text = literal(statement, dialect)
        (parsed,) = sqlglot.parse(text, read=reads)
        assert parsed is not None
        assert not list(parsed.find_all(sqlglot.exp.Anonymous)), text[:300]
        assert not list(parsed.find_all(sqlglot.exp.Command)), text[:300]


def test_sql_server_gets_no_more_parameters_than_it_takes(tmp_path: Path) -> None:
    dialect = DIALECTS["SQL Server"][0]
    recorder = Recorder(dialect, MANY)
    cdm = Cdm(recorder)
    _Extraction(cdm, load(), with_disease(cdm, load()), tmp_path / "to").run()
    filled = [one.compile(dialect=dialect, compile_kwargs={"render_postcompile": True}) for one in recorder.asked]
    assert max(len(one.params) for one in filled) < 2000
    assert max(len(str(one)) for one in filled) > 10_000


def test_nothing_is_written(tmp_path: Path) -> None:
    recorder = Recorder(postgresql.dialect())  # type: ignore[no-untyped-call]
    cdm = Cdm(recorder)
    _Extraction(cdm, load(), with_disease(cdm, load()), tmp_path / "to").run()
    assert {literal(one, recorder.dialect).split(None, 1)[0] for one in recorder.asked} <= {"SELECT", "(SELECT"}
