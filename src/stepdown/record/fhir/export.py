"""Files of many people: resources or Bundles, one a line as from Bulk Data `$export`, told by their content."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO

import orjson

from stepdown.errors import InputError
from stepdown.record.fhir.kinds import KINDS
from stepdown.record.fhir.source import LARGEST
from stepdown.record.tables import TABLES

BLOCK = 8 * 1024 * 1024
"""So much is read at once."""
_GZIP, _MARK = b"\x1f\x8b", b"\xef\xbb\xbf"
_HEAD = 1 << 16
_LINES = re.compile(r"\.(?:ndjson|jsonl)(?:\.gz)?$", re.IGNORECASE)
_JSON = re.compile(r"\.json(?:\.gz)?$", re.IGNORECASE)
_NAMED = re.compile(r"\.(?:ndjson|jsonl)", re.IGNORECASE)
_RESOURCE = re.compile(rb'"resourceType"\s*:')
_STAMP = re.compile(rb'"transactionTime"\s*:\s*"(\d{4}-\d\d-\d\d)')
_NOT_RESOURCES = re.compile(rb'^\s*\{(?:\s*"exportId"|\s*"transactionTime"|(?:(?!"resourceType").)*?"output"\s*:\s*\[)',
                            re.DOTALL)  # fmt: skip
_EXPECTED = "give NDJSON as from Bulk Data $export, or FHIR R4 Bundles"


@dataclass(frozen=True)
class File:
    """One file of an export.

    Attributes:
        path: where it lies.
        whole: whether it is one JSON document over several lines.
        kind: the resource type that its name and its first line agree on; empty where they do not.
    """

    path: Path
    whole: bool = False
    kind: str = ""


@dataclass(frozen=True)
class Export:
    """The files of an export.

    Attributes:
        path: the folder, or the only file.
        files: what holds resources, by name.
        beside: its manifest and its log.
        written: the day on which it was made, where those say so.
    """

    path: Path
    files: tuple[File, ...]
    beside: tuple[Path, ...] = ()
    written: date | None = None

    @property
    def root(self) -> Path:
        """The folder that names of files are told from."""
        return self.path if self.path.is_dir() else self.path.parent

    def everything(self) -> list[Path]:
        """Every file that answers rest on, sorted."""
        return sorted([*(file.path for file in self.files), *self.beside])


def is_export(path: Path) -> bool:
    """Whether a folder or a file holds FHIR.

    Raises:
        InputError: a folder that holds tables beside it.
    """
    if path.is_file():
        return _is_fhir(path, _head(path))
    entries = _entries(path)
    found = next((one for one in entries if _LINES.search(one.name) or _is_fhir(one, _head(one))), None)
    table = next((one for one in sorted(path.iterdir()) if _is_table(one)), None) if path.is_dir() else None
    if found and table:
        raise InputError(
            f"holds tables and FHIR ({table.name}, {found.name})", str(path), "give each a folder of its own"
        )
    return found is not None


def open_export(path: Path) -> Export:
    """Open a folder or a file.

    Raises:
        InputError: it holds no FHIR, or tables beside it, or a file cannot be read.
    """
    if not is_export(path):
        raise InputError("holds no FHIR", str(path), _EXPECTED)
    files, beside, written = [], [], None
    for one in [path] if path.is_file() else _entries(path):
        head = _head(one)
        if _NOT_RESOURCES.match(head):
            beside.append(one)
            stamp = _STAMP.search(head)
            written = date.fromisoformat(stamp[1].decode()) if stamp else written
        elif _LINES.search(one.name) or _JSON.search(one.name) or _is_fhir(one, head):
            files.append(_file(one, head))
        else:
            _refuse(one, (one.name,))
    for one in _folders(path):
        _refuse(one, one.relative_to(path).parts)
    if not files:
        raise InputError("holds no FHIR", str(path), _EXPECTED)
    return Export(path, tuple(files), tuple(beside), written)


def _folders(path: Path) -> list[Path]:
    """What lies in the folders of a folder."""
    inner = sorted(path.iterdir()) if path.is_dir() else []
    return [file for one in inner if one.is_dir() and not one.name.startswith(".") for file in sorted(one.rglob("*"))]


def _refuse(path: Path, names: Sequence[str]) -> None:
    """Refuse what may hold resources and is not read: left out, it would prove that nothing happened.

    Args:
        path: the file.
        names: its own, and those of the folders that it lies in.

    Raises:
        InputError: its name, or that of its folder, is that of resources.
    """
    words = {re.split(r"[^A-Za-z]", name, maxsplit=1)[0] for name in names}
    if path.is_file() and (words & {*KINDS, "Patient", "Bundle"} or _NAMED.search(path.name)):
        raise InputError("may hold resources in a form or place that is not read", str(path),
                         "put it right into the folder as NDJSON, plain or .gz, or take it away")  # fmt: skip


def _entries(path: Path) -> list[Path]:
    """The files of a folder that may hold FHIR, sorted."""
    found = sorted(path.iterdir()) if path.is_dir() else []
    return [one for one in found if one.is_file() and not one.name.startswith(".") and not _is_table(one)]


def _is_table(path: Path) -> bool:
    if path.is_dir():
        return path.name in TABLES and any(path.glob("*.parquet"))
    return path.suffix.lower() in (".csv", ".parquet")


def _is_fhir(path: Path, head: bytes) -> bool:
    return head[:1] == b"{" and bool(_RESOURCE.search(head)) and path.suffix.lower() not in (".yaml", ".yml")


def _file(path: Path, head: bytes) -> File:
    first, newline, _ = head.partition(b"\n")
    try:
        data = orjson.loads(first)
    except orjson.JSONDecodeError:
        return File(path, whole=bool(newline) and _is_one_document(path))
    kind = str(data.get("resourceType", "")) if isinstance(data, dict) else ""
    return File(path, kind=kind if re.match(rf"{re.escape(kind)}(?![A-Za-z])", path.name) else "")


def _is_one_document(path: Path) -> bool:
    """Whether a file whose first line is no JSON is JSON as a whole."""
    try:
        return isinstance(orjson.loads(content(path)), dict)
    except (orjson.JSONDecodeError, InputError):
        return False


def content(path: Path) -> bytes:
    """A whole file.

    Raises:
        InputError: larger than one document may be.
    """
    parts, size = [], 0
    for block in _blocks(path, BLOCK):
        parts.append(block)
        size += len(block)
        if size > LARGEST:
            raise InputError(f"is one document of more than {LARGEST >> 20} MB", str(path), "write a resource a line")
    return b"".join(parts)


def _head(path: Path) -> bytes:
    """The beginning of a file, from its first sign on; empty where it cannot be unpacked, which its reader tells."""
    try:
        return next(_blocks(path, _HEAD), b"").lstrip()
    except InputError:
        return b""


def lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines of a file, many at a time, with the number of the first; empty ones among them.

    Of a line that is longer than a document may be only the beginning is given, which is no JSON.

    Raises:
        InputError: a file that cannot be read or unpacked to its end.
    """
    number, kept, size = 1, [b""], 0
    for block in _blocks(path, BLOCK):
        end = block.rfind(b"\n")
        if end < 0:
            size += len(block)
            if size <= LARGEST:
                kept.append(block)
            continue
        rest = block[:end] if size <= LARGEST else block[block.find(b"\n") : end]
        found = b"".join((*kept, rest))
        yield number, found
        number += found.count(b"\n") + 1
        kept, size = [block[end + 1 :]], len(block) - end - 1
    yield number, b"".join(kept)


def _blocks(path: Path, size: int) -> Iterator[bytes]:
    """The content of a file without its byte order mark, unpacked where it is packed.

    Raises:
        InputError: a file that cannot be read, or that ends too early.
    """
    try:
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP
            file.seek(0)
            first = True
            for block in _unpacked(file, size) if packed else iter(lambda: file.read(size), b""):
                yield block.removeprefix(_MARK) if first else block
                first = False
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror or error})", str(path), "check the file") from None
    except (zlib.error, EOFError) as error:
        raise InputError(f"cannot be unpacked ({error})", str(path), "fetch it again") from None


def _unpacked(file: BinaryIO, size: int) -> Iterator[bytes]:
    """What is packed in a file of one or more gzip parts."""
    part, packed = zlib.decompressobj(wbits=31), b""
    while packed := packed or file.read(max(1, size // 4)):
        if part.eof:
            if not packed.strip(b"\0"):  # some programs fill the last block
                packed = b""
                continue
            part = zlib.decompressobj(wbits=31)
        found = part.decompress(packed, size)
        packed = part.unused_data if part.eof else part.unconsumed_tail
        if found:
            yield found
    yield part.flush()
    if not part.eof:
        raise EOFError("it ends too early")
