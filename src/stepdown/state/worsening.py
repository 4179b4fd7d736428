"""Confirmed disability worsening, with relapses (RAW) and without (PIRA): the scan over visits.

The definition follows Montobbio 2024 (library: `montobbio-2024`); every number is in
`library/definitions/disability.yaml`, and docs/disability.md tells it in words.

The baseline roves: it begins at the first EDSS that no relapse disturbs and moves to the confirming visit of
every confirmed worsening or improvement, because the question here is when the *last* worsening began.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stepdown.state.arrays import BEFORE, Flags, Index
from stepdown.state.calendar import Days
from stepdown.state.worsening_visits import Grid, Relapses, Rules

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


@dataclass(frozen=True)
class _Track:
    """What the scan reads, people x visits; false beyond the visits of a person."""

    grid: Grid
    next_usable: Index
    confirm_ok: Flags
    after_relapse: Flags
    quiet: Flags
    observed: Flags


def scan(visits: Grid, relapses: Relapses, rules: Rules) -> Last:
    """Find the last confirmed worsening of people whose visits and relapses are known to the day.

    Args:
        visits: day-precise EDSS visits, one score each.
        relapses: day-precise relapses; each counts as certain.
        rules: the definition.
    """
    day, width = visits.first, visits.first.shape[1]
    baseline_ok = visits.inside & ~relapses.near(visits, day - rules.to_baseline + 1, day)
    usable = np.where(baseline_ok, np.arange(width), width)
    track = _Track(
        visits,
        next_usable=np.minimum.accumulate(usable[:, ::-1], axis=1)[:, ::-1],
        confirm_ok=visits.inside & ~relapses.near(visits, day - rules.to_confirmation + 1, day),
        after_relapse=relapses.near(visits, day - rules.raw, day),
        quiet=visits.inside & ~relapses.near(visits, day - rules.pira_before, day + rules.pira_after),
        observed=relapses.since[visits.person, None] <= day - max(rules.raw, rules.pira_before),
    )
    last = Last(*(np.full((len(visits.count), len(rules.confirm)), NEVER) for _ in range(5)))
    for which in range(len(rules.confirm)):
        _search(track, rules, which, last)
    return last


def _search(track: _Track, rules: Rules, which: int, last: Last) -> None:
    """Look at one change of EDSS of everybody at a time until nobody has another; fill `last`."""
    grid, confirm = track.grid, rules.confirm[which]
    width = grid.first.shape[1]
    place = np.arange(width)
    rows = np.flatnonzero(grid.count > 0)
    base, search = np.zeros(len(rows), dtype=np.int64), np.ones(len(rows), dtype=np.int64)
    while len(rows):
        base = track.next_usable[rows, base]
        keep = base < width
        rows, base, search = rows[keep], base[keep], np.maximum(search[keep], base[keep] + 1)
        origin = grid.low[rows, base]
        step, change = rules.step(origin), grid.low[rows] - origin[:, None]
        changed = (np.abs(change) >= step[:, None]) & (place >= search[:, None])
        keep = changed.any(axis=1)
        rows, base, step, change, changed = rows[keep], base[keep], step[keep], change[keep], changed[keep]
        each, onset = np.arange(len(rows)), changed.argmax(axis=1)
        worse = change[each, onset] > 0
        later = place > onset[:, None]
        # nothing is lost beyond the last visit, where the change is not a number
        losing = (change * np.where(worse, 1.0, -1.0)[:, None] < step[:, None]) & later
        lost = np.where(losing.any(axis=1), losing.argmax(axis=1), grid.count[rows])
        gap = grid.first[rows] - grid.first[rows, onset][:, None]
        window = (gap >= confirm - rules.early) & (gap <= confirm + rules.late) & later & track.confirm_ok[rows]
        confirming = window.argmax(axis=1)
        confirmed = window.any(axis=1) & (confirming < lost)
        event = np.flatnonzero(worse & confirmed)
        held = window[event] & (place < lost[event, None])
        _note(track, rows[event], onset[event], held, which, last)
        open_end = worse & ~confirmed & (lost == grid.count[rows])
        last.pending[rows[open_end], which] = grid.first[rows[open_end], onset[open_end]]
        base = np.where(confirmed, confirming, base)
        search = np.where(confirmed, confirming, onset) + 1


def _note(track: _Track, rows: Index, onset: Index, held: Flags, which: int, last: Last) -> None:
    """Write down confirmed worsenings, with the visits that confirm each, by kind; later ones replace earlier ones."""
    day, raw = track.grid.first[rows, onset], track.after_relapse[rows, onset]
    clear = track.observed[rows, onset]
    pira = track.quiet[rows, onset] & (held & track.quiet[rows]).any(axis=1)
    last.worsening[rows, which] = day
    last.raw[rows[raw], which] = day[raw]
    told = ~raw & clear & pira
    last.pira[rows[told], which] = day[told]
    untold = ~raw & ~clear
    last.unclear[rows[untold], which] = day[untold]
