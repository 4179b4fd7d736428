"""The resource types that are read: by which reader, with which statuses, and which of their elements."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from stepdown.record.fhir.conditions import ASSERTED, read_allergy, read_condition, read_immunization
from stepdown.record.fhir.context import Context
from stepdown.record.fhir.drugs import read_administration, read_dispense, read_request, read_statement
from stepdown.record.fhir.imaging import read_procedure, read_report
from stepdown.record.fhir.observations import read_observation
from stepdown.record.fhir.source import Resource
from stepdown.record.fhir.stated import read_appointment, read_response
from stepdown.record.fhir.unread import Tree, tree
from stepdown.record.fhir.visits import read_encounter

PARTS = ("component", "dosage", "dosageInstruction", "item")
"""Elements of which a part may change the meaning of a resource."""


@dataclass(frozen=True)
class Kind:
    """How one resource type is read.

    Attributes:
        read: the reader.
        subject: the element that says whom it is about.
        facts: statuses of a fact; empty where the type has no plain status.
        left_out: statuses that say that it is none (yet, or any more); any other status is a problem.
        elements: paths that are read; a path without parts is read whole.
        extensions: extensions that are read.
        later: elements that mark a later version of FHIR.
        tree: the elements that are read, as a tree.
        watched: elements that ask for a closer look before a resource is read.
    """

    read: Callable[[Context, Resource], None]
    subject: str
    facts: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    tree: Tree = field(init=False)
    watched: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        always = (self.subject, "implicitRules", "modifierExtension", "extension", "contained")
        status = ("status",) if self.facts else ()
        object.__setattr__(self, "tree", tree((*always, *status, *self.elements)))
        object.__setattr__(self, "watched", frozenset(("implicitRules", "modifierExtension", *PARTS, *self.later)))


_VALUES = (
    "valueQuantity",
    "valueInteger",
    "valueBoolean",
    "valueString",
    "valueCodeableConcept",
    "valueDateTime",
    "dataAbsentReason",
    "interpretation",
)
_DRUG = ("medicationCodeableConcept", "medicationReference")
_DOSAGE = ("timing", "doseAndRate", "modifierExtension")
_R5_DRUG = ("medication",)

KINDS: dict[str, Kind] = {
    "Condition": Kind(
        read_condition,
        "subject",
        elements=(
            "clinicalStatus", "verificationStatus", "severity", "code", "recordedDate", "encounter",
            "onsetDateTime", "onsetAge", "onsetPeriod", "abatementDateTime", "abatementAge", "abatementPeriod",
        ),
        extensions=(ASSERTED,),
    ),
    "AllergyIntolerance": Kind(
        read_allergy,
        "patient",
        elements=("clinicalStatus", "verificationStatus", "code", "recordedDate", "onsetDateTime", "onsetAge"),
    ),
    "Immunization": Kind(
        read_immunization,
        "patient",
        facts=("completed",),
        left_out=("entered-in-error", "not-done"),
        elements=("vaccineCode", "occurrenceDateTime", "isSubpotent"),
    ),
    "Procedure": Kind(
        read_procedure,
        "subject",
        facts=("completed",),
        left_out=("preparation", "in-progress", "not-done", "on-hold", "stopped", "entered-in-error"),
        elements=("code", "bodySite", "performedDateTime", "performedPeriod"),
        later=("occurrenceDateTime", "occurrencePeriod"),
    ),
    "DiagnosticReport": Kind(
        read_report,
        "subject",
        facts=("final", "amended", "corrected", "appended"),
        left_out=("registered", "partial", "preliminary", "cancelled", "entered-in-error"),
        elements=("code", "effectiveDateTime", "effectivePeriod", "result", "conclusionCode"),
    ),
    "Observation": Kind(
        read_observation,
        "subject",
        facts=("final", "amended", "corrected"),
        left_out=("registered", "preliminary", "cancelled", "entered-in-error"),
        elements=(
            "code", "bodySite", "issued", "effectiveDateTime", "effectivePeriod", "effectiveInstant", "valueRange",
            *_VALUES, "component.code", "component.modifierExtension", *(f"component.{name}" for name in _VALUES),
        ),
    ),
    "MedicationAdministration": Kind(
        read_administration,
        "subject",
        facts=("completed", "in-progress"),
        left_out=("not-done", "entered-in-error"),
        elements=(*_DRUG, "effectiveDateTime", "effectivePeriod", "dosage.dose", "dosage.modifierExtension"),
        later=(*_R5_DRUG, "occurenceDateTime", "occurencePeriod", "occurrenceDateTime"),
    ),
    "MedicationStatement": Kind(
        read_statement,
        "subject",
        facts=("active", "completed", "stopped", "on-hold"),
        left_out=("entered-in-error", "intended", "not-taken"),
        elements=(
            *_DRUG, "effectiveDateTime", "effectivePeriod", "dateAsserted", "reasonCode", "statusReason",
            *(f"dosage.{name}" for name in _DOSAGE),
        ),
        later=_R5_DRUG,
    ),
    "MedicationRequest": Kind(
        read_request,
        "subject",
        facts=("active", "completed", "stopped", "on-hold"),
        left_out=("cancelled", "draft", "entered-in-error"),
        elements=(
            *_DRUG, "intent", "doNotPerform", "authoredOn", "reasonCode", "statusReason",
            *(f"dosageInstruction.{name}" for name in _DOSAGE),
            "dispenseRequest.expectedSupplyDuration", "dispenseRequest.numberOfRepeatsAllowed",
        ),
        later=_R5_DRUG,
    ),
    "MedicationDispense": Kind(
        read_dispense,
        "subject",
        facts=("completed",),
        left_out=("preparation", "in-progress", "cancelled", "on-hold", "stopped", "declined", "entered-in-error"),
        elements=(
            *_DRUG, "whenHandedOver", "whenPrepared", "daysSupply",
            *(f"dosageInstruction.{name}" for name in _DOSAGE),
        ),
        later=_R5_DRUG,
    ),
    "Encounter": Kind(
        read_encounter,
        "subject",
        facts=("finished", "in-progress", "arrived", "triaged", "onleave"),
        left_out=("planned", "cancelled", "entered-in-error"),
        elements=("class", "type", "serviceType", "period"),
        later=("actualPeriod", "plannedStartDate"),
    ),
    "Appointment": Kind(
        read_appointment,
        "participant",
        facts=("booked", "pending", "arrived", "checked-in", "fulfilled"),
        left_out=("proposed", "cancelled", "noshow", "waitlist", "entered-in-error"),
        elements=("serviceType", "reasonCode", "description", "start"),
    ),
    "QuestionnaireResponse": Kind(
        read_response,
        "subject",
        facts=("completed", "amended"),
        left_out=("in-progress", "stopped", "entered-in-error"),
        elements=("questionnaire", "authored", "item"),
    ),
}  # fmt: skip

PATIENT = tree(
    ("birthDate", "gender", "deceasedBoolean", "deceasedDateTime", "link", "implicitRules", "modifierExtension")
)
MEDICATION = tree(("code", "status", "ingredient.itemCodeableConcept", "implicitRules", "modifierExtension"))
BUNDLE = tree(("type", "timestamp", "link", "entry.fullUrl", "entry.resource", "entry.request.method"))
"""What is read of a Patient, of a Medication that a drug refers to, and of the Bundle itself."""
