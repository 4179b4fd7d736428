"""Words: turns a key and its arguments into a sentence of the language asked for.

A key that begins with a folder names prose of the library (`flags/<id>.says`); any other key stands in
`words/<language>.yaml`. Words of a language that are missing are given in English, and the report says so.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from stepdown.errors import InputError
from stepdown.knowledge.folders import FOLDERS
from stepdown.knowledge.library import Library
from stepdown.knowledge.yamlfile import parse, read_bytes
from stepdown.report import wording

CATALOGUES = Path(__file__).parent / "words"
ENGLISH = "en"
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")

Told = Mapping[str, Any]
"""A text as the rooms give it: `{"key": ..., "args": {...}}`."""


class Words(string.Formatter):
    """The words of one language over one library.

    Attributes:
        language: the language asked for.
        fallbacks: keys that had no words in that language and were given in English.
        unknown: keys that have no words at all; the key itself was shown.
    """

    def __init__(self, library: Library, language: str = ENGLISH) -> None:
        if not _LANGUAGE.match(language):
            raise InputError(f"{language[:20]!r} is not a language", "--lang", "write a code such as en")
        self.library, self.language = library, language
        self.fallbacks: set[str] = set()
        self.unknown: set[str] = set()
        self._wanted = list(dict.fromkeys([language, language.split("-")[0], ENGLISH]))

    def say(self, text: Told | str) -> str:
        """The sentence of a text; a text that was filled before is said again in this language."""
        if isinstance(text, str):
            return self.tell(text)
        return self.tell(str(text["key"]), **text.get("args") or {})

    def tell(self, key: str, /, **args: Any) -> str:
        """The sentence of a key; the key itself where there are no words for it."""
        if key.partition("/")[0] in FOLDERS:
            said = self._library_prose(key)
            if said is None:
                self.unknown.add(key)
            return key if said is None else said
        template = self._template(key)
        if template is None:
            self.unknown.add(key)
            return key
        try:
            return self.vformat(template, (), args)
        except (KeyError, ValueError, IndexError, TypeError):
            self.unknown.add(key)
            return f"{key} {', '.join(f'{name} {value}' for name, value in sorted(args.items()))}".strip()

    def has(self, key: str) -> bool:
        """Whether the catalogue has words for a key."""
        return any(key in catalogue(language) for language in self._wanted)

    def prose(self, text: Mapping[str, str] | None) -> str:
        """Prose of a document in this language, or in English."""
        if not text:
            return ""
        for language in self._wanted:
            if language in text:
                if language == ENGLISH and not self._english:
                    self.fallbacks.add(text[language])
                return text[language]
        return ""

    @property
    def _english(self) -> bool:
        return self.language.split("-")[0] == ENGLISH

    def _template(self, key: str) -> str | None:
        for language in self._wanted:
            if key in catalogue(language):
                if language == ENGLISH and not self._english:
                    self.fallbacks.add(key)
                return catalogue(language)[key]
        return None

    def _library_prose(self, key: str) -> str | None:
        """The prose at `<folder>/<id>.<attribute>`, `<folder>/<id>/[rules/]<part>.<attribute>` or at a path such as
        `<folder>/<id>/care/monitoring/<entry>.says` and `<folder>/<id>/check_first.0`."""
        path, _, attribute = key.rpartition(".")
        folder, identifier, *part = (path or key).split("/")
        document: Any = self.library.documents.get(folder, {}).get(identifier)
        if folder == "variables":
            document = self.library.variables.get(identifier)
        if document is not None and part:
            inside = getattr(document, "rules", None) or getattr(document, "criteria", None) or ()
            named = part[0] == "rules" or len(part) == 1
            found = next((entry for entry in inside if named and entry.id == part[-1]), None)
            document = found or _entry(document, part[1:] if part[0] == "care" else part)
        if isinstance(document, tuple):
            return self.prose(document[int(attribute)]) if attribute.isdigit() else None
        text = getattr(document, attribute, None)
        return self.prose(text) if isinstance(text, Mapping) else None

    def format_field(self, value: Any, format_spec: str) -> str:
        """Write an argument; `{day:date}`, `{names:list}` and their like are the helpers of `wording`."""
        if isinstance(value, Mapping) and "key" in value:
            return self.say(value)
        if isinstance(value, Sequence) and not isinstance(value, str):
            return wording.join([self.format_field(part, format_spec) for part in value], self.tell, format_spec)
        name, _, rest = format_spec.partition(" ")
        helper = wording.HELPERS.get(name)
        if value is None:
            return self.tell("value.present-drug" if name == "therapy" else "value.unknown")
        if helper is not None:
            return helper(value, rest, self)
        return wording.number(value) if isinstance(value, (int, float)) and not format_spec else format(value, name)


def _entry(document: Any, path: Sequence[str]) -> Any:
    """What stands at a path within a document: a part by its name, an entry of a list by its id or its number."""
    for name in path:
        if isinstance(document, tuple):
            by_id = (one for one in document if getattr(one, "id", None) == name)
            document = document[int(name)] if name.isdigit() and int(name) < len(document) else next(by_id, None)
        else:
            document = getattr(document, name, None)
    return document


@lru_cache(maxsize=8)
def catalogue(language: str) -> dict[str, str]:
    """The words of a language by key, from `<language>.yaml` and `<part>.<language>.yaml`; empty where it has none.

    Raises:
        InputError: a catalogue that is not YAML, or holds something that is not text.
    """
    flat: dict[str, str] = {}
    for path in sorted([*CATALOGUES.glob(f"{language}.yaml"), *CATALOGUES.glob(f"*.{language}.yaml")]):
        _flatten(parse(read_bytes(path), str(path)).data, "", flat)
    return flat


def _flatten(node: Any, path: str, into: dict[str, str]) -> None:
    if isinstance(node, dict):
        for key, value in node.items():
            _flatten(value, f"{path}.{key}" if path else key, into)
    elif isinstance(node, str):
        into[path] = node
    else:
        raise InputError(f"the words of {path} are {node!r}, not text", "words", "put them in quotes")


__all__ = ["ENGLISH", "Words", "catalogue"]
