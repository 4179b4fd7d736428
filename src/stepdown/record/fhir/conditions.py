"""Conditions and allergies: the course of MS, relapses, infections and other diseases."""

from __future__ import annotations

from stepdown.record.dates import Span
from stepdown.record.fhir.context import Context, Row
from stepdown.record.fhir.elements import Concept, Refused, concept, day, obj, objs, text, when
from stepdown.record.fhir.source import Resource

ASSERTED = "http://hl7.org/fhir/StructureDefinition/condition-assertedDate"
_VERIFICATION = {"unconfirmed": "suspected", "provisional": "suspected", "differential": "suspected"}
_NEVER = ("refuted", "entered-in-error")
_CLINICAL = {
    "active": "active",
    "recurrence": "active",
    "relapse": "active",
    "inactive": "resolved",
    "remission": "resolved",
    "resolved": "resolved",
}
_GERMAN = {"V": "suspected", "Z": "resolved"}
_SEVERITY = {"255604002": "mild", "6736007": "moderate", "24484000": "severe"}
_HAPPENED = ("finished", "in-progress", "arrived", "triaged", "onleave")
_INPATIENT = ("IMP", "ACUTE", "NONAC")


def read_condition(ctx: Context, resource: Resource) -> None:
    """Sort a Condition into the table that its code belongs to."""
    data = resource.data
    code = concept(data, "code")
    status = _status(ctx, resource, code)
    if status is None:
        return
    for list_id, read in _READERS.items():
        match = ctx.find(list_id, code)
        if match:
            read(ctx, resource, match.id, status)
            return
    _unlisted(ctx, resource, code)
    _condition(ctx, resource, code.label, status)


def _unlisted(ctx: Context, resource: Resource, code: Concept) -> None:
    """Note a condition that no list knows; where its words name one that is known, ask a person to look at it."""
    ctx.not_listed(resource, "condition", code)
    named = {
        concept for list_id in ("infections", "conditions") for concept in ctx.recogniser.mentioned(list_id, code.text)
    }
    if named:
        ctx.problem(resource.source, "names-but-not-understood", text=code.label, names=", ".join(sorted(named)))


def _status(ctx: Context, resource: Resource, code: Concept) -> str | None:
    """Suspected, active or resolved, empty where the resource does not say; None where it is no fact."""
    verification = _code(resource, "verificationStatus")
    clinical = _code(resource, "clinicalStatus")
    if verification in _NEVER or code.certainty == "A":
        ctx.tell(resource.source, "left-out", kind=resource.type, status=verification or "excluded")
        return None
    if verification not in ("", "confirmed", *_VERIFICATION) or clinical not in ("", *_CLINICAL):
        raise Refused("fhir-status", status=verification if clinical in _CLINICAL else clinical)
    suspected = _VERIFICATION.get(verification)
    if suspected and _CLINICAL.get(clinical, "active") != "active":
        ctx.tell(resource.source, "left-out", kind=resource.type, status=f"{verification}, {clinical}")
        return None
    if suspected:
        return suspected
    ended = any(key.startswith("abatement") for key in resource.data)
    return _CLINICAL.get(clinical) or _GERMAN.get(code.certainty) or ("resolved" if ended else "")


def _code(resource: Resource, element: str) -> str:
    found = concept(resource.data, element)
    return found.codings[0][1] if found.codings else ""


def _dates(ctx: Context, resource: Resource) -> tuple[Span | None, Span | None]:
    """Begin and end of a condition, checked."""
    begin, end = when(resource.data, "onset", ctx.born), None
    if not isinstance(resource.data.get("abatementString"), str):
        end = when(resource.data, "abatement", ctx.born)
    for span in (begin, end):
        if span:
            ctx.check(span)
    if begin and end and begin.first and end.last and begin.first > end.last:
        raise Refused("end-before-start", start=str(begin.first), end=str(end.last))
    return begin, end


def _recorded(resource: Resource) -> Span:
    return day(resource.data["recordedDate"]) if "recordedDate" in resource.data else Span()


def _begun(ctx: Context, resource: Resource, begin: Span | None) -> Row:
    """The day of the event, and the day on which it was written down, which bounds an event without a date."""
    written = _recorded(resource)
    if begin is None:
        return {"on": None, "on_latest": written.last, "recorded": written.last}
    return {"on": begin.first, "on_latest": begin.last, "recorded": written.last}


def _condition(ctx: Context, resource: Resource, name: str, status: str) -> None:
    begin, end = _dates(ctx, resource)
    entry = ctx.recogniser.entry("conditions", name)
    past = bool(entry and "history" in entry.category)
    row = _begun(ctx, resource, begin) | {"condition": name}
    if end:
        row |= {"ended": end.first, "ended_latest": end.last}
    ctx.add("condition", resource, row, status="resolved" if past else status or "active")


def _course(ctx: Context, resource: Resource, course: str, status: str) -> None:
    """Onset is the first symptom of the disease; of secondary progression it is the change of course."""
    begin, _ = _dates(ctx, resource)
    diagnosed = next(
        (day(part.get("valueDateTime")) for part in objs(resource.data, "extension") if part.get("url") == ASSERTED),
        None,
    )
    if diagnosed:
        ctx.check(diagnosed)
    row: Row = {"course": None if course == "ms" else course, "recorded": _recorded(resource).last}
    if course == "spms":
        span = begin or diagnosed or Span(None, row["recorded"])
    else:
        span = diagnosed or Span(begin.first if begin else None, row["recorded"])
        row |= {"onset": begin.first, "onset_latest": begin.last} if begin else {}
    shown = {"suspected": "suspected", "resolved": "resolved"}.get(status, "final")
    ctx.add("course", resource, row | {"on": span.first, "on_latest": span.last}, status=shown)


def _relapse(ctx: Context, resource: Resource, _: str, status: str) -> None:
    begin, _end = _dates(ctx, resource)
    row = _begun(ctx, resource, begin) | {"severity": _severity(resource)}
    ctx.add("relapse", resource, row, status=status if status in ("suspected", "active") else "final")


def _severity(resource: Resource) -> str | None:
    found = concept(resource.data, "severity")
    by_code = next((_SEVERITY[code] for _, code in found.codings if code in _SEVERITY), None)
    return by_code or next((words.lower() for words in found.texts if words.lower() in _SEVERITY.values()), None)


def _infection(ctx: Context, resource: Resource, kind: str, status: str) -> None:
    """An infection is serious by its nature, where its severity is severe, or where its encounter was in hospital."""
    begin, _end = _dates(ctx, resource)
    entry = ctx.recogniser.entry("infections", kind)
    nature = entry.category if entry else ()
    in_hospital, days = _hospital(ctx, resource)
    row = _begun(ctx, resource, begin) | {"kind": kind, "hospital_days": days}
    if "opportunistic" in nature:
        row["opportunistic"] = True
    severity = _severity(resource)
    if "serious-by-nature" in nature or severity == "severe" or in_hospital:
        row["serious"] = True
    elif severity == "mild":
        row["serious"] = False
    ctx.add("infection", resource, row, status=status if status in ("suspected", "active") else "final")


def _hospital(ctx: Context, resource: Resource) -> tuple[bool, float | None]:
    """Whether the encounter of a condition was in hospital, and for how many days where both are known."""
    visit = ctx.follow(obj(resource.data, "encounter"), resource)
    if visit is None or visit.type != "Encounter" or text(visit.data, "status") not in _HAPPENED:
        return False, None
    if text(obj(visit.data, "class") or {}, "code") not in _INPATIENT:
        return False, None
    stay = obj(visit.data, "period") or {}
    if not {"start", "end"} <= stay.keys():
        return True, None
    start, end = day(stay["start"]), day(stay["end"])
    exact = start.first == start.last and end.first == end.last
    return True, float((end.first - start.first).days) if exact and start.first and end.first else None


_READERS = {"courses": _course, "relapses": _relapse, "infections": _infection, "conditions": _condition}
"""Where a Condition belongs: the first list that knows its code."""


def read_allergy(ctx: Context, resource: Resource) -> None:
    """An allergy or intolerance, by the drug that it names or in its own words."""
    code = concept(resource.data, "code")
    status = _status(ctx, resource, code)
    if status is None:
        return
    drug = ctx.recogniser.drug(code.codings, code.text)
    row = {"substance": drug.id if drug else code.label, "recorded": _recorded(resource).last}
    begin = when(resource.data, "onset", ctx.born)
    if begin:
        ctx.check(begin)
        row |= {"on": begin.first, "on_latest": begin.last}
    ctx.add("allergy", resource, row, status=status or "active")


def read_immunization(ctx: Context, resource: Resource) -> None:
    """A vaccination that was given."""
    if resource.data.get("isSubpotent") is True:
        raise Refused("fhir-subpotent")
    code = concept(resource.data, "vaccineCode")
    match = ctx.find("vaccines", code)
    if match is None:
        ctx.not_listed(resource, "vaccine", code)
    row = ctx.date(resource.data, "occurrence", resource)
    ctx.add("vaccination", resource, row, vaccine=match.id if match else code.label)
