"""One table of a folder on its way from a file to the record."""

from __future__ import annotations

from datetime import date

import polars as pl

from stepdown.knowledge.library import Library
from stepdown.record.dates import EARLIEST_YEAR
from stepdown.record.tables import TABLES

EMPTY = ("", "NA", "null")
"""What a cell of text may hold for nothing, as R, pandas and databases write it."""
FIRST_DAY, LAST_DAY = date(EARLIEST_YEAR, 1, 1), date(2999, 12, 31)
"""Between these lies an end of which nothing can be read."""
Flagged = tuple[str, str, pl.Series]
"""Key and column of a problem, and the rows that have it."""


class Cells:
    """One table on its way from a file to the record.

    Attributes:
        raw: the rows as they stand in the file, `_file` and `_row` among the columns.
        found: the columns of the record.
        flagged: the problems so far.
        kept: rows that stay.
    """

    def __init__(self, raw: pl.DataFrame, table: str, library: Library) -> None:
        self.table, self.library, self.schema = table, library, TABLES[table]
        texts = [
            pl.when(~pl.col(name).is_in(EMPTY)).then(pl.col(name)).alias(name)
            for name, dtype in raw.schema.items() if dtype == pl.String
        ]  # fmt: skip
        stripped = [pl.col(name).str.strip_chars() for name, dtype in raw.schema.items() if dtype == pl.String]
        self.raw = raw.with_columns(stripped).with_columns(texts)
        self.found: dict[str, pl.Series] = {}
        self.flagged: list[Flagged] = []
        self.kept = pl.Series([True]).new_from_index(0, raw.height)

    def flag(self, key: str, column: str, rows: pl.Series) -> None:
        """List a problem in some rows."""
        rows = rows.fill_null(False)
        if rows.any():
            self.flagged.append((key, column, rows))

    def keep(self, rows: pl.Series) -> None:
        """Leave out the other rows."""
        self.kept = self.kept & rows.fill_null(False)

    def given(self, *names: str) -> list[str]:
        """Which of some columns of the record the file has."""
        return [name for name in names if name in self.raw.columns and name in self.schema]

    def text(self, name: str) -> pl.Series:
        """A column as text, null where a cell is empty."""
        return self.raw[name].cast(pl.String)

    def column(self, name: str) -> pl.Series:
        """A column of the record as read so far, empty where the file has none."""
        if name in self.found:
            return self.found[name]
        return pl.Series(name, [None], dtype=self.schema[name]).new_from_index(0, self.raw.height)
