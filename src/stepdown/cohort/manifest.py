"""What an unfinished screen was begun with, so that it is carried on with the same or not at all."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

import stepdown
from stepdown.errors import InputError

NAME = "manifest.json"
_PARTS = {"input": "the input", "library": "the library", "code": "the program", "arguments": "the arguments"}


def digest_of_files(paths: Iterable[Path], root: Path) -> str:
    """SHA-256 over the names and contents of some files."""
    whole = hashlib.sha256()
    for path in paths:
        try:
            with path.open("rb") as file:
                inner = hashlib.file_digest(file, "sha256")
        except OSError as error:
            raise InputError(f"cannot be read ({error.strerror})", str(path), "check the file") from None
        whole.update(f"{path.relative_to(root).as_posix()}\0{inner.hexdigest()}\n".encode())
    return f"sha256:{whole.hexdigest()}"


def stamp_of_files(paths: Iterable[Path]) -> str:
    """Sizes and times of some files: another one after a while tells that they changed meanwhile."""
    found = [path.stat() if path.exists() else None for path in paths]
    return " ".join(f"{one.st_ino}:{one.st_size}:{one.st_mtime_ns}" if one else "gone" for one in found)


def digest_of_code() -> str:
    """SHA-256 over the program, and the versions of what computes for it."""
    import numpy
    import polars

    root = Path(stepdown.__file__).parent
    versions = f"{platform.python_version()} numpy {numpy.__version__} polars {polars.__version__}"
    files = digest_of_files(sorted(root.rglob("*.py")), root)
    return f"sha256:{hashlib.sha256(f'{files} {versions}'.encode()).hexdigest()}"


def check(kept: dict[str, Any], now: dict[str, Any], where: Path) -> None:
    """Refuse to carry on what was begun with something else.

    Raises:
        InputError: the digests or arguments differ; says which.
    """
    differ = [words for part, words in _PARTS.items() if kept.get(part) != now[part]]
    if differ:
        raise InputError(
            f"a screen was begun here with something else: {' and '.join(differ)} changed",
            str(where),
            "delete that folder to begin anew, or write to another --out",
        )


def write_aside(path: Path, content: bytes) -> None:
    """Write a file aside, bring it to the disk, and only then give it its name."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with aside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    publish(aside, path)


def publish(aside: Path, path: Path) -> None:
    """Give a file that was written aside its name, once it is on the disk."""
    with aside.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(aside, path)
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def read(path: Path) -> dict[str, Any]:
    """Read a manifest, or what was counted of a bucket."""
    found: dict[str, Any] = orjson.loads(path.read_bytes())
    return found


def write(path: Path, content: dict[str, Any]) -> None:
    """Write a manifest, or what was counted of a bucket."""
    write_aside(path, orjson.dumps(content, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2))
