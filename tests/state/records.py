"""Records written by hand for the tests of the state."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl

from stepdown.criteria.values import Interval, Possible, Value
from stepdown.knowledge.library import Library, load
from stepdown.record.record import Record, RecordBuilder
from stepdown.record.tables import TABLES
from stepdown.state.answers import Answers
from stepdown.state.derive import assemble, derive
from stepdown.state.events import Events
from stepdown.state.state import State, values_of

ON = date(2026, 3, 1)


def span(written: str | None) -> tuple[date | None, date | None]:
    """A day, a month or a year as its first and last day; `a..b` from the first of a to the last of b."""
    if written is None:
        return None, None
    if ".." in written:
        first, last = written.split("..")
        return span(first)[0], span(last)[1]
    parts = [int(part) for part in written.split("-")]
    if len(parts) == 3:
        return date(*parts), date(*parts)
    if len(parts) == 2:
        return date(parts[0], parts[1], 1), date(parts[0], parts[1], calendar.monthrange(parts[0], parts[1])[1])
    return date(parts[0], 1, 1), date(parts[0], 12, 31)


def record_of(*events: tuple[str, dict[str, Any]], person: str = "P1", **constants: Any) -> Record:
    """A record of one person from rows such as `("relapse", {"at": "2016-05"})`; see `row_of`."""
    builder = RecordBuilder()
    builder.add("person", **person_row(person, **constants))
    for number, (table, given) in enumerate(events):
        builder.add(table, **row_of(table, given, person, number))
    return builder.build()


def person_row(person: str = "P1", **constants: Any) -> dict[str, Any]:
    """The row of table person; `born` is written like any other date."""
    birth, birth_latest = span(constants.pop("born", None))
    return {"person_id": person, "birth": birth, "birth_latest": birth_latest, "source": "person", **constants}


def row_of(table: str, given: dict[str, Any], person: str = "P1", number: int = 0) -> dict[str, Any]:
    """A row with its dates unfolded: `at`, `ended`, `onset`, and for a span `from` and `to`."""
    row = {"person_id": person, "source": f"{table}[{number}]", **given}
    for key in ("at", "ended", "onset", "from", "to"):
        if key in row and not isinstance(row[key], date):
            first, last = span(row.pop(key))
            name = "on" if key == "at" else key
            row |= {name: first, f"{name}_latest": last}
    assert set(row) <= set(TABLES[table]), set(row) - set(TABLES[table])
    return row


def state_of(
    *events: tuple[str, dict[str, Any]], on: date = ON, library: Library | None = None, **constants: Any
) -> State:
    """The state of one person."""
    return derive(record_of(*events, **constants), on, library or load())


def values(*events: tuple[str, dict[str, Any]], on: date = ON, **constants: Any) -> dict[str, Value]:
    """The variables of one person."""
    return values_of(state_of(*events, on=on, **constants), 0, load())


def bounds(value: Value) -> tuple[float | None, float | None]:
    """Low and high of a number, rounded to a thousandth."""
    assert isinstance(value, Interval)
    low, high = value.low, value.high
    return None if low is None else round(low, 3), None if high is None else round(high, 3)


def possible(value: Value) -> set[str]:
    """What is possible of a category."""
    assert isinstance(value, Possible)
    return set(value.possible)


def covered(domain: str = "all", since: str = "2000-01-01", to: str | None = None) -> tuple[str, dict[str, Any]]:
    """An observed span up to the index date, or to the day given."""
    return "observed", {"domain": domain, "from": since, **({"to": to} if to else {})}


def table_of(topic: Callable[[Events], Answers], events: Events) -> pl.DataFrame:
    """What one topic answers, as a table: one row a person."""
    answers = topic(events).settle()
    frame = assemble(events, [answers]).frame
    mine = {*answers.numbers, *answers.sets}
    return frame.select(["person_id", *(name for name in frame.columns if name.rpartition(".")[0] in mine)])
