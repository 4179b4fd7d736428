"""The last of several values: where their order is not sure, everything that any possible last one would say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stepdown.state.answers import Answers
from stepdown.state.arrays import AFTER, BEFORE, Flags, Floats, Index, least, months_since, most, today
from stepdown.state.calendar import Days
from stepdown.state.events import Events


@dataclass(frozen=True, eq=False)
class Values:
    """Values of groups (a person and a test): bounds on the day, whether surely there, bounds on the value."""

    group: Index
    low: Days
    high: Days
    certain: Flags
    value_low: Floats
    value_high: Floats

    def where(self, flags: Flags) -> Values:
        """The values that are flagged."""
        rows = np.flatnonzero(flags)
        return Values(*(part[rows] for part in vars(self).values()))


@dataclass(frozen=True, eq=False)
class Latest:
    """The last value of each group: bounds on its day and on itself, unbounded where there is none."""

    day_low: Days
    day_high: Days
    low: Floats
    high: Floats

    def split(self, parts: int) -> list[Latest]:
        """The groups as one `Latest` a part, where each person has a group for every part."""
        return [Latest(*(value[index::parts] for value in vars(self).values())) for index in range(parts)]


def latest(values: Values, size: int) -> Latest:
    """The last value of each of `size` groups; a value that may not count never hides one that does."""
    sure = values.certain
    floor = most(values.group[sure], values.low[sure], size, BEFORE - 1)
    last = values.where((values.high >= floor[values.group]) & (floor[values.group] >= BEFORE))
    known = floor >= BEFORE
    low, high = least(last.group, last.value_low, size, np.inf), most(last.group, last.value_high, size, -np.inf)
    return Latest(
        np.maximum(floor, BEFORE),
        most(last.group, last.high, size, BEFORE),
        np.where(known, low, -np.inf),
        np.where(known, high, np.inf),
    )


def add_number(answers: Answers, name: str, last: Latest, rests_on: str, own: Flags | None = None) -> None:
    """Add a variable that goes stale: its last value, the age of that, and the value itself while surely fresh.

    Args:
        answers: where to add it.
        name: the variable; its document says how long a value stays fresh.
        last: its last value.
        rests_on: the group of sources.
        own: where given, people whose value is their own now; that of others is unknown however fresh.
    """
    answers.number(f"{name}_last", last.low, last.high, rests_on)
    add_age(answers, name, last, rests_on)
    fresh = is_fresh(answers, name, last) & (True if own is None else own)
    answers.number(name, np.where(fresh, last.low, -np.inf), np.where(fresh, last.high, np.inf), rests_on)


def add_age(answers: Answers, name: str, last: Latest, rests_on: str) -> None:
    """Add the age of the last value, unbounded where there is none."""
    nothing = last.day_high == BEFORE
    answers.since(f"{name}_last_months", np.where(nothing, AFTER, last.day_high), last.day_low, rests_on)


def is_fresh(answers: Answers, name: str, last: Latest) -> Flags:
    """Whether the last value of a variable is surely not stale."""
    freshness = answers.events.library.variables[name].freshness
    assert freshness is not None
    fresh: Flags = last.day_low >= first_day(answers.events, freshness.months)
    return fresh


def first_day(events: Events, months: float) -> int:
    """The first day that lies at most so many months before the index date."""
    key = f"first_day:{months}"
    if key not in events.cache:
        now = today(events)
        span = np.arange(now - round((months + 1) * 31), now + 1)
        events.cache[key] = int(span[np.argmax(months_since(span, now) <= months)])
    found: int = events.cache[key]
    return found
