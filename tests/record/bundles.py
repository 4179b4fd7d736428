"""Small Bundles for tests: one person, and whatever resources a test is about."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson

from stepdown.knowledge.library import Library, load
from stepdown.record.fhir import read_bundle
from stepdown.record.record import Record

TODAY = date(2026, 3, 1)
PATIENT = {"resourceType": "Patient", "id": "P1", "birthDate": "1970-05-02", "gender": "female"}
SUBJECT = {"reference": "Patient/P1"}
LOCAL = "urn:stepdown:codes"
Json = dict[str, Any]


def code(system: str, value: str) -> Json:
    """A CodeableConcept of one coding."""
    return {"coding": [{"system": system, "code": value}]}


def local(value: str) -> Json:
    """A code of the product's own."""
    return code(LOCAL, value)


def snomed(value: str) -> Json:
    """A SNOMED CT code."""
    return code("http://snomed.info/sct", value)


def loinc(value: str) -> Json:
    """A LOINC code."""
    return code("http://loinc.org", value)


def bundle(*resources: Json, patient: Json | None = PATIENT, **elements: Any) -> bytes:
    """A Bundle of a Patient and the given resources."""
    people = [patient] if patient else []
    entries = [{"resource": resource} for resource in [*people, *resources]]
    return orjson.dumps({"resourceType": "Bundle", "type": "collection", **elements, "entry": entries})


def resource(kind: str, **elements: Any) -> Json:
    """A resource about the person, unless it says otherwise."""
    about = "patient" if kind in ("Immunization", "AllergyIntolerance") else "subject"
    return {"resourceType": kind, "id": "x", about: SUBJECT} | elements


def observation(coded: Json, **elements: Any) -> Json:
    """A final Observation of January 2026."""
    return resource("Observation", status="final", code=coded, effectiveDateTime="2026-01-20") | elements


def read(*resources: Json, library: Library | None = None, **elements: Any) -> Record:
    """The record of a Bundle of these resources."""
    return read_bundle(bundle(*resources, **elements), "test.json", library or load(), None, TODAY)


def rows(record: Record, table: str) -> list[Json]:
    """Rows of a table, without what is null or the same everywhere."""
    same = ("person_id", "source")
    found = record[table].iter_rows(named=True)
    return [{key: value for key, value in row.items() if value is not None and key not in same} for row in found]


def keys(record: Record) -> list[str]:
    """Keys of the problems."""
    return [problem.key for problem in record.problems]
