"""One screen for the neurologist: who, what is urgent, the advice, why, the options, what to find out.

Reads a filled assessment and writes it; it computes nothing but how a value is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TextIO

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from stepdown.report import person
from stepdown.report.advice import reasons, recommendation
from stepdown.report.fill import fill
from stepdown.report.hinges import information, what_if
from stepdown.report.marks import Marks, marks_for
from stepdown.report.options import options
from stepdown.report.paper import console, put
from stepdown.report.parts import ACCENT, UNKNOWN, Data, brief, concluded, marked
from stepdown.report.risks import emergency
from stepdown.report.verbose import details
from stepdown.report.wording import inline
from stepdown.report.words import Words

SIDE = 12
FOLDED = 2
"""More guidelines than these that may apply are told in one line."""


def show(data: Data, words: Words, verbose: bool = False, to: TextIO | None = None, width: int | None = None) -> None:
    """Write an assessment as text; without control codes where the output is not a terminal."""
    paper = console(to, width)
    put(screen(fill(data, words), words, marks_for(paper.encoding), verbose), paper)


def screen(filled: Data, words: Words, marks: Marks, verbose: bool = False) -> list[RenderableType]:
    """The parts of the screen, top to bottom; in an emergency nothing is weighed that would draw the eye from it."""
    calm = not emergency(filled)
    weighed = calm and bool(filled["options"])
    attention = ("attention", flags(filled, words, marks, "reason") if calm else None)
    urgent = filled["recommendation"]["review"] == "urgent"
    sections = [
        ("urgent", flags(filled, words, marks, "emergency")),
        ("waits", flags(filled, words, marks, "blocks")),
        *[attention] * urgent,
        ("recommendation", recommendation(filled, words, marks)),
        *[attention] * (not urgent),
        ("for", reasons(filled, words, marks, True) if weighed else None),
        ("against", reasons(filled, words, marks, False) if weighed else None),
        ("options", options(filled, words, marks)),
        ("find-out", information(filled, words, marks)),
        ("what-if", what_if(filled, words, marks)),
        ("guidelines", guidelines(filled, words, marks) if calm else None),
        ("notes", notes(filled, words)),
        ("record", record(filled, words)),
    ]
    grid = Table.grid(padding=(0, 1, 0, 0), expand=True)
    grid.add_column(width=SIDE)
    grid.add_column(ratio=1)
    for key, content in sections:
        if content is not None:
            heading = Text(words.tell(f"label.{key}"), style=ACCENT if key in ("urgent", "recommendation") else "bold")
            grid.add_row(heading, content)
    parts: list[RenderableType] = [person.head(filled, words, marks), Rule(marks), grid]
    if verbose:
        parts += [Rule(marks), *details(filled, words, marks)]
    return [*parts, Rule(marks), foot(filled, words, marks)]


class Rule:
    """A hairline as wide as the screen."""

    def __init__(self, marks: Marks) -> None:
        self.marks = marks

    def __rich_console__(self, console: Console, options: Any) -> Iterable[RenderableType]:
        yield Text(self.marks.rule * options.max_width, style="dim")


def flags(filled: Data, words: Words, marks: Marks, action: str) -> RenderableType | None:
    """The flags with one action, and what to do about each."""
    rows: list[RenderableType] = []
    urgent = action == "emergency"
    for flag in filled["flags"]:
        if flag["action"] == action:
            line = Text(flag["says"]["text"], style="bold" if urgent else "")
            do = flag["do"]["text"] if urgent else brief(flag["do"]["text"])
            line.append(f" {words.tell('label.do')} ", style="bold").append(do, style="not bold")
            rows.append(marked(marks.flag if urgent else marks.note, line))
    return Group(*rows) if rows else None


def notes(filled: Data, words: Words) -> RenderableType | None:
    """The topics of the flags that inform and ask for nothing now."""
    titles = [words.tell(f"flags/{flag['id']}.title") for flag in filled["flags"] if flag["action"] == "inform"]
    return Text("; ".join(titles), style="dim") if titles else None


def guidelines(filled: Data, words: Words, marks: Marks) -> RenderableType:
    """The guidelines that apply, or may, side by side: one line each."""
    speaking = [one for one in filled["guidelines"] if one["applies"] != "not-met"]
    if not speaking:
        return Text(words.tell("label.none-apply"), style=UNKNOWN)
    table = Table.grid(padding=(0, 1, 0, 0), expand=True)
    table.add_column(width=1)
    table.add_column(width=max(len(_concluded(one, words)) for one in speaking))
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    mark = {"candidate": "met", "not-candidate": "not-met", "undetermined": "unknown"}
    open_ones = [one for one in speaking if one["applies"] == "unknown"]
    if len(open_ones) > FOLDED:
        speaking = [one for one in speaking if one["applies"] != "unknown"]
    for one in sorted(speaking, key=lambda one: one["applies"] != "met"):
        unsure = one["applies"] == "unknown" or one["conclusion"] == "undetermined"
        title = Text(words.tell(f"guidelines/{one['id']}.title"))
        ask = [inline(words.tell(f"variables/{name}.title")) for name in one["to_find_out"]]
        if ask:
            title.append(f"; {words.tell('label.waits-for', names=', '.join(ask))}", style="dim")
        symbol = marks.verdict["unknown" if unsure else mark[one["conclusion"]]]
        table.add_row(symbol, Text(_concluded(one, words), style=UNKNOWN if unsure else ""), title)
    if len(open_ones) > FOLDED:
        later = words.tell("label.may-apply-later", count=len(open_ones), heading=words.tell("label.find-out"))
        table.add_row(marks.verdict["unknown"], Text(words.tell("conclusion.may-apply"), style=UNKNOWN), Text(later))
    return table


def _concluded(one: Data, words: Words) -> str:
    return words.tell(f"conclusion.{concluded(one)}")


def record(filled: Data, words: Words) -> RenderableType:
    """How many things in the record were not understood."""
    count = len(filled["problems"])
    return Text(
        words.tell("label.problems" if count else "label.no-problems", count=count), style="" if count else "dim"
    )


def foot(filled: Data, words: Words, marks: Marks) -> RenderableType:
    """The library that was used, and what this is for, once."""
    known = filled["knowledge"]
    parts = [words.tell("label.library", version=known["version"], digest=known["digest"][7:19])]
    if known["overlays"]:
        parts.append(words.tell("label.overlays", paths=[one["path"] for one in known["overlays"]]))
    parts.append(words.tell("label.in-force", day=filled["in_force"]))
    told = [one["text"] for one in filled["limits"] if one["key"].startswith("limit.")]
    lines = [" ".join(told), f" {marks.dot} ".join(parts), words.tell("label.foot")]
    return Group(*(Text(line, style="dim") for line in lines if line))


__all__ = ["screen", "show"]
