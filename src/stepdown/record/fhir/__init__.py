"""Reads FHIR R4, narrowly and explicitly; docs/fhir.md says which elements, and what becomes of them."""

from stepdown.record.fhir.bundle import read_bundle

__all__ = ["read_bundle"]
