"""The words of a folder of tables: which each column may hold, looked up once for every different word."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

import polars as pl

from stepdown.knowledge.library import Library
from stepdown.record.chart_readers import more_than_a_name
from stepdown.record.chart_sections import SECTIONS
from stepdown.record.codes import plain_text, recogniser
from stepdown.record.tables import STATUSES

Lookup = Callable[[str, Library], str | None]
"""The word of the record for a word of a file; nothing where it is not known."""
NOT_EVENTS = ("entered-in-error", "refuted", "not-taken", "cancelled")
"""What carries one of these as its status never becomes an event."""
USUAL = {section.table: section.status for section in SECTIONS.values()} | {"lifestyle": "active"}
"""Status of a row that gives none, by table; `final` where nothing else is said."""


def _choice(options: Callable[[Library], Iterable[str]], also: Mapping[str, str], word: str, library: Library
            ) -> str | None:  # fmt: skip
    said = word.lower().replace(" ", "-").replace("_", "-")
    found = also.get(said, said)
    return found if found in options(library) else None


def _listed(codes: str, category: str, word: str, library: Library) -> str | None:
    found = recogniser(library).concept(codes, (), word)
    if found is None or (category and category not in library.codes[codes].entries[found.id].category):
        return None
    return found.id


def _drug(word: str, library: Library) -> str | None:
    if word in library.therapies or word in library.classes:
        return word
    found = recogniser(library).drug((), word)
    return None if found is None or more_than_a_name(word, found.id, library) else found.id


def _course(word: str, library: Library) -> str | None:
    return _listed("courses", "", word, library)


def _instrument(word: str, library: Library) -> str | None:
    found = [key for key, one in library.instruments.items()
             if plain_text(word) in map(plain_text, (key, *one.title.values(), *one.names))]  # fmt: skip
    return found[0] if found else None


def _variable(word: str, library: Library) -> str | None:
    return word if word in library.documents["variables"] else None


def _topics(library: Library) -> list[str]:
    return [name.removeprefix("wish_").replace("_", "-") for name in library.variables if name.startswith("wish_")]


def _habit(word: str, library: Library) -> str | None:
    said = word.lower()
    return said if said in ("yes", "no") else _listed("lifestyle", "", word, library)


def _one_of(*options: str, **also: str) -> Lookup:
    return partial(_choice, lambda _: (*options,), {key.replace("_", "-"): value for key, value in also.items()})


CLOSED: dict[tuple[str, str], Lookup] = {
    ("person", "sex"): partial(_choice, lambda library: library.values("sex"), {"f": "female", "m": "male"}),
    ("observed", "domain"): partial(_choice, lambda library: (*library.domains, "all"), {}),
    ("course", "course"): _course,
    ("treatment", "start_reason"): partial(_listed, "reasons", "start"),
    ("treatment", "stop_reason"): partial(_listed, "reasons", "stop"),
    ("relapse", "severity"): _one_of("mild", "moderate", "severe"),
    ("relapse", "recovered"): _one_of(
        "fully", "partly", "not", full="fully", complete="fully", partial="partly", incomplete="partly", none="not"
    ),
    ("mri", "region"): partial(_listed, "mri", "region"),
    ("lifestyle", "value_code"): _habit,
    ("questionnaire", "instrument"): _instrument,
    ("wish", "topic"): partial(_choice, _topics, {}),
    ("wish", "strength"): _one_of("none", "some", "strong"),
    ("known", "variable"): _variable,
}
"""Columns that hold one of some words; any other is listed as a problem and counts as not known."""

STATUS: Lookup = _one_of(*STATUSES, *NOT_EVENTS, remission="resolved", ongoing="active")

OPEN: dict[tuple[str, str], Lookup] = {
    ("treatment", "therapy"): _drug,
    ("dose", "therapy"): _drug,
    ("appointment", "therapy"): _drug,
    ("lab", "test"): partial(_listed, "labs", ""),
    ("infection", "kind"): partial(_listed, "infections", ""),
    ("condition", "condition"): partial(_listed, "conditions", ""),
    ("vaccination", "vaccine"): partial(_listed, "vaccines", ""),
}
"""Columns in which a word that nobody knows is kept as it is written, and listed as a problem."""


def translated(words: pl.Series, lookup: Lookup, library: Library, key: str) -> pl.Series:
    """For each different word the word of the record, null where it is not known.

    Args:
        words: every different word of a column, null among them where a cell is empty.
        lookup: asked once for a word.
        library: the documents; what was looked up is kept with it under `key`.
        key: names the lookup.
    """
    known: dict[str | None, str | None] = library.cache.setdefault(f"folder.words:{key}", {None: None})
    for word in words.to_list():
        if word not in known:
            known[word] = lookup(word, library)
    return pl.Series([known[word] for word in words.to_list()], dtype=pl.String)
