"""Reads folders of documents as plain data, each with its file and lines; gives them no type yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stepdown.errors import InputError
from stepdown.knowledge.folders import FOLDERS
from stepdown.knowledge.yamlfile import Located, Path_, parse, read_bytes


@dataclass(frozen=True)
class Written:
    """A document as written.

    Attributes:
        folder: its kind, the name of a folder of the library.
        data: its content, plain.
        file: where it stands.
        located: the lines of the file.
        path: its place in the file, empty unless the file holds a list.
    """

    folder: str
    data: dict[str, Any]
    file: str
    located: Located
    path: Path_ = ()

    def line(self, *keys: str | int) -> int:
        """Line of one of its values, or of the nearest value around it."""
        return self.located.line((*self.path, *keys))

    def place(self, *keys: str | int) -> str:
        """File and line of one of its values."""
        return f"{self.file}:{self.line(*keys)}"


def files(root: Path) -> Iterator[tuple[str, Path]]:
    """The files of a folder of documents, with their kind, in a fixed order.

    Raises:
        InputError: no such folder, or something in it that the library would pass over in silence.
    """
    if not root.is_dir():
        raise InputError("is not a folder of documents", str(root), "check --library or STEPDOWN_LIBRARY")
    for path in sorted(root.iterdir()):
        if path.is_dir() and not path.name.startswith(".") and path.name not in FOLDERS:
            raise InputError(f"the library has no folder {path.name!r}", str(path), f"folders: {', '.join(FOLDERS)}")
        if path.suffix in (".yaml", ".yml", ".json"):
            raise InputError(
                "a document stands in the folder of its kind", str(path), f"move it to one of {', '.join(FOLDERS)}"
            )
    for folder in FOLDERS:
        for path in sorted((root / folder).glob("**/*")):
            if path.suffix in (".yml", ".json"):
                raise InputError("a document is a file that ends in .yaml", str(path), "rename it")
            if path.suffix == ".yaml":
                yield folder, path


Parse = Callable[[bytes, str], Located]
"""Makes data of the bytes of a file; the second argument names it in errors."""


def documents(folder: str, path: Path, parse: Parse = parse) -> Iterator[Written]:
    """The documents of a file: one, or a list of them.

    Raises:
        InputError: not YAML, or not a document.
    """
    located = parse(read_bytes(path), str(path))
    listed = isinstance(located.data, list)
    for index, data in enumerate(located.data if listed else [located.data]):
        written = Written(folder, data, str(path), located, (index,) if listed else ())
        if not isinstance(data, dict):
            raise InputError("a document is a mapping with an id", written.place(), "begin it with 'id:'")
        yield written


def read_folder(root: Path, parse: Parse = parse) -> Iterator[Written]:
    """Every document of a folder, in a fixed order.

    Raises:
        InputError: the first thing that cannot be read.
    """
    for folder, path in files(root):
        yield from documents(folder, path, parse)


def walk(data: Any, path: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    """Every value within a value with its path, from the outside in."""
    yield path, data
    parts = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, (list, tuple)) else ()
    for key, value in parts:
        yield from walk(value, (*path, key))
