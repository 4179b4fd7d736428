"""Reads the table `known`: which rows speak of the index date, and what they say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from stepdown.criteria.values import encode
from stepdown.errors import Problem
from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import Variable
from stepdown.state.arrays import AFTER, BEFORE, Flags, Floats, Index, days, floats, today
from stepdown.state.calendar import count_months
from stepdown.state.events import Events

_TRUTH = {"yes": True, "true": True, "no": False, "false": False}
_COMPLETED = ("age",)
"""Numbers that people state in completed years: 59 is anything from 59 to just under 60."""
_MOVING = ("age", "years_", "months_", "weeks_", "time_on_", "disease_duration", "treatment_duration")
"""Beginnings of the names of variables that change as time passes, so that a value of another day is not theirs."""


@dataclass
class Told:
    """The table `known` as arrays; what could not be used of it; and who is in contradiction, by variable."""

    events: Events
    problems: list[Problem] = field(default_factory=list)
    clashes: dict[str, set[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.frame = self.events["known"]
        self.person = self.events.row_of("known")
        self.first, self.last = days(self.frame["on"], BEFORE), days(self.frame["on_latest"], AFTER)
        self.low, self.high = floats(self.frame["low"]), floats(self.frame["high"])

    def row(self, key: str, row: int, **args: Any) -> None:
        """List a row of `known` that could not be used as it stands."""
        told = self.frame.row(row, named=True)
        self.problems.append(Problem(told["source"] or "", key, args, told["person_id"]))

    def clash(self, variable: str, row: int, stated: str, found: str) -> None:
        """List a row that contradicts the events or another row."""
        self.clashes.setdefault(variable, set()).add(int(self.person[row]))
        self.row("known-contradicts", row, variable=variable, stated=stated, found=found)


@dataclass(frozen=True)
class Stated:
    """Everything that was stated of one variable and speaks of the index date.

    Attributes:
        variable: what it is about.
        rows: rows of `known`.
        person: row of the person in `Events.people`.
        low, high: bounds of a number, infinite where unbounded.
        bits: what is possible of a category; of a truth 1 for yes and 2 for no.
        months: bounds on the age of the statement.
    """

    variable: Variable
    rows: Index
    person: Index
    low: Floats
    high: Floats
    bits: Index
    months: tuple[Floats, Floats]


def read_stated(told: Told, variable: Variable, rows: Index) -> Stated:
    """The rows of one variable that can be used on the index date; the others are told."""
    usable, months = _days(told, variable, rows)
    low, high = told.low[rows], told.high[rows]
    bits = np.zeros(rows.size, np.int64)
    if variable.kind == "number":
        low, high = np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high)
        if variable.id in _COMPLETED:
            whole = (low == high) & (low == np.floor(low))
            high = np.where(whole, np.nextafter(low + 1.0, 0.0), high)
        readable = (low <= high) & (np.isfinite(low) | np.isfinite(high))
    else:
        given, library = told.frame["values"].gather(rows).to_list(), told.events.library
        bits = np.array([_bits(variable, values, library) for values in given], np.int64)
        readable = bits > 0
    for row in rows[usable & ~readable].tolist():
        told.row("known-value", row, variable=variable.id)
    keep = usable & readable
    person = told.person[rows]
    return Stated(
        variable, rows[keep], person[keep], low[keep], high[keep], bits[keep], (months[0][keep], months[1][keep])
    )


def _bits(variable: Variable, values: list[str] | None, library: Library) -> int:
    """The values as bits (yes is 1 and no is 2 of a truth); 0 where one of them does not exist."""
    if not values:
        return 0
    if variable.kind == "truth":
        known = {_TRUTH.get(str(value).strip().lower()) for value in values}
        return 0 if None in known else sum(1 if value else 2 for value in known)
    possible = library.values(variable.id)
    return 0 if set(values) - set(possible) else encode(set(values), possible)


def _days(told: Told, variable: Variable, rows: Index) -> tuple[Flags, tuple[Floats, Floats]]:
    """Rows that speak of the index date, and how many months old they are, as bounds."""
    now = today(told.events)
    first, last = told.first[rows], told.last[rows]
    of_today = (first == BEFORE) | (first == now)
    past = (first > BEFORE) & (last <= now)
    oldest, newest = (count_months(np.where(past, day, now), np.array([now])) for day in (first, last))
    limit = variable.freshness.months if variable.freshness else -1.0
    moves = variable.id.startswith(_MOVING)
    usable: Flags = of_today | (past & (oldest <= limit) & (not moves))
    for row in rows[~usable].tolist():
        told.row("known-other-day", row, variable=variable.id)
    return usable, (np.where(of_today, 0.0, newest), np.where(of_today, 0.0, oldest))
