"""What is said rather than measured: state variables, scores of questionnaires, and appointments."""

from __future__ import annotations

import re

from stepdown.record.fhir.context import Context, Row
from stepdown.record.fhir.elements import Concept, Refused, concept, concepts, day, number, obj, objs, text, truth
from stepdown.record.fhir.source import Json, Resource

VARIABLES = "urn:stepdown:variables"
"""Code system of an Observation that states a variable of the state; its codes are the ids of the variables."""
_DEEPEST = 20


def read_variable(ctx: Context, resource: Resource, variable: str) -> None:
    """A state variable: a number or its bounds, yes or no, or the values that are possible."""
    document = ctx.library.variables.get(variable)
    if document is None:
        raise Refused("unknown-variable", text=variable)
    data = resource.data
    row: Row
    if document.kind == "truth":
        said = truth(data, "valueBoolean")
        if said is None:
            raise Refused("fhir-value-kind", element=variable)
        row = {"values": ["true" if said else "false"]}
    elif document.kind == "number":
        row = _bounds(data, variable)
    else:
        row = {"values": sorted(_values(ctx, data, variable))}
    if "effectiveDateTime" in data:
        row |= ctx.date(data, "effective", resource)
    ctx.add("known", resource, row, variable=variable)


def _bounds(data: Json, variable: str) -> Row:
    span = obj(data, "valueRange")
    if span is not None:
        ends = {end: obj(span, end) for end in ("low", "high")}
        row = {end: number(part["value"], variable) for end, part in ends.items() if part and "value" in part}
        if len(row) == len(ends) and row["low"] > row["high"]:
            raise Refused("fhir-range", element=variable)
        return dict(row)
    quantity = obj(data, "valueQuantity") or {"value": data.get("valueInteger")}
    value = number(quantity.get("value"), variable)
    comparator = text(quantity, "comparator")
    if comparator == ">=":
        return {"low": value}
    if comparator == "<=":
        return {"high": value}
    if comparator:
        raise Refused("fhir-comparator", element=variable)
    return {"low": value, "high": value}


def _values(ctx: Context, data: Json, variable: str) -> set[str]:
    """One value, or several as components, any of which may be the true one."""
    said = [concept(data, "valueCodeableConcept")] if "valueCodeableConcept" in data else []
    said += [concept(part, "valueCodeableConcept") for part in objs(data, "component")]
    found = {one.local or one.code(VARIABLES) or one.label for one in said}
    possible = ctx.library.values(variable)
    if not found or not found <= set(possible):
        raise Refused("fhir-value-kind", element=variable)
    return found


def read_response(ctx: Context, resource: Resource) -> None:
    """The scores of a questionnaire: items named after an instrument, or `score` in one that is known."""
    data = resource.data
    about = re.split(r"[/|]", text(data, "questionnaire"))
    instrument = next(
        (match for part in reversed(about) if part and (match := ctx.find("instruments", Concept((), (part,))))), None
    )
    scores = list(_scores(ctx, objs(data, "item"), instrument.id if instrument else "", 0))
    if not scores and instrument:
        raise Refused("fhir-value-missing", element=instrument.id)
    if not scores:
        ctx.not_listed(resource, "questionnaire", Concept((), (text(data, "questionnaire"),)))
        return
    row: Row = {}
    if "authored" in data:
        span = day(data["authored"])
        ctx.check(span)
        row = {"on": span.first, "on_latest": span.last}
    else:
        ctx.problem(resource.source, "fhir-undated")
    for name, value in scores:
        limits = ctx.library.instruments[name]
        if not limits.low <= value <= limits.high:
            raise Refused("impossible-score", measure=name, value=value, low=limits.low, high=limits.high)
        ctx.add("questionnaire", resource, row, instrument=name, score=value)


def _scores(ctx: Context, items: list[Json], about: str, depth: int) -> list[tuple[str, float]]:
    if depth > _DEEPEST:
        raise Refused("fhir-shape", element="item")
    found: list[tuple[str, float]] = []
    for item in items:
        link = text(item, "linkId")
        match = ctx.find("instruments", Concept((), tuple(part for part in (link, text(item, "text")) if part)))
        name = match.id if match else about if link == "score" else ""
        for answer in objs(item, "answer"):
            if name:
                quantity = obj(answer, "valueQuantity") or {}
                value = answer.get("valueDecimal", answer.get("valueInteger", quantity.get("value")))
                found.append((name, number(value, link)))
        found += _scores(ctx, objs(item, "item"), about, depth + 1)
    return found


def read_appointment(ctx: Context, resource: Resource) -> None:
    """A dose or visit that is planned."""
    data = resource.data
    said = [*concepts(data, "serviceType"), *concepts(data, "reasonCode")]
    words = [text(data, "description"), *(one.text for one in said)]
    codings = tuple(coding for one in said for coding in one.codings)
    drug = ctx.recogniser.drug(codings, " ; ".join(part for part in words if part))
    if "start" not in data:
        raise Refused("fhir-no-date")
    span = day(data["start"])
    ctx.check(span, future=True)
    row = {"on": span.first, "on_latest": span.last, "therapy": drug.id if drug else None}
    purpose = words[0] or (None if drug else next((part for part in words if part), None))
    status = "final" if text(data, "status") == "fulfilled" else "active"
    ctx.add("appointment", resource, row, purpose=purpose, status=status)
