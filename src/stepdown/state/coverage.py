"""Since when people have been observed without a break, so that what is not on record did not happen."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stepdown.state.calendar import Days, add_months, day_number
from stepdown.state.words import matches

ALL_DOMAINS = "all"

_NONE = -(2**40)
_WIDE, _SHIFT = 2**24, 2**22


def spans_to_index(
    observed: pl.DataFrame,
    row_of: NDArray[np.int64],
    people: pl.Series,
    domain: str,
    on: date,
    grace_months: int,
    explain: bool,
) -> pl.DataFrame:
    """Merge the certain inner parts of the spans, each carried on by the grace, and keep the run up to `on`.

    Args:
        observed: the table of spans.
        row_of: for each span the row of its person in `people`.
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
    wanted = matches(observed["domain"], (domain, ALL_DOMAINS))
    if wanted.any():
        start, end = _inner(observed, index)
        keep = np.flatnonzero(wanted & (start <= end))
        keep = keep[np.lexsort((end[keep], start[keep], row_of[keep]))]
        person, start, end = row_of[keep], start[keep], end[keep]
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
            inside, texts = since[person] == first, observed["source"].to_list()
            sources = [texts[row] for row in keep[inside].tolist()]
            for place, source in zip(person[inside].tolist(), sources, strict=True):
                lists[place].append(source)
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


def _inner(observed: pl.DataFrame, index: int) -> tuple[Days, Days]:
    """First and last day that surely lie inside each span (one without any end goes on; a hopeless one is empty)."""
    start, end, end_latest = (
        observed[name].to_physical().cast(pl.Float64).to_numpy() for name in ("from_latest", "to", "to_latest")
    )
    last = np.minimum(np.where(np.isnan(end) & np.isnan(end_latest), index, end), index)
    empty = np.isnan(start) | np.isnan(last)
    first_day: Days = np.where(empty, index + 1, start).astype(np.int64)
    last_day: Days = np.where(empty, index, last).astype(np.int64)
    return first_day, last_day
