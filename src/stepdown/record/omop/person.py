"""One person of a CDM, as a record."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl

from stepdown.errors import InputError, Problem
from stepdown.knowledge.library import Library
from stepdown.record.folder import open_folder, rows
from stepdown.record.folder_cells import understand
from stepdown.record.folder_life import Lives
from stepdown.record.omop.extract import extract
from stepdown.record.record import Record, check_tables
from stepdown.record.tables import TABLES


def read_person(address: str, library: Library, person: str | None) -> Record:
    """Read the record of one person.

    Args:
        address: of the database.
        library: codes and names.
        person: `person_id`, else `person_source_value`.

    Raises:
        InputError: nobody was named, or the database cannot be read.
    """
    if person is None:
        raise InputError("a database holds many people", "--person", "name one by person_id or person_source_value")
    tables: dict[str, pl.DataFrame] = {}
    problems: list[Problem] = []
    lives: Lives | None = None
    with tempfile.TemporaryDirectory(prefix="stepdown-") as place:
        extract(address, library, Path(place), person)
        folder = open_folder(Path(place), library)
        for table in TABLES:
            if table not in folder.files:
                continue
            raw = pl.concat([rows(file, number) for number, file in enumerate(folder.files[table])])
            whole = raw.drop("_broken").with_columns(pl.col("_file", "_row").cast(pl.UInt32)).collect()
            tables[table], found = understand(whole, table, library, lives)
            problems += _problems(found, whole)
            lives = Lives.of(tables[table]) if table == "person" else lives
    return Record(check_tables(tables), tuple(problems))


def with_source(problems: pl.DataFrame, raw: pl.DataFrame) -> pl.DataFrame:
    """Problems of rows that stand in a database: `source` says where, in place of file and row.

    Args:
        problems: columns of `PROBLEMS`, all of one table.
        raw: its rows, with `_file`, `_row` and `source`.
    """
    schema = problems.schema
    place = raw.select("source", pl.col("_file").cast(schema["_file"]), pl.col("_row").cast(schema["_row"]))
    told = problems.drop("source").join(place, on=["_file", "_row"], how="left", maintain_order="left")
    empty = [pl.lit(None, dtype=schema[name]).alias(name) for name in ("_file", "_row")]
    return told.with_columns(empty).select(list(schema))


def _problems(found: pl.DataFrame, raw: pl.DataFrame) -> list[Problem]:
    if not found.height:
        return []
    told = with_source(found, raw).fill_null("").iter_rows(named=True)
    return [
        Problem(one["source"], "cell-not-understood", {name: one[name] for name in ("table", "column", "said")},
                one["person_id"])
        for one in told
    ]  # fmt: skip
