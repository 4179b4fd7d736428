"""Observations, sorted by their code: MRI, relapses, scores, habits, wishes, laboratory values, questionnaires."""

from __future__ import annotations

from stepdown.record.fhir.context import Context
from stepdown.record.fhir.elements import Concept, Refused, concept, day, obj, objs
from stepdown.record.fhir.imaging import read_scan_observation
from stepdown.record.fhir.labs import read_lab
from stepdown.record.fhir.measures import MEASURES, UNDATED, read_relapse, score
from stepdown.record.fhir.source import Json, Resource
from stepdown.record.fhir.stated import VARIABLES, read_variable


def read_observation(ctx: Context, resource: Resource) -> None:
    """Sort an Observation into the table that its code belongs to, and its components where they are values."""
    code = concept(resource.data, "code")
    if code.code(VARIABLES):
        read_variable(ctx, resource, code.code(VARIABLES))
    elif ctx.find("relapses", code):
        read_relapse(ctx, resource)
    elif not _scan(ctx, resource, code) and not _value(ctx, resource, resource.data, code):
        _panel(ctx, resource, code)


def _scan(ctx: Context, resource: Resource, code: Concept) -> bool:
    match = ctx.find("mri", code)
    entry = ctx.recogniser.entry("mri", match.id) if match else None
    if match is None or entry is None or "region" in entry.category:
        return False
    read_scan_observation(ctx, resource, match.id, "scan" in entry.category)
    return True


def _value(ctx: Context, resource: Resource, data: Json, code: Concept) -> bool:
    """Read one value, of an Observation or of a component; false where no list knows its code."""
    measure = ctx.find("measures", code)
    lab = None if measure else ctx.find("labs", code)
    instrument = None if measure or lab else ctx.find("instruments", code)
    match = measure or lab or instrument
    if match is None:
        return False
    if "dataAbsentReason" in data:
        ctx.tell(resource.source, "fhir-no-value", code=match.id)
        return True
    row = ctx.date(resource.data, "effective", resource, match.id not in UNDATED)
    if "issued" in resource.data:
        row["recorded"] = day(resource.data["issued"]).last
    if measure:
        MEASURES[measure.id](ctx, resource, data, row)
    elif lab:
        read_lab(ctx, resource, data, lab.id, row)
    elif instrument:
        ctx.add("questionnaire", resource, row, instrument=instrument.id, score=score(ctx, data, instrument.id))
    return True


def _panel(ctx: Context, resource: Resource, code: Concept) -> None:
    """An Observation that no list knows may still hold values that one does, or be a relapse by its value."""
    said = obj(resource.data, "valueCodeableConcept")
    if said and ctx.find("relapses", concept(resource.data, "valueCodeableConcept")):
        read_relapse(ctx, resource)
        return
    known = False
    for part in objs(resource.data, "component"):
        try:
            known |= _value(ctx, resource, part, concept(part, "code"))
        except Refused as refused:
            known = True
            ctx.problem(resource.source, refused.key, **refused.details)
    if not known:
        ctx.not_listed(resource, "observation", code)
