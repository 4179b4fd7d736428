"""The library told on a terminal: what it holds, one document with its sources, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from stepdown.criteria.lint import check_library
from stepdown.knowledge.care_words import CareLine
from stepdown.knowledge.describe import Clause, Description, describing, listing
from stepdown.knowledge.library import Library, load
from stepdown.record.tables import TABLES
from stepdown.report.paper import console, put

INDENT = 2


def check(overlays: Sequence[Path], paper: Console | None = None) -> bool:
    """Print everything wrong with the library, then how much there is of it; whether nothing is wrong."""
    out = paper or console()
    faults = check_library(overlays, tables=TABLES)
    for fault in faults:
        out.file.write(f"{fault}\n")
    wrong = sum(not fault.note for fault in faults)
    if not wrong:
        library = load(overlays)
        count = sum(len(documents) for documents in library.documents.values())
        out.file.write(f"{count} documents, version {library.version}, {library.digest}: nothing wrong\n")
    return not wrong


def show_list(library: Library, kind: str | None, paper: Console | None = None) -> None:
    """Print the documents of one kind; without a kind, how many there are of each."""
    if kind is None:
        rows = [(folder, str(len(documents))) for folder, documents in library.documents.items()]
        put([_columns(rows, (0, 0)), Text("'stepdown knowledge list KIND' names them.")], paper or console())
        return
    put([_columns([(row.id, row.title, row.remark) for row in listing(library, kind)], (0, 3, 2))], paper or console())


def show_document(library: Library, name: str, paper: Console | None = None) -> None:
    """Print one document: what it states, its criteria in words, its sources, and what depends on it."""
    put((part for found in describing(library, name) for part in _described(found)), paper or console())


def _columns(rows: Sequence[tuple[str, ...]], ratios: tuple[int, ...]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0), expand=any(ratios))
    for ratio in ratios:
        table.add_column(ratio=ratio or None, no_wrap=not ratio)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _described(found: Description) -> Iterator[RenderableType]:
    heading = Text(f"{found.folder}/{found.id}", style="bold")
    yield heading.append(f"  {found.title}", style="not bold")
    yield Text(found.place, style="dim")
    for name, value in found.facts:
        yield _line(name.replace("_", " "), value)
    for clause in found.clauses:
        yield Text()
        yield from _clause(clause)
    for key, lines in found.care:
        yield Text(f"\n{key.capitalize()}", style="bold")
        for line in lines:
            yield from _care(line)
    yield from _listed("Sources", [f"[{name}] {citation} ({status})" for name, citation, status in found.sources])
    yield from _listed("Used by", list(found.used_by))
    yield Text()


def _line(name: str, value: str) -> RenderableType:
    return Padding(Text(f"{name}: ", style="dim").append(value, style="not dim"), (0, 0, 0, INDENT))


def _clause(clause: Clause) -> Iterator[RenderableType]:
    head = Text(" ".join(part for part in (clause.id, f"({', '.join(clause.tags)})" if clause.tags else "") if part))
    if head:
        yield Padding(head, (0, 0, 0, INDENT))
    if clause.when:
        yield Padding(_line("when", clause.when), (0, 0, 0, INDENT))
    if clause.says:
        yield Padding(_line("says", clause.says), (0, 0, 0, INDENT))
    grounds = ", ".join(clause.grounds) or (f"assumption: {clause.reasoning}" if clause.reasoning else "")
    if grounds:
        yield Padding(_line("rests on", grounds), (0, 0, 0, INDENT))


def _care(line: CareLine) -> Iterator[RenderableType]:
    """One entry: its figures, then the sentence and what it rests on, further in; an action stands under its entry."""
    left = INDENT if line.id or not line.figures else 2 * INDENT
    tags = ", ".join(part for part in (line.place, "from the class" if line.shared and line.id else "") if part)
    head = " ".join(part for part in (line.id, f"({tags})" if tags else "", "; ".join(line.figures)) if part)
    grounds = ", ".join(line.grounds)
    if line.reasoning:
        grounds = f"{grounds}; assumption: {line.reasoning}".removeprefix("; ")
    if head:
        yield Padding(Text(head, style="dim"), (0, 0, 0, left))
    body = Text(line.says)
    yield Padding(body.append(f" [{grounds}]" if grounds else "", style="dim"), (0, 0, 0, left + INDENT * bool(head)))


def _listed(heading: str, rows: list[str]) -> Iterator[RenderableType]:
    if rows:
        yield Text(f"\n{heading}", style="bold")
        for row in rows:
            yield Padding(Text(row), (0, 0, 0, INDENT))
