"""The tables of a CDM: which are read, which columns of them, and how this database writes their names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import quoted_name

from stepdown.errors import InputError
from stepdown.record.omop.database import Database, Kind, Kinds

MARK = "c_"
VOCABULARY = ("concept", "concept_ancestor", "concept_relationship")
MAY_BE_MISSING = ("death", "provider", "cdm_source")
_EVENT: dict[str, tuple[str, str, str]] = {
    "condition_occurrence": ("condition", "condition_start_date", "condition_occurrence_id"),
    "drug_exposure": ("drug", "drug_exposure_start_date", "drug_exposure_id"),
    "measurement": ("measurement", "measurement_date", "measurement_id"),
    "observation": ("observation", "observation_date", "observation_id"),
    "procedure_occurrence": ("procedure", "procedure_date", "procedure_occurrence_id"),
}
"""Tables of events: how the columns of their concepts begin, their day and their key."""
EVENTS = tuple(_EVENT)
OWN: dict[str, dict[str, Kind]] = {
    "condition_occurrence": {
        "condition_end_date": "day", "visit_occurrence_id": "id", "condition_status_concept_id": "int",
        "condition_status_source_value": "text",
    },
    "drug_exposure": {
        "drug_exposure_end_date": "day", "verbatim_end_date": "day", "drug_type_concept_id": "int",
        "stop_reason": "text", "refills": "number", "quantity": "number", "days_supply": "number",
        "dose_unit_source_value": "text",
    },
    "measurement": {
        "operator_concept_id": "int", "value_as_number": "number", "value_as_concept_id": "int",
        "unit_concept_id": "int", "unit_source_value": "text", "value_source_value": "text",
        "measurement_event_id": "id",
    },
    "observation": {
        "value_as_number": "number", "value_as_string": "text", "value_as_concept_id": "int",
        "qualifier_source_value": "text", "unit_concept_id": "int", "unit_source_value": "text",
        "value_source_value": "text", "observation_event_id": "id",
    },
    "procedure_occurrence": {},
}  # fmt: skip
"""What else is read of each table of events, and of which kind it is."""
OTHERS: dict[str, dict[str, Kind]] = {
    "person": {
        "person_id": "id", "year_of_birth": "int", "month_of_birth": "int", "day_of_birth": "int",
        "gender_concept_id": "int", "gender_source_value": "text", "person_source_value": "text",
    },
    "death": {"person_id": "id", "death_date": "day"},
    "observation_period": {
        "person_id": "id", "observation_period_start_date": "day", "observation_period_end_date": "day",
    },
    "visit_occurrence": {
        "visit_occurrence_id": "id", "person_id": "id", "visit_concept_id": "int", "visit_start_date": "day",
        "visit_end_date": "day", "visit_source_value": "text", "provider_id": "id",
    },
    "provider": {
        "provider_id": "id", "specialty_concept_id": "int", "specialty_source_concept_id": "int",
        "specialty_source_value": "text",
    },
    "cdm_source": {"source_release_date": "day", "cdm_release_date": "day"},
    "concept": {
        "concept_id": "int", "concept_name": "text", "vocabulary_id": "text", "concept_class_id": "text",
        "concept_code": "text",
    },
    "concept_ancestor": {
        "ancestor_concept_id": "int", "descendant_concept_id": "int", "min_levels_of_separation": "int",
    },
    "concept_relationship": {"concept_id_1": "int", "concept_id_2": "int", "relationship_id": "text"},
}  # fmt: skip
_OPTIONAL = (
    "measurement_event_id", "observation_event_id", "value_source_value", "qualifier_source_value",
    "verbatim_end_date", "stop_reason", "refills", "quantity", "days_supply", "dose_unit_source_value",
    "condition_status_concept_id", "condition_status_source_value", "operator_concept_id", "unit_source_value",
    "visit_source_value", "specialty_source_concept_id", "specialty_source_value", "gender_source_value",
    "month_of_birth", "day_of_birth", "person_source_value", "source_release_date", "cdm_release_date",
    "value_as_string", "visit_occurrence_id", "provider_id", "condition_end_date", "drug_exposure_end_date",
)  # fmt: skip
"""Columns that a CDM may lack; nothing stands in them then."""


def event_kinds(table: str) -> dict[str, Kind]:
    """The columns that are read of a table of events by the names they go on with, which are alike in all of them."""
    return {
        "key": "id", "person_id": "id", "on": "day", "concept_id": "int", "source_concept_id": "int",
        "source_value": "text", **OWN[table],
    }  # fmt: skip


def column_of(table: str, name: str) -> str:
    """The name of a column in the CDM."""
    if table in _EVENT:
        stem, day, key = _EVENT[table]
        own = {
            "key": key, "on": day, "concept_id": f"{stem}_concept_id",
            "source_concept_id": f"{stem}_source_concept_id", "source_value": f"{stem}_source_value",
        }  # fmt: skip
        return own.get(name, name)
    return name


@dataclass(frozen=True)
class Table:
    """A table as this database names it and its columns."""

    name: str
    clause: sa.FromClause
    names: dict[str, str]

    def __getitem__(self, name: str) -> sa.ColumnElement[Any]:
        """A column by the name it goes on with; empty where the CDM does not have it."""
        found = self.names.get(column_of(self.name, name))
        return sa.null() if found is None else self.clause.c[found]

    def columns(self, kinds: Iterable[str]) -> list[sa.ColumnElement[Any]]:
        """Columns, each under the name it goes on with, marked so that none is a word of SQL."""
        return [self[name].label(f"{MARK}{name}") for name in kinds]


class Cdm:
    """The tables of a CDM in a database.

    Raises:
        InputError: a table that is needed is missing, or lacks a column that is needed.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self._tables: dict[str, Table] = {}
        for name in (*OTHERS, *EVENTS):
            found = self._look(name)
            if found is not None:
                self._tables[name] = found

    def __getitem__(self, name: str) -> Table:
        return self._tables[name]

    def __contains__(self, name: str) -> bool:
        return name in self._tables

    def kinds(self, name: str) -> Kinds:
        """The columns that are read of a table."""
        return event_kinds(name) if name in _EVENT else OTHERS[name]

    def _look(self, name: str) -> Table | None:
        schema = self.database.schemas[1 if name in VOCABULARY else 0]
        refused: InputError | None = None
        for written in (name, quoted_name(name.upper(), True)):
            star: sa.Select[Any] = sa.select(sa.literal_column("*")).select_from(sa.table(written, schema=schema))
            try:
                columns = self.database.names(star.where(sa.literal_column("1") == sa.literal_column("0")))
            except InputError as error:
                refused = refused or error
                continue
            return self._table(name, written, schema, columns)
        if name in MAY_BE_MISSING:
            return None
        why = str(refused.what).removeprefix("the database refused ") if refused else ""
        raise InputError(
            f"has no table {name} that can be read {why}".strip(), self.database.where,
            "name its schema in the address with ?cdm_schema=, and the schema of concepts with &vocabulary_schema=",
        ) from None  # fmt: skip

    def _table(self, name: str, written: str, schema: str | None, columns: list[str]) -> Table | None:
        names = {column.lower(): column for column in columns}
        for one in self.kinds(name):
            wanted = column_of(name, one)
            if wanted not in names and wanted not in _OPTIONAL:
                if name == "provider":  # without specialties nobody is known to be under observation, which claims less
                    return None
                raise InputError(
                    f"table {name} lacks the column {wanted}", self.database.where, "a CDM 5.3 or 5.4 has it"
                )
        real = [column if column == column.lower() else quoted_name(column, True) for column in columns]
        clause = sa.table(written, *(sa.column(column) for column in real), schema=schema)
        return Table(name, clause, names)
