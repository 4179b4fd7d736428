"""Checks of what stands inside documents: codes well formed, prose in its languages, one meaning an id."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from stepdown.knowledge.codeforms import fault_of
from stepdown.knowledge.shelf import Written, walk
from stepdown.knowledge.yamlfile import Path_

Finding = tuple[Path_, str, bool]
"""Where in a document, what is wrong, and whether it is a mere note."""

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?\Z")


def codes(written: Written) -> Iterator[Finding]:
    """Codes that their system cannot have."""
    for path, value in walk(written.data):
        if not path or path[-1] != "codes" or not isinstance(value, dict):
            continue
        for system, listed in value.items():
            for index, code in enumerate(listed if isinstance(listed, list) else []):
                fault = fault_of(system, code) if isinstance(code, str) else None
                if fault:
                    yield (*path, system, index), f"{code!r} {fault}", False


def prose(written: Written) -> Iterator[Finding]:
    """Prose under something that is no language, empty prose, and prose that lacks a language the rest has."""
    texts = [(path, value) for path, value in walk(written.data) if _is_prose(value)]
    languages = dict.fromkeys(language for _, text in texts for language in text)
    for path, text in texts:
        for language, words in text.items():
            if not _LANGUAGE.match(language):
                yield (*path, language), f"{language!r} is not a language", False
            elif not words.strip() and language != "en":  # that English has words, the form of a document asks
                yield (*path, language), f"has no words in {language!r}", False
        missing = [language for language in languages if language not in text]
        if missing:
            where = ".".join(map(str, path))
            yield path, f"{where} is not in {', '.join(missing)}, in which the rest of the document is", True


def _is_prose(value: Any) -> bool:
    return isinstance(value, dict) and "en" in value and all(isinstance(words, str) for words in value.values())


def meanings(guidelines: Mapping[str, Written]) -> Iterator[tuple[Written, Finding]]:
    """Criteria of two guidelines that share an id and test different things: a reader would take one for the other.

    What a criterion means is the set of variables it tests; how much of them it asks for is where guidelines differ.
    """
    first: dict[str, tuple[str, frozenset[str]]] = {}
    for name, written in sorted(guidelines.items()):
        listed = written.data.get("criteria")
        for index, criterion in enumerate(listed if isinstance(listed, list) else []):
            if not isinstance(criterion, dict) or not isinstance(criterion.get("id"), str):
                continue
            tested = frozenset(_tested(criterion.get("if")))
            other, known = first.setdefault(criterion["id"], (name, tested))
            if tested != known:
                yield (
                    written,
                    (
                        ("criteria", index, "id"),
                        f"{criterion['id']!r} tests {_listed(tested)}, and in {other} {_listed(known)}: "
                        "two meanings of one id",
                        True,
                    ),
                )


def _tested(tree: Any) -> Iterator[str]:
    for _, value in walk(tree):
        if isinstance(value, dict) and isinstance(value.get("variable"), str):
            yield value["variable"]


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"
