"""Confirmed disability worsening, with relapses (RAW) and without (PIRA): the scan over visits.

The definition follows Montobbio 2024 (library: `montobbio-2024`); every number is in
`library/definitions/disability.yaml`, and docs/disability.md tells it in words.

The baseline roves: it begins at the first EDSS that no relapse disturbs and moves to the confirming visit of
every confirmed worsening or improvement, because the question here is when the *last* worsening began.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stepdown.state.arrays import BEFORE, Flags, Floats, Index
from stepdown.state.calendar import Days
from stepdown.state.worsening_visits import Relapses, Rules, Visits

NEVER = BEFORE


@dataclass(frozen=True)
class Last:
    """The day on which the last event of each kind began, people x 2 (12 and 24 weeks); `NEVER` where none did.

    Attributes:
        worsening: confirmed worsening.
        raw, pira: the same, told apart by relapses.
        unclear: confirmed worsening whose kind cannot be told, because relapses before it were not observed.
        pending: a worsening that no later visit has confirmed or refuted.
    """

    worsening: Days
    raw: Days
    pira: Days
    unclear: Days
    pending: Days


@dataclass
class _Track:
    """What the scan reads, rows x visits; rows are people, each once for a confirmation interval."""

    day: Days
    score: Floats
    count: Index
    baseline_ok: Flags
    confirm_ok: Flags
    after_relapse: Flags
    quiet: Flags
    observed: Flags
    confirm: Index

    def of(self, rows: Index) -> _Track:
        """Some of the rows, in ascending order."""
        if len(rows) == len(self.count):
            return self
        return _Track(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


def scan(visits: Visits, relapses: Relapses, rules: Rules) -> Last:
    """Find the last confirmed worsening of people whose visits and relapses are known to the day.

    Args:
        visits: day-precise EDSS visits, one score each.
        relapses: day-precise relapses; each counts as certain.
        rules: the definition.
    """
    day, people = visits.first, len(visits.count)
    track = _Track(
        day=day,
        score=visits.low,
        count=visits.count,
        baseline_ok=~relapses.any_between(day - rules.to_baseline + 1, day),
        confirm_ok=~relapses.any_between(day - rules.to_confirmation + 1, day),
        after_relapse=relapses.any_between(day - rules.raw, day),
        quiet=~relapses.any_between(day - rules.pira_before, day + rules.pira_after),
        observed=relapses.since[:, None] <= day - max(rules.raw, rules.pira_before),
        confirm=np.zeros(people, dtype=np.int64),
    )
    track = track.of(np.repeat(np.arange(people), len(rules.confirm)))
    track.confirm = np.tile(np.array(rules.confirm), people)
    last = Last(*(np.full(len(track.count), NEVER) for _ in range(5)))
    _search(track, rules, last)
    return Last(*(getattr(last, name).reshape(people, -1) for name in last.__dataclass_fields__))


def _search(track: _Track, rules: Rules, last: Last) -> None:
    """Look at one change of EDSS in every row at a time until no row has another; fill `last`."""
    width = track.day.shape[1]
    place = np.arange(width)
    usable = np.where(track.baseline_ok & (place < track.count[:, None]), place, width)
    next_usable = np.minimum.accumulate(usable[:, ::-1], axis=1)[:, ::-1]
    rows = np.flatnonzero(track.count > 0)
    base, search = np.zeros(len(rows), dtype=np.int64), np.ones(len(rows), dtype=np.int64)
    while len(rows):
        base = next_usable[rows, base]
        keep = base < width
        rows, base, search = rows[keep], base[keep], np.maximum(search[keep], base[keep] + 1)
        here = track.of(rows)
        each = np.arange(len(rows))
        inside = place < here.count[:, None]
        origin = here.score[each, base]
        step, change = rules.step(origin)[:, None], here.score - origin[:, None]
        changed = (np.abs(change) >= step) & inside & (place >= search[:, None])
        keep = changed.any(axis=1)
        if not keep.all():
            rows, base, step, change, inside, changed = (x[keep] for x in (rows, base, step, change, inside, changed))
            here, each = here.of(np.flatnonzero(keep)), np.arange(len(rows))
        onset = changed.argmax(axis=1)
        worse = change[each, onset] > 0
        held = np.where(worse[:, None], change >= step, -change >= step)
        lost = np.where(~held & inside & (place > onset[:, None]), place, here.count[:, None]).min(axis=1)
        gap = here.day - here.day[each, onset][:, None]
        window = (gap >= (here.confirm - rules.early)[:, None]) & (gap <= (here.confirm + rules.late)[:, None])
        window &= here.confirm_ok & inside & (place > onset[:, None])
        confirming = window.argmax(axis=1)
        confirmed = window.any(axis=1) & (confirming < lost)
        pira = here.quiet[each, onset] & (window & here.quiet & (place < lost[:, None])).any(axis=1)
        _note(track, rows, onset, worse & confirmed, pira, last)
        open_end = worse & ~confirmed & (lost == here.count)
        last.pending[rows[open_end]] = track.day[rows[open_end], onset[open_end]]
        base = np.where(confirmed, confirming, base)
        search = np.where(confirmed, confirming, onset) + 1


def _note(track: _Track, rows: Index, onset: Index, event: Flags, pira: Flags, last: Last) -> None:
    """Write down a confirmed worsening and its kind; later events replace earlier ones."""
    rows, onset, pira = rows[event], onset[event], pira[event]
    day, raw = track.day[rows, onset], track.after_relapse[rows, onset]
    clear = track.observed[rows, onset]
    last.worsening[rows] = day
    last.raw[rows[raw]] = day[raw]
    told = ~raw & clear & pira
    last.pira[rows[told]] = day[told]
    untold = ~raw & ~clear
    last.unclear[rows[untold]] = day[untold]
