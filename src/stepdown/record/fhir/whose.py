"""Whose each resource of an export is: the pieces that belong to one person, whatever file or Bundle they stand in."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import orjson

from stepdown.errors import InputError
from stepdown.record.fhir.documents import Document, Documents
from stepdown.record.fhir.elements import Refused, obj, objs, text
from stepdown.record.fhir.export import Export
from stepdown.record.fhir.kinds import KINDS
from stepdown.record.fhir.people import subjects
from stepdown.record.fhir.plain import Plain, sort_lines
from stepdown.record.fhir.source import (
    Json,
    References,
    Resource,
    document_status,
    entries,
    has_more_pages,
    short_reference,
    written_on,
)

SHARED = ("Medication", "Encounter", "Observation")
"""Types that others refer to, so that one which is about nobody is kept for whoever refers to it."""
READ = frozenset((*KINDS, *SHARED, "Patient", "Bundle", "OperationOutcome"))
"""Types that are looked at; lines of others are passed over."""
_AHEAD = 2
"""So many blocks are sorted at a time; Polars does it without Python's lock."""
_NOWHERE = References([])


class Piece(NamedTuple):
    """A resource of one person.

    Attributes:
        person: whose it is.
        file: number of its file.
        row: its line there.
        entry: its place in a Bundle, 0 outside of one.
        id: its id, where its `fullUrl` gives it; empty where it gives it itself or has none.
        url: its `fullUrl`.
        written: the day on which its Bundle was put together.
        raw: the resource as JSON.
    """

    person: str
    file: int
    row: int
    entry: int
    id: str
    url: str
    written: date | None
    raw: bytes


class Shared(NamedTuple):
    """A resource of nobody that others may refer to, such as a Medication."""

    reference: str
    raw: bytes


@dataclass
class Sorter:
    """Goes through an export once, and says whose each resource is.

    Attributes:
        export: the files.
        today: no fact lies after this day.
        documents: reads the files, and collects what is not understood.
        shared: resources of nobody that others may refer to, until somebody takes them away.
    """

    export: Export
    today: date
    documents: Documents = field(init=False)
    shared: list[Shared] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.documents = Documents(self.export, frozenset(name.encode() for name in READ))

    def sorted(self, number: int) -> Iterator[tuple[Plain, list[Piece]]]:
        """The lines of one file, many at a time: those that are plain, and the pieces of all others.

        Raises:
            InputError: a file that cannot be read to its end.
        """
        waiting: deque[Future[Plain]] = deque()
        with ThreadPoolExecutor(_AHEAD) as pool:
            for first, block in self.documents.blocks(number):
                waiting.append(pool.submit(sort_lines, first, block, READ))
                if len(waiting) > _AHEAD:
                    yield self._with_others(number, waiting.popleft().result())
            while waiting:
                yield self._with_others(number, waiting.popleft().result())

    def _with_others(self, number: int, plain: Plain) -> tuple[Plain, list[Piece]]:
        return plain, self.pieces(number, plain.others)

    def pieces(self, number: int, rows: Iterable[tuple[int, bytes]]) -> list[Piece]:
        """The pieces in some lines of a file."""
        found: list[Piece] = []
        for one in self.documents.parsed(number, rows):
            kind = one.data["resourceType"]
            if kind == "Bundle":
                found += self._bundle(number, one)
            elif kind == "OperationOutcome":
                self._outcome(number, one)
            elif kind in READ:
                found += self._resource(number, one)
        return found

    def _resource(self, number: int, one: Document) -> list[Piece]:
        named = one.data.get("id")
        own = named if isinstance(named, str) else ""
        name = own or unnamed(self.export.files[number].path.name, one.row)
        resource = Resource(one.data["resourceType"], name, "", one.data)
        if resource.type == "Patient":
            if not own:
                self.documents.fault(number, one.row, "fhir-no-id", resource.source)
            people = [own] if own else []
        else:
            people = [] if resource.type == "Medication" else self._people(number, one.row, resource, _NOWHERE)
        if not people and own and resource.type in SHARED:
            self.shared.append(Shared(resource.source, one.raw))
        return [Piece(person, number, one.row, 0, "", "", None, one.raw) for person in people]

    def _people(self, number: int, row: int, resource: Resource, references: References) -> list[str]:
        """The ids of those whom a resource is about."""
        try:
            said = subjects(references, resource, KINDS[resource.type].subject)
        except Refused as refused:
            self.documents.fault(number, row, refused.key, resource.source, **refused.details)
            return []
        found = {_person(one, resource, references): one for one in said}
        if "" in found:
            self.documents.fault(number, row, "fhir-unknown-person", resource.source, reference=found.pop(""))
        return list(found)

    def _bundle(self, number: int, one: Document) -> list[Piece]:
        """The pieces of a Bundle; one that would be refused by itself is a fault."""
        try:
            resources = entries(one.data, "")
            status = document_status(resources) if one.data["type"] == "document" else ""
            if status == "entered-in-error":
                raise InputError("is a document that was entered in error")
        except InputError as error:
            self.documents.fault(number, one.row, "fhir-refused", text=error.what)
            return []
        patients = [found for found in resources if found.type == "Patient"]
        for source, person in [(found.source, found.id) for found in patients] or [("", "")]:
            if has_more_pages(one.data):
                self.documents.fault(number, one.row, "fhir-more-pages", source, person)
            if status == "preliminary":
                self.documents.fault(number, one.row, "fhir-document", source, person, status=status)
        return self._split(number, one.row, resources, written_on(one.data, self.today))

    def _split(self, number: int, row: int, resources: list[Resource], written: date) -> list[Piece]:
        references = References(resources)
        place = {id(found): at for at, found in enumerate(resources, 1)}
        whose: dict[tuple[str, int], Resource] = {}
        for found in resources:
            if found.type == "Patient":
                whose[found.id, place[id(found)]] = found
            elif found.type in KINDS:
                for person in self._people(number, row, found, references):
                    whose[person, place[id(found)]] = found
                    for other in referred(found, references):
                        whose.setdefault((person, place[id(other)]), other)
        pieces = []
        for (person, at), found in sorted(whose.items()):
            raw = orjson.dumps(found.data)
            given = "" if found.data.get("id") == found.id else found.id
            pieces.append(Piece(person, number, row, at, given, found.url, written, raw))
        return pieces

    def _outcome(self, number: int, one: Document) -> None:
        """What the server says went wrong while it exported."""
        issues = one.data.get("issue")
        first = issues[0] if isinstance(issues, list) and issues and isinstance(issues[0], dict) else {}
        said = str(first.get("diagnostics", first.get("code", "")))
        self.documents.fault(number, one.row, "fhir-outcome", text=said[:200])


def unnamed(file: str, row: int) -> str:
    """How a resource without an id is named."""
    return f"{file}:{row}"


def _person(reference: str, resource: Resource, references: References) -> str:
    """The id of the Patient that a reference means, in its Bundle or elsewhere; empty where it means none."""
    found = references.find(reference, resource)
    if found is not None:
        return found.id if found.type == "Patient" else ""
    short = short_reference(reference)
    return short.removeprefix("Patient/") if short.startswith("Patient/") and short not in references else ""


def referred(resource: Resource, references: References) -> list[Resource]:
    """The resources that a reader may look up for this one, where they are there."""
    found = [references.find(one, resource) for one in referring(resource.data) if not one.startswith("#")]
    return [one for one in found if one is not None]


def referring(data: Json) -> list[str]:
    """The references that a reader may follow."""
    kind = data["resourceType"]
    try:
        if kind.startswith("Medication"):
            part = obj(data, "medicationReference")
        elif kind == "DiagnosticReport":
            return [text(one, "reference") for one in objs(data, "result")]
        else:
            part = obj(data, "encounter") if kind == "Condition" else None
        return [text(part, "reference")] if part else []
    except Refused:
        return []
