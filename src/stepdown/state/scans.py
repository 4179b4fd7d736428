"""What MRI scans say: which show activity, how far back the quiet ones prove quiet, how old the last one is.

A scan is active with a new or enlarging T2 lesion, an enhancing lesion, or a report that says it is not stable. It is
quiet when no new or enlarging T2 lesion was found and none is said to enhance, or when the report says stable: an
enhancing lesion is new or enlarging on T2 as well, and follow-up scans are often made without contrast.
Any other scan proves neither, so it may have been active. A suspected (preliminary) reading counts for nothing sure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from stepdown.state.arrays import AFTER, BEFORE, Flags, Floats, days, floats, least, most
from stepdown.state.calendar import Days
from stepdown.state.events import Events
from stepdown.state.order import in_order
from stepdown.state.spans import Rows, latest_possible, months_up_to, rows_of, window_start
from stepdown.state.words import matches, missing

_BRAIN = ("brain", "both")
_CORD = ("cord", "both")


@dataclass(frozen=True)
class Scans:
    """The scans as arrays.

    Attributes:
        rows: person, bounds of the day, status and source.
        active: shows activity for sure.
        maybe_active: is not proven quiet.
        quiet: proves quiet.
        brain: comparable scan of the brain (a scan without a region is taken as one); never a suspected one.
        cord: scan of the spinal cord.
        compared: day of the earlier scan it was compared with, `BEFORE` where unknown.
        enhancing: shows an enhancing lesion, so the activity is of its own day.
    """

    rows: Rows
    active: Flags
    maybe_active: Flags
    quiet: Flags
    brain: Flags
    cord: Flags
    compared: Days
    enhancing: Flags


def scans_of(events: Events) -> Scans:
    """The scans of a record, classified once."""
    if "scans" not in events.cache:
        events.cache["scans"] = _scans_of(events)
    found: Scans = events.cache["scans"]
    return found


def _scans_of(events: Events) -> Scans:
    frame, rows = events["mri"], rows_of(events, "mri")
    new_t2, enhancing = floats(frame["new_t2"]), floats(frame["gd_lesions"]) > 0
    stable = floats(frame["stable"].cast(pl.Float64))
    shows = (new_t2 > 0) | enhancing | (stable == 0)
    unchanged = new_t2 == 0
    dated = rows.first > BEFORE
    # a quiet scan that is preliminary or may lie after the index date proves nothing and takes nothing away
    harmless = ~shows & (unchanged | (stable == 1))
    quiet = rows.happened & dated & harmless
    region = frame["region"]
    return Scans(
        rows=rows,
        active=rows.happened & shows,
        maybe_active=~harmless,
        quiet=quiet,
        brain=rows.happened & (missing(region) | matches(region, _BRAIN)),
        cord=matches(region, _CORD),
        compared=days(frame["compared_on"], BEFORE),
        enhancing=enhancing,
    )


def quiet_since(events: Events) -> Days:
    """For each person the day since which scans prove quiet up to the index date, `AFTER` where they do not."""
    if "scans.quiet" not in events.cache:
        events.cache["scans.quiet"] = _quiet_since(events, scans_of(events))
    found: Days = events.cache["scans.quiet"]
    return found


def _quiet_since(events: Events, scans: Scans) -> Days:
    """The same, worked out.

    Quiet brain scans are chained: each proves quiet back to the scan it was compared with (where that is not said:
    the brain scan before it), and joins the chain of that scan. The chain ends at the last scan that is not proven
    quiet, of any region. The last brain scan speaks for the time up to the index date while it is fresh.
    """
    rows, size = scans.rows, scans.rows.size
    number = events.library.number
    fresh_from = window_start(events, number("mri-freshness-months"))
    chosen = np.flatnonzero(scans.brain & (rows.first > BEFORE))
    # by person and day; at equal days the quiet one comes last and may join what stands before it
    order = chosen[in_order(rows.person[chosen], rows.first[chosen], rows.last[chosen], scans.quiet[chosen])]
    person, first, last, quiet = rows.person[order], rows.first[order], rows.last[order], scans.quiet[order]
    compared = scans.compared[order]
    known = compared > BEFORE
    follows = np.zeros(len(order), np.bool_)
    follows[1:] = person[1:] == person[:-1]
    before_first, before_last = np.roll(first, 1), np.roll(last, 1)
    start = np.where(known, compared, np.where(follows, np.minimum(before_last, last), last))
    reaches = ~known | (compared <= before_first + round(number("mri-comparison-tolerance-days")))
    joined = follows & quiet & np.roll(quiet, 1) & reaches
    chain = np.cumsum(~joined).astype(np.int64)
    begin = least(chain, start, len(order) + 1, AFTER)[chain] if len(order) else start
    found = np.full(size, AFTER)
    final = np.ones(len(order), np.bool_)
    final[:-1] = person[1:] != person[:-1]
    # the last scan either ends a chain or, when it is not proven quiet, is a beginning of its own
    ends = final & quiet
    found[person[ends]] = begin[ends]
    newest = most(person[quiet | scans.active[order]], first[quiet | scans.active[order]], size, BEFORE)
    disturbed = latest_possible(rows, scans.maybe_active)
    only_active = (found == AFTER) & (disturbed > BEFORE)
    found = np.where(only_active, disturbed, np.where(found == AFTER, AFTER, np.maximum(found, disturbed)))
    result: Days = np.where(newest >= fresh_from, found, AFTER)
    return result


def age_of_last(events: Events, rows: Rows, mask: Flags) -> tuple[Floats, Floats]:
    """Months since the last scan on record, as bounds; 0 to unbounded where there is none or its day is unknown."""
    last = latest_possible(rows, mask)
    low = np.where(last == BEFORE, 0.0, months_up_to(np.where(last == BEFORE, 0, last), events))
    sure = most(rows.person[mask & rows.happened], rows.first[mask & rows.happened], rows.size, BEFORE)
    high = np.where(sure == BEFORE, np.inf, months_up_to(np.where(sure == BEFORE, 0, sure), events))
    return low, high


def last_was_active(scans: Scans) -> tuple[Flags, Flags]:
    """Whether the last comparable scan surely showed activity, and whether it surely showed none."""
    rows, size = scans.rows, scans.rows.size
    brain_or_active = scans.brain | scans.maybe_active
    active_from = most(rows.person[scans.active], rows.first[scans.active], size, BEFORE)
    other = brain_or_active & ~scans.active
    others_to = most(rows.person[other], rows.last[other], size, BEFORE)
    calm = scans.quiet & scans.brain
    calm_from = most(rows.person[calm], rows.first[calm], size, BEFORE)
    disturbed_to = latest_possible(rows, scans.maybe_active)
    yes: Flags = (active_from > BEFORE) & (active_from >= others_to)
    no: Flags = (calm_from > BEFORE) & (calm_from > disturbed_to)
    return yes, no


def activity_from(scans: Scans) -> Days:
    """For each scan the earliest day that its activity may have, `BEFORE` where that is unknown."""
    found: Days = np.where(scans.enhancing, scans.rows.first, scans.compared)
    return found
