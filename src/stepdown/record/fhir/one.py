"""One person out of an export of many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from stepdown.errors import InputError, Problem
from stepdown.knowledge.library import Library
from stepdown.record.fhir.documents import Documents, Fault, trusted
from stepdown.record.fhir.export import Export
from stepdown.record.fhir.many import Made, no_collector, read_many
from stepdown.record.fhir.source import Json, entries, short_reference
from stepdown.record.fhir.whose import READ, Piece, Sorter
from stepdown.record.record import Record

_LISTED = 10
_PEOPLE = frozenset((b"Patient", b"Bundle"))
_SUBJECTS = ("subject", "patient")
_ESCAPE = b"\\"


def read_export(export: Export, library: Library, person: str | None = None, today: date | None = None) -> Record:
    """Read the record of one person from an export, as `read_bundle` does from a Bundle.

    Args:
        export: its files.
        library: drugs, tests, lists and variables.
        person: id of the Patient, where it holds several.
        today: no fact lies after this day; the present one by default.

    Raises:
        InputError: a file that cannot be read, or not clear whose record it is.
    """
    wanted = person or _only(export)
    made = Made(today or date.today(), export.written, tuple(file.path.name for file in export.files))
    with no_collector():
        sorter = Sorter(export, made.today)
        pieces: list[Piece] = []
        others: dict[str, int] = {}
        for number in range(len(export.files)):
            for first, block in sorter.documents.blocks(number):
                rows = list(_about(wanted, first, block))
                pieces += [one for one in sorter.pieces(number, rows) if one.person == wanted]
                _count_unread(rows, wanted, others)
    found = read_many(pieces, sorter.shared, made, library, everybody=True)
    if not found.record["person"].height:
        raise InputError(f"holds no Patient {wanted!r}", str(export.path), "name one that it holds")
    mine = [one for one in sorter.documents.faults if one.person in ("", wanted)]
    problems = [_problem(one, made, wanted) for one in [*mine, *found.faults]]
    unread = dict(sorted((found.record.unread | others).items()))
    return replace(found.record, problems=(*found.record.problems, *problems), unread=unread)


def patients_of(data: Json) -> list[str]:
    """The ids of the Patients in a document."""
    if data["resourceType"] == "Patient":
        name = data.get("id")
        return [name] if isinstance(name, str) and name else []
    if data["resourceType"] != "Bundle":
        return []
    try:
        return [one.id for one in entries(data, "") if one.type == "Patient"]
    except InputError:
        return []


def people_of(export: Export) -> set[str]:
    """The ids of everybody; a file whose name and first line agree on another type than Patient is passed over."""
    documents = Documents(export, _PEOPLE)
    return {
        name
        for number, file in enumerate(export.files) if file.kind in ("", "Patient", "Bundle")
        for block in documents.of(number)
        for one in block
        for name in patients_of(one.data)
    }  # fmt: skip


def _only(export: Export) -> str:
    people = sorted(people_of(export))
    if len(people) == 1:
        return people[0]
    names = ", ".join(people[:_LISTED]) + (", ..." if len(people) > _LISTED else "")
    what = f"holds {len(people)} Patients: {names}" if people else "holds no Patient"
    raise InputError(what, str(export.path), "name one with --person" if people else "add the Patient")


def _about(person: str, first: int, block: bytes) -> Iterator[tuple[int, bytes]]:
    """The lines that may be about a person, or that others may refer to."""
    name = person.encode()
    for row, line in enumerate(block.split(b"\n"), first):
        if name in line or b'"Medication"' in line or _ESCAPE in line:
            yield row, line.strip()


def _count_unread(rows: list[tuple[int, bytes]], person: str, counts: dict[str, int]) -> None:
    """Count the resources about a person of types that are not read."""
    for data in trusted([raw for _, raw in rows]):
        if isinstance(data, dict) and data["resourceType"] not in READ and _is_about(data, person):
            counts[data["resourceType"]] = counts.get(data["resourceType"], 0) + 1


def _is_about(data: Json, person: str) -> bool:
    said = [data.get(element) for element in _SUBJECTS]
    references = [str(one.get("reference", "")) for one in said if isinstance(one, dict)]
    return any(short_reference(one) == f"Patient/{person}" for one in references)


def _problem(fault: Fault, made: Made, person: str) -> Problem:
    return Problem(fault.source or f"{made.files[fault.file]}:{fault.row}", fault.key, fault.args, person)
