"""The worklist of a follow-up on the terminal: most urgent first, for a nurse with eight minutes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TextIO

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from stepdown.report import wording
from stepdown.report.fill import fill
from stepdown.report.follow_parts import change, found_of, item, moved, next_of, plan_of, way_back
from stepdown.report.marks import Marks, marks_for
from stepdown.report.paper import Clipped, console, put
from stepdown.report.parts import ACCENT, Data, brief, marked
from stepdown.report.terminal import Rule
from stepdown.report.words import Words

SIDE = 11
_QUIET = "nothing-due"
_FEW = 8
"""Of how many people a line names."""
_PAGE = 100
"""Columns of a text that goes into a file."""


def show_follow(told: Data, words: Words, to: TextIO | None = None, width: int | None = None) -> None:
    """Write a follow-up as text; without control codes where the output is not a terminal."""
    paper = console(to, width)
    put(worklist(fill(told, words), words, marks_for(paper.encoding)), paper)


def follow_text(told: Data, words: Words) -> bytes:
    """The same as UTF-8, for a file."""
    page = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    show_follow(told, words, page, _PAGE)
    page.flush()
    return page.buffer.getvalue()


def worklist(filled: Data, words: Words, marks: Marks) -> list[RenderableType]:
    """The parts of the worklist, top to bottom."""
    parts: list[RenderableType] = [_head(filled, words, marks), *[Rule(marks)] * bool(filled["people"])]
    busy = [one for one in filled["people"] if one["status"] != _QUIET]
    for one in busy:
        parts += [_title(one, words, marks), _body(one, words, marks), Text()]
    quiet = [one for one in filled["people"] if one["status"] == _QUIET]
    if quiet:
        parts += [Text(words.tell("follow.label.quiet"), style="bold"), *(_calm(one, words, marks) for one in quiet)]
    rest = list(_rest(filled, words, marks))
    if rest:
        parts += [Rule(marks), *rest]
    known = filled["knowledge"]
    library = words.tell("label.library", version=known["version"], digest=known["digest"][7:19])
    return [*parts, Rule(marks), Text(library, style="dim"), Text(words.tell("label.foot"), style="dim")]


def _head(filled: Data, words: Words, marks: Marks) -> RenderableType:
    """The day, how many stepped down, and how many of them need something."""
    counts, many = filled["counts"], len(filled["people"])
    key = "follow.stepped-down" if many else "follow.none-stepped-down"
    title = Text(words.tell("follow.title", day=filled["on"]), style=ACCENT)
    title.append(f"  {words.tell(key, many=many, people=counts['people'])}", style="not bold default")
    dot = f" {marks.dot} "
    own = [
        f"{counts[status]} {words.tell(f'follow.count.{status}')}"
        for status in ("triggered", "overdue", "due", _QUIET)
        if many
    ]
    others = [
        words.tell(f"follow.count.{status}", count=counts[status], persons=_named(filled["unknown"], words))
        for status in ("carries-on", "longer-ago", "no-treatment", "died", "unknown")
        if counts[status]
    ]
    lines = [Text(dot.join(own), style="bold")] * bool(own) + [Text(dot.join(others), style="dim")] * bool(others)
    return Group(title, *lines)


def _title(one: Data, words: Words, marks: Marks) -> RenderableType:
    urgent = one["status"] in ("triggered", "overdue")
    line = Text(one["person"], style="bold")
    line.append(f"  {words.tell('follow.status.' + one['status'])}", style=ACCENT if urgent else "bold")
    line.append(f"  {change(one, words)}", style="not bold default")
    return marked(marks.flag if urgent else marks.note, line)


def _body(one: Data, words: Words, marks: Marks) -> RenderableType:
    grid = Table.grid(padding=(0, 1, 0, 0), expand=True)
    grid.add_column(width=1)
    grid.add_column(width=SIDE)
    grid.add_column(ratio=1)

    def row(label: str, content: RenderableType, style: str = "bold") -> None:
        grid.add_row("", Text(label, style=style), content)

    for place, signal in enumerate(one["triggered"]):
        soon = words.tell(f"follow.urgency.{signal['urgency']}") if signal["urgency"] else ""
        row(soon[:1].upper() + soon[1:], _signal(signal, words, place == 0))
    for label in ("overdue", "due"):
        if one[label]:
            lines = [Text(item(entry, words), style="bold" if label == "overdue" else "") for entry in one[label]]
            row(words.tell(f"follow.label.{label}"), Group(*lines))
    if one["changed"]:
        row(words.tell("follow.label.changed"), Text("; ".join(moved(entry, words) for entry in one["changed"])))
    notes = [note["text"] for note in one["notes"]] + [problem["says"]["text"] for problem in one["problems"]]
    if notes:
        row(words.tell("follow.label.note"), Text(" ".join(notes)))
    row("", Text(f" {marks.dot} ".join(filter(None, (plan_of(one, words), next_of(one, words)))), style="dim"))
    return grid


def _signal(signal: Data, words: Words, first: bool) -> RenderableType:
    """What was found, what to do, and where it was seen; with the first, the most urgent one, the way back."""
    parts: list[RenderableType] = [Text(found_of(signal, words), style="bold")]
    if signal["do"]:
        do = signal["do"]["text"]
        parts.append(Text(words.tell("follow.do", what=do if first else brief(do))))
    if signal["rescue"] and first:
        parts.append(Clipped(Text(words.tell("follow.way-back", what=way_back(signal, words))), 3))
    if signal["from"]:
        seen = f"{words.tell('follow.label.seen')} {wording.sources(signal['from'])}"
        parts.append(Text(seen, style="dim"))
    return Group(*parts)


def _calm(one: Data, words: Words, marks: Marks) -> RenderableType:
    """A person with nothing due, on two lines at most."""
    line = Text(one["person"], style="bold")
    line.append(f"  {change(one, words)}", style="not bold")
    told = [*(moved(entry, words) for entry in one["changed"]), next_of(one, words)]
    told += [note["text"] for note in one["notes"]] + [problem["says"]["text"] for problem in one["problems"]]
    line.append(f"{words_join(told, marks)}", style="not bold dim")
    return marked(marks.verdict["not-met"], line)


def words_join(told: list[str], marks: Marks) -> str:
    """Facts behind one another, each after a dot."""
    return "".join(f" {marks.dot} {fact}" for fact in told if fact)


def _rest(filled: Data, words: Words, marks: Marks) -> Iterator[RenderableType]:
    """What could not be read or believed, of people who are not in the list above; the same thing is told once."""
    listed = {one["person"] for one in filled["people"]}
    kinds: dict[str, list[Data]] = {}
    for problem in filled["problems"]:
        if problem["person"] not in listed:
            kinds.setdefault(problem["says"]["key"], []).append(problem)
    for alike in kinds.values():
        first = alike[0]
        told = words.tell("follow.problems-of", person=first["person"] or first["source"], what=first["says"]["text"])
        others = list(dict.fromkeys(one["person"] or one["source"] for one in alike[1:]))
        if others:
            told += f" {words.tell('follow.likewise', persons=_named(others, words))}"
        yield marked(marks.ask, Text(told))
    for file in filled["unread"]:
        yield marked(marks.ask, Text(f"{file['file']}: {file['says']['text']}"))


def _named(people: list[str], words: Words) -> list[str]:
    """The first few, and how many more there are."""
    rest = len(people) - _FEW
    return [*people[:_FEW], str(words.tell("follow.and-more", count=rest))] if rest > 1 else people
