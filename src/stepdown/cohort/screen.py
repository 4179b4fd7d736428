"""The same for everyone, in Python: a record, a folder of tables or one file in, a Polars frame out."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl

from stepdown.cohort.answer import Options, answer
from stepdown.cohort.engine import Plan, screen_all
from stepdown.cohort.inputs import opened
from stepdown.cohort.inputs.tables import Tables
from stepdown.knowledge.library import Library, load
from stepdown.record.fhir.export import is_export
from stepdown.record.omop import is_address
from stepdown.record.read import read
from stepdown.record.record import Record

DRAWS = 128
"""Draws behind the risks of many people where nothing else is asked; `assess` takes more for one."""


def screen(
    record: Record | Path | str,
    on: date | None = None,
    *,
    risks: bool = False,
    draws: int = DRAWS,
    seed: int = 0,
    guidelines: Sequence[str] = (),
    in_force: date | None = None,
    conclusions: bool = False,
    library: Library | None = None,
    buckets: int | None = None,
    workers: int | None = None,
) -> pl.DataFrame:
    """Answer for many what `assess` answers for one.

    Args:
        record: a record of any number of people, a folder of tables, the address of a database with an
            OMOP CDM, or the file of one person.
        on: the index date; today when it is None.
        risks: whether risks are computed and the options compared.
        draws: number of draws behind the risks.
        seed: of the draws.
        guidelines: ids to hold them against; empty for all in force.
        in_force: the day whose guidelines are asked; the newest when it is None.
        conclusions: whether nothing but what guidelines conclude is asked, and what that rests on; quicker.
        library: the documents; the shipped ones when it is None.
        buckets: into how many buckets people are cut.
        workers: number of processes; one for each core when it is None.

    Returns:
        One row a person, sorted by id, with the columns of `stepdown.cohort.rows.rows`.

    Raises:
        InputError: input that cannot be read, or a guideline that does not exist.
    """
    known = library or load()
    options = Options(on or date.today(), tuple(guidelines), in_force, draws if risks else None, seed, conclusions)
    options.check(known)
    if not isinstance(record, Record) and not is_address(record) and not _is_many(Path(record)):
        record = read(Path(record), known)
    if isinstance(record, Record):
        return answer(record, options, known).rows
    with tempfile.TemporaryDirectory(prefix="stepdown-") as place:
        out = Path(place) / "screen.parquet"
        source = opened(record, known)
        if isinstance(source, Tables):
            source = source.only(options.tables(known))
        screen_all(Plan(source, options, known, out, buckets, workers))
        return pl.read_parquet(out).sort("person_id")


def _is_many(path: Path) -> bool:
    """Whether a path may hold many people: a folder, or a file of FHIR."""
    return path.is_dir() or (path.is_file() and is_export(path))
