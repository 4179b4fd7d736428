"""How variables move with one another and with time, as their documents say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stepdown.criteria.layout import EITHER, NO, YES, layout
from stepdown.criteria.program import MET, NOT_MET, Program, compile_all
from stepdown.criteria.tree import parse
from stepdown.knowledge.library import Library
from stepdown.knowledge.passing import Growth, Window
from stepdown.state.arrays import Flags, Floats
from stepdown.state.implications import Rule, rules
from stepdown.state.state import State

_A_YEAR = 12.0


def told_by(state: State, window: Window, length: Floats) -> npt.NDArray[np.uint64]:
    """What a truth about a window is, by the time since the last event, as bits."""
    low, high = since(state, window)
    # the scan itself belongs to the time since that scan, where the day a window opens does not belong to it
    touching = window.months in layout(state.events.library).numbers
    inside = (high <= length[0]) if touching else (high < length[0])
    outside = (low > length[1]) if touching else (low >= length[1])
    if window.on is not None:
        began_low, began_high = in_months(state, window.on)
        shortest, longest = _settling(state, window)
        inside = inside & (began_low - high >= longest)
        outside = outside | (began_high - low < shortest)
    yes, no = (outside, inside) if window.tells == "none" else (inside, outside)
    bits: npt.NDArray[np.uint64] = np.where(yes, YES, np.where(no, NO, EITHER))
    return bits


def _settling(state: State, window: Window) -> tuple[Floats, Floats]:
    """The first months of a window in which events do not count: the least and the most they may be."""
    guide, library = guide_of(state.events.library), state.events.library
    months = np.array([library.number(name) for name in window.settling])
    holds = guide.settling.run(state.numbers, state.sets)[:, [guide.settles.index(name) for name in window.settling]]
    possible = holds != NOT_MET
    shortest: Floats = np.where(possible, months, np.inf).min(axis=1)
    longest: Floats = np.where(possible, months, -np.inf).max(axis=1)
    return shortest, longest


def since(state: State, window: Window) -> Floats:
    """Months since the last event of a window as bounds, shape (2, people)."""
    if not window.since:
        return np.repeat([[-np.inf], [np.inf]], state.people.len(), axis=1)
    found: Floats = np.min([in_months(state, name) for name in window.since], axis=0)
    return found


def length_of(state: State, window: Window) -> Floats:
    """Months of a window as bounds, shape (2, people)."""
    if isinstance(window.months, str) and window.months in layout(state.events.library).numbers:
        return in_months(state, window.months)
    months = state.events.library.number(window.months) if isinstance(window.months, str) else window.months
    return np.full((2, state.people.len()), months)


def in_months(state: State, name: str) -> Floats:
    """A duration in months as bounds, shape (2, people)."""
    library = state.events.library
    bounds: Floats = state.numbers[layout(library).numbers[name]] * months_of(library, name)
    return bounds


def least_of(state: State, parts: Sequence[str]) -> Floats:
    """The least of several numbers as bounds, shape (2, people)."""
    place = layout(state.events.library)
    least: Floats = np.min([state.numbers[place.numbers[name]] for name in parts], axis=0)
    return least


def months_of(library: Library, name: str) -> float:
    """Months in one unit of a duration."""
    return _A_YEAR if library.variables[name].unit == "a" else 1.0


@dataclass(frozen=True)
class Guide:
    """What the documents say of how variables move.

    Attributes:
        growing: the numbers that grow with time; `months` in one unit of each.
        always, at_most: which of them grow whatever else, and which may as well stay.
        program: when the others grow, in order; `asked` are their places among `growing`.
        settling: when each definition of `settles` holds.
        windows, least: by variable.
        rules: the implications, by the variable they start from.
    """

    growing: tuple[str, ...]
    months: Floats
    always: Flags
    at_most: Flags
    program: Program
    asked: npt.NDArray[np.intp]
    settling: Program
    settles: tuple[str, ...]
    windows: dict[str, Window]
    least: dict[str, tuple[str, ...]]
    rules: dict[str, list[Rule]]

    def grow(self, state: State) -> tuple[Flags, Flags]:
        """Which of the growing numbers surely grow for the first person of a state, and which may."""
        sure, maybe = self.always.copy(), self.always.copy()
        met = self.program.run(state.numbers[:, :, :1], state.sets[:, :1])[0]
        sure[self.asked] = met == MET
        maybe[self.asked] = met != NOT_MET
        return sure & ~self.at_most, maybe


def guide_of(library: Library) -> Guide:
    """How variables move, read once for a library."""
    if "whatif" not in library.cache:
        growing = {name: one.grows for name, one in library.variables.items() if one.grows is not None}
        asked = {name: one for name, one in growing.items() if isinstance(one, Growth)}
        nodes = [parse(one.while_, library, f"variables/{name}.grows") for name, one in asked.items()]
        by_given: dict[str, list[Rule]] = {}
        for rule in rules(library):
            by_given.setdefault(rule.given, []).append(rule)
        names = tuple(growing)
        windows = {name: one.window for name, one in library.variables.items() if one.window is not None}
        settling = {name: when for window in windows.values() for name, when in window.settling.items()}
        settled = [parse(when, library, f"settling of {name}") for name, when in settling.items()]
        library.cache["whatif"] = Guide(
            names,
            np.array([months_of(library, name) for name in names]),
            np.array([name not in asked for name in names]),
            np.array([name in asked and asked[name].at_most for name in names]),
            compile_all(nodes, library),
            np.array([names.index(name) for name in asked], np.intp),
            compile_all(settled, library),
            tuple(settling),
            windows,
            {name: one.least_of for name, one in library.variables.items() if one.least_of},
            by_given,
        )
    found: Guide = library.cache["whatif"]
    return found
