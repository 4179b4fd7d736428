"""Makes a synthetic registry and tells how it went: a bar on a terminal, none in a pipe, and what to do with it."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from stepdown.errors import InputError
from stepdown.knowledge.library import Library
from stepdown.synthetic.registry import FORMS, LAST_DAY, TRUTH, write


def write_registry(library: Library, people: int, folder: Path | None, form: str, seed: int) -> None:
    """Write a registry and say what is there.

    Raises:
        InputError: no folder, or what `synthetic.registry.write` refuses.
    """
    if folder is None:
        raise InputError("a registry needs a folder", "--to", "name a new folder to write it into")
    shown = Console(file=sys.stderr)
    columns = TextColumn("made up"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=shown, disable=not shown.is_terminal, transient=True) as progress:
        task = progress.add_task("", total=people)
        write(library, people, folder, seed, form, told=lambda done: progress.update(task, completed=done))
    print(f"{people:,} made-up people in {folder}, the truth about them in {folder / TRUTH}")
    print(f"stepdown screen {FORMS[form].input(folder)} --on {LAST_DAY}")
