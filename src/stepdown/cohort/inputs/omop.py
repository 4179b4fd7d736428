"""A CDM in a database as the input of a screen: put into a folder of tables for a while, and then read as that."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from stepdown.cohort.inputs import tables
from stepdown.cohort.inputs.cuts import read_cut
from stepdown.knowledge.library import Library
from stepdown.record.folder import Claim, open_folder
from stepdown.record.folder_cells import PROBLEMS
from stepdown.record.omop.extract import Extracted, check, extract
from stepdown.record.omop.person import with_source
from stepdown.record.record import Record

_TABLE = "omop"
"""What problems of the whole CDM name in place of a table."""


class Omop:
    """The people with multiple sclerosis of a CDM.

    Args:
        address: of the database.
        library: codes and names.

    Raises:
        InputError: a database that cannot be reached, or no CDM.
    """

    kind = "omop"

    def __init__(self, address: str, library: Library) -> None:
        self.where = check(address)
        self._address, self._library = address, library

    @cached_property
    def _place(self) -> tempfile.TemporaryDirectory[str]:
        return tempfile.TemporaryDirectory(prefix="stepdown-")

    @cached_property
    def _read(self) -> tuple[tables.Tables, Extracted]:
        to = Path(self._place.name)
        told = extract(self._address, self._library, to)
        return tables.Tables(open_folder(to, self._library)), told

    def digest(self) -> str:
        """SHA-256 over what was read."""
        return self._read[0].digest()

    def stamp(self) -> str:
        """Sizes and times of what was read; the database may go on, for it is not read again."""
        return self._read[0].stamp()

    def people(self) -> pl.Series:
        """The ids of everybody who is read."""
        return self._read[0].people()

    def cut(self, people: pl.Series, buckets: int, to: Path, tell: Callable[[str], None]) -> None:
        """Write every table cut into buckets, and what is told of the CDM as a whole."""
        self._read[0].cut(people, buckets, to, tell)
        listed = [pl.read_parquet(to / tables.READ), _told(self._read[1])]
        pl.concat(listed).write_parquet(to / tables.READ)

    def said(self) -> dict[str, Any]:
        """Nothing: a CDM declares nothing of everybody."""
        return {}

    def places(self) -> pl.DataFrame:
        """None: problems name a table of the CDM and its key."""
        return pl.DataFrame(schema={"table": pl.String(), "_file": pl.Int32(), "file": pl.String()})


def _told(told: Extracted) -> pl.DataFrame:
    """What is told once: people who were left out, and rows that were passed over."""
    rows: list[tuple[str, str, str]] = []
    if told.left_out:
        rows.append(("person", "omop-left-out", f"{told.left_out:,}"))
    if told.passed_over:
        rows.append(("condition_occurrence", "omop-passed-over", f"{told.passed_over:,}"))
    rows += [("drug_exposure", "drug-not-recognised", words) for words, _ in told.not_known]
    frame = pl.DataFrame(rows, {"source": pl.String(), "key": pl.String(), "said": pl.String()}, orient="row")
    missing = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in PROBLEMS.items() if name not in frame.columns]
    return frame.with_columns(missing).with_columns(table=pl.lit(_TABLE)).select(
        pl.col(name).cast(dtype) for name, dtype in PROBLEMS.items()
    )  # fmt: skip


def read_bucket(said: dict[str, Any], cut_to: Path, bucket: int, library: Library) -> tuple[Record, pl.DataFrame]:
    """The record of the people of one bucket, and its problems with the row of the CDM that each stands in."""
    raw = read_cut(cut_to, bucket)
    claims: tuple[Claim, ...] = ()
    record, problems = tables.understood(raw, claims, library)
    listed = [
        with_source(found, pl.concat([part.select("_file", "_row", "source") for part in raw[table]]))
        for (table,), found in problems.group_by("table", maintain_order=True)
    ]
    return record, pl.concat(listed) if listed else problems
