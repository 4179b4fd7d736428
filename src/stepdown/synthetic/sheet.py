"""From arrays to the tables of the record, with slips of a real registry: rows told twice, days known to the month."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from stepdown.prognosis.chance import Floats
from stepdown.synthetic.dice import Dice, Ints
from stepdown.synthetic.history import Flags
from stepdown.synthetic.people import Cohort, days_of
from stepdown.synthetic.rates import Rates

NO_DAY = np.int64(-(2**31))
"""No day at all."""


@dataclass(frozen=True, eq=False)
class Words:
    """A column of words: places in `names`, -1 for none."""

    codes: Ints
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Days:
    """A column of days, counted from 1970-01-01; `NO_DAY` for none."""

    numbers: Ints


@dataclass(frozen=True, eq=False)
class Some:
    """A column of values that are not known of every row."""

    values: npt.NDArray[Any]
    known: Flags


Column = Words | Days | Some | npt.NDArray[np.generic]


@dataclass(frozen=True, eq=False)
class Sheet:
    """Rows of one table: whose they are, when, and what else they say.

    Attributes:
        row: of the person in the bucket.
        on: the day.
        columns: the other columns; a number that is NaN is none.
        vague: rows of which only the month is on record.
        entered: rows that are written down with a delay and may be told twice; else all are as they are.
    """

    row: Ints
    on: Ints | None
    columns: dict[str, Column] = field(default_factory=dict)
    vague: Flags | None = None
    entered: bool = True


@dataclass(frozen=True, eq=False)
class Book:
    """What the tables of one bucket are written from.

    Attributes:
        rates, dice, people: the library, the numbers and the people.
        quarters: number of quarters.
        last: last day of the registry.
        ids: ids of the people.
    """

    rates: Rates
    dice: Dice
    people: Cohort
    quarters: int
    last: int
    ids: pl.Series

    @property
    def until(self) -> Ints:
        """Last day under care of each person."""
        return self.last - self.people.back

    @property
    def entry(self) -> Ints:
        """First day under care of each person."""
        return self.until - days_of(self.people.quarters)

    def start(self, row: Ints, step: Ints) -> Ints:
        """First day of a quarter of a person."""
        found: Ints = self.until[row] - days_of(self.quarters - step)
        return found

    def inside(self, name: str, row: Ints, step: Ints) -> Ints:
        """A day inside a quarter, before the visit at its end."""
        spread = self.dice.uniform(f"day:{name}", self.people.number[row], step) * (days_of(1) - _VISIT_DAYS)
        return self.start(row, step) + spread.astype(np.int64)

    def visit(self, name: str, row: Ints, step: Ints) -> Ints:
        """A day in the last week of a quarter, when people are seen."""
        spread = self.dice.uniform(f"visit:{name}", self.people.number[row], step) * _VISIT_DAYS
        return self.start(row, step + 1) - 1 - spread.astype(np.int64)

    def u(self, name: str, row: Ints, count: npt.ArrayLike = 0) -> Floats:
        """Numbers between 0 and 1 of some people."""
        return self.dice.uniform(name, self.people.number[row], count)

    def frame(self, table: str, sheet: Sheet) -> pl.DataFrame:
        """The table as it is written."""
        entered = self._entered(table, sheet) if sheet.entered else sheet
        row, on = entered.row, entered.on
        found = [self.ids.gather(row).alias("person_id")]
        if on is not None:
            found += [_days(on, "on")] if entered.vague is None else _month(on, entered.vague)
        return pl.DataFrame([*found, *(_series(name, column) for name, column in entered.columns.items())])

    def _entered(self, table: str, sheet: Sheet) -> Sheet:
        """The rows as somebody entered them: some twice, all with a delay, none after the last day."""
        kept, off = self._told(table, sheet.row)
        row = sheet.row[kept]
        columns = {name: _at(column, kept) for name, column in sheet.columns.items()}
        if sheet.on is None:
            return Sheet(row, None, columns)
        on = np.minimum(sheet.on[kept] + off, self.last)
        mean, count = self.rates.number("delay-days"), np.arange(row.size) - np.searchsorted(row, row)
        delay = self.dice.exponential(mean, f"delay:{table}", self.people.number[row], count)
        recorded = Days(np.minimum(on + delay.astype(np.int64), self.last))
        return Sheet(row, on, {"recorded": recorded, **columns}, None if sheet.vague is None else sheet.vague[kept])

    def _told(self, table: str, row: Ints) -> tuple[Ints, Ints]:
        """Rows with those that stand twice repeated, and by how many days the second telling is off."""
        near, most = self.rates.numbers("near-duplicate")
        count = np.arange(row.size) - np.searchsorted(row, row)
        u = self.u(f"twice:{table}", row, count)
        alike = u < self.rates.number("duplicate")
        again = (u > 1 - near) & (table in TOLD_AGAIN)
        kept = np.repeat(np.arange(row.size), 1 + (alike | again))
        second = np.zeros(kept.size, bool)
        second[1:] = kept[1:] == kept[:-1]
        off = 1 + (self.u(f"off:{table}", row, count) * most).astype(np.int64)
        return kept, np.where(second & again[kept], off[kept], 0)


TOLD_AGAIN = ("relapse", "infection", "mri", "disability")
"""Tables in which an event may be told again under another day."""
_VISIT_DAYS = 8


def _at(column: Column, kept: Ints) -> Column:
    if isinstance(column, Words):
        return Words(column.codes[kept], column.names)
    if isinstance(column, Some):
        return Some(column.values[kept], column.known[kept])
    return Days(column.numbers[kept]) if isinstance(column, Days) else column[kept]


def _series(name: str, column: Column) -> pl.Series:
    if isinstance(column, Days):
        return _days(column.numbers, name)
    if isinstance(column, Words):
        names = pl.Series(name, [*column.names, None], dtype=pl.String)
        return names.gather(np.where(column.codes < 0, len(column.names), column.codes)).alias(name)
    if isinstance(column, Some):
        return pl.Series(name, column.values).set(pl.Series(~column.known), None)
    found = pl.Series(name, column)
    return found.fill_nan(None) if found.dtype.is_float() else found


def _days(numbers: Ints, name: str) -> pl.Series:
    """Days; the day may be none."""
    found = pl.Series(name, numbers)
    return found.set(pl.Series(numbers == NO_DAY), None).cast(pl.Int32).cast(pl.Date)


def _month(first: Ints, vague: Flags) -> list[pl.Series]:
    """The day, or the first and last of its month where only that is known."""
    month = first.astype("datetime64[D]").astype("datetime64[M]")
    begin = month.astype("datetime64[D]").astype(np.int64)
    end = (month + 1).astype("datetime64[D]").astype(np.int64) - 1
    return [_days(np.where(vague, begin, first), "on"), _days(np.where(vague, end, first), "on_latest")]
