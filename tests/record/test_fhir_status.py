"""What a status says never becomes a fact does not become one, for each resource type and status."""

from typing import Any

import pytest

from stepdown.record.fhir.kinds import KINDS
from tests.record.bundles import Json, code, keys, loinc, read, resource, rows, snomed

OCRELIZUMAB = {"medicationCodeableConcept": code("http://www.whocc.no/atc", "L04AG08")}
PARTICIPANT = [{"actor": {"reference": "Patient/P1"}}]
GOOD: dict[str, tuple[str, Json]] = {
    "Immunization": ("vaccination", {"vaccineCode": {"text": "influenza"}, "occurrenceDateTime": "2025-10"}),
    "Procedure": ("mri", {"code": {"text": "MRI brain"}, "performedDateTime": "2025-10-01"}),
    "DiagnosticReport": ("mri", {"code": {"text": "MRI brain"}, "effectiveDateTime": "2025-10-01"}),
    "Observation": (
        "lab",
        {"code": loinc("2465-3"), "effectiveDateTime": "2026-01", "valueQuantity": {"value": 5, "code": "g/L"}},
    ),
    "MedicationAdministration": ("dose", {**OCRELIZUMAB, "effectiveDateTime": "2025-09-15"}),
    "MedicationStatement": ("treatment", {**OCRELIZUMAB, "effectivePeriod": {"start": "2018-03"}}),
    "MedicationRequest": ("treatment", {**OCRELIZUMAB, "intent": "order", "authoredOn": "2025-09-15"}),
    "MedicationDispense": ("treatment", {**OCRELIZUMAB, "whenHandedOver": "2025-09-15"}),
    "Encounter": ("observed", {"serviceType": snomed("394591006"), "period": {"start": "2025-01-05"}}),
    "Appointment": ("appointment", {"start": "2026-06-08", "participant": PARTICIPANT}),
    "QuestionnaireResponse": ("questionnaire", {}),
}
FACTS = [(kind, status) for kind, found in KINDS.items() for status in found.facts if kind != "QuestionnaireResponse"]
LEFT_OUT = [(kind, status) for kind, found in KINDS.items() for status in found.left_out]


def made(kind: str, status: Any) -> tuple[str, Json]:
    table, elements = GOOD[kind]
    return table, resource(kind, status=status, **elements)


@pytest.mark.parametrize(("kind", "status"), FACTS)
def test_fact(kind: str, status: str) -> None:
    table, given = made(kind, status)
    assert rows(read(given), table)


@pytest.mark.parametrize(("kind", "status"), LEFT_OUT)
def test_left_out_and_noted(kind: str, status: str) -> None:
    table, given = made(kind, status)
    record = read(given)
    assert rows(record, table) == []
    assert [note.args["status"] for note in record.notes if note.key == "left-out"] == [status]
    assert record.problems == ()


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize("status", ["banana", "unknown", None, 7])
def test_a_status_that_is_not_known_is_a_problem(kind: str, status: Any) -> None:
    table, given = made(kind, status)
    record = read({key: value for key, value in given.items() if value is not None})
    assert rows(record, table) == []
    assert keys(record) == ["fhir-shape" if status == 7 else "fhir-status"]


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize("element", ["implicitRules", "modifierExtension"])
def test_what_may_change_the_meaning_is_a_problem(kind: str, element: str) -> None:
    table, given = made(kind, KINDS[kind].facts[0])
    record = read(given | {element: "http://example.org/rules" if element == "implicitRules" else [{"url": "x"}]})
    assert rows(record, table) == []
    assert keys(record) == ["fhir-modifier"]


def test_do_not_perform_is_no_prescription() -> None:
    _, given = made("MedicationRequest", "active")
    record = read(given | {"doNotPerform": True})
    assert rows(record, "treatment") == []
    assert keys(record) == ["fhir-do-not-perform"]
    assert rows(read(given | {"doNotPerform": False}), "treatment")


@pytest.mark.parametrize("intent", ["proposal", "plan", "option"])
def test_a_plan_is_no_prescription(intent: str) -> None:
    _, given = made("MedicationRequest", "active")
    assert rows(read(given | {"intent": intent}), "treatment") == []


@pytest.mark.parametrize(
    ("verification", "clinical", "status"),
    [
        ("confirmed", "active", "active"),
        ("confirmed", "recurrence", "active"),
        ("confirmed", "remission", "resolved"),
        ("confirmed", "inactive", "resolved"),
        ("confirmed", "resolved", "resolved"),
        ("", "active", "active"),
        ("unconfirmed", "active", "suspected"),
        ("provisional", "active", "suspected"),
        ("differential", "", "suspected"),
        ("provisional", "resolved", None),
        ("refuted", "active", None),
        ("entered-in-error", "", None),
    ],
)
def test_conditions(verification: str, clinical: str, status: str | None) -> None:
    given = resource("Condition", code={"text": "breast cancer"}, onsetDateTime="2025-01-02")
    for element, value in (("verificationStatus", verification), ("clinicalStatus", clinical)):
        if value:
            given[element] = code("http://terminology.hl7.org/CodeSystem/x", value)
    record = read(given)
    assert [row["status"] for row in rows(record, "condition")] == ([status] if status else [])
    assert record.problems == ()


@pytest.mark.parametrize(("sign", "status"), [("A", None), ("V", "suspected"), ("Z", "resolved"), ("G", "active")])
def test_certainty_of_the_german_icd(sign: str, status: str | None) -> None:
    certainty = {
        "url": "http://fhir.de/StructureDefinition/icd-10-gm-diagnosesicherheit",
        "valueCoding": {"system": "https://fhir.kbv.de/CodeSystem/KBV_CS_SFHIR_ICD_DIAGNOSESICHERHEIT", "code": sign},
    }
    coding = {"system": "http://fhir.de/CodeSystem/bfarm/icd-10-gm", "code": "C50.9", "extension": [certainty]}
    record = read(resource("Condition", code={"coding": [coding]}, onsetDateTime="2025"))
    assert [row["status"] for row in rows(record, "condition")] == ([status] if status else [])


@pytest.mark.parametrize("element", ["clinicalStatus", "verificationStatus"])
def test_a_status_as_plain_code_is_another_version(element: str) -> None:
    record = read(resource("Condition", code={"text": "breast cancer"}, **{element: "active"}))
    assert rows(record, "condition") == []
    assert keys(record) == ["fhir-version"]


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("MedicationRequest", {"medication": {"concept": {"text": "ocrelizumab"}}}),
        ("MedicationStatement", {"medication": {"concept": {"text": "ocrelizumab"}}}),
        ("MedicationDispense", {"medication": {"concept": {"text": "ocrelizumab"}}}),
        ("MedicationAdministration", {"occurenceDateTime": "2025-09-15"}),
        ("Procedure", {"occurrenceDateTime": "2025-09-15"}),
        ("Encounter", {"actualPeriod": {"start": "2025-01-01"}}),
        ("Encounter", {"class": [snomed("394591006")]}),
    ],
)
def test_shapes_of_r5_are_told(kind: str, wrong: Json) -> None:
    table, given = made(kind, KINDS[kind].facts[0])
    record = read(given | wrong)
    assert rows(record, table) == []
    assert keys(record) == ["fhir-version"]
