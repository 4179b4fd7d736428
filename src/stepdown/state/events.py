"""The events of a record as they stand on the index date, and the spans in which they would have been seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from stepdown.knowledge.library import Library
from stepdown.record.record import Record
from stepdown.record.tables import TABLES

ALL_DOMAINS = "all"


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
        cache: what one topic derived and another asks for, by name.
    """

    on: date
    library: Library
    people: pl.DataFrame
    tables: dict[str, pl.DataFrame]
    explain: bool
    _coverage: dict[str, pl.DataFrame] = field(default_factory=dict)
    cache: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, table: str) -> pl.DataFrame:
        return self.tables[table]

    def covered(self, domain: str) -> pl.DataFrame:
        """Since when each person has been observed without a break up to the index date.

        Returns:
            One row a person, in the order of `people`: `person_id`, `since` (first day of the span, null where
            nothing reaches the index date), `grace` (true where the grace of the domain was needed) and `from`
            (sources of the spans).
        """
        if domain not in self._coverage:
            self._coverage[domain] = _covered(self, domain)
        return self._coverage[domain]


def prepare(record: Record, on: date, library: Library, explain: bool) -> Events:
    """Cut the tables of a record at the index date and put them into a total order."""
    people = record["person"].unique(subset="person_id", keep="first", maintain_order=True).sort("person_id")
    tables: dict[str, pl.DataFrame] = {}
    for name in TABLES:
        if name == "person":
            continue
        frame = record[name]
        if name in ("appointment", "known"):
            tables[name] = _ordered(frame)
            continue
        if frame.is_empty():
            tables[name] = frame.with_columns(pl.lit(True).alias("certain"))
            continue
        index = pl.lit(on)
        sure = pl.col("on_latest").is_null() | (pl.col("on_latest") <= index) | (pl.col("recorded") <= index)
        tables[name] = _ordered(
            frame.filter(pl.col("on").is_null() | (pl.col("on") <= index)).with_columns(
                sure.fill_null(False).alias("certain"),
                pl.min_horizontal(pl.col("on_latest").fill_null(index), index).alias("on_latest"),
            )
        )
    return Events(on, library, people, tables, explain)


def _ordered(frame: pl.DataFrame) -> pl.DataFrame:
    """Sort by person, date and content, and keep one of several rows that differ in their source alone."""
    if frame.height < 2:
        return frame
    content = [name for name in frame.columns if name not in ("source", "recorded", "values")]
    first = ["person_id", "on", "on_latest"]
    order = [*first, *[name for name in content if name not in first], "source"]
    lists = [name for name in ("values",) if name in frame.columns]
    return frame.sort(order, nulls_last=False, maintain_order=False).unique(
        subset=[*content, *lists], keep="first", maintain_order=True
    )


def _covered(events: Events, domain: str) -> pl.DataFrame:
    """Merge the certain inner parts of the spans and keep the run that reaches the index date."""
    spans = events["observed"].filter(pl.col("domain").is_in([domain, ALL_DOMAINS]))
    spans = spans.select(
        "person_id",
        pl.col("from_latest").alias("start"),
        pl.min_horizontal(pl.col("to").fill_null(events.on), pl.lit(events.on)).alias("end"),
        "source",
    ).filter(pl.col("start").is_not_null() & (pl.col("start") <= pl.col("end")))
    none = events.people.select(
        "person_id",
        pl.lit(None, dtype=pl.Date).alias("since"),
        pl.lit(False).alias("grace"),
        pl.lit([], dtype=pl.List(pl.String)).alias("from"),
    )
    if spans.is_empty():
        return none
    months = events.library.domains[domain].grace_months if domain in events.library.domains else 0.0
    reach = pl.col("end").dt.offset_by(f"{int(months)}mo")
    runs = (
        spans.sort("person_id", "start", "end", "source")
        .with_columns(pl.col("end").cum_max().over("person_id").alias("reached"))
        .with_columns(
            (pl.col("start") > pl.col("reached").shift(1).over("person_id") + pl.duration(days=1))
            .fill_null(True)
            .cum_sum()
            .over("person_id")
            .alias("run")
        )
        .group_by("person_id", "run", maintain_order=True)
        .agg(pl.col("start").min().alias("since"), pl.col("end").max(), pl.col("source").unique().sort().alias("from"))
        .filter(reach >= events.on)
        .group_by("person_id", maintain_order=True)
        .last()
        .with_columns((pl.col("end") < events.on).alias("grace"))
        .select("person_id", "since", "grace", "from")
    )
    return (
        none.select("person_id")
        .join(runs, on="person_id", how="left", maintain_order="left")
        .with_columns(pl.col("grace").fill_null(False), pl.col("from").fill_null(pl.lit([], dtype=pl.List(pl.String))))
    )
