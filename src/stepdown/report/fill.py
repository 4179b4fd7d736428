"""Fills an assessment with words: every `{"key", "args"}` in it gets its `text`."""

from __future__ import annotations

import math
from typing import Any

from stepdown.report.words import ENGLISH, Words


def fill(data: dict[str, Any], words: Words) -> dict[str, Any]:
    """A copy of an assessment with every text in the language of `words`.

    A language that lacks words gets English for them and a sentence under `limits` that says so.

    Raises:
        ValueError: a number that is not finite, which no assessment may hold.
    """
    filled: dict[str, Any] = _filled(data, words)
    if words.fallbacks:
        told = {"key": "limit.language-fallback", "args": {"language": words.language}}
        filled["limits"] = [*filled.get("limits", []), {**told, "text": Words(words.library, ENGLISH).say(told)}]
    return filled


def is_text(node: Any) -> bool:
    """Whether a value is a text by key and arguments."""
    return isinstance(node, dict) and {"key", "args"} <= node.keys() <= {"key", "args", "text"}


def _filled(node: Any, words: Words) -> Any:
    if is_text(node):
        arguments = {name: _filled(value, words) for name, value in node["args"].items()}
        return {"key": node["key"], "args": arguments, "text": words.say(node)}
    if isinstance(node, dict):
        return {name: _filled(value, words) for name, value in node.items()}
    if isinstance(node, (list, tuple)):
        return [_filled(value, words) for value in node]
    if isinstance(node, float) and not math.isfinite(node):
        raise ValueError("an assessment holds a number that is not finite")
    return node
