"""Checks every document: its form, references, units, codes, prose, dates and sources. Finds all faults, not only one.

Criteria are checked in the next room, `criteria.lint`, which also puts both together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from stepdown.errors import InputError
from stepdown.knowledge.check_content import codes, meanings, prose
from stepdown.knowledge.check_quantities import quantities
from stepdown.knowledge.folders import FOLDERS
from stepdown.knowledge.library import SHIPPED, Library, Origin, faults_of, overlay_folders
from stepdown.knowledge.schema import Document, Guideline, Source, Therapy
from stepdown.knowledge.shelf import Written, documents, files, walk

REVIEW = "knowledge-review-months"
"""The definition that says after how many months a document is due for review."""

REFERENCES = {
    "evidence": "evidence",
    "class": "classes",
    "from_class": "classes",
    "not_from_class": "classes",
    "to_class": "classes",
    "from_therapy": "therapies",
    "to_therapy": "therapies",
    "step_down_to": "therapies",
    "lateral_to": "therapies",
    "extends": "codes",
    "seen_in": "variables",
    "source": "evidence",
}
"""Keys whose values are ids, and the folder in which these stand."""


@dataclass(frozen=True, order=True)
class Fault:
    """Something wrong with a document, or (a `note`) something that its keeper should know."""

    file: str
    line: int
    message: str
    note: bool = False

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {'note: ' if self.note else ''}{self.message}".replace("\n", " ")


@dataclass(frozen=True)
class Survey:
    """All documents as far as they can be read.

    Attributes:
        written: every document as written, by folder and id; an overlay replaces what it lies over.
        library: those that have the right form.
        cited: ids of the sources that any document cites, those that an overlay replaced among them.
        faults: what could not be read or has the wrong form.
    """

    written: dict[tuple[str, str], Written]
    library: Library
    cited: frozenset[str]
    faults: tuple[Fault, ...]

    def ids(self, folder: str) -> set[str]:
        """Ids of a kind, whether or not the documents have the right form."""
        return {name for kind, name in self.written if kind == folder}


def survey(overlays: Sequence[Path | str] = ()) -> Survey:
    """Read the shipped library and the folders laid over it, going on after every fault."""
    found: dict[tuple[str, str], Written] = {}
    typed: dict[str, dict[str, Document]] = {folder: {} for folder in FOLDERS}
    faults: list[Fault] = []
    cited: set[str] = set()
    for root in (SHIPPED, *overlay_folders(overlays)):
        seen: set[tuple[str, str]] = set()
        for written in _documents(root, faults):
            key = (written.folder, str(written.data.get("id")))
            if key in seen:
                faults.append(_fault(written, f"the id {key[1]!r} is given twice in {key[0]}/", "id"))
            seen.add(key)
            found[key] = written
            cited.update(_cited(written))
            try:
                document = FOLDERS[written.folder].model_validate(written.data)
            except ValidationError as error:
                faults += [Fault(written.file, line, message) for line, message in faults_of(written, error)]
                continue
            typed[written.folder][document.id] = document
    origins = {key: Origin(written.file, written.line()) for key, written in found.items()}
    return Survey(found, Library("", "", typed, origins), frozenset(cited), tuple(faults))


def check(
    overlays: Sequence[Path | str] = (), today: date | None = None, tables: Collection[str] | None = None
) -> list[Fault]:
    """Everything wrong with the documents except their criteria, in the order of files and lines.

    Args:
        overlays: folders laid over the shipped library.
        today: the day on which a review is overdue or lies in the future; today if None.
        tables: names of the tables of the record, where variables and code lists shall be held against them.
    """
    return check_survey(survey(overlays), today, tables)


def check_survey(found: Survey, today: date | None = None, tables: Collection[str] | None = None) -> list[Fault]:
    """As `check`, of documents that were read already."""
    day = today or date.today()
    faults = list(found.faults)
    names = _names_by_key(found, tables)
    for written in found.written.values():
        faults += _references(written, names)
        faults += _units(written)
        faults += _repeated(written)
        for path, message, note in (*codes(written), *prose(written)):
            faults.append(_fault(written, message, *path, note=note))
    guidelines = {name: written for (folder, name), written in found.written.items() if folder == "guidelines"}
    for written, (path, message, note) in meanings(guidelines):
        faults.append(_fault(written, message, *path, note=note))
    faults += _names(found)
    faults += _sources(found, day)
    faults += [_fault(found.written[key], message, *path) for key, message, path in quantities(found.library)]
    return sorted(set(faults))


def _documents(root: Path, faults: list[Fault]) -> Iterator[Written]:
    """The documents of a folder that can be read; a file that cannot be is a fault."""
    try:
        paths = list(files(root))
    except InputError as error:
        faults.append(_unreadable(error))
        return
    for folder, path in paths:
        try:
            yield from list(documents(folder, path))
        except InputError as error:
            faults.append(_unreadable(error))


def _unreadable(error: InputError) -> Fault:
    file, _, line = error.where.rpartition(":")
    message = f"{error.what}; {error.mend}" if error.mend else error.what
    return Fault(file, int(line), message) if file and line.isdigit() else Fault(error.where, 1, message)


def _fault(written: Written, message: str, *keys: str | int, note: bool = False) -> Fault:
    return Fault(written.file, written.line(*keys), f"{written.data.get('id')}: {message}", note)


def _names_by_key(found: Survey, tables: Collection[str] | None) -> dict[str, Collection[str]]:
    """For each key whose values are ids: those that exist."""
    names: dict[str, Collection[str]] = {key: found.ids(folder) for key, folder in REFERENCES.items()}
    if tables is not None:
        names |= {"table": tables, "tables": tables}
    return names | {"instruments.variable": found.ids("variables")}


def _references(written: Written, names: dict[str, Collection[str]]) -> Iterator[Fault]:
    for path, value in walk(written.data):
        key = str(path[-1]) if path else ""
        known = names.get(key, names.get(f"{written.folder}.{key}"))
        if known is None or value is None:
            continue
        for index, name in enumerate(value if isinstance(value, list) else [value]):
            if name not in known:
                yield _fault(written, f"{key}: nothing is called {name!r} in {REFERENCES.get(key, key)}", *path, index)


def _units(written: Written) -> Iterator[Fault]:
    for path, value in walk(written.data):
        if path and path[-1] == "unit" and isinstance(value, str) and not _is_ucum(value):
            yield _fault(written, f"{value!r} is not a UCUM unit", *path)


def _repeated(written: Written) -> Iterator[Fault]:
    """Ids given twice within a document, such as two rules of one drug."""
    for key, value in written.data.items():
        seen: set[str] = set()
        for index, entry in enumerate(value if isinstance(value, list) else []):
            name = entry.get("id") if isinstance(entry, dict) else None
            if isinstance(name, str) and name in seen:
                yield _fault(written, f"{key}: the id {name!r} is given twice", key, index, "id")
            seen.add(str(name))


@lru_cache(maxsize=1)
def _parser() -> Callable[[str], object]:
    from ucumvert import get_ucum_parser

    parser: Callable[[str], object] = get_ucum_parser().parse
    return parser


@lru_cache(maxsize=256)
def _is_ucum(unit: str) -> bool:
    from lark.exceptions import LarkError

    try:
        _parser()(unit)
    except LarkError:
        return False
    return True


def _names(found: Survey) -> Iterator[Fault]:
    """Names and codes by which two drugs of different classes would be taken for one another."""
    holders: dict[tuple[str, str], dict[str, str]] = {}
    for therapy in found.library.therapies.values():
        for what, name in recognised(therapy):
            holders.setdefault((what, name), {})[therapy.id] = therapy.class_
    for (what, name), drugs in holders.items():
        if len(set(drugs.values())) > 1:
            last = found.written["therapies", list(drugs)[-1]]
            yield _fault(last, f"the {what} {name!r} also belongs to {', '.join(list(drugs)[:-1])}")


def recognised(therapy: Therapy) -> set[tuple[str, str]]:
    """What a drug is recognised by: its names in small letters, and its codes with their system."""
    names = {therapy.id, *therapy.names, *therapy.brands, *therapy.title.values()}
    codes = {(system, code) for system in type(therapy.codes).model_fields for code in getattr(therapy.codes, system)}
    return {("name", name.lower()) for name in names} | codes


_FORMS = {"doi": r"10\.\d{4,9}/\S+", "pmid": r"\d+", "url": r"https?://\S+"}


def _sources(found: Survey, day: date) -> Iterator[Fault]:
    months = found.library.number(REVIEW) if REVIEW in found.library.definitions else None
    for (folder, name), written in found.written.items():
        document = found.library.documents[folder].get(name)
        if isinstance(document, (Source, Guideline)):
            yield from _reviewed(written, document.reviewed, day, months)
        if isinstance(document, Source):
            for key, form in _FORMS.items():
                value = getattr(document, key)
                if value is not None and not re.fullmatch(form, value):
                    yield _fault(written, f"{value!r} is not a {key}", key)
            if name not in found.cited and not document.findings:
                yield _fault(written, "no document cites this source and it carries no finding", note=True)
            if document.status == "verified" and not any(getattr(document, key) for key in _FORMS):
                yield _fault(written, "verified, but nothing leads to it: give its doi, pmid or url", "status")


def _reviewed(written: Written, reviewed: date, day: date, months: float | None) -> Iterator[Fault]:
    if reviewed > day:
        yield _fault(written, f"reviewed on {reviewed}, which lies in the future", "reviewed")
    elif overdue(reviewed, day, months):
        yield _fault(written, f"last reviewed on {reviewed}: a review is overdue", "reviewed", note=True)


def overdue(reviewed: date, day: date, months: float | None) -> bool:
    """Whether on a day a review is more calendar months ago than it may be; never where no limit is given."""
    return months is not None and (day.year - reviewed.year) * 12 + day.month - reviewed.month > months


def _cited(written: Written) -> Iterator[str]:
    for path, value in walk(written.data):
        if path and path[-1] == "evidence" and isinstance(value, list):
            yield from (name for name in value if isinstance(name, str))
