"""Writes a record as an OMOP CDM by docs/omop.md: plain rows, one at a time, into any database that takes SQL.

`sayable` gives what of a record a CDM can hold: whole days, and no appointments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from stepdown.knowledge.library import Library
from stepdown.record.record import Record, check_tables

Row = dict[str, Any]
Execute = Callable[[str, list[tuple[Any, ...]]], None]
LOCAL = 2_000_000_000
DAY = date(2026, 2, 1)
"""Stands for the day of what has none."""
EXTRACTED = date(2026, 2, 28)
_OF = {
    "person": "person_id gender_concept_id year_of_birth month_of_birth day_of_birth birth_datetime "
    "person_source_value gender_source_value gender_source_concept_id",
    "death": "person_id death_date death_type_concept_id",
    "observation_period": "observation_period_id person_id observation_period_start_date observation_period_end_date",
    "visit_occurrence": "visit_occurrence_id person_id visit_concept_id visit_start_date visit_end_date provider_id "
    "visit_source_value",
    "condition_occurrence": "condition_occurrence_id person_id condition_concept_id condition_start_date "
    "condition_end_date condition_type_concept_id condition_status_concept_id visit_occurrence_id "
    "condition_source_value condition_source_concept_id condition_status_source_value",
    "drug_exposure": "drug_exposure_id person_id drug_concept_id drug_exposure_start_date drug_exposure_end_date "
    "verbatim_end_date drug_type_concept_id stop_reason refills quantity days_supply drug_source_value "
    "drug_source_concept_id dose_unit_source_value",
    "measurement": "measurement_id person_id measurement_concept_id measurement_date operator_concept_id "
    "value_as_number value_as_concept_id unit_concept_id measurement_source_value measurement_source_concept_id "
    "unit_source_value value_source_value measurement_event_id",
    "observation": "observation_id person_id observation_concept_id observation_date value_as_number value_as_string "
    "value_as_concept_id unit_concept_id observation_source_value observation_source_concept_id unit_source_value "
    "qualifier_source_value value_source_value observation_event_id",
    "procedure_occurrence": "procedure_occurrence_id person_id procedure_concept_id procedure_date "
    "procedure_source_value procedure_source_concept_id",
    "provider": "provider_id specialty_concept_id specialty_source_concept_id specialty_source_value",
    "cdm_source": "cdm_source_name source_release_date cdm_release_date",
    "concept": "concept_id concept_name vocabulary_id concept_class_id concept_code",
    "concept_ancestor": "ancestor_concept_id descendant_concept_id min_levels_of_separation",
    "concept_relationship": "concept_id_1 concept_id_2 relationship_id",
}
TABLES = {table: tuple(columns.split()) for table, columns in _OF.items()}
_TEXT = ("_name", "_code", "_string", "_value", "_class_id", "vocabulary_id", "relationship_id", "stop_reason")


def _sql_type(column: str) -> str:
    if column in ("value_as_number", "quantity"):
        return "NUMERIC(18, 6)"
    if column.endswith("_datetime"):
        return "TIMESTAMP"
    if column.endswith("_date"):
        return "DATE"
    return "VARCHAR(255)" if column.endswith(_TEXT) else "BIGINT"


def sayable(record: Record) -> Record:
    """What a CDM can say of a record: an event on the last day that it may have happened."""
    tables = {}
    for name, table in record.tables.items():
        if name == "appointment":
            continue
        columns = []
        for first in ("on", "from", "onset", "ended", "to", "birth"):
            if first in table.columns:
                last = f"{first}_latest"
                day = pl.lit(DAY) if first == "on" and name in ("allergy", "known") else pl.col(last)
                columns += [day.alias(first), day.alias(last)]
        recorded = [pl.lit(None, dtype=pl.Date).alias("recorded")] if "recorded" in table.columns else []
        tables[name] = table.with_columns(*columns, *recorded)
    return Record(check_tables(tables))


@dataclass
class Cdm:
    """Rows of a CDM and its vocabulary, as they are made."""

    library: Library
    rows: dict[str, list[Row]] = field(default_factory=lambda: {table: [] for table in TABLES})
    concepts: dict[tuple[str, str], int] = field(default_factory=dict)

    def concept(self, vocabulary: str, code: str, name: str, class_: str = "") -> int:
        """A concept, made when it is asked for first."""
        key = (vocabulary, code)
        if key not in self.concepts:
            self.concepts[key] = LOCAL + len(self.concepts) + 1
            self.rows["concept"].append(
                {"concept_id": self.concepts[key], "concept_name": name, "vocabulary_id": vocabulary,
                 "concept_class_id": class_, "concept_code": code}
            )  # fmt: skip
        return self.concepts[key]

    def above(self, parent: int, child: int, levels: int = 1) -> None:
        """Say that one concept is a kind of another."""
        self.rows["concept_ancestor"].append(
            {"ancestor_concept_id": parent, "descendant_concept_id": child, "min_levels_of_separation": levels}
        )

    def add(self, table: str, **row: Any) -> int:
        """Add a row; its key is its number."""
        key = len(self.rows[table]) + 1
        first = TABLES[table][0]
        self.rows[table].append(({} if first == "person_id" else {first: key}) | row)
        return key

    def observe(self, person: int, day: date, code: str, **row: Any) -> int:
        """Add an observation under a local code."""
        named = {"observation_concept_id": 0, "observation_source_value": code, "observation_source_concept_id": 0}
        return self.add("observation", person_id=person, observation_date=day, **(named | row))

    def write(self, execute: Execute, schema: str = "", only: Iterable[str] = tuple(TABLES)) -> None:
        """Make the tables and fill them."""
        for table in only:
            columns = ", ".join(f"{name} {_sql_type(name)}" for name in TABLES[table])
            execute(f"CREATE TABLE {schema}{table} ({columns})", [])
            rows = [tuple(row.get(name) for name in TABLES[table]) for row in self.rows[table]]
            if rows:
                execute(f"INSERT INTO {schema}{table} VALUES ({', '.join(['?'] * len(TABLES[table]))})", rows)


def written(record: Record, library: Library) -> Cdm:
    """A record as a CDM."""
    cdm = Cdm(library)
    cdm.rows["cdm_source"].append({"cdm_source_name": "test", "source_release_date": EXTRACTED})
    numbers = {person: place + 1 for place, person in enumerate(record.people)}
    for name, write in _WRITERS.items():
        for row in record[name].iter_rows(named=True):
            write(cdm, numbers[row["person_id"]], row)
    return cdm


def _person(cdm: Cdm, person: int, row: Row) -> None:
    born, sex = row["birth"], row["sex"]
    concept = cdm.concept("Gender", sex[0].upper(), sex.upper()) if sex else 0
    cdm.add(
        "person", person_id=person, gender_concept_id=concept, year_of_birth=born and born.year,
        month_of_birth=born and born.month, day_of_birth=born and born.day, person_source_value=row["person_id"],
    )  # fmt: skip
    if row["died"]:
        cdm.add("death", person_id=person, death_date=row["died"])
    cdm.add("observation_period", person_id=person, observation_period_start_date=date(1950, 1, 1),
            observation_period_end_date=EXTRACTED)  # fmt: skip


_SYSTEMS = {"snomed": "SNOMED", "loinc": "LOINC", "icd10": "ICD10CM", "cvx": "CVX"}


def _coded(cdm: Cdm, stem: str, codes: str, word: str) -> Row:
    """A code of the library where it has an exact one, else a local code."""
    entry = cdm.library.codes[codes].entries.get(word)
    for system, vocabulary in _SYSTEMS.items():
        exact = (
            [code for code in getattr(entry.codes, system) if "*" not in code and "-" not in code[:3]] if entry else []
        )
        if exact:
            number = cdm.concept(vocabulary, exact[0], f"{vocabulary} {exact[0]}")
            return {f"{stem}_concept_id": number, f"{stem}_source_concept_id": 0, f"{stem}_source_value": exact[0]}
    return {f"{stem}_concept_id": 0, f"{stem}_source_concept_id": 0, f"{stem}_source_value": word}


def _condition_row(cdm: Cdm, person: int, row: Row, codes: str, word: str, **more: Any) -> int:
    status = row["status"] if row["status"] in ("suspected", "resolved") and not row.get("ended") else None
    return cdm.add("condition_occurrence", person_id=person, condition_start_date=row["on"],
                   condition_status_source_value=status, **_coded(cdm, "condition", codes, word), **more)  # fmt: skip


def _course(cdm: Cdm, person: int, row: Row) -> None:
    _condition_row(cdm, person, row, "courses", row["course"] or "ms")
    cdm.observe(person, row["on"], "diagnosed")
    if row["onset"]:
        cdm.observe(person, row["onset"], "onset")


def _observed(cdm: Cdm, person: int, row: Row) -> None:
    cdm.observe(person, row["from"], "observed", value_as_string=row["to"] and str(row["to"]),
                value_source_value=row["domain"])  # fmt: skip


def _drug(cdm: Cdm, person: int, row: Row, kind: str, **more: Any) -> int:
    unit = {"quantity": row["dose_mg"], "dose_unit_source_value": "mg"} if row["dose_mg"] is not None else {}
    return cdm.add(
        "drug_exposure", person_id=person, drug_concept_id=0, drug_source_concept_id=0,
        drug_source_value=row["therapy"], drug_exposure_start_date=row["on"],
        drug_type_concept_id=cdm.concept("Type Concept", kind, kind), **unit, **more,
    )  # fmt: skip


def _treatment(cdm: Cdm, person: int, row: Row) -> None:
    key = _drug(cdm, person, row, "Registry", verbatim_end_date=row["ended"], stop_reason=row["stop_reason"],
                drug_exposure_end_date=row["ended"] or EXTRACTED)  # fmt: skip
    for name, value in (("interval-weeks", "value_as_number"), ("start-reason", "value_source_value")):
        said = row[name.replace("-", "_")]
        if said is not None:
            cdm.observe(person, row["on"], name, observation_event_id=key, **{value: said})


def _dose(cdm: Cdm, person: int, row: Row) -> None:
    _drug(cdm, person, row, "EHR administration record", drug_exposure_end_date=row["on"])


def _relapse(cdm: Cdm, person: int, row: Row) -> None:
    key = _condition_row(cdm, person, row, "relapses", "relapse")
    for name in ("severity", "steroids", "recovered"):
        if row[name] is not None:
            said = {True: "yes", False: "no"}.get(row[name], row[name])
            cdm.observe(person, row["on"], name, observation_event_id=key, value_source_value=said)


def _mri(cdm: Cdm, person: int, row: Row) -> None:
    scan = cdm.add("procedure_occurrence", person_id=person, procedure_date=row["on"],
                   **_coded(cdm, "procedure", "mri", f"mri-{row['region']}" if row["region"] else "mri"))  # fmt: skip
    for name in ("new-t2", "gd-lesions"):
        count = row[name.replace("-", "_")]
        if count is not None:
            cdm.add("measurement", person_id=person, measurement_date=row["on"], measurement_concept_id=0,
                    measurement_source_concept_id=0, measurement_source_value=name, value_as_number=count,
                    measurement_event_id=scan)  # fmt: skip
    for name in ("stable", "lesions", "contrast"):
        if row[name] is not None:
            said = "yes" if row[name] else "no"
            cdm.observe(person, row["on"], name, observation_event_id=scan, value_source_value=said)
    if row["compared_on"]:
        cdm.observe(
            person, row["on"], "compared-on", observation_event_id=scan, value_as_string=str(row["compared_on"])
        )


def _measure(cdm: Cdm, person: int, row: Row, codes: str, word: str, **more: Any) -> None:
    cdm.add(
        "measurement", person_id=person, measurement_date=row["on"], **_coded(cdm, "measurement", codes, word), **more
    )


def _disability(cdm: Cdm, person: int, row: Row) -> None:
    for column, word in (("edss", "edss"), ("t25fw_s", "t25fw"), ("nhpt_s", "nhpt"), ("sdmt", "sdmt")):
        if row[column] is not None:
            _measure(cdm, person, row, "measures", word, value_as_number=row[column])
    if row["during_relapse"] is not None:
        cdm.observe(person, row["on"], "during-relapse", value_source_value=str(row["during_relapse"]).lower())


def _lab(cdm: Cdm, person: int, row: Row) -> None:
    sign = "<" if row["below_limit"] else ">" if row["above_limit"] else None
    operator = cdm.concept("Meas Value Operator", sign, sign) if sign else 0
    coded = person % 2 == 0 and row["unit"] is not None
    answer = _coded(cdm, "x", "answers", row["value_code"])["x_concept_id"] if row["value_code"] else 0
    _measure(
        cdm, person, row, "labs", row["test"], value_as_number=row["value"], operator_concept_id=operator,
        unit_concept_id=cdm.concept("UCUM", row["unit"], "a name") if coded else 0, value_as_concept_id=answer,
        unit_source_value="nonsense" if coded else row["unit"],
    )  # fmt: skip


def _infection(cdm: Cdm, person: int, row: Row) -> None:
    key = _condition_row(cdm, person, row, "infections", row["kind"])
    if row["serious"] is not None:
        cdm.observe(person, row["on"], "serious", observation_event_id=key,
                    value_source_value=str(row["serious"]).lower())  # fmt: skip
    if row["hospital_days"] is not None:
        cdm.observe(person, row["on"], "hospital-days", observation_event_id=key, value_as_number=row["hospital_days"])


def _condition(cdm: Cdm, person: int, row: Row) -> None:
    _condition_row(cdm, person, row, "conditions", row["condition"], condition_end_date=row["ended"])


def _allergy(cdm: Cdm, person: int, row: Row) -> None:
    cdm.observe(person, row["on"], "allergy", value_source_value=row["substance"])


def _lifestyle(cdm: Cdm, person: int, row: Row) -> None:
    said = row["value_code"]
    if row["topic"] == "smoking" and person % 2:
        answer = _coded(cdm, "x", "lifestyle", said)["x_concept_id"]
        _measure(cdm, person, row, "measures", "smoking", value_as_concept_id=answer)
    else:
        _measure(cdm, person, row, "measures", row["topic"], value_as_number=row["value"], value_source_value=said,
                 unit_source_value=row["unit"])  # fmt: skip


def _vaccination(cdm: Cdm, person: int, row: Row) -> None:
    cdm.add("drug_exposure", person_id=person, drug_exposure_start_date=row["on"],
            **_coded(cdm, "drug", "vaccines", row["vaccine"]))  # fmt: skip


def _questionnaire(cdm: Cdm, person: int, row: Row) -> None:
    cdm.observe(person, row["on"], row["instrument"], value_as_number=row["score"])


def _wish(cdm: Cdm, person: int, row: Row) -> None:
    cdm.observe(person, row["on"], "wish", value_source_value=row["topic"], qualifier_source_value=row["strength"])


def _known(cdm: Cdm, person: int, row: Row) -> None:
    values = "|".join(row["values"]) if row["values"] else None
    cdm.observe(person, row["on"], f"urn:stepdown:variables|{row['variable']}", value_as_number=row["low"],
                value_source_value=values)  # fmt: skip


_WRITERS: dict[str, Callable[[Cdm, int, Row], None]] = {
    "person": _person, "observed": _observed, "course": _course, "treatment": _treatment, "dose": _dose,
    "relapse": _relapse, "mri": _mri, "disability": _disability, "lab": _lab, "infection": _infection,
    "condition": _condition, "allergy": _allergy, "lifestyle": _lifestyle, "vaccination": _vaccination,
    "questionnaire": _questionnaire, "wish": _wish, "known": _known,
}  # fmt: skip
