"""What depends on what: for each document, the documents that refer to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stepdown.knowledge.check import REFERENCES
from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import Document
from stepdown.knowledge.shelf import walk

Key = tuple[str, str]
"""Folder and id of a document."""


def users(library: Library) -> dict[Key, tuple[str, ...]]:
    """Documents, as `folder/id`, that refer to a document; those that nothing refers to are left out.

    A reference is an id under a key that holds ids, a variable, drug or class in a criterion, or a figure of a study
    (`study/figure`). Made on first use
    and kept with the library.
    """
    if "users" not in library.cache:
        found: dict[Key, dict[str, None]] = {}
        for folder, documents in library.documents.items():
            for document in documents.values():
                for key in _references(plain(document), library):
                    found.setdefault(key, {})[f"{folder}/{document.id}"] = None
        library.cache["users"] = {key: tuple(names) for key, names in found.items()}
    kept: dict[Key, tuple[str, ...]] = library.cache["users"]
    return kept


def plain(document: Document) -> dict[str, Any]:
    """A document as plain data under the keys of its YAML, without what it leaves at its default."""
    return document.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _references(data: dict[str, Any], library: Library) -> Iterator[Key]:
    for path, value in walk(data):
        if isinstance(value, dict) and isinstance(read := value.get("variable"), str):
            yield "variables", _measured(read, library)
            variable = library.variables.get(read)
            if variable is not None and variable.values_from is not None:
                operand = value.get("in", value.get("is"))
                yield from ((variable.values_from, name) for name in _names(operand))
        elif path and path[-1] == "estimate":
            yield from (("evidence", name.split("/")[0]) for name in _names(value))
        elif path and path[-1] == "arms":
            yield from (("arms", name) for name in _names(value))
        elif path and path[-1] in REFERENCES:
            yield from ((REFERENCES[str(path[-1])], name) for name in _names(value))


def _measured(name: str, library: Library) -> str:
    """The variable behind a companion such as `igg_last_months`."""
    if name in library.documents["variables"]:
        return name
    return name.removesuffix("_months").removesuffix("_last")


def _names(value: Any) -> Iterator[str]:
    yield from (name for name in (value if isinstance(value, list) else [value]) if isinstance(name, str))
