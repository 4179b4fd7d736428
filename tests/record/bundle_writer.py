"""Parts of a FHIR R4 Bundle as real clinics code them: styles of the examples, references, dates, codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import stepdown
from stepdown.knowledge.library import Library

EXAMPLES = Path(stepdown.__file__).parent / "examples"
TODAY = date(2026, 11, 22)
Json = dict[str, Any]
Row = dict[str, Any]

LOCAL, VARIABLES = "urn:stepdown:codes", "urn:stepdown:variables"
URLS = {
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "atc": "http://www.whocc.no/atc",
    "snomed": "http://snomed.info/sct",
    "loinc": "http://loinc.org",
    "icd10": "http://hl7.org/fhir/sid/icd-10-cm",
    "cvx": "http://hl7.org/fhir/sid/cvx",
}
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
ASSERTED = "http://hl7.org/fhir/StructureDefinition/condition-assertedDate"
SEVERITY = {"mild": "255604002", "moderate": "6736007", "severe": "24484000"}
SMOKING = {"current": "77176002", "former": "8517006", "never": "266919005"}
REGION = {"brain": "12738006", "cord": "2748008"}


@dataclass(frozen=True)
class Style:
    """How one clinic's system writes: kind of Bundle, code systems, and which resources carry a fact."""

    bundle: str
    drugs: tuple[str, ...] = ("atc",)
    old_atc: bool = False
    references: str = "relative"
    medication: str = "concept"
    ongoing: str = "statement"
    scans: str = "observation"
    icd10: bool = True
    milligrams_per_decilitre: bool = False
    visits: bool = False


STYLES = {
    "almost-nothing": Style("collection"),
    "breast-cancer-rituximab": Style("searchset", ("atc",), old_atc=True, visits=True, references="absolute"),
    "cladribine-finished": Style("document", ("text",), scans="report"),
    "fingolimod-wants-to-stop": Style("transaction", ("rxnorm",), references="uuid", ongoing="request", visits=True),
    "fumarate-lymphopenia": Style("collection", ("atc",), old_atc=True, ongoing="dispense", icd10=False),
    "interferon-twenty-years": Style("searchset", ("text",), ongoing="request", references="absolute"),
    "long-quiet-ocrelizumab": Style("collection", ("snomed", "atc"), milligrams_per_decilitre=True, scans="report"),
    "natalizumab-wants-child": Style("document", ("rxnorm", "atc"), medication="reference", visits=True),
    "new-symptom-natalizumab": Style("transaction", ("atc",), old_atc=True, references="uuid", medication="reference"),
    "pneumonia-ocrelizumab": Style("searchset", ("atc",), medication="contained", milligrams_per_decilitre=True),
    "primary-progressive-70": Style("collection", ("text",), icd10=False, ongoing="request", visits=True),
}
ICD10 = {"pneumonia": "J18.9", "respiratory": "J06.9", "breast-cancer": "C50.919", "diabetes": "E11.9"}
REASONS = {"side-effects": ("http://snomed.info/sct", "281647001"), "activity": (LOCAL, "activity")}


class Writer:
    """Turns the rows of a record into resources of one Bundle."""

    def __init__(self, library: Library, style: Style, person: Row) -> None:
        self.library, self.style, self.person = library, style, person
        self.resources: list[Json] = []
        self.counts: dict[str, int] = {}

    def add(self, kind: str, **elements: Any) -> str:
        """Add a resource; gives the reference to it."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        name = self.person["person_id"] if kind == "Patient" else f"{kind.lower()}-{self.counts[kind]}"
        body = {key.rstrip("_"): value for key, value in elements.items() if value not in (None, [], {})}
        self.resources.append({"resourceType": kind, "id": name, **body})
        return self.reference(kind, name)

    def reference(self, kind: str, name: str) -> str:
        """A reference in the way of this system."""
        ways = {"absolute": f"https://fhir.clinic.example/r4/{kind}/{name}", "uuid": uuid(kind, name)}
        return ways.get(self.style.references, f"{kind}/{name}")

    @property
    def subject(self) -> Json:
        """The person."""
        return {"reference": self.reference("Patient", self.person["person_id"])}

    def coded(self, folder: str, concept: str, systems: tuple[str, ...], text: str = "") -> Json:
        """A CodeableConcept from the library's own lists: the first code of each system, or text alone."""
        documents: Any = self.library.therapies if folder == "therapies" else None
        entry = documents.get(concept) if documents else self.library.codes[folder].entries.get(concept)
        entry = entry or self.library.codes["other-drugs"].entries.get(concept)
        codings = []
        for system in systems:
            codes = [code for code in (getattr(entry.codes, system, ()) if entry else ()) if "-" not in code[:4]]
            if system in ("atc", "rxnorm"):
                codes = [code for code in codes if not code.endswith("*")]
            if codes:
                chosen = codes[-1] if system == "atc" and self.style.old_atc else codes[0]
                usual = ICD10.get(concept, chosen) if system == "icd10" else chosen
                codings.append({"system": URLS[system], "code": usual.rstrip("*")})
        return {"coding": codings, "text": text or concept} if codings else {"text": text or concept}

    def drug_concept(self, therapy: str) -> Json:
        """The drug as a CodeableConcept."""
        known = self.library.therapies.get(therapy)
        systems = tuple(system for system in self.style.drugs if system != "text")
        words = (known.brands[0] if known.brands else therapy) if known else therapy
        return self.coded("therapies", therapy, systems, words)

    def drug(self, therapy: str) -> Json:
        """The drug as this system writes it: a concept, a reference, or a contained Medication."""
        concept = self.drug_concept(therapy)
        if self.style.medication == "concept":
            return {"medicationCodeableConcept": concept}
        if self.style.medication == "contained":
            return {
                "contained": [{"resourceType": "Medication", "id": "drug", "code": concept}],
                "medicationReference": {"reference": "#drug"},
            }
        name = f"drug-{therapy}"
        if not any(found["id"] == name for found in self.resources):
            self.resources.append({"resourceType": "Medication", "id": name, "code": concept})
        return {"medicationReference": {"reference": self.reference("Medication", name), "display": concept["text"]}}

    def observation(self, code: Json, row: Row, **elements: Any) -> str:
        """An Observation on the day of a row."""
        when = {"effectiveDateTime": stamp(row["on"], row["on_latest"])} if row["on"] else {}
        return self.add("Observation", status="final", code=code, subject=self.subject, **when, **elements)


def uuid(kind: str, name: str) -> str:
    """A urn:uuid that is the same on every run."""
    import uuid as library

    return f"urn:uuid:{library.uuid5(library.NAMESPACE_URL, f'stepdown/{kind}/{name}')}"


def stamp(first: date | None, last: date | None) -> str:
    """A span as the FHIR date that means it: a day, a month or a year."""
    assert first
    assert last
    for text, begin, end in (
        (first.isoformat(), first, first),
        (f"{first:%Y-%m}", first.replace(day=1), (first.replace(day=28) + timedelta(days=4)).replace(day=1)),
        (f"{first:%Y}", date(first.year, 1, 1), date(first.year + 1, 1, 1)),
    ):
        if first == begin and last == (end if text == first.isoformat() else end - timedelta(days=1)):
            return text
    raise ValueError(f"no FHIR date means {first} to {last}")


def at(row: Row, hour: str) -> str:
    """A day with the time of day; a month or year as it is."""
    day = stamp(row["on"], row["on_latest"])
    return f"{day}T{hour}:00+01:00" if row["on"] == row["on_latest"] else day


def local(code: str) -> Json:
    """A code of the product's own."""
    return {"coding": [{"system": LOCAL, "code": code}]}


def snomed(code: str, text: str = "") -> Json:
    """A SNOMED CT code."""
    return {"coding": [{"system": URLS["snomed"], "code": code}]} | ({"text": text} if text else {})


def status(system: str, code: str) -> Json:
    """A clinical or verification status."""
    return {"coding": [{"system": system, "code": code}]}


def quantity(value: float, unit: str) -> Json:
    """A Quantity in UCUM."""
    return {"value": plain(value), "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}


def plain(value: float) -> int | float:
    """A number without a needless point."""
    return int(value) if value == int(value) else value
