"""Tables for other programs: CSV that a spreadsheet does not take for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A cell that begins so would be run by some spreadsheets."""


def neutral(cell: object) -> object:
    """A cell whose text cannot be taken for a formula: an apostrophe goes before it; numbers stay as they are."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def csv_lines(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """The lines of a CSV file in UTF-8, each with its end; nothing is an empty cell."""
    yield _line(head)
    for row in rows:
        yield _line(row)


def _line(row: Sequence[object]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(["" if cell is None else neutral(cell) for cell in row])
    return text.getvalue().encode("utf-8", "replace")
