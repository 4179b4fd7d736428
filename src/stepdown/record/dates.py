"""Dates as people write them: a day, a month or a year becomes the first and the last day that it may mean."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

EARLIEST_YEAR = 1900
"""No date of a living person's record lies before this year; an older one is a slip of the pen."""

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T[0-9:.]*(?:Z|[+-]\d{2}:\d{2})?)?)?)?\Z")
_HOW = "write a day (2020-05-31), a month (2020-05) or a year (2020)"


@dataclass(frozen=True)
class Span:
    """The first and the last day that a date may mean; `None` is unbounded.

    Attributes:
        first: earliest day.
        last: latest day; equal to `first` when the day is known.
    """

    first: date | None = None
    last: date | None = None


def read_date(value: object) -> Span:
    """Read a date that may be a day, a month or a year.

    Of a date with a time of day (`2020-05-01T23:30:00+02:00`) the date counts as it is written: that is the day
    on the calendar of the clinic that wrote it.

    Args:
        value: text such as `2020-05`, or a year as a whole number.

    Raises:
        ValueError: not a date, or a day that the calendar does not have; the text says what and how to mend it.
    """
    text = str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    match = _DATE.match(text)
    if not match:
        raise ValueError(f"{shown(value)} is not a date; {_HOW}")
    year, month, day = (int(part) if part else None for part in match.groups())
    assert year is not None
    if year < EARLIEST_YEAR:
        raise ValueError(f"the year {year} lies before {EARLIEST_YEAR}; {_HOW}")
    if month is None:
        return Span(date(year, 1, 1), date(year, 12, 31))
    if not 1 <= month <= 12:
        raise ValueError(f"{text!r} is not a date: there is no month {month}; {_HOW}")
    length = monthrange(year, month)[1]
    if day is None:
        return Span(date(year, month, 1), date(year, month, length))
    if not 1 <= day <= length:
        raise ValueError(f"{text!r} is not a date: that month has {length} days; {_HOW}")
    return Span(date(year, month, day), date(year, month, day))


def between(after: Span | None, before: Span | None) -> Span:
    """The span between two dates, both of them included.

    Raises:
        ValueError: the earlier bound lies after the later one.
    """
    first = after.first if after else None
    last = before.last if before else None
    if first and last and first > last:
        raise ValueError(f"'after' ({first}) lies after 'before' ({last}); swap them")
    return Span(first, last)


def shown(value: object) -> str:
    """A value for a message, cut to a length that a line can hold."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
