"""Reads many people from their pieces, by the very same reader that reads one Bundle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from operator import attrgetter

import orjson

from stepdown.knowledge.library import Library
from stepdown.record.fhir.context import Context
from stepdown.record.fhir.documents import Fault
from stepdown.record.fhir.kinds import MEDICATION
from stepdown.record.fhir.known import known
from stepdown.record.fhir.person import newest, read_person
from stepdown.record.fhir.signs import BY_DRUG, SIGN, is_drug_for_ms
from stepdown.record.fhir.source import References, Resource, short_reference
from stepdown.record.fhir.unread import count_unread
from stepdown.record.fhir.whose import Piece, Shared, referring
from stepdown.record.record import Record, RecordBuilder


@dataclass(frozen=True)
class Made:
    """When an export was made, and read.

    Attributes:
        today: no fact lies after this day.
        written: the day on which it was put together, where it says so.
    """

    today: date
    written: date | None = None


@dataclass
class Many:
    """The record of many people.

    Attributes:
        record: their events.
        faults: pieces of people that the export does not have.
        passed_over: people without any sign of MS, by their Patient.
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
    faults, passed_over = [], []
    for person, group in groupby(pieces, key=attrgetter("person")):
        mine = list(group)
        if not everybody and not has_sign(mine, beside, library):
            if any(_is_patient(one) for one in mine):
                passed_over.append(person)
            else:
                faults += _unknown(mine, person)
            continue
        resources = newest([_resource(one) for one in mine], builder, person)
        patient = next((one for one in reversed(resources) if one.type == "Patient"), None)
        if patient is None:
            faults += _unknown(mine, person)
            continue
        written = max((one.written for one in mine if one.written), default=made.written) or made.today
        references = References(resources, beside)
        ctx = Context(facts, builder, references, patient, made.today, min(written, made.today))
        for medication in _looked_up(resources, beside):
            count_unread(builder, medication.type, medication.data, MEDICATION)
        read_person(ctx, resources)
    return Many(builder.build(), faults, passed_over)


def has_sign(pieces: list[Piece], shared: Mapping[str, Resource], library: Library) -> bool:
    """Whether one person has a sign of MS; a Medication that is nowhere might be one."""
    if any(one.sign == SIGN for one in pieces):
        return True
    return any(
        is_drug_for_ms(known(library), shared.get(short_reference(reference)))
        for one in pieces if one.sign == BY_DRUG
        for reference in referring(orjson.loads(one.raw))[:1]
    )  # fmt: skip


def _resource(piece: Piece) -> Resource:
    data = orjson.loads(piece.raw)
    return Resource(data["resourceType"], piece.id or data["id"], piece.url, data)


def _shared(one: Shared) -> Resource:
    kind, _, name = one.reference.partition("/")
    return Resource(kind, name, "", orjson.loads(one.raw))


def _is_patient(piece: Piece) -> bool:
    return b'"Patient"' in piece.raw and orjson.loads(piece.raw)["resourceType"] == "Patient"


def _looked_up(resources: list[Resource], beside: Mapping[str, Resource]) -> Iterator[Resource]:
    """The Medications beside a person that their drugs refer to, each once."""
    if beside:
        asked = {short_reference(reference) for one in resources for reference in referring(one.data)}
        yield from (beside[name] for name in sorted(asked & beside.keys()) if name.startswith("Medication/"))


def _unknown(pieces: list[Piece], person: str) -> list[Fault]:
    args = {"reference": f"Patient/{person}"}
    return [Fault(one.file, one.row, _resource(one).source, "fhir-unknown-person", args) for one in pieces]
