"""Calendar arithmetic on dates: months and years counted by anniversaries, not by days over 365.25.

The anniversary of a day that a month does not have (29 February, the 31st) is the first day of the next month.
Shifting both dates by 28 years between 1901 and 2099 changes nothing.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Days = NDArray[np.int64]
"""Days since 1 January 1970."""

_EPOCH = date(1970, 1, 1)


def months_between(start: pl.Expr, end: pl.Expr | date) -> pl.Expr:
    """Calendar months from `start` to `end` (Float64): whole months by anniversary, then the fraction of the next.

    Null where either is null; negative where `start` lies after `end`. Exact at every anniversary, so that
    `months_between(...) >= 60` asks whether the fifth anniversary has come.
    """
    if isinstance(end, date):
        last = np.array([day_number(end)])
        return start.map_batches(
            lambda first: _masked(first, count_months(_days(first), last)),
            return_dtype=pl.Float64,
            is_elementwise=True,
        )
    return pl.struct(first=start, last=end).map_batches(_months_of_struct, return_dtype=pl.Float64, is_elementwise=True)


def years_between(start: pl.Expr, end: pl.Expr | date) -> pl.Expr:
    """Calendar years from `start` to `end` (Float64): months by anniversary over twelve."""
    return months_between(start, end) / 12.0


def anniversary(start: pl.Expr, months: pl.Expr) -> pl.Expr:
    """The day `months` calendar months after `start`; the first of the next month where that day does not exist."""
    return pl.struct(start=start, months=months.cast(pl.Int64)).map_batches(
        _anniversary_of_struct, return_dtype=pl.Date, is_elementwise=True
    )


def window_opens(on: date, months: int) -> date:
    """The last day that lies `months` calendar months or more before `on`; later days lie inside the window."""
    year, month = divmod(on.year * 12 + on.month - 1 - months, 12)
    return date(year, month + 1, min(on.day, monthrange(year, month + 1)[1]))


def day_number(day: date) -> int:
    """Days from 1 January 1970 to `day`."""
    return (day - _EPOCH).days


def count_months(start: Days, end: Days) -> NDArray[np.float64]:
    """Calendar months between days given as numbers; see `months_between`."""
    start_month, start_day = _split(start)
    end_month, end_day = _split(end)
    month = end_month - (end_day < start_day)
    first, second, third = _first(month + np.arange(3).reshape(3, *(1,) * month.ndim))
    before, after = np.minimum(first + start_day, second), np.minimum(second + start_day, third)
    months: NDArray[np.float64] = np.true_divide(end - before, after - before) + (month - start_month)
    return months


def add_months(start: Days, months: Days) -> Days:
    """The day a number of calendar months after days given as numbers; see `anniversary`."""
    month, day = _split(start)
    return _join(month + months, day)


def _split(days: Days) -> tuple[Days, Days]:
    """Months since January 1970, and the day of the month from 0."""
    month = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return month, days - _first(month)


def _join(month: Days, day: Days) -> Days:
    days: Days = np.minimum(_first(month) + day, _first(month + 1))
    return days


def _first(month: Days) -> Days:
    days: Days = month.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return days


def _days(dates: pl.Series) -> Days:
    numbers = dates.cast(pl.Date).to_physical()
    days: Days = (numbers.fill_null(0) if numbers.null_count() else numbers).to_numpy().astype(np.int64)
    return days


def _masked(dates: pl.Series, values: NDArray[Any], other: pl.Series | None = None) -> pl.Series:
    """The values, null where a date was null."""
    found = pl.Series(dates.name, values)
    for part in (dates, other):
        if part is not None and part.null_count():
            found = found.set(part.is_null(), None)
    return found


def _months_of_struct(pair: pl.Series) -> pl.Series:
    first, last = pair.struct.field("first"), pair.struct.field("last")
    return _masked(first, count_months(_days(first), _days(last)), last)


def _anniversary_of_struct(pair: pl.Series) -> pl.Series:
    start, months = pair.struct.field("start"), pair.struct.field("months")
    moved = add_months(_days(start), months.fill_null(0).to_numpy())
    return _masked(start, moved.astype("datetime64[D]"), months)
