"""Treatments, doses and vaccinations from the drug exposures of a CDM.

The rule is that of docs/fhir.md ("Treatments"), in columns: rows of one person and drug in the order of their
beginning, what was said before each as running maxima.
"""

from __future__ import annotations

import polars as pl

from stepdown.record.codes import recogniser
from stepdown.record.omop.facts import Raw, joined
from stepdown.record.units import meanings

_MILLIGRAMS = {"mg": 1.0, "g": 1000.0, "ug": 0.001, "mcg": 0.001, "milligram": 1.0, "gram": 1000.0, "microgram": 0.001}
_DRUG = ["person_id", "therapy"]


def vaccinations(raw: Raw) -> pl.DataFrame:
    """The table `vaccination`."""
    rows = raw.of("drug_exposure", "vaccines")
    return rows.select("person_id", "on", "source", vaccine=pl.coalesce("word", "name"))


def doses(raw: Raw) -> pl.DataFrame:
    """The table `dose`: what was given."""
    rows = _evidence(raw).filter(pl.col("evidence") == "dose")
    return rows.select("person_id", "on", "therapy", "source", "dose_mg")


def treatments(raw: Raw) -> pl.DataFrame:
    """The table `treatment`: renewals are one treatment, a stop and a restart are two."""
    gap = int(raw.library.number("renewal-gap-months"))
    rows = _in_runs(_ends(_evidence(raw), raw), gap)
    given = rows.filter(pl.col("evidence") == "dose").select(_DRUG).unique().with_columns(_given=pl.lit(True))
    first = pl.col("on").min()
    runs = rows.group_by([*_DRUG, "_run"], maintain_order=True).agg(
        on=first, source=pl.col("source").first(), reach=pl.col("reach").max(),
        open_from=pl.col("on").filter(pl.col("ends") == "open").max(),
        other_from=pl.col("on").filter(pl.col("ends") == "lapse").max(),
        stop_from=pl.col("on").filter(pl.col("ends") == "stop").max(),
        stop=pl.col("end").filter(pl.col("ends") == "stop").last(),
        reason=pl.col("stop_reason").filter(pl.col("ends") == "stop").last(),
        start_reason=pl.col("start_reason").drop_nulls().first(),
        interval_weeks=pl.col("interval_weeks").drop_nulls().last(),
        dose_mg=pl.col("dose_mg").filter(pl.col("evidence") != "dose").drop_nulls().last(),
    )  # fmt: skip
    runs = runs.join(given, on=_DRUG, how="left", maintain_order="left").with_columns(
        following=pl.col("on").shift(-1).over(_DRUG)
    )
    told = pl.col("stop_from").is_not_null() | pl.col("open_from").is_not_null()
    runs = runs.filter(pl.col("_given").is_null() | told)
    return _ended(runs, raw, gap)


def _ended(runs: pl.DataFrame, raw: Raw, gap: int) -> pl.DataFrame:
    stopped, written = _stopped("open_from", "other_from", "stop_from", "stop"), pl.lit(raw.written)
    goes_on = pl.col("open_from").is_not_null() | (_after(pl.col("reach"), gap) >= written)
    over = ~stopped & ~goes_on.fill_null(True)
    latest = pl.when((pl.col("reach") <= pl.col("following")) & (pl.col("following") < written)).then(
        "following"
    ).otherwise(pl.max_horizontal(written, "reach"))  # fmt: skip
    return runs.select(
        "person_id", "therapy", "on", "source", "start_reason", "interval_weeks", "dose_mg",
        ended=pl.when(stopped).then("stop").when(over).then("reach"),
        ended_latest=pl.when(stopped).then("stop").when(over).then(latest),
        status=pl.when(stopped | over).then(pl.lit("resolved")).otherwise(pl.lit("active")),
        stop_reason=pl.when(stopped).then("reason"),
    )  # fmt: skip


def _stopped(opened: str, other: str, stop_from: str, stop: str) -> pl.Expr:
    """Whether the last stop holds: nothing that goes on begins after what was stopped, nothing else after its end."""
    renewed = (pl.col(opened) > pl.col(stop_from)).fill_null(False)
    resumed = (pl.col(other) > pl.col(stop)).fill_null(False)
    return pl.col(stop_from).is_not_null() & ~renewed & ~resumed


def _in_runs(rows: pl.DataFrame, gap: int) -> pl.DataFrame:
    """Number the treatments of each drug: `_run` goes up where a row does not belong to what came before."""
    rows = rows.sort(*_DRUG, "on", "end", "source", nulls_last=False)

    def before(kind: str, column: str = "on") -> pl.Expr:
        return pl.when(pl.col("ends") == kind).then(column).cum_max().forward_fill().shift(1).over(_DRUG)

    rows = rows.with_columns(
        _open=before("open"), _other=before("lapse"), _stop_from=before("stop"),
        _stop=pl.when(pl.col("ends") == "stop").then("end").forward_fill().shift(1).over(_DRUG),
    )  # fmt: skip
    stopped = _stopped("_open", "_other", "_stop_from", "_stop")
    again = stopped & (pl.col("on") > pl.col("_stop")).fill_null(False)
    rows = rows.with_columns(_again=again.cast(pl.Int64).cum_sum().over(_DRUG))
    since = [*_DRUG, "_again"]
    rows = rows.with_columns(_reach=pl.col("reach").cum_max().forward_fill().shift(1).over(since))
    goes_on = pl.col("_open").is_not_null() & (pl.col("_open") > pl.col("_stop_from")).fill_null(True)
    late = ~stopped & ~goes_on & (pl.col("on") > _after(pl.col("_reach"), gap)).fill_null(False)
    return rows.with_columns(_run=pl.col("_again") + late.cast(pl.Int64).cum_sum().over(_DRUG))


def _after(day: pl.Expr, months: int) -> pl.Expr:
    """The first of the month after that many months have passed."""
    return day.dt.truncate("1mo").dt.offset_by(f"{months + 1}mo")


def _evidence(raw: Raw) -> pl.DataFrame:
    """The rows that say something of a drug of the library or another that bears on it."""
    rows = raw.of("drug_exposure", "drug").filter(pl.col("on") <= raw.written)
    units = rows["dose_unit_source_value"].drop_nulls().unique().to_list()
    known = {
        unit: [one for one in (*meanings(unit, raw.library), unit.lower()) if one in _MILLIGRAMS] for unit in units
    }
    factor = {unit: _MILLIGRAMS[found[0]] for unit, found in known.items() if found}
    amount = pl.col("quantity") * pl.col("dose_unit_source_value").replace_strict(
        list(factor), list(factor.values()), default=None, return_dtype=pl.Float64
    )
    rows = rows.with_columns(therapy="word", evidence=raw.words.evidence(), dose_mg=amount)
    more = {"interval-weeks": "value_as_number", "start-reason": "text"}
    return joined(rows, raw.said(*more), more)


def _ends(rows: pl.DataFrame, raw: Raw) -> pl.DataFrame:
    """Add how each row ends: it goes on, it was stopped, or its supply ran out without a word."""
    verbatim, end = pl.col("verbatim_end_date"), pl.col("drug_exposure_end_date")
    last = pl.coalesce(verbatim, end, "on")
    statement, supply = pl.col("evidence") == "statement", pl.col("evidence") == "supply"
    said = pl.col("stop_reason").is_not_null()
    stopped = (pl.col("evidence") != "dose") & (last <= raw.written) & (said | (statement & verbatim.is_not_null()))
    days = (pl.col("days_supply") * (1 + pl.col("refills").fill_null(0))).cast(pl.Int64, strict=False)
    supplied = pl.max_horizontal("on", verbatim, end, pl.col("on") + pl.duration(days=days))
    known, entries = recogniser(raw.library), raw.library.codes["reasons"].entries
    reasons = {
        text: found.id for text in rows["stop_reason"].drop_nulls().unique().to_list()
        if (found := known.concept("reasons", (), text)) and "stop" in entries[found.id].category
    }  # fmt: skip
    return rows.with_columns(
        ends=pl.when(stopped).then(pl.lit("stop")).when(statement).then(pl.lit("open")).otherwise(pl.lit("lapse")),
        end=pl.when(stopped).then(pl.max_horizontal(last, "on")), reach=pl.when(supply).then(supplied).otherwise("on"),
        stop_reason=pl.col("stop_reason").replace_strict(
            list(reasons), list(reasons.values()), default=None, return_dtype=pl.String
        ),
    )  # fmt: skip
