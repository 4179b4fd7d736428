"""The truth behind the tables: latent activity, what every change of treatment did, and when each outcome came."""

from __future__ import annotations

import numpy as np
import polars as pl

from stepdown.prognosis.chance import Floats
from stepdown.prognosis.forecast import OUTCOMES
from stepdown.synthetic.changes import KINDS, REASONS
from stepdown.synthetic.dice import Ints
from stepdown.synthetic.disease import cells
from stepdown.synthetic.history import History
from stepdown.synthetic.sheet import Book, Column, Days, Sheet, Words

_YEAR = 365.25


def frames(book: Book, history: History) -> dict[str, pl.DataFrame]:
    """The tables of the truth by name; they hold no slips."""
    events = [_events(book, history, place) for place in range(len(OUTCOMES))]
    found = {
        "person": _person(book, history, events),
        "event": _event(events),
        "change": _change(book, history, events),
    }
    return {name: book.frame(name, sheet) for name, sheet in found.items()}


def _events(book: Book, history: History, place: int) -> tuple[Ints, Ints, Ints]:
    """Person, quarter and day of each event of an outcome."""
    row, step = cells(history.events[place])
    return row, step, book.inside(EVENT_DAY[place], row, step)


EVENT_DAY = ("relapse", "lesion", "worsening", "infection")
"""Under which name the day of an event of each outcome is drawn; the tables draw it under the same."""


def _person(book: Book, history: History, events: list[tuple[Ints, Ints, Ints]]) -> Sheet:
    everybody = np.arange(book.people.size)
    columns: dict[str, Column] = {
        "activity": book.people.activity, "from": Days(book.entry), "to": Days(book.until),
        "edss": history.edss[-1].astype(float), "igg": history.igg[-1].astype(float),
    }  # fmt: skip
    for place, outcome in enumerate(OUTCOMES):
        columns[f"expected_{outcome}"] = history.expected[place].astype(float)
        columns[f"happened_{outcome}"] = np.bincount(events[place][0], minlength=everybody.size)
    return Sheet(everybody, None, columns, entered=False)


def _event(events: list[tuple[Ints, Ints, Ints]]) -> Sheet:
    row, on = (np.concatenate([one[part] for one in events]) for part in (0, 2))
    which = np.repeat(np.arange(len(OUTCOMES)), [one[0].size for one in events])
    order = np.lexsort((which, on, row))
    return Sheet(row[order], on[order], {"outcome": Words(which[order], OUTCOMES)}, entered=False)


def _change(book: Book, history: History, events: list[tuple[Ints, Ints, Ints]]) -> Sheet:
    """Changes with what they do to each rate once they are complete, and how long until the next event of each."""
    made, drugs = history.changes, book.rates.drugs
    on = book.start(made.row, made.step)
    columns: dict[str, Column] = {
        "kind": Words(made.kind, KINDS), "reason": Words(made.reason, REASONS), "origin": Words(made.origin, drugs),
        "goal": Words(made.goal, drugs), "years": (book.until[made.row] - on) / _YEAR,
    }  # fmt: skip
    for place, outcome in enumerate(OUTCOMES):
        columns[f"log_hazard_ratio_{outcome}"] = made.effect[place].astype(float)
        columns[f"rate_before_{outcome}"] = np.exp(made.before[place].astype(float))
        columns[f"years_to_{outcome}"] = _next(made.row, made.step, on, events[place], history.care.shape[0])
    return Sheet(made.row, on, columns, entered=False)


def _next(row: Ints, step: Ints, on: Ints, events: tuple[Ints, Ints, Ints], quarters: int) -> Floats:
    """Years from each change to the next event of the same person, NaN where none came."""
    whose, when, day = events
    if not whose.size:
        return np.full(row.size, np.nan)
    place = np.searchsorted(whose * quarters + when, row * quarters + step)
    inside = np.minimum(place, whose.size - 1)
    found: Floats = np.where((place < whose.size) & (whose[inside] == row), (day[inside] - on) / _YEAR, np.nan)
    return found
