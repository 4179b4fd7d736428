"""What would tip the recommendation: the nearest other value of a variable, and the day on which the criteria are met.

All values of all variables are tried in one go: the thresholds of the criteria, the least step below or above them,
and a grid for what changes without a threshold.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt

from stepdown.criteria.layout import layout
from stepdown.criteria.program import MET
from stepdown.decision.decide import Decisions
from stepdown.decision.stances import REASONABLE
from stepdown.decision.whatif import later, suppose
from stepdown.guideline.compiled import compiled
from stepdown.guideline.findings import Told, text
from stepdown.guideline.verdicts import CANDIDATE, applies, conclude, hold
from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import DE_ESCALATE, Guideline
from stepdown.state.calendar import add_months, day_number
from stepdown.state.state import State

Evaluate = Callable[[State], Decisions]
"""Decides for the people of a state, as is done for the person on the page."""

Side = Literal["at", "below", "above"]
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
    """A value that is tried: `at` itself, or the nearest one `below` or `above` it."""

    value: float
    at: float
    side: Side


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


def tipping_points(state: State, row: int, evaluate: Evaluate, library: Library) -> list[Told]:
    """The nearest value of each variable at which the recommendation of one person would be another.

    Args:
        state: the state of N people.
        row: row of the person.
        evaluate: decides for a state; asked once, of the person as they are and of every value that is tried.
        library: the documents.

    Returns:
        One entry for each variable whose present value is known: `variable`, `now` (null where only its bounds are
        known), `at` (null where no value in range changes the recommendation) and `then`. Nothing at all where there
        is nothing to tip: no known treatment, out of scope, or something urgent that has to be settled first.
    """
    tried = [(one, side) for one in ranges(library) for side in _ways(state, row, one, library)]
    probes = [(one.variable, probe.value) for one, way in tried for probe in way]
    decisions = evaluate(suppose(state, row, [None, *probes]))
    if not _can_tip(decisions):
        return []
    signature = [_signature(decisions, number) for number in range(len(probes) + 1)]
    first = 1
    nearest: dict[str, tuple[Range, tuple[Probe, int] | None]] = {}
    spans: dict[str, list[float]] = {}
    for one, way in tried:
        spans.setdefault(one.variable, []).extend(probe.at for probe in way)
        changed = next((at for at in range(len(way)) if signature[first + at] != signature[0]), None)
        found = None if changed is None else (way[changed], first + changed)
        _, before = nearest.get(one.variable, (one, None))
        nearest[one.variable] = one, min((each for each in (before, found) if each), key=_distance(state, row, one),
                                         default=None)  # fmt: skip
        first += len(way)
    return [
        _told(state, row, one, found, spans[one.variable], decisions)
        for one, found in nearest.values()
        if spans[one.variable]
    ]


def _can_tip(decisions: Decisions) -> bool:
    """Whether there is a recommendation for the first person that other values could speak to."""
    columns, (options, _) = decisions.columns, decisions.of(0)
    return bool(options) and columns["review"][0] != "urgent" and columns["reason"][0] != "out-of-scope"


def _signature(decisions: Decisions, row: int) -> tuple[Any, ...]:
    """What makes a recommendation the same: its kind, whether it is to hold, and which review it asks for."""
    columns = decisions.columns
    return columns["kind"][row], columns["strength"][row] == "hold", columns["review"][row]


def _bounds(state: State, row: int, variable: str) -> tuple[float, float]:
    low, high = state.numbers[layout(state.events.library).numbers[variable], :, row].tolist()
    return low, high


def _distance(state: State, row: int, one: Range) -> Callable[[tuple[Probe, int]], float]:
    low, high = _bounds(state, row, one.variable)
    return lambda found: low - found[0].value if found[0].value < low else found[0].value - high


def _ways(state: State, row: int, one: Range, library: Library) -> list[list[Probe]]:
    """The values to try below the present one and above it, each the nearest first; none where it is not known."""
    low, high = _bounds(state, row, one.variable)
    if low <= one.lowest and high >= one.highest:
        return []
    most = one.highest
    if one.variable in _NOT_AFTER:
        most = min(most, _bounds(state, row, _NOT_AFTER[one.variable])[1])
    least, most = max(one.lowest, min(low, one.highest) - one.farthest), min(most, high + one.farthest)
    first, last = math.ceil(least / one.step), math.floor(most / one.step)
    probes = [Probe(one.step * number, one.step * number, "at") for number in range(first, last + 1)]
    if not one.whole:
        for threshold in _thresholds(one.variable, library):
            round_one = round(threshold, 9)
            if threshold > round_one:
                probes += [Probe(threshold, round_one, "above"), Probe(round_one, round_one, "at")]
            else:
                below = math.nextafter(threshold, -math.inf)
                probes += [Probe(below, threshold, "below"), Probe(threshold, threshold, "at")]
    unique = {probe.value: probe for probe in probes}
    down = sorted((p for p in unique.values() if least <= p.value < low), key=lambda p: -p.value)
    up = sorted((p for p in unique.values() if high < p.value <= most), key=lambda p: p.value)
    return [down, up]


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
    found: tuple[Probe, int] | None,
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
    probe, number = found
    columns = decisions.columns
    held = columns["strength"][number] == "hold"
    what = f"tipping.hold.{columns['reason'][number]}" if held else f"tipping.then.{columns['kind'][number]}"
    said = text(f"tipping.{one.variable}.{probe.side}", at=probe.at, now=_now(state, row, one), then=text(what))
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


def eligible_from(
    state: State, row: int, evaluate: Evaluate, guidelines: Sequence[Guideline], library: Library
) -> date | None:
    """The first day on which a guideline, label or panel would see a candidate for less and that option would be open.

    Nothing happens until then, and treatment, scans and tests go on as planned. Where the days before the index date do
    not tell two days apart (after a short month), the later one is given, at most three days on.

    Args:
        state: the state of N people.
        row: row of the person.
        evaluate: decides for a state.
        guidelines: those that are asked.
        library: the documents.

    Returns:
        The day; nothing where it has come already, for whoever is, or may be, too young (CLINIC rule 9), while a
        specialist has to look first, where it lies further ahead than is told, where it never comes or hangs on
        something that is not known.
    """
    youngest, _ = _bounds(state, row, "age")
    if youngest < library.number("eligible-from-age"):
        return None
    today, span = day_number(state.on), round(library.number("eligible-from-months"))
    monthly = add_months(np.full(span + 1, today), np.arange(span + 1))
    ahead = later(state, row, monthly)
    decisions = evaluate(ahead)
    met = _eligible(ahead, decisions, guidelines, library)
    if met[0] or not met.any() or decisions.columns["review"][0] is not None:
        return None
    month = int(np.argmax(met))
    daily = np.arange(monthly[month - 1] + 1, monthly[month] + 1)
    ahead = later(state, row, daily)
    exact = int(daily[np.argmax(_eligible(ahead, evaluate(ahead), guidelines, library))])
    return state.on + timedelta(days=exact - today)


def _eligible(
    state: State, decisions: Decisions, guidelines: Sequence[Guideline], library: Library
) -> npt.NDArray[np.bool_]:
    """Who is a candidate for an option of less treatment that is open to them."""
    verdicts = hold(state, compiled(library))
    candidate = {kind: np.zeros(state.people.len(), dtype=bool) for kind in DE_ESCALATE}
    for guideline in guidelines:
        if guideline.kind != "trial-population":
            says = (applies(verdicts, guideline) == MET) & (conclude(verdicts, guideline) == CANDIDATE)
            for kind in candidate.keys() & set(guideline.speaks_of):
                candidate[kind] |= says
    found = np.zeros(state.people.len(), dtype=bool)
    for group in decisions.groups:
        for number, option in enumerate(group.options):
            if option.kind in candidate:
                found[group.rows] |= candidate[option.kind][group.rows] & (group.stances[:, number] >= REASONABLE)
    held: npt.NDArray[np.bool_] = decisions.columns["strength"] == "hold"
    return found & ~held
