"""What differs between two libraries, document by document and criterion by criterion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from stepdown.knowledge.criterion_words import in_words
from stepdown.knowledge.describe import CRITERIA, is_prose, said
from stepdown.knowledge.folders import FOLDERS
from stepdown.knowledge.library import Library
from stepdown.knowledge.uses import plain

Books = tuple[Library, Library]
"""The old library and the new one."""


@dataclass(frozen=True)
class Edit:
    """One value that differs.

    Attributes:
        part: where in the document, `criteria/age/if`; empty for the whole document.
        old: what it was, in words; None where it is new.
        new: what it is now; None where it is gone.
    """

    part: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Change:
    """A document that differs.

    Attributes:
        document: folder and id, `guidelines/aan-2018`.
        how: whether it was added, removed or changed.
        title: its title, the new one where there is one.
        edits: what differs in a changed document, in the order of its keys.
    """

    document: str
    how: Literal["added", "removed", "changed"]
    title: str
    edits: tuple[Edit, ...] = ()

    @property
    def folder(self) -> str:
        """Its kind."""
        return self.document.split("/")[0]


def difference(old: Library, new: Library) -> list[Change]:
    """The documents that differ, by folder and id."""
    found = []
    for folder in FOLDERS:
        before, after = old.documents.get(folder, {}), new.documents.get(folder, {})
        for name in sorted(before.keys() | after.keys()):
            was, now = before.get(name), after.get(name)
            if was == now:
                continue
            title = (now or was).title["en"]  # type: ignore[union-attr]
            key = f"{folder}/{name}"
            if was is None or now is None:
                found.append(Change(key, "added" if was is None else "removed", title))
            else:
                edits = tuple(_edits(plain(was), plain(now), (), (old, new)))
                found.append(Change(key, "changed", title, edits))
    return found


def _edits(was: Any, now: Any, path: tuple[str, ...], books: Books) -> Iterator[Edit]:
    if was == now:
        return
    key = path[-1] if path else ""
    first, second = _entries(was, now), _entries(now, was)
    if key in CRITERIA or first is None or second is None:
        yield Edit("/".join(path), _words(key, was, books[0]), _words(key, now, books[1]))
        return
    for name in dict.fromkeys((*first, *second)):
        yield from _edits(first.get(name), second.get(name), (*path, name), books)


def _entries(value: Any, other: Any) -> Mapping[str, Any] | None:
    """The parts of a value that can be told apart by a key or an id; None for one that is told as a whole.

    A list that is missing has no parts where the other has some.
    """
    if value is None and isinstance(other, list):
        return {}
    if isinstance(value, dict) and not is_prose(value):
        return value
    if isinstance(value, list) and all(isinstance(entry, dict) and "id" in entry for entry in value):
        return {str(entry["id"]): entry for entry in value}
    return None


def _words(key: str, value: Any, library: Library) -> str | None:
    if value is None:
        return None
    if key in CRITERIA:
        return in_words(value, library)
    return said(value, library)
