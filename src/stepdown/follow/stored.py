"""Reads stored plans: what `stepdown assess --format json` wrote, or a plan alone; of this version or an older one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from stepdown.assessment import SCHEMA
from stepdown.errors import InputError
from stepdown.follow.panel import reason
from stepdown.follow.plans import STEPS_DOWN, Plan, read_plan
from stepdown.guideline.findings import text
from stepdown.knowledge.yamlfile import read_bytes

SUFFIXES = (".json", ".jsonl", ".ndjson")
_MEND = "store it with 'stepdown assess ... --format json'"


@dataclass(frozen=True)
class Stored:
    """The plans that were stored.

    Attributes:
        plans: the newest plan of each person.
        unread: files that could not be read, with the reason.
        older: people of whom an earlier plan stands beside, and was not used.
    """

    plans: dict[str, Plan]
    unread: tuple[tuple[str, str], ...] = ()
    older: tuple[str, ...] = ()


def read_stored(path: Path) -> Stored:
    """Read the plans of a folder or a file; of several of one person the one decided last counts.

    Raises:
        InputError: no such folder, nothing in it; or the one file that is named cannot be read.
    """
    plans: list[Plan] = []
    unread: list[tuple[str, str]] = []
    for file in _files(path):
        try:
            plans += _read(file)
        except InputError as error:
            if file == path:
                raise
            unread.append((file.name, reason(error, file)))
    newest: dict[str, Plan] = {}
    older: dict[str, None] = {}
    for plan in sorted(plans, key=lambda one: (str(one.decided_on or ""), one.file or "")):
        if plan.person in newest:
            older[plan.person] = None
        newest[plan.person] = plan
    return Stored(dict(sorted(newest.items())), tuple(unread), tuple(sorted(older)))


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file())
    if not found:
        raise InputError("holds no stored plan", str(path), f"files end in {', '.join(SUFFIXES)}")
    return found


def _read(file: Path) -> Iterator[Plan]:
    content = read_bytes(file)
    if not content.strip():
        raise InputError("is empty", str(file), _MEND)
    lines = content.splitlines() if file.suffix.lower() in (".jsonl", ".ndjson") else [content]
    for number, line in enumerate(lines, start=1):
        where = f"{file}:{number}" if len(lines) > 1 else str(file)
        if line.strip():
            for data in _documents(line, where):
                yield _plan(data, where, file.name)


def _documents(line: bytes, where: str) -> list[Mapping[str, Any]]:
    try:
        data = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise InputError(f"is not valid JSON ({error.msg.split(': line')[0]})", where, _MEND) from None
    documents = data if isinstance(data, list) else [data]
    if any(not isinstance(one, Mapping) for one in documents):
        raise InputError("is no assessment and no plan", where, _MEND)
    return documents


def _plan(data: Mapping[str, Any], where: str, file: str) -> Plan:
    """The plan of an assessment, or a plan alone that names its person."""
    if "option" not in data and "recommendation" not in data and "plan" not in data:
        raise InputError("is no assessment and no plan", where, _MEND)
    person = data.get("person")
    if not isinstance(person, str) or not person:
        raise InputError("names no person", where, "add 'person', or store the whole assessment")
    schema = str(data.get("schema") or "")
    version = _version(schema, where)
    inner = data if "option" in data else data.get("plan") or {}
    if not isinstance(inner, Mapping):
        raise InputError("holds a plan that is no mapping", where, _MEND)
    plan = read_plan(inner, person, where, file=file)
    notes = []
    if version is None or version < int(SCHEMA):
        notes.append(text("follow.older-plan", schema=schema or "0", now=SCHEMA, file=file))
    chosen = data.get("recommendation")
    if isinstance(chosen, Mapping) and plan.kind is None:
        # an assessment from before there were plans says what was recommended, and no more
        plan = replace(plan, option=chosen.get("option"), kind=chosen.get("kind"))
    if not plan.watches and plan.kind in STEPS_DOWN:
        notes.append(text("follow.plan-without-calendar", file=file))
    if plan.decided_on is None and data.get("on"):
        plan = replace(plan, decided_on=read_plan({"decided_on": data["on"]}, person, where).decided_on)
    return replace(plan, schema=schema or None, notes=tuple(notes))


def _version(schema: str, where: str) -> int | None:
    """The number of a version; a newer one than ours is not guessed at.

    Raises:
        InputError: a version from the future, or none that we ever wrote.
    """
    if not schema:
        return None
    if not schema.isdigit():
        raise InputError(f"is of version {schema[:20]!r}, which does not exist", where, _MEND)
    if int(schema) > int(SCHEMA):
        raise InputError(
            f"is of version {schema}, newer than {SCHEMA}, which is read here",
            where,
            "update stepdown, or store it again",
        )
    return int(schema)
