"""What all resources share: ids, references within the Bundle, the library's version, codes and prose."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from stepdown import __version__
from stepdown.knowledge.library import Library
from stepdown.report.parts import Data
from stepdown.report.words import Words

Resource = dict[str, Any]

SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:stepdown")
LOCAL = "urn:stepdown:"
"""Where no standard has a code: `urn:stepdown:codes`, `:plan` (what an item is about), `:variables`, `:evidence` ..."""
UCUM = "http://unitsofmeasure.org"
SYSTEMS = {"loinc": "http://loinc.org", "snomed": "http://snomed.info/sct"}
_LISTS = {"labs": "{}", "measures": "{}", "mri": "mri-brain"}
"""Code lists of the library in which an item of a plan is looked up, and under which entry of theirs."""
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}\Z")


class Papers:
    """The resources of one assessment, each with the same subject, author and library version.

    Attributes:
        filled: the assessment with its texts.
        words: the language.
        entries: the entries of the Bundle so far; the first two are the person and this software.
    """

    def __init__(self, filled: Data, words: Words) -> None:
        self.filled, self.words = filled, words
        self.entries: list[Resource] = []
        known = filled["knowledge"]
        self.tag = {"system": f"{LOCAL}library", "version": known["version"], "code": known["digest"]}
        person = filled["person"]
        identified = {"identifier": [{"system": f"{LOCAL}person", "value": person}]}
        self.person = self.add("Patient", "person", identified, person if _ID.match(person) else None)
        self.device = self.add("Device", "software", _software(known))

    def url(self, key: str) -> str:
        """The `fullUrl` of a resource: the same for the same person, day, library and key."""
        filled = self.filled
        return uuid.uuid5(SPACE, "\n".join((filled["person"], filled["on"], self.tag["code"], key))).urn

    def add(self, kind: str, key: str, content: Resource, identifier: str | None = None) -> Resource:
        """Put a resource into the Bundle and give the reference to it; what is empty is left out, as FHIR asks."""
        url = self.url(key)
        head = {"resourceType": kind, "id": identifier or url.rpartition(":")[2], "meta": {"tag": [self.tag]}}
        self.entries.append({"fullUrl": url, "resource": head | _kept(content)})
        return {"reference": url, "type": kind}

    @property
    def on(self) -> str:
        """The day of the assessment."""
        return str(self.filled["on"])


def _software(known: Data) -> Resource:
    digest = {"type": {"text": "library digest"}, "value": known["digest"]}
    library = {"type": {"text": "library"}, "value": known["version"]}
    return {
        "deviceName": [{"name": "Stepdown", "type": "model-name"}],
        "version": [{"type": {"text": "software"}, "value": __version__}, library, digest],
    }


def _kept(content: Resource) -> Resource:
    """A resource without elements that hold nothing, at any depth."""
    kept = {name: _inner(value) for name, value in content.items()}
    return {name: value for name, value in kept.items() if value not in (None, "", [], {})}


def _inner(value: Any) -> Any:
    if isinstance(value, dict):
        return _kept(value)
    if isinstance(value, list):
        return [one for one in map(_inner, value) if one not in (None, "", [], {})]
    return value


def concept(text: str, *codings: Resource) -> Resource:
    """A CodeableConcept: words, and codes where there are any."""
    return {"coding": list(codings), "text": clean(text)}


def local(system: str, code: str, display: str | None = None) -> Resource:
    """A code of ours."""
    return {"system": f"{LOCAL}{system}", "code": code, "display": display}


def codings(what: str, library: Library) -> list[Resource]:
    """The codes that the library has for what an item is about; the one of ours always, standard ones where known."""
    found = [local("plan", what)]
    for name, entry in _LISTS.items():
        concepts = library.codes[name].entries
        known = concepts.get(entry.format(what)) if entry == "{}" or what == name else None
        if known is not None:
            # Several codes of one list differ in method; a request names one thing, so the first alone stands.
            found += sorted(standard(known.codes), key=lambda one: one["system"] != SYSTEMS["snomed"])[:1]
    return found


def standard(codes: Any) -> list[Resource]:
    """The LOINC and SNOMED CT codes of an entry of the library; ranges of codes are left out."""
    return [
        {"system": SYSTEMS[system], "code": code}
        for system in SYSTEMS
        for code in getattr(codes, system)
        if code.replace("-", "").isdigit()
    ]


def because(item: Data) -> list[Resource]:
    """The sources of an item as codes, and that it is an assumption where it is one."""
    named = [{"coding": [local("evidence", name)]} for name in item["evidence"]]
    return named + ([{"coding": [local("codes", "assumption")]}] if item["assumption"] else [])


def notes(lines: Iterable[str]) -> list[Resource]:
    """Annotations, one a line."""
    return [{"text": clean(line)} for line in lines if line.strip()]


def narrative(lines: Sequence[str]) -> Resource:
    """What a person reads where nothing else of the resource is shown."""
    said = "".join(f"<p>{html.escape(clean(line), quote=False)}</p>" for line in lines if line.strip())
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{said}</div>'}


def clean(text: str) -> str:
    """Words on one line: FHIR allows neither blanks around a string nor control characters in it."""
    return " ".join(text.split())
