"""One table of a folder on its way from a file to the record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import cast

import numpy as np
import polars as pl

from stepdown.knowledge.library import Library
from stepdown.record.dates import EARLIEST_YEAR
from stepdown.record.tables import TABLES

EMPTY = ("", "NA", "null")
"""What a cell of text may hold for nothing, as R, pandas and databases write it."""
FIRST_DAY, LAST_DAY = date(EARLIEST_YEAR, 1, 1), date(2999, 12, 31)
"""Between these lies an end of which nothing can be read."""
PLAIN = ("person_id", "source")
"""Columns of text in which hardly any word comes twice."""
Flagged = tuple[str, str, pl.Series]
"""Key and column of a problem, and the rows that have it."""


@dataclass(frozen=True)
class Cell:
    """What stands in a column: every different word once, or else the column as it is.

    Attributes:
        said: what is to be understood; text without blanks around it, null for nothing.
        place: for each row its place in `said`; `None` where each row has its own.
    """

    said: pl.Series
    place: pl.Series | None = None

    def spread(self, found: pl.Series) -> pl.Series:
        """What was found for `said`, for each row."""
        return found if self.place is None else found.gather(self.place)

    def rows(self) -> pl.Series:
        """What each row says."""
        return self.spread(self.said)


def cell_of(column: pl.Series) -> Cell:
    """A column as it stands in a file, ready to be understood."""
    if column.dtype == pl.Float32:  # 0.9 is 0.9, and not the nearest number of half the length
        return Cell(column.cast(pl.String).cast(pl.Float64))
    if not isinstance(column.dtype, (pl.String, pl.Categorical, pl.Enum)):
        return Cell(column)
    if column.name in PLAIN:
        return Cell(_trimmed(column.cast(pl.String)))
    coded = column.cast(pl.Categorical)
    words, each = coded.unique(), coded.to_physical()
    numbers = words.to_physical().to_numpy()
    place = np.zeros(cast("int", each.max() or 0) + 2, dtype=np.uint32)
    nothing = place.size - 1
    place[np.where(words.is_null().to_numpy(), nothing, numbers).astype(np.int64)] = np.arange(words.len())
    found = pl.Series(place[each.fill_null(nothing).to_numpy()])
    return Cell(_trimmed(words.cast(pl.String)), found)


def _trimmed(words: pl.Series) -> pl.Series:
    trimmed = words.str.strip_chars()
    empty = trimmed.is_in(EMPTY)
    return trimmed.set(empty.fill_null(False), None) if empty.any() else trimmed


class Cells:
    """One table on its way from a file to the record.

    Attributes:
        raw: the rows as they stand in the file, `_file` and `_row` among the columns.
        cells: the columns of the file, ready to be understood.
        found: the columns of the record.
        meant: columns of words as understood.
        flagged: the problems so far.
        kept: rows that stay.
    """

    def __init__(self, raw: pl.DataFrame, table: str, library: Library) -> None:
        self.raw, self.table, self.library, self.schema = raw, table, library, TABLES[table]
        self.cells = {name: cell_of(raw[name]) for name in raw.columns if name in self.schema}
        self.found: dict[str, pl.Series] = {}
        self.meant: dict[str, Cell] = {}
        self.flagged: list[Flagged] = []
        self.kept = pl.Series([True]).new_from_index(0, raw.height)

    def flag(self, key: str, column: str, rows: pl.Series) -> None:
        """List a problem in some rows."""
        if rows.any():
            self.flagged.append((key, column, rows.fill_null(False)))

    def keep(self, rows: pl.Series) -> None:
        """Leave out the other rows."""
        self.kept = self.kept & rows.fill_null(False)

    def given(self, *names: str) -> list[str]:
        """Which of some columns of the record the file has."""
        return [name for name in names if name in self.cells]

    def text(self, name: str) -> pl.Series:
        """A column as text, null where a cell is empty."""
        return self.cells[name].rows().cast(pl.String)

    def column(self, name: str) -> pl.Series:
        """A column of the record as read so far, empty where the file has none."""
        if name in self.found:
            return self.found[name]
        return pl.Series(name, [None], dtype=self.schema[name]).new_from_index(0, self.raw.height)
