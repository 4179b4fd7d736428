"""The events of a record as they stand on the index date, and the spans in which they would have been seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stepdown.errors import Problem
from stepdown.knowledge.library import Library
from stepdown.record.record import Record
from stepdown.record.tables import TABLES, empty
from stepdown.state.coverage import ALL_DOMAINS, Covered, read_spans, spans_to_index
from stepdown.state.order import Index, ordered, places

__all__ = ["ALL_DOMAINS", "Events", "prepare"]


@dataclass(frozen=True)
class Events:
    """Tables of a record cut at the index date, in a total order, without exact duplicates.

    Every event table has the extra Boolean column `certain`: the event lies on or before the index date whatever
    its exact day is (or was written down by then). An event that is not certain may still have happened, so it
    counts towards what is possible and never towards what is sure. `on_latest` never lies after the index date.

    Attributes:
        on: the index date.
        library: definitions, units and the dictionary of variables.
        people: one row a person, sorted by `person_id`: the table `person`.
        tables: the event tables, but for `appointment`, which keeps what lies ahead.
        explain: whether variables carry the sources they came from.
        problems: people given twice, rows of people who are not there, people who died before the index date.
        cache: what was worked out once and is asked for again, by name.
    """

    on: date
    library: Library
    people: pl.DataFrame
    tables: dict[str, pl.DataFrame]
    explain: bool
    problems: tuple[Problem, ...] = ()
    cache: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, table: str) -> pl.DataFrame:
        return self.tables[table]

    def covered(self, domain: str) -> Covered:
        """Since when each person has been observed without a break up to the index date."""
        key = f"covered:{domain}"
        if key not in self.cache:
            domains = self.library.domains
            if "spans" not in self.cache:
                self.cache["spans"] = read_spans(self.tables["observed"], self.row_of("observed"), self.on)
            grace = int(domains[domain].grace_months) if domain in domains else 0
            self.cache[key] = spans_to_index(self.cache["spans"], self.people.height, domain, self.on, grace)
        found: Covered = self.cache[key]
        return found

    def sources(self, table: str) -> NDArray[np.object_]:
        """Where each row of a table stands in the record."""
        key = f"sources:{table}"
        if key not in self.cache:
            frame = self.people if table == "person" else self.tables[table]
            self.cache[key] = np.array(frame["source"].to_list(), dtype=object)
        found: NDArray[np.object_] = self.cache[key]
        return found

    def row_of(self, table: str) -> NDArray[np.int64]:
        """For each row of a table the row of its person in `people`."""
        key = f"row_of:{table}"
        if key not in self.cache:
            self.cache[key] = places(self.tables[table]["person_id"], self.people["person_id"])[0]
        found: NDArray[np.int64] = self.cache[key]
        return found


def prepare(record: Record, on: date, library: Library, explain: bool) -> Events:
    """Cut the tables of a record at the index date and put them into a total order."""
    people, problems = _people(record, on)
    known = people["person_id"]
    tables: dict[str, pl.DataFrame] = {}
    cache: dict[str, Any] = {}
    for name in TABLES:
        if name == "person":
            continue
        frame, cut = record[name], name not in ("appointment", "known")
        if frame.is_empty():
            tables[name] = _nothing(name) if cut else frame
            continue
        place, there = places(frame["person_id"], known)
        if not there.all():
            strangers = frame.filter(pl.Series(~there))
            problems.extend(
                Problem(source or "", "person-unknown", {"table": name}, person)
                for person, source in strangers.select("person_id", "source").iter_rows()
            )
            frame, place = frame.filter(pl.Series(there)), place[there]
        if cut:
            frame, place = _cut(frame, on, place)
        tables[name], cache[f"row_of:{name}"] = ordered(frame, place)
    return Events(on, library, people, tables, explain, tuple(problems), cache)


def _people(record: Record, on: date) -> tuple[pl.DataFrame, list[Problem]]:
    """One row a person, sorted by id; of several what they agree on, and what lies between them."""
    given = record["person"]
    people = given
    if given.height > 1:
        content = ["person_id", *[name for name in given.columns if name != "person_id"]]
        people = given.sort(content, nulls_last=True)
        if people["person_id"].is_duplicated().any():
            people = _united(people)
    problems: list[Problem] = []
    if people.height < given.height:
        facts = [name for name in given.columns if name != "source"]
        twice = given.unique(subset=facts).filter(pl.col("person_id").is_duplicated())
        problems = [Problem("", "person-twice", {}, person) for person in twice["person_id"].unique().sort().to_list()]
    if people["died"].null_count() < people.height:
        dead = people.filter(pl.col("died") <= on)
        problems += [
            Problem(source or "", "died", {"on": str(day)}, person)
            for person, day, source in dead.select("person_id", "died", "source").iter_rows()
        ]
    return people, problems


def _united(people: pl.DataFrame) -> pl.DataFrame:
    """One row a person: born between the days that are told, of the sex they agree on, dead if any says so."""
    sex = pl.col("sex").drop_nulls()
    return people.group_by("person_id", maintain_order=True).agg(
        pl.col("birth").min(), pl.col("birth_latest").max(),
        sex=pl.when(sex.n_unique() == 1).then(sex.first()), died=pl.col("died").min(),
        source=pl.col("source").first(),
    ).select(people.columns)  # fmt: skip


def _cut(frame: pl.DataFrame, on: date, place: Index) -> tuple[pl.DataFrame, Index]:
    """The events that may lie on or before the index date, and whether they surely do; and the places of those."""
    index = pl.lit(on)
    days = frame["on_latest"]
    if frame.is_empty() or (
        days.null_count() == 0 and frame["on"].null_count() == 0 and cast("date", days.max()) <= on
    ):
        return frame.hstack([pl.Series("certain", [True]).new_from_index(0, frame.height)]), place
    latest = pl.col("on_latest")
    begun = (frame["on"].is_null() | (frame["on"] <= on)).rename("begun")
    return frame.filter(begun).with_columns(
        (latest.is_null() | (latest <= index) | (pl.col("recorded") <= index).fill_null(False)).alias("certain"),
        pl.min_horizontal(latest.fill_null(index), index).alias("on_latest"),
    ), place[begun.to_numpy()]


@cache
def _nothing(table: str) -> pl.DataFrame:
    """An event table without rows."""
    return empty(table).with_columns(pl.lit(True).alias("certain"))
