"""From the lines of an export to JSON that can be trusted; what is none is told with its file and line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from stepdown.errors import InputError
from stepdown.record.fhir.export import Export, File, content, lines
from stepdown.record.fhir.source import Json, check_keys

_BEGIN = b'{"resourceType":"'
_KEY = b'":'
_SHOWN = 60


class Fault(NamedTuple):
    """What could not be understood of an export, and where it stands.

    Attributes:
        file: number of the file.
        row: line in it, from 1.
        source: the resource, empty where that cannot be told.
        key: key of the sentence `problem.<key>`.
        args: what the sentence needs.
        person: the person it concerns, empty where it concerns nobody that is known.
    """

    file: int
    row: int
    source: str
    key: str
    args: dict[str, Any]
    person: str = ""


class Document(NamedTuple):
    """One line that is JSON: its number, its bytes, and what they say."""

    row: int
    raw: bytes
    data: Json


@dataclass
class Documents:
    """Reads the files of an export, and collects what is none.

    Attributes:
        export: the files.
        wanted: resource types that are looked at; a line that begins with another one is passed over unread.
        faults: what could not be understood so far.
        passed: how many lines were passed over, by resource type.
    """

    export: Export
    wanted: frozenset[bytes]
    faults: list[Fault] = field(default_factory=list)
    passed: dict[str, int] = field(default_factory=dict)

    def of(self, number: int) -> Iterator[list[Document]]:
        """The documents of one file, many at a time.

        Raises:
            InputError: a file that cannot be read to its end.
        """
        file = self.export.files[number]
        for first, block in _blocks(file):
            found = []
            for row, line in enumerate(block, first):
                raw = line.strip()
                if raw and self._is_wanted(raw):
                    data = self._parsed(number, row, raw)
                    if data is not None:
                        found.append(Document(row, raw, data))
            yield self._checked(number, found)

    def _is_wanted(self, raw: bytes) -> bool:
        if not raw.startswith(_BEGIN):
            return True
        kind = raw[len(_BEGIN) : raw.find(b'"', len(_BEGIN))]
        if kind in self.wanted:
            return True
        name = kind.decode(errors="replace")
        self.passed[name] = self.passed.get(name, 0) + 1
        return False

    def _parsed(self, number: int, row: int, raw: bytes) -> Json | None:
        try:
            data = orjson.loads(raw)
        except orjson.JSONDecodeError:
            self.fault(number, row, "fhir-not-json", text=raw[:_SHOWN].decode(errors="replace"))
            return None
        if not isinstance(data, dict) or not isinstance(data.get("resourceType"), str):
            self.fault(number, row, "fhir-no-resource", text=raw[:_SHOWN].decode(errors="replace"))
            return None
        return data

    def _checked(self, number: int, found: list[Document]) -> list[Document]:
        """Documents whose keys are unique, and that are not nested without end; a doubt is looked at one by one."""
        try:
            again = orjson.dumps([one.data for one in found]).count(_KEY)
        except TypeError:  # orjson writes fewer levels than it reads
            again = -1
        there = sum(one.raw.count(_KEY) for one in found)
        if again == there and not any(b"\\u0022" in one.raw for one in found):
            return found
        return [one for one in found if self._is_sound(number, one)]

    def _is_sound(self, number: int, one: Document) -> bool:
        try:
            check_keys(one.raw, orjson.dumps(one.data), "")
        except TypeError:
            self.fault(number, one.row, "fhir-too-deep")
        except (InputError, json.JSONDecodeError, RecursionError) as error:
            what = error.what if isinstance(error, InputError) else str(error)
            self.fault(number, one.row, "fhir-refused", text=what)
        else:
            return True
        return False

    def fault(self, file: int, row: int, key: str, source: str = "", person: str = "", **args: Any) -> None:
        """List what could not be understood."""
        self.faults.append(Fault(file, row, source, key, args, person))


def _blocks(file: File) -> Iterator[tuple[int, list[bytes]]]:
    if file.whole:
        yield 1, [content(file.path)]
    else:
        yield from lines(file.path)
