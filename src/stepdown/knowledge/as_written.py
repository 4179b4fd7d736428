"""A document as it stands in its file, alone: what an overlay begins with."""

from __future__ import annotations

from pathlib import Path

from stepdown.errors import InputError
from stepdown.knowledge.describe import describing
from stepdown.knowledge.library import Library
from stepdown.knowledge.yamlfile import read_bytes


def as_written(library: Library, name: str) -> str:
    """The YAML of one document, without the others of its file.

    Raises:
        InputError: no such document, or an id that documents of several kinds have.
    """
    found = describing(library, name)
    if len(found) > 1:
        kinds = " or ".join(f"{one.folder}/{one.id}" for one in found)
        raise InputError(f"{name!r} is the id of {len(found)} documents", "", f"name one: {kinds}")
    origin = library.origins[found[0].folder, found[0].id]
    lines = read_bytes(Path(origin.file)).decode("utf-8").splitlines()
    listed = lines[origin.line - 1].startswith("- ")
    if not listed:
        return "\n".join(lines).rstrip() + "\n"
    own = [lines[origin.line - 1]]
    for line in lines[origin.line :]:
        if line[:1] not in ("", " "):  # the next document, or a remark between two
            break
        own.append(line)
    return "\n".join(line[2:] for line in own).rstrip() + "\n"
