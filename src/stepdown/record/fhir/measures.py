"""Scores and measurements outside the laboratory, habits, wishes, relapses, and the spans of observation."""

from __future__ import annotations

from collections.abc import Callable

from stepdown.record.fhir.context import Context, Row
from stepdown.record.fhir.elements import Concept, Refused, concept, number, obj, objs, period, truth
from stepdown.record.fhir.source import Json, Resource
from stepdown.record.units import meanings

Read = Callable[[Context, Resource, Json, Row], None]

_COLUMNS = {"edss": "edss", "t25fw": "t25fw_s", "nhpt": "nhpt_s", "sdmt": "sdmt"}
_HALF = 2
_YES = {"373066001": True, "373067005": False}
"""SNOMED CT qualifier values: yes and no."""
_PREGNANT = "77386006"


def _disability(ctx: Context, resource: Resource, data: Json, row: Row) -> None:
    """A score with those that were taken with it (components), and whether it was taken during a relapse."""
    match = ctx.find("measures", concept(data, "code"))
    found: Row = {_COLUMNS[match.id]: score(ctx, data, match.id)} if match else {}
    for part in objs(data, "component"):
        code = concept(part, "code")
        measure = ctx.find("measures", code)
        if code.local == "during-relapse":
            found["during_relapse"] = truth(part, "valueBoolean")
        elif measure and measure.id in _COLUMNS:
            found[_COLUMNS[measure.id]] = score(ctx, part, measure.id)
        else:
            ctx.problem(resource.source, "fhir-component", code=code.label)
    ctx.add("disability", resource, row | found)


def score(ctx: Context, data: Json, measure: str) -> float:
    """The number of a score or measurement, within the span that it can have.

    Raises:
        Refused: no number, one with a comparator, in another unit, or that the score cannot have.
    """
    quantity = obj(data, "valueQuantity")
    if quantity is None:
        quantity = {"value": data.get("valueInteger")}
    if quantity.get("comparator"):
        raise Refused("fhir-comparator", element=measure)
    if quantity.get("value") is None:
        raise Refused("fhir-value-missing", element=measure)
    value = number(quantity["value"], measure)
    entry = ctx.recogniser.entry("measures", measure)
    instrument = ctx.library.instruments.get(measure)
    low, high = (entry.plausible if entry else None) or (
        (instrument.low, instrument.high) if instrument else (0.0, 1e9)
    )
    unit = str(quantity.get("code") or quantity.get("unit") or "")
    expected = entry.unit if entry else None
    if unit and expected and expected != "1" and expected not in meanings(unit, ctx.library):
        raise Refused("unknown-unit", test=measure, unit=unit, mend=f"expected {expected}")
    halves = measure != "edss" or (value * _HALF == int(value * _HALF) and value != 1 / _HALF)
    if not low <= value <= high or not halves:
        raise Refused("impossible-score", measure=measure, value=value, low=low, high=high)
    return value


def _lifestyle(ctx: Context, resource: Resource, data: Json, row: Row) -> None:
    match = ctx.find("measures", concept(data, "code"))
    topic = match.id if match else ""
    entry = ctx.recogniser.entry("measures", topic)
    ctx.add(
        "lifestyle",
        resource,
        row,
        topic=topic,
        value=score(ctx, data, topic),
        unit=entry.unit if entry else None,
        status="active",
    )


def _smoking(ctx: Context, resource: Resource, data: Json, row: Row) -> None:
    said = truth(data, "valueBoolean")
    if said is not None:
        habit = "current" if said else "never"
    else:
        match = ctx.find("lifestyle", concept(data, "valueCodeableConcept"))
        if match is None:
            raise Refused("fhir-value-kind", element="smoking")
        habit = match.id
    ctx.add("lifestyle", resource, row, topic="smoking", value_code=habit, status="active")


def _contraception(ctx: Context, resource: Resource, data: Json, row: Row) -> None:
    ctx.add(
        "lifestyle", resource, row, topic="contraception", value_code="yes" if yes_no(data) else "no", status="active"
    )


def _may_become_pregnant(ctx: Context, resource: Resource, data: Json, row: Row) -> None:
    ctx.add("known", resource, row, variable="may_become_pregnant", values=["true" if yes_no(data) else "false"])


def yes_no(data: Json) -> bool:
    """Yes or no, as a truth or coded.

    Raises:
        Refused: neither.
    """
    said = truth(data, "valueBoolean")
    if said is None:
        found = {_YES[code] for _, code in concept(data, "valueCodeableConcept").codings if code in _YES}
        if len(found) != 1:
            raise Refused("fhir-value-kind", element="valueBoolean")
        said = found.pop()
    return said


def _pregnancy(ctx: Context, resource: Resource, data: Json, row: Row) -> None:
    """A pregnancy that is stated; "not pregnant" speaks for its day only and makes no fact."""
    if any(code == _PREGNANT for _, code in concept(data, "valueCodeableConcept").codings):
        ctx.add("condition", resource, row, condition="pregnancy", status="active")
    else:
        ctx.tell(resource.source, "fhir-no-value", code="pregnancy-status")


def _wish(ctx: Context, resource: Resource, data: Json, row: Row) -> None:
    said = concept(data, "valueCodeableConcept")
    topic = (said.local or said.label).lower().replace(" ", "-")
    if f"wish_{topic.replace('-', '_')}" not in ctx.library.variables:
        raise Refused("unknown-wish", text=said.label)
    strength = _component(data, "strength")
    ctx.add("wish", resource, row, topic=topic, strength=(strength.local or strength.label or None), status="active")


def _component(data: Json, name: str) -> Concept:
    for part in objs(data, "component"):
        if concept(part, "code").local == name:
            return concept(part, "valueCodeableConcept")
    return Concept()


def _observed(ctx: Context, resource: Resource, data: Json, row: Row) -> None:
    """A span in which events of a domain (of all, where none is named) would have been recorded."""
    span = obj(resource.data, "effectivePeriod")
    if span is None:
        raise Refused("fhir-date-kind", element="observed")
    begin, end = period(span)
    if begin is None:
        raise Refused("fhir-no-date")
    said = concept(data, "valueCodeableConcept")
    domain = said.local or said.label or "all"
    if domain != "all" and domain not in ctx.library.domains:
        raise Refused("unknown-domain", text=domain)
    when = {"on": begin.first, "on_latest": begin.last, "from": begin.first, "from_latest": begin.last}
    ends = {"to": end.first, "to_latest": end.last} if end else {}
    ctx.add("observed", resource, when | ends, domain=domain)


def read_relapse(ctx: Context, resource: Resource) -> None:
    """A relapse as an Observation; the value "no" is none."""
    data = resource.data
    if truth(data, "valueBoolean") is False or _negative(ctx, data):
        ctx.tell(resource.source, "left-out", kind="Observation", status="no relapse")
        return
    row = ctx.date(data, "effective", resource)
    found: Row = {}
    for part in objs(data, "component"):
        name = concept(part, "code").local
        if name == "steroids":
            found["steroids"] = truth(part, "valueBoolean")
        elif name in ("severity", "recovered", "status"):
            said = concept(part, "valueCodeableConcept")
            if (said.local or said.label) not in _RELAPSE[name]:
                raise Refused("fhir-value-kind", element=name)
            found[name] = said.local or said.label
        else:
            ctx.problem(resource.source, "fhir-component", code=concept(part, "code").label)
    ctx.add("relapse", resource, row | found)


_RELAPSE = {
    "severity": ("mild", "moderate", "severe"),
    "recovered": ("fully", "partly", "not"),
    "status": ("suspected", "active", "final"),
}


def _negative(ctx: Context, data: Json) -> bool:
    if "valueCodeableConcept" not in data:
        return False
    said = concept(data, "valueCodeableConcept")
    match = ctx.find("answers", said)
    return bool(match and match.id == "negative") or any(_YES.get(code) is False for _, code in said.codings)


MEASURES: dict[str, Read] = {
    **dict.fromkeys(_COLUMNS, _disability),
    "bmi": _lifestyle,
    "weight": _lifestyle,
    "smoking": _smoking,
    "contraception": _contraception,
    "may-become-pregnant": _may_become_pregnant,
    "pregnancy-status": _pregnancy,
    "wish": _wish,
    "observed": _observed,
}
"""How each entry of `codes/measures.yaml` is read."""
UNDATED = ("wish", "may-become-pregnant", "observed")
"""Entries that may stand without a day of their own."""
