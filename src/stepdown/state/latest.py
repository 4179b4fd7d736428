"""The last of several values: where their order is not sure, everything that any possible last one would say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stepdown.state.arrays import BEFORE, Answers, Flags, Floats, Index, least, months_since, most
from stepdown.state.calendar import Days


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
        return Values(*(part[flags] for part in vars(self).values()))


@dataclass(frozen=True, eq=False)
class Latest:
    """The last value of each group: bounds on its day and on itself, unbounded where there is none."""

    day_low: Days
    day_high: Days
    low: Floats
    high: Floats


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


def age(last: Latest, now: int) -> tuple[Floats, Floats]:
    """Months since the last value, unbounded where there is none."""
    known = last.day_high > BEFORE
    return np.where(known, months_since(last.day_high, now), -np.inf), months_since(last.day_low, now)


def add_number(answers: Answers, name: str, last: Latest, now: int, rests_on: str, own: Flags | None = None) -> None:
    """Add a variable that goes stale: its last value, the age of that, and the value itself while surely fresh.

    Args:
        answers: where to add it.
        name: the variable; its document says how long a value stays fresh.
        last: its last value.
        now: the index date.
        rests_on: the group of sources.
        own: where given, people whose value is their own now; that of others is unknown however fresh.
    """
    months = age(last, now)
    answers.number(f"{name}_last", last.low, last.high, rests_on)
    answers.number(f"{name}_last_months", *months, rests_on)
    fresh = is_fresh(answers, name, months[1]) & (True if own is None else own)
    answers.number(name, np.where(fresh, last.low, -np.inf), np.where(fresh, last.high, np.inf), rests_on)


def is_fresh(answers: Answers, name: str, months_high: Floats) -> Flags:
    """Whether the last value of a variable is surely not stale."""
    freshness = answers.events.library.variables[name].freshness
    assert freshness is not None
    fresh: Flags = months_high <= freshness.months
    return fresh
