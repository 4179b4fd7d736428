"""Which page a document stands on, and the links between pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from posixpath import relpath
from typing import Any

from stepdown.knowledge.check import REFERENCES
from stepdown.knowledge.criterion_words import prose
from stepdown.knowledge.describe import said
from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import Document, Flag, Source
from stepdown.knowledge.uses import users
from stepdown.report.pages.markdown import escaped, link

OWN_PAGE = ("guidelines", "therapies", "classes", "scores")
"""Folders whose documents have a page each."""
BY_FILE = ("rules", "variables", "definitions")
"""Folders with a page for each file, whose name is the topic."""

_SINGULAR = {
    "variables": "variable", "domains": "domain", "classes": "class", "therapies": "drug", "rules": "rule",
    "guidelines": "guideline", "flags": "flag", "scores": "score", "codes": "code list", "instruments": "questionnaire",
    "definitions": "definition", "arms": "arm", "contrasts": "contrast", "parameters": "belief",
    "limits": "limit", "unknowns": "unknown input", "weights": "weight",
    "steps": "step", "watches": "watch", "triggers": "trigger", "rescues": "rescue",
    "reasons": "reason", "roles": "role",
}  # fmt: skip

FEW = 6
"""More users of a document than this are told by their number and kinds."""


class Book:
    """The pages of a library; knows where each document stands."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.users = users(library)

    def page(self, folder: str, document: Document) -> str:
        """The page of a document, such as `flags/pml.md`."""
        if folder in OWN_PAGE:
            return f"{folder}/{document.id}.md"
        if folder in BY_FILE:
            return f"{folder}/{Path(self.library.origins[folder, document.id].file).stem}.md"
        if isinstance(document, Flag):
            return f"{folder}/{document.topic}.md"
        if isinstance(document, Source):
            return f"{folder}/{document.kind}.md"
        return f"{folder}.md"

    def link(self, folder: str, name: str, page: str, text: str | None = None) -> str:
        """A link from a page to a document; its id in type where the library does not have it."""
        document = self.library.documents.get(folder, {}).get(name)
        if document is None:
            return f"`{name}`"
        target = relpath(self.page(folder, document), str(Path(page).parent))
        return link(escaped(text or name), target if folder in OWN_PAGE else f"{target}#{name}")

    def value(self, key: str, value: Any, page: str) -> str:
        """What stands under a key, in one line; ids of documents as links."""
        if key == "estimate":
            return self.link("evidence", str(value).split("/")[0], page, str(value))
        folder = REFERENCES.get(key)
        if folder is None:
            return escaped(said(value, self.library))
        names = value if isinstance(value, list) else [value]
        return ", ".join(self.link(folder, str(name), page) for name in names)

    def cited(self, names: Iterable[str], page: str) -> str:
        """Links to sources, each with how well it was read."""
        sources = self.library.sources
        return ", ".join(
            self.link("evidence", name, page) + (f" ({sources[name].status})" if name in sources else "")
            for name in names
        )

    def used_by(self, folder: str, name: str, page: str) -> str:
        """What depends on a document: links to a few, the number of many by kind; empty where nothing does."""
        found = [user.split("/", 1) for user in self.users.get((folder, name), ())]
        if len(found) <= FEW:
            return ", ".join(f"{_SINGULAR.get(kind, kind)} {self.link(kind, user, page)}" for kind, user in found)
        counts = Counter(kind for kind, _ in found)
        return ", ".join(
            f"{count} {_SINGULAR.get(kind, kind) if count == 1 else kind}" for kind, count in counts.items()
        )

    def file(self, folder: str, name: str) -> str:
        """The file of a document from the folder of its kind on."""
        parts = Path(self.library.origins[folder, name].file).parts
        return "/".join(parts[len(parts) - 1 - parts[::-1].index(folder) :])


def title(document: Document) -> str:
    """The title of a document, escaped."""
    return escaped(prose(document.title))
