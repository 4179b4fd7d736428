"""Which treatment ends which, which may be current, and since when without a break.

Rules 5 to 9 of docs/treatment.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from stepdown.knowledge.library import Library
from stepdown.state.arrays import AFTER, BEFORE, Flags, Index, least, most, some
from stepdown.state.calendar import Days
from stepdown.state.order import in_order
from stepdown.state.treatment_drugs import Drugs
from stepdown.state.treatment_rows import Doses, Rows, dose_runs, join


@dataclass(frozen=True, eq=False)
class Timeline:
    """Treatments for MS with what follows from their order.

    Attributes:
        rows: the treatments, stated ones and runs of doses, sorted by person.
        possible: may be current.
        sure: surely current, whatever the order of the others turns out to be.
        anchor: proves that the person is on some treatment.
        belongs, inside: runs of doses that may belong to a stated treatment, and that surely lie after its start.
        left, right: pairs of rows of one person.
    """

    rows: Rows
    possible: Flags
    sure: Flags
    anchor: Flags
    belongs: Flags
    inside: Flags
    left: Index
    right: Index


def timeline(stated: Rows, doses: Doses, of: Drugs, now: int) -> Timeline:
    """Put the treatments for MS into order and say which may be current."""
    stated = stated.where(of.dmt[stated.drug])
    runs = dose_runs(doses, of)
    rows = join(stated, runs) if runs.person.size else stated.where(in_order(stated.person, stated.start_low))
    left, right = _pairs(rows.person)
    rows, belongs, inside = _attach(rows, of, left, right)
    course = of.course[rows.drug]
    size = rows.person.size
    same = (rows.drug[left] == rows.drug[right]) & of.exact[rows.drug[left]]
    # a run of doses is evidence for the stated treatment of the same drug, not a statement that replaces it
    counts = ~same | rows.stated[right] | ~rows.stated[left]
    # nor do doses in the course of a stated treatment start anything
    may_follow = counts & ~inside[right] & (rows.start_high[right] > rows.start_low[left])
    surely_follows = counts & ~belongs[right] & (rows.start_low[right] > rows.start_high[left]) & rows.certain[right]
    goes_on = ~same & (rows.last_low[left] > rows.start_high[right])
    may_go_on = ~same & (rows.last_high[left] > rows.start_low[right])
    may_stop = (rows.end_low[right] <= now) & ~course[right]
    stays = (rows.end_low[right] > now) | course[right]
    open_ = (rows.end_low > now) | course
    replaced = some(left, surely_follows & ~may_go_on & (stays | course[left]), size)
    challenged = some(left, may_follow & ~goes_on, size)
    undone = some(left, may_follow & ~goes_on & may_stop, size)
    return Timeline(
        rows,
        possible=((rows.end_high > now) | course) & ~replaced,
        sure=rows.certain & open_ & ~challenged,
        anchor=rows.certain & open_ & ~undone,
        belongs=belongs,
        inside=inside,
        left=left,
        right=right,
    )


def _pairs(person: Index) -> tuple[Index, Index]:
    """Every ordered pair of two different rows of one person; the rows are sorted by person."""
    if person.size < 2:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    first = np.flatnonzero(np.append(True, person[1:] != person[:-1]))
    length = np.diff(np.append(first, person.size))
    each = np.repeat(length, length)
    left = np.repeat(np.arange(person.size), each)
    offset = np.arange(left.size) - np.repeat(np.cumsum(each) - each, each)
    right = np.repeat(np.repeat(first, length), each) + offset
    other = left != right
    return left[other], right[other]


def _attach(rows: Rows, of: Drugs, left: Index, right: Index) -> tuple[Rows, Flags, Flags]:
    """Let a run of doses share the end of the stated treatment it belongs to, and let that know its last dose.

    Returns:
        The rows; whether each is a run that may belong to a treatment; whether it surely lies after its start.
    """
    if rows.stated.all():
        return rows, ~rows.stated, ~rows.stated
    alike = (of.therapies[rows.drug[left]] & of.therapies[rows.drug[right]]) != 0
    near = alike & ~rows.stated[left] & rows.stated[right]
    near &= (rows.start_low[right] <= rows.last_high[left]) & (rows.last_low[left] <= rows.end_high[right])
    run, treatment, size = left[near], right[near], rows.person.size
    same = (rows.drug[run] == rows.drug[treatment]) & of.exact[rows.drug[run]]
    held, surely = some(run, run >= 0, size), some(run, same, size)
    given = same & rows.certain[run]
    sure_end = most(run[same], rows.end_low[treatment][same], size, BEFORE)
    any_end = least(run, rows.end_low[treatment], size, AFTER)
    attached = replace(
        rows,
        end_low=np.where(surely, sure_end, np.where(held, np.minimum(any_end, rows.end_low), rows.end_low)),
        end_high=np.where(surely, most(run, rows.end_high[treatment], size, BEFORE), rows.end_high),
        last_low=np.maximum(rows.last_low, most(treatment[given], rows.last_low[run][given], size, BEFORE)),
        last_high=np.maximum(rows.last_high, most(treatment, rows.last_high[run], size, BEFORE)),
    )
    later = some(run, same & (rows.start_high[treatment] <= rows.start_low[run]), size)
    return attached, held, later


@dataclass(frozen=True, eq=False)
class Stretches:
    """For each treatment: bounds on its end, and on the start of the stretch without a break that it lies in."""

    end_low: Days
    end_high: Days
    since_low: Days
    since_high: Days


def stretches(line: Timeline, key: Index, wide: Index, of: Drugs, library: Library, now: int) -> Stretches:
    """Join treatments of one drug, or of one class, that follow one another without a break.

    Args:
        line: the treatments.
        key: number of what counts as the same (drug or class); a later start of another key ends an open one.
        wide: number of what may be the same, where the record names a class alone.
        of: the drugs.
        library: definitions.
        now: the index date.
    """
    rows, left, right = line.rows, line.left, line.right
    other = (key[left] != key[right]) & (wide[left] != wide[right])
    maybe_other = key[left] != key[right]
    goes_on = rows.last_low[left] > rows.start_high[right]
    may_go_on = rows.last_high[left] > rows.start_low[right]
    may_end = maybe_other & ~line.inside[right] & (rows.start_high[right] > rows.start_low[left]) & ~goes_on
    ends = other & ~line.belongs[right] & rows.certain[right] & ~may_go_on
    ends &= rows.start_low[right] > rows.start_high[left]
    course = of.course[rows.drug]
    low = np.where(course, AFTER, rows.end_low)
    high = np.where(course, AFTER, rows.end_high)
    earliest = np.full(key.size, AFTER)
    latest = np.full(key.size, AFTER)
    np.minimum.at(earliest, left[may_end], np.maximum(rows.start_low[right], rows.start_low[left])[may_end])
    np.minimum.at(latest, left[ends], rows.start_high[right][ends])
    # a start of something else ends only a treatment that is not stated to have ended by now
    end_low = np.where(high <= now, low, np.minimum(low, earliest))
    end_high = np.where(low > now, np.minimum(high, latest), high)
    # runs of doses that a gap has cut reach as far as their last dose, unless something else ended them before
    cut = ~rows.stated & ~line.belongs
    low = np.where(cut, earliest, end_low)
    return Stretches(end_low, end_high, *_since(rows, key, wide, low, end_high, _loose(rows, key, of), library))


def _loose(rows: Rows, key: Index, of: Drugs) -> Flags:
    """Treatments that name a class alone, where stretches on one drug are asked for: no two need be with one drug."""
    flags: Flags = ~of.exact[rows.drug] & (key == rows.drug)
    return flags


def _since(
    rows: Rows, key: Index, wide: Index, end_low: Days, end_high: Days, loose: Flags, library: Library
) -> tuple[Days, Days]:
    """Earliest and latest start of the stretch of each row: cut where there surely, or possibly, is a break."""
    grace = library.number("treatment-break-months")
    # doses speak for the days up to the next, and no longer, when they stand alone
    shortest = np.minimum(end_low + int(grace * 28), np.where(rows.stated, AFTER, rows.last_low + rows.reach_low))
    longest = np.minimum(end_high + int(grace * 31), np.where(rows.stated, AFTER, rows.last_high + rows.reach_high))
    span = int(max(wide.max(initial=0), key.max(initial=0))) + 1
    low = _merge(rows.person * span + wide, rows.start_low, longest, rows.start_low)
    solid = rows.certain & (rows.start_high <= shortest) & ~loose
    high = np.where(loose & ~rows.stated, np.maximum(rows.start_high, rows.last_high), rows.start_high)
    if solid.any():
        group = (rows.person * span + key)[solid]
        high[solid] = _merge(group, rows.start_high[solid], shortest[solid], rows.start_high[solid])
    return low, np.maximum(high, low)


def _merge(group: Index, start: Days, end: Days, value: Days) -> Days:
    """The first `value` of the run of overlapping spans that each span lies in, within its group."""
    order = in_order(group, start)
    width = 8 * AFTER
    rank = np.cumsum(np.append(0, np.diff(group[order]) != 0)) if group.size else group
    reached = np.maximum.accumulate(end[order] + rank * width)
    new = np.ones(group.size, np.bool_)
    new[1:] = start[order][1:] + rank[1:] * width > reached[:-1]
    first = np.maximum.accumulate(np.where(new, np.arange(group.size), 0))
    found = np.empty_like(value)
    found[order] = value[order][first]
    return found
