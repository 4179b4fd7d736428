"""The assessment and its plan as FHIR R4: one Bundle of proposals, none of them an order."""

from stepdown.report.fhir.bundle import to_fhir

__all__ = ["to_fhir"]
