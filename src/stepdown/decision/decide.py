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
from stepdown.decision.compare import Comparison
from stepdown.decision.heard import Heard, hear
from stepdown.decision.history import Left, left_before
from stepdown.decision.options import Option, options_for
from stepdown.decision.recommend import REVIEWS, recommend
from stepdown.decision.stances import CAPS, NOT_OPEN, REASONABLE, marked, stance
from stepdown.decision.strength import strength
from stepdown.decision.weigh import Asking, Numbers, Part, judged, sought, weigh
from stepdown.guideline.verdicts import Verdicts
from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import Guideline
from stepdown.state.arrays import AFTER, BEFORE, days, flags, most, numbered, some
from stepdown.state.calendar import day_number
from stepdown.state.state import State

Columns = dict[str, npt.NDArray[np.object_]]
_EPOCH = date(1970, 1, 1)
SUMMARY = ("kind", "option", "strength", "review", "next_dose", "until", "reason", "disagreement")


@dataclass(frozen=True)
class Group:
    """The people on one drug.

    Attributes:
        rows: their rows in the state frame.
        options: the K options of the drug.
        stances: codes into `STANCES`, shape (people of the group, K); NOT_OPEN where a person has not this option.
        comparison: what the numbers say of them, without draws; nothing where there are none.
        parts: forecasts and comparisons with their draws, where they were asked to be kept.
    """

    rows: npt.NDArray[np.intp]
    options: tuple[Option, ...]
    stances: npt.NDArray[np.int8]
    comparison: Comparison | None = None
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Decisions:
    """What is decided for N people.

    Attributes:
        groups: people by their drug; who takes nothing, or nobody knows what, is in no group.
        people: their ids, in the order of the state.
        columns: one entry a person: `kind`, `option`, `strength`, `review`, `next_dose`, `until` (date), `reason` (key
            of the sentence) and `disagreement` (see `Strength`).
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

    def numbers_of(self, row: int) -> Numbers | None:
        """What was computed for one person, if it was kept."""
        for group in self.groups:
            for part in group.parts:
                place = int(np.searchsorted(part.rows, row))
                if place < part.rows.size and part.rows[place] == row:
                    exists = group.stances[np.searchsorted(group.rows, row)] != NOT_OPEN
                    return Numbers(part, place, tuple(np.flatnonzero(exists).tolist()))
        return None


def decide(
    state: State, verdicts: Verdicts, guidelines: Sequence[Guideline], library: Library, asking: Asking | None = None
) -> Decisions:
    """Decide for everybody in a state from the verdicts on every criterion, and from numbers where they are asked."""
    columns: Columns = {name: np.full(state.people.len(), None, dtype=object) for name in SUMMARY}
    bits, names = state.sets[layout(library).sets["therapy"]], library.values("therapy")
    everybody = hear(verdicts, guidelines, library)
    groups, left = [], left_before(state, library)
    dead = _dead(state)
    for name, said in (("kind", "hold-pending"), ("strength", "hold"), ("next_dose", "none"), ("reason", "died")):
        columns[name][dead] = said
    for code in np.unique(bits[~dead]).tolist():
        rows = np.flatnonzero((bits == code) & ~dead)
        therapy = names[code.bit_length() - 1] if code & (code - 1) == 0 else None
        here = everybody.rows(rows)
        if therapy in library.therapies:
            groups.append(_on_a_drug(str(therapy), rows, state, left, here, asking, columns))
        else:
            _without_a_drug(therapy == "none", rows, here, columns)
    _put_off(groups, columns, state)
    return Decisions(tuple(groups), state.people, columns, left)


def _on_a_drug(
    therapy: str,
    rows: npt.NDArray[np.intp],
    state: State,
    left: Left,
    heard: Heard,
    asking: Asking | None,
    columns: Columns,
) -> Group:
    """Stances and recommendation for the people on one drug; fills their rows of `columns`.

    Args:
        therapy: the drug.
        rows: the people on it.
        state: of everybody.
        left: the drugs that people left before.
        heard: what is said of these people.
        asking: how numbers are asked for, if they are.
        columns: the columns of the summary, for everybody.
    """
    library = state.events.library
    options = options_for(therapy, library)
    verdicts, threat, asked, views = heard.verdicts, heard.threat, heard.asked, heard.views
    stances = np.stack([stance(option, verdicts, threat, views[option.kind]) for option in options], axis=1)
    present_weeks = state.numbers[layout(library).numbers["present_interval_weeks"], 0, rows]
    for number, option in enumerate(options):
        for rule, entries in left.against(option):
            back = some(left.row, entries, state.people.len())[rows]
            stances[back, number] = np.minimum(stances[back, number], CAPS.get(rule.effect, REASONABLE))
        if option.kind == "extend-interval" and option.interval_weeks is not None:
            # no interval is longer than one that is already used; where that is unknown, each may be
            stances[present_weeks >= option.interval_weeks, number] = NOT_OPEN
    silent = threat.emergency | asked.out_of_scope
    comparison: Comparison | None = None
    parts: tuple[Part, ...] = ()
    if asking is not None:
        rivals = sought(options, stances, views)
        comparison, parts = weigh(options, rows, rivals, threat.emergency, silent, state, verdicts, asking)
    if comparison is not None:
        capped = [marked(option, verdicts, threat, "at-most-reasonable", unless_excluded=True) for option in options]
        stances = judged(options, stances, comparison, views, np.stack(capped, axis=1), silent, library)
    told = recommend(options, stances, views, threat, asked, library, comparison)
    columns["strength"][rows] = _named((None, "hold"), told.hold)
    if comparison is not None:
        tempered = [marked(option, verdicts, threat, "strength-balanced") for option in options]
        found = strength(options, told.option, told.hold, views, comparison, np.stack(tempered, axis=1), library)
        columns["strength"][rows], columns["disagreement"][rows] = found.strength, found.disagreement
    columns["kind"][rows] = _named([*(option.kind for option in options), "hold-pending"], told.option)
    columns["option"][rows] = _named([*(option.id for option in options), None], told.option)
    columns["review"][rows] = _named(REVIEWS, told.review)
    columns["next_dose"][rows] = told.next_dose
    columns["reason"][rows] = told.reason
    return Group(rows, options, stances, comparison, parts)


def _without_a_drug(nothing: bool, rows: npt.NDArray[np.intp], heard: Heard, columns: Columns) -> None:
    """People who take nothing, or of whom it is not known what they take; then no dose may be left out unseen."""
    asked, threat = heard.asked, heard.threat
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


def _put_off(groups: Sequence[Group], columns: Columns, state: State) -> None:
    """Until when the next dose is put off: the last dose and the longer interval; a day that has passed means now."""
    rows = np.flatnonzero(columns["next_dose"] == "delay-until")
    if not rows.size:
        return
    weeks = {option.id: option.interval_weeks for group in groups for option in group.options}
    number = {str(group.options[0].therapy): place for place, group in enumerate(groups)}
    mine = np.full(state.people.len(), -1)
    for place, group in enumerate(groups):
        mine[group.rows] = place
    doses, person = state.events["dose"], state.events.row_of("dose")
    given = flags(doses["certain"]) & (numbered(doses["therapy"], number, -2, -2) == mine[person])
    last = most(person[given], days(doses["on_latest"], BEFORE)[given], mine.size, BEFORE)
    for row in rows[last[rows] > BEFORE].tolist():
        until = _EPOCH + timedelta(days=int(last[row]), weeks=weeks[columns["option"][row]] or 0)
        if until <= state.on:
            columns["next_dose"][row] = "give"
        else:
            columns["until"][row] = until
