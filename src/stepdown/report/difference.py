"""What differs between two libraries, and whose conclusions change: as text or JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date

import orjson
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

from stepdown.compare import Affected, Comparison, Shift
from stepdown.knowledge.difference import Change, Edit
from stepdown.knowledge.library import Library
from stepdown.report.paper import console, put

_INDENT = 2
_NOTHING = "none"


def show_difference(found: Comparison, paper: Console | None = None) -> None:
    """Print the documents that differ, then the people whose conclusions change and through what."""
    put(_told(found), paper or console())


def difference_json(found: Comparison, old: Library, new: Library, on: date) -> bytes:
    """The same as UTF-8 JSON that ends in a new line."""
    data = {
        "on": on.isoformat(),
        "old": {"version": old.version, "digest": old.digest},
        "new": {"version": new.version, "digest": new.digest},
        "documents": [asdict(change) for change in found.changes],
        "people": found.people,
        "affected": [asdict(one) for one in found.affected],
        "unread": [{"file": file, "why": why} for file, why in found.unread],
    }
    return orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _told(found: Comparison) -> Iterator[RenderableType]:
    yield Text(f"Documents that differ: {len(found.changes) or _NOTHING}", style="bold")
    for change in found.changes:
        yield from _change(change)
    yield Text()
    whose = f"{len(found.affected)} of {found.people}" if found.affected else f"none of {found.people}"
    yield Text(f"People whose conclusions change: {whose}", style="bold")
    for one in found.affected:
        yield from _affected(one)
    if found.people and not found.affected:
        yield Padding(Text("Nothing changes for these people."), (0, 0, 0, _INDENT))
    for file, why in found.unread:
        yield Text(f"Not read: {file}: {why.removeprefix(f'{file}: ')}")


def _change(change: Change) -> Iterator[RenderableType]:
    yield Padding(Text(f"{change.document} {change.how}: {change.title}"), (0, 0, 0, _INDENT))
    for edit in change.edits:
        yield Padding(_edit(edit), (0, 0, 0, 2 * _INDENT))
    if change.how == "changed" and not change.edits:
        yield Padding(Text("the order of its parts"), (0, 0, 0, 2 * _INDENT))


def _edit(edit: Edit) -> Text:
    where = Text(f"{edit.part}: ", style="dim")
    if edit.old is None:
        return where.append(f"new: {edit.new}", style="not dim")
    if edit.new is None:
        return where.append(f"gone: {edit.old}", style="not dim")
    return where.append(f"{edit.old} -> {edit.new}", style="not dim")


def _affected(one: Affected) -> Iterator[RenderableType]:
    yield Padding(Text(f"{one.person}  ({one.file})"), (0, 0, 0, _INDENT))
    for shift in one.shifts:
        yield Padding(Text(_shift(shift)), (0, 0, 0, 2 * _INDENT))
        if shift.through:
            yield Padding(Text(f"through {', '.join(shift.through)}", style="dim"), (0, 0, 0, 3 * _INDENT))


def _shift(shift: Shift) -> str:
    name = shift.of.replace("_", " ") if shift.what == "recommendation" else shift.of
    return f"{shift.what} {name}: {shift.old or _NOTHING} -> {shift.new or _NOTHING}"
