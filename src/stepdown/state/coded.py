"""Categories of coded events: which rows of a table belong to a category of its code list."""

from __future__ import annotations

import numpy as np

from stepdown.knowledge.library import Library
from stepdown.state.arrays import Bits, Flags
from stepdown.state.events import Events
from stepdown.state.words import translate


def category_bits(events: Events, table: str, column: str, code_list: str, categories: tuple[str, ...]) -> Bits:
    """For each row the categories of its concept: bit `i` for `categories[i]`, which must be fewer than 64."""
    frame = events[table]
    if frame.is_empty():
        return np.zeros(0, np.uint64)
    masks = _masks(events.library, code_list, categories)
    return translate(frame[column], masks)


def has(bits: Bits, categories: tuple[str, ...], category: str) -> Flags:
    """Rows or people whose bits hold the category."""
    found: Flags = (bits & np.uint64(1 << categories.index(category))) != 0
    return found


def _masks(library: Library, code_list: str, categories: tuple[str, ...]) -> dict[str, int]:
    """The bits of every concept of a code list; worked out once for a library."""
    key = f"masks:{code_list}:{','.join(categories)}"
    if key not in library.cache:
        entries = library.codes[code_list].entries if code_list in library.codes else {}
        library.cache[key] = {
            name: sum(1 << place for place, category in enumerate(categories) if category in entry.category)
            for name, entry in entries.items()
            if set(entry.category) & set(categories)
        }
    found: dict[str, int] = library.cache[key]
    return found
