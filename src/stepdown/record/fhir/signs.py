"""Signs of MS: an export of a whole hospital is read for those who have one, and everybody else is passed over.

A sign is whatever could make somebody's record one of MS: a course or a mimic, a relapse, a score of disability, a
drug for MS, any code of the product's own, a questionnaire of the library, in whatever status and however doubtful; a
drug that cannot be looked up, and what cannot be read, count as signs. Who has one is never passed over.
"""

from __future__ import annotations

from collections.abc import Iterator

from stepdown.record.fhir.context import medication_concept
from stepdown.record.fhir.elements import Concept, Refused, concept, concepts, obj, objs, text
from stepdown.record.fhir.known import Known
from stepdown.record.fhir.source import Json, References, Resource

OWN = b"urn:stepdown"
_ESCAPED = b"\\u"
_LISTED = ("courses", "relapses", "instruments")
_SCORES = ("edss", "t25fw", "nhpt", "sdmt")
_ONE = ("code", "valueCodeableConcept", "medicationCodeableConcept")
_MANY = ("reasonCode", "conclusionCode", "serviceType")
_DEEPEST = 20


def has_sign(known: Known, resource: Resource, raw: bytes, references: References) -> bool:
    """Whether a resource is a sign of MS.

    Args:
        known: the lists.
        resource: the resource.
        raw: its bytes as they stand in the file.
        references: finds the Medication that it refers to.
    """
    if OWN in raw or (_ESCAPED in raw and OWN.decode() in str(resource.data)):
        return True
    data = resource.data
    try:
        if any(is_sign(known, one) for one in _concepts(data)):
            return True
        if resource.type == "QuestionnaireResponse":
            return any(known.find("instruments", one) for one in _asked(data))
        reference = obj(data, "medicationReference")
        return bool(reference) and _by_drug(known, resource, reference or {}, references)
    except Refused:
        return True


def is_sign(known: Known, said: Concept) -> bool:
    """Whether a concept is a sign of MS."""
    if said not in known.signs:
        known.signs[said] = _is_sign(known, said)
    return known.signs[said]


def _is_sign(known: Known, said: Concept) -> bool:
    library, recogniser = known.library, known.recogniser
    if any(known.find(list_id, said) for list_id in _LISTED):
        return True
    if recogniser.mentioned("courses", said.text) or recogniser.mentioned("relapses", said.text):
        return True
    measure = known.find("measures", said)
    if measure and measure.id in _SCORES:
        return True
    drug = known.drug(said)
    named = drug is not None and (drug.id in library.therapies or drug.id in library.classes)
    return named or bool(recogniser.named(said.text))


def _concepts(data: Json) -> Iterator[Concept]:
    for element in _ONE:
        if element in data:
            yield concept(data, element)
    for element in _MANY:
        if isinstance(data.get(element), list):
            yield from concepts(data, element)
        elif element in data:
            yield concept(data, element)
    if "component" in data:
        for part in objs(data, "component"):
            yield from _concepts(part)
    if "description" in data:
        yield Concept((), (text(data, "description"),))


def _asked(data: Json, depth: int = 0) -> Iterator[Concept]:
    """What the items of a questionnaire ask, and the questionnaire itself."""
    if depth > _DEEPEST:
        raise Refused("fhir-shape", element="item")
    for part in text(data, "questionnaire").replace("|", "/").split("/"):
        yield Concept((), (part,))
    for item in objs(data, "item"):
        yield Concept((), (text(item, "linkId"),))
        yield Concept((), (text(item, "text"),))
        yield from _asked(item, depth + 1)


def _by_drug(known: Known, resource: Resource, reference: Json, references: References) -> bool:
    words = text(reference, "display")
    if words and is_sign(known, Concept((), (words,))):
        return True
    found = references.find(text(reference, "reference"), resource)
    if found is None:
        return not words
    return found.type != "Medication" or is_sign(known, medication_concept(found.data))
