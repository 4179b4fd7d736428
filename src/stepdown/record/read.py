"""The one way in: reads a person's record from a file, whatever it is, told by its content."""

from __future__ import annotations

import re
from pathlib import Path

import orjson

from stepdown.errors import InputError
from stepdown.knowledge.library import Library
from stepdown.knowledge.yamlfile import read_bytes
from stepdown.record.chart import chart_record, parse_chart
from stepdown.record.omop import is_address
from stepdown.record.record import Record

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_RESOURCE_TYPE = re.compile(rb'"resourceType"\s*:')
SUFFIXES = (".yaml", ".yml", ".json")
_TODAY = "a chart (.yaml, .yml, .json), a FHIR R4 Bundle (.json) or an export of many (.ndjson, or a folder) is read"


def read(path: Path | str, library: Library, person: str | None = None) -> Record:
    """Read the record of one person.

    Args:
        path: a chart as YAML or JSON, a FHIR R4 Bundle as JSON, or the address of a database with an OMOP CDM.
        library: the knowledge that drugs, tests and conditions are recognised by.
        person: id of the person, where the file holds several; must be the one it holds otherwise.

    Raises:
        InputError: no such file, one that is not read, or content that cannot be true.
    """
    if is_address(path):
        from stepdown.record.omop.person import read_person  # needs SQLAlchemy, which may not be installed

        return read_person(str(path), library, person)
    path = Path(path)
    if path.is_dir() or (path.is_file() and path.suffix.lower() not in SUFFIXES):
        from stepdown.record.fhir.export import is_export, open_export  # a chart does not need it
        from stepdown.record.fhir.one import read_export

        if is_export(path):
            return read_export(open_export(path), library, person)
        if path.is_dir():
            raise InputError("is a folder", str(path), f"name one file: {_TODAY}")
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"files that end in {path.suffix or 'nothing'!r} are not read", str(path), _TODAY)
    return read_content(read_bytes(path), str(path), library, person)


def read_content(data: bytes, where: str, library: Library, person: str | None = None) -> Record:
    """Read the record of one person from the content of a file, or of standard input; `where` names it."""
    data = data.removeprefix(_BYTE_ORDER_MARK)
    if not data.strip():
        raise InputError("is empty", where, f"give a record: {_TODAY}")
    if _is_fhir(data, where):
        from stepdown.record.fhir import read_bundle  # a chart does not need it

        return read_bundle(data, where, library, person)
    record = chart_record(parse_chart(data, where), where, library)
    if person is not None and record.people != [person]:
        raise InputError(f"holds {record.people[0]!r}, not {person!r}", where, "name the person it holds")
    return record


def _is_fhir(data: bytes, where: str) -> bool:
    """Whether this is JSON that says which FHIR resource it is.

    A chart in YAML may begin with a brace as well, and its reader tells what is wrong with it; what names a
    resource type was meant as FHIR, and is told as such.

    Raises:
        InputError: it names a resource type and is not JSON.
    """
    if data.lstrip()[:1] != b"{":
        return False
    try:
        content = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        if not _RESOURCE_TYPE.search(data):
            return False
        raise InputError(
            f"is meant as FHIR and is not valid JSON ({error.msg.split(': line')[0]}, column {error.colno})",
            f"{where}:{error.lineno}",
            "export it again, or mend it there",
        ) from None
    return isinstance(content, dict) and "resourceType" in content
