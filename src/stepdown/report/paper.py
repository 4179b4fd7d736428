"""Where text is written to: a terminal in its width and colours, or a pipe without control codes."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TextIO

from rich.console import Console, RenderableType

WIDEST = 110
"""Longer lines are hard to follow, so a wider terminal keeps a margin."""


def console(to: TextIO | None = None, width: int | None = None) -> Console:
    """A console for standard output, or for another stream; colour and width as that stream allows."""
    made = Console(file=to or sys.stdout, width=width, highlight=False, emoji=False, markup=False)
    made.width = min(made.width, WIDEST)
    return made


def put(parts: Iterable[RenderableType], paper: Console) -> None:
    """Write parts one below the other; into a pipe without the blanks that would fill up the lines."""
    if paper.is_terminal:
        for part in parts:
            paper.print(part)
        return
    with paper.capture() as captured:
        for part in parts:
            paper.print(part)
    lines = captured.get().splitlines()
    encoding = paper.encoding or "utf-8"
    for line in lines:
        paper.file.write(line.rstrip().encode(encoding, "replace").decode(encoding) + "\n")
