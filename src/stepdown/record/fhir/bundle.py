"""Reads a FHIR R4 Bundle of one person into a record."""

from __future__ import annotations

from datetime import date

from stepdown.errors import InputError
from stepdown.knowledge.library import Library
from stepdown.record.fhir.context import Context
from stepdown.record.fhir.kinds import BUNDLE
from stepdown.record.fhir.known import known
from stepdown.record.fhir.people import choose
from stepdown.record.fhir.person import newest, read_person
from stepdown.record.fhir.source import References, document_status, entries, has_more_pages, parse, written_on
from stepdown.record.fhir.unread import count_unread
from stepdown.record.record import Record, RecordBuilder


def read_bundle(
    data: bytes, where: str, library: Library, person: str | None = None, today: date | None = None
) -> Record:
    """Read the record of one person from a Bundle (collection, searchset, document, transaction or batch).

    Args:
        data: the JSON.
        where: the file, for messages.
        library: drugs, tests, lists and variables.
        person: id of the Patient, where the Bundle holds several.
        today: no fact lies after this day; the present one by default.

    Raises:
        InputError: not JSON, not a Bundle, or not clear whose record it is.
    """
    bundle = parse(data, where)
    resources = entries(bundle, where)
    document = document_status(resources) if bundle["type"] == "document" else ""
    if document == "entered-in-error":
        raise InputError("is a document that was entered in error", where, "give the one that replaced it")
    builder = RecordBuilder()
    count_unread(builder, "Bundle", bundle, BUNDLE)
    kept = newest(resources, builder)
    now = today or date.today()
    patient = choose(kept, person, where)
    ctx = Context(known(library), builder, References(kept), patient, now, written_on(bundle, now))
    if has_more_pages(bundle):
        ctx.problem(patient.source, "fhir-more-pages")
    if document == "preliminary":
        ctx.problem(patient.source, "fhir-document", status=document)
    read_person(ctx, kept)
    return builder.build()
