"""How long ago, and how often in a window: what dated events and observed spans say together.

An event that is certain and confirmed proves presence; one that is only possible (suspected, or perhaps after the
index date) may lower what is sure and never raises it. Absence is proven by an observed span alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from stepdown.state.arrays import AFTER, BEFORE, Flags, Floats, Index, count, covered_since, days, most, today
from stepdown.state.calendar import Days, day_number, months_until, window_opens
from stepdown.state.events import Events
from stepdown.state.sources import Texts
from stepdown.state.words import matches


@dataclass(frozen=True)
class Rows:
    """Events of one table as arrays, one entry a row.

    Attributes:
        person: row of the person in `Events.people`.
        first, last: earliest and latest possible day; `first` is `BEFORE` where it is unknown.
        happened: the event lies on or before the index date and is more than a suspicion.
        possible: it may have happened (every row that is kept).
        status: as recorded.
        size: number of people.
        table: where they come from.
    """

    person: Index
    first: Days
    last: Days
    happened: Flags
    possible: Flags
    status: pl.Series
    size: int
    table: str

    def has_status(self, *wanted: str) -> Flags:
        """Rows with one of these statuses."""
        return matches(self.status, wanted)

    def any(self, mask: Flags) -> Flags:
        """People with at least one of the rows."""
        found = np.zeros(self.size, np.bool_)
        found[self.person[mask]] = True
        return found


def rows_of(events: Events, table: str) -> Rows:
    """The events of a table as arrays, read once."""
    key = f"rows:{table}"
    if key not in events.cache:
        events.cache[key] = _rows_of(events, table)
    found: Rows = events.cache[key]
    return found


def _rows_of(events: Events, table: str) -> Rows:
    frame = events[table]
    certain: Flags = frame["certain"].to_numpy()
    suspected = matches(frame["status"], ("suspected",))
    return Rows(
        events.row_of(table),
        days(frame["on"], BEFORE),
        days(frame["on_latest"], today(events)),
        certain & ~suspected,
        np.ones(frame.height, np.bool_),
        frame["status"],
        events.people.height,
        table,
    )


def window_start(events: Events, months: float) -> int:
    """The day a window of calendar months opens; events after it and up to the index date lie inside."""
    return day_number(window_opens(events.on, round(months)))


def months_up_to(day: Days, events: Events) -> Floats:
    """Calendar months from each day to the index date, not below 0."""
    return months_until(day, today(events))


def latest_possible(rows: Rows, mask: Flags) -> Days:
    """For each person the latest day on which one of the rows may lie, `BEFORE` without any."""
    found: Days = most(rows.person[mask], rows.last[mask], rows.size, BEFORE)
    return found


def latest_sure(rows: Rows, mask: Flags) -> Days:
    """For each person a day that the last of the rows surely does not precede, `BEFORE` where there is none."""
    found: Days = most(rows.person[mask], rows.first[mask], rows.size, BEFORE)
    return found


def months_since(events: Events, rows: Rows, domain: str, happened: Flags, possible: Flags) -> tuple[Floats, Floats]:
    """Months since the last event of a kind, as bounds; an unbounded one is infinite.

    Args:
        events: the events, for the index date and the observed spans.
        rows: events of one table.
        domain: domain of observation that proves absence.
        happened: rows that surely are events of this kind.
        possible: rows that may be.

    Returns:
        `low`: since the latest possible event or the beginning of the observed span, whichever is later; 0 where no
        span reaches the index date. `high`: since the earliest possible day of the last sure event.
    """
    since = covered_since(events, domain)
    last = np.maximum(latest_possible(rows, possible), since)
    low = np.where(since == AFTER, 0.0, months_up_to(np.where(since == AFTER, 0, last), events))
    sure = latest_sure(rows, happened)
    high = np.where(sure == BEFORE, np.inf, months_up_to(np.where(sure == BEFORE, 0, sure), events))
    return low, high


def years_since(events: Events, rows: Rows, domain: str, happened: Flags, possible: Flags) -> tuple[Floats, Floats]:
    """Years since the last event of a kind; see `months_since`."""
    low, high = months_since(events, rows, domain, happened, possible)
    return low / 12.0, high / 12.0


def count_in_window(
    events: Events, rows: Rows, domain: str, months: float, happened: Flags, possible: Flags
) -> tuple[Floats, Floats]:
    """How many events of a kind lie in the months before the index date, as bounds.

    Returns:
        `low`: events that surely lie inside. `high`: events that may lie inside, where observation covers the whole
        window; else infinite.
    """
    inside, perhaps = in_window(events, rows, months)
    low = count(rows.person, happened & inside, rows.size)
    high = count(rows.person, possible & perhaps, rows.size)
    return low, np.where(covers(events, domain, months), high, np.inf)


def in_window(events: Events, rows: Rows, months: float) -> tuple[Flags, Flags]:
    """Rows that surely lie in the months before the index date, and rows that may."""
    start = window_start(events, months)
    return rows.first > start, rows.last > start


def covers(events: Events, domain: str, months: float) -> Flags:
    """Whether each person was observed over the whole window."""
    found: Flags = covered_since(events, domain) <= window_start(events, months) + 1
    return found


def covers_life(events: Events, domain: str) -> Flags:
    """Whether each person was observed since birth, or since the first symptom of the disease.

    Somebody whose birth is not known was born no longer ago than anybody lives.
    """
    since = covered_since(events, domain)
    oldest = window_start(events, 12 * events.library.number("longest-life-years"))
    birth = days(events.people["birth"], oldest)
    course = events["course"]
    onset = np.full(events.people.height, AFTER)
    if course.height:
        first = days(course["onset"], BEFORE)
        np.minimum.at(onset, events.row_of("course"), np.where(first == BEFORE, AFTER, first))
    found: Flags = (since != AFTER) & ((since <= birth) | ((onset != AFTER) & (since <= onset)))
    return found


def explain_with(events: Events, rows: Rows, mask: Flags | slice = slice(None)) -> tuple[Index, Texts]:
    """Person and source of the rows, for `Answers.source`."""
    return rows.person[mask], events.sources(rows.table)[mask]


def span_sources(events: Events, domain: str) -> tuple[Index, Texts]:
    """Person and source of the observed spans of a domain, for `Answers.source`."""
    found = events.covered(domain)
    return found.person, events.sources("observed")[found.row]
