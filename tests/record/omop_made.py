"""A CDM of one person with MS, to which tests add rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from stepdown.knowledge.library import Library, load
from tests.record.omop_writer import EXTRACTED, Cdm

DAY = date(2024, 5, 1)
Fill = Callable[[Cdm], None]


def made(fill: Fill, library: Library | None = None) -> Cdm:
    """The CDM of one person with MS, and what `fill` adds."""
    cdm = Cdm(library or load())
    cdm.rows["cdm_source"].append({"cdm_source_name": "test", "source_release_date": EXTRACTED})
    person(cdm, 1)
    condition(cdm, cdm.concept("SNOMED", "24700007", "Multiple sclerosis"))
    fill(cdm)
    return cdm


def person(cdm: Cdm, number: int, **more: Any) -> None:
    row = {"gender_concept_id": 0, "year_of_birth": 1980, "person_source_value": f"P{number}"} | more
    cdm.add("person", person_id=number, **row)
    cdm.add("observation_period", person_id=number, observation_period_start_date=date(2000, 1, 1),
            observation_period_end_date=EXTRACTED)  # fmt: skip


def condition(cdm: Cdm, standard: int, source: int = 0, value: str | None = None, person: int = 1, **more: Any) -> None:
    row: dict[str, Any] = {"condition_start_date": DAY} | more
    cdm.add("condition_occurrence", person_id=person, condition_concept_id=standard,
            condition_source_concept_id=source, condition_source_value=value, **row)  # fmt: skip


def drug(cdm: Cdm, standard: int, source: int = 0, value: str | None = None, **more: Any) -> None:
    row: dict[str, Any] = {"drug_exposure_start_date": DAY, "drug_exposure_end_date": DAY, "person_id": 1} | more
    cdm.add("drug_exposure", drug_concept_id=standard, drug_source_concept_id=source, drug_source_value=value, **row)


def lab(cdm: Cdm, standard: int, value: float | None = None, **more: Any) -> None:
    cdm.add("measurement", person_id=1, measurement_date=DAY, measurement_concept_id=standard,
            measurement_source_concept_id=0, value_as_number=value, **more)  # fmt: skip
