"""What the models read of n people: measured, or drawn from how it is distributed where nobody measured it.

Nothing is imputed in silence: a drawn input is named, and one that neither the record nor a document speaks of leaves
its outcomes without a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from stepdown.criteria.layout import EITHER, YES, layout
from stepdown.knowledge.library import Library
from stepdown.knowledge.preferences import Unknown
from stepdown.prognosis.chance import Floats, cut_normal, cut_poisson, uniform
from stepdown.state.state import State


@dataclass(frozen=True, eq=False)
class Reading:
    """One input of n people.

    Attributes:
        values: shape (n, draws), or (n, 1) where it is known of all of them.
        drawn: whose value was drawn, shape (n,).
        missing: of whom nothing is known that a draw could be made from, shape (n,).
    """

    values: Floats
    drawn: npt.NDArray[np.bool_]
    missing: npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class People:
    """n people on drugs of one class, as the models read them.

    Attributes:
        state: the state of everybody.
        rows: the rows of the n people.
        class_: class of their drug.
        draws: number of draws.
        seed: of the random numbers.
        fixed: inputs that are set for some of them, in place of what the state says, shape (n,); NaN leaves it.
    """

    state: State
    rows: npt.NDArray[np.intp]
    class_: str
    draws: int
    seed: int
    fixed: Mapping[str, Floats] = field(default_factory=dict)
    _read: dict[tuple[str, tuple[str, ...]], Reading] = field(default_factory=dict)

    def read(self, variable: str, values: Iterable[str] = ()) -> Reading:
        """One variable: a number; 0 or 1 for a truth; whether it is one of `values` for a category."""
        key = (variable, tuple(values))
        if key not in self._read:
            found = self._reading(*key)
            self._read[key] = _set(found, self.fixed[variable]) if variable in self.fixed else found
        return self._read[key]

    def _reading(self, variable: str, values: tuple[str, ...]) -> Reading:
        library = self.state.events.library
        place, document = layout(library), unknown(library, variable, self.class_)
        u = uniform(self.seed, f"input:{variable}", self.draws)
        if variable in place.numbers:
            low, high = self.state.numbers[place.numbers[variable]][:, self.rows]
            return _number(low, high, document, u)
        bits = self.state.sets[place.sets[variable], self.rows]
        if variable in place.truths:
            return _truth(bits, document, u)
        return _category(bits, library.values(variable), values, document, u)


def _set(found: Reading, values: Floats) -> Reading:
    """A reading in which some people have a value that is set."""
    given = ~np.isnan(values)
    return Reading(
        np.where(given[:, None], values[:, None], found.values), found.drawn & ~given, found.missing & ~given
    )


def unknown(library: Library, variable: str, class_: str) -> Unknown | None:
    """How a variable is distributed among people on a class of drug, if a document says so."""
    found = [one for one in library.unknowns.values() if one.variable == variable]
    return next((one for one in found if class_ in one.classes), None) or next(
        (one for one in found if not one.classes), None
    )


def distinct(low: Floats, high: Floats) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Where each different interval stands first, in order of both ends, and which of them each person has."""
    pairs = np.empty(low.size, np.complex128)
    pairs.real, pairs.imag = low, high
    _, firsts, which = np.unique(pairs, return_index=True, return_inverse=True)
    return firsts, which


def _number(low: Floats, high: Floats, document: Unknown | None, u: Floats) -> Reading:
    open_ = low != high
    if not open_.any():
        return Reading(low[:, None], open_, open_)
    if document is None:
        return Reading(np.where(open_, np.nan, low)[:, None], open_ & False, open_)
    # people of whom the same is known have the same draws
    firsts, which = distinct(low[open_], high[open_])
    drawn = _drawn(low[open_][firsts, None], high[open_][firsts, None], document, u)
    values = np.repeat(low[:, None], u.size, axis=1)
    values[open_] = drawn[which]
    return Reading(values, open_, open_ & False)


def _drawn(low: Floats, high: Floats, document: Unknown, u: Floats) -> Floats:
    """Draws of a number from its distribution, cut to intervals; bounds of shape (n, 1), shape (n, draws)."""
    if document.at_least is not None:
        low = np.minimum(np.maximum(low, document.at_least), high)
    if document.at_most is not None:
        high = np.maximum(np.minimum(high, document.at_most), low)
    assert document.center is not None
    if document.distribution == "poisson":
        return cut_poisson(document.center, low, high, u)
    assert document.spread is not None
    if document.distribution == "log-normal":
        with np.errstate(divide="ignore", invalid="ignore"):
            first, last = (np.log(np.maximum(bound, 0.0)) for bound in (low, high))
        return np.asarray(np.exp(cut_normal(float(np.log(document.center)), document.spread, first, last, u)))
    return cut_normal(document.center, document.spread, low, high, u)


def _truth(bits: npt.NDArray[np.uint64], document: Unknown | None, u: Floats) -> Reading:
    open_ = bits == EITHER
    yes = (bits == YES).astype(float)[:, None]
    if not open_.any():
        return Reading(yes, open_, open_)
    if document is None or document.center is None:
        return Reading(np.where(open_[:, None], np.nan, yes), open_ & False, open_)
    return Reading(np.where(open_[:, None], (u < document.center) * 1.0, yes), open_, open_ & False)


def _category(
    bits: npt.NDArray[np.uint64],
    possible: tuple[str, ...],
    values: tuple[str, ...],
    document: Unknown | None,
    u: Floats,
) -> Reading:
    """Whether a category is one of some values: the shares of what is still possible decide where both are."""
    masks = np.array([1 << number for number in range(len(possible))], np.uint64)
    open_to = (bits[:, None] & masks) != 0
    wanted = np.array([name in values for name in possible])
    some, all_ = (open_to & wanted).any(axis=1), ~(open_to & ~wanted).any(axis=1)
    both = some & ~all_
    sure = (some & all_).astype(float)[:, None]
    if not both.any():
        return Reading(sure, both, both)
    if document is None:
        return Reading(np.where(both[:, None], np.nan, sure), both & False, both)
    mass = np.where(open_to, np.array([document.shares.get(name, 0.0) for name in possible]), 0.0)
    total = mass.sum(axis=1)
    share = (mass * wanted).sum(axis=1) / np.where(total > 0, total, 1.0)
    impossible = both & (total <= 0)
    drawn = (u < share[:, None]) * 1.0
    found = np.where(both[:, None], drawn, sure)
    return Reading(np.where(impossible[:, None], np.nan, found), both & ~impossible, impossible)
