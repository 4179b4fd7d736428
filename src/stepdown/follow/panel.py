"""Reads the records of a panel: a folder of charts and Bundles, or one file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from stepdown.errors import InputError, Problem
from stepdown.knowledge.library import Library
from stepdown.record.read import SUFFIXES, read
from stepdown.record.record import Record, join_records
from stepdown.record.tables import TABLES

_EVENTS = tuple(name for name in TABLES if name not in ("person", "appointment", "observed", "known"))
"""Tables whose rows happened on a day."""


@dataclass(frozen=True)
class Panel:
    """The records of a panel as one, with what could not be read.

    Attributes:
        record: everybody's events.
        files: file that each person was read from.
        unread: files that could not be read, with the reason.
        problems: people who stand in several files.
    """

    record: Record
    files: dict[str, str]
    unread: tuple[tuple[str, str], ...] = ()
    problems: tuple[Problem, ...] = ()


def read_panel(path: Path, library: Library) -> Panel:
    """Read everybody in a folder or a file.

    A person who stands in several files (a chart and a Bundle) is read from the one whose last event is newest, and
    the others are named: put together, an old file that says a drug goes on would contradict the new one.

    Raises:
        InputError: nothing to read; or the one file that is named cannot be read.
    """
    parts: list[tuple[str, Record]] = []
    unread: list[tuple[str, str]] = []
    for file in _files(path):
        try:
            parts.append((file.name, read(file, library)))
        except InputError as error:
            if file == path:
                raise
            unread.append((file.name, reason(error, file)))
    if not parts:
        raise InputError("holds no record that can be read", str(path), unread[0][1] if unread else "")
    chosen, problems = _chosen(parts)
    records = [
        record if len(record.people) == 1 else record.only(person) for person, (_, record) in sorted(chosen.items())
    ]
    files = {person: name for person, (name, _) in sorted(chosen.items())}
    # problems and notes belong to a file, so they are taken once from each
    joined = join_records(records) if records else join_records([parts[0][1]])
    told = tuple(
        problem
        for name, record in parts
        for problem in record.problems
        if problem.person_id == "" or files.get(problem.person_id) == name
    )
    return Panel(Record(joined.tables, told), files, tuple(unread), tuple(problems))


def reason(error: InputError, file: Path) -> str:
    """Why a file could not be read, without its path: only the line within it."""
    return str(error).removeprefix(f"{file}: ").replace(f"{file}:", "line ", 1)


def first_day(record: Record) -> date | None:
    """The first day on which anything is on record; None where nothing is dated."""
    days = [record[name]["on_latest"].min() for name in _EVENTS]
    dated = [day for day in days if isinstance(day, date)]
    return min(dated, default=None)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file())
    if not found:
        raise InputError("holds no chart and no Bundle", str(path), f"files end in {', '.join(SUFFIXES)}")
    return found


def _chosen(parts: list[tuple[str, Record]]) -> tuple[dict[str, tuple[str, Record]], list[Problem]]:
    """For each person the file to read, and a problem for each who stands in several."""
    standing: dict[str, list[tuple[str, Record]]] = {}
    for name, record in parts:
        for person in dict.fromkeys(record.people):
            standing.setdefault(person, []).append((name, record))
    chosen: dict[str, tuple[str, Record]] = {}
    problems: list[Problem] = []
    for person, found in standing.items():
        newest = found[0]
        for part in found[1:]:
            if _last_day(part[1], person) > _last_day(newest[1], person):
                newest = part
        chosen[person] = newest
        others = sorted(name for name, _ in found if name != newest[0])
        if others:
            problems.append(Problem(newest[0], "several-files", {"used": newest[0], "others": others}, person))
    return chosen, problems


def _last_day(record: Record, person: str) -> date:
    return max(_days(record, person), default=date.min)


def _days(record: Record, person: str) -> Iterator[date]:
    for name in _EVENTS:
        last = record[name].filter(pl.col("person_id") == person)["on"].max()
        if isinstance(last, date):
            yield last
