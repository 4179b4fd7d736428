"""Decides for N people at once: options, stances and recommendation, one pass for each drug that is in use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from stepdown.criteria.layout import layout
from stepdown.criteria.program import Codes
from stepdown.decision.history import Left, left_before
from stepdown.decision.options import Option, options_for
from stepdown.decision.recommend import REVIEWS, recommend, signals
from stepdown.decision.stances import CAPS, NOT_OPEN, REASONABLE, advice, danger, stance
from stepdown.guideline.verdicts import Verdicts
from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import Guideline
from stepdown.state.arrays import AFTER, BEFORE, days, flags, most
from stepdown.state.calendar import day_number
from stepdown.state.state import State
from stepdown.state.words import matches

Columns = dict[str, npt.NDArray[np.object_]]
_EPOCH = date(1970, 1, 1)
SUMMARY = ("kind", "option", "strength", "review", "next_dose", "until", "reason")


@dataclass(frozen=True)
class Group:
    """The people on one drug.

    Attributes:
        rows: their rows in the state frame.
        options: the K options of the drug.
        stances: codes into `STANCES`, shape (people of the group, K); NOT_OPEN where a person has not this option.
    """

    rows: npt.NDArray[np.intp]
    options: tuple[Option, ...]
    stances: npt.NDArray[np.int8]


@dataclass(frozen=True)
class Decisions:
    """What is decided for N people.

    Attributes:
        groups: people by their drug; who takes nothing, or nobody knows what, is in no group.
        people: their ids, in the order of the state.
        columns: one entry a person: `kind`, `option`, `strength`, `review`, `next_dose`, `until` (date) and `reason`
            (key of the sentence).
        left: the drugs that they left before for activity or side effects.
    """

    groups: tuple[Group, ...]
    people: pl.Series
    columns: Columns
    left: Left

    @property
    def summary(self) -> pl.DataFrame:
        """One row a person: `person_id` and `columns`."""
        return pl.DataFrame(
            {"person_id": self.people, **{name: found.tolist() for name, found in self.columns.items()}},
            schema_overrides=dict.fromkeys(SUMMARY, pl.String) | {"until": pl.Date},
        )

    def of(self, row: int) -> tuple[tuple[Option, ...], Codes]:
        """The options of one person and their stances; none where the drug is not known or there is none."""
        for group in self.groups:
            place = int(np.searchsorted(group.rows, row))
            if place < group.rows.size and group.rows[place] == row:
                found = group.stances[place]
                return tuple(one for one, code in zip(group.options, found, strict=True) if code != NOT_OPEN), found[
                    found != NOT_OPEN
                ]
        return (), np.zeros(0, dtype=np.int8)


def decide(state: State, verdicts: Verdicts, guidelines: Sequence[Guideline], library: Library) -> Decisions:
    """Decide for everybody in a state from the verdicts on every criterion."""
    columns: Columns = {name: np.full(state.people.len(), None, dtype=object) for name in SUMMARY}
    bits, names = state.sets[layout(library).sets["therapy"]], library.values("therapy")
    groups, left = [], left_before(state, library)
    dead = _dead(state)
    for name, said in (("kind", "hold-pending"), ("strength", "hold"), ("next_dose", "none"), ("reason", "died")):
        columns[name][dead] = said
    for code in np.unique(bits[~dead]).tolist():
        rows = np.flatnonzero((bits == code) & ~dead)
        therapy = names[code.bit_length() - 1] if code & (code - 1) == 0 else None
        here = verdicts.rows(rows)
        if therapy in library.therapies:
            present = state.numbers[layout(library).numbers["present_interval_weeks"], 0, rows]
            group = _on_a_drug(str(therapy), rows, present, left, here, guidelines, library, columns)
            _put_off(group, columns, state)
            groups.append(group)
        else:
            _without_a_drug(therapy == "none", rows, here, library, columns)
    return Decisions(tuple(groups), state.people, columns, left)


def _on_a_drug(
    therapy: str,
    rows: npt.NDArray[np.intp],
    present_weeks: npt.NDArray[np.float64],
    left: Left,
    verdicts: Verdicts,
    guidelines: Sequence[Guideline],
    library: Library,
    columns: Columns,
) -> Group:
    """Stances and recommendation for the people on one drug; fills their rows of `columns`.

    Args:
        therapy: the drug.
        rows: the people on it.
        present_weeks: the least that their present interval can be, minus infinity where unknown; no longer interval is
            shorter.
        left: the drugs that people left before.
        verdicts: the verdicts on these people.
        guidelines: the guidelines that are asked.
        library: the documents.
        columns: the columns of the summary, for everybody.
    """
    options = options_for(therapy, library)
    threat, asked = danger(verdicts, library), signals(verdicts, library)
    views = advice(verdicts, guidelines)
    stances = np.stack([stance(option, verdicts, threat, views[option.kind]) for option in options], axis=1)
    for number, option in enumerate(options):
        for rule, entries in left.against(option):
            back = np.isin(rows, left.row[entries])
            stances[back, number] = np.minimum(stances[back, number], CAPS.get(rule.effect, REASONABLE))
        if option.kind == "extend-interval" and option.interval_weeks is not None:
            stances[present_weeks >= option.interval_weeks, number] = NOT_OPEN
    told = recommend(options, stances, views, threat, asked)
    columns["kind"][rows] = _named([*(option.kind for option in options), "hold-pending"], told.option)
    columns["option"][rows] = _named([*(option.id for option in options), None], told.option)
    columns["strength"][rows] = _named((None, "hold"), told.hold)
    columns["review"][rows] = _named(REVIEWS, told.review)
    columns["next_dose"][rows] = told.next_dose
    columns["reason"][rows] = told.reason
    return Group(rows, options, stances)


def _without_a_drug(
    nothing: bool, rows: npt.NDArray[np.intp], verdicts: Verdicts, library: Library, columns: Columns
) -> None:
    """People who take nothing, or of whom it is not known what they take; then no dose may be left out unseen."""
    asked, threat = signals(verdicts, library), danger(verdicts, library)
    reason = np.full(rows.size, "no-treatment" if nothing else "treatment-unknown", dtype=object)
    for where, key in (
        (asked.urgent, "no-treatment-urgent" if nothing else "treatment-unknown-urgent"),
        (asked.step_up, "activity-without-treatment" if nothing else "activity-on-treatment"),
        (asked.out_of_scope, "out-of-scope"),
        (threat.emergency, "emergency"),
    ):
        reason[where] = key
    quiet = reason == "no-treatment"
    columns["reason"][rows] = reason
    columns["kind"][rows] = np.where(quiet, "observe", "hold-pending")
    columns["strength"][rows] = _named((None, "hold"), ~quiet)
    columns["review"][rows] = _named(REVIEWS, np.where(asked.urgent, 2, asked.step_up))
    columns["next_dose"][rows] = (
        "none" if nothing else _named(("do-not-interrupt", "withhold"), asked.withhold | asked.urgent)
    )


def _dead(state: State) -> npt.NDArray[np.bool_]:
    """Who had died by the index date; there is nothing to decide."""
    gone: npt.NDArray[np.bool_] = days(state.events.people["died"], AFTER) <= day_number(state.on)
    return gone


def _named(names: Sequence[str | None], codes: npt.NDArray[Any]) -> npt.NDArray[np.object_]:
    """The names that codes (or truths) stand for."""
    return np.array(names, dtype=object)[codes.astype(np.int64)]


def _put_off(group: Group, columns: Columns, state: State) -> None:
    """Until when the next dose is put off: the last dose and the longer interval; a day that has passed means now."""
    rows = group.rows[columns["next_dose"][group.rows] == "delay-until"]
    if not rows.size:
        return
    events, weeks = state.events, {option.id: option.interval_weeks for option in group.options}
    doses = events["dose"]
    mine = flags(doses["certain"]) & matches(doses["therapy"], (str(group.options[0].therapy),))
    last = most(events.row_of("dose")[mine], days(doses["on_latest"], BEFORE)[mine], state.people.len(), BEFORE)
    for row in rows[last[rows] > BEFORE].tolist():
        until = _EPOCH + timedelta(days=int(last[row]), weeks=weeks[columns["option"][row]] or 0)
        if until <= state.on:
            columns["next_dose"][row] = "give"
        else:
            columns["until"][row] = until
