"""A folder of tables: cut into buckets once, so that each bucket is then read alone and memory stays bounded."""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl

from stepdown.cohort import manifest
from stepdown.cohort.faults import told
from stepdown.cohort.inputs.cuts import CHUNK, Cutter, read_cut
from stepdown.knowledge.library import Library
from stepdown.record.folder import Claim, File, Folder, rows
from stepdown.record.folder_cells import PROBLEMS, understand
from stepdown.record.folder_life import Lives
from stepdown.record.folder_table import EMPTY, FIRST_DAY
from stepdown.record.record import Record, check_tables
from stepdown.record.tables import TABLES, empty

THREADS = 2
"""Chunks that are cut at once, beside the one that is read; each is held in memory."""
READ = "read.problems.parquet"
"""Problems that belong to no bucket: lines that are none, rows of nobody."""
_SHOWN = 60


@dataclass(frozen=True)
class Tables:
    """A folder of tables as the input of a screen."""

    folder: Folder
    kind = "tables"

    @property
    def where(self) -> str:
        """The folder."""
        return str(self.folder.path)

    def only(self, tables: Collection[str]) -> Tables:
        """The same folder without the tables that nothing rests on."""
        files = {name: files for name, files in self.folder.files.items() if name in tables}
        return Tables(replace(self.folder, files=files))

    def digest(self) -> str:
        """SHA-256 over its files."""
        return manifest.digest_of_files(self.folder.everything(), self.folder.path)

    def stamp(self) -> str:
        """Sizes and times of its files."""
        return manifest.stamp_of_files(self.folder.everything())

    def people(self) -> pl.Series:
        """The ids of the table `person`."""
        return people_of(self.folder)

    def cut(self, people: pl.Series, buckets: int, to: Path, tell: Callable[[str], None]) -> None:
        """Write every table once more, cut into buckets."""
        cut(self.folder, people, buckets, to, tell)

    def said(self) -> dict[str, Any]:
        """What the folder declares of everybody."""
        return {"claims": [claim.as_json() for claim in self.folder.claims]}

    def places(self) -> pl.DataFrame:
        """The files of each table."""
        names = [
            (table, number, file.path.relative_to(self.folder.path).as_posix())
            for table, files in self.folder.files.items()
            for number, file in enumerate(files)
        ]
        return pl.DataFrame(
            names, schema={"table": pl.String(), "_file": pl.Int32(), "file": pl.String()}, orient="row"
        )


def people_of(folder: Folder) -> pl.Series:
    """The ids of everybody in a folder, each once, sorted."""
    ids = []
    for number, file in enumerate(folder.files["person"]):
        with told(file.path):
            lines = rows(file, number).filter(pl.col("_broken").is_null()).select(_person()).collect(engine="streaming")
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
    cutter, problems = Cutter(to, people, buckets), [pl.DataFrame(schema=PROBLEMS)]

    def add(number: int, table: str, chunk: pl.DataFrame) -> pl.DataFrame:
        nobodys = cutter.add(number, table, chunk.drop("_broken"))
        return _listed(chunk.filter(nobodys), table)

    waiting: deque[Future[pl.DataFrame]] = deque()
    with ThreadPoolExecutor(THREADS) as pool:
        for number, (table, chunk) in enumerate(_chunks(folder, tell)):
            waiting.append(pool.submit(add, number, table, chunk))
            if len(waiting) > THREADS:
                problems.append(waiting.popleft().result())
        problems += [one.result() for one in waiting]
    cutter.close()
    pl.concat(problems).write_parquet(to / READ)


def _chunks(folder: Folder, tell: Callable[[str], None]) -> Iterator[tuple[str, pl.DataFrame]]:
    """The rows of every table, many at a time, with its name; `tell` is told each name."""
    for table, files in folder.files.items():
        tell(table)
        for _, alike in groupby(enumerate(files), key=lambda one: list(one[1].schema.items())):
            for chunk in _chunks_of(list(alike)):
                yield table, chunk


def _chunks_of(files: Sequence[tuple[int, File]]) -> Iterator[pl.DataFrame]:
    """The rows of numbered files with the same columns, read as one."""
    whole = pl.concat([rows(file, number) for number, file in files])
    narrow = pl.col("_file", "_row").cast(pl.UInt32)
    try:
        yield from whole.with_columns(_person(), narrow).collect_batches(chunk_size=CHUNK, maintain_order=True)
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
        for number, file in files:  # which of them it was, is not said
            with told(file.path):
                rows(file, number).select(pl.all().count()).collect(engine="streaming")
        raise


def _person() -> pl.Expr:
    """The id of a person as text; one without any sign is none."""
    said = pl.col("person_id").cast(pl.String).str.strip_chars()
    return pl.when(~said.is_in(EMPTY)).then(said).alias("person_id")


def strange(source: pl.LazyFrame, place: pl.LazyFrame, table: str) -> pl.DataFrame:
    """Rows that belong to nobody: lines that are none, rows without an id, and ids that the table person lacks."""
    narrow = source.select("person_id", "_file", "_row", "_broken").join(place, on="person_id", how="anti")
    return _listed(narrow.collect(engine="streaming"), table)


def _listed(nobodys: pl.DataFrame, table: str) -> pl.DataFrame:
    """Rows of nobody as problems."""
    key = (
        pl.when(pl.col("_broken").is_not_null()).then("_broken")
        .when(pl.col("person_id").is_null()).then(pl.lit("cell-missing"))
        .otherwise(pl.lit("person-unknown"))
    )  # fmt: skip
    return nobodys.select(
        pl.when(pl.col("_broken").is_null()).then("person_id").str.slice(0, _SHOWN).alias("person_id"),
        pl.lit(table).alias("table"), "_file", "_row", pl.lit(None, dtype=pl.String).alias("source"),
        key.alias("key"), pl.lit("person_id").alias("column"),
        pl.lit(None, dtype=pl.String).alias("said"),
    ).cast(pl.Schema(PROBLEMS))  # fmt: skip


def read_bucket(said: dict[str, Any], cut_to: Path, bucket: int, library: Library) -> tuple[Record, pl.DataFrame]:
    """The record of the people of one bucket, and the problems of its rows."""
    return understood(read_cut(cut_to, bucket), Claim.from_json(said["claims"]), library)


def understood(
    raw: Mapping[str, Sequence[pl.DataFrame]], claims: Sequence[Claim], library: Library
) -> tuple[Record, pl.DataFrame]:
    """The record of some people, and the problems of its rows.

    Args:
        raw: for each table its rows as they stand in files, with `_file` and `_row`.
        claims: what is declared of everybody.
        library: words, tests and units.
    """
    tables: dict[str, pl.DataFrame] = {}
    problems = []
    lives: Lives | None = None
    for table in TABLES:
        read = [understand(rows, table, library, lives) for rows in raw.get(table, ())]
        if read:
            tables[table] = pl.concat([frame for frame, _ in read])
            problems += [found for _, found in read]
        if table == "person" and read:
            lives = Lives.of(tables[table])
    return _record(tables, claims), pl.concat(problems) if problems else pl.DataFrame(schema=PROBLEMS)


def _record(tables: dict[str, pl.DataFrame], claims: Sequence[Claim]) -> Record:
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
