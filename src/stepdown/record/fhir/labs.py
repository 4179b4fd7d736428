"""Laboratory values: a number in the unit of its test, or positive, negative and equivocal."""

from __future__ import annotations

from stepdown.errors import InputError
from stepdown.knowledge.schema import LabEntry
from stepdown.record.fhir.context import Context, Row
from stepdown.record.fhir.elements import Concept, Refused, concept, concepts, obj, text, truth
from stepdown.record.fhir.source import Json, Resource
from stepdown.record.units import convert, lab_entry

_BELOW, _ABOVE = ("<", "<="), (">", ">=")


def read_lab(ctx: Context, resource: Resource, data: Json, test: str, row: Row) -> None:
    """Add one laboratory value.

    Raises:
        Refused: no value, a unit nobody knows or that measures something else, a negative or impossible number.
    """
    entry = lab_entry(test, ctx.library)
    quantity = obj(data, "valueQuantity")
    if quantity is None and "valueInteger" in data:
        quantity = {"value": data["valueInteger"]}
    if quantity is not None and not (entry.coded and entry.unit is None):
        ctx.add("lab", resource, row | _number(ctx, resource, quantity, test, entry), test=test)
        return
    answer = _answer(ctx, data)
    if answer is None or not entry.coded:
        _refuse(data, test)
    ctx.add("lab", resource, row, test=test, value_code=answer)


def _refuse(data: Json, test: str) -> None:
    kind = next((key for key in data if key.startswith("value")), "")
    raise Refused("fhir-value-kind" if kind else "fhir-value-missing", element=test, kind=kind)


def _number(ctx: Context, resource: Resource, quantity: Json, test: str, entry: LabEntry) -> Row:
    value = quantity.get("value")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Refused("fhir-value-missing", element=test)
    comparator = text(quantity, "comparator")
    if comparator not in ("", *_BELOW, *_ABOVE):
        raise Refused("fhir-comparator", element=test)
    if value < 0:
        raise Refused("negative-value", test=test, value=value)
    unit = text(quantity, "code") or text(quantity, "unit") or None
    try:
        number = convert(str(value), unit, test, ctx.library, resource.source)
    except InputError as error:
        raise Refused("unknown-unit", test=test, unit=unit or "", mend=error.mend) from None
    if entry.plausible and not comparator and not entry.plausible[0] <= number <= entry.plausible[1]:
        low, high = entry.plausible
        raise Refused("implausible-value", test=test, value=number, unit=entry.unit or "", low=low, high=high)
    limits: Row = {"below_limit": comparator in _BELOW, "above_limit": comparator in _ABOVE} if comparator else {}
    return {"value": number, "unit": entry.unit} | limits


def _answer(ctx: Context, data: Json) -> str | None:
    """Positive, negative or equivocal: by coded value, word, yes or no, else by the interpretation beside a number."""
    said: list[Concept] = []
    if "valueCodeableConcept" in data:
        said = [concept(data, "valueCodeableConcept")]
    elif "valueString" in data:
        said = [Concept((), (text(data, "valueString"),))]
    elif "valueBoolean" in data:
        return "positive" if truth(data, "valueBoolean") else "negative"
    elif "valueQuantity" in data:
        said = [_interpreted(one) for one in concepts(data, "interpretation")]
    found = {match.id for one in said if (match := ctx.find("answers", one))}
    return found.pop() if len(found) == 1 else None


def _interpreted(said: Concept) -> Concept:
    """HL7 interpretation codes (POS, NEG) as local codes of the list of answers."""
    return Concept(tuple(("local", code) for _, code in said.codings), said.texts)
