"""State variables that the record states directly, laid over what the events say.

Where both overlap, what is possible under both stands. Where they do not, the range that holds both stands and a
problem says so. Nothing that was stated is dropped in silence.
"""

from __future__ import annotations

import math

import numpy as np

from stepdown.criteria.layout import EITHER, NO, YES, layout
from stepdown.criteria.values import decode, encode
from stepdown.errors import Problem
from stepdown.knowledge.library import Library
from stepdown.state.arrays import Flags, Index, least, most
from stepdown.state.implications import Bounds, narrow, speaks_of
from stepdown.state.sources import Group
from stepdown.state.state import State
from stepdown.state.stated import Stated, Told, read_stated
from stepdown.state.words import matches, missing


def lay_over(state: State) -> list[Problem]:
    """Lay the table `known` over a state, in place.

    Args:
        state: what the events say; its events hold the table `known`.

    Returns:
        What was stated but could not be used, or contradicts the events.
    """
    events = state.events
    if events["known"].is_empty():
        return []
    told = Told(events)
    names = told.frame["variable"]
    given = set(names.unique().to_list()) - {None}
    touched: list[Index] = []
    # what is stated of a companion stands over what follows from the value it goes with
    for name in sorted(given, key=lambda name: (name.endswith(("_last", "_last_months")), name)):
        rows = np.flatnonzero(matches(names, (name,)))
        if name in events.library.variables:
            stated = read_stated(told, events.library.variables[name], rows)
            _apply(told, state, stated, given)
            touched.append(stated.person)
        else:
            for row in rows.tolist():
                told.row("known-variable", row, variable=name)
    for row in np.flatnonzero(missing(names)).tolist():
        told.row("known-variable", row, variable="")
    _follow(told, state, np.unique(np.concatenate([np.zeros(0, np.int64), *touched])), given)
    return told.problems


def _apply(told: Told, state: State, stated: Stated, given: set[str]) -> None:
    name = stated.variable.id
    if not stated.rows.size:
        return
    number = stated.variable.kind == "number"
    (_apply_number if number else _apply_bits)(told, state, stated)
    companions = (f"{name}_last", f"{name}_last_months") if stated.variable.freshness else ()
    if state.sources is not None:
        group = Group()
        group.add(stated.person, told.events.sources("known")[stated.rows])
        state.sources.add((name, *companions), group)
    if not companions:
        return
    people, place = np.unique(stated.person), layout(told.events.library)
    if f"{name}_last" not in given:
        table, rows = (state.numbers, place.numbers) if number else (state.sets, place.sets)
        table[rows[f"{name}_last"], ..., people] = table[rows[name], ..., people]
    if f"{name}_last_months" not in given:
        for bound, months in zip(state.numbers[place.numbers[f"{name}_last_months"]], stated.months, strict=True):
            bound[people] = least(stated.person, months, bound.size, np.inf)[people]


def _apply_number(told: Told, state: State, stated: Stated) -> None:
    name = stated.variable.id
    bounds = state.numbers[layout(told.events.library).numbers[name]]
    found_low, found_high = bounds.copy()
    size = found_low.size
    low, high = most(stated.person, stated.low, size, -np.inf), least(stated.person, stated.high, size, np.inf)
    # statements that contradict each other stand as one range before they meet what was found
    torn = low > high
    low = np.where(torn, least(stated.person, stated.low, size, np.inf), low)
    high = np.where(torn, most(stated.person, stated.high, size, -np.inf), high)
    apart = np.maximum(low, found_low) > np.minimum(high, found_high)
    bounds[0] = np.where(apart, np.minimum(low, found_low), np.maximum(low, found_low))
    bounds[1] = np.where(apart, np.maximum(high, found_high), np.minimum(high, found_high))
    clash = torn | apart
    for index in np.flatnonzero(clash[stated.person]).tolist():
        person = stated.person[index]
        said = _span(stated.low[index], stated.high[index])
        told.clash(name, int(stated.rows[index]), said, _span(found_low[person], found_high[person]))


def _apply_bits(told: Told, state: State, stated: Stated) -> None:
    name, library = stated.variable.id, told.events.library
    bits = state.sets[layout(library).sets[name]]
    found = bits.astype(np.int64)
    agreed, either = np.full(found.size, -1, np.int64), np.zeros(found.size, np.int64)
    np.bitwise_and.at(agreed, stated.person, stated.bits)
    np.bitwise_or.at(either, stated.person, stated.bits)
    torn = agreed == 0
    said = np.where(torn, either, agreed)
    apart = (found & said) == 0
    bits[:] = np.where(apart, found | said, found & said).astype(np.uint64)
    clash = torn | apart
    values = ("yes", "no") if stated.variable.kind == "truth" else library.values(name)
    for index in np.flatnonzero(clash[stated.person]).tolist():
        mine, theirs = (_words(int(part), values) for part in (stated.bits[index], found[stated.person[index]]))
        told.clash(name, int(stated.rows[index]), mine, theirs)


def _words(bits: int, values: tuple[str, ...]) -> str:
    return ", ".join(value for value in values if value in decode(bits, values))


def _span(low: float, high: float) -> str:
    shown = [f"{bound:.4g}" if math.isfinite(bound) else "" for bound in (low, high)]
    return shown[0] if low == high else f"{shown[0]}..{shown[1]}"


def _follow(told: Told, state: State, people: Index, given: set[str]) -> None:
    """Let what was stated narrow what plainly follows from it, for the people of whom something was stated."""
    if not people.size:
        return
    library, ids = told.events.library, told.events.people["person_id"]
    place = layout(library)
    if given & {"therapy", "therapy_class"}:
        _follow_drug(state, library, people)
    following = speaks_of(library)
    if not given & following:
        return
    bounds: Bounds = {}
    for name in following:
        if name in place.numbers:
            low, high = state.numbers[place.numbers[name]][:, people]
            bounds[name] = low, high
        elif name in place.sets:
            bits = state.sets[place.sets[name]][people]
            bounds[name] = (bits == YES).astype(np.float64), (bits != NO).astype(np.float64)

    def clash(name: str, where: Flags) -> None:
        told.problems.extend(
            Problem("", "known-contradicts", {"variable": name, "stated": "", "found": ""}, person)
            for person in ids.gather(people[where]).to_list()
        )

    settled = {name: np.isin(people, list(mine)) for name, mine in told.clashes.items()}
    for name in narrow(bounds, library, settled, clash):
        low, high = bounds[name]
        if name in place.numbers:
            state.numbers[place.numbers[name]][:, people] = low, high
        else:
            state.sets[place.sets[name]][people] = np.where(low == 1, YES, np.where(high == 0, NO, EITHER))


def _follow_drug(state: State, library: Library, people: Index) -> None:
    """The class follows from the drug, and the efficacy from the class."""
    class_of: dict[str, str] = {name: drug.class_ for name, drug in library.therapies.items()}
    efficacy_of: dict[str, str] = {name: class_.efficacy for name, class_ in library.classes.items()}
    place = layout(library)
    for source, target, means in (
        ("therapy", "therapy_class", class_of),
        ("therapy_class", "efficacy", efficacy_of),
    ):
        values, wanted = library.values(source), library.values(target)
        given, bits = state.sets[place.sets[source]][people].astype(np.int64), state.sets[place.sets[target]]
        possible = np.zeros(people.size, np.int64)
        for number, value in enumerate(values):
            certain = "none" if value == "none" else means.get(value)
            implied = encode({certain} if certain else set(wanted) - {"none"}, wanted)
            possible |= np.where((given >> number) & 1 == 1, implied, 0)
        both = bits[people] & possible.astype(np.uint64)
        bits[people] = np.where(both == 0, bits[people], both)
