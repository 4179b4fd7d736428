"""What several commands of the command line share: days, and the library with what is laid over it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stepdown.errors import InputError

if TYPE_CHECKING:
    from stepdown.knowledge.library import Library

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")

LibraryOption = Annotated[
    list[Path] | None,
    typer.Option("--library", metavar="DIR", help="Lay a folder of documents over the library; may be repeated."),
]


def day_of(text: str | None, where: str) -> date | None:
    """A full day, or nothing where nothing was given."""
    if text is None:
        return None
    try:
        if not _DAY.match(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text[:40]!r} is not a day", where, "write it as 2026-03-01") from None


def past(text: str | None, where: str = "--on") -> date:
    """A day that has come; today where none was given."""
    day = day_of(text, where) or date.today()
    if day > date.today():
        raise InputError(f"{day} lies in the future", where, "name today or a day before")
    return day


def library_of(overlays: Sequence[Path] | None) -> Library:
    """The shipped library, with folders of documents laid over it in order."""
    from stepdown.knowledge.library import load

    return load(list(overlays or ()))
