"""The calendar of the reference: anniversaries counted one after the other, and dates as people write them.

Days are ordinals (`date.toordinal`), with minus and plus infinity for a day that is not known and one that never comes.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from math import inf

Day = float
BEFORE, AFTER = -inf, inf
NOTHING = ("", "NA", "null")
_DATE = re.compile(r"\d{4}(-\d{2}){0,2}")


def anniversary(start: date, months: int) -> date:
    """The day so many months after another; the first of the next month where the month has no such day."""
    month = start.year * 12 + start.month - 1 + months
    try:
        return date(month // 12, month % 12 + 1, start.day)
    except ValueError:
        month += 1
        return date(month // 12, month % 12 + 1, 1)


def months_between(start: date, end: date) -> float:
    """Whole months by anniversary, then the fraction of the next one; none where the end comes first."""
    if start >= end:
        return 0.0
    whole = (end.year - start.year) * 12 + end.month - start.month
    while anniversary(start, whole) > end:
        whole -= 1
    last, following = anniversary(start, whole), anniversary(start, whole + 1)
    return (end - last).days / (following - last).days + whole


def window_opens(on: date, months: int) -> int:
    """The last day whose anniversary after so many months has come; what is later lies inside the window."""
    day = anniversary(on, -months) + timedelta(days=3)
    while anniversary(day, months) > on:
        day -= timedelta(days=1)
    return day.toordinal()


def months_to(day: Day, on: date) -> float:
    """Months from a day to the index date: infinite from a day that is not known, 0 from one that lies ahead."""
    return inf if day == BEFORE else 0.0 if day >= on.toordinal() else months_between(date.fromordinal(int(day)), on)


def meant(cell: str) -> tuple[date | None, date | None] | None:
    """First and last day that a cell may mean: both `None` where it is empty, and no pair where it is no date."""
    cell = cell.strip()
    if cell in NOTHING:
        return None, None
    if not _DATE.fullmatch(cell):
        return None
    parts = [int(part) for part in cell.split("-")]
    try:
        first = date(*[*parts, 1, 1][:3])
    except ValueError:
        return None
    if first.year < 1900:
        return None
    if len(parts) == 3:
        return first, first
    following = date(first.year + 1, 1, 1) if len(parts) == 1 else anniversary(first, 1)
    return first, following - timedelta(days=1)
