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
from stepdown.state.words import FEW

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
            ids, people = self.tables[table]["person_id"], self.people["person_id"]
            one = people.len() == 1
            self.cache[key] = (
                np.zeros(ids.len(), dtype=np.int64) if one else people.search_sorted(ids).to_numpy().astype(np.int64)
            )
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
        frame = record[name]
        if frame.is_empty():
            tables[name] = frame if name in ("appointment", "known") else _nothing(name)
            continue
        if not _all_of(frame["person_id"], known):
            strangers = frame.filter(~pl.col("person_id").is_in(known.implode()))
            problems.extend(
                Problem(source or "", "person-unknown", {"table": name}, person)
                for person, source in strangers.select("person_id", "source").iter_rows()
            )
            frame = frame.filter(pl.col("person_id").is_in(known.implode()))
        tables[name], place = _ordered(frame if name in ("appointment", "known") else _cut(frame, on), known)
        if place is not None:
            cache[f"row_of:{name}"] = place
    return Events(on, library, people, tables, explain, tuple(problems), cache)


def _people(record: Record, on: date) -> tuple[pl.DataFrame, list[Problem]]:
    """One row a person, sorted by id; of several the first in the order of their content."""
    given = record["person"]
    people = given
    if given.height > 1:
        content = ["person_id", *[name for name in given.columns if name != "person_id"]]
        people = given.sort(content, nulls_last=True).unique(subset="person_id", keep="first", maintain_order=True)
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


def _all_of(ids: pl.Series, known: pl.Series) -> bool:
    """Whether all the people are among those known."""
    if ids.len() <= FEW and known.len() == 1:
        return set(ids.to_list()) <= set(known.to_list())
    return bool(ids.is_in(known.implode()).all())


def _cut(frame: pl.DataFrame, on: date) -> pl.DataFrame:
    """The events that may lie on or before the index date, and whether they surely do."""
    index = pl.lit(on)
    days = frame["on_latest"]
    if frame.is_empty() or (
        days.null_count() == 0 and frame["on"].null_count() == 0 and cast("date", days.max()) <= on
    ):
        return frame.hstack([pl.Series("certain", [True]).new_from_index(0, frame.height)])
    latest = pl.col("on_latest")
    return frame.filter(pl.col("on").is_null() | (pl.col("on") <= index)).with_columns(
        (latest.is_null() | (latest <= index) | (pl.col("recorded") <= index).fill_null(False)).alias("certain"),
        pl.min_horizontal(latest.fill_null(index), index).alias("on_latest"),
    )


def _ordered(frame: pl.DataFrame, people: pl.Series) -> tuple[pl.DataFrame, NDArray[np.int64] | None]:
    """Sort by person, date and content, and keep one of several rows that say the same (a certain one first).

    The place of a person among the sorted people stands for the id, for numbers are sorted faster than text; of many
    rows it is given back.
    """
    if frame.height < 2:
        return frame, None
    first = ["person_id", "on", "on_latest"]
    content = [*first, *[name for name in frame.columns if name not in (*first, "source", "recorded", "certain")]]
    if frame.height <= FEW:
        return _ordered_few(frame, content), None
    place = people.search_sorted(frame["person_id"]).alias("_place")
    keys = [pl.col(name).list.join("\n") if name == "values" else pl.col(name) for name in content[1:]]
    last = [~pl.col("certain")] if "certain" in frame.columns else []
    ordered = frame.with_columns(place).sort(["_place", *keys, *last, "source"])
    # what says the same now stands together
    new = pl.any_horizontal(pl.col("_place", *content[1:]).ne_missing(pl.col("_place", *content[1:]).shift(1)))
    first_row = pl.int_range(pl.len()) == 0
    kept = ordered.filter(new | first_row)
    return kept.drop("_place"), kept["_place"].to_numpy().astype(np.int64)


def _ordered_few(frame: pl.DataFrame, content: list[str]) -> pl.DataFrame:
    """The same for a few rows, without the cost of frames."""
    columns = {name: frame[name].to_list() for name in (*content, "source")}
    unsure = [not sure for sure in frame["certain"].to_list()] if "certain" in frame.columns else [False] * frame.height
    keys = [
        tuple((value is not None, "\n".join(value) if isinstance(value, list) else value) for value in row)
        for row in zip(*(columns[name] for name in content), strict=True)
    ]
    order = sorted(range(frame.height), key=lambda row: (keys[row], unsure[row], columns["source"][row] or ""))
    kept = [row for place, row in enumerate(order) if place == 0 or keys[row] != keys[order[place - 1]]]
    return frame if kept == list(range(frame.height)) else frame[kept]


@cache
def _nothing(table: str) -> pl.DataFrame:
    """An event table without rows."""
    return empty(table).with_columns(pl.lit(True).alias("certain"))
