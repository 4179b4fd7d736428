"""Spans of observation from visits in neurology that follow each other closely enough, as docs/fhir.md tells."""

from __future__ import annotations

import polars as pl

from stepdown.record.omop.facts import Raw

_LAST_COMMON_DAY = 28


def spans(raw: Raw) -> pl.DataFrame:
    """The table `observed`: a row a span and domain."""
    periods = raw.tables["observation_period"].rename(
        {"observation_period_start_date": "_from", "observation_period_end_date": "_to"}
    )
    visits = raw.tables["visit_occurrence"].filter(pl.col("means") == "visits").select(
        "person_id", "visit_occurrence_id", kind="word", begin="visit_start_date",
        end=pl.max_horizontal(
            "visit_start_date", pl.when(pl.col("visit_end_date") <= raw.written).then("visit_end_date")
        ),
    )  # fmt: skip
    inside = visits.join(periods, on="person_id").filter(pl.col("begin").is_between("_from", "_to"))
    inside = inside.unique(["visit_occurrence_id"], keep="first", maintain_order=True)
    inside = inside.sort("person_id", "kind", "_from", "begin", "end", "visit_occurrence_id")
    group = ["person_id", "kind", "_from"]
    before = pl.col("end").cum_max().shift(1).over(group)
    months = int(raw.library.number("visit-gap-months"))
    short = before - pl.duration(days=pl.max_horizontal(before.dt.day().cast(pl.Int64) - _LAST_COMMON_DAY, pl.lit(0)))
    apart = (pl.col("begin") > short.dt.offset_by(f"{months}mo")).fill_null(False)
    runs = inside.with_columns(_run=apart.cast(pl.Int64).cum_sum().over(group))
    found = runs.group_by([*group, "_run"], maintain_order=True).agg(
        on=pl.col("begin").min(), to=pl.col("end").max(), source=pl.col("visit_occurrence_id").first()
    )
    entries = raw.library.codes["visits"].entries
    domains = pl.DataFrame(
        [(key, domain) for key, one in entries.items() for domain in one.category],
        {"kind": pl.String(), "domain": pl.String()}, orient="row",
    )  # fmt: skip
    return found.join(domains, on="kind", maintain_order="left").select(
        "person_id", "on", "domain", pl.col("on").cast(pl.String).alias("from"), pl.col("to").cast(pl.String),
        source="visit_occurrence/" + pl.col("source"),
    )  # fmt: skip
