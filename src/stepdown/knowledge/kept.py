"""Keeps what the files of the library say between runs: reading YAML would be a sixth of the time of a command.

A file is found by the digest of its bytes, so what is kept is never older than what is written. It is kept as JSON,
which holds data and can run nothing. Where nothing is kept, or it cannot be read or written, the YAML is read.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import orjson

from stepdown.knowledge import yamlfile
from stepdown.knowledge.yamlfile import Located, Path_


def cache_folder() -> Path:
    """Where programs of this user keep what they can make again."""
    given = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(given) if given else Path.home() / ".cache") / "stepdown"


class Kept:
    """Files that were read before; only the lines of documents are kept, not those of every value.

    Attributes:
        path: where they are kept; the name changes with the code that reads YAML.
        found: content by digest.
    """

    def __init__(self) -> None:
        self.path: Path | None = None
        self._before: dict[str, Any] = {}
        self.found: dict[str, Any] = {}
        try:
            reader = hashlib.sha256(Path(yamlfile.__file__).read_bytes()).hexdigest()[:16]
            self.path = cache_folder() / f"library-{reader}.json"
            before = orjson.loads(self.path.read_bytes())
            self._before = before if isinstance(before, dict) else {}
        except (OSError, RuntimeError, ValueError):
            pass

    def parse(self, content: bytes, where: str) -> Located:
        """A file as `yamlfile.parse` reads it, from what was kept if it is there.

        Raises:
            InputError: as `yamlfile.parse`.
        """
        digest = hashlib.sha256(content).hexdigest()
        if digest not in self.found:
            kept = self._before.get(digest)
            whole = isinstance(kept, list) and len(kept) == 2
            self.found[digest] = kept if whole else _plain(yamlfile.parse(content, where))
        data, lines = self.found[digest]
        return Located(data, dict(zip(_places(data), lines, strict=True)))

    def save(self) -> None:
        """Keep what was read this time and nothing else; a folder that cannot be written is left alone."""
        if self.path is None or not self.found or self.found.keys() == self._before.keys():
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # written beside and moved, so that nobody reads half a file
            part = self.path.with_suffix(f".{os.getpid()}")
            part.write_bytes(orjson.dumps(self.found))
            part.replace(self.path)
        except (OSError, orjson.JSONEncodeError):
            return


def _plain(located: Located) -> list[Any]:
    """The content of a file, and the line of each of its documents."""
    return [located.data, [located.line(place) for place in _places(located.data)]]


def _places(data: Any) -> list[Path_]:
    """Where the documents of a file stand in it."""
    return [(index,) for index in range(len(data))] if isinstance(data, list) else [()]
