"""Records as they would be read on a later day if nothing happened: the slow way to imagine a state on that day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl

from stepdown.record.record import Record
from stepdown.state.coverage import ALL_DOMAINS


def uneventful(record: Record, on: date, later: date) -> Record:
    """The record of one person on a later day: watched, dosed, scanned, scored and tested on, and nothing new found."""
    tables = dict(record.tables)
    tables["observed"] = _watched(tables["observed"], record.people[0], on, later)
    tables["mri"] = _scans(tables["mri"], on, later)
    tables["disability"] = _scores(tables["disability"], on, later)
    tables["dose"] = _doses(tables["dose"], tables["treatment"], later)
    for table, key in (("lab", "test"), ("questionnaire", "instrument")):
        again = tables[table].sort("on", maintain_order=True).unique(key, keep="last", maintain_order=True)
        tables[table] = pl.concat([tables[table], _on(again, later)])
    return Record(tables)


def _on(rows: pl.DataFrame, day: date) -> pl.DataFrame:
    return rows.with_columns(pl.lit(day).alias(name) for name in ("on", "on_latest"))


def _watched(spans: pl.DataFrame, person: str, on: date, later: date) -> pl.DataFrame:
    """Spans that reached the index date go on, and from then on everything is watched."""
    last = [day for day in spans["to_latest"].to_list() if day is not None]
    goes_on = pl.col("to_latest").is_null() | (pl.col("to_latest") == (max(last) if last else on))
    spans = spans.with_columns(
        pl.when(goes_on).then(pl.lit(later)).otherwise(pl.col(name)).alias(name) for name in ("to", "to_latest")
    )
    row: dict[str, Any] = {"person_id": person, "domain": ALL_DOMAINS, "source": "watched"}
    row |= {"from": on, "from_latest": on, "to": later, "to_latest": later}
    return pl.concat([spans, pl.DataFrame([row], schema=spans.schema)])


def _scores(scores: pl.DataFrame, on: date, later: date) -> pl.DataFrame:
    """The last score of each test again, every three months."""
    names = ("edss", "t25fw_s", "nhpt_s", "sdmt")
    known = scores.filter(pl.col("edss").is_not_null() & ~pl.col("during_relapse").fill_null(False)).sort("on")
    if known.is_empty():
        return scores
    last = scores.sort("on").select(pl.col(name).drop_nulls().last() for name in names).row(0, named=True)
    same = known[-1:].with_columns(pl.lit(last[name], pl.Float64).alias(name) for name in names)
    days = [on + timedelta(days=gone) for gone in range(0, (later - on).days, 90)]
    return pl.concat([scores, *(_on(same, day) for day in (*days, later))])


def _scans(scans: pl.DataFrame, on: date, later: date) -> pl.DataFrame:
    """A quiet brain scan every half year, each compared with the one before."""
    brain = scans.filter(pl.col("region") == "brain").sort("on")
    if brain.is_empty():
        return scans
    made, before, day = [scans], brain["on_latest"][-1], on
    while True:
        quiet = brain[-1:].with_columns(
            pl.lit(before).alias("compared_on"),
            pl.lit(0, pl.Int64).alias("new_t2"),
            pl.lit(True).alias("stable"),
            pl.lit(None, pl.Int64).alias("gd_lesions"),
        )
        made.append(_on(quiet, day))
        if day == later:
            return pl.concat(made)
        before, day = day, min(day + timedelta(days=180), later)


def _doses(doses: pl.DataFrame, treatments: pl.DataFrame, later: date) -> pl.DataFrame:
    """The drug that is still taken, given on at its interval."""
    made = [doses]
    for row in treatments.filter(pl.col("ended_latest").is_null() & pl.col("interval_weeks").is_not_null()).to_dicts():
        mine = doses.filter(pl.col("therapy") == row["therapy"]).sort("on")
        day = mine["on"][-1] if mine.height else later
        while (day := day + timedelta(weeks=row["interval_weeks"])) <= later:
            made.append(_on(mine[-1:], day))
    return pl.concat(made)
