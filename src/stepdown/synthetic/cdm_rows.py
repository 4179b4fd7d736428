"""Rows of an OMOP CDM 5.4 about made-up people, from the tables of the record; docs/omop.md says how they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from datetime import date
from functools import partial

import numpy as np
import polars as pl

from stepdown.synthetic.cdm_tables import KEYS, typed
from stepdown.synthetic.vocabulary import ADMINISTRATION, BELOW, REGISTRY, Coded, Vocabulary

Frame = pl.DataFrame
Value = pl.Expr | int | str
Rows = Iterator[tuple[str, Frame]]
_PLACES = ("observed", "diagnosed", "onset", "course", "treatment", "start-reason", "interval-weeks", "dose", "relapse",
           "steroids", "recovered", "mri", "new-t2", "gd-lesions", "stable", "contrast", "compared-on", "disability",
           "during-relapse", "lab", "infection", "serious", "condition", "vaccination", "questionnaire", "wish",
           "stay")  # fmt: skip
"""What rows tell; no two have the same key, in whatever table they are."""
_PERSON, _PLACE = 1_000_000, 10_000
"""A key is the person's number, the place of what it tells, and which it is: neither buckets nor seeds change it."""
_STEM = {"condition_occurrence": "condition", "drug_exposure": "drug", "procedure_occurrence": "procedure"}
_FIELD = {"measurement": "meas_event_field_concept_id", "observation": "obs_event_field_concept_id"}
_DAYS = {"condition_occurrence": "condition_start_date", "drug_exposure": "drug_exposure_start_date",
         "procedure_occurrence": "procedure_date", "measurement": "measurement_date",
         "observation": "observation_date"}  # fmt: skip
_ON, _NUMBER = pl.col("on"), pl.col("person_id").str.slice(4).cast(pl.Int64)


def rows(tables: dict[str, Frame], vocabulary: Vocabulary, last: date) -> Rows:
    """Every row about some people with its table; tables come several times.

    Args:
        tables: tables of the record, each sorted by person.
        vocabulary: the concepts.
        last: the day of the extract.
    """
    for name, frame in tables.items():
        if frame.height and name in _WRITERS:
            for table, found in _WRITERS[name](_Writer(frame, vocabulary, last)):
                yield table, typed(table, found)


class _Writer:
    """Makes rows of the CDM from those of one table of the record."""

    def __init__(self, frame: Frame, vocabulary: Vocabulary, last: date) -> None:
        lengths = frame["person_id"].rle().struct.field("len").to_numpy().astype(np.int64)
        count = np.arange(frame.height) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        self.frame = frame.with_columns(pl.Series("n", count))
        self.vocabulary, self.last = vocabulary, last
        self.registry = vocabulary.own(REGISTRY)

    def key(self, place: str) -> pl.Expr:
        """Keys of what the rows tell."""
        return _NUMBER * _PERSON + _PLACES.index(place) * _PLACE + pl.col("n")

    def where(self, kept: pl.Expr) -> _Writer:
        """The same with some of the rows."""
        found = copy(self)
        found.frame = self.frame.filter(kept)
        return found

    def table(self, table: str, place: str, **columns: Value) -> tuple[str, Frame]:
        """Rows of a table of the CDM."""
        given = {name: pl.lit(one) if isinstance(one, int | str) else one for name, one in columns.items()}
        key, person = self.key(place).alias(KEYS[table]), _NUMBER.alias("person_id")
        return table, self.frame.select(key, person, **given)

    def event(self, table: str, place: str, **columns: Value) -> tuple[str, Frame]:
        """Rows of a table of events, of the day of the event unless another is given."""
        stem = _STEM.get(table, table)
        usual: dict[str, Value] = {_DAYS[table]: _ON, f"{stem}_type_concept_id": self.registry}
        return self.table(table, place, **(usual | columns))

    def coded(self, stem: str, column: str, find: Callable[[str], Coded]) -> dict[str, pl.Expr]:
        """The concepts and the source value of a column of words."""
        words = self.frame[column].drop_nulls().unique().to_list()
        found = list(zip(*(find(word) for word in words), strict=True)) or [(), (), ()]
        names = (f"{stem}_concept_id", f"{stem}_source_concept_id", f"{stem}_source_value")
        types = (pl.Int64(), pl.Int64(), pl.String())
        return {
            name: pl.col(column).replace_strict(words, list(values), default=None, return_dtype=dtype)
            for name, values, dtype in zip(names, found, types, strict=True)
        }

    def same(self, stem: str, coded: Coded) -> dict[str, Value]:
        """The concepts and the source value of all rows."""
        names = (f"{stem}_concept_id", f"{stem}_source_concept_id", f"{stem}_source_value")
        return dict(zip(names, coded, strict=True))

    def more(self, place: str, of: str, aim: str, where: pl.Expr, table: str = "observation",
             **columns: Value) -> tuple[str, Frame]:  # fmt: skip
        """Rows that say more of the rows `of` in the table `aim`."""
        field: dict[str, Value] = {
            _FIELD[table]: self.vocabulary.own(f"{aim}.{aim}_id"),
            f"{table}_event_id": self.key(of),
        }
        return self.where(where).event(table, place, **(self.same(table, (0, 0, place)) | field | columns))


def _yes(column: str) -> pl.Expr:
    return pl.when(pl.col(column)).then(pl.lit("yes")).otherwise(pl.lit("no"))


def _person(w: _Writer) -> Rows:
    sexes = [word for word in w.frame["sex"].unique().to_list() if word in ("female", "male")]
    concept = pl.col("sex").replace_strict(sexes, [w.vocabulary.own(word) for word in sexes], default=0)
    birth = pl.col("birth").dt
    yield "person", w.frame.select(
        person_id=_NUMBER, gender_concept_id=concept, gender_source_value="sex", year_of_birth=birth.year(),
        month_of_birth=birth.month(), day_of_birth=birth.day(), race_concept_id=0, ethnicity_concept_id=0,
        person_source_value="person_id",
    )  # fmt: skip


def _observed(w: _Writer) -> Rows:
    begin, end = pl.col("from"), pl.col("to").fill_null(w.last)
    yield w.table("observation_period", "observed", observation_period_start_date=begin,
                  observation_period_end_date=end, period_type_concept_id=w.registry)  # fmt: skip
    yield w.event(
        "observation", "observed", **w.same("observation", (0, 0, "observed")), observation_date=begin,
        value_as_string=pl.col("to").cast(pl.String), value_source_value=pl.col("domain"),
    )  # fmt: skip


def _course(w: _Writer) -> Rows:
    code = w.coded("condition", "course", partial(w.vocabulary.of, "courses"))
    yield w.event("condition_occurrence", "course", **code)
    for place, day in (("diagnosed", _ON), ("onset", pl.col("onset"))):
        first = w.where(pl.col("onset").is_not_null())
        yield first.event("observation", place, **(w.same("observation", (0, 0, place)) | {"observation_date": day}))


def _treatment(w: _Writer) -> Rows:
    yield w.event(
        "drug_exposure", "treatment", **w.coded("drug", "therapy", w.vocabulary.drug),
        drug_exposure_end_date=pl.col("ended").fill_null(w.last), verbatim_end_date=pl.col("ended"),
        stop_reason=pl.col("stop_reason"), **_amount(),
    )  # fmt: skip
    yield w.more("start-reason", "treatment", "drug_exposure", pl.col("start_reason").is_not_null(),
                 value_source_value=pl.col("start_reason"))  # fmt: skip
    yield w.more("interval-weeks", "treatment", "drug_exposure", pl.col("interval_weeks").is_not_null(),
                 value_as_number=pl.col("interval_weeks"))  # fmt: skip


def _amount() -> dict[str, pl.Expr]:
    dose = pl.col("dose_mg")
    return {"quantity": dose, "dose_unit_source_value": pl.when(dose.is_not_null()).then(pl.lit("mg"))}


def _dose(w: _Writer) -> Rows:
    yield w.event(
        "drug_exposure", "dose", **w.coded("drug", "therapy", w.vocabulary.drug), drug_exposure_end_date=_ON,
        drug_type_concept_id=w.vocabulary.own(ADMINISTRATION), **_amount(),
    )  # fmt: skip


def _relapse(w: _Writer) -> Rows:
    yield w.event("condition_occurrence", "relapse", **w.same("condition", w.vocabulary.of("relapses", "relapse")))
    for place, value in (("steroids", _yes("steroids")), ("recovered", pl.col("recovered"))):
        yield w.more(place, "relapse", "condition_occurrence", pl.col(place).is_not_null(), value_source_value=value)


def _mri(w: _Writer) -> Rows:
    scan = w.coded("procedure", "region", lambda region: w.vocabulary.of("mri", f"mri-{region}"))
    yield w.event("procedure_occurrence", "mri", **scan)
    for place in ("new-t2", "gd-lesions"):
        count = pl.col(place.replace("-", "_"))
        yield w.more(place, "mri", "procedure_occurrence", count.is_not_null(), "measurement", value_as_number=count)
    for place in ("stable", "contrast"):
        given = pl.col(place).is_not_null()
        yield w.more(place, "mri", "procedure_occurrence", given, value_source_value=_yes(place))
    before = pl.col("compared_on")
    yield w.more("compared-on", "mri", "procedure_occurrence", before.is_not_null(),
                 value_as_string=before.cast(pl.String))  # fmt: skip


def _disability(w: _Writer) -> Rows:
    edss = w.same("measurement", w.vocabulary.of("measures", "edss"))
    yield w.event("measurement", "disability", **edss, value_as_number=pl.col("edss"))
    during = w.same("observation", (0, 0, "during-relapse")) | {"value_source_value": "yes"}
    yield w.where(pl.col("during_relapse")).event("observation", "during-relapse", **during)


def _lab(w: _Writer) -> Rows:
    units = w.frame["unit"].drop_nulls().unique().to_list()
    answers = w.frame["value_code"].drop_nulls().unique().to_list()
    unit = pl.col("unit").replace_strict(units, [w.vocabulary.unit(one) for one in units], default=None,
                                         return_dtype=pl.Int64)  # fmt: skip
    answer = pl.col("value_code").replace_strict(
        answers, [w.vocabulary.of("answers", one)[0] for one in answers], default=None, return_dtype=pl.Int64
    )
    yield w.event(
        "measurement", "lab", **w.coded("measurement", "test", partial(w.vocabulary.of, "labs")),
        operator_concept_id=pl.when("below_limit").then(w.vocabulary.own(BELOW)), value_as_number=pl.col("value"),
        unit_concept_id=unit, unit_source_value=pl.col("unit"), value_as_concept_id=answer,
    )  # fmt: skip


def _infection(w: _Writer) -> Rows:
    stay = pl.col("hospital_days").is_not_null()
    yield w.event(
        "condition_occurrence", "infection", **w.coded("condition", "kind", partial(w.vocabulary.of, "infections")),
        visit_occurrence_id=pl.when(stay).then(w.key("stay")),
    )  # fmt: skip
    yield w.where(stay).table(
        "visit_occurrence", "stay", visit_concept_id=w.vocabulary.inpatient, visit_start_date=_ON,
        visit_end_date=_ON + pl.duration(days=pl.col("hospital_days").cast(pl.Int64)), visit_type_concept_id=w.registry,
    )  # fmt: skip
    yield w.more("serious", "infection", "condition_occurrence", ~stay & pl.col("serious").is_not_null(),
                 value_source_value=_yes("serious"))  # fmt: skip


def _condition(w: _Writer) -> Rows:
    code = w.coded("condition", "condition", partial(w.vocabulary.of, "conditions"))
    yield w.event("condition_occurrence", "condition", **code)


def _vaccination(w: _Writer) -> Rows:
    code = w.coded("drug", "vaccine", partial(w.vocabulary.of, "vaccines"))
    yield w.event("drug_exposure", "vaccination", **code, drug_exposure_end_date=_ON)


def _questionnaire(w: _Writer) -> Rows:
    code = w.coded("measurement", "instrument", lambda name: (0, 0, name))
    yield w.event("measurement", "questionnaire", **code, value_as_number=pl.col("score"))


def _wish(w: _Writer) -> Rows:
    yield w.event(
        "observation", "wish", **w.same("observation", (0, 0, "wish")), value_source_value=pl.col("topic"),
        qualifier_source_value=pl.col("strength"),
    )  # fmt: skip


_WRITERS: dict[str, Callable[[_Writer], Rows]] = {
    "person": _person, "observed": _observed, "course": _course, "treatment": _treatment, "dose": _dose,
    "relapse": _relapse, "mri": _mri, "disability": _disability, "lab": _lab, "infection": _infection,
    "condition": _condition, "vaccination": _vaccination, "questionnaire": _questionnaire, "wish": _wish,
}  # fmt: skip
