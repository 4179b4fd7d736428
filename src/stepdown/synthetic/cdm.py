"""Writes made-up people as an OMOP CDM 5.4 in a file of DuckDB: parts of tables as they come, joined at the end."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import polars as pl

from stepdown.errors import InputError
from stepdown.knowledge.library import Library
from stepdown.synthetic.cdm_rows import rows
from stepdown.synthetic.cdm_tables import CDM, typed
from stepdown.synthetic.vocabulary import vocabulary

DATABASE = "cdm.duckdb"
_PARTS = ".parts"
_MEMORY = "1GB"
"""More than DuckDB needs to put parts together, and no more however many there are."""
_SQL = {pl.Int64(): "BIGINT", pl.Float64(): "DOUBLE", pl.Date(): "DATE", pl.Datetime("us"): "TIMESTAMP",
        pl.String(): "VARCHAR"}  # fmt: skip
_SOURCE = {
    "cdm_source_name": "Synthetic registry: nobody in it exists",
    "cdm_source_abbreviation": "SYNTHETIC",
    "cdm_holder": "stepdown example --registry --as omop",
    "source_description": "Made up by a simulator from the rates of a library of evidence, for trying out software and "
    "methods; it says nothing about any real person or clinic. Concept ids from 2,000,000,000 on are local.",
    "cdm_version": "5.4",
    "cdm_version_concept_id": 0,
}


def ready() -> None:
    """Check that a CDM can be written.

    Raises:
        InputError: DuckDB is not installed.
    """
    if find_spec("duckdb") is None:
        raise InputError("a CDM is written with DuckDB, which is not installed", "--as", "pip install 'stepdown[omop]'")


def write_part(tables: dict[str, pl.DataFrame], library: Library, folder: Path, part: int, last: date) -> None:
    """Write the rows about some people as parts of the tables of the CDM.

    Args:
        tables: tables of the record.
        library: the codes.
        folder: where to.
        part: number of the part.
        last: last day of the registry.
    """
    times: Counter[str] = Counter()
    for table, frame in rows(tables, vocabulary(library), last):
        place = folder / _PARTS / table
        place.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(place / f"{part:05}-{times[table]:02}.parquet", compression="lz4")
        times[table] += 1


def put_together(folder: Path, library: Library, last: date) -> None:
    """Make the database from the parts, with its vocabulary and what it says of itself, and remove them."""
    import duckdb

    source = pl.DataFrame(_SOURCE | {"source_release_date": last, "cdm_release_date": last,
                                     "vocabulary_version": library.version[:20]})  # fmt: skip
    for name, frame in {**vocabulary(library).tables(), "cdm_source": source}.items():
        (folder / _PARTS / name).mkdir(parents=True, exist_ok=True)
        typed(name, frame).write_parquet(folder / _PARTS / name / "all.parquet")
    try:
        with duckdb.connect(folder / DATABASE) as database:
            database.execute(f"SET preserve_insertion_order = false; SET memory_limit = '{_MEMORY}'")
            for name, columns in CDM.items():
                told = ", ".join(f"{column} {_SQL[dtype]}" for column, dtype in columns.items())
                database.execute(f"CREATE TABLE {name} ({told})")
                parts = folder / _PARTS / name
                if parts.exists():
                    files = str(parts / "*.parquet").replace("'", "''")
                    database.execute(f"INSERT INTO {name} SELECT * FROM read_parquet('{files}')")
    except duckdb.IOException as error:
        raise InputError(f"cannot be written ({str(error).splitlines()[0][:120]})", str(folder / DATABASE),
                         "make room, or choose another folder") from None  # fmt: skip
    shutil.rmtree(folder / _PARTS)


def address(folder: Path) -> str:
    """The address of the database."""
    return f"duckdb:///{folder / DATABASE}"
