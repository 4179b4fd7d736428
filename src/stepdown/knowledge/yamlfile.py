"""Reads YAML narrowly: YAML 1.2 core values, no tags, no aliases, no key twice, bounded size and depth.

Dates stay text, so that a month or a year keeps its precision. Every value keeps its line.
"""

from __future__ import annotations

import math
import re
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


class _Builder:
    """Builds the value of one document from the events of the parser, and keeps the line of each value."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.lines: dict[Path_, int] = {}
        self.root: list[Any] = []
        self.open: list[tuple[Any, Path_]] = [(self.root, ())]
        self.keys: list[Any] = [_NO_KEY]
        self.count = 0

    def node(self, event: Any, line: int) -> None:
        """Take in a scalar, or the beginning of a mapping or list."""
        self._check(event, line)
        container, path = self.open[-1]
        if isinstance(container, dict) and self.keys[-1] is _NO_KEY:
            self._key(event, container, path, line)
            return
        if isinstance(event, yaml.ScalarEvent):
            # the C parser gives the style of a plain scalar as '', the Python one as None
            plain = event.implicit[0] and not event.style
            value: Any = _plain(event.value, self._at(line)) if plain else event.value
        else:
            value = {} if isinstance(event, yaml.MappingStartEvent) else []
        if isinstance(container, dict):
            here: Path_ = (*path, self.keys[-1])
            container[self.keys[-1]] = value
            self.keys[-1] = _NO_KEY
        else:
            here = (*path, len(container)) if container is not self.root else ()
            container.append(value)
            self.lines[here] = line
        if not isinstance(event, yaml.ScalarEvent):
            self.open.append((value, here))
            self.keys.append(_NO_KEY)

    def close(self) -> None:
        """End the mapping or list that was begun last."""
        self.open.pop()
        self.keys.pop()

    def _check(self, event: Any, line: int) -> None:
        tag = getattr(event, "tag", None)
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise InputError("anchors and aliases (& and *) are not read", self._at(line), "write the value out")
        if tag and not (isinstance(event, yaml.ScalarEvent) and tag == "!"):
            raise InputError(f"the tag {tag[:60]!r} is not read", self._at(line), "write plain values only")
        self.count += 1
        if self.count > MAX_NODES or len(self.open) > MAX_DEPTH:
            raise InputError(
                f"is nested deeper than {MAX_DEPTH} levels or too long", self._at(line), "give a flatter file"
            )

    def _key(self, event: Any, container: dict[str, Any], path: Path_, line: int) -> None:
        if not isinstance(event, yaml.ScalarEvent):
            raise InputError("a key is not plain text", self._at(line), "write 'key: value'")
        if event.value in container:
            raise InputError(f"the key {event.value!r} is given twice", self._at(line), "keep one of them")
        self.keys[-1] = event.value
        self.lines[(*path, event.value)] = line

    def _at(self, line: int) -> str:
        return f"{self.where}:{line}"


def _build(text: bytes, where: str) -> Located:
    builder = _Builder(where)
    documents = 0
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise InputError("holds more than one document", where, "split it into files")
        elif isinstance(event, yaml.NodeEvent):
            builder.node(event, event.start_mark.line + 1 if event.start_mark else 1)
        elif isinstance(event, yaml.CollectionEndEvent):
            builder.close()
    return Located(builder.root[0] if builder.root else None, builder.lines)


def _plain(value: str, line: str) -> Any:
    """The value of an unquoted scalar by the YAML 1.2 core schema."""
    if value in _WORDS:
        return _WORDS[value]
    if _INT.match(value) and len(value) < 19:
        return int(value)
    if _FLOAT.match(value):
        number = float(value)
        if math.isfinite(number):
            return number
    elif not _NOT_FINITE.match(value):
        return value
    raise InputError(f"{value!r} is not a finite number", line, "leave the key out where the value is unknown")
