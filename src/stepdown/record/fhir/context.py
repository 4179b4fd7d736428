"""What the readers of one Bundle share: the person, what they collect, and the checks that hold for every fact."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from stepdown.knowledge.library import Library
from stepdown.record.codes import Match, Recogniser
from stepdown.record.dates import Span
from stepdown.record.fhir.elements import Concept, Refused, obj, read_concept, text, when
from stepdown.record.fhir.known import Known
from stepdown.record.fhir.source import Json, References, Resource
from stepdown.record.record import RecordBuilder

Row = dict[str, Any]


@dataclass
class Context:
    """One Bundle while it is read.

    Attributes:
        known: what the library knows of codes and names.
        builder: collects rows, problems and notes.
        references: finds the resource that a reference means.
        patient: the person whose record is made.
        born: first and last possible day of birth.
        died: first and last possible day of death.
        today: no fact lies after this day.
        written: the day on which the Bundle was put together.
        drugs: evidence of treatments, joined at the end.
        scans: what is known of each scan, by day and region, joined at the end.
        visits: visits that show the person under observation.
        told: how drugs were recognised, and what no list knows, with how often and where first.
        unknown_drugs: drugs that nobody knows; each is told once.
        about: whether a reference means the person.
        given: drugs of which a dose was given.
    """

    known: Known
    builder: RecordBuilder
    references: References
    patient: Resource
    today: date
    written: date
    born: Span = field(default_factory=Span)
    died: Span = field(default_factory=Span)
    drugs: list[Any] = field(default_factory=list)
    scans: dict[Any, Row] = field(default_factory=dict)
    visits: list[Any] = field(default_factory=list)
    told: dict[tuple[str, tuple[tuple[str, str], ...]], list[str]] = field(default_factory=dict)
    unknown_drugs: set[str] = field(default_factory=set)
    about: dict[str, bool] = field(default_factory=dict)
    given: set[str] = field(default_factory=set)

    @property
    def person_id(self) -> str:
        """Id of the person."""
        return self.patient.id

    @property
    def library(self) -> Library:
        """Drugs, tests, lists and definitions."""
        return self.known.library

    @property
    def recogniser(self) -> Recogniser:
        """Finds drugs and concepts by code or name."""
        return self.known.recogniser

    def first(self, lists: tuple[str, ...], concept: Concept) -> tuple[str, Match] | None:
        """The first of some code lists that knows a concept, and what it is there."""
        return self.known.first(lists, concept)

    def find(self, list_id: str, concept: Concept) -> Match | None:
        """The concept of a code list: by its codes, else by a text or display that is one of its names."""
        return self.known.find(list_id, concept)

    def date(self, data: Json, name: str, resource: Resource, needed: bool = True) -> Row:
        """The columns `on` and `on_latest` of a fact from `effective[x]` and the like; both null where it has no date.

        A missing date is a problem where it is `needed`.

        Raises:
            Refused: no date, in the future, before birth or after death.
        """
        span = when(data, name, self.born)
        if span is None:
            if needed:
                self.problem(resource.source, "fhir-undated")
            return {}
        self.check(span)
        return {"on": span.first, "on_latest": span.last}

    def check(self, span: Span, future: bool = False) -> None:
        """Refuse a date that cannot be true."""
        if not future and span.first and span.first > self.today:
            raise Refused("date-in-future", date=str(span.first))
        if span.last and self.born.first and span.last < self.born.first:
            raise Refused("date-before-birth", date=str(span.last), birth=str(self.born.first))
        if span.first and self.died.last and span.first > self.died.last:
            raise Refused("date-after-death", date=str(span.first), death=str(self.died.last))

    def add(self, table: str, resource: Resource, row: Row, **more: Any) -> None:
        """Add a fact of the person."""
        fixed = {"person_id": self.patient.id, "status": "final", "source": resource.source}
        self.builder.rows[table].append({**fixed, **row, **more})

    def problem(self, source: str, key: str, **args: Any) -> None:
        """List something that was not understood or not believed."""
        self.builder.problem(source, key, self.person_id, **args)

    def tell(self, source: str, key: str, **args: str) -> None:
        """Note something once, however often it is met; `times` is added at the end."""
        self.told.setdefault((key, tuple(sorted(args.items()))), []).append(source)

    def say_told(self) -> None:
        """Write the notes that were gathered."""
        for (key, args), sources in self.told.items():
            self.builder.note(sources[0], key, self.person_id, **dict(args), times=len(sources))

    def not_listed(self, resource: Resource, kind: str, concept: Concept) -> None:
        """Note a thing that no code list knows."""
        self.tell(resource.source, "not-listed", kind=kind, text=concept.label)

    def follow(self, reference: Json | None, holder: Resource) -> Resource | None:
        """The resource that a Reference means; None where it is not in the Bundle."""
        if not reference:
            return None
        return self.references.find(text(reference, "reference"), holder)

    def drug(self, resource: Resource, data: Json) -> Match | None:
        """The drug of a medication resource; None, with a problem, where nobody knows it.

        Raises:
            Refused: no drug, a reference that leads nowhere, or a code and a name that contradict each other.
        """
        concept = self._medication(resource, data)
        match = self.known.drug(concept)
        if match is None:
            self._unknown_drug(resource, concept)
            return None
        named = self.recogniser.named(concept.text)
        if match.by != "name" and named and match.id in self.library.therapies and match.id not in named:
            raise Refused("drug-code-and-name-differ", code=match.id, name=concept.label)
        if match.by == "name":
            self.tell(resource.source, "drug-by-name", drug=match.id, text=concept.label)
        else:
            self.tell(resource.source, "drug-by-code", drug=match.id, by=match.by)
        return match

    def _unknown_drug(self, resource: Resource, concept: Concept) -> None:
        if concept.label not in self.unknown_drugs:
            self.unknown_drugs.add(concept.label)
            self.problem(resource.source, "drug-not-recognised", text=concept.label)

    def _medication(self, resource: Resource, data: Json) -> Concept:
        direct = obj(data, "medicationCodeableConcept")
        if direct:
            return read_concept(direct)
        reference = obj(data, "medicationReference")
        if reference is None:
            raise Refused("fhir-no-drug")
        target = self.follow(reference, resource)
        words = text(reference, "display")
        if target is None:
            if not words:
                raise Refused("fhir-reference", reference=text(reference, "reference"))
            return Concept((), (words,))
        if target.type != "Medication":
            raise Refused("fhir-reference", reference=text(reference, "reference"))
        if text(target.data, "status") == "entered-in-error":
            raise Refused("fhir-medication-in-error")
        return medication_concept(target.data, words)


def medication_concept(data: Json, words: str = "") -> Concept:
    """What a Medication is: its code, else its only ingredient."""
    code = obj(data, "code")
    found = read_concept(code) if code else Concept()
    if not found.codings and not found.texts:
        parts = data.get("ingredient") or []
        only = parts[0] if isinstance(parts, list) and len(parts) == 1 and isinstance(parts[0], dict) else {}
        inner = obj(only, "itemCodeableConcept")
        found = read_concept(inner) if inner else Concept()
    return Concept(found.codings, found.texts + ((words,) if words and words not in found.texts else ()))
