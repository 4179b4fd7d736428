"""Disability: the current scores, the EDSS at the start of the drug, and the years since confirmed worsening."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from stepdown.state.answers import Answers
from stepdown.state.arrays import (
    AFTER,
    BEFORE,
    Flags,
    Floats,
    Index,
    least,
    months_since,
    most,
    some,
    today,
)
from stepdown.state.calendar import Days, add_months
from stepdown.state.events import Events
from stepdown.state.treated import started
from stepdown.state.worsening import Last, scan
from stepdown.state.worsening_bounds import may_have_begun, surely_happened
from stepdown.state.worsening_visits import Relapses, Rules, Scores, Visits, read_relapses, read_visits

SCORES = {"edss": "edss", "t25fw": "t25fw_s", "nhpt": "nhpt_s", "sdmt": "sdmt"}
"""Variables of the state and the columns of the table `disability` that they are read from."""

MANY = 32
"""Visits of a person beyond which those with fewer are looked at by themselves."""

WORSENING = ("years_since_worsening_12w", "years_since_worsening_24w", "years_since_pira", "years_since_raw")


def derive(events: Events) -> Answers:
    """The scores of everyone in `events.people`, in that order; see `variables/disability.yaml`."""
    answers = Answers(events)
    _current(events, answers)
    _at_start(events, _Rows.of(events, ("edss",)), answers)
    return answers


def derive_worsening(events: Events) -> Answers:
    """The years since the disability of everyone last worsened, in the order of `events.people`."""
    answers = Answers(events)
    for name, (low, high) in worsening(events).items():
        answers.number(name, low, high, "worsening")
    if events.explain:
        _Rows.of(events, ("edss",)).cite(events, answers, "worsening")
        answers.source("worsening", events.row_of("relapse"), events.sources("relapse"))
    return answers


@dataclass(frozen=True)
class _Rows:
    """Single scores as arrays, one kind after the other.

    Attributes:
        kind: which of the scores that were asked for.
        person, first, last, certain, during: as in `Scores`.
        value: the score.
        at: the row of the table.
    """

    kind: Index
    person: Index
    first: Days
    last: Days
    certain: Flags
    during: Flags
    value: Floats
    at: Index

    @staticmethod
    def of(events: Events, names: Sequence[str]) -> _Rows:
        table = Scores.of(events)
        given = [table.values[SCORES[name]] for name in names]
        rows = [np.flatnonzero(~np.isnan(values)) for values in given]
        at = np.concatenate(rows)
        return _Rows(
            np.repeat(np.arange(len(names)), [mine.size for mine in rows]),
            table.person[at], table.first[at], table.last[at], table.certain[at], table.during[at],
            np.concatenate([values[mine] for values, mine in zip(given, rows, strict=True)]), at,
        )  # fmt: skip

    def cite(self, events: Events, answers: Answers, group: str, chosen: Flags | slice = slice(None)) -> None:
        """Say that a group of variables rests on the chosen rows."""
        if events.explain:
            answers.source(group, self.person[chosen], events.sources("disability")[self.at[chosen]])


def _current(events: Events, answers: Answers) -> None:
    """The last score of each kind: everything that may be the last, where days are not known.

    The EDSS of a relapse does not count unless a person has no other. A value that is possibly stale is unknown.
    """
    people, now, rows = events.people.height, today(events), _Rows.of(events, tuple(SCORES))
    size, who = people * len(SCORES), rows.kind * people + rows.person
    clear, disturbed = _relapse_near(events, rows)
    settled = rows.certain & clear
    only_disturbed = ~some(who, ~disturbed, size)
    basis = settled | (rows.certain & only_disturbed[who])
    newest = most(who[basis], rows.first[basis], size, BEFORE)
    usable = ~disturbed | ~some(who, settled, size)[who]
    candidate = usable & (rows.last >= newest[who])
    chosen, value = who[candidate], rows.value[candidate]
    known = some(who, rows.certain, size)
    low = np.where(known, least(chosen, value, size, np.inf), -np.inf)
    high = np.where(known, most(chosen, value, size, -np.inf), np.inf)
    oldest = np.where(known, months_since(newest, now), np.inf)
    youngest = np.where(known, months_since(most(chosen, rows.last[candidate], size, BEFORE), now), -np.inf)
    for kind, name in enumerate(SCORES):
        part = slice(kind * people, (kind + 1) * people)
        freshness = events.library.variables[name].freshness
        fresh = oldest[part] <= (freshness.months if freshness else np.inf)
        answers.number(name, np.where(fresh, low[part], -np.inf), np.where(fresh, high[part], np.inf), name)
        answers.number(f"{name}_last", low[part], high[part], name)
        answers.number(f"{name}_last_months", youngest[part], oldest[part], name)
        rows.cite(events, answers, name, candidate & (rows.kind == kind))


def _relapse_near(events: Events, rows: _Rows) -> tuple[Flags, Flags]:
    """EDSS that surely lie outside every relapse on record, and EDSS that surely lie in one; other scores are clear."""
    reach = Rules.of(events.library).to_baseline - 1
    relapses, edss = _relapses(events), rows.kind == list(SCORES).index("edss")
    clear = ~relapses.any_between(rows.first - reach, rows.last, rows.person) & ~rows.during
    inside = relapses.any_between(rows.last - reach, rows.first, rows.person, sure=True) | rows.during
    return clear | ~edss, inside & edss


def _at_start(events: Events, rows: _Rows, answers: Answers) -> None:
    """The EDSS nearest to the start of the current drug: the last before it, else the first after, within a window."""
    size, months = events.people.height, np.full(1, int(events.library.number("edss-at-start-months")))
    drug = started(events)
    begun, begun_latest = drug.earliest, drug.latest
    known = (begun > BEFORE) & (begun_latest < AFTER)
    begun, begun_latest = np.where(known, begun, 0), np.where(known, begun_latest, 0)
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
    between visits, or from the first visit, whichever is latest; 0 where nothing is known.
    """
    if "worsening" not in events.cache:
        events.cache["worsening"] = _worsening(events)
    found: dict[str, tuple[Floats, Floats]] = events.cache["worsening"]
    return found


def _worsening(events: Events) -> dict[str, tuple[Floats, Floats]]:
    rules, now = Rules.of(events.library), today(events)
    visits, relapses = read_visits(events), _relapses(events)
    shape = (len(WORSENING), len(visits.count))
    earliest, latest = np.full(shape, BEFORE), np.full(shape, BEFORE)
    exact, worse = _exact(visits, relapses, rules), visits.may_worsen(rules)
    for rows in _alike(visits.count, exact & worse):
        last = scan(visits.of(rows), relapses, rules)
        earliest[:, rows], latest[:, rows] = _by_variable(last), _latest(last)
    for rows in _alike(visits.count, ~exact & worse & ~visits.undated):
        grid = visits.of(rows)
        certain = surely_happened(grid, relapses, rules)
        earliest[:, rows] = _by_variable(certain.last)
        latest[:, rows] = may_have_begun(grid, rules, certain).T[[0, 1, 1, 1]]
    quiet_from = _quiet_from(visits, rules, now)
    low = months_since(np.minimum(np.maximum(latest, quiet_from), now), now) / 12
    high = months_since(earliest, now) / 12
    return {name: (low[at], high[at]) for at, name in enumerate(WORSENING)}


def _alike(count: Index, chosen: Flags) -> Iterator[Index]:
    """The people who are chosen, those with many more visits than others by themselves, so that grids stay small."""
    fewer = 0
    while (rows := np.flatnonzero(chosen & (count > fewer))).size:
        more = max(4 * fewer, MANY)
        if (part := rows[count[rows] <= more]).size:
            yield part
        fewer = more


def _by_variable(last: Last) -> Days:
    """The days of the last event in the order of `WORSENING`."""
    return np.stack([last.worsening[:, 0], last.worsening[:, 1], last.pira[:, 1], last.raw[:, 1]])


def _latest(last: Last) -> Days:
    """The same, with what is pending and what may be of either kind."""
    either = np.maximum(last.unclear, last.pending)[:, 1]
    open_ended = np.stack([last.pending[:, 0], last.pending[:, 1], either, either])
    latest: Days = np.maximum(_by_variable(last), open_ended)
    return latest


def _exact(visits: Visits, relapses: Relapses, rules: Rules) -> Flags:
    """People whose visits and relapses are all known, each to the day, as far as the scan looks at them."""
    begin = least(visits.person, visits.first, visits.count.size, AFTER)
    reach = begin - max(rules.raw, rules.pira_before, rules.to_baseline, rules.to_confirmation)
    vague = (relapses.last >= reach[relapses.person]) & ~(relapses.sure & (relapses.first == relapses.last))
    precise = (visits.first == visits.last) & (visits.low == visits.high) & visits.sure
    inexact = some(relapses.person, vague, begin.size) | some(visits.person, ~precise, begin.size) | visits.undated
    observed = relapses.since <= begin - max(rules.to_baseline, rules.to_confirmation)
    exact: Flags = observed & ~inexact & (visits.count > 0)
    return exact


def _quiet_from(visits: Visits, rules: Rules, now: int) -> Days:
    """Since when visits follow each other closely enough to speak of quiet; `AFTER` where nothing is known."""
    size = visits.count.size
    person, first, last = visits.person[visits.sure], visits.first[visits.sure], visits.last[visits.sure]
    new = np.append(True, person[1:] != person[:-1])[: person.size]
    apart = new | np.append(True, last[1:] - first[:-1] > rules.gap)[: person.size]
    start = most(person[apart], last[apart], size, BEFORE)
    start = np.where(start == BEFORE, AFTER, start)
    ended = most(person, first, size, BEFORE)
    stale = (now - ended > rules.gap) & (start < AFTER)
    return np.where(visits.undated, AFTER, np.where(stale, now, start))
