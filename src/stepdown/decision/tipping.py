"""What would tip the recommendation: the nearest other value of a variable at which it would be another.

All values of all variables are tried in one go: the thresholds of the criteria, the least step below or above them,
and a grid for what changes without a threshold.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np

from stepdown.criteria.layout import layout
from stepdown.decision.decide import Decisions
from stepdown.decision.whatif import Evaluate, suppose
from stepdown.guideline.compiled import compiled
from stepdown.guideline.findings import Told, text
from stepdown.knowledge.library import Library
from stepdown.state.state import State

Side = Literal["at", "below", "above", "end"]
_PREFIX = "tipping-"
_NOT_AFTER = {"years_since_relapse": "disease_duration", "years_since_mri_activity": "disease_duration"}
"""Nothing of the disease happened before it began."""


@dataclass(frozen=True)
class Range:
    """Where a tipping point of a variable is looked for.

    Attributes:
        variable: which one.
        lowest, highest: of what is tried.
        step: of the grid.
        farthest: from the present value.
        whole: whether the variable has no values but those of the grid.
    """

    variable: str
    lowest: float
    highest: float
    step: float
    farthest: float
    whole: bool


@dataclass(frozen=True)
class Probe:
    """A value that is tried: `at` itself, the nearest one `below` or `above` it, or the `end` of what it may be now."""

    value: float
    at: float
    side: Side


@dataclass(frozen=True)
class Way:
    """The values of one variable that are tried on one side of the present one, the nearest to `start` first."""

    of: Range
    start: float
    probes: tuple[Probe, ...]


def ranges(library: Library) -> tuple[Range, ...]:
    """What the definitions say of the values to try, one for each variable."""
    found = []
    for name, definition in library.definitions.items():
        if name.startswith(_PREFIX):
            variable = name.removeprefix(_PREFIX).replace("-", "_")
            lowest, highest, step, farthest = cast("tuple[float, float, float, float]", definition.value)
            whole = library.variables[variable].unit == "1"
            found.append(Range(variable, lowest, highest, step, farthest, whole))
    return tuple(found)


def tipping_points(state: State, row: int, evaluate: Evaluate, library: Library, kind: str | None = None) -> list[Told]:
    """The nearest value of each variable at which the recommendation of one person would be another.

    Args:
        state: the state of N people.
        row: row of the person.
        evaluate: decides for a state; asked once, of the person as they are and of every value that is tried.
        library: the documents.
        kind: what the page recommends; where `evaluate`, perhaps with fewer draws, says otherwise of the person as they
            are, no tipping point can be told.

    Returns:
        One entry for each variable whose present value is known, or whose bounds say as much: `variable`, `now` (null
        where only bounds are known), `at` (null where no value in range changes the recommendation) and `then`. Nothing
        at all where there is nothing to tip: no known treatment, out of scope, or something urgent to settle first.
    """
    ways = [way for one in ranges(library) for way in _ways(state, row, one, library)]
    tried = [(way.of.variable, probe.value) for way in ways for probe in way.probes]
    decisions = evaluate(suppose(state, row, [None, *tried]))
    if not _can_tip(decisions) or kind not in (None, decisions.columns["kind"][0]):
        return []
    others = [_signature(decisions, number) != _signature(decisions, 0) for number in range(len(tried) + 1)]
    nearest: dict[str, tuple[Range, list[float], list[tuple[float, Probe, int]]]] = {}
    first = 1
    for way in ways:
        _, span, found = nearest.setdefault(way.of.variable, (way.of, [], []))
        span += [probe.value for probe in way.probes if probe.side != "end"]
        changed = next((at for at in range(len(way.probes)) if others[first + at]), None)
        if changed is not None:
            probe = way.probes[changed]
            found.append((abs(probe.value - way.start), probe, first + changed))
        first += len(way.probes)
    told = [(one, span, min(found, key=lambda each: each[0], default=None)) for one, span, found in nearest.values()]
    # where the end of what it may be now would already tip it, it is knowing that tips, and not another value
    return [
        _told(state, row, one, found, span, decisions)
        for one, span, found in told
        if found is None or found[1].side != "end"
    ]


def _can_tip(decisions: Decisions) -> bool:
    """Whether there is a recommendation for the first person that other values could speak to."""
    columns, (options, _) = decisions.columns, decisions.of(0)
    return bool(options) and columns["review"][0] != "urgent" and columns["reason"][0] != "out-of-scope"


def _signature(decisions: Decisions, row: int) -> tuple[Any, ...]:
    """What makes a recommendation the same: its kind, whether it is to hold, and which review it asks for."""
    columns = decisions.columns
    return columns["kind"][row], columns["strength"][row] == "hold", columns["review"][row]


def _numbered(decisions: Decisions, row: int) -> bool:
    """Whether numbers ranked the options of a person."""
    for group in decisions.groups:
        place = np.flatnonzero(group.rows == row)
        if place.size:
            return group.comparison is not None and bool(group.comparison.ranked[place[0]].any())
    return False


def _bounds(state: State, row: int, variable: str) -> tuple[float, float]:
    low, high = state.numbers[layout(state.events.library).numbers[variable], :, row].tolist()
    return low, high


def _ways(state: State, row: int, one: Range, library: Library) -> Iterator[Way]:
    """The values to try below the present one and above it; none where it is not known."""
    low, high = _bounds(state, row, one.variable)
    if low <= one.lowest and high >= one.highest:
        return
    least, most = max(one.lowest, min(low, one.highest) - one.farthest), min(one.highest, high + one.farthest)
    if one.variable in _NOT_AFTER:
        most = min(most, _bounds(state, row, _NOT_AFTER[one.variable])[1])
    if one.variable == "age" and low < (grown := library.number("eligible-from-age")):
        # that using less would be advised at an age that is years ahead would be a promise (CLINIC rule 9)
        most = min(most, math.nextafter(grown, 0.0))
    probes = _probes(one, least, most, library)
    ends = [] if low == high else [Probe(end, end, "end") for end in (low, high)]
    down = sorted((probe for probe in probes if least <= probe.value < low), key=lambda probe: -probe.value)
    up = sorted((probe for probe in probes if high < probe.value <= most), key=lambda probe: probe.value)
    if down:
        yield Way(one, low, (*ends[:1], *down))
    if up:
        yield Way(one, high, (*ends[1:], *up))


def _probes(one: Range, least: float, most: float, library: Library) -> list[Probe]:
    """The grid between two values, and what lies at and beside each threshold, in no order."""
    first, last = math.ceil(least / one.step), math.floor(most / one.step)
    probes = [Probe(one.step * number, one.step * number, "at") for number in range(first, last + 1)]
    if not one.whole:
        for threshold in _thresholds(one.variable, library):
            written = round(threshold, 9)
            if threshold > written:
                probes += [Probe(threshold, written, "above"), Probe(written, written, "at")]
            else:
                below = math.nextafter(threshold, -math.inf)
                probes += [Probe(below, threshold, "below"), Probe(threshold, threshold, "at")]
    return list({probe.value: probe for probe in probes}.values())


def _thresholds(variable: str, library: Library) -> list[float]:
    """The values at which a criterion that tests a variable, or a window that it tells of, turns."""
    program = compiled(library).program
    found = set(program.thresholds[program.numbers == layout(library).numbers[variable]].tolist())
    in_months = 12.0 if library.variables[variable].unit == "a" else 1.0
    for one in library.variables.values():
        if one.window is not None and variable in one.window.since and one.window.months is not None:
            months = one.window.months
            if isinstance(months, str):
                months = library.number(months) if months in library.definitions else math.nan
            found.add(months / in_months)
    return sorted(one for one in found if math.isfinite(one))


def _told(
    state: State,
    row: int,
    one: Range,
    found: tuple[float, Probe, int] | None,
    span: Sequence[float],
    decisions: Decisions,
) -> Told:
    """One tipping point in key and arguments; `span` holds the values that were tried."""
    low, high = _bounds(state, row, one.variable)
    told: Told = {"variable": one.variable, "now": low if low == high else None, "at": None}
    if found is None:
        tried = [*span, *(cut for cut in (low, high) if math.isfinite(cut) and cut <= one.highest)]
        ends = {"low": _cut(min(tried), one, state), "high": _cut(max(tried), one, state)}
        return told | {"then": text(f"tipping.{one.variable}.none", **ends)}
    _, probe, number = found
    columns = decisions.columns
    held = columns["strength"][number] == "hold"
    what = f"tipping.hold.{columns['reason'][number]}" if held else f"tipping.then.{columns['kind'][number]}"
    then = text(what)
    if not held and _numbered(decisions, 0) and not _numbered(decisions, number):
        then = text("tipping.without-numbers", then=then)
    said = text(f"tipping.{one.variable}.{probe.side}", at=probe.at, now=_now(state, row, one), then=then)
    return told | {"at": probe.at, "then": said}


def _cut(value: float, one: Range, state: State) -> float:
    """A value as it is said: of a duration only the whole years of an age, or tenths, that have passed."""
    if state.events.library.variables[one.variable].unit != "a":
        return value
    return float(math.floor(value)) if one.variable == "age" else math.floor(round(value * 10.0, 6)) / 10.0


def _now(state: State, row: int, one: Range) -> float | Told:
    """The present value, or what is known of it, as it is said."""
    low, high = _bounds(state, row, one.variable)
    if math.isinf(high):
        never = low >= _bounds(state, row, "age")[0]
        return text("tipping.never") if never else text("value.at-least", low=_cut(low, one, state))
    if math.isinf(low) or _cut(low, one, state) <= 0.0 < high:
        return text("value.at-most", high=_cut(high, one, state))
    if _cut(low, one, state) == _cut(high, one, state):
        return _cut(low, one, state)
    return text("value.between", low=_cut(low, one, state), high=_cut(high, one, state))
