"""Says a criterion tree in words: "age at least 55 years and not (a relapse in the last 2 years)"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepdown.knowledge.library import Library

_OPERATORS = {"at_least": "at least", "above": "above", "at_most": "at most", "below": "below"}
_UNITS = {"a": "year", "mo": "month", "wk": "week", "d": "day"}
"""Units that are said as words, in the singular; the others are written as they are, "1" not at all."""


def in_words(tree: Mapping[str, Any], library: Library, language: str = "en") -> str:
    """A criterion in words, with the titles of its variables; what cannot be read is given as written."""
    return _words(tree, library, language, inner=False)


def prose(text: Mapping[str, str], language: str = "en") -> str:
    """Prose in a language, in English where it has none."""
    return text.get(language) or text["en"]


def _words(tree: Any, library: Library, language: str, inner: bool) -> str:
    if not isinstance(tree, Mapping):
        return str(tree)
    for operator, word in (("all", " and "), ("any", " or ")):
        if operator in tree:
            parts = [_words(part, library, language, inner=len(tree[operator]) > 1) for part in tree[operator]]
            joined = word.join(parts)
            return f"({joined})" if inner and len(parts) > 1 else joined
    if "not" in tree:
        return f"not ({_words(tree['not'], library, language, inner=False)})"
    told = _leaf(tree, library, language)
    several = isinstance(tree.get("in"), list) and len(tree["in"]) > 1
    return f"({told})" if inner and several else told


def _leaf(tree: Mapping[str, Any], library: Library, language: str) -> str:
    name = str(tree.get("variable"))
    variable = library.variables.get(name)
    title = _inline(prose(variable.title, language)) if variable else name
    if name.endswith("_last_months"):
        title = f"age of the last {title}"
    for operator, word in _OPERATORS.items():
        if operator in tree:
            return f"{title} {word} {amount(tree[operator], variable.unit if variable else None)}"
    if isinstance(tree.get("is"), bool):
        return title if tree["is"] else f"{title}: no"
    wanted = tree.get("in", [tree.get("is")])
    named = library.documents.get((variable and variable.values_from) or "", {})
    said = [prose(named[value].title, language) if value in named else str(value) for value in wanted]
    return f"{title} {' or '.join(map(_inline, said))}"


def amount(number: Any, unit: str | None) -> str:
    """A number with its unit in words: "3 months", "5 g/L", "2"."""
    said = f"{number:g}" if isinstance(number, (int, float)) else str(number)
    if unit in (None, "1"):
        return said
    if unit in _UNITS:
        return f"{said} {_UNITS[unit]}{'' if number == 1 else 's'}"
    return f"{said} {unit}"


def _inline(title: str) -> str:
    """A title within a sentence: a small first letter, unless it begins with an abbreviation."""
    first = title.split()[0] if title.split() else ""
    return title if any(letter.isupper() or letter.isdigit() for letter in first[1:]) else title[:1].lower() + title[1:]
