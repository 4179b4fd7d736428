"""The command line. It reads options, calls the rooms and writes what they say; it decides nothing.

Exit status: 0 done; 2 the call or the input is wrong; 1 a fault of ours. Heavy imports wait until a command needs
them, so that `stepdown --version` and `stepdown --help` answer at once.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stepdown import __version__
from stepdown.cli_assess import assess
from stepdown.cli_evidence import evidence
from stepdown.cli_follow import follow
from stepdown.cli_log import log
from stepdown.cli_screen import screen
from stepdown.cli_shared import LibraryOption, library_of, past
from stepdown.errors import InputError

if TYPE_CHECKING:
    pass

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
app.command()(assess)
app.add_typer(knowledge, name="knowledge")
app.add_typer(evidence, name="evidence")
app.command()(follow)
app.command()(screen)
app.add_typer(log, name="log")


class Format(StrEnum):
    """What a command writes."""

    text = "text"
    json = "json"


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

    show_list(library_of(library), kind)


@knowledge.command("show")
def knowledge_show(
    identifier: Annotated[str, typer.Argument(help="As listed, such as panel-2025.")],
    yaml: Annotated[bool, typer.Option("--yaml", help="As it stands in its file, to begin an overlay with.")] = False,
    library: LibraryOption = None,
) -> None:
    """Show one document with its sources and where it is used."""
    if yaml:
        from stepdown.knowledge.as_written import as_written

        sys.stdout.write(as_written(library_of(library), identifier))
        return
    from stepdown.report.knowledge import show_document

    show_document(library_of(library), identifier)


@knowledge.command("coverage")
def knowledge_coverage(
    form: FormatOption = Format.text,
    library: LibraryOption = None,
) -> None:
    """Count the claims of the library by ground, status, certainty and last review."""
    from stepdown.report.coverage import coverage_json, show_coverage

    if form is Format.json:
        sys.stdout.buffer.write(coverage_json(library_of(library)))
    else:
        show_coverage(library_of(library))


@knowledge.command("diff")
def knowledge_diff(
    old: Annotated[str, typer.Argument(help="The library so far: a folder, or 'shipped'.")],
    new: Annotated[str, typer.Argument(help="The library to come: a folder, or 'shipped'.")],
    path: Annotated[Path, typer.Option("--on", metavar="PATH", help="A chart, a Bundle, or a folder of them.")],
    on: Annotated[str | None, typer.Option("--date", metavar="DATE", help="The day to assess on. [today]")] = None,
    form: FormatOption = Format.text,
) -> None:
    """Say which documents differ, whose conclusions change, and through which criterion."""
    day = past(on, "--date")

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

    written, removed = write(library_of(library), folder)
    print(f"{written} pages in {folder}" + (f", {removed} old ones removed" if removed else ""))


@app.command()
def example(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Which example; none lists them.")] = None,
    to: Annotated[Path | None, typer.Option("--to", metavar="DIR", help="Write the files into this folder.")] = None,
    registry: Annotated[
        int | None, typer.Option("--registry", metavar="N", help="Make up a registry of N people instead.")
    ] = None,
    form: Annotated[
        str,
        typer.Option(
            "--as", metavar="FORM", help="Form of the registry: tables, ndjson (FHIR R4) or omop (a CDM 5.4)."
        ),
    ] = "tables",
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the registry.")] = 0,
) -> None:
    """Made-up people to try it on, each as chart and as FHIR Bundle; --to alone writes them all."""
    if registry is not None:
        from stepdown.report.registry import write_registry

        if name is not None:
            raise InputError("an example and a registry at once", "--registry", "leave out the name")
        write_registry(library_of(None), registry, to, form, seed)
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
