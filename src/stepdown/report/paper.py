"""Where text is written to: a terminal in its width and colours, or a pipe without control codes."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TextIO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.measure import Measurement
from rich.text import Text

WIDEST = 110
"""Longer lines are hard to follow, so a wider terminal keeps a margin."""


class Clipped:
    """A text of a few lines at most; what does not fit ends in three dots and stands under --verbose."""

    def __init__(self, text: Text, lines: int = 2) -> None:
        self.text, self.lines = text, lines

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterable[RenderableType]:
        wrapped = self.text.wrap(console, options.max_width)
        for line in wrapped[: self.lines - 1]:
            line.rstrip()
            yield line
        if len(wrapped) >= self.lines:
            last = wrapped[self.lines - 1]
            last.rstrip()
            if len(wrapped) > self.lines:
                last.truncate(options.max_width - 1)
                last.rstrip()
                last.append("…" if console.encoding.lower().startswith("utf") else ".")
            yield last

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement.get(console, options, self.text)


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
