"""Folders of tables, written from the shipped people."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from stepdown.knowledge.library import load
from stepdown.record.read import read
from stepdown.record.record import Record, join_records
from stepdown.record.tables import TABLES
from tests.people import FOLDER, examples

ON = date(2026, 3, 1)
"""One day for everybody."""


@cache
def everybody() -> Record:
    """The shipped people in one record, each under the name of its example."""
    records = []
    for name in examples():
        record = read(FOLDER / name / "chart.yaml", load())
        tables = {key: frame.with_columns(person_id=pl.lit(name)) for key, frame in record.tables.items()}
        records.append(Record(tables, record.problems, record.unread, record.notes))
    return join_records(records)


def write(record: Record, to: Path, form: str = "parquet", order: int | None = None) -> Path:
    """Write a record as a folder of tables; `order` shuffles the rows."""
    to.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        frame = record[name]
        if frame.is_empty() and name != "person":
            continue
        if order is not None:
            frame = frame.sample(fraction=1.0, shuffle=True, seed=order)
        if form == "parquet":
            frame.write_parquet(to / f"{name}.parquet")
        else:
            if "values" in frame.columns:
                frame = frame.with_columns(pl.col("values").list.join("|"))
            frame.write_csv(to / f"{name}.csv")
    return to


def copies(record: Record, times: int) -> Record:
    """Everybody `times` over under different ids."""
    numbers = pl.DataFrame({"_copy": [f"-{number:05d}" for number in range(times)]})
    return Record(
        {
            name: frame.join(numbers, how="cross")
            .with_columns(pl.col("person_id") + pl.col("_copy"))
            .select(list(TABLES[name]))
            for name, frame in record.tables.items()
        }
    )


def cells(frame: pl.DataFrame) -> list[tuple[Any, ...]]:
    """Every cell of a table by person."""
    return frame.sort("person_id").rows()
