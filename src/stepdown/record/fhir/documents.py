"""From the lines of an export to JSON that can be trusted; what is none is told with its file and line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from stepdown.errors import InputError
from stepdown.record.fhir.export import Export, content, lines
from stepdown.record.fhir.source import Json, check_keys

_BEGIN = b'{"resourceType":"'
_KEY = b'":'
_DOUBTS = (b"\\u0022", b'" ', b'"\t')
"""Where one of these stands, keys cannot be counted by the sign that ends them."""
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


class Trouble(NamedTuple):
    """Why a line cannot be trusted: key and arguments of a fault."""

    key: str
    args: dict[str, Any]


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
    """

    export: Export
    wanted: frozenset[bytes]
    faults: list[Fault] = field(default_factory=list)

    def blocks(self, number: int) -> Iterator[tuple[int, bytes]]:
        """The lines of one file, many at a time, with the number of the first.

        Raises:
            InputError: a file that cannot be read to its end.
        """
        file = self.export.files[number]
        if file.whole:
            yield 1, content(file.path).replace(b"\n", b" ")
        else:
            yield from lines(file.path)

    def of(self, number: int) -> Iterator[list[Document]]:
        """The documents of one file, many at a time; those of other types than are wanted are passed over.

        Raises:
            InputError: a file that cannot be read to its end.
        """
        for first, block in self.blocks(number):
            rows = ((row, line.strip()) for row, line in enumerate(block.split(b"\n"), first))
            yield self.parsed(number, ((row, line) for row, line in rows if self._is_wanted(line)))

    def parsed(self, number: int, rows: Iterable[tuple[int, bytes]]) -> list[Document]:
        """The documents in some lines of a file; what is none is a fault."""
        there = [(row, raw) for row, raw in rows if raw]
        found = []
        for (row, raw), data in zip(there, trusted([raw for _, raw in there]), strict=True):
            if isinstance(data, Trouble):
                self.fault(number, row, data.key, **data.args)
            else:
                found.append(Document(row, raw, data))
        return found

    def _is_wanted(self, raw: bytes) -> bool:
        if not raw.startswith(_BEGIN):
            return True
        return raw[len(_BEGIN) : raw.find(b'"', len(_BEGIN))] in self.wanted

    def fault(self, file: int, row: int, key: str, source: str = "", person: str = "", **args: Any) -> None:
        """List what could not be understood."""
        self.faults.append(Fault(file, row, source, key, args, person))


def trusted(raws: Sequence[bytes]) -> list[Json | Trouble]:
    """What some lines say, or why they cannot be trusted: no JSON, no resource, nested too deeply, a key twice.

    All are looked at together; only where there is a doubt is each looked at by itself.
    """
    whole = b"\n".join(raws)
    try:
        found = list(map(orjson.loads, raws))
        same = orjson.dumps(found).count(_KEY) == whole.count(_KEY) and not any(doubt in whole for doubt in _DOUBTS)
    except (orjson.JSONDecodeError, TypeError):  # orjson writes fewer levels than it reads
        same = False
    if same and all(_is_resource(data) for data in found):
        return found
    return [_trusted(raw) for raw in raws]


def _is_resource(data: Any) -> bool:
    return isinstance(data, dict) and isinstance(data.get("resourceType"), str)


def _trusted(raw: bytes) -> Json | Trouble:
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return Trouble("fhir-not-json", {"text": raw[:_SHOWN].decode(errors="replace")})
    if not _is_resource(data):
        return Trouble("fhir-no-resource", {"text": raw[:_SHOWN].decode(errors="replace")})
    try:
        check_keys(raw, orjson.dumps(data), "")
    except TypeError:
        return Trouble("fhir-too-deep", {})
    except InputError as error:
        return Trouble("fhir-refused", {"text": error.what})
    except (json.JSONDecodeError, RecursionError) as error:
        return Trouble("fhir-refused", {"text": str(error)})
    found: Json = data
    return found
