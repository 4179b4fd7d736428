"""From the rows of a CDM to the tables of a folder: people, courses, relapses, infections and other conditions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from stepdown.knowledge.library import Library
from stepdown.record.omop.words import Words

Frames = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Raw:
    """The rows of some people as they stand in the CDM.

    Attributes:
        tables: by name; of tables of events what they mean stands beside them (`means`, `word`), and `source`.
        words: what concepts in cells say.
        library: the documents.
        written: the day of the extract.
    """

    tables: Frames
    words: Words
    library: Library
    written: date

    def of(self, table: str, *lists: str) -> pl.DataFrame:
        """Rows of a table of events that some lists know."""
        return self.tables[table].filter(pl.col("means").is_in(lists))

    def said(self, *codes: str) -> pl.DataFrame:
        """Observations and measurements under some local codes, with `event`, the row that they speak of."""
        parts = []
        for table in ("observation", "measurement"):
            rows = self.tables[table].filter(pl.col("word").is_in(codes))
            missing = [pl.lit(None, dtype=pl.String).alias(name) for name in ("value_as_string",)
                       if name not in rows.columns]  # fmt: skip
            parts.append(
                rows.with_columns(*missing, event=pl.col(f"{table}_event_id")).with_columns(
                    yes_no=self.words.yes_no(),
                    text=pl.coalesce("value_as_string", "value_source_value", self.words.name("value_as_concept_id")),
                ).select(_SAID)
            )  # fmt: skip
        return pl.concat(parts)


_SAID = ["person_id", "on", "key", "source", "word", "event", "value_as_number", "yes_no", "text", "value_source_value"]


def joined(rows: pl.DataFrame, more: pl.DataFrame, columns: Mapping[str, str]) -> pl.DataFrame:
    """Add what other rows say of each row, by key or else by person and day.

    Args:
        rows: with `person_id`, `on` and `key`, of one table.
        more: as `Raw.said` gives them.
        columns: by local code: the column of `more` that is taken, under the code with underscores.
    """
    for code, value in columns.items():
        name = code.replace("-", "_")
        mine = more.filter(pl.col("word") == code)
        loose, bound = mine.filter(pl.col("event").is_null()), mine.filter(pl.col("event").is_not_null())
        alone = loose.group_by("person_id", "on").agg(pl.col(value).last().alias("_day"))
        named = bound.group_by("person_id", key="event").agg(pl.col(value).last().alias("_key"))
        several = rows.group_by("person_id", "on").len("_times")
        alone = alone.join(several, on=["person_id", "on"]).filter(pl.col("_times") == 1).drop("_times")
        rows = rows.join(named, on=["person_id", "key"], how="left").join(alone, on=["person_id", "on"], how="left")
        rows = rows.with_columns(pl.coalesce("_key", "_day").alias(name)).drop("_key", "_day")
    return rows


def people(raw: Raw) -> pl.DataFrame:
    """The table `person`: birth as precise as it is given."""
    death = raw.tables["death"].group_by("person_id").agg(died=pl.col("death_date").min())
    widths = {"year": 4, "month": 2, "day": 2}
    year, month, day = (
        pl.col(f"{name}_of_birth").cast(pl.String).str.zfill(width) for name, width in widths.items()
    )  # fmt: skip
    partly = pl.when(month.is_not_null()).then(year + "-" + month)
    birth = pl.coalesce(pl.when(day.is_not_null()).then(partly + "-" + day), partly, year)
    sex = pl.coalesce(raw.words.name("gender_concept_id"), "gender_source_value").str.to_lowercase()
    return (
        raw.tables["person"]
        .join(death, on="person_id", how="left")
        .select("person_id", "died", birth=birth, sex=sex, source="person/" + pl.col("person_id"))
    )


def courses(raw: Raw) -> pl.DataFrame:
    """The table `course`: the first code bounds the diagnosis, a later one counts where it is of another course."""
    rows = raw.of("condition_occurrence", "courses").with_columns(status=raw.words.status())
    rows = rows.filter(pl.col("status").is_null() | (pl.col("status") != "refuted")).sort("person_id", "on", "source")
    named = pl.when(pl.col("word") != "ms").then("word")
    rows = rows.with_columns(course=named, before=named.forward_fill().shift(1).over("person_id"))
    first = pl.int_range(pl.len()).over("person_id") == 0
    rows = rows.with_columns(first=first).filter(
        pl.col("first") | (pl.col("course").is_not_null() & pl.col("course").ne_missing(pl.col("before")))
    )
    coded = rows.select(
        "person_id", on=pl.when(~pl.col("first")).then("on"), on_latest="on", recorded="on", course="course",
        status=pl.when(pl.col("status") == "suspected").then("status"), source="source",
    )  # fmt: skip
    told = raw.said("diagnosed", "onset")
    begun = pl.col("word") == "onset"
    stated = told.select(
        "person_id", on=pl.when(~begun).then("on"), on_latest=pl.when(~begun).then("on"), source="source",
        onset=pl.when(begun).then("on"),
    )  # fmt: skip
    return pl.concat([coded, stated], how="diagonal")


def relapses(raw: Raw) -> pl.DataFrame:
    """The table `relapse`, from conditions and observations; an observation that says no is none."""
    condition = raw.of("condition_occurrence", "relapses").with_columns(status=raw.words.status())
    seen = raw.of("observation", "relapses").with_columns(answer=raw.words.yes_no())
    seen = seen.filter(pl.col("answer").is_null() | (pl.col("answer") != "false"))
    columns = {"severity": "text", "steroids": "yes_no", "recovered": "text", "status": "text"}
    more = raw.said(*columns)
    parts = []
    for rows in (condition, seen):
        rows = rows.rename({"status": "coded"}) if "status" in rows.columns else rows
        found = joined(rows, more, columns)
        if "coded" in found.columns:
            found = found.with_columns(status=pl.coalesce("coded", "status"))
        parts.append(found.select("person_id", "on", "severity", "steroids", "recovered", "status", "source"))
    return pl.concat(parts)


def infections(raw: Raw) -> pl.DataFrame:
    """The table `infection`: one of a kind a visit; in hospital it is serious."""
    visits = raw.tables["visit_occurrence"].select(
        "person_id", "visit_occurrence_id", inpatient=raw.words.inpatient(),
        days=(pl.col("visit_end_date") - pl.col("visit_start_date")).dt.total_days(),
    ).unique("visit_occurrence_id", keep="first", maintain_order=True)  # fmt: skip
    rows = raw.of("condition_occurrence", "infections").with_columns(
        status=raw.words.status(), kind=pl.coalesce("word", "name")
    )
    place = pl.coalesce(pl.concat_str(pl.lit("v"), "visit_occurrence_id"), pl.col("on").cast(pl.String))
    rows = rows.sort("person_id", "on", "source").with_columns(_place=place)
    rows = rows.unique(["person_id", "kind", "status", "_place"], keep="first", maintain_order=True)
    rows = rows.join(visits, on=["person_id", "visit_occurrence_id"], how="left")
    rows = joined(rows, raw.said("serious", "hospital-days"), {"serious": "yes_no", "hospital-days": "value_as_number"})
    lying = pl.col("inpatient").fill_null(False)
    return rows.select(
        "person_id", "on", "kind", "status", "source",
        serious=pl.coalesce("serious", pl.when(lying).then(pl.lit("true"))),
        hospital_days=pl.coalesce("hospital_days", pl.when(lying).then(pl.col("days").cast(pl.Float64))),
    )  # fmt: skip


def conditions(raw: Raw) -> pl.DataFrame:
    """The table `condition`: what the list knows, what has no concept in its own words, and a stated pregnancy."""
    rows = raw.tables["condition_occurrence"]
    unmapped = pl.col("means").is_null() & (pl.col("concept_id") == 0) & (pl.col("source_concept_id") == 0)
    rows = rows.filter((pl.col("means") == "conditions") | (unmapped & pl.col("source_value").is_not_null()))
    visits = raw.tables["visit_occurrence"].select(
        "person_id", "visit_occurrence_id", left=pl.coalesce("visit_end_date", "visit_start_date")
    ).unique("visit_occurrence_id", keep="first", maintain_order=True)  # fmt: skip
    rows = rows.join(visits, on=["person_id", "visit_occurrence_id"], how="left")
    end = pl.col("condition_end_date")
    over = (end != pl.col("on")) & (pl.col("visit_occurrence_id").is_null() | (end > pl.col("left")).fill_null(False))
    history = [key for key, one in raw.library.codes["conditions"].entries.items() if "history" in one.category]
    past = pl.when(pl.col("word").is_in(history)).then(pl.lit("resolved"))
    status = pl.coalesce(raw.words.status(), past)
    coded = rows.select(
        "person_id", "on", "source", condition=pl.coalesce("word", "name"), ended=pl.when(over).then(end), status=status
    ).sort("person_id", "on", "source").unique(
        ["person_id", "on", "condition", "ended", "status"], keep="first", maintain_order=True
    )  # fmt: skip
    # histories and states (Z85, Z33) are observations in a CDM; a question that is answered with no is none
    seen = raw.of("observation", "conditions").with_columns(answer=raw.words.yes_no())
    seen = seen.filter(pl.col("answer").is_null() | (pl.col("answer") == "true"))
    seen = seen.select("person_id", "on", "source", condition="word", status=past)
    stated = raw.of("observation", "measures").filter(pl.col("word") == "pregnancy-status")
    pregnant = stated.with_columns(condition=raw.words.condition()).filter(pl.col("condition") == "pregnancy")
    return pl.concat([coded, seen, pregnant.select("person_id", "on", "source", "condition")], how="diagonal")


def all_of(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Rows of several sources under one another."""
    return pl.concat(parts, how="diagonal")
