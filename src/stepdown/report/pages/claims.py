"""Documents and their claims in Markdown: criteria in words, numbers, grounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stepdown.knowledge.criterion_words import in_words, prose
from stepdown.knowledge.describe import CRITERIA, is_prose, is_span, said
from stepdown.knowledge.schema import Document
from stepdown.knowledge.uses import plain
from stepdown.report.pages.book import Book, title
from stepdown.report.pages.markdown import anchor, escaped, link

_BARE = ("role", "effect", "applies", "action", "does", "stance")
"""Keys whose values speak for themselves."""
_PROSE = ("says", "why", "do", "meaning", "used_for", "note", "how")
_GROUND = ("evidence", "assumption", "reasoning")
_CONDITION = {"if": "When", "applies_to": "Applies to", "needs": "Needs"}
_NAMES = {"reviewed": "last review", "status": "how well it was read", "clinic": "rule of careful neurologists"}


def section(book: Book, folder: str, document: Document, page: str, level: int = 2) -> Iterator[str]:
    """A document among others on a page, under a heading of its own."""
    yield f"{'#' * level} {anchor(document.id)}{title(document)}"
    yield ""
    yield from body(book, folder, document, page)


def body(book: Book, folder: str, document: Document, page: str) -> Iterator[str]:
    """All that a document states, its ground, its place and what depends on it."""
    data = plain(document)
    parts = {key: value for key, value in data.items() if key not in ("id", "title")}
    if isinstance(parts.get("value"), (int, float)):
        parts |= {"value": {"value": parts["value"], "unit": parts.pop("unit", "1")}}
    if any(key in parts for key in ("if", "effect")):
        yield from _entry(book, {"id": document.id, **parts}, page, "")
        yield ""
    else:
        yield from _facts(book, parts, page)
    used = book.used_by(folder, document.id, page)
    yield f"Stands in `{book.file(folder, document.id)}` as `{document.id}`." + (f" Used by {used}." if used else "")
    yield ""


def _facts(book: Book, data: Mapping[str, Any], page: str) -> Iterator[str]:
    lists = {key: value for key, value in data.items() if _is_entries(value)}
    plain_parts = {key: value for key, value in data.items() if key not in lists and key not in _GROUND}
    for key, value in plain_parts.items():
        if _grounded(value):
            yield f"- **{_name(key)}**"
            yield from _entry(book, value, page, "  ")
        elif key in _CONDITION:
            yield f"- **{_CONDITION[key]}** {escaped(in_words(value, book.library))}"
        else:
            yield f"- **{_name(key)}** {book.value(key, value, page)}"
    ground = _ground(book, data, page)
    if ground:
        yield f"- {ground}"
    yield ""
    for key, entries in lists.items():
        yield f"**{_name(key)}**"
        yield ""
        for entry in entries:
            yield from _entry(book, entry, page, "")
        yield ""


def _grounded(value: Any) -> bool:
    return isinstance(value, dict) and any(key in value for key in ("evidence", "assumption"))


def _is_entries(value: Any) -> bool:
    return (
        isinstance(value, list) and bool(value) and all(isinstance(part, dict) and not is_span(part) for part in value)
    )


def _entry(book: Book, data: Mapping[str, Any], page: str, indent: str) -> Iterator[str]:
    """One claim as an item of a list: name and kind, condition, what it says, and on what it rests."""
    if is_prose(data):
        yield f"{indent}- {escaped(prose(data))}"
        return
    nested = {key: value for key, value in data.items() if _is_entries(value)}
    tags = [escaped(said(data[key], book.library)) for key in _BARE if key in data]
    known = {"id", "title", *_BARE, *_PROSE, *_GROUND, *CRITERIA, *nested}
    tags += [f"{_name(key)}: {book.value(key, value, page)}" for key, value in data.items() if key not in known]
    head = f"`{data['id']}` " if "id" in data else ""
    lines = [f"{head}{'; '.join(tags)}".strip()]
    lines += [f"*{_CONDITION[key]}* {escaped(in_words(data[key], book.library))}." for key in CRITERIA if key in data]
    lines += [escaped(prose(data[key]) if is_prose(data[key]) else str(data[key])) for key in _PROSE if key in data]
    ground = _ground(book, data, page)
    if ground:
        lines.append(ground)
    yield f"{indent}- " + f"<br>\n{indent}  ".join(line for line in lines if line)
    for key, entries in nested.items():
        yield f"{indent}  - *{_name(key)}*"
        for entry in entries:
            yield from _entry(book, entry, page, f"{indent}    ")


def _ground(book: Book, data: Mapping[str, Any], page: str) -> str:
    """The sources of a claim and, where it is an assumption, its reasoning."""
    told = []
    if data.get("evidence"):
        told.append(f"*Rests on* {book.cited(data['evidence'], page)}.")
    if data.get("assumption"):
        told.append(f"**Assumption:** {escaped(prose(data['reasoning']))}")
    return " ".join(told)


def _name(key: str) -> str:
    return _NAMES.get(key, escaped(key.replace("_", " ")))


def doors(doi: str | None, pmid: str | None, url: str | None) -> str:
    """Links that lead to a source: DOI, PubMed, or its address."""
    found = []
    if doi:
        found.append(link(f"doi:{escaped(doi)}", f"https://doi.org/{doi}"))
    if pmid:
        found.append(link(f"PMID {pmid}", f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/"))
    if url:
        found.append(link("page", url))
    return ", ".join(found)
