"""States that are imagined: one person with one variable otherwise, or on a later day with nothing having happened.

All else stays as it is, as far as it can: what must move with the variable moves as little as it must. Which variable
moves with which, and which grows or fades as time passes, stands in the documents of the variables and in the table of
implications. On a later day the same treatment has gone on as planned, and scans and tests were repeated when due and
said the same as before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import cast

import numpy as np
import numpy.typing as npt
import polars as pl

from stepdown.criteria.layout import EITHER, NO, YES, Layout, layout
from stepdown.criteria.values import encode
from stepdown.decision.decide import Decisions
from stepdown.decision.moves import guide_of, least_of, length_of, since, told_by
from stepdown.knowledge.library import Library
from stepdown.knowledge.passing import Window
from stepdown.state.arrays import Flags, Floats, Index, today
from stepdown.state.calendar import Days, add_months, count_months
from stepdown.state.events import Events
from stepdown.state.implications import ORDER, Rule
from stepdown.state.state import State

Evaluate = Callable[[State], Decisions]
"""Decides for the people of a state, as is done for the person on the page."""

Supposed = tuple[str, float | bool | str]
"""A variable, and the number, truth or value of a category that it is supposed to have."""

_LONGEST = 2400.0
"""Months beyond which a duration is no longer laid on the calendar."""
_AROUND = np.arange(-34, 3)
"""Days around a rough start among which the exact one lies."""


def copies(state: State, row: int, count: int) -> State:
    """A state of `count` copies of one person, free to be changed; it carries no explanation."""
    events = state.events
    tables: dict[str, pl.DataFrame] = {}
    cache: dict[str, npt.NDArray[np.int64]] = {}
    for name, frame in events.tables.items():
        mine = np.flatnonzero(events.row_of(name) == row) if frame.height else np.zeros(0, np.int64)
        cache[f"row_of:{name}"] = np.repeat(np.arange(count, dtype=np.int64), mine.size)
        tables[name] = frame[np.tile(mine, count)] if frame.height else frame
    people = events.people[np.full(count, row)]
    return State(
        state.on,
        people["person_id"],
        np.repeat(state.numbers[:, :, row : row + 1], count, axis=2),
        np.repeat(state.sets[:, row : row + 1], count, axis=1),
        Events(events.on, events.library, people, tables, False, cache=dict(cache)),
    )


def suppose(state: State, row: int, supposed: Sequence[Supposed | None]) -> State:
    """One copy of a person for each supposition, in their order; `None` leaves the copy as it is.

    Args:
        state: the state of N people.
        row: row of the person.
        supposed: one variable and its value for each copy.
    """
    made = copies(state, row, len(supposed))
    place, library = layout(state.events.library), state.events.library
    by_name: dict[str, list[int]] = {}
    for number, one in enumerate(supposed):
        if one is not None:
            by_name.setdefault(one[0], []).append(number)
    for name, rows in by_name.items():
        values = [cast("Supposed", supposed[number])[1] for number in rows]
        for target in (name, f"{name}_last") if f"{name}_last" in library.variables else (name,):
            if target in place.numbers:
                made.numbers[place.numbers[target]][:, rows] = values
            else:
                made.sets[place.sets[target]][rows] = [_bits(target, value, library) for value in values]
        if name in place.numbers:
            _follow(made, name, np.array(rows, np.int64), np.array(values, np.float64))
    return made


def _bits(name: str, value: float | bool | str, library: Library) -> np.uint64:
    if library.variables[name].kind == "truth":
        return YES if value else NO
    return np.uint64(encode({str(value)}, library.values(name)))


def _follow(state: State, name: str, rows: Index, values: Floats) -> None:
    """Move what must move with a number that is supposed: no further than it must."""
    library = state.events.library
    place, guide = layout(library), guide_of(library)
    for larger in _beyond(name, up=True, skip=guide.least):
        bounds = state.numbers[place.numbers[larger]]
        bounds[:, rows] = np.maximum(bounds[:, rows], values)
    for smaller in _beyond(name, up=False, skip=guide.least):
        bounds = state.numbers[place.numbers[smaller]]
        bounds[:, rows] = np.minimum(bounds[:, rows], values)
    for rule in guide.rules.get(name, ()):
        _apply(state, rule, rows[(values >= rule.at_least) & (values <= rule.at_most)], place)
    for least, parts in guide.least.items():
        if name in parts:
            state.numbers[place.numbers[least]][:, rows] = least_of(state, parts)[:, rows]
    for target, window in guide.windows.items():
        if name in window.since and window.tells != "count" and window.months is not None:
            state.sets[place.sets[target]][rows] = told_by(state, window, length_of(state, window))[rows]


def _apply(state: State, rule: Rule, rows: Index, place: Layout) -> None:
    """Bring what follows from a supposed number inside the bounds of a rule."""
    if rule.then in place.numbers:
        bounds = state.numbers[place.numbers[rule.then]]
        bounds[:, rows] = np.clip(bounds[:, rows], rule.low, rule.high)
    else:
        state.sets[place.sets[rule.then]][rows] = YES if rule.low >= 1.0 else NO


def _beyond(name: str, up: bool, skip: dict[str, tuple[str, ...]]) -> Iterator[str]:
    """The numbers that are never less (`up`), or never more, than one, over several steps."""
    for pair in ORDER:
        near, far = pair if up else pair[::-1]
        if near == name and far not in skip:
            yield far
            yield from _beyond(far, up, skip)


def later(state: State, row: int, days: Days) -> State:
    """One copy of a person for each day, as they will stand then if nothing happens.

    Args:
        state: the state of N people.
        row: row of the person.
        days: days since 1 January 1970, none before the index date.

    Returns:
        The copies. Their `on` and events are those of the index date: what is decided of them is right in stances and
        kinds, and says nothing of the day of the next dose.
    """
    made = copies(state, row, days.size)
    library = state.events.library
    place, guide = layout(library), guide_of(library)
    sure, maybe = guide.grow(made)
    _grow(made, days, np.array([place.numbers[name] for name in guide.growing], np.intp), guide.months, sure, maybe)
    for name, parts in guide.least.items():
        bounds, least = made.numbers[place.numbers[name]], least_of(made, parts)
        bounds[0], bounds[1] = np.maximum(bounds[0], least[0]), np.minimum(bounds[1], least[1])
        bounds[0] = np.minimum(bounds[0], bounds[1])
    passed = count_months(np.full(days.size, today(state.events)), days)
    for name, window in guide.windows.items():
        if window.months is not None and window.months not in place.numbers:
            (_fade_count if window.tells == "count" else _fade_truth)(made, name, window, passed)
    return made


def _grow(state: State, days: Days, rows: npt.NDArray[np.intp], months: Floats, sure: Flags, maybe: Flags) -> None:
    """Let durations grow to each of the days, by calendar anniversaries from the day on which they began.

    Args:
        state: copies of one person; changed in place.
        days: the day of each copy.
        rows: the numbers that grow.
        months: months in one unit of each of them.
        sure, maybe: whether each of them surely grows, or may.
    """
    now = state.numbers[rows, :, 0]
    size = now * months[:, None]
    dated = np.isfinite(size) & (size >= 0.0) & (size <= _LONGEST)
    start = _began(np.where(dated, size, 0.0), today(state.events))
    ran = count_months(start, np.array(today(state.events)))
    then = count_months(start[:, :, None], days)
    exact = (ran / months[:, None]) == now
    longer = (then - ran[:, :, None]) / months[:, None, None]
    grown = np.where(exact[:, :, None], then / months[:, None, None], now[:, :, None] + longer)
    grown = np.where(dated[:, :, None], grown, now[:, :, None])
    state.numbers[rows, 0] = np.where(sure[:, None], grown[:, 0], state.numbers[rows, 0])
    state.numbers[rows, 1] = np.where((sure | maybe)[:, None], grown[:, 1], state.numbers[rows, 1])


def _began(months: Floats, now: int) -> Days:
    """The day that lies so many calendar months before today, shape (numbers, 2).

    Where a month is too short for two days to differ, the later one for a low bound and the earlier for a high one.
    """
    rough = add_months(np.full(months.shape, now), -np.floor(months + 1e-9).astype(np.int64))
    near = rough[..., None] + _AROUND
    miss = np.round(np.abs(count_months(near, np.array(now)) - months[..., None]), 9)
    last = _AROUND.size - 1 - np.argmin(miss[..., ::-1], axis=-1)
    chosen = np.stack([last[:, 0], np.argmin(miss[:, 1], axis=-1)], axis=1)
    found: Days = np.take_along_axis(near, chosen[..., None], axis=-1)[..., 0]
    return found


def _fade_count(state: State, name: str, window: Window, passed: Floats) -> None:
    """Events leave a window as time passes, and none comes in."""
    place = layout(state.events.library)
    low, high = state.numbers[place.numbers[name]]
    length = length_of(state, window)
    since_low, since_high = since(state, window)
    gone = (passed >= length[0]) | (since_low >= length[1])
    moved = passed > 0.0
    still = (since_high < length[0]) & (low >= 1.0)
    low[:] = np.where(moved, np.where(still & ~gone, 1.0, 0.0), low)
    high[:] = np.where(moved & gone, 0.0, high)


def _fade_truth(state: State, name: str, window: Window, passed: Floats) -> None:
    """What was said of a window may become otherwise only by events leaving it."""
    bits = state.sets[layout(state.events.library).sets[name]]
    settled = NO if window.tells == "some" else YES
    length = length_of(state, window)
    if window.since:
        found = told_by(state, window, length)
    else:
        found = np.where(passed >= length[0], settled, EITHER)
    bits[:] = np.where((passed > 0.0) & (bits != settled), found, bits)
