"""Counting what no reader looked at: every element of every resource that is not declared as read."""

from __future__ import annotations

from stepdown.record.fhir.source import Json
from stepdown.record.record import RecordBuilder


class Tree(dict[str, "Tree"]):
    """What is read of an element: its parts by name; one without parts is read whole.

    Attributes:
        nested: parts that have parts of their own.
    """

    nested: tuple[tuple[str, Tree], ...] = ()


def tree(paths: tuple[str, ...]) -> Tree:
    """Declared paths (`component.code`) as a tree."""
    root = Tree()
    for path in ("resourceType", "id", *paths):
        node = root
        for part in path.split("."):
            node = node.setdefault(part, Tree())
    _finish(root)
    return root


def _finish(node: Tree) -> None:
    node.nested = tuple((name, parts) for name, parts in node.items() if parts)
    for _, parts in node.nested:
        _finish(parts)


def count_unread(builder: RecordBuilder, kind: str, data: Json, read: Tree) -> None:
    """Count the elements of a resource that are not in the tree, by their path."""
    if not data.keys() <= read.keys():
        for key in data.keys() - read.keys():
            value = data[key]
            builder.count_unread(f"{kind}.{key}", len(value) if isinstance(value, list) else 1)
    for key, parts in read.nested:
        if key in data:
            value = data[key]
            for item in value if isinstance(value, list) else (value,):
                if isinstance(item, dict):
                    count_unread(builder, f"{kind}.{key}", item, parts)


def count_extensions(builder: RecordBuilder, kind: str, data: Json, known: tuple[str, ...]) -> None:
    """Count the extensions of a resource whose url no reader knows."""
    listed = data.get("extension")
    for part in listed if isinstance(listed, list) else (listed,):
        if not isinstance(part, dict) or part.get("url") not in known:
            builder.count_unread(f"{kind}.extension")
