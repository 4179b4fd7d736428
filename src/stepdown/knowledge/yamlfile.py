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
    try:
        return _build(text, where)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = f"{where}:{mark.line + 1}" if mark else where
        raise InputError(
            f"is not YAML or JSON ({error.problem})", line, "check the quotes and the indentation"
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise InputError("is not YAML or JSON text", where, "save it as UTF-8 text") from None


def _build(text: bytes | str, where: str) -> Located:
    lines: dict[Path_, int] = {}
    root: list[Any] = []
    # each frame: (container, path, pending key or _NO_KEY)
    stack: list[tuple[Any, Path_]] = [(root, ())]
    keys: list[Any] = [_NO_KEY]
    count = 0
    documents = 0
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise InputError("holds more than one document", where, "split it into files")
        line = f"{where}:{event.start_mark.line + 1}"
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise InputError("anchors and aliases (& and *) are not read", line, "write the value out")
        if isinstance(event, yaml.NodeEvent):
            count += 1
            tag = getattr(event, "tag", None)
            if tag and not (isinstance(event, yaml.ScalarEvent) and tag == "!"):
                raise InputError(f"the tag {tag[:60]!r} is not read", line, "write plain values only")
            if count > MAX_NODES or len(stack) > MAX_DEPTH:
                raise InputError(f"is nested deeper than {MAX_DEPTH} levels or too long", line, "give a flatter file")
            container, path = stack[-1]
            if isinstance(event, yaml.ScalarEvent):
                plain = event.implicit[0] and event.style is None
                value: Any = _plain(event.value, line) if plain else event.value
            else:
                value = {} if isinstance(event, yaml.MappingStartEvent) else []
            if isinstance(container, dict) and keys[-1] is _NO_KEY:
                if not isinstance(event, yaml.ScalarEvent):
                    raise InputError("a key is not plain text", line, "write 'key: value'")
                key = event.value
                if key in container:
                    raise InputError(f"the key {key!r} is given twice", line, "keep one of them")
                keys[-1] = key
                lines[(*path, key)] = event.start_mark.line + 1
                continue
            if isinstance(container, dict):
                here: Path_ = (*path, keys[-1])
                container[keys[-1]] = value
                keys[-1] = _NO_KEY
            else:
                here = (*path, len(container)) if container is not root else ()
                container.append(value)
                lines.setdefault(here, event.start_mark.line + 1)
            if not isinstance(event, yaml.ScalarEvent):
                stack.append((value, here))
                keys.append(_NO_KEY)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            stack.pop()
            keys.pop()
    return Located(root[0] if root else None, lines)


_NO_KEY = object()


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
