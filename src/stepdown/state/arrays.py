"""Events as arrays: people as row numbers, days as whole numbers.

Scans over arrays cost microseconds where a chain of frame operations costs milliseconds, for one person and for
millions alike. Unbounded is an infinity.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stepdown.state.calendar import Days, day_number, months_until
from stepdown.state.events import Events
from stepdown.state.words import FEW, is_no, is_yes, numbers_of

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Bits = NDArray[np.uint64]
Index = NDArray[np.int64]

BEFORE, AFTER = -1_000_000, 1_000_000
"""Days before and after every day of a record: unknown since when, and still going on."""

_DAY_BITS = 23
"""Bits that hold any day, counted from 4 * `BEFORE`."""


def today(events: Events) -> int:
    """The index date as a number."""
    return day_number(events.on)


def days(dates: pl.Series, missing: int) -> Days:
    """Dates as numbers, `missing` where there is none."""
    if dates.len() <= FEW:
        found = dates.to_numpy()
        return np.where(np.isnat(found), missing, found.astype(np.int64))
    number = dates.cast(pl.Int64)
    numbers: Days = (number.fill_null(missing) if number.null_count() else number).to_numpy()
    return numbers


def floats(values: pl.Series) -> Floats:
    """Numbers, NaN where there is none."""
    found: Floats = values.to_numpy().astype(np.float64)
    return found


def flags(values: pl.Series, missing: bool = False) -> Flags:
    """Truths, `missing` where there is none."""
    return ~is_no(values) if missing else is_yes(values)


def numbered(words: pl.Series, number: Mapping[str, int], other: int = -1, missing: int = -1) -> Index:
    """The number of each word, `other` for a word that has none, `missing` where there is no word."""
    return numbers_of(words, number, other, missing, np.dtype(np.int64))


def least(rows: Index, values: NDArray[Any], size: int, fill: Any) -> NDArray[Any]:
    """The least value of each of `size` groups, `fill` for an empty group."""
    found = np.full(size, fill, dtype=values.dtype)
    np.minimum.at(found, rows, values)
    return found


def most(rows: Index, values: NDArray[Any], size: int, fill: Any) -> NDArray[Any]:
    """The greatest value of each of `size` groups, `fill` for an empty group."""
    found = np.full(size, fill, dtype=values.dtype)
    np.maximum.at(found, rows, values)
    return found


def some(rows: Index, flags: Flags, size: int) -> Flags:
    """Whether any flag of each of `size` groups is set."""
    found = np.zeros(size, dtype=np.bool_)
    found[rows[flags]] = True
    return found


def count(rows: Index, flags: Flags, size: int) -> Floats:
    """How many flags of each of `size` groups are set."""
    return np.bincount(rows[flags], minlength=size).astype(np.float64)


def begins(group: Index) -> Flags:
    """Which rows of groups that stand together are the first of theirs."""
    return np.append(True, group[1:] != group[:-1])[: group.size]


def distinct(keys: Index) -> Index:
    """The different keys, sorted."""
    ordered = np.sort(keys)
    return ordered[begins(ordered)]


def grouped(keys: Index) -> tuple[Index, Index]:
    """The different keys, sorted, and for each key its place among them."""
    found = distinct(keys)
    return found, np.searchsorted(found, keys)


def among(keys: Index, others: Index) -> Flags:
    """Which of sorted, different keys stand among others."""
    found = np.zeros(keys.size, np.bool_)
    if keys.size:
        at = np.minimum(np.searchsorted(keys, others), keys.size - 1)
        found[at[keys[at] == others]] = True
    return found


def together(rows: Index, bits: Bits, size: int) -> Bits:
    """The bits that are set anywhere in each of `size` groups."""
    found = np.zeros(size, dtype=np.uint64)
    np.bitwise_or.at(found, rows, bits)
    return found


def months_since(day: Days, now: int) -> Floats:
    """Calendar months from days to the index date: infinite from `BEFORE`, 0 from a day that lies ahead.

    `AFTER` stands for no day at all and gives minus infinity.
    """
    unknown = day <= BEFORE
    months = months_until(np.where(unknown, now, day), now)
    months[unknown], months[day >= AFTER] = np.inf, -np.inf
    return months


def covered_since(events: Events, domain: str) -> Days:
    """First day of the span in which each person's events are all on record up to the index date, else `AFTER`."""
    key = f"covered_since:{domain}"
    if key not in events.cache:
        events.cache[key] = np.minimum(events.covered(domain).since, AFTER)
    found: Days = events.cache[key]
    return found


def successive(group: Index, low: Days, high: Days) -> tuple[Index, Days, Days]:
    """The k-th event of each group, as bounds on its day.

    The k-th smallest of the true days lies between the k-th smallest of the earliest and the k-th smallest of the
    latest days, so bounds that narrow can only narrow these.

    Returns:
        Groups in order, with the earliest and the latest day of each successive event.
    """
    return *_sorted(group, low), _sorted(group, high)[1]


def _sorted(group: Index, day: Days) -> tuple[Index, Days]:
    """Groups and days in order; both fit into one number, and numbers are sorted faster than pairs."""
    key = np.sort((group << _DAY_BITS) + (day + 4 * AFTER))
    found = key >> _DAY_BITS
    return found, key - (found << _DAY_BITS) - 4 * AFTER
