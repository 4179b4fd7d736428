"""Observations, sorted by their code: MRI, relapses, scores, habits, wishes, laboratory values, questionnaires."""

from __future__ import annotations

from stepdown.record.codes import Match
from stepdown.record.fhir.context import Context
from stepdown.record.fhir.elements import Concept, Refused, concept, day, objs
from stepdown.record.fhir.imaging import read_scan_observation
from stepdown.record.fhir.labs import read_lab
from stepdown.record.fhir.measures import MEASURES, UNDATED, read_relapse, score
from stepdown.record.fhir.source import Json, Resource
from stepdown.record.fhir.stated import VARIABLES, read_variable

_LISTS = ("relapses", "mri", "measures", "labs", "instruments")


def read_observation(ctx: Context, resource: Resource) -> None:
    """Sort an Observation into the table that its code belongs to, and its components where they are values."""
    code = concept(resource.data, "code")
    if code.code(VARIABLES):
        read_variable(ctx, resource, code.code(VARIABLES))
        return
    found = ctx.first(_LISTS, code)
    if found is None:
        _panel(ctx, resource, code)
    elif found[0] == "relapses":
        read_relapse(ctx, resource)
    elif found[0] == "mri":
        read_scan_observation(ctx, resource, found[1].id)
    else:
        _value(ctx, resource, resource.data, *found)


def _value(ctx: Context, resource: Resource, data: Json, list_id: str, match: Match) -> None:
    """Read one value, of an Observation or of a component."""
    if "dataAbsentReason" in data:
        ctx.tell(resource.source, "fhir-no-value", code=match.id)
        return
    row = ctx.date(resource.data, "effective", resource, match.id not in UNDATED)
    if "issued" in resource.data:
        row["recorded"] = day(resource.data["issued"]).last
    if list_id == "measures":
        MEASURES[match.id](ctx, resource, data, row)
    elif list_id == "labs":
        read_lab(ctx, resource, data, match.id, row)
    else:
        ctx.add("questionnaire", resource, row, instrument=match.id, score=score(ctx, data, match.id))


def _panel(ctx: Context, resource: Resource, code: Concept) -> None:
    """An Observation that no list knows may still hold values that one does, or be a relapse by its value."""
    if "valueCodeableConcept" in resource.data and ctx.find("relapses", concept(resource.data, "valueCodeableConcept")):
        read_relapse(ctx, resource)
        return
    known = False
    for part in objs(resource.data, "component"):
        found = ctx.first(_LISTS[2:], concept(part, "code"))
        if found:
            known = True
            try:
                _value(ctx, resource, part, *found)
            except Refused as refused:
                ctx.problem(resource.source, refused.key, **refused.details)
    if not known:
        ctx.not_listed(resource, "observation", code)
