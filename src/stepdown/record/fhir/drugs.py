"""Drugs: doses that were given, and the evidence of treatments: statements, prescriptions and dispenses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from stepdown.record.codes import Match
from stepdown.record.dates import Span
from stepdown.record.fhir.context import Context
from stepdown.record.fhir.elements import (
    Concept,
    Refused,
    concept,
    concepts,
    day,
    interval_weeks,
    milligrams,
    number,
    obj,
    objs,
    period,
    text,
    truth,
    when,
)
from stepdown.record.fhir.source import Json, Resource

Ends = Literal["open", "stop", "lapse"]
"""How evidence of a treatment ends: it goes on, it was stopped, or its supply ran out without a word."""


@dataclass(frozen=True)
class Evidence:
    """What one resource says of a treatment.

    Attributes:
        drug: id of the drug.
        source: the resource.
        begin: when it began.
        ends: how it ends.
        end: when it was stopped, where that is said.
        reach: the last day that it covers for certain: end of supply, else its beginning.
        interval_weeks: weeks from dose to dose.
        dose_mg: one dose.
        start_reason: why it was begun.
        stop_reason: why it was stopped.
    """

    drug: str
    source: str
    begin: Span
    ends: Ends
    end: Span | None = None
    reach: date | None = None
    interval_weeks: float | None = None
    dose_mg: float | None = None
    start_reason: str | None = None
    stop_reason: str | None = None


def read_administration(ctx: Context, resource: Resource) -> None:
    """A dose that was given."""
    data = resource.data
    match = ctx.drug(resource, data)
    if match is None:
        return
    dosage = obj(data, "dosage") or {}
    row = ctx.date(data, "effective", resource) | {"therapy": match.id, "dose_mg": milligrams(obj(dosage, "dose"))}
    ctx.add("dose", resource, row)
    ctx.given.add(match.id)
    begin = Span(row.get("on"), row.get("on_latest"))
    ctx.drugs.append(Evidence(match.id, resource.source, begin, "lapse", reach=begin.last))


_STATEMENT: dict[str, Ends] = {"active": "open", "completed": "stop", "stopped": "stop", "on-hold": "stop"}


def read_statement(ctx: Context, resource: Resource) -> None:
    """A statement that a drug is or was taken."""
    data = resource.data
    match = ctx.drug(resource, data)
    if match is None:
        return
    begin, end = _taken(ctx, data)
    dosages = objs(data, "dosage")
    ends = _STATEMENT[text(data, "status")]
    if end and end.first and end.first > ctx.today:
        end = None  # planned to go on beyond today
    if ends == "open" and end:
        ends = "stop"
    asserted = day(data["dateAsserted"]).last if "dateAsserted" in data else None
    if ends == "stop" and end is None:
        end = _by_now(begin, asserted or ctx.written)
    _evidence(ctx, resource, match, begin, ends, end, None, dosages)


def _by_now(begin: Span, day_: date) -> Span:
    """Stopped at an unknown time between the beginning and a day on which it was over."""
    return Span(begin.first, max(day_, begin.last) if begin.last else day_)


def _taken(ctx: Context, data: Json) -> tuple[Span, Span | None]:
    span = obj(data, "effectivePeriod")
    if span is None:
        begin, end = when(data, "effective", ctx.born) or Span(), None
    else:
        started, end = period(span)
        begin = started or Span()
    ctx.check(begin)
    return begin, end


_REQUEST: dict[str, Ends] = {"active": "open", "completed": "lapse", "stopped": "stop", "on-hold": "stop"}
_PLANS = ("proposal", "plan", "option")


def read_request(ctx: Context, resource: Resource) -> None:
    """A prescription."""
    data = resource.data
    if truth(data, "doNotPerform"):
        raise Refused("fhir-do-not-perform")
    if text(data, "intent") in _PLANS:
        ctx.tell(resource.source, "left-out", kind=resource.type, status=text(data, "intent"))
        return
    match = ctx.drug(resource, data)
    if match is None:
        return
    dosages = objs(data, "dosageInstruction")
    begin, end = _bounds(dosages)
    authored = day(data["authoredOn"]) if "authoredOn" in data else None
    begin = begin or authored or Span()
    ctx.check(begin)
    ends = _REQUEST[text(data, "status")]
    reach = _supply_end(data, begin)
    if end and end.last and ends != "stop":
        reach = max(end.last, reach) if reach else end.last
    if ends == "open" and reach and reach < ctx.written:
        ends = "lapse"
    if ends == "stop":
        end = end or _by_now(begin, ctx.written)
    _evidence(ctx, resource, match, begin, ends, end if ends == "stop" else None, reach, dosages)


def _bounds(dosages: list[Json]) -> tuple[Span | None, Span | None]:
    for dosage in dosages:
        repeat = obj(obj(dosage, "timing") or {}, "repeat") or {}
        bounds = obj(repeat, "boundsPeriod")
        if bounds:
            return period(bounds)
    return None, None


def _supply_end(data: Json, begin: Span) -> date | None:
    """The last day that a prescription supplies, its repeats included."""
    supply = obj(data, "dispenseRequest") or {}
    duration = obj(supply, "expectedSupplyDuration") or {}
    if begin.last is None or duration.get("code", duration.get("unit")) not in ("d", "day", "days"):
        return None
    repeats = number(supply.get("numberOfRepeatsAllowed", 0), "numberOfRepeatsAllowed")
    days = number(duration.get("value"), "expectedSupplyDuration") * (1 + repeats)
    return _days_after(begin.last, days, "expectedSupplyDuration")


def _days_after(start: date, days: float, element: str) -> date:
    try:
        return start + timedelta(days=days)
    except OverflowError:
        raise Refused("fhir-count", element=element, value=days) from None


def read_dispense(ctx: Context, resource: Resource) -> None:
    """A drug that was handed over; it covers the days of its supply."""
    data = resource.data
    match = ctx.drug(resource, data)
    if match is None:
        return
    given = data.get("whenHandedOver", data.get("whenPrepared"))
    begin = day(given) if given is not None else Span()
    ctx.check(begin)
    supply = obj(data, "daysSupply")
    days = number(supply.get("value"), "daysSupply") if supply else 0.0
    reach = _days_after(begin.last, days, "daysSupply") if begin.last else None
    _evidence(ctx, resource, match, begin, "lapse", None, reach, objs(data, "dosageInstruction"))


def _evidence(
    ctx: Context,
    resource: Resource,
    match: Match,
    begin: Span,
    ends: Ends,
    end: Span | None,
    reach: date | None,
    dosages: list[Json],
) -> None:
    doses = {milligrams(obj(part, "doseQuantity")) for dosage in dosages for part in objs(dosage, "doseAndRate")}
    ctx.drugs.append(
        Evidence(
            match.id,
            resource.source,
            begin,
            ends,
            end,
            reach or begin.last,
            interval_weeks(dosages),
            doses.pop() if len(doses) == 1 else None,
            _reason(ctx, resource, "reasonCode", "start"),
            _reason(ctx, resource, "statusReason", "stop") if ends == "stop" else None,
        )
    )


def _reason(ctx: Context, resource: Resource, element: str, category: str) -> str | None:
    """A reason that the list knows; the indication itself is none and is passed over."""
    raw = resource.data.get(element)
    found: list[Concept] = (
        concepts(resource.data, element) if isinstance(raw, list) else [concept(resource.data, element)]
    )
    for said in found:
        match = ctx.find("reasons", said)
        entry = ctx.recogniser.entry("reasons", match.id) if match else None
        if match and entry and category in entry.category:
            return match.id
        if said.label and category == "stop":
            ctx.not_listed(resource, "reason", said)
    return None
