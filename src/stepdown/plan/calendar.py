"""Windows in which something is due: calendar arithmetic on real days, and nothing else.

`opens` is the first day on which it counts, `due` the day to book it for, `closes` the last day on which it is in
time. Months and years are counted by anniversaries (`state.calendar`), so that shifting every day by 28 years shifts
every window by 28 years.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from stepdown.knowledge.care import DAYS, Span
from stepdown.knowledge.library import Library
from stepdown.state.calendar import add_months, count_months, day_number

_EPOCH = date(1970, 1, 1)
_MONTHS = {"mo": 1, "a": 12}
_EXACT = 1e-9


@dataclass(frozen=True)
class Length:
    """A length of time as bounds in one unit (UCUM); an open bound is None."""

    low: float | None
    high: float | None
    unit: str

    @property
    def exact(self) -> bool:
        """Whether it is one length and no range."""
        return self.low is not None and self.low == self.high

    @property
    def least(self) -> float:
        """The lower bound, or the upper one where that is open."""
        return self.low if self.low is not None else self.high or 0.0

    @property
    def greatest(self) -> float:
        """The upper bound, or the lower one where that is open."""
        return self.high if self.high is not None else self.low or 0.0


@dataclass(frozen=True)
class Window:
    """When something may be done, is to be booked for, and is late."""

    opens: date
    due: date
    closes: date


@dataclass(frozen=True)
class Leeway:
    """How far from its due day something still counts: a share of its interval, and at most so many days."""

    share: float
    most_days: float

    def days(self, amount: float, unit: str) -> timedelta:
        """The leeway around a due day that comes after so much time."""
        return timedelta(days=int(min(self.share * amount * DAYS[unit], self.most_days)))


def leeway(library: Library) -> Leeway:
    """The leeway that the library defines."""
    return Leeway(library.number("plan-leeway-share"), library.number("plan-leeway-most-days"))


def length(given: Span | str, library: Library) -> Length:
    """A length of time, or the definition that holds it."""
    if isinstance(given, str):
        definition = library.definitions[given]
        bounds = definition.value if isinstance(definition.value, tuple) else (definition.value,)
        return Length(bounds[0], bounds[-1], definition.unit)
    if given.low is None and given.high is None:
        return Length(given.value, given.value, given.unit)
    return Length(given.low, given.high, given.unit)


def shift(day: date, amount: float, unit: str) -> date:
    """The day so much time after (or before) another; parts of a month count as days of a mean month, rounded."""
    if unit not in _MONTHS:
        return day + timedelta(days=round(amount * DAYS[unit]))
    months = amount * _MONTHS[unit]
    whole = int(months)
    found = int(add_months(np.array([day_number(day)]), np.array([whole]))[0])
    return _EPOCH + timedelta(days=found + round((months - whole) * DAYS["mo"]))


def day_of(on: date, months: float) -> date:
    """The last day that lies at least so many calendar months before `on`: the day behind "months since"."""
    now = day_number(on)
    span = np.arange(now - round((months + 1) * 31), now + 1)
    behind = span[count_months(span, np.full(1, now)) >= months - _EXACT]
    return _EPOCH + timedelta(days=int(behind[-1]))


def single(anchor: date, after: Length, free: Leeway, latest: Length | None = None) -> Window:
    """One time after an anchor: between the bounds of a range, or around its day; late after `latest`, if given."""
    last = None if latest is None else shift(anchor, latest.greatest, latest.unit)
    first, due = shift(anchor, after.least, after.unit), shift(anchor, after.greatest, after.unit)
    room = free.days(after.greatest, after.unit)
    if after.low is not None and after.high is not None and not after.exact:
        return Window(first, due, last or due)
    opens = due if after.high is None else due - room
    closes = due if after.low is None else due + room
    return Window(opens, due, last or closes)


def series(anchor: date, every: Length, free: Leeway, until: date) -> Iterator[Window]:
    """The same thing again and again after an anchor, as long as it opens by `until`.

    Of a range the lower bound is the rhythm: done on any day of its window and of the next, the two are never further
    apart than the upper bound.
    """
    for number in range(1, 10_000):
        amount = number * every.least
        due = shift(anchor, amount, every.unit)
        room = free.days(every.least, every.unit)
        if every.low is not None and every.high is not None and not every.exact:
            window = Window(due, due, shift(anchor, amount - every.low + every.high, every.unit))
        else:
            window = Window(due - room, due, due if every.low is None else due + room)
        if window.opens > until:
            return
        yield window


def before(dose: date, ahead: Length) -> Window:
    """The time before a dose: it opens at the upper bound, and closes at the lower one and before the dose."""
    opens, closes = shift(dose, -ahead.greatest, ahead.unit), shift(dose, -ahead.least, ahead.unit)
    closes = min(closes, dose - timedelta(days=1))
    return Window(min(opens, closes), closes, closes)


def tidied(windows: Iterable[Window], first: date, last: date) -> list[Window]:
    """Windows in order, cut to the days from `first` on; none overlaps the next, none opens after `last`."""
    kept: list[Window] = []
    for window in sorted(windows, key=lambda one: (one.due, one.opens, one.closes)):
        if window.closes < first or window.opens > last:
            continue
        window = Window(max(window.opens, first), max(window.due, first), window.closes)
        if kept and window.opens <= kept[-1].closes:
            before_it = window.opens - timedelta(days=1)
            kept[-1] = replace(kept[-1], closes=max(kept[-1].due, before_it))
            opens = max(window.opens, kept[-1].closes + timedelta(days=1))
            if opens > min(window.closes, last):
                continue
            window = Window(opens, max(window.due, opens), window.closes)
        kept.append(window)
    return kept


def catch_up(on: date, library: Library) -> Window:
    """The window of what is late on the day of the decision."""
    return Window(on, on, on + timedelta(days=int(library.number("plan-catch-up-days"))))
