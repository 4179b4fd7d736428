"""Counting what no reader looked at: every element of every resource that is not declared as read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepdown.record.fhir.source import Json
from stepdown.record.record import RecordBuilder

Tree = dict[str, Any]


def tree(paths: tuple[str, ...]) -> Tree:
    """Declared paths (`component.code`) as a tree; an element without parts is read whole."""
    root: Tree = {}
    for path in ("resourceType", "id", *paths):
        node = root
        for part in path.split("."):
            node = node.setdefault(part, {})
    return root


def count_unread(builder: RecordBuilder, kind: str, data: Json, read: Mapping[str, Any]) -> None:
    """Count the elements of a resource that are not in the tree, by their path."""
    for key, value in data.items():
        parts = read.get(key)
        path = f"{kind}.{key}"
        if parts is None:
            builder.count_unread(path, len(value) if isinstance(value, list) else 1)
        elif parts:
            for item in value if isinstance(value, list) else (value,):
                if isinstance(item, dict):
                    count_unread(builder, path, item, parts)


def count_extensions(builder: RecordBuilder, kind: str, data: Json, known: tuple[str, ...]) -> None:
    """Count the extensions of a resource whose url no reader knows."""
    listed = data.get("extension")
    for part in listed if isinstance(listed, list) else (listed,):
        if not isinstance(part, dict) or part.get("url") not in known:
            builder.count_unread(f"{kind}.extension")
