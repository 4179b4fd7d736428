"""Reads YAML narrowly: YAML 1.2 core values, no tags, no aliases, no key twice, bounded size and depth.

Dates stay text, so that a month or a year keeps its precision. Every value keeps its line.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from stepdown.errors import InputError

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 40
MAX_NODES = 2_000_000

_INT = re.compile(r"[-+]?[0-9]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_NOT_FINITE = re.compile(r"([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)|NaN|[-+]?Infinity)\Z")
_NUMERIC = frozenset("+-.0123456789NI")
"""What a number, NaN or infinity can begin with."""
_PAIR = re.compile(rb"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "Null": None, "NULL": None} | {
    word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")
}

Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class Located:
    """A document and the line on which each of its values begins.

    Attributes:
        data: the values: dict, list, str, int, float, bool or None.
        lines: line number (from 1) by path, such as `("labs", 2, "value")`.
    """

    data: Any
    lines: dict[Path_, int]

    def line(self, path: Path_) -> int:
        """The line of a value, or of the nearest value that holds it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_bytes(path: Path, limit: int = MAX_BYTES) -> bytes:
    """The content of a file, refused when it is larger than `limit` bytes.

    Raises:
        InputError: no such file, a folder, unreadable, or too large.
    """
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise InputError("is a folder, not a file", str(path), "name one file")
        if size > limit:
            raise InputError(
                f"file has {size:,} bytes, more than the {limit:,} that one record may have",
                str(path),
                "give one person's record",
            )
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", str(path), "check the path") from error


def parse(text: bytes | str, where: str) -> Located:
    """Parse one YAML (or JSON) document.

    Raises:
        InputError: not YAML, an alias or tag, a key twice, NaN, too deep or too many values.
    """
    content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    try:
        return _build(_join_pairs(content) if content.lstrip()[:1] in (b"{", b"[") else content, where)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = f"{where}:{mark.line + 1}" if mark else where
        raise InputError(
            f"is not YAML or JSON ({error.problem})", line, "check the quotes and the indentation"
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise InputError("is not YAML or JSON text", where, "save it as UTF-8 text") from None


_NO_KEY = object()


def _join_pairs(json: bytes) -> bytes:
    """JSON writes a character beyond U+FFFF as two escapes, which YAML does not know: write it as it is."""

    def joined(pair: re.Match[bytes]) -> bytes:
        units = bytes.fromhex((pair[2] + pair[3]).decode("ascii"))
        return pair[1] + units.decode("utf-16-be").encode()

    return _PAIR.sub(joined, json)


def _build(text: bytes, where: str) -> Located:
    """Build the value of one document from the events of the parser, and keep the line of each value.

    Written for speed, in one loop: every answer waits for some hundred thousand events of the library.
    """
    root: list[Any] = []
    lines: dict[Path_, int] = {}
    container: Any = root  # the mapping or list that is open
    here: Path_ = ()  # its path
    key: Any = _NO_KEY  # the key that waits for its value
    outer: list[Any] = []  # container, path and key of those around it
    count = documents = 0
    events: Iterator[Any] = yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    for event in events:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            if event.tag is not None or event.anchor is not None:
                _refuse(event, where)
            value = event.value
            if key is _NO_KEY and type(container) is dict:
                if value in container:
                    raise InputError(f"the key {value!r} is given twice", _at(where, event), "keep one of them")
                key = value
                lines[(*here, value)] = event.start_mark.line + 1
                continue
            # the C parser gives the style of a plain scalar as '', the Python one as None
            if event.implicit[0] and not event.style:
                value = _plain(value, where, event)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            container, here, key = outer.pop()
            continue
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            _refuse(event, where)
            if key is _NO_KEY and type(container) is dict:
                raise InputError("a key is not plain text", _at(where, event), "write 'key: value'")
            value = {} if kind is yaml.MappingStartEvent else []
        else:
            documents += kind is yaml.DocumentStartEvent
            if documents > 1:
                raise InputError("holds more than one document", where, "split it into files")
            if kind is yaml.AliasEvent:
                _refuse(event, where)
            continue
        count += 1
        if count > MAX_NODES or len(outer) >= MAX_DEPTH:
            mend = "give a flatter file"
            raise InputError(f"is nested deeper than {MAX_DEPTH} levels or too long", _at(where, event), mend)
        if key is _NO_KEY:
            place: Path_ = (*here, len(container)) if outer else ()
            lines[place] = event.start_mark.line + 1
            container.append(value)
        else:
            place = (*here, key)
            container[key] = value
            key = _NO_KEY
        if kind is not yaml.ScalarEvent:
            outer.append((container, here, key))
            container, here = value, place
    return Located(root[0] if root else None, lines)


def _refuse(event: Any, where: str) -> None:
    """Refuse an alias, an anchor or a tag; '!' alone says no more than quotes do."""
    tag = getattr(event, "tag", None)
    if isinstance(event, yaml.AliasEvent) or event.anchor:
        raise InputError("anchors and aliases (& and *) are not read", _at(where, event), "write the value out")
    if tag and not (isinstance(event, yaml.ScalarEvent) and tag == "!"):
        raise InputError(f"the tag {tag[:60]!r} is not read", _at(where, event), "write plain values only")


def _at(where: str, event: Any) -> str:
    return f"{where}:{event.start_mark.line + 1}"


def _plain(value: str, where: str, event: Any) -> Any:
    """The value of an unquoted scalar by the YAML 1.2 core schema."""
    if value in _WORDS:
        return _WORDS[value]
    if value[0] not in _NUMERIC:
        return value
    if _INT.match(value) and len(value) < 19:
        return int(value)
    if _FLOAT.match(value):
        number = float(value)
        if math.isfinite(number):
            return number
    elif not _NOT_FINITE.match(value):
        return value
    raise InputError(
        f"{value!r} is not a finite number", _at(where, event), "leave the key out where the value is unknown"
    )
