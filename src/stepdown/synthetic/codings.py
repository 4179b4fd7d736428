"""Codes that a made-up export uses: one for each drug and concept, such that the library recognises it again."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import Codes
from stepdown.record.codes import LOCAL_SYSTEM, Coding, recogniser

URLS = {
    "snomed": "http://snomed.info/sct",
    "loinc": "http://loinc.org",
    "cvx": "http://hl7.org/fhir/sid/cvx",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "atc": "http://www.whocc.no/atc",
    "icd10": "http://hl7.org/fhir/sid/icd-10",
}
"""Systems of codes in the order in which they are preferred."""
_PATTERN = "*|"
"""Signs in a list that make an entry stand for many codes, or for one of a site's own system."""


def each(codes: Codes) -> Iterator[tuple[str, str]]:
    """The system and the code of every single code of an entry, the preferred first."""
    for system in URLS:
        for code in getattr(codes, system):
            if not set(code) & set(_PATTERN) and not (system == "icd10" and "-" in code):
                yield system, code


def coding_of(library: Library, list_id: str, concept: str) -> Coding:
    """Url of a system and code of a concept of a list; its id as a local code where no other means it alone."""
    known, entry = recogniser(library), library.codes[list_id].entries[concept]
    for system, code in each(entry.codes):
        match = known.concept(list_id, [(URLS[system], code)])
        if match and match.id == concept:
            return URLS[system], code
    return LOCAL_SYSTEM, concept


def concept(library: Library, list_id: str, concept: str) -> str:
    """A concept of a list as the JSON of a CodeableConcept."""
    return coded(coding_of(library, list_id, concept))


def local(code: str) -> str:
    """A code of our own system as the JSON of a CodeableConcept."""
    return coded((LOCAL_SYSTEM, code))


def drug(library: Library, therapy: str) -> str:
    """A drug as the JSON of a CodeableConcept, with a name where its code is that of several drugs."""
    known, document = recogniser(library), library.therapies[therapy]
    system, code = next((found for found in each(document.codes) if found[0] in ("rxnorm", "atc")), ("", ""))
    coding = (URLS[system], code) if system else (LOCAL_SYSTEM, therapy)
    for name in ("", *document.title.values(), *document.brands, *document.names):
        match = known.drug([coding], name)
        if match and match.id == therapy:
            return coded(coding, name)
    raise LookupError(therapy)


def coded(coding: Coding, text: str = "") -> str:
    """The JSON of a CodeableConcept."""
    found = {"coding": [dict(zip(("system", "code"), coding, strict=True))], **({"text": text} if text else {})}
    return orjson.dumps(found).decode()
