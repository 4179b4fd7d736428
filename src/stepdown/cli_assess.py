"""The command `stepdown assess`: one person, on one page."""

from __future__ import annotations

import sys
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stepdown.cli_shared import LibraryOption, day_of, library_of, past
from stepdown.errors import InputError

if TYPE_CHECKING:
    from stepdown.knowledge.library import Library
    from stepdown.record.record import Record
    from stepdown.report.words import Words


class Told(StrEnum):
    """How an assessment is told."""

    text = "text"
    json = "json"
    html = "html"
    fhir = "fhir"
    ics = "ics"


class Letter(StrEnum):
    """Whom a letter is for."""

    doctor = "doctor"
    person = "person"


def assess(
    path: Annotated[str, typer.Argument(help="A chart, FHIR, or a database (docs/omop.md); - reads standard input.")],
    person: Annotated[str | None, typer.Option(metavar="ID", help="Whom to assess, where there are several.")] = None,
    on: Annotated[str | None, typer.Option(metavar="DATE", help="The day to assess on, as 2026-03-01. [today]")] = None,
    in_force: Annotated[
        str | None, typer.Option(metavar="DATE", help="Use the guidelines in force on this day. [the newest]")
    ] = None,
    form: Annotated[
        Told,
        typer.Option("--format", help="Text for people, a page, JSON, FHIR R4, or the plan as a calendar."),
    ] = Told.text,
    plan: Annotated[
        bool, typer.Option("--plan", help="The plan instead: the change, the calendar, the triggers.")
    ] = False,
    option: Annotated[
        str | None, typer.Option(metavar="ID", help="Plan this option, as JSON names it. [the recommended one]")
    ] = None,
    letter: Annotated[
        Letter | None, typer.Option(help="A draft letter of one page instead: Markdown, or HTML.")
    ] = None,
    contact: Annotated[
        str | None, typer.Option(metavar="PHONE", help="The number in the letter that is answered the same day.")
    ] = None,
    guideline: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Hold against this guideline only; may be repeated.")
    ] = None,
    weigh: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=RELAPSES", help="How many relapses one event or unit weighs; may be repeated."),
    ] = None,
    rank: Annotated[
        str | None, typer.Option(metavar="A>B>C", help="What weighs more than what, event by event.")
    ] = None,
    horizon: Annotated[
        list[float] | None, typer.Option(metavar="YEARS", help="Horizon of the risks; may be repeated. [2 and 5]")
    ] = None,
    draws: Annotated[int, typer.Option(metavar="N", help="Random draws behind the numbers, to 10,000.")] = 2000,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the draws.")] = 0,
    lang: Annotated[str, typer.Option(metavar="CODE", help="Language of the words.")] = "en",
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Every value, criterion, event and source.")] = False,
    library: LibraryOption = None,
) -> None:
    """Assess one person: where they stand, what experts advise, which options are open, what to find out."""
    day = past(on)
    knowledge_of = day_of(in_force, "--in-force")

    from stepdown.assess import HORIZONS
    from stepdown.assess import assess as assess_record
    from stepdown.decision.preferences import read_preferences
    from stepdown.record.omop import is_address
    from stepdown.report.words import Words

    documents = library_of(library)
    words = Words(documents, lang)
    preferences = read_preferences(weigh or (), rank, documents)
    record = _read(path, documents, person)
    if is_address(path):
        person = record.people[0]
    _check_birth(record, person, day)
    data = assess_record(
        record,
        day,
        preferences,
        guidelines=guideline or (),
        horizon_years=horizon or HORIZONS,
        draws=draws,
        seed=seed,
        library=documents,
        in_force=knowledge_of,
        person=person,
        plan_of=option,
    ).data
    if letter is not None:
        from stepdown.report.letters import letter as written

        shape = "markdown" if form is Told.text else form.value
        sys.stdout.write(written(data, words, letter.value, shape, contact))
    elif form is Told.text and (plan or option):
        from stepdown.report.plan_terminal import print_plan

        print_plan(data, words, verbose)
    elif form is Told.text:
        from stepdown.report.terminal import show

        show(data, words, verbose)
    else:
        sys.stdout.buffer.write(_told(data, words, form))


def _told(data: dict[str, Any], words: Words, form: Told) -> bytes:
    """An assessment as a file."""
    if form is Told.html:
        from stepdown.report.html import html

        return html(data, words).encode()
    if form is Told.fhir:
        from stepdown.report.fhir import to_fhir

        return to_fhir(data, words)
    if form is Told.ics:
        from stepdown.report.ics import to_ics

        return to_ics(data, words)
    from stepdown.report.json import to_json

    return to_json(data, words)


def _read(path: str, library: Library, person: str | None) -> Record:
    from stepdown.knowledge.yamlfile import MAX_BYTES
    from stepdown.record.read import read, read_content

    if path != "-":
        return read(path, library, person)
    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise InputError(f"is larger than {MAX_BYTES:,} bytes", "standard input", "give one person's record")
    return read_content(data, "standard input", library, person)


def _check_birth(record: Record, person: str | None, day: date) -> None:
    """Refuse an index date before the person can have been born."""
    people = record["person"].rows(named=True)
    for row in people:
        if person in (None, row["person_id"]) and row["birth"] is not None and row["birth"] > day:
            raise InputError(f"{day} lies before the birth", "--on", "name a later day, or mend the date of birth")
