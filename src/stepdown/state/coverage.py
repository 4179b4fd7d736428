"""Since when people have been observed without a break, so that what is not on record did not happen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stepdown.state.calendar import Days, add_months, day_number
from stepdown.state.words import matches

ALL_DOMAINS = "all"

_NONE = -(2**40)
_WIDE, _SHIFT = 2**24, 2**22


@dataclass(frozen=True)
class Spans:
    """The observed spans of everybody, cut at the index date.

    Attributes:
        domain: domain of each span.
        person: row of its person among the people.
        start, end: first and last day that surely lie inside; `start` after `end` where none does.
        source: where it stands.
    """

    domain: pl.Series
    person: NDArray[np.int64]
    start: Days
    end: Days
    source: pl.Series


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
    return Spans(observed["domain"], person, first_day, last_day, observed["source"])


def spans_to_index(
    spans: Spans, people: pl.Series, domain: str, on: date, grace_months: int, explain: bool
) -> pl.DataFrame:
    """Merge the spans, each carried on by the grace, and keep the run that reaches the index date.

    Args:
        spans: observed spans.
        people: ids, sorted.
        domain: spans of this domain and of all domains count.
        on: the index date.
        grace_months: months for which the end of a span still speaks for the days after it.
        explain: whether to name the sources of the spans.

    Returns:
        One row a person: `person_id`, `since`, `grace`, `from`; see `Events.covered`.
    """
    n, index = people.len(), day_number(on)
    since, ended = np.full(n, _NONE), np.full(n, _NONE)
    lists: list[list[str]] | None = [[] for _ in range(n)] if explain else None
    keep = np.flatnonzero(matches(spans.domain, (domain, ALL_DOMAINS)) & (spans.start <= spans.end))
    if keep.size:
        keep = keep[np.lexsort((spans.end[keep], spans.start[keep], spans.person[keep]))]
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
        if lists is not None:
            inside, texts = since[person] == first, spans.source.to_list()
            for place, row in zip(person[inside].tolist(), keep[inside].tolist(), strict=True):
                lists[place].append(texts[row])
    reaches = since != _NONE
    return pl.DataFrame(
        [
            people.alias("person_id"),
            pl.Series("since", np.where(reaches, since, np.iinfo(np.int64).min).astype("datetime64[D]")),
            pl.Series("grace", reaches & (ended < index)),
            _names(lists, n),
        ],
    )


def _names(lists: list[list[str]] | None, n: int) -> pl.Series:
    kind = pl.List(pl.String)
    if lists is None:
        return pl.Series("from", [None], dtype=kind).new_from_index(0, n)
    return pl.Series("from", [sorted({source for source in part if source}) for part in lists], dtype=kind)
