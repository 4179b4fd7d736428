"""The command `stepdown follow`: who has stepped down, and what is due, overdue or triggered."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stepdown.cli_shared import LibraryOption, library_of, past
from stepdown.errors import InputError

ATTENTION = 3
"""Exit status: done, and somebody is overdue or triggered."""


class Form(StrEnum):
    """What `follow` writes."""

    text = "text"
    json = "json"
    csv = "csv"
    xlsx = "xlsx"


def follow(
    path: Annotated[Path, typer.Argument(help="A folder of charts and FHIR Bundles, or one file.")],
    on: Annotated[str | None, typer.Option(metavar="DATE", help="The day to look from, as 2026-03-01. [today]")] = None,
    plans: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Stored plans: a folder or file of 'assess --format json'. [made anew]"),
    ] = None,
    form: Annotated[Form | None, typer.Option("--format", help="[text, or as the ending of --out says]")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write into this file.")] = None,
    lang: Annotated[str, typer.Option(metavar="CODE", help="Language of the words.")] = "en",
    library: LibraryOption = None,
) -> None:
    """Say who has stepped down and what is due, overdue or triggered; status 3 if anything is overdue or triggered."""
    day, chosen = past(on), _form(form, out)

    from stepdown.follow.follow import attention
    from stepdown.follow.follow import follow as follow_panel
    from stepdown.follow.panel import read_panel
    from stepdown.follow.stored import read_stored
    from stepdown.report.follow import follow_text, show_follow
    from stepdown.report.follow_table import follow_csv, follow_json, follow_xlsx
    from stepdown.report.words import Words

    documents = library_of(library)
    words = Words(documents, lang)
    stored = read_stored(plans) if plans is not None else None
    told = follow_panel(read_panel(path, documents), day, documents, stored)
    if chosen is Form.text and out is None:
        show_follow(told, words)
    else:
        write = {Form.text: follow_text, Form.json: follow_json, Form.csv: follow_csv, Form.xlsx: follow_xlsx}[chosen]
        _put(write(told, words), out)
    if attention(told):
        raise typer.Exit(ATTENTION)


def _form(form: Form | None, out: Path | None) -> Form:
    """The form that was asked for, else the one that the ending of the file says."""
    ending = out.suffix.lower().removeprefix(".") if out else ""
    chosen = form or (Form(ending) if ending in [*Form] else Form.text)
    if chosen is Form.xlsx and out is None:
        raise InputError("a workbook cannot be shown on a terminal", "--format xlsx", "name a file with --out")
    return chosen


def _put(content: bytes, out: Path | None) -> None:
    if out is None:
        sys.stdout.buffer.write(content)
        return
    try:
        out.write_bytes(content)
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", str(out), "choose another file") from None
