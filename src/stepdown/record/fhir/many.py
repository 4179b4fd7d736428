"""Reads many people from their pieces, by the very same reader that reads one Bundle."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from operator import attrgetter

import orjson

from stepdown.knowledge.library import Library
from stepdown.record.fhir.context import Context
from stepdown.record.fhir.documents import Fault, Trouble, trusted
from stepdown.record.fhir.kinds import MEDICATION
from stepdown.record.fhir.known import known
from stepdown.record.fhir.person import begin_person, newest, read_person
from stepdown.record.fhir.signs import has_sign
from stepdown.record.fhir.source import Json, References, Resource, short_reference
from stepdown.record.fhir.unread import count_unread
from stepdown.record.fhir.whose import Piece, Shared, referring, unnamed
from stepdown.record.record import Record, RecordBuilder


@dataclass(frozen=True)
class Made:
    """When an export was made, and read.

    Attributes:
        today: no fact lies after this day.
        written: the day on which it was put together, where it says so.
        files: names of its files.
    """

    today: date
    written: date | None = None
    files: tuple[str, ...] = ()


@dataclass
class Many:
    """The record of many people.

    Attributes:
        record: their events.
        faults: what is no JSON, and pieces of people that the export does not have.
        passed_over: people without any sign of MS, by the id of their Patient.
    """

    record: Record
    faults: list[Fault] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)


def read_many(
    pieces: Iterable[Piece], shared: Iterable[Shared], made: Made, library: Library, everybody: bool = False
) -> Many:
    """Read the people of some pieces.

    Args:
        pieces: all that belongs to them, in the order of person, file, line and place in a Bundle.
        shared: resources of nobody that they may refer to.
        made: when the export was made and read.
        library: drugs, tests, lists and variables.
        everybody: whether people without any sign of MS are read, too.
    """
    builder, facts = RecordBuilder(), known(library)
    beside = {one.source: one for one in newest(list(map(_shared, shared)), RecordBuilder())}
    passed_over, faults = [], list[Fault]()
    with no_collector():
        for person, group in groupby(pieces, key=attrgetter("person")):
            mine = _parsed(list(group), made, faults)
            resources = newest([resource for _, resource in mine], builder, person)
            patient = next((one for one in reversed(resources) if one.type == "Patient"), None)
            references = References(resources, beside)
            if patient is None:
                faults += _unknown(mine, person)
            elif not everybody and not any(has_sign(facts, one, piece.raw, references) for piece, one in mine):
                passed_over.append(person)
            else:
                written = max((piece.written for piece, _ in mine if piece.written), default=made.written)
                day = min(written or made.today, made.today)
                for medication in _looked_up(resources, beside):
                    count_unread(builder, medication.type, medication.data, MEDICATION)
                for one in resources:  # another server may mean somebody else by the same id
                    if one.type == "Patient" and one is not patient:
                        begin_person(Context(facts, builder, references, one, made.today, day))
                read_person(Context(facts, builder, references, patient, made.today, day), resources)
    return Many(builder.build(), faults, passed_over)


@contextmanager
def no_collector() -> Iterator[None]:
    """Without the search for cycles: JSON has none, and the search takes longer than all the reading."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _parsed(pieces: list[Piece], made: Made, faults: list[Fault]) -> list[tuple[Piece, Resource]]:
    """The resources of one person; what is no JSON, or gives a key twice, is a fault."""
    found = []
    for piece, data in zip(pieces, trusted([piece.raw for piece in pieces]), strict=True):
        if isinstance(data, Trouble):
            faults.append(Fault(piece.file, piece.row, "", data.key, data.args, piece.person))
        else:
            found.append((piece, _resource(piece, data, made)))
    return found


def _resource(piece: Piece, data: Json, made: Made) -> Resource:
    named = data.get("id")
    own = named if isinstance(named, str) else ""
    return Resource(
        data["resourceType"], piece.id or own or unnamed(made.files[piece.file], piece.row), piece.url, data
    )


def _shared(one: Shared) -> Resource:
    kind, _, name = one.reference.partition("/")
    return Resource(kind, name, "", orjson.loads(one.raw))


def _looked_up(resources: list[Resource], beside: Mapping[str, Resource]) -> Iterator[Resource]:
    """The Medications beside a person that their drugs refer to, each once."""
    if beside:
        asked = {short_reference(reference) for one in resources for reference in referring(one.data)}
        yield from (beside[name] for name in sorted(asked & beside.keys()) if name.startswith("Medication/"))


def _unknown(mine: list[tuple[Piece, Resource]], person: str) -> list[Fault]:
    args = {"reference": f"Patient/{person}"}
    return [Fault(piece.file, piece.row, one.source, "fhir-unknown-person", args) for piece, one in mine]
