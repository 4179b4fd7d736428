"""A screen of the shipped people and one made-up folder more, as what writers are given."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from xml.etree import ElementTree

from stepdown.cohort.answer import Options
from stepdown.cohort.engine import Plan, screen_all
from stepdown.cohort.found import Found
from stepdown.cohort.inputs import opened
from stepdown.knowledge.library import load
from tests.cohort.made import ON, everybody, write

EVIL = ("=1+1", "+2", "-3", "@SUM(A1)", "<b>&amp;", "00123")
"""Ids that a spreadsheet or a browser could take for something else."""
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@dataclass
class Kept:
    """A writer that keeps what it is given, and copies the parts before they are deleted."""

    to: Path
    found: list[Found] = field(default_factory=list)

    def check(self, people: int) -> None:
        """There is room."""

    def write(self, found: Found) -> None:
        """Keep it."""
        parts = []
        for part in found.parts:
            parts.append(self.to / part.name)
            parts[-1].write_bytes(part.read_bytes())
        self.found.append(Found(found.summary, parts, found.problems.collect().lazy()))


@cache
def screened() -> Found:
    """What a screen found of the shipped people, of `EVIL` ones, and of rows that cannot be understood."""
    place = Path(mkdtemp(prefix="stepdown-test-"))
    tables = write(everybody(), place / "tables", "csv")
    with (tables / "person.csv").open("a", encoding="utf-8") as file:
        for name in EVIL:
            file.write(f'"{name}",1970-01-01,1970-01-01,female,,\n')
    with (tables / "relapse.csv").open("a") as file:
        file.write('"=1+1","=soon",,,,,,,\n')
    writer = Kept(place)
    screen_all(Plan(opened(tables, load()), Options(ON), load(), place / "rows.parquet", 3, 1, (writer,)))
    return writer.found[0]


def sheets(book: Path) -> dict[str, list[list[str]]]:
    """The cells of every sheet of a workbook as text, by the name on its tab; an empty cell is empty."""
    with zipfile.ZipFile(book) as archive:
        names = [one.get("name", "") for one in _xml(archive, "xl/workbook.xml").iter(f"{_MAIN}sheet")]
        return {name: _rows(_xml(archive, f"xl/worksheets/sheet{at}.xml")) for at, name in enumerate(names, start=1)}


def sheet_xml(book: Path, number: int) -> ElementTree.Element:
    """A sheet as it stands in the file."""
    with zipfile.ZipFile(book) as archive:
        return _xml(archive, f"xl/worksheets/sheet{number}.xml")


def cell(sheet: ElementTree.Element, place: str) -> ElementTree.Element:
    """One cell, by its place such as `B2`."""
    return next(one for one in sheet.iter(f"{_MAIN}c") if one.get("r") == place)


def tags(sheet: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    """All elements of a name."""
    return list(sheet.iter(f"{_MAIN}{name}"))


def _rows(sheet: ElementTree.Element) -> list[list[str]]:
    rows = []
    for row in sheet.iter(f"{_MAIN}row"):
        cells: list[str] = []
        for one in row.iter(f"{_MAIN}c"):
            column = "".join(letter for letter in one.get("r", "") if letter.isalpha())
            place = sum((ord(letter) - 64) * 26**power for power, letter in enumerate(reversed(column))) - 1
            cells += [""] * (place - len(cells)) + ["".join(one.itertext())]
        rows.append(cells)
    return rows


def _xml(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    return ElementTree.fromstring(archive.read(name))
