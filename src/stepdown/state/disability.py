"""Disability: the current scores, the EDSS at the start of the drug, and the years since confirmed worsening."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from stepdown.state import treatment
from stepdown.state.arrays import (
    AFTER,
    BEFORE,
    Answers,
    Flags,
    Floats,
    Index,
    days,
    least,
    months_since,
    most,
    person_rows,
    some,
    today,
)
from stepdown.state.calendar import Days, add_months
from stepdown.state.events import Events
from stepdown.state.worsening import Last, scan
from stepdown.state.worsening_bounds import may_have_begun, surely_happened
from stepdown.state.worsening_visits import Relapses, Rules, Scores, Visits, read_relapses, read_visits

SCORES = {"edss": "edss", "t25fw": "t25fw_s", "nhpt": "nhpt_s", "sdmt": "sdmt"}
"""Variables of the state and the columns of the table `disability` that they are read from."""

WORSENING = ("years_since_worsening_12w", "years_since_worsening_24w", "years_since_pira", "years_since_raw")


def derive(events: Events) -> pl.DataFrame:
    """The disability variables of everyone in `events.people`, in that order; see `variables/disability.yaml`."""
    answers = Answers(events)
    rows = {name: _Rows.of(events, column) for name, column in SCORES.items()}
    for name in SCORES:
        _current(events, name, rows[name], answers)
    _at_start(events, rows["edss"], answers)
    for name, (low, high) in worsening(events).items():
        answers.number(name, low, high, "worsening")
    rows["edss"].cite(events, answers, "worsening")
    answers.source("worsening", person_rows(events, events["relapse"]), events["relapse"]["source"])
    return answers.frame()


@dataclass(frozen=True)
class _Rows:
    """The rows of one score: person, possible days, whether it surely lies by the index date, value, source."""

    person: Index
    first: Days
    last: Days
    certain: Flags
    value: Floats
    during: Flags
    at: Index

    @staticmethod
    def of(events: Events, column: str) -> _Rows:
        scores = Scores.of(events)
        value = scores.values[column]
        at = np.flatnonzero(~np.isnan(value))
        return _Rows(
            scores.person[at], scores.first[at], scores.last[at], scores.certain[at], value[at], scores.during[at], at
        )

    def cite(self, events: Events, answers: Answers, group: str, chosen: Flags | slice = slice(None)) -> None:
        """Say that a group of variables rests on the chosen rows."""
        if events.explain:
            answers.source(group, self.person[chosen], Scores.of(events).source.gather(self.at[chosen]))


def _current(events: Events, name: str, rows: _Rows, answers: Answers) -> None:
    """The last score: everything that may be the last, where days are not known; unknown once possibly stale."""
    size, now = events.people.height, today(events)
    clear, disturbed = np.ones(len(rows.person), dtype=np.bool_), np.zeros(len(rows.person), dtype=np.bool_)
    if name == "edss":
        clear, disturbed = _relapse_near(events, rows)
    settled = rows.certain & clear
    # A person whose every score lies in a relapse keeps the last of them.
    only_disturbed = ~some(rows.person, ~disturbed, size)
    basis = settled | (rows.certain & only_disturbed[rows.person])
    newest = most(rows.person[basis], rows.first[basis], size, BEFORE)
    usable = ~disturbed | ~some(rows.person, settled, size)[rows.person]
    candidate = usable & (rows.last >= newest[rows.person])
    any_sure = some(rows.person, rows.certain, size)
    person, value = rows.person[candidate], rows.value[candidate]
    low = np.where(any_sure, least(person, value, size, np.inf), -np.inf)
    high = np.where(any_sure, most(person, value, size, -np.inf), np.inf)
    oldest_age = np.where(any_sure, months_since(newest, now), np.inf)
    youngest_age = np.where(any_sure, months_since(most(person, rows.last[candidate], size, BEFORE), now), -np.inf)
    freshness = events.library.variables[name].freshness
    fresh = oldest_age <= (freshness.months if freshness else np.inf)
    answers.number(name, np.where(fresh, low, -np.inf), np.where(fresh, high, np.inf), name)
    answers.number(f"{name}_last", low, high, name)
    answers.number(f"{name}_last_months", youngest_age, oldest_age, name)
    rows.cite(events, answers, name, candidate)


def _relapse_near(events: Events, rows: _Rows) -> tuple[Flags, Flags]:
    """Scores that surely lie outside every relapse on record, and scores that surely lie in one."""
    reach = Rules.of(events.library).to_baseline - 1
    relapses = _relapses(events)
    clear = ~relapses.any_between(rows.first - reach, rows.last, owner=rows.person) & ~rows.during
    inside = relapses.any_between(rows.last - reach, rows.first, sure=True, owner=rows.person) | rows.during
    return clear, inside


def _at_start(events: Events, rows: _Rows, answers: Answers) -> None:
    """The EDSS nearest to the start of the current drug: the last before it, else the first after, within a window."""
    size, months = events.people.height, np.full(1, int(events.library.number("edss-at-start-months")))
    current = treatment.current(events)
    known = (current["start"].is_not_null() & current["start_latest"].is_not_null()).to_numpy()
    begun, begun_latest = days(current["start"], 0), days(current["start_latest"], 0)
    person = rows.person
    opens, opens_latest = add_months(begun, -months)[person], add_months(begun_latest, -months)[person]
    closes, closes_latest = add_months(begun, months)[person], add_months(begun_latest, months)[person]
    begun, begun_latest = begun[person], begun_latest[person]
    inside = (rows.last >= opens) & (rows.first <= closes_latest)
    surely = rows.certain & (rows.first >= opens_latest) & (rows.last <= closes)
    before, surely_before = inside & (rows.first <= begun_latest), surely & (rows.last <= begun)
    newest = most(person[surely_before], rows.first[surely_before], size, BEFORE)
    oldest = least(person[surely], rows.last[surely], size, AFTER)
    some_before, none_before = some(person, surely_before, size), ~some(person, before, size)
    chosen = np.where(
        some_before[person],
        before & (rows.last >= newest[person]),
        inside & (~none_before[person] | (rows.first <= oldest[person])),
    )
    known &= some(person, surely, size)
    chosen &= known[person]
    low = np.where(known, least(person[chosen], rows.value[chosen], size, np.inf), -np.inf)
    high = np.where(known, most(person[chosen], rows.value[chosen], size, -np.inf), np.inf)
    answers.number("edss_at_start", low, high, "edss_at_start")
    rows.cite(events, answers, "edss_at_start", chosen)


def _relapses(events: Events) -> Relapses:
    if "relapses" not in events.cache:
        events.cache["relapses"] = read_relapses(events)
    found: Relapses = events.cache["relapses"]
    return found


def worsening(events: Events) -> dict[str, tuple[Floats, Floats]]:
    """Bounds on the years since the last confirmed worsening of each kind, one entry a person.

    The high bound counts from the earliest day on which a certain event may have begun; infinite where none is
    certain. The low bound counts from the latest day on which one may have begun, from the end of the last gap
    between visits, or from the first visit, whichever is latest; minus infinity where nothing is known.
    """
    if "worsening" not in events.cache:
        events.cache["worsening"] = _worsening(events)
    found: dict[str, tuple[Floats, Floats]] = events.cache["worsening"]
    return found


def _worsening(events: Events) -> dict[str, tuple[Floats, Floats]]:
    rules, now = Rules.of(events.library), today(events)
    visits, relapses = read_visits(events), _relapses(events)
    quiet_from = _quiet_from(visits, rules, now)
    shape = (len(WORSENING), len(visits.count))
    earliest, latest = np.full(shape, BEFORE), np.full(shape, BEFORE)
    exact = _exact(visits, relapses, rules)
    dated = ~visits.undated & (visits.count > 0)
    for known, chosen in ((True, exact), (False, dated & ~exact)):
        rows = np.flatnonzero(chosen)
        if len(rows):
            seen, near = visits.of(rows), relapses.of(rows)
            last = scan(seen, near, rules, now) if known else surely_happened(seen, near, rules)
            earliest[:, rows] = _by_variable(last)
            latest[:, rows] = _latest(last) if known else may_have_begun(seen, rules, now).T[[0, 1, 1, 1]]
    low = months_since(np.maximum(latest, quiet_from), now) / 12
    high = months_since(earliest, now) / 12
    blank = (quiet_from == AFTER) | ((low <= 0) & np.isinf(high))
    return {name: (np.where(blank[at], -np.inf, low[at]), high[at]) for at, name in enumerate(WORSENING)}


def _by_variable(last: Last) -> Days:
    """The days of the last event in the order of `WORSENING`."""
    return np.stack([last.worsening[:, 0], last.worsening[:, 1], last.pira[:, 1], last.raw[:, 1]])


def _latest(last: Last) -> Days:
    """The same, with what is pending and what may be of either kind."""
    either = np.maximum(last.unclear, last.pending)[:, 1]
    open_ended = np.stack([last.pending[:, 0], last.pending[:, 1], either, either])
    return np.maximum(_by_variable(last), open_ended)


def _exact(visits: Visits, relapses: Relapses, rules: Rules) -> Flags:
    """People whose visits and relapses are all known, each to the day, as far as the scan looks at them."""
    if not visits.first.shape[1]:
        return np.zeros(len(visits.count), dtype=np.bool_)
    begin = visits.first[:, 0]
    reach = begin - max(rules.raw, rules.pira_before, rules.to_baseline, rules.to_confirmation)
    vague = (relapses.last >= reach[:, None]) & ~(relapses.sure & (relapses.first == relapses.last))
    precise = (visits.first == visits.last) & ~(visits.low < visits.high)
    observed = relapses.since <= begin - max(rules.to_baseline, rules.to_confirmation)
    sure = visits.sure.sum(axis=1) == visits.count
    exact: Flags = observed & ~vague.any(axis=1) & precise.all(axis=1) & sure & ~visits.undated & (visits.count > 0)
    return exact


def _quiet_from(visits: Visits, rules: Rules, now: int) -> Days:
    """Since when visits follow each other closely enough to speak of quiet; `AFTER` where nothing is known."""
    start = np.full(len(visits.count), AFTER)
    ended = np.full(len(visits.count), BEFORE)
    for place in range(visits.first.shape[1]):
        there = visits.sure[:, place]
        apart = there & (visits.last[:, place] - ended > rules.gap)
        start = np.where(apart, visits.last[:, place], start)
        ended = np.where(there, visits.first[:, place], ended)
    stale = (now - ended > rules.gap) & (visits.count > 0)
    start = np.where(stale & (start < AFTER), now, start)
    known: Days = np.where(visits.undated, AFTER, start)
    return known
