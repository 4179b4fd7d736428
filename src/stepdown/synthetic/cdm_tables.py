"""The tables of an OMOP CDM 5.4 that a made-up registry has rows of, with all their columns."""

from __future__ import annotations

import polars as pl

_OF_EVENT = "provider_id visit_occurrence_id visit_detail_id"
_COLUMNS = {
    "person": "person_id gender_concept_id year_of_birth month_of_birth day_of_birth birth_datetime race_concept_id "
    "ethnicity_concept_id location_id provider_id care_site_id person_source_value gender_source_value "
    "gender_source_concept_id race_source_value race_source_concept_id ethnicity_source_value "
    "ethnicity_source_concept_id",
    "observation_period": "observation_period_id person_id observation_period_start_date observation_period_end_date "
    "period_type_concept_id",
    "visit_occurrence": "visit_occurrence_id person_id visit_concept_id visit_start_date visit_start_datetime "
    "visit_end_date visit_end_datetime visit_type_concept_id provider_id care_site_id visit_source_value "
    "visit_source_concept_id admitted_from_concept_id admitted_from_source_value discharged_to_concept_id "
    "discharged_to_source_value preceding_visit_occurrence_id",
    "condition_occurrence": "condition_occurrence_id person_id condition_concept_id condition_start_date "
    "condition_start_datetime condition_end_date condition_end_datetime condition_type_concept_id "
    f"condition_status_concept_id stop_reason {_OF_EVENT} condition_source_value condition_source_concept_id "
    "condition_status_source_value",
    "drug_exposure": "drug_exposure_id person_id drug_concept_id drug_exposure_start_date "
    "drug_exposure_start_datetime drug_exposure_end_date drug_exposure_end_datetime verbatim_end_date "
    "drug_type_concept_id stop_reason refills quantity days_supply sig route_concept_id lot_number "
    f"{_OF_EVENT} drug_source_value drug_source_concept_id route_source_value dose_unit_source_value",
    "procedure_occurrence": "procedure_occurrence_id person_id procedure_concept_id procedure_date procedure_datetime "
    f"procedure_end_date procedure_end_datetime procedure_type_concept_id modifier_concept_id quantity {_OF_EVENT} "
    "procedure_source_value procedure_source_concept_id modifier_source_value",
    "measurement": "measurement_id person_id measurement_concept_id measurement_date measurement_datetime "
    "measurement_time measurement_type_concept_id operator_concept_id value_as_number value_as_concept_id "
    f"unit_concept_id range_low range_high {_OF_EVENT} measurement_source_value measurement_source_concept_id "
    "unit_source_value unit_source_concept_id value_source_value measurement_event_id meas_event_field_concept_id",
    "observation": "observation_id person_id observation_concept_id observation_date observation_datetime "
    "observation_type_concept_id value_as_number value_as_string value_as_concept_id qualifier_concept_id "
    f"unit_concept_id {_OF_EVENT} observation_source_value observation_source_concept_id unit_source_value "
    "qualifier_source_value value_source_value observation_event_id obs_event_field_concept_id",
    "death": "person_id death_date death_datetime death_type_concept_id cause_concept_id cause_source_value "
    "cause_source_concept_id",
    "provider": "provider_id provider_name npi dea specialty_concept_id care_site_id year_of_birth gender_concept_id "
    "provider_source_value specialty_source_value specialty_source_concept_id gender_source_value "
    "gender_source_concept_id",
    "cdm_source": "cdm_source_name cdm_source_abbreviation cdm_holder source_description "
    "source_documentation_reference cdm_etl_reference source_release_date cdm_release_date cdm_version "
    "cdm_version_concept_id vocabulary_version",
    "concept": "concept_id concept_name domain_id vocabulary_id concept_class_id standard_concept concept_code "
    "valid_start_date valid_end_date invalid_reason",
    "concept_ancestor": "ancestor_concept_id descendant_concept_id min_levels_of_separation max_levels_of_separation",
    "concept_relationship": "concept_id_1 concept_id_2 relationship_id valid_start_date valid_end_date invalid_reason",
}
_WORDS = ("domain_id", "vocabulary_id", "concept_class_id", "relationship_id")
_NUMBERS = ("quantity", "value_as_number", "range_low", "range_high")
_WHOLE = ("year_of_birth", "month_of_birth", "day_of_birth", "refills", "days_supply", "concept_id_1", "concept_id_2")


def _type(column: str) -> pl.DataType:
    if column in _WORDS:
        return pl.String()
    if column in _WHOLE or column.endswith(("_id", "_separation")):
        return pl.Int64()
    if column in _NUMBERS:
        return pl.Float64()
    if column.endswith("_datetime"):
        return pl.Datetime("us")
    return pl.Date() if column.endswith("_date") else pl.String()


CDM: dict[str, dict[str, pl.DataType]] = {
    table: {column: _type(column) for column in columns.split()} for table, columns in _COLUMNS.items()
}
"""Every table with its columns and their types."""
KEYS = {table: next(iter(columns)) for table, columns in CDM.items()}
"""The first column of each table, its key where it has one."""


def typed(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The columns of a table in their order; those that are not given are empty."""
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in CDM[table].items()
    )
