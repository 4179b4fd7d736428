"""The same screen on Spark and on one machine, for tests."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from stepdown.cohort.answer import Options
from stepdown.cohort.engine import Plan, screen_all
from stepdown.cohort.found import Found
from stepdown.cohort.inputs import opened
from stepdown.cohort.inputs.tables import Tables
from stepdown.cohort.spark import SparkPlan, screen_on_spark
from stepdown.cohort.summary import Summary
from stepdown.knowledge.library import Library


@dataclass
class Kept:
    """Keeps the problems as the local engine lists them."""

    problems: list[pl.DataFrame] = field(default_factory=list)

    def check(self, people: int) -> None:
        """Any number will do."""

    def write(self, found: Found) -> None:
        """Keep them."""
        self.problems.append(found.problems.collect())


@dataclass(frozen=True)
class Screened:
    """What an engine gave: rows by id, problems in a fixed order, the summary."""

    rows: pl.DataFrame
    problems: pl.DataFrame
    summary: Summary


def here(folder: Path, options: Options, library: Library, to: Path, buckets: int = 3) -> Screened:
    """Screen on this machine."""
    kept = Kept()
    out = to / "here.parquet"
    source = opened(folder, library)
    assert isinstance(source, Tables)
    source = source.only(options.tables(library))
    summary = screen_all(Plan(source, options, library, out, buckets, 1, (kept,)))
    return Screened(pl.read_parquet(out).sort("person_id"), _sorted(kept.problems[0]), replace(summary, listed=None))


def on_spark(name: str, options: Options, library: Library, to: Path, buckets: int = 3) -> Screened:
    """Screen on the Spark that runs."""
    out = to / f"spark-{buckets}.parquet"
    summary = screen_on_spark(SparkPlan(name, options, library, str(out), buckets))
    rows = pl.read_parquet(sorted(out.glob("*.parquet"))).sort("person_id")
    problems = pl.DataFrame(schema=rows.clear().select(pl.lit("").alias("person_id")).schema)
    if summary.listed is not None:
        problems = _sorted(pl.read_parquet(sorted(summary.listed.glob("*.parquet"))))
    return Screened(rows, problems, replace(summary, listed=None))


def _sorted(problems: pl.DataFrame) -> pl.DataFrame:
    return problems.sort(problems.columns, nulls_last=True)


def differ(one: Screened, other: Screened) -> list[str]:
    """What is not the same, cell by cell; empty where all is."""
    found = []
    if one.rows.schema != other.rows.schema:
        found.append("columns")
    elif not one.rows.equals(other.rows):
        found += [name for name in one.rows.columns if not one.rows[name].equals(other.rows[name])]
    if one.problems.height != other.problems.height or (
        one.problems.height and not one.problems.equals(other.problems)
    ):
        found.append("problems")
    if one.summary != other.summary:
        found.append("summary")
    return found
