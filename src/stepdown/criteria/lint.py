"""Checks every criterion of the library: that it can be read, and that it can be met and can fail to be met.

`check_library` is what `stepdown knowledge check` runs: the faults of the documents and of their criteria together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from stepdown.criteria.regions import TooMany, regions
from stepdown.criteria.tree import Branch, parse
from stepdown.errors import InputError
from stepdown.knowledge.check import Fault, Survey, check_survey, survey
from stepdown.knowledge.library import Library
from stepdown.knowledge.shelf import Written

Keys = tuple[str | int, ...]


def check_library(
    overlays: Sequence[Path | str] = (), today: date | None = None, tables: Collection[str] | None = None
) -> list[Fault]:
    """Everything wrong with the shipped library and the folders laid over it, in the order of files and lines.

    Args:
        overlays: folders laid over the shipped library.
        today: the day on which a review is overdue; today if None.
        tables: names of the tables of the record, where the documents shall be held against them.
    """
    found = survey(overlays)
    return sorted({*check_survey(found, today, tables), *lint(found)})


def lint(found: Survey) -> list[Fault]:
    """What is wrong with the criteria of a library."""
    return sorted({fault for written in found.written.values() for fault in _document(written, found.library)})


def _document(written: Written, library: Library) -> Iterator[Fault]:
    for keys, tree in _criteria(written):
        yield from list(_unreadable(tree, keys, written, library)) or _one_sided(tree, keys, written, library)
    if written.folder == "scores" and library.scores.get(str(written.data.get("id"))):
        yield from _bands(written, library)


def _criteria(written: Written) -> Iterator[tuple[Keys, Any]]:
    """Every criterion of a document with its path."""
    stack: list[tuple[Keys, Any]] = [((), written.data)]
    while stack:
        keys, value = stack.pop()
        parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, part in parts:
            if key in ("if", "applies_to", "needs") and part is not None:
                yield (*keys, key), part
            else:
                stack.append(((*keys, key), part))


def _unreadable(tree: Any, keys: Keys, written: Written, library: Library) -> Iterator[Fault]:
    """What cannot be read of a criterion, leaf by leaf, so that each fault has its own line."""
    branch = _only_branch(tree)
    if branch in ("all", "any") and isinstance(tree[branch], list) and tree[branch]:
        for index, part in enumerate(tree[branch]):
            yield from _unreadable(part, (*keys, branch, index), written, library)
    elif branch == "not":
        yield from _unreadable(tree["not"], (*keys, "not"), written, library)
    else:
        try:
            parse(tree, library, "")
        except InputError as error:
            yield _fault(written, keys, f"{error.what}; {error.mend}")


def _only_branch(tree: Any) -> str | None:
    return next(iter(tree)) if isinstance(tree, dict) and len(tree) == 1 else None


def _one_sided(tree: Any, keys: Keys, written: Written, library: Library) -> Iterator[Fault]:
    node = parse(tree, library, "")
    try:
        if not regions(node, library):
            yield _fault(written, keys, "this criterion can never be met")
        elif not regions(Branch("not", (node,)), library):
            yield _fault(written, keys, "this criterion is always met")
    except TooMany:
        yield _fault(written, keys, "this criterion is too branched to be checked; write it in parts", note=True)


def _bands(written: Written, library: Library) -> Iterator[Fault]:
    """The bands of each item of a score exclude one another and together cover everything."""
    for number, item in enumerate(library.scores[written.data["id"]].items):
        keys: Keys = ("items", number)
        try:
            nodes = [parse(band.if_, library, "") for band in item.bands]
        except InputError:
            continue  # told already, with its line
        overlap = [
            (first, second)
            for second in range(len(nodes))
            for first in range(second)
            if regions(Branch("all", (nodes[first], nodes[second])), library)
        ]
        for first, second in overlap:
            yield _fault(written, (*keys, "bands", second), f"{item.id}: bands {first + 1} and {second + 1} overlap")
        if regions(Branch("not", (Branch("any", tuple(nodes)),)), library):
            yield _fault(written, keys, f"{item.id}: the bands leave some people out")


def _fault(written: Written, keys: Keys, message: str, note: bool = False) -> Fault:
    return Fault(written.file, written.line(*keys), f"{written.data.get('id')}: {message}", note)
