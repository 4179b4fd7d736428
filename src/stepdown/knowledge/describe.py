"""Describes the library for a reader: what it holds, and one document with its sources and what depends on it.

Gives plain structures; how they look is left to `report`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from stepdown.errors import InputError
from stepdown.knowledge.care import CARE, Care
from stepdown.knowledge.care_words import CareLine, told
from stepdown.knowledge.criterion_words import amount, in_words, prose
from stepdown.knowledge.folders import FOLDERS
from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import Document, Source, Therapy
from stepdown.knowledge.shelf import walk
from stepdown.knowledge.uses import plain, users


@dataclass(frozen=True)
class Row:
    """A document in a list: its id, title, and what tells it apart from its neighbours."""

    folder: str
    id: str
    title: str
    remark: str


@dataclass(frozen=True)
class Clause:
    """A criterion of a document.

    Attributes:
        id: its id within the document, empty where the document has only one.
        tags: its role or effect, and whom it concerns.
        when: the criterion in words; empty where it always holds.
        says: what the document says when it is met.
        grounds: ids of its sources; empty for an assumption.
        reasoning: why it is assumed.
    """

    id: str
    tags: tuple[str, ...]
    when: str
    says: str
    grounds: tuple[str, ...]
    reasoning: str


@dataclass(frozen=True)
class Description:
    """One document for a reader.

    Attributes:
        folder: its kind.
        id: its id.
        title: its title.
        place: file and line.
        facts: name and value of what it states.
        clauses: its criteria.
        care: for a drug or class: watching, tests before, leaving, pregnancy and the like, key by key.
        sources: id, citation with DOI, PMID or address, and status of every source it cites.
        used_by: documents that refer to it, as `folder/id`.
    """

    folder: str
    id: str
    title: str
    place: str
    facts: tuple[tuple[str, str], ...]
    clauses: tuple[Clause, ...]
    care: tuple[tuple[str, tuple[CareLine, ...]], ...]
    sources: tuple[tuple[str, str, str], ...]
    used_by: tuple[str, ...]


_REMARKS = {
    "variables": ("kind", "unit"),
    "evidence": ("kind", "status"),
    "classes": ("efficacy",),
    "therapies": ("class",),
    "rules": ("effect",),
    "guidelines": ("kind",),
    "flags": ("topic", "action"),
    "codes": ("table",),
    "instruments": ("measures",),
    "definitions": ("value", "unit"),
}
CRITERIA = ("if", "applies_to", "needs")
"""Keys under which a criterion stands."""
_CLAUSE_KEYS = ("id", "if", "says", "why", "do", "evidence", "assumption", "reasoning", "points")
_NOT_FACTS = {
    "id", "title", "rules", "criteria", "items", "if", "evidence", "assumption", "reasoning", "gaps", *CARE,
}  # fmt: skip


def listing(library: Library, kind: str | None = None, language: str = "en") -> list[Row]:
    """Documents of one kind, or of all kinds, by folder and id.

    Raises:
        InputError: no such kind.
    """
    if kind is not None and kind not in FOLDERS:
        close = get_close_matches(kind, FOLDERS, n=1)
        raise InputError(
            f"no kind of document is called {kind!r}",
            "",
            f"did you mean {close[0]!r}?" if close else f"kinds are {', '.join(FOLDERS)}",
        )
    return [
        Row(folder, name, prose(document.title, language), _remark(folder, document, library))
        for folder in ([kind] if kind else FOLDERS)
        for name, document in library.documents.get(folder, {}).items()
    ]


def describing(library: Library, name: str, language: str = "en") -> list[Description]:
    """The documents of an id, such as `panel-2025` or, where several kinds have it, `therapies/natalizumab`.

    Raises:
        InputError: no such document, with the nearest that exists.
    """
    folder, _, plain = name.rpartition("/")
    found = [kind for kind in FOLDERS if plain in library.documents.get(kind, {}) and folder in ("", kind)]
    if not found:
        ids = sorted({known for documents in library.documents.values() for known in documents})
        close = get_close_matches(plain, ids, n=1)
        raise InputError(
            f"no document is called {name!r}",
            "",
            f"did you mean {close[0]!r}?" if close else "see 'stepdown knowledge list'",
        )
    return [_describe(library, kind, library.documents[kind][plain], language) for kind in found]


def _describe(library: Library, folder: str, document: Document, language: str) -> Description:
    data = plain(document)
    origin = library.origins[folder, document.id]
    care = tuple(_care(document, library, language))
    cited = [*_cited(data), *(ground for _, lines in care for line in lines for ground in line.grounds)]
    return Description(
        folder=folder,
        id=document.id,
        title=prose(document.title, language),
        place=f"{origin.file}:{origin.line}",
        facts=tuple(_facts(data, library, language)),
        clauses=tuple(_clauses(data, library, language)),
        care=care,
        sources=tuple(_sources(cited, library)),
        used_by=users(library).get((folder, document.id), ()),
    )


def _remark(folder: str, document: Document, library: Library) -> str:
    data = plain(document)
    return ", ".join(said(data[key], library) for key in _REMARKS.get(folder, ()) if data.get(key) is not None)


def _facts(data: Mapping[str, Any], library: Library, language: str) -> Iterator[tuple[str, str]]:
    told = {*_NOT_FACTS, "says", "do"} if _has_clause(data) else _NOT_FACTS
    for key, value in data.items():
        if key == "applies_to":
            yield key, in_words(value, library, language)
        elif key not in told:
            entries = value if isinstance(value, list) and any(isinstance(part, dict) for part in value) else [value]
            yield from ((key, said(entry, library, language)) for entry in entries)
    if "reasoning" in data and not _has_clause(data):
        yield "reasoning", prose(data["reasoning"], language)


def said(value: Any, library: Library, language: str = "en") -> str:
    """A value in one line: prose in its language, criteria in words, lists with commas, mappings with their keys."""
    if isinstance(value, dict):
        if is_prose(value):
            return prose(value, language)
        if is_span(value):
            return _span(value)
        parts = {key: part for key, part in value.items() if key not in ("evidence", "assumption", "reasoning")}
        return "; ".join(
            f"{key.replace('_', ' ')}: "
            + (in_words(part, library, language) if key in CRITERIA else said(part, library, language))
            for key, part in parts.items()
        )
    if isinstance(value, (list, tuple)):
        return ", ".join(said(part, library, language) for part in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def is_span(value: Any) -> bool:
    """Whether a value is an amount with its unit, or the range in which it lies."""
    return isinstance(value, dict) and {"unit"} < value.keys() <= {"value", "low", "high", "unit"}


def _span(value: Mapping[str, Any]) -> str:
    """An amount in words: "3 months", "3 to 4 months", "at least 6 weeks"."""
    unit, low, high = value["unit"], value.get("low"), value.get("high")
    if "value" in value:
        bounds = {key: value[key] for key in ("low", "high") if key in value}
        return amount(value["value"], unit) + (f" ({_span({**bounds, 'unit': '1'})})" if bounds else "")
    if low is not None and high is not None:
        return f"{low:g} to {amount(high, unit)}"
    return f"at least {amount(low, unit)}" if low is not None else f"at most {amount(high, unit)}"


def is_prose(value: Any) -> bool:
    """Whether a value is prose by language."""
    return isinstance(value, dict) and "en" in value and all(isinstance(part, str) for part in value.values())


def _has_clause(data: Mapping[str, Any]) -> bool:
    """Whether a document is itself a criterion with something to say, as flags and rules are."""
    return "if" in data or "effect" in data


def _clauses(data: Mapping[str, Any], library: Library, language: str) -> Iterator[Clause]:
    if _has_clause(data):
        yield _clause({**data, "id": ""}, library, language, tags=())
    for entry in (*data.get("rules", ()), *data.get("criteria", ())):
        yield _clause(entry, library, language, _tags(entry, library))
    for item in data.get("items", ()):
        for band in item["bands"]:
            yield _clause({"id": item["id"], **band}, library, language, (f"{band['points']} points",))


def _tags(entry: Mapping[str, Any], library: Library) -> tuple[str, ...]:
    rest = {key: value for key, value in entry.items() if key not in _CLAUSE_KEYS}
    return tuple(
        said(value, library)
        if key in ("role", "effect", "applies")
        else f"{key.replace('_', ' ')}: {said(value, library)}"
        for key, value in rest.items()
    )


def _clause(entry: Mapping[str, Any], library: Library, language: str, tags: tuple[str, ...]) -> Clause:
    told = [prose(entry[key], language) for key in ("says", "why", "do") if entry.get(key)]
    return Clause(
        id=str(entry.get("id", "")),
        tags=tags,
        when=in_words(entry["if"], library, language) if entry.get("if") else "",
        says=" ".join(told),
        grounds=tuple(entry.get("evidence", ())),
        reasoning=prose(entry["reasoning"], language) if entry.get("reasoning") else "",
    )


def _care(document: Document, library: Library, language: str) -> Iterator[tuple[str, tuple[CareLine, ...]]]:
    if isinstance(document, Therapy):
        yield from told(library.care(document.id), library, language, shared=library.classes[document.class_])
    elif isinstance(document, Care):
        yield from told(document, library, language)


def _cited(data: Mapping[str, Any]) -> list[str]:
    return [name for path, value in walk(data) if path and path[-1] == "evidence" for name in value]


def _sources(cited: Sequence[str], library: Library) -> Iterator[tuple[str, str, str]]:
    for name in dict.fromkeys(cited):
        source = library.sources.get(name)
        yield (name, followed(source), source.status) if source else (name, "", "")


def followed(source: Source) -> str:
    """A citation with what leads to it: DOI, PMID or address."""
    ways = (source.doi and f"doi:{source.doi}", source.pmid and f"PMID {source.pmid}", source.url)
    return " ".join([source.citation, *(way for way in ways if way)])
