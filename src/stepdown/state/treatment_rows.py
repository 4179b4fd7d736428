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
from stepdown.state.arrays import (
    AFTER,
    BEFORE,
    Flags,
    Floats,
    Index,
    days,
    flags,
    floats,
    grouped,
    most,
    numbered,
    successive,
    today,
)
from stepdown.state.calendar import Days
from stepdown.state.events import Events
from stepdown.state.order import in_order
from stepdown.state.treatment_drugs import Drugs, drugs


@dataclass(frozen=True, eq=False)
class Doses:
    """Single doses: who, which drug, bounds on the day, whether surely given by now, and the row of the table."""

    person: Index
    drug: Index
    low: Days
    high: Days
    certain: Flags
    at: Index

    def where(self, chosen: Flags) -> Doses:
        """The doses that are flagged."""
        rows = np.flatnonzero(chosen)
        return Doses(*(part[rows] for part in vars(self).values()))


@dataclass(frozen=True, eq=False)
class Rows:
    """Treatments: bounds on start and end (`AFTER` goes on), sorted by person.

    Attributes:
        reach_low, reach_high: days for which a last dose speaks for the days after it; `AFTER` for a stated treatment.
        last_low, last_high: bounds on the last dose that speaks for the row, `BEFORE` where there is none.
        stated: false where only doses show the treatment.
        weeks: interval that is prescribed, NaN where none is.
        stop, start: why it was stopped and started, as numbers by `reasons`; -1 where not said.
        at: row of the table, -1 for doses.
    """

    person: Index
    drug: Index
    start_low: Days
    start_high: Days
    end_low: Days
    end_high: Days
    last_low: Days
    last_high: Days
    reach_low: Days
    reach_high: Days
    certain: Flags
    stated: Flags
    weeks: Floats
    stop: Index
    start: Index
    at: Index

    def where(self, chosen: NDArray[Any]) -> Rows:
        """The rows that are flagged or numbered."""
        chosen = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
        return Rows(*(part[chosen] for part in vars(self).values()))


def reasons(library: Library) -> tuple[str, ...]:
    """Every reason for starting or stopping that has a number: those that `therapy_start_reason` knows."""
    return library.values("therapy_start_reason")


def read_doses(events: Events) -> Doses:
    """All doses that name a drug."""
    if "treatment.doses" not in events.cache:
        frame = events["dose"]
        person, drug = events.row_of("dose"), drugs(events.library).numbers(frame["therapy"])
        found = Doses(
            person, drug, days(frame["on"], BEFORE), days(frame["on_latest"], today(events)),
            flags(frame["certain"]), np.arange(frame.height),
        )  # fmt: skip
        kept = drug >= 0
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
    person, drug = events.row_of("treatment"), drugs(events.library).numbers(frame["therapy"])
    start_low, start_high = days(frame["on"], BEFORE), days(frame["on_latest"], now)
    end_low, end_high = days(frame["ended"], BEFORE), days(frame["ended_latest"], AFTER)
    silent = (end_low == BEFORE) & (end_high == AFTER)
    over = numbered(frame["status"], {"resolved": 1}) == 1
    goes_on = silent & ~over
    # an end that is stated without its latest day, or a treatment that is over, ended by now
    end_high = np.where((end_high == AFTER) & ~goes_on, np.maximum(end_low, now), end_high)
    end_low = np.where(goes_on, AFTER, np.maximum(end_low, start_low))
    start_high = np.minimum(start_high, end_high)
    nothing, ever = np.full(person.size, BEFORE), np.full(person.size, AFTER)
    rows = Rows(
        person, drug, np.minimum(start_low, start_high), start_high, np.minimum(end_low, end_high),
        end_high, nothing, nothing, ever, ever,
        flags(frame["certain"]), np.ones(person.size, np.bool_),
        floats(frame["interval_weeks"]), _reason(frame["stop_reason"], events.library),
        _reason(frame["start_reason"], events.library), np.arange(frame.height),
    )  # fmt: skip
    kept = drug >= 0
    return rows if kept.all() else rows.where(kept)


def _reason(said: pl.Series, library: Library) -> Index:
    """Reasons by number; one that starts have no word for counts as another reason."""
    known = {name: index for index, name in enumerate(reasons(library))}
    return numbered(said, known, known["other"])


def dose_runs(doses: Doses, of: Drugs) -> Rows:
    """Doses of a drug for MS that follow one another within the lapse factor times the interval: one row a run.

    A run is cut where there surely is a gap; where there may be one, it may have started after that.
    """
    doses = doses.where(of.dmt[doses.drug])
    drug = _no_finer(doses, of)
    # a dose that may lie after the index date is kept apart: it shows what is possible and joins nothing
    keys = (doses.person * of.dmt.size + drug) * 2 + doses.certain
    group, low, high = successive(keys, doses.low, doses.high)
    drug = group // 2 % of.dmt.size
    reach_low, reach_high = of.gap_low[drug], of.gap_high[drug]
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
        start_high=high[tail],
        end_low=np.where(more, low[last], AFTER),
        end_high=np.where(more & of.exact[drug[first]], high[last] + reach_high[last].astype(np.int64), AFTER),
        last_low=low[last],
        last_high=high[last],
        reach_low=reach_low[first].astype(np.int64),
        reach_high=reach_high[first].astype(np.int64),
        certain=group[first] % 2 == 1,
        stated=np.zeros(first.size, np.bool_),
        weeks=np.full(first.size, np.nan),
        stop=nothing,
        start=nothing,
        at=nothing,
    )


def _no_finer(doses: Doses, of: Drugs) -> Index:
    """Drugs of doses, but the class where any dose of that class of the person names no drug: it may be of any."""
    loose = ~of.exact[doses.drug]
    if not loose.any():
        return doses.drug
    classes = int(of.class_number.max()) + 1
    key = doses.person * classes + of.class_number[doses.drug]
    _, place = grouped(key)
    vague = most(place, np.where(loose, doses.drug, -1), place.max() + 1, -1)[place]
    return np.where(vague >= 0, vague, doses.drug)


def join(first: Rows, second: Rows) -> Rows:
    """Both, sorted by person and start."""
    joined = Rows(*(np.concatenate(pair) for pair in zip(vars(first).values(), vars(second).values(), strict=True)))
    return joined.where(in_order(joined.person, joined.start_low, joined.drug))
