"""Lines that plainly say whose they are, sorted by columns; all others are looked at one by one (`whose`).

A line is plain where it begins with a type that is read, and names one subject once, as `Type/id` with or without a
server and a version. The reader looks at whom it is about once more, so that nothing is ever taken for the fact of
somebody else; what is no JSON is told there as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from stepdown.record.fhir.kinds import KINDS

_TYPE = r'^\{"resourceType":"([A-Za-z]+)"'
_PERSON = r"(?:^|/)Patient/([^/]+)$"
_SUBJECTS = {name: kind.subject for name, kind in KINDS.items() if kind.subject != "participant"}


@dataclass(frozen=True)
class Plain:
    """The lines of a block, sorted.

    Attributes:
        pieces: of those that are plain: `person`, `row` and `raw`.
        others: number and content of those that are not.
        passed: how many lines of each type that is not read were passed over.
    """

    pieces: pl.DataFrame
    others: list[tuple[int, bytes]]
    passed: dict[str, int]


def sort_lines(first: int, block: bytes, read: frozenset[str]) -> Plain:
    """Sort the lines of a block.

    Args:
        first: number of its first line.
        block: whole lines.
        read: resource types that are looked at.
    """
    try:
        text = block.decode()
    except UnicodeDecodeError:
        return Plain(pl.DataFrame(), [(first + at, line.strip()) for at, line in enumerate(block.split(b"\n"))], {})
    lines = pl.Series("raw", [text]).str.split("\n").explode().str.strip_chars(" \t\r")
    table = pl.DataFrame({"raw": lines}).with_row_index("row", first).filter(pl.col("raw") != "")
    table = table.with_columns(type=pl.col("raw").str.extract(_TYPE))
    unread = pl.col("type").is_not_null() & ~pl.col("type").is_in(list(read))
    passed = dict(table.filter(unread).group_by("type").len().rows())
    table = table.filter(~unread).with_columns(person=_person())
    plain = pl.col("person").is_not_null()
    others = table.filter(~plain).select("row", pl.col("raw").cast(pl.Binary)).rows()
    return Plain(table.filter(plain).select("person", "row", "raw"), others, passed)


def _person() -> pl.Expr:
    """The id of the person, null where a line does not plainly say it."""
    raw, found = pl.col("raw"), pl.lit(None, dtype=pl.String)
    for element in sorted(set(_SUBJECTS.values())):
        types = [name for name, subject in _SUBJECTS.items() if subject == element]
        once = raw.str.count_matches(f'"{element}":', literal=True) == 1
        reference = raw.str.extract(rf'"{element}":\{{"reference":"([^"\\]+)"').str.replace(r"/_history/.*$", "")
        here = pl.col("type").is_in(types) & once
        found = pl.when(here).then(reference.str.extract(_PERSON)).otherwise(found)
    return found
