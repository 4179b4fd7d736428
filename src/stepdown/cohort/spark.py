"""Screens everybody on Spark, by the very same code as on one machine, for those who outgrow it.

Buckets are grouped and answered whole by executors, so a person is never parted; only what was counted, a row a bucket,
comes to the machine that asks.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import polars as pl

from stepdown.cohort import manifest
from stepdown.cohort.answer import Options, answer
from stepdown.cohort.bucket import buckets_for
from stepdown.cohort.engine import Progress
from stepdown.cohort.spark_bucket import COUNT, PERSON, PLACED, PROBLEM, Task, answer_group, packed, wire
from stepdown.cohort.spark_frames import FORM, Found, exists, opened, people, tagged, write
from stepdown.cohort.spark_session import session
from stepdown.cohort.summary import Summary, first_of_all, together, told
from stepdown.errors import InputError
from stepdown.knowledge.library import Library
from stepdown.record.folder_cells import PROBLEMS
from stepdown.record.record import Record, check_tables

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

PEOPLE_PER_FILE = 200_000
"""About so many people stand in one file of the result."""
_SQL = {
    pl.String(): "string", pl.Int64(): "bigint", pl.Float64(): "double", pl.Boolean(): "boolean", pl.Date(): "date",
}  # fmt: skip


@dataclass(frozen=True)
class SparkPlan:
    """One screen on Spark.

    Attributes:
        name: a folder of Parquet tables wherever Spark reaches it, or a schema of its catalogue.
        options: what is asked.
        library: the documents.
        out: the folder to be made, ending in `.parquet`; nothing but the summary when it is None.
        buckets: into how many buckets people are cut.
        master, conf: where Spark runs, and its settings; see `session`.
    """

    name: str
    options: Options
    library: Library
    out: str | None = None
    buckets: int | None = None
    master: str | None = None
    conf: tuple[str, ...] = ()


def screen_on_spark(plan: SparkPlan, progress: Progress = lambda what, done, of: None) -> Summary:
    """Screen everybody.

    Args:
        plan: what is asked, of whom, and where it is written.
        progress: is told how far it is.

    Returns:
        What is told of everybody together.

    Raises:
        InputError: Spark does not run here, input that cannot be read, or a result that is there already.
    """
    if plan.out is not None and not plan.out.endswith(FORM):
        raise InputError("Spark writes a folder of Parquet files", f"--out {plan.out}", f"end it in {FORM}")
    progress("starting Spark", 0, 0)
    with session(plan.master, plan.conf) as spark:
        for name in _results(plan.out):
            if exists(spark, name):
                raise InputError("is there already", name, "delete it, or write to another --out")
        return _run(spark, plan, progress)


def _results(out: str | None) -> tuple[str, ...]:
    return () if out is None else (out, f"{out.removesuffix(FORM)}.problems{FORM}")


def _run(spark: SparkSession, plan: SparkPlan, progress: Progress) -> Summary:
    progress("reading", 0, 0)
    found = opened(spark, plan.name, plan.library).only(plan.options.tables(plan.library))
    number = people(found).count()
    if not number:
        raise InputError("holds no person", plan.name, "give everybody an id in the table person")
    buckets = plan.buckets or buckets_for(number, spark.sparkContext.defaultParallelism)
    frame, parts = tagged(spark, found, buckets)
    columns = dict(answer(Record(check_tables({})), plan.options, plan.library).rows.schema)
    task = Task(
        parts, tuple(claim.as_json() for claim in found.claims), found.places, plan.options.as_json(),
        packed(plan.library), plan.library.digest, manifest.digest_of_code(), columns,
    )  # fmt: skip

    def group(table: pa.Table) -> pa.Table:
        return answer_group(task, table)

    names = wire(columns)
    schema = ", ".join(f"{name} {_SQL[dtype]}" for name, dtype in names.items())
    whole = frame.repartition(buckets, "bucket").groupBy("bucket").applyInArrow(group, schema)
    if plan.out is None:
        with _watched(spark, buckets, number, progress):
            return _summary(whole, found, plan)
    from pyspark import StorageLevel

    whole = whole.persist(StorageLevel.DISK_ONLY)
    try:
        with _watched(spark, buckets, number, progress):
            summary = _summary(whole, found, plan)
        progress("writing", number, number)
        _write(whole, list(columns), number, bool(summary.problems), plan.out)
    finally:
        whole.unpersist()
    write(spark, f"{plan.out}.manifest.json", _manifest(spark, plan, found, buckets))
    return summary


def _summary(whole: DataFrame, found: Found, plan: SparkPlan) -> Summary:
    said = whole.where(f"what = '{COUNT}'").select("said").collect()
    counts = [orjson.loads(row["said"]) for row in said]
    cells = pl.Struct({name: dtype for name, dtype in PROBLEMS.items() if name != "key"})
    parts = pl.DataFrame(
        [problem for one in counts for problem in one["problems"]],
        schema={"key": pl.String(), "count": pl.Int64(), "some": pl.List(cells)},
    )
    places = pl.DataFrame(list(found.places), schema=["table", "_file", "file"], orient="row")
    problems = told(first_of_all(parts), places)
    listed = Path(_results(plan.out)[1]) if plan.out is not None and problems else None
    return together(counts, problems, plan.options, listed)


def _write(whole: DataFrame, columns: list[str], number: int, has_problems: bool, out: str) -> None:
    """Write one row a person, and the problems beside it."""
    rows, beside = _results(out)
    files = max(1, -(-number // PEOPLE_PER_FILE))
    people = whole.where(f"what = '{PERSON}'").select([f"c{at}" for at in range(len(columns))]).toDF(*columns)
    if has_problems:
        listed = whole.where(f"what = '{PROBLEM}'").select([f"p{at}" for at in range(len(PLACED))]).toDF(*PLACED)
        listed.coalesce(files).write.option("compression", "zstd").parquet(beside)
    people.coalesce(files).write.option("compression", "zstd").parquet(rows)


def _manifest(spark: SparkSession, plan: SparkPlan, found: Found, buckets: int) -> bytes:
    """What the answer rests on: as on one machine, but files by name, length and age, since none is read for it."""
    listing = hashlib.sha256("\n".join(found.listing).encode()).hexdigest()
    job = {
        "input": {"name": plan.name, "listing": f"sha256:{listing}", "of": list(found.listing)},
        "library": plan.library.digest,
        "code": manifest.digest_of_code(),
        "arguments": {"options": plan.options.as_json(), "buckets": buckets, "spark": spark.version},
        "overlays": [overlay.path for overlay in plan.library.overlays],
    }
    return orjson.dumps(job, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)


@contextmanager
def _watched(spark: SparkSession, buckets: int, number: int, progress: Progress) -> Iterator[None]:
    """Tell how far the stage that answers is, as long as the block runs."""
    over = threading.Event()
    tracker = spark.sparkContext.statusTracker()

    def watch() -> None:
        while not over.wait(0.5):
            for stage in tracker.getActiveStageIds():
                about = tracker.getStageInfo(stage)
                if about is not None and about.numTasks == buckets:
                    progress("screening", number * about.numCompletedTasks // buckets, number)

    progress("screening", 0, number)
    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
