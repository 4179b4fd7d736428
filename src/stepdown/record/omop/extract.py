"""From a CDM to a folder of tables: people chosen, codes recognised, rows fetched in bounded memory, tables written."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa

from stepdown.errors import InputError
from stepdown.knowledge.library import Library
from stepdown.record.omop import drugs, facts, results, visits
from stepdown.record.omop.database import Kind, Kinds, connect, normal_lazy
from stepdown.record.omop.facts import Raw, all_of
from stepdown.record.omop.meaning import KEY, Vocabulary, meanings
from stepdown.record.omop.people import among, unmapped, with_disease
from stepdown.record.omop.tables import EVENTS, MARK, Cdm
from stepdown.record.omop.words import Words
from stepdown.record.tables import TABLES

_ROWS_A_PART = 1_000_000
_FILTERED = ("measurement", "observation", "procedure_occurrence", "drug_exposure")
"""Tables of which only rows that are known are fetched."""
_SHOWN = 60
_PART = "_part"
_ORDER = ("person_id", "on", "key", "visit_start_date", "visit_occurrence_id", "observation_period_start_date")
_CELLS = (
    "gender_concept_id", "visit_concept_id", "condition_status_concept_id", "drug_type_concept_id",
    "operator_concept_id", "value_as_concept_id", "unit_concept_id",
)  # fmt: skip
"""Columns whose concepts say something of a row."""
Make = Callable[[Raw], pl.DataFrame]
MAKERS: dict[str, Make] = {
    "person": facts.people,
    "observed": lambda raw: all_of([visits.spans(raw), results.stated_spans(raw)]),
    "course": facts.courses,
    "treatment": drugs.treatments,
    "dose": drugs.doses,
    "relapse": facts.relapses,
    "mri": results.scans,
    "disability": results.disability,
    "lab": results.labs,
    "infection": facts.infections,
    "condition": facts.conditions,
    "allergy": results.allergies,
    "lifestyle": results.lifestyle,
    "vaccination": drugs.vaccinations,
    "questionnaire": results.questionnaires,
    "wish": results.wishes,
    "known": results.known,
}
"""How each table of a folder is made; a CDM holds no appointments."""


@dataclass(frozen=True)
class Extracted:
    """What was read.

    Attributes:
        people: how many were read.
        left_out: how many people of the CDM were not.
        passed_over: rows of conditions with a concept that no list knows.
        not_known: drugs without a concept whose words no drug is known by: the words, and how many rows.
    """

    people: int
    left_out: int
    passed_over: int
    not_known: tuple[tuple[str, int], ...]


def extract(address: str, library: Library, to: Path, person: str | None = None) -> Extracted:
    """Write the people of a CDM as a folder of tables.

    Args:
        address: of the database.
        library: codes and names.
        to: a folder that does not exist yet, or is empty.
        person: `person_id`, else `person_source_value`, of the only one to read; everybody with the disease otherwise.

    Raises:
        InputError: a database that cannot be read, one that is no CDM, or nobody to read.
    """
    database = connect(address)
    try:
        cdm = Cdm(database)
        chosen = with_disease(cdm, library) if person is None else _one(cdm, person)
        return _Extraction(cdm, library, chosen, to).run()
    finally:
        database.close()


def check(address: str) -> str:
    """Look whether an address leads to a CDM, before any work.

    Returns:
        How errors name the database.

    Raises:
        InputError: it does not.
    """
    database = connect(address)
    try:
        Cdm(database)
        return database.where
    finally:
        database.close()


def _one(cdm: Cdm, person: str) -> sa.Select[Any]:
    people = cdm["person"]
    kinds: Kinds = {"person_id": "id"}
    keys = [people["person_id"] == int(person)] if person.isdigit() else []
    for test in (*keys, people["person_source_value"] == person):
        asked = sa.select(people["person_id"].label("person_id")).where(test)
        found = cdm.database.fetch(asked, kinds)
        if found.height == 1:
            return asked
        if found.height > 1:
            raise InputError(f"holds several people {person!r}", cdm.database.where, "name one by person_id")
    raise InputError(f"holds no person {person!r}", cdm.database.where, "name a person_id or person_source_value")


class _Extraction:
    def __init__(self, cdm: Cdm, library: Library, chosen: sa.Select[Any], to: Path) -> None:
        self._cdm, self._library, self._chosen, self._to = cdm, library, chosen, to
        self._vocabulary = Vocabulary(cdm)
        self._raw = to / ".raw"
        self._meanings: dict[str, pl.DataFrame] = {}

    def run(self) -> Extracted:
        self._to.mkdir(parents=True, exist_ok=True)
        for table in EVENTS:
            self._meanings[table] = self._recognise(table)
        written = self._written()
        scans = {table: self._saved(table, select, kinds) for table, (select, kinds) in self._asked().items()}
        people = int(scans["person"].select(pl.len()).collect().item())
        total = sum(int(scan.select(pl.len()).collect().item()) for scan in scans.values())
        self._vocabulary.learn(self._in_cells(scans))
        parts = max(1, -(-total // _ROWS_A_PART))
        files = {table: self._parted(table, scan, parts) for table, scan in scans.items()}
        for number in range(parts):
            self._write(
                number, {table: self._rows(found[number], scans[table]) for table, found in files.items()}, written
            )
        shutil.rmtree(self._raw)
        return Extracted(people, self._count(self._cdm["person"]["person_id"]) - people, *self._told())

    def _mine(self, table: str) -> sa.ColumnElement[bool]:
        return self._cdm[table]["person_id"].in_(self._chosen)

    def _recognise(self, table: str) -> pl.DataFrame:
        """Every different coding of the people who are read, with what it means and its number of rows."""
        event = self._cdm[table]
        neither = unmapped(event["concept_id"], event["source_concept_id"])
        keys = [
            sa.func.coalesce(event["concept_id"], 0).label(KEY[0]),
            sa.func.coalesce(event["source_concept_id"], 0).label(KEY[1]),
            sa.case((neither, event["source_value"])).label(KEY[2]),
        ]
        inner = sa.select(*keys).where(self._mine(table)).subquery()
        asked = sa.select(*inner.c, sa.func.count().label("times")).group_by(*inner.c)
        used = self._cdm.database.fetch(asked, _kinds("rows", "int"))
        used = used.group_by(KEY).agg(pl.col("rows").sum()).sort(KEY)
        return meanings(table, used, self._vocabulary, self._library).with_columns(used["rows"])

    def _asked(self) -> dict[str, tuple[sa.Select[Any], Kinds]]:
        """The statements that fetch what is read."""
        found: dict[str, tuple[sa.Select[Any], Kinds]] = {}
        for table in EVENTS:
            event, kinds = self._cdm[table], self._cdm.kinds(table)
            select = sa.select(*event.columns(kinds)).where(self._mine(table))
            if table in _FILTERED:
                select = select.where(self._known(table))
            found[table] = select, kinds
        for table in ("person", "death", "observation_period"):
            if table in self._cdm:
                kinds = self._cdm.kinds(table)
                found[table] = sa.select(*self._cdm[table].columns(kinds)).where(self._mine(table)), kinds
        found["visit_occurrence"] = self._visits()
        return found

    def _known(self, table: str) -> sa.ColumnElement[bool]:
        """Rows that something may be known of; what they mean is joined to them afterwards."""
        event, known = self._cdm[table], self._meanings[table].filter(pl.col("means").is_not_null())
        tests: list[sa.ColumnElement[bool]] = []
        for name in KEY[:2]:
            ids = known.filter(pl.col(name) != 0)[name].unique().sort().to_list()
            tests += [among(event[name], ids)] if ids else []
        words = known["source_value"].drop_nulls().unique().sort().to_list()
        if words:
            neither = unmapped(event["concept_id"], event["source_concept_id"])
            said = sa.func.trim(event["source_value"])
            tests.append(neither & said.in_(words))
        return reduce(or_, tests) if tests else sa.literal_column("1") == sa.literal_column("0")

    def _visits(self) -> tuple[sa.Select[Any], Kinds]:
        visit = self._cdm["visit_occurrence"]
        kinds: dict[str, Kind] = dict(self._cdm.kinds("visit_occurrence"))
        del kinds["provider_id"]
        columns = visit.columns(kinds)
        names = ("specialty_concept_id", "specialty_source_concept_id", "specialty_source_value")
        source: Any = visit.clause
        if "provider" in self._cdm and not isinstance(visit["provider_id"], sa.Null):
            provider = self._cdm["provider"]
            source = source.outerjoin(provider.clause, visit["provider_id"] == provider["provider_id"])
            columns += provider.columns(names)
        else:
            columns += [sa.null().label(f"{MARK}{name}") for name in names]
        kinds |= dict(zip(names, ("int", "int", "text"), strict=True))
        return sa.select(*columns).select_from(source).where(self._mine("visit_occurrence")), kinds

    def _saved(self, table: str, select: sa.Select[Any], kinds: Kinds) -> pl.LazyFrame:
        marked = {f"{MARK}{name}": kind for name, kind in kinds.items()}
        files = self._cdm.database.save(select, marked, self._raw / table)
        read = normal_lazy(pl.scan_parquet(files, hive_partitioning=False), marked)
        return read.rename(lambda name: name.removeprefix(MARK))

    def _parted(self, table: str, scan: pl.LazyFrame, parts: int) -> list[list[Path]]:
        """The rows of a table once more, cut into parts of people; for each part its files."""
        to = self._raw / ".parts" / table
        number = (pl.col("person_id").hash(seed=0) % parts).cast(pl.UInt32).alias(_PART)
        scan.with_columns(number).sink_parquet(
            pl.PartitionBy(to, key=_PART, include_key=False), compression="lz4", mkdir=True, statistics=False
        )
        shutil.rmtree(self._raw / table)
        return [sorted((to / f"{_PART}={part}").glob("*.parquet")) for part in range(parts)]

    @staticmethod
    def _rows(files: list[Path], like: pl.LazyFrame) -> pl.DataFrame:
        """The rows of one part, in an order that does not depend on the database."""
        schema = like.collect_schema()
        rows = pl.read_parquet(files, hive_partitioning=False) if files else pl.DataFrame(schema=schema)
        return rows.sort([name for name in _ORDER if name in schema], nulls_last=True)

    def _in_cells(self, scans: dict[str, pl.LazyFrame]) -> set[int]:
        found: set[int] = set()
        for scan in scans.values():
            names = [name for name in scan.collect_schema().names() if name in _CELLS or name.startswith("specialty_")]
            for name in names:
                if not name.endswith("_value"):
                    found |= set(scan.select(pl.col(name).unique()).collect()[name].drop_nulls().to_list())
        return found

    def _write(self, number: int, tables: dict[str, pl.DataFrame], written: date) -> None:
        """Make the tables of some people."""
        for table in EVENTS:
            rows = tables[table].with_columns(
                pl.col(KEY[0]).fill_null(0),
                pl.col(KEY[1]).fill_null(0),
                given=pl.col("source_value"),
                source=pl.lit(f"{table}/") + pl.col("key"),
            )
            neither = (pl.col(KEY[0]) == 0) & (pl.col(KEY[1]) == 0)
            rows = rows.with_columns(source_value=pl.when(neither).then("source_value"))
            tables[table] = rows.join(self._meanings[table].drop("rows"), on=KEY, how="left", nulls_equal=True)
        tables.setdefault("death", pl.DataFrame(schema={"person_id": pl.String(), "death_date": pl.Date()}))
        tables["visit_occurrence"] = self._with_specialty(tables["visit_occurrence"])
        raw = Raw(tables, Words(self._vocabulary.concepts, self._library), self._library, written)
        for table, make in MAKERS.items():
            made = make(raw)
            if made.height or table == "person":
                (self._to / table).mkdir(exist_ok=True)
                made = made.select(name for name in TABLES[table] if name in made.columns)
                made.sort(made.columns, nulls_last=True).write_parquet(self._to / table / f"{number:04d}.parquet")

    def _with_specialty(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Visits with the list that knows their specialty, or else their own source value."""
        names = [f"specialty_{name}" for name in KEY]
        rows = rows.with_columns(pl.col(name).fill_null(0) for name in names[:2])
        used = rows.select(pl.col(name).alias(key) for name, key in zip(names, KEY, strict=True)).unique()
        own = rows.select(pl.col("visit_source_value").alias("source_value")).unique().with_columns(
            pl.lit(0, pl.Int64).alias(name) for name in KEY[:2]
        ).select(KEY)  # fmt: skip
        known = meanings("visit_occurrence", pl.concat([used, own]).unique().sort(KEY), self._vocabulary, self._library)
        known = known.select(*KEY, "means", "word")
        rows = rows.join(known, left_on=names, right_on=KEY, how="left", nulls_equal=True)
        plain = known.filter((pl.col(KEY[0]) == 0) & (pl.col(KEY[1]) == 0)).select(
            visit_source_value="source_value", _means="means", _word="word"
        )
        rows = rows.join(plain, on="visit_source_value", how="left")
        return rows.with_columns(means=pl.coalesce("means", "_means"), word=pl.coalesce("word", "_word"))

    def _written(self) -> date:
        """The day of the extract."""
        asked: list[sa.ColumnElement[Any]] = []
        if "cdm_source" in self._cdm:
            asked += [self._cdm["cdm_source"][name] for name in ("source_release_date", "cdm_release_date")]
        asked.append(self._cdm["observation_period"]["observation_period_end_date"])
        for column in asked:
            if not isinstance(column, sa.Null):
                found = self._cdm.database.fetch(sa.select(sa.func.max(column).label("d")), {"d": "day"})["d"].max()
                if isinstance(found, date):
                    return min(found, date.today())
        return date.today()

    def _count(self, column: sa.ColumnElement[Any]) -> int:
        asked = sa.select(sa.func.count(column).label("n"))
        return int(self._cdm.database.fetch(asked, {"n": "int"})["n"].item())

    def _told(self) -> tuple[int, tuple[tuple[str, int], ...]]:
        unknown = pl.col("means").is_null()
        mapped = (pl.col(KEY[0]) != 0) | (pl.col(KEY[1]) != 0)
        passed = self._meanings["condition_occurrence"].filter(unknown & mapped)["rows"].sum()
        drug = self._meanings["drug_exposure"].filter(unknown & ~mapped & pl.col("source_value").is_not_null())
        words = drug.sort("rows", "source_value", descending=[True, False]).select(
            pl.col("source_value").str.slice(0, _SHOWN), "rows"
        )
        return int(passed), tuple((str(word), int(rows)) for word, rows in words.iter_rows())


def _kinds(*more: str) -> dict[str, Kind]:
    kinds: dict[str, Any] = {KEY[0]: "int", KEY[1]: "int", KEY[2]: "text"}
    return kinds | dict(zip(more[::2], more[1::2], strict=True))
