"""Reads a chart: what a clinician types about one person, as YAML or JSON (docs/chart.md)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from stepdown.errors import InputError
from stepdown.knowledge.library import Library
from stepdown.knowledge.yamlfile import Located, parse, read_bytes
from stepdown.record.chart_readers import choice, span, word
from stepdown.record.chart_sections import SECTIONS, Section
from stepdown.record.chart_stated import known, lifestyle, may_become_pregnant, observed
from stepdown.record.chart_values import At, Chart, Row
from stepdown.record.codes import recogniser
from stepdown.record.dates import EARLIEST_YEAR
from stepdown.record.record import Record, RecordBuilder

_SPECIAL = {
    "observed": observed,
    "lifestyle": lifestyle,
    "may_become_pregnant": may_become_pregnant,
    "known": known,
}
MAX_CHART_BYTES = 1024 * 1024
TEMPLATE = Path(__file__).with_name("chart-template.yaml")
"""An empty chart in which every key is explained."""

KEYS = ("person", *SECTIONS, *_SPECIAL)
"""The keys of a chart; all but `person` may be left out."""

_PERSON = ("id", "born", "sex", "died")
_ORDER = (("on", "ended_latest", "the start", "the end"), ("onset", "on_latest", "the onset", "the diagnosis"))
"""Columns of which the first may not lie after the second, and what the two are called."""


def read_chart(path: Path, library: Library, today: date | None = None) -> Record:
    """Read the chart of one person from a file.

    Raises:
        InputError: unreadable, not a chart, or a value that cannot be true; names file, line and path.
    """
    return chart_record(parse_chart(read_bytes(path), str(path)), str(path), library, today)


def parse_chart(data: bytes, where: str) -> Located:
    """Parse the text of a chart, which is short; a longer one is refused before it costs time and memory.

    Raises:
        InputError: too long, or not YAML or JSON.
    """
    if len(data) > MAX_CHART_BYTES:
        raise InputError(
            f"a chart of {len(data):,} bytes is longer than the {MAX_CHART_BYTES:,} that one person's may have",
            where,
            "give one person's chart, or a FHIR Bundle as valid JSON",
        )
    return parse(data, where)


def chart_record(located: Located, where: str, library: Library, today: date | None = None) -> Record:
    """Make the record of one person from a chart that has been parsed.

    Args:
        located: the values with their lines.
        where: the file, for messages; sources carry its last part alone.
        library: drugs, tests, lists and variables.
        today: no event may lie after this day; the present one by default.

    Raises:
        InputError: not a chart, or a value that cannot be true; names file, line and path.
    """
    builder = RecordBuilder()
    chart = Chart(located, where, Path(where).name, library, recogniser(library), builder, today or date.today())
    top = At(chart, (), located.data)
    top.mapping(KEYS, "a chart that begins with 'person: {id: A1}'")
    if "person" not in top.value:
        top.fail("names no person", "begin it with 'person: {id: A1}'")
    _person(top.child("person"))
    for key in KEYS[1:]:
        if top.value.get(key) is not None:
            if key in SECTIONS:
                _section(top.child(key), SECTIONS[key])
            else:
                _SPECIAL[key](top.child(key))
    return builder.build()


def _person(at: At) -> None:
    at.mapping(_PERSON, "person: {id: A1, born: 1966, sex: female}")
    given = {child.path[-1]: child for child in at.given()}
    if "id" not in given:
        at.fail("the person has no id", "give one that is not the name, such as 'id: A1'")
    chart = at.chart
    chart.person_id = word(given["id"])
    row: Row = {"person_id": chart.person_id, "source": at.source}
    if "born" in given:
        chart.born = span(given["born"])
        row |= {"birth": chart.born.first, "birth_latest": chart.born.last}
    if "died" in given:
        chart.died = span(given["died"])
        row["died"] = chart.died.last
    if "sex" in given:
        row |= choice("sex", "the sex", lambda library: library.values("sex"), f="female", m="male")(given["sex"])
    chart.builder.add("person", **row)


def _section(at: At, section: Section) -> None:
    """Read the entries of a section; an empty list says that there never was one."""
    if isinstance(at.value, dict) and at.path == ("ms",):
        _entry(at, section)
        return
    if not isinstance(at.value, list):
        at.fail("is not a list", "write each entry after a dash, or [] where there never was one")
    for index in range(len(at.value)):
        _entry(at.child(index), section)
    if not at.value and section.never:
        chart = at.chart
        begin = chart.born.first or date(EARLIEST_YEAR, 1, 1)
        row = {"domain": section.never, "from": begin, "from_latest": begin, "on": begin, "on_latest": begin}
        chart.builder.add("observed", person_id=chart.person_id, status="final", source=at.source, **row)


def _entry(at: At, section: Section) -> None:
    entry = _unfold(at, section)
    entry.mapping(section.fields, f"a mapping with {', '.join(section.fields)}")
    given = {str(child.path[-1]): child for child in entry.given()}
    if all(value is None for value in entry.value.values()):
        if at.path == ("ms",):
            return
        entry.fail("is empty", "fill it in or take it out")
    missing = [key for key in section.needs if key not in given]
    if missing:
        entry.fail(f"{missing[0]} is missing", f"give {' and '.join(section.needs)}")
    if section.one_of and not given.keys() & set(section.one_of):
        entry.fail("holds no value", f"give {' or '.join(section.one_of)}")
    row: Row = {}
    for key, child in given.items():
        row |= section.fields[key](child)
    finished = section.finish(entry, row)
    if finished is None:
        return
    _check_order(entry, finished)
    common = {"person_id": at.chart.person_id, "status": section.status, "source": at.source}
    at.chart.builder.add(section.table, **(common | finished))


def _unfold(at: At, section: Section) -> At:
    """An entry as a mapping: a bare date is its date, a bare word what the section is about."""
    if isinstance(at.value, dict) or at.value is None or isinstance(at.value, (bool, list, float)):
        return at
    dated = "date" in section.fields and str(at.value)[:1].isdigit()
    key = "date" if dated else section.text
    return At(at.chart, at.path, {key: at.value}) if key else at


def _check_order(at: At, row: Row) -> None:
    for first, last, begin_name, end_name in _ORDER:
        begin, end = row.get(first), row.get(last)
        if begin and end and begin > end:
            at.fail(f"{begin_name} ({begin}) lies after {end_name} ({end})", "check both dates")
