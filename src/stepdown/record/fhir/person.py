"""Reads the resources of one person, wherever they come from: a Bundle, or an export of many people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from stepdown.record.fhir.context import Context
from stepdown.record.fhir.elements import Refused, text
from stepdown.record.fhir.imaging import finish_scans
from stepdown.record.fhir.kinds import KINDS, MEDICATION, PARTS, PATIENT, Kind
from stepdown.record.fhir.people import is_about, read_patient
from stepdown.record.fhir.source import Resource
from stepdown.record.fhir.treatments import finish_treatments
from stepdown.record.fhir.unread import count_extensions, count_unread
from stepdown.record.fhir.visits import finish_visits
from stepdown.record.record import RecordBuilder


def read_person(ctx: Context, resources: Iterable[Resource]) -> None:
    """Read the person of a context and the resources about them; those about others are counted."""
    begin_person(ctx)
    others = sum(not _read(ctx, resource) for resource in resources)
    if others:
        ctx.problem(ctx.patient.source, "fhir-other-person", person=ctx.patient.id, times=others)
    finish_scans(ctx)
    finish_visits(ctx)
    finish_treatments(ctx)
    ctx.say_told()


def newest(resources: list[Resource], builder: RecordBuilder, person: str = "") -> list[Resource]:
    """One resource for each type and id: of several that differ, the one updated last."""
    kept: dict[tuple[str, str, str], Resource] = {}
    for resource in resources:
        key = (resource.type, resource.id, resource.url)
        other = kept.get(key)
        if other is not None and other.data != resource.data:
            builder.problem(resource.source, "fhir-duplicate", person)
        if other is None or _updated(resource) >= _updated(other):
            kept[key] = resource
    return list(kept.values())


def _updated(resource: Resource) -> str:
    meta = resource.data.get("meta")
    return str(meta.get("lastUpdated", "")) if isinstance(meta, dict) else ""


def begin_person(ctx: Context) -> None:
    """Read the Patient of a context."""
    resource = ctx.patient
    count_unread(ctx.builder, "Patient", resource.data, PATIENT)
    for element in ("modifierExtension", "implicitRules"):
        if element in resource.data:
            ctx.problem(resource.source, "fhir-modifier", element=element)
    try:
        read_patient(ctx, resource)
    except Refused as refused:
        ctx.problem(resource.source, refused.key, **refused.details)
        ctx.builder.add("person", person_id=resource.id, source=resource.source)


def _read(ctx: Context, resource: Resource) -> bool:
    """Read one resource; false where it is about somebody else."""
    kind = KINDS.get(resource.type)
    if resource.type == "Patient":
        return True
    if resource.type == "Medication":
        count_unread(ctx.builder, "Medication", resource.data, MEDICATION)
        return True
    if kind is None:
        ctx.builder.count_unread(resource.type)
        return True
    try:
        if not is_about(ctx, resource, kind.subject):
            return False
        _count(ctx, resource, kind)
        _check(resource, kind)
        if _is_fact(ctx, resource, kind):
            kind.read(ctx, resource)
    except Refused as refused:
        ctx.problem(resource.source, refused.key, **refused.details)
    return True


def _count(ctx: Context, resource: Resource, kind: Kind) -> None:
    count_unread(ctx.builder, resource.type, resource.data, kind.tree)
    if "extension" in resource.data:
        count_extensions(ctx.builder, resource.type, resource.data, kind.extensions)
    contained = resource.data.get("contained")
    for part in contained if isinstance(contained, list) else ():
        if isinstance(part, dict) and part.get("resourceType") == "Medication":
            count_unread(ctx.builder, "Medication", part, MEDICATION)
        else:
            ctx.builder.count_unread(f"{resource.type}.contained")


def _check(resource: Resource, kind: Kind) -> None:
    """Refuse a resource whose meaning something unknown may change, or that another version of FHIR wrote."""
    data = resource.data
    if not kind.watched.isdisjoint(data):
        if "implicitRules" in data:
            raise Refused("fhir-modifier", element="implicitRules")
        if "modifierExtension" in data or any(_has_modifier(data[part]) for part in PARTS if part in data):
            raise Refused("fhir-modifier", element="modifierExtension")
        for element in kind.later:
            if element in data:
                raise Refused("fhir-version", element=element)
    for element in ("clinicalStatus", "verificationStatus"):
        if element in data and isinstance(data[element], str):
            raise Refused("fhir-version", element=element)
    if resource.type == "Encounter" and isinstance(data.get("class"), list):
        raise Refused("fhir-version", element="class")


def _has_modifier(value: Any) -> bool:
    for part in value if isinstance(value, list) else (value,):
        if isinstance(part, dict) and "modifierExtension" in part:
            return True
    return False


def _is_fact(ctx: Context, resource: Resource, kind: Kind) -> bool:
    """Whether the status makes a fact; one that is none is noted, one that is not known is refused."""
    if not kind.facts:
        return True
    status = text(resource.data, "status")
    if status in kind.left_out:
        ctx.tell(resource.source, "left-out", kind=resource.type, status=status)
    elif status not in kind.facts:
        raise Refused("fhir-status", status=status)
    return status in kind.facts
