"""From measurements, observations and procedures of a CDM to the tables of a folder."""

from __future__ import annotations

import polars as pl

from stepdown.record.omop.facts import Raw, all_of
from stepdown.record.omop.meaning import VARIABLES
from stepdown.record.units import meanings

_SCORES = {"edss": "edss", "t25fw": "t25fw_s", "nhpt": "nhpt_s", "sdmt": "sdmt"}
_FINDINGS = {"new-t2": "new_t2", "gd-lesions": "gd_lesions"}
_TOLD = ("stable", "lesions", "contrast")
_BOTH = ("measurement", "observation")


def _rows(raw: Raw, *lists: str) -> pl.DataFrame:
    """Measurements and observations that some lists know, with `number` as text and `unit`."""
    parts = []
    for table in _BOTH:
        rows = raw.of(table, *lists)
        missing = {"value_as_string": pl.String(), "operator_concept_id": pl.Int64()}
        rows = rows.with_columns(
            *(pl.lit(None, dtype=dtype).alias(name) for name, dtype in missing.items() if name not in rows.columns),
            event=pl.col(f"{table}_event_id"),
        )
        number = pl.col("value_as_number").cast(pl.String).str.strip_suffix(".0")
        rows = rows.with_columns(number=number, unit=raw.words.unit(), operator=raw.words.operator())
        parts.append(rows)
    return all_of(parts)


def labs(raw: Raw) -> pl.DataFrame:
    """The table `lab`: a number with its limit and unit, else an answer, else what the source said."""
    rows = _rows(raw, "labs")
    source = pl.col("value_source_value")
    limit = source.str.contains(r"^\s*[<>≤≥]").fill_null(False) & pl.col("operator").is_null()
    figure = pl.concat_str(pl.col("operator").fill_null(""), "number")
    answer = raw.words.answer()
    written = pl.when(answer.is_null()).then(pl.coalesce(source, "value_as_string"))
    return rows.select(
        "person_id", "on", "unit", "source", test="word",
        value=pl.when(limit).then(source).otherwise(pl.coalesce(figure, written)), value_code=answer,
    )  # fmt: skip


def disability(raw: Raw) -> pl.DataFrame:
    """The table `disability`, a row a score, with what is said of the scores of that day."""
    rows = _measured(raw, _rows(raw, "measures").filter(pl.col("word").is_in(list(_SCORES))))
    during = raw.said("during-relapse").group_by("person_id", "on").agg(during_relapse=pl.col("yes_no").last())
    rows = rows.join(during, on=["person_id", "on"], how="left")
    return rows.select(
        "person_id", "on", "source", "during_relapse",
        *(pl.when(pl.col("word") == word).then("figure").alias(column) for word, column in _SCORES.items()),
    )  # fmt: skip


def _measured(raw: Raw, rows: pl.DataFrame) -> pl.DataFrame:
    """Add `figure`: the number in the unit of its measure; in another unit the unit stands with it, and is listed."""
    entries = raw.library.codes["measures"].entries
    wanted = pl.col("word").replace_strict(
        list(entries), [one.unit for one in entries.values()], default=None, return_dtype=pl.String
    )
    rows = rows.with_columns(_wanted=wanted)
    pairs = rows.select("unit", "_wanted").drop_nulls().unique()
    fits = [want == "1" or want in meanings(unit, raw.library) for unit, want in pairs.iter_rows()]
    pairs = pairs.with_columns(_fits=pl.Series(fits, dtype=pl.Boolean))
    rows = rows.join(pairs, on=["unit", "_wanted"], how="left")
    plain = pl.col("_fits").fill_null(True)
    return rows.with_columns(
        figure=pl.when(plain).then(pl.coalesce("number", "value_source_value", "value_as_string")).otherwise(
            pl.concat_str("number", pl.lit(" "), "unit")
        )
    )  # fmt: skip


def lifestyle(raw: Raw) -> pl.DataFrame:
    """The table `lifestyle`: smoking, weight, body mass index, contraception."""
    rows = _rows(raw, "measures")
    sizes = _measured(raw, rows.filter(pl.col("word").is_in(["bmi", "weight"]))).select(
        "person_id", "on", "source", topic="word", value="figure", unit="_wanted"
    )
    written = pl.coalesce("value_source_value", "value_as_string")
    smoking = rows.filter(pl.col("word") == "smoking").select(
        "person_id", "on", "source", topic="word", value_code=pl.coalesce(raw.words.habit(), written)
    )
    itself = raw.of("observation", "lifestyle").select(
        "person_id", "on", "source", topic=pl.lit("smoking"), value_code="word"
    )
    contraception = rows.filter(pl.col("word") == "contraception").with_columns(_said=raw.words.yes_no())
    contraception = contraception.select(
        "person_id", "on", "source", topic="word",
        value_code=pl.col("_said").replace({"true": "yes", "false": "no"}),
    )  # fmt: skip
    return all_of([sizes, smoking, itself, contraception])


def questionnaires(raw: Raw) -> pl.DataFrame:
    """The table `questionnaire`."""
    return _rows(raw, "instruments").select("person_id", "on", "source", instrument="word", score="number")


def scans(raw: Raw) -> pl.DataFrame:
    """The table `mri`: what procedures and findings say of one person, day and region."""
    entries = raw.library.codes["mri"].entries
    places = {
        key: next((place for place in ("brain", "cord") if place in one.category), None)
        for key, one in entries.items() if "scan" in one.category
    }  # fmt: skip
    done = all_of(
        [raw.of(table, "mri").filter(pl.col("word").is_in(list(places))) for table in ("procedure_occurrence", *_BOTH)]
    )
    region = pl.col("word").replace_strict(list(places), list(places.values()), default=None, return_dtype=pl.String)
    done = done.select("person_id", "on", "key", "source", region=region)
    rows = _rows(raw, "mri").filter(pl.col("word").is_in([*_FINDINGS, *_TOLD, "compared-on"]))
    rows = rows.with_columns(yes_no=raw.words.yes_no())
    named = done.select("person_id", event="key", on="on", _named="region", _is=pl.lit(True)).unique(
        ["person_id", "event", "on"], keep="first", maintain_order=True
    )
    rows = rows.join(named, on=["person_id", "event", "on"], how="left", maintain_order="left")
    only = done.group_by("person_id", "on").agg(_only=pl.col("region").first(), _several=pl.col("region").n_unique())
    rows = rows.join(only.filter(pl.col("_several") == 1), on=["person_id", "on"], how="left", maintain_order="left")
    rows = rows.with_columns(region=pl.when(pl.col("_is").fill_null(False)).then("_named").otherwise("_only"))
    found = rows.select(
        "person_id", "on", "source", "region",
        *(pl.when(pl.col("word") == word).then("value_as_number").alias(column) for word, column in _FINDINGS.items()),
        *(pl.when(pl.col("word") == word).then("yes_no").alias(word) for word in _TOLD),
        compared_on=pl.when(pl.col("word") == "compared-on").then(
            pl.coalesce("value_as_string", "value_source_value")
        ),
    )  # fmt: skip
    whole = all_of([done.drop("key"), found])
    return whole.group_by("person_id", "on", "region", maintain_order=True).agg(
        pl.col("source").first(),
        *(pl.col(column).max() for column in _FINDINGS.values()),
        # of yes and no the one that claims less quiet: not stable, lesions there; of days the later comparison
        pl.col("stable").min(), pl.col("lesions").max(), pl.col("contrast").min(), pl.col("compared_on").max(),
    ).with_columns(pl.col(column).cast(pl.String).str.strip_suffix(".0") for column in _FINDINGS.values())  # fmt: skip


def allergies(raw: Raw) -> pl.DataFrame:
    """The table `allergy`: the substance that is named as the value, else in the concept itself."""
    rows = raw.tables["observation"].filter(pl.col("word") == "allergy")
    named = pl.col("name").str.replace(r"(?i)^allergy to ", "")
    substance = pl.coalesce(raw.words.name("value_as_concept_id"), "value_source_value", "value_as_string", named)
    return rows.select("person_id", "on", "source", substance=substance)


def wishes(raw: Raw) -> pl.DataFrame:
    """The table `wish`."""
    rows = raw.of("observation", "measures").filter(pl.col("word") == "wish")
    return rows.select("person_id", "on", "source", topic="value_source_value", strength="qualifier_source_value")


def stated_spans(raw: Raw) -> pl.DataFrame:
    """Spans of observation that are stated."""
    rows = raw.of("observation", "measures").filter(pl.col("word") == "observed")
    return rows.select(
        "person_id", "on", "source", pl.col("on").cast(pl.String).alias("from"), pl.col("value_as_string").alias("to"),
        domain=pl.col("value_source_value").fill_null("all"),
    )  # fmt: skip


def known(raw: Raw) -> pl.DataFrame:
    """The table `known`: state variables that are stated, as a number, bounds, or values."""
    rows = raw.tables["observation"]
    rows = rows.filter(pl.col("word").str.starts_with(VARIABLES)).with_columns(
        variable=pl.col("word").str.strip_prefix(VARIABLES), text=pl.coalesce("value_source_value", "value_as_string")
    )
    number, text = pl.col("value_as_number").cast(pl.String), pl.col("text")
    low, high = (text.str.extract(rf"^\s*{sign}=\s*([0-9.]+)\s*$") for sign in (">", "<"))
    bound = low.is_not_null() | high.is_not_null()
    stated = rows.select(
        "person_id", "on", "source", "variable", low=pl.coalesce(low, number), high=pl.coalesce(high, number),
        values=pl.when(~bound.fill_null(False)).then(text),
    )  # fmt: skip
    may = raw.of("observation", "measures").filter(pl.col("word") == "may-become-pregnant")
    may = may.select(
        "person_id", "on", "source", variable=pl.lit("may_become_pregnant"), values=raw.words.yes_no()
    )  # fmt: skip
    return all_of([stated, may])
