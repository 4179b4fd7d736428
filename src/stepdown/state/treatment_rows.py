"""Treatments as rows of arrays: those that the record states, and those that doses alone show.

Rules 1 to 4 of docs/treatment.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stepdown.knowledge.library import Library
from stepdown.state.arrays import AFTER, BEFORE, Flags, Floats, Index, days, floats, person_rows, successive, today
from stepdown.state.calendar import Days
from stepdown.state.events import Events
from stepdown.state.treatment_drugs import Drugs, drugs


@dataclass(frozen=True, eq=False)
class Doses:
    """Single doses: who, which drug, bounds on the day, whether surely given by now, and where it is written."""

    person: Index
    drug: Index
    low: Days
    high: Days
    certain: Flags
    source: pl.Series

    def where(self, flags: Flags) -> Doses:
        """The doses that are flagged."""
        return Doses(
            self.person[flags], self.drug[flags], self.low[flags], self.high[flags], self.certain[flags],
            self.source.filter(pl.Series(flags)),
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Rows:
    """Treatments: bounds on start and end (`AFTER` goes on), sorted by person.

    Attributes:
        joined: latest start of the part that surely has no break (the start, but for doses with gaps).
        last_low, last_high: bounds on the last dose that speaks for the row, `BEFORE` where there is none.
        stated: false where only doses show the treatment.
        weeks: interval that is prescribed, NaN where none is.
        stop, start: why it was stopped and started, as numbers by `reasons`; -1 where not said.
    """

    person: Index
    drug: Index
    start_low: Days
    start_high: Days
    joined: Days
    end_low: Days
    end_high: Days
    last_low: Days
    last_high: Days
    certain: Flags
    stated: Flags
    weeks: Floats
    stop: Index
    start: Index
    source: pl.Series

    def where(self, chosen: NDArray[Any]) -> Rows:
        """The rows that are flagged or numbered."""
        arrays = {
            name: value[chosen] for name, value in vars(self).items() if name != "source" and not name.startswith("_")
        }
        picked = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
        return Rows(**arrays, source=self.source.gather(picked))


def reasons(library: Library) -> tuple[str, ...]:
    """Every reason for starting or stopping that has a number: those that `therapy_start_reason` knows."""
    return library.values("therapy_start_reason")


def read_doses(events: Events) -> Doses:
    """All doses that name a drug."""
    if "treatment.doses" not in events.cache:
        frame = events["dose"]
        person, drug = person_rows(events, frame), drugs(events.library).numbers(frame["therapy"])
        found = Doses(
            person, drug, days(frame["on"], BEFORE), days(frame["on_latest"], today(events)),
            frame["certain"].to_numpy().astype(np.bool_), frame["source"],
        )  # fmt: skip
        kept = (person >= 0) & (drug >= 0)
        events.cache["treatment.doses"] = found if kept.all() else found.where(kept)
    doses: Doses = events.cache["treatment.doses"]
    return doses


def read_rows(events: Events) -> Rows:
    """Treatments that the record states, of drugs for MS and of others, sorted by person."""
    if "treatment.stated" not in events.cache:
        events.cache["treatment.stated"] = _stated(events)
    rows: Rows = events.cache["treatment.stated"]
    return rows


def _stated(events: Events) -> Rows:
    frame, now = events["treatment"], today(events)
    person, drug = person_rows(events, frame), drugs(events.library).numbers(frame["therapy"])
    start_low, start_high = days(frame["on"], BEFORE), days(frame["on_latest"], now)
    end_low, end_high = days(frame["ended"], BEFORE), days(frame["ended_latest"], AFTER)
    silent = (end_low == BEFORE) & (end_high == AFTER)
    over = (frame["status"] == "resolved").fill_null(False).to_numpy().astype(np.bool_)
    goes_on = silent & ~over
    # an end that is stated without its latest day, or a treatment that is over, ended by now
    end_high = np.where((end_high == AFTER) & ~goes_on, np.maximum(end_low, now), end_high)
    end_low = np.where(goes_on, AFTER, np.maximum(end_low, start_low))
    start_high = np.minimum(start_high, end_high)
    rows = Rows(
        person, drug, np.minimum(start_low, start_high), start_high, start_high, np.minimum(end_low, end_high),
        end_high, np.full(person.size, BEFORE), np.full(person.size, BEFORE),
        frame["certain"].to_numpy().astype(np.bool_), np.ones(person.size, np.bool_),
        floats(frame["interval_weeks"]), _reason(frame["stop_reason"], events.library),
        _reason(frame["start_reason"], events.library), frame["source"],
    )  # fmt: skip
    kept = (person >= 0) & (drug >= 0)
    return rows if kept.all() else rows.where(kept)


def _reason(said: pl.Series, library: Library) -> Index:
    """Reasons by number; one that starts have no word for counts as another reason."""
    if said.null_count() == said.len():
        return np.full(said.len(), -1)
    known = {name: index for index, name in enumerate(reasons(library))}
    words = said.unique().drop_nulls()
    table = pl.Series([known.get(word, known["other"]) for word in words.to_list()], dtype=pl.Int64)
    return said.replace_strict(words, table, default=-1, return_dtype=pl.Int64).to_numpy()


def dose_runs(doses: Doses, of: Drugs, library: Library) -> Rows:
    """Doses of a drug for MS that follow one another within the lapse factor times the interval: one row a run.

    A run is cut where there surely is a gap; it is surely joined from `joined` on.
    """
    doses = doses.where(of.dmt[doses.drug])
    factor, without = library.number("lapse-factor"), library.number("dose-gap-without-interval")
    # a dose that may lie after the index date is kept apart: it shows what is possible and joins nothing
    keys = (doses.person * of.dmt.size + doses.drug) * 2 + doses.certain
    group, low, high = successive(keys, doses.low, doses.high)
    drug = group // 2 % of.dmt.size
    reach_low = np.where(np.isnan(of.shortest[drug]), without, of.shortest[drug] * factor) * 7
    reach_high = np.where(np.isnan(of.longest[drug]), without, of.longest[drug] * factor) * 7
    new = np.ones(group.size, np.bool_)
    torn = np.ones(group.size, np.bool_)
    new[1:] = (group[1:] != group[:-1]) | (low[1:] - high[:-1] > reach_high[1:])
    torn[1:] = new[1:] | (high[1:] - low[:-1] > reach_low[1:])
    first = np.flatnonzero(new)
    last = np.append(first[1:], group.size)[: first.size] - 1
    tail = np.maximum.accumulate(np.where(torn, np.arange(group.size), 0))[last] if group.size else last
    # the last of several runs of one drug goes on; those before it ended with their last dose
    more = np.append(group[first][1:] == group[first][:-1], False)[: first.size]
    nothing = np.full(first.size, -1)
    return Rows(
        person=group[first] // 2 // of.dmt.size,
        drug=drug[first],
        start_low=low[first],
        start_high=high[first],
        joined=high[tail],
        end_low=np.where(more, low[last], AFTER),
        end_high=np.where(more, high[last], AFTER),
        last_low=low[last],
        last_high=high[last],
        certain=group[first] % 2 == 1,
        stated=np.zeros(first.size, np.bool_),
        weeks=np.full(first.size, np.nan),
        stop=nothing,
        start=nothing,
        source=pl.Series("source", [None] * first.size, dtype=pl.String),
    )


def join(first: Rows, second: Rows) -> Rows:
    """Both, sorted by person and start."""
    arrays = {
        name: np.concatenate((value, getattr(second, name)))
        for name, value in vars(first).items()
        if name != "source"
    }
    joined = Rows(**arrays, source=first.source.append(second.source) if second.source.len() else first.source)
    return joined.where(np.lexsort((joined.drug, joined.start_low, joined.person)))
