"""Calendar arithmetic on dates: months and years counted by anniversaries, not by days over 365.25.

The anniversary of a day that a month does not have (29 February, the 31st) is the first day of the next month.
Shifting both dates by 28 years between 1901 and 2099 changes nothing.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from stepdown.state.words import FEW

Days = NDArray[np.int64]
"""Days since 1 January 1970."""

_EPOCH = date(1970, 1, 1)
_FROM, _TO = (date(year, 1, 1) for year in (1801, 2201))
"""The days that are looked up where there are many; any other is worked out each time."""


def window_opens(on: date, months: int) -> date:
    """The last day that lies `months` calendar months or more before `on`; later days lie inside the window."""
    year, month = divmod(on.year * 12 + on.month - 1 - months, 12)
    return date(year, month + 1, min(on.day, monthrange(year, month + 1)[1]))


def day_number(day: date) -> int:
    """Days from 1 January 1970 to `day`."""
    return (day - _EPOCH).days


def count_months(start: Days, end: Days) -> NDArray[np.float64]:
    """Calendar months from days to days, given as numbers: whole months by anniversary, then the fraction of the next.

    Negative where `start` lies after `end`. Exact at every anniversary, so that `count_months(...) >= 60` asks whether
    the fifth anniversary has come. Arrays of any shapes that broadcast.
    """
    start_month, start_day = _split(start)
    end_month, end_day = _split(end)
    month = end_month - (end_day < start_day)
    first, second, third = _first(month + np.arange(3).reshape(3, *(1,) * month.ndim))
    before, after = np.minimum(first + start_day, second), np.minimum(second + start_day, third)
    months: NDArray[np.float64] = np.true_divide(end - before, after - before) + (month - start_month)
    return months


def add_months(start: Days, months: Days) -> Days:
    """The day a number of calendar months after days given as numbers.

    The first of the next month where that day does not exist.
    """
    month, day = _split(start)
    return _join(month + months, day)


def months_until(start: Days, end: int) -> NDArray[np.float64]:
    """`count_months` from days to one and the same day; not negative, 0 from a day that lies ahead."""
    back = end - np.minimum(start, end)
    if start.size <= FEW:
        return count_months(end - back, np.full(1, end))
    table = _months_back(end)
    months: NDArray[np.float64] = table.take(back, mode="clip")
    far = back >= table.size
    if far.any():
        months[far] = count_months(end - back[far], np.full(1, end))
    return months


@lru_cache(maxsize=16)
def _months_back(end: int) -> NDArray[np.float64]:
    """Calendar months to a day from each of the days before it, as far back as anybody lives."""
    return count_months(end - np.arange(50_000), np.full(1, end))


def _split(days: Days) -> tuple[Days, Days]:
    """Months since January 1970, and the day of the month from 0."""
    if days.size > FEW:
        low = day_number(_FROM)
        month_of, first_of, first_month = _calendar()
        if days.min() >= low and days.max() < low + month_of.size:
            month = month_of[days - low]
            return month, days - first_of[month - first_month]
    month = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return month, days - _first_day(month)


def _join(month: Days, day: Days) -> Days:
    days: Days = np.minimum(_first(month) + day, _first(month + 1))
    return days


def _first(month: Days) -> Days:
    """The first day of each month."""
    if month.size > FEW:
        _, first_of, low = _calendar()
        if month.min() >= low and month.max() < low + first_of.size:
            return first_of[month - low]
    return _first_day(month)


def _first_day(month: Days) -> Days:
    days: Days = month.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return days


@cache
def _calendar() -> tuple[Days, Days, int]:
    """The month of each day and the first day of each month of 400 years, and which month is the first of them."""
    day = np.arange(day_number(_FROM), day_number(_TO))
    month = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return month, _first_day(np.arange(month[0], month[-1] + 1)), int(month[0])
