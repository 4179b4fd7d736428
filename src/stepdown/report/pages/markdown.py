"""Small pieces of Markdown: escaped text, links, tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r"([\\`*_\[\]|])")


def escaped(text: str) -> str:
    """Text that stands in Markdown, or in a cell of a table, as it is."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split())).replace("<", "&lt;")


def link(text: str, target: str) -> str:
    """A link; brackets within the target are written as codes, or they would end it."""
    return f"[{text}]({target.replace('(', '%28').replace(')', '%29')})"


def anchor(name: str) -> str:
    """A place to which a link can lead."""
    return f'<a id="{name}"></a>'


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table; its cells are Markdown already."""
    return [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *(f"| {' | '.join(row)} |" for row in rows), ""]
