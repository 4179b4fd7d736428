"""Calendar arithmetic on dates: months and years counted by anniversaries, not by days over 365.25.

The anniversary of a day that a month does not have (29 February, the 31st) is the first day of the next month.
Shifting both dates by 28 years between 1901 and 2099 changes nothing.
"""

from __future__ import annotations

from datetime import date

import polars as pl


def months_between(start: pl.Expr, end: pl.Expr | date) -> pl.Expr:
    """Calendar months from `start` to `end` (Float64): whole months by anniversary, then the fraction of the next.

    Null where either is null; negative where `start` lies after `end`. Exact at every anniversary, so that
    `months_between(...) >= 60` asks whether the fifth anniversary has come.
    """
    last = pl.lit(end) if isinstance(end, date) else end
    whole = (
        (last.dt.year().cast(pl.Int32) - start.dt.year().cast(pl.Int32)) * 12
        + last.dt.month().cast(pl.Int32)
        - start.dt.month().cast(pl.Int32)
        - (last.dt.day() < start.dt.day()).cast(pl.Int32)
    )
    before, after = anniversary(start, whole), anniversary(start, whole + 1)
    part = (last - before).dt.total_days() / (after - before).dt.total_days()
    return whole.cast(pl.Float64) + part


def years_between(start: pl.Expr, end: pl.Expr | date) -> pl.Expr:
    """Calendar years from `start` to `end` (Float64): months by anniversary over twelve."""
    return months_between(start, end) / 12.0


def anniversary(start: pl.Expr, months: pl.Expr) -> pl.Expr:
    """The day `months` calendar months after `start`; the first of the next month where that day does not exist."""
    index = start.dt.year().cast(pl.Int32) * 12 + start.dt.month().cast(pl.Int32) - 1 + months
    first = pl.date(index // 12, index % 12 + 1, 1)
    overflow = pl.date((index + 1) // 12, (index + 1) % 12 + 1, 1)
    wanted = first + pl.duration(days=start.dt.day().cast(pl.Int32) - 1)
    return pl.when(wanted < overflow).then(wanted).otherwise(overflow)


def months_before(on: date, months: int) -> date:
    """The first day that lies at most `months` calendar months before `on` (for windows such as two years)."""
    index = on.year * 12 + on.month - 1 - months
    year, month = divmod(index, 12)
    try:
        return date(year, month + 1, on.day)
    except ValueError:
        year, month = divmod(index + 1, 12)
        return date(year, month + 1, 1)
