"""Recognising drugs and concepts in other people's records: by code, and failing that by name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from stepdown.knowledge.codelists import SYSTEMS
from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import Codes, LabEntry

By = Literal["rxnorm", "atc", "snomed", "loinc", "icd10", "cvx", "local", "name"]
Coding = tuple[str, str]
"""Code system (a FHIR url or a short name) and code."""

LOCAL_SYSTEM = "urn:stepdown:codes"
UNSPECIFIED = "unspecified"
"""Category of a concept that gives way to a more precise one found beside it (multiple sclerosis to its course)."""

_URLS: dict[str, By] = {
    "http://www.nlm.nih.gov/research/umls/rxnorm": "rxnorm",
    "urn:oid:2.16.840.1.113883.6.88": "rxnorm",
    "http://www.whocc.no/atc": "atc",
    "http://fhir.de/CodeSystem/bfarm/atc": "atc",
    "http://fhir.de/CodeSystem/dimdi/atc": "atc",
    "urn:oid:2.16.840.1.113883.6.73": "atc",
    "http://snomed.info/sct": "snomed",
    "urn:oid:2.16.840.1.113883.6.96": "snomed",
    "http://loinc.org": "loinc",
    "urn:oid:2.16.840.1.113883.6.1": "loinc",
    "http://hl7.org/fhir/sid/icd-10-cm": "icd10",
    "http://hl7.org/fhir/sid/icd-10": "icd10",
    "http://hl7.org/fhir/sid/icd-10-gm": "icd10",
    "http://fhir.de/CodeSystem/bfarm/icd-10-gm": "icd10",
    "http://fhir.de/CodeSystem/dimdi/icd-10-gm": "icd10",
    "urn:oid:2.16.840.1.113883.6.90": "icd10",
    "urn:oid:2.16.840.1.113883.6.3": "icd10",
    "http://hl7.org/fhir/sid/cvx": "cvx",
    "urn:oid:2.16.840.1.113883.12.292": "cvx",
    LOCAL_SYSTEM: "local",
    "icd10cm": "icd10",
    "icd10gm": "icd10",
    **{name: name for name in ("rxnorm", "atc", "snomed", "loinc", "icd10", "cvx", "local")},
}
_TAG = re.compile(
    r"\s*\((?:disorder|finding|procedure|substance|product|situation|observable entity|qualifier value)\)$"
)


@dataclass(frozen=True)
class Match:
    """What was recognised: the id in the library, and by what kind of code or by name."""

    id: str
    by: By


def system_of(url: str) -> By | None:
    """The code system behind a FHIR url, an OID or a short name; None for one that the library has no codes of."""
    plain = url.split("|", 1)[0].rstrip("/")
    if plain.startswith("http://snomed.info/sct"):
        return "snomed"
    return _URLS.get(plain) or _URLS.get(plain.lower())


def plain_text(text: str) -> str:
    """A name as it is compared: any case, without accents, punctuation as a space, no SNOMED CT tag at the end."""
    folded = unicodedata.normalize("NFKD", _TAG.sub("", text.strip())).casefold()
    folded = folded.replace("β", "beta").replace("α", "alpha")
    letters = "".join(sign for sign in folded if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[^\w%+/]+|_", " ", letters).split())


def _plain_code(system: str, code: str) -> str:
    code = code.strip().upper()
    if system == "icd10":
        return code.replace(".", "").rstrip("-+*!") if not code.endswith("*") else code.replace(".", "")
    return (code.lstrip("0") or "0") if system == "cvx" else code


class _Index:
    """Codes and names of one list of concepts."""

    def __init__(self) -> None:
        self.exact: dict[tuple[str, str], set[str]] = {}
        self.prefixes: dict[str, list[tuple[str, str]]] = {}
        self.ranges: list[tuple[str, str, str]] = []
        self.names: dict[str, set[str]] = {}
        self.unspecified: set[str] = set()
        self._words: re.Pattern[str] | None = None

    def add(self, concept: str, codes: Codes, names: Iterable[str]) -> None:
        for system in SYSTEMS:
            for written in getattr(codes, system):
                self._add_code(concept, system, written)
        self.exact.setdefault(("local", concept.upper()), set()).add(concept)
        for name in (concept, *names):
            self.names.setdefault(plain_text(name), set()).add(concept)

    def _add_code(self, concept: str, system: str, written: str) -> None:
        if system == "local" and "|" in written:
            self.exact.setdefault(("", written), set()).add(concept)
        elif system == "icd10" and (span := re.fullmatch(r"([A-Z]\w\w)-([A-Z]\w\w)", written)):
            self.ranges.append((span[1], span[2], concept))
        elif written.endswith("*"):
            self.prefixes.setdefault(system, []).append((_plain_code(system, written)[:-1], concept))
        else:
            self.exact.setdefault((system, _plain_code(system, written)), set()).add(concept)

    def by_code(self, url: str, code: str) -> tuple[set[str], By | None]:
        """Concepts of one coding: the exact code, else the longest prefix, else the range it lies in."""
        site = self.exact.get(("", f"{url}|{code}"))
        if site:
            return site, "local"
        system = system_of(url)
        if system is None:
            return set(), None
        plain = _plain_code(system, code.rstrip("*+!"))
        found = self.exact.get((system, plain), set())
        if not found and system in self.prefixes:
            fits = [(len(prefix), concept) for prefix, concept in self.prefixes[system] if plain.startswith(prefix)]
            longest = max((length for length, _ in fits), default=0)
            found = {concept for length, concept in fits if length == longest}
        if not found and system == "icd10":
            found = {concept for first, last, concept in self.ranges if first <= plain[:3] <= last}
        return found, system

    def by_name(self, text: str) -> set[str]:
        """Concepts whose name is the whole text; what stands with a question mark is a question."""
        return set() if "?" in text else self.names.get(plain_text(text), set())

    def by_word(self, text: str) -> list[set[str]]:
        """Concepts of each name that stands as whole words in the text, longest names first."""
        if self._words is None:
            longest = sorted((name for name in self.names if name), key=lambda name: (-len(name), name))
            self._words = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest)) or '$^'})(?!\w)")
        return [self.names[hit[0]] for hit in self._words.finditer(plain_text(text)) if hit[0]]

    def narrow(self, found: set[str]) -> set[str]:
        """Drop concepts that give way to a more precise one beside them."""
        return (found - self.unspecified) or found


class Recogniser:
    """Finds drugs and concepts of the library in codings and text. Built once a library: see `recogniser`."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._lists: dict[str, _Index] = {}
        self._drugs = _Index()
        for drug, therapy in library.therapies.items():
            self._drugs.add(drug, therapy.codes, (*therapy.title.values(), *therapy.names, *therapy.brands))
        self._class_names = {plain_text(name): name for name in library.classes} | {
            plain_text(words): name for name, found in library.classes.items() for words in found.title.values()
        }
        for name, codes in library.codes.items():
            index = self._lists.setdefault(name, _Index())
            for concept, entry in codes.entries.items():
                index.add(concept, entry.codes, entry.names)
                if UNSPECIFIED in entry.category:
                    index.unspecified.add(concept)

        questionnaires = self._lists.setdefault("instruments", _Index())
        for name, instrument in library.instruments.items():
            questionnaires.add(name, instrument.codes, (*instrument.title.values(), *instrument.names))

    def therapy(self, codings: Iterable[Coding] = (), text: str = "") -> Match | None:
        """The drug, or the class that all drugs fitting the code or name share; None where unknown or ambiguous.

        Codes decide; the text (whole words of generic and brand names, or a class by its name) chooses among
        drugs that share a code, and stands alone only where no code is known.
        """
        text = "" if "?" in text else text
        found, by = self._coded(self._drugs, codings)
        named = self._drugs.by_word(text) if text else []
        common = set.intersection(*named) if named else set()
        if found:
            return self._drug(found & common or found, by)
        if named:
            return self._drug(common, "name")
        known = self._class_names.get(plain_text(text)) if text else None
        return Match(known, "name") if known else None

    def _drug(self, found: set[str], by: By) -> Match | None:
        if len(found) == 1:
            return Match(next(iter(found)), by)
        classes = {self._library.therapies[drug].class_ for drug in found}
        return Match(classes.pop(), by) if len(classes) == 1 else None

    def concept(self, list_id: str, codings: Iterable[Coding] = (), text: str = "") -> Match | None:
        """The concept of a code list (or of `instruments`); None where unknown or ambiguous.

        Names match the whole text, in any case.
        """
        index = self._lists.get(list_id)
        if index is None:
            return None
        found, by = self._coded(index, codings)
        if not found and text:
            found, by = index.by_name(text), "name"
        found = index.narrow(found)
        return Match(next(iter(found)), by) if len(found) == 1 else None

    def drug(self, codings: Iterable[Coding] = (), text: str = "") -> Match | None:
        """A drug for MS, else another drug of the list `other-drugs` (its names as whole words of the text)."""
        codings, text = tuple(codings), "" if "?" in text else text
        match = self.therapy(codings, text)
        if match:
            return match
        index = self._lists.get("other-drugs", _Index())
        found, by = self._coded(index, codings)
        if not found and text and not self._drugs.by_word(text):
            found, by = {one for one in set().union(*index.by_word(text)) if self._counts(one, text)}, "name"
        found = index.narrow(found)
        return Match(next(iter(found)), by) if len(found) == 1 else None

    def _counts(self, drug: str, text: str) -> bool:
        """Whether a drug's name counts in a text: ointment and drops are not what is swallowed or infused."""
        entry = self.entry("other-drugs", drug)
        words = set(plain_text(text).split())
        return not entry or words.isdisjoint(entry.not_with)

    def named(self, text: str) -> set[str]:
        """All drugs for MS that a text names."""
        return set().union(*self._drugs.by_word(text)) if text else set()

    def mentioned(self, list_id: str, text: str) -> set[str]:
        """Concepts of a code list whose names stand somewhere in a text; nothing is said of what the text means."""
        index = self._lists.get(list_id)
        return set().union(*index.by_word(text)) if index and text else set()

    def entry(self, list_id: str, concept: str) -> LabEntry | None:
        """The entry of a code list."""
        found = self._library.codes.get(list_id)
        return found.entries.get(concept) if found else None

    @staticmethod
    def _coded(index: _Index, codings: Iterable[Coding]) -> tuple[set[str], By]:
        """Concepts of all codings together; the system is that of the first that is known."""
        found: set[str] = set()
        by: By | None = None
        for url, code in codings:
            fits, system = index.by_code(url, code)
            found |= fits
            by = by or (system if fits else None)
        return found, by or "name"


def recogniser(library: Library) -> Recogniser:
    """The recogniser of a library, made once and kept with it."""
    if "recogniser" not in library.cache:
        library.cache["recogniser"] = Recogniser(library)
    found: Recogniser = library.cache["recogniser"]
    return found
