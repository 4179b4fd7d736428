"""Lines of JSON as columns of text: pieces, among them days, are put together for all rows at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

import numpy as np
import polars as pl

_DAYS = pl.date_range(pl.date(1800, 1, 1), pl.date(2200, 1, 1), eager=True)
_FIRST = int(_DAYS.to_physical()[0])
_WRITTEN = _DAYS.dt.to_string("%Y-%m-%d")
"""A table of days as text: looking one up is several times faster than to write it."""
_MONTH = 7
Piece = str | pl.Expr


def joined(*pieces: Piece) -> pl.Expr:
    """Pieces after each other; null where one of them is."""
    return pl.concat_str([pl.lit(piece) if isinstance(piece, str) else piece for piece in pieces])


def some(*pieces: Piece) -> pl.Expr:
    """The same, and nothing at all where one of them is null."""
    return joined(*pieces).fill_null("")


def where(column: str, text: str) -> pl.Expr:
    """A text in rows where a column is true."""
    return pl.when(pl.col(column)).then(pl.lit(text)).otherwise(pl.lit(""))


def listed(before: str, parts: list[pl.Expr], after: str) -> pl.Expr:
    """Parts that each begin with a comma, as a list or an object; nothing at all where none is there."""
    inner = pl.concat_str(parts)
    return pl.when(inner != "").then(joined(before, inner.str.slice(1), after)).otherwise(pl.lit(""))


def number(column: str) -> pl.Expr:
    """A number, or yes or no, as JSON."""
    return pl.col(column).cast(pl.String)


def day(column: str) -> pl.Expr:
    """A day."""
    return pl.lit(_WRITTEN).gather(pl.col(column).to_physical() - _FIRST)


def day_or_month(first: str, last: str) -> pl.Expr:
    """A day, or its month where more is not known."""
    return pl.when(pl.col(first) == pl.col(last)).then(day(first)).otherwise(day(first).str.slice(0, _MONTH))


def instant(column: str, time: str = "00:00:00") -> pl.Expr:
    """A time of a day."""
    return joined(day(column), f"T{time}Z")


def said(frame: pl.DataFrame, column: str, make: Callable[[str], str]) -> pl.Expr:
    """What each word of a column is in JSON; null where there is no word."""
    words = frame[column].drop_nulls().unique().to_list()
    return pl.col(column).replace_strict(words, [make(word) for word in words], default=None, return_dtype=pl.String)


def counted(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with `n`: which row of its person each is, as text. People stand together."""
    lengths = frame["person_id"].rle().struct.field("len").to_numpy().astype(np.int64)
    count = np.arange(frame.height) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return frame.with_columns(pl.Series("n", count).cast(pl.String))


def write(lines: pl.Series, file: BinaryIO) -> None:
    """Write the lines of a column that holds no null; each ends with a line feed of its own."""
    if lines.len():
        file.write(lines.str.join("").cast(pl.Binary).item())
