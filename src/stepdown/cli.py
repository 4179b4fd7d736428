"""The command line. It reads options, calls the rooms and writes what they say; it decides nothing.

Exit status: 0 done; 2 the call or the input is wrong; 1 a fault of ours. Heavy imports wait until a command needs
them, so that `stepdown --version` and `stepdown --help` answer at once.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stepdown import __version__
from stepdown.cli_evidence import evidence
from stepdown.cli_follow import follow
from stepdown.cli_log import log
from stepdown.cli_screen import screen
from stepdown.errors import InputError

if TYPE_CHECKING:
    from stepdown.knowledge.library import Library
    from stepdown.record.record import Record
    from stepdown.report.words import Words

DONE, FAULT, WRONG = 0, 1, 2
_CONTEXT = {"help_option_names": ["-h", "--help"]}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")

app = typer.Typer(
    name="stepdown",
    help="Is it time to use less treatment for this quiet multiple sclerosis, how, and what to watch afterwards?",
    epilog="It supports the judgement of the treating team and does not replace it.",
    add_completion=False,
    rich_markup_mode=None,
    context_settings=_CONTEXT,
)
knowledge = typer.Typer(
    help="Look into the library: the documents that every answer rests on.",
    context_settings=_CONTEXT,
    rich_markup_mode=None,
)
app.add_typer(knowledge, name="knowledge")
app.add_typer(evidence, name="evidence")
app.command()(follow)
app.command()(screen)
app.add_typer(log, name="log")


class Format(StrEnum):
    """What a command writes."""

    text = "text"
    json = "json"


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


LibraryOption = Annotated[
    list[Path] | None,
    typer.Option("--library", metavar="DIR", help="Lay a folder of documents over the library; may be repeated."),
]

FormatOption = Annotated[Format, typer.Option("--format", help="Text for people, JSON for programs.")]


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Say the version and stop.")] = False,
) -> None:
    if version:
        print(f"stepdown {__version__}")
        raise typer.Exit()
    _help_alone(context)


@knowledge.callback(invoke_without_command=True)
def _knowledge(context: typer.Context) -> None:
    _help_alone(context)


def _help_alone(context: typer.Context) -> None:
    """A group that is called without a command says what it has."""
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command()
def assess(
    path: Annotated[Path, typer.Argument(help="A chart or a FHIR Bundle; - reads standard input.")],
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
    day = _past(on, "--on")
    knowledge_of = _day(in_force, "--in-force")

    from stepdown.assess import HORIZONS
    from stepdown.assess import assess as assess_record
    from stepdown.decision.preferences import read_preferences
    from stepdown.report.words import Words

    documents = _library(library)
    words = Words(documents, lang)
    preferences = read_preferences(weigh or (), rank, documents)
    record = _read(path, documents, person)
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


@knowledge.command("check")
def knowledge_check(library: LibraryOption = None) -> None:
    """Check every document: its form, its references, a source for every claim."""
    from stepdown.report.knowledge import check

    if not check(list(library or ())):
        raise typer.Exit(WRONG)


@knowledge.command("list")
def knowledge_list(
    kind: Annotated[str | None, typer.Argument(metavar="[KIND]", help="Such as guidelines, flags or evidence.")] = None,
    library: LibraryOption = None,
) -> None:
    """List the documents of the library, or those of one kind."""
    from stepdown.report.knowledge import show_list

    show_list(_library(library), kind)


@knowledge.command("show")
def knowledge_show(
    identifier: Annotated[str, typer.Argument(help="As listed, such as panel-2025.")],
    yaml: Annotated[bool, typer.Option("--yaml", help="As it stands in its file, to begin an overlay with.")] = False,
    library: LibraryOption = None,
) -> None:
    """Show one document with its sources and where it is used."""
    if yaml:
        from stepdown.knowledge.as_written import as_written

        sys.stdout.write(as_written(_library(library), identifier))
        return
    from stepdown.report.knowledge import show_document

    show_document(_library(library), identifier)


@knowledge.command("coverage")
def knowledge_coverage(
    form: FormatOption = Format.text,
    library: LibraryOption = None,
) -> None:
    """Count the claims of the library by ground, status, certainty and last review."""
    from stepdown.report.coverage import coverage_json, show_coverage

    if form is Format.json:
        sys.stdout.buffer.write(coverage_json(_library(library)))
    else:
        show_coverage(_library(library))


@knowledge.command("diff")
def knowledge_diff(
    old: Annotated[str, typer.Argument(help="The library so far: a folder, or 'shipped'.")],
    new: Annotated[str, typer.Argument(help="The library to come: a folder, or 'shipped'.")],
    path: Annotated[Path, typer.Option("--on", metavar="PATH", help="A chart, a Bundle, or a folder of them.")],
    on: Annotated[str | None, typer.Option("--date", metavar="DATE", help="The day to assess on. [today]")] = None,
    form: FormatOption = Format.text,
) -> None:
    """Say which documents differ, whose conclusions change, and through which criterion."""
    day = _past(on, "--date")

    from stepdown.compare import compare
    from stepdown.knowledge.library import load_named
    from stepdown.report.difference import difference_json, show_difference

    books = load_named(old), load_named(new)
    found = compare(*books, path, day)
    if form is Format.json:
        sys.stdout.buffer.write(difference_json(found, *books, day))
    else:
        show_difference(found)


@knowledge.command("pages")
def knowledge_pages(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to write them into.")],
    library: LibraryOption = None,
) -> None:
    """Write the library as pages in Markdown, to be reviewed without reading YAML."""
    from stepdown.report.pages import write

    written, removed = write(_library(library), folder)
    print(f"{written} pages in {folder}" + (f", {removed} old ones removed" if removed else ""))


@app.command()
def example(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Which example; none lists them.")] = None,
    to: Annotated[Path | None, typer.Option("--to", metavar="DIR", help="Write the files into this folder.")] = None,
    registry: Annotated[
        int | None, typer.Option("--registry", metavar="N", help="Make up a registry of N people instead.")
    ] = None,
    form: Annotated[str, typer.Option("--as", metavar="FORM", help="Form of the registry.")] = "tables",
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the registry.")] = 0,
) -> None:
    """Made-up people to try it on, each as chart and as FHIR Bundle; --to alone writes them all."""
    if registry is not None:
        from stepdown.report.registry import write_registry

        if name is not None:
            raise InputError("an example and a registry at once", "--registry", "leave out the name")
        write_registry(_library(None), registry, to, form, seed)
        return
    from stepdown.report import examples

    if to is not None:
        for written in examples.write(to, name):
            print(written)
    elif name is None:
        for found in examples.everyone():
            print(f"{found.name:<26}{found.on}  {found.title}")
        print(f"{'template':<38}An empty chart with every field explained")
    else:
        sys.stdout.write(examples.chart(name))


def _day(text: str | None, where: str) -> date | None:
    """A full day, or nothing where nothing was given."""
    if text is None:
        return None
    try:
        if not _DAY.match(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text[:40]!r} is not a day", where, "write it as 2026-03-01") from None


def _past(text: str | None, where: str) -> date:
    """A day that has come; today where none was given."""
    day = _day(text, where) or date.today()
    if day > date.today():
        raise InputError(f"{day} lies in the future", where, "name today or a day before")
    return day


def _library(overlays: Sequence[Path] | None) -> Library:
    from stepdown.knowledge.library import load

    return load(list(overlays or ()))


def _read(path: Path, library: Library, person: str | None) -> Record:
    from stepdown.knowledge.yamlfile import MAX_BYTES
    from stepdown.record.read import read, read_content

    if str(path) != "-":
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


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give its exit status; no traceback ever leaves it (but see `STEPDOWN_DEBUG`)."""
    try:
        status = app(args=list(sys.argv[1:] if arguments is None else arguments), standalone_mode=False)
        sys.stdout.flush()
    except InputError as error:
        return _fail(str(error), WRONG)
    except (BrokenPipeError, SystemExit):  # typer turns a broken pipe into an exit
        # Whoever read our output has seen enough; nothing more may be written, not even while closing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        return _fail("stopped", 130)
    except typer.TyperException as error:
        return _fail(f"{_usage(error)}; see 'stepdown --help'", WRONG)
    except Exception as error:
        if os.environ.get("STEPDOWN_DEBUG"):
            raise
        # The message of an unforeseen error may hold patient data, so only its kind and place are told.
        return _fail(f"a fault of ours ({_place(error)}); run again with STEPDOWN_DEBUG=1 and report what it says, "
                     "without patient data", FAULT)  # fmt: skip
    return status if isinstance(status, int) else DONE


def _usage(error: typer.TyperException) -> str:
    return " ".join(error.format_message().replace("Value error, ", "").split()).rstrip(".")


def _place(error: BaseException) -> str:
    """Kind of an error, and the file and line of ours where it arose."""
    place, trace = "", error.__traceback__
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if "stepdown" in file.parts:
            place = f" in {file.name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return type(error).__name__ + place


def _fail(message: str, status: int) -> int:
    sys.stdout.flush()
    print(f"stepdown: {message}", file=sys.stderr)
    return status


def main() -> None:
    """Entry point of the `stepdown` command."""
    sys.exit(run())
