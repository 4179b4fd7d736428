"""Lines that plainly say whose they are, sorted by columns; all others are looked at one by one (`whose`).

A line is plain where it begins with a type that is read, and names one subject once, as `Type/id` with or without a
server and a version. The reader looks at whom it is about once more, so that nothing is ever taken for the fact of
somebody else; what is no JSON is told there as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from stepdown.record.fhir.kinds import KINDS

_TYPE = r'^\{\s*"resourceType"\s*:\s*"([A-Za-z]+)"'
_PERSON = r'\s*:\s*\{\s*"reference"\s*:\s*"(?:https?://[^"\\]*/)?Patient/([^"\\/]+)(?:/_history/[^"\\]*)?"'
_SUBJECTS = {name: kind.subject for name, kind in KINDS.items() if kind.subject != "participant"}


@dataclass(frozen=True)
class Plain:
    """The lines of a block, sorted.

    Attributes:
        pieces: of those that are plain: `person`, `row` and `raw`.
        others: number and content of those that are not; those of types that are not read are in neither.
    """

    pieces: pl.DataFrame
    others: list[tuple[int, bytes]]


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
        return Plain(pl.DataFrame(), [(first + at, line.strip()) for at, line in enumerate(block.split(b"\n"))])
    lines = pl.Series("raw", [text]).str.split("\n").explode().str.strip_chars(" \t\r")
    table = pl.DataFrame({"raw": lines}).with_row_index("row", first).filter(pl.col("raw") != "")
    table = table.with_columns(type=pl.col("raw").str.extract(_TYPE))
    table = table.filter(pl.col("type").is_null() | pl.col("type").is_in(list(read)))
    subject = pl.col("type").replace_strict(_SUBJECTS, default=None, return_dtype=pl.String)
    parts = [_named(part, str(element)) for (element,), part in table.group_by(subject)]
    sorted_ = pl.concat(parts) if parts else table.with_columns(person=pl.lit(None, dtype=pl.String))
    plain = pl.col("person").is_not_null()
    others = sorted_.filter(~plain).sort("row").select("row", pl.col("raw").cast(pl.Binary)).rows()
    return Plain(sorted_.filter(plain).select("person", "row", "raw"), others)


def _named(lines: pl.DataFrame, element: str) -> pl.DataFrame:
    """Lines with the person whom this element of theirs names, null where it does not plainly do so."""
    raw = pl.col("raw")
    once = raw.str.count_matches(f'"{element}"', literal=True) == 1
    person = raw.str.extract(f'"{element}"{_PERSON}')
    return lines.with_columns(person=pl.when(once).then(person))
