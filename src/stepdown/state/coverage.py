"""Since when people have been observed without a break, so that what is not on record did not happen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stepdown.state.calendar import Days, add_months, day_number
from stepdown.state.order import in_order
from stepdown.state.words import matches

ALL_DOMAINS = "all"

NEVER = 2**40
"""A day after every day: observed since never."""

_WIDE, _SHIFT = 2**24, 2**22


@dataclass(frozen=True)
class Spans:
    """The observed spans of everybody, cut at the index date.

    Attributes:
        domain: domain of each span.
        person: row of its person among the people.
        start, end: first and last day that surely lie inside; `start` after `end` where none does.
    """

    domain: pl.Series
    person: NDArray[np.int64]
    start: Days
    end: Days


@dataclass(frozen=True)
class Covered:
    """Since when each person has been observed in a domain without a break up to the index date.

    Attributes:
        since: first day of the span, `NEVER` where nothing reaches the index date.
        grace: whether the grace of the domain was needed.
        person, row: the spans that make it up: row of the person, and row of the table `observed`.
    """

    since: Days
    grace: NDArray[np.bool_]
    person: NDArray[np.int64]
    row: NDArray[np.int64]


def read_spans(observed: pl.DataFrame, person: NDArray[np.int64], on: date) -> Spans:
    """The certain inner part of each span; one without any end goes on."""
    index = day_number(on)
    start, end, end_latest = (
        observed[name].to_physical().cast(pl.Float64).to_numpy() for name in ("from_latest", "to", "to_latest")
    )
    last = np.minimum(np.where(np.isnan(end) & np.isnan(end_latest), index, end), index)
    empty = np.isnan(start) | np.isnan(last)
    first_day: Days = np.where(empty, index + 1, start).astype(np.int64)
    last_day: Days = np.where(empty, index, last).astype(np.int64)
    return Spans(observed["domain"], person, first_day, last_day)


def spans_to_index(spans: Spans, people: int, domain: str, on: date, grace_months: int) -> Covered:
    """Merge the spans, each carried on by the grace, and keep the run that reaches the index date.

    Args:
        spans: observed spans.
        people: number of people.
        domain: spans of this domain and of all domains count.
        on: the index date.
        grace_months: months for which the end of a span still speaks for the days after it.
    """
    index = day_number(on)
    since, ended = np.full(people, NEVER), np.full(people, -NEVER)
    nobody = np.zeros(0, np.int64)
    keep = np.flatnonzero(matches(spans.domain, (domain, ALL_DOMAINS)) & (spans.start <= spans.end))
    if not keep.size:
        return Covered(since, np.zeros(people, np.bool_), nobody, nobody)
    keep = keep[in_order(spans.person[keep], spans.start[keep], spans.end[keep])]
    person, start, end = spans.person[keep], spans.start[keep], spans.end[keep]
    reach = np.minimum(add_months(end, np.full(len(end), grace_months)), index)
    # people lie so far apart on this line that one running maximum serves them all
    base = person * _WIDE + _SHIFT
    reached = np.maximum.accumulate(base + reach) - base
    begins = np.ones(len(keep), np.bool_)
    begins[1:] = (person[1:] != person[:-1]) | (start[1:] > reached[:-1] + 1)
    first = start[begins][np.cumsum(begins) - 1]
    to_date = reach >= index
    since[person[to_date]] = first[to_date]
    np.maximum.at(ended, person, end)
    inside = since[person] == first
    return Covered(since, (since != NEVER) & (ended < index), person[inside], keep[inside])
