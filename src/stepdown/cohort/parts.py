"""Cuts the tables of a folder into buckets once, so that each bucket is then read alone and memory stays bounded."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from stepdown.cohort.bucket import bucket_of
from stepdown.errors import InputError
from stepdown.knowledge.library import Library
from stepdown.record.folder import Claim, File, Folder, rows, unreadable
from stepdown.record.folder_cells import PROBLEMS, understand
from stepdown.record.folder_table import EMPTY, FIRST_DAY
from stepdown.record.record import Record, check_tables
from stepdown.record.tables import TABLES, empty

READ = "read.problems.parquet"
"""Problems that belong to no bucket: lines that are none, rows of nobody."""
_SHOWN = 60
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says where no more can be written."""


def people_of(folder: Folder) -> pl.Series:
    """The ids of everybody in a folder, each once, sorted."""
    ids = []
    for number, file in enumerate(folder.files["person"]):
        with reading(file):
            lines = rows(file, number).filter(~pl.col("_broken")).select(_person()).collect(engine="streaming")
        ids.append(lines["person_id"])
    return pl.concat(ids).drop_nulls().unique().sort()


def cut(folder: Folder, people: pl.Series, buckets: int, to: Path, tell: Callable[[str], None]) -> None:
    """Write every table once more, cut into buckets.

    Args:
        folder: the tables.
        people: everybody.
        buckets: how many.
        to: where; whatever stands there is replaced.
        tell: is told the name of each table.

    Raises:
        InputError: a file that is damaged; nothing has been evaluated by then.
    """
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)
    place = pl.DataFrame({"person_id": people, "_bucket": bucket_of(people, buckets)}).lazy()
    problems = []
    for table, files in folder.files.items():
        tell(table)
        for number, file in enumerate(files):
            with reading(file):
                source = rows(file, number).with_columns(_person())
                whole = source.filter(~pl.col("_broken") & pl.col("person_id").is_not_null()).drop("_broken")
                part = to / table / f"{number:04d}"
                whole.join(place, on="person_id", how="inner").sink_parquet(
                    pl.PartitionBy(part, key="_bucket", include_key=False), compression="lz4", mkdir=True,
                    statistics=False, engine="streaming", maintain_order=False,
                )  # fmt: skip
                problems.append(_strange(source, place, table))
    pl.concat(problems).write_parquet(to / READ)


def _person() -> pl.Expr:
    """The id of a person as text; one without any sign is none."""
    said = pl.col("person_id").cast(pl.String).str.strip_chars()
    return pl.when(~said.is_in(EMPTY)).then(said).alias("person_id")


def _strange(source: pl.LazyFrame, place: pl.LazyFrame, table: str) -> pl.DataFrame:
    """Rows that belong to nobody: lines that are none, rows without an id, and ids that the table person lacks."""
    key = (
        pl.when("_broken").then(pl.lit("row-unreadable"))
        .when(pl.col("person_id").is_null()).then(pl.lit("cell-missing"))
        .otherwise(pl.lit("person-unknown"))
    )  # fmt: skip
    narrow = source.select("person_id", "_file", "_row", "_broken").join(place, on="person_id", how="anti")
    said = narrow.select(
        pl.when(~pl.col("_broken")).then("person_id").str.slice(0, _SHOWN).alias("person_id"),
        pl.lit(table).alias("table"), "_file", "_row", key.alias("key"), pl.lit("person_id").alias("column"),
        pl.lit(None, dtype=pl.String).alias("said"),
    )  # fmt: skip
    return said.collect(engine="streaming").cast(pl.Schema(PROBLEMS))


@contextmanager
def reading(file: File) -> Iterator[None]:
    """Tell a damaged file, or a full disk, on one line."""
    with _told(file.path):
        yield


@contextmanager
def reading_bucket(work: Path) -> Iterator[None]:
    """Tell a full disk or a damaged part on one line."""
    with _told(work):
        yield


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(
            (error.strerror or str(error) or "failed").strip().split("\n")[0],
            str(path),
            "make room or mend it, and run it again",
        ) from None
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        if any(f"os error {number}" in str(error) for number in _FULL):
            raise InputError("no room is left to write", mend="make room, and run it again to carry on") from None
        raise unreadable(path, error) from None


def record_of(cut_to: Path, bucket: int, claims: tuple[Claim, ...], library: Library) -> tuple[Record, pl.DataFrame]:
    """The record of the people of one bucket, and the problems of its rows."""
    tables: dict[str, pl.DataFrame] = {}
    problems = []
    for table in TABLES:
        parts = sorted(cut_to.glob(f"{table}/*/_bucket={bucket}/*.parquet"))
        if parts:
            read = [understand(pl.read_parquet(part, hive_partitioning=False), table, library) for part in parts]
            tables[table] = pl.concat([frame for frame, _ in read])
            problems += [found for _, found in read]
    return _record(tables, claims), pl.concat(problems) if problems else pl.DataFrame(schema=PROBLEMS)


def _record(tables: dict[str, pl.DataFrame], claims: tuple[Claim, ...]) -> Record:
    person = tables.get("person", empty("person"))
    spans = [tables.get("observed", empty("observed")), *(_span(person, claim) for claim in claims)]
    return Record(check_tables(tables | {"observed": pl.concat(spans)}))


def _span(person: pl.DataFrame, claim: Claim) -> pl.DataFrame:
    """The declared span of everybody; a life of which the birth is not known began before anybody was observed."""
    lives = pl.col("birth").fill_null(FIRST_DAY)
    start = lives if claim.start is None else pl.lit(claim.start)
    end = pl.lit(claim.end, dtype=pl.Date)
    filled = person.select(
        "person_id", on=start, on_latest=start, status=pl.lit("final"), domain=pl.lit(claim.domain),
        from_=start, from_latest=start, to=end, to_latest=end,
    ).rename({"from_": "from"})  # fmt: skip
    schema = TABLES["observed"]
    missing = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in schema.items() if name not in filled.columns]
    return filled.with_columns(missing).select(list(schema))
