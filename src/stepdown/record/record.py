"""One `Record`: what happened to one person or to many, as tables of dated events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from stepdown.errors import InputError, Problem
from stepdown.record.tables import TABLES, empty


@dataclass(frozen=True)
class Record:
    """Tables of dated events for N people, and what was not understood while reading them.

    Attributes:
        tables: one Polars frame for each name in `TABLES`, columns and types as there.
        problems: what could not be understood or believed, with its place.
        unread: number of elements that no reader looked at, by path (`Observation.note`).
        notes: what a reader derived by rule (spans from visits, drugs recognised by name).
    """

    tables: dict[str, pl.DataFrame]
    problems: tuple[Problem, ...] = ()
    unread: dict[str, int] = field(default_factory=dict)
    notes: tuple[Problem, ...] = ()

    @property
    def people(self) -> list[str]:
        """Ids of the people in the record, sorted."""
        return sorted(self.tables["person"]["person_id"].to_list())

    def only(self, person: str) -> Record:
        """The same record with the events of one person."""
        mine = {name: table.filter(pl.col("person_id") == person) for name, table in self.tables.items()}
        return replace(self, tables=mine)

    def __getitem__(self, table: str) -> pl.DataFrame:
        return self.tables[table]


def check_tables(tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Give every table of the record, with its columns and types checked; a missing table is empty.

    Raises:
        InputError: a table or column that the record does not have, or a column of another type.
    """
    for name in tables:
        if name not in TABLES:
            raise InputError(f"no table is called {name!r}", mend=f"tables are {', '.join(TABLES)}")
    checked: dict[str, pl.DataFrame] = {}
    for name, schema in TABLES.items():
        frame = tables.get(name, empty(name))
        extra = [column for column in frame.columns if column not in schema]
        if extra:
            raise InputError(f"table {name} has no column {extra[0]!r}", mend=f"columns are {', '.join(schema)}")
        missing = [
            pl.lit(None, dtype=dtype).alias(column) for column, dtype in schema.items() if column not in frame.columns
        ]
        frame = frame.with_columns(missing).select(list(schema))
        for column, dtype in schema.items():
            if frame.schema[column] != dtype:
                raise InputError(
                    f"column {column} of table {name} is {frame.schema[column]}, not {dtype}",
                    mend="cast it before building the record",
                )
        for column in ("value", "edss", "low", "high", "score"):
            if column in schema and schema[column] == pl.Float64 and frame[column].is_nan().any():
                raise InputError(f"column {column} of table {name} holds NaN", mend="leave the cell empty instead")
        checked[name] = frame
    return checked


class RecordBuilder:
    """Collects rows while a reader works through its input, then makes the `Record`."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
        self.problems: list[Problem] = []
        self.notes: list[Problem] = []
        self.unread: dict[str, int] = {}

    def add(self, table: str, **row: Any) -> None:
        """Add one event; columns that are not given are null."""
        self.rows[table].append(row)

    def problem(self, source: str, key: str, person_id: str = "", **args: Any) -> None:
        """List something that was not understood or not believed."""
        self.problems.append(Problem(source, key, args, person_id))

    def note(self, source: str, key: str, person_id: str = "", **args: Any) -> None:
        """List something that a rule derived, so that the report can say so."""
        self.notes.append(Problem(source, key, args, person_id))

    def count_unread(self, path: str, times: int = 1) -> None:
        """Count an element that the reader did not look at."""
        self.unread[path] = self.unread.get(path, 0) + times

    def build(self) -> Record:
        """Make the record; every table with its full schema."""
        frames = {
            name: pl.DataFrame(
                {column: [row.get(column) for row in rows] for column in TABLES[name]}, schema=TABLES[name]
            )
            for name, rows in self.rows.items()
        }
        return Record(frames, tuple(self.problems), dict(sorted(self.unread.items())), tuple(self.notes))


def join_records(records: Iterable[Record]) -> Record:
    """Put the records of several people into one."""
    parts = list(records)
    tables = {name: pl.concat([part.tables[name] for part in parts]) for name in TABLES} if parts else {}
    unread: dict[str, int] = {}
    for part in parts:
        for path, times in part.unread.items():
            unread[path] = unread.get(path, 0) + times
    return Record(
        check_tables(tables),
        tuple(problem for part in parts for problem in part.problems),
        unread,
        tuple(note for part in parts for note in part.notes),
    )
