"""What is worth finding out: how much better the best choice gets by knowing one thing more.

The expected value of partial perfect information (EVPPI): the expectation over what may be found of the best option
then, less the best option now. It is never negative, and 0 where nothing that may be found changes the choice. Relapses
are what it is counted in, as net benefit is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stepdown.guideline.findings import Told, text
from stepdown.knowledge.library import Library

Floats = npt.NDArray[np.float64]

PREFERENCES = "preferences"
"""In place of a variable: what matters to the person."""
COMPARISON = "comparison"
"""What waits for an input under which another kind of option would come first."""
UNIT = "relapses per 1000 people"
_PEOPLE = 1000.0
_WORTH_SAYING = 0.1
"""Relapses per 1000 people below which a sentence does not name them."""
_TWO_SIDES = 1.959963984540054
"""Standard errors to either side of a Monte Carlo interval of 95%."""


@dataclass(frozen=True)
class Worth:
    """What knowing one thing is worth.

    Attributes:
        name: the variable, or `PREFERENCES`.
        value: expected gain in relapses per 1000 people.
        low, high: its Monte Carlo interval (95%): what more draws might change, not what more studies might.
        other_kind: probability of finding something under which the best option is of another kind than now.
    """

    name: str
    value: float
    low: float
    high: float
    other_kind: float


def worth_of_input(name: str, probabilities: Floats, benefit: Floats, kinds: Sequence[str]) -> Worth:
    """What knowing an input of the prognosis is worth.

    Args:
        name: the variable.
        probabilities: of each of V values, shape (V,); they add up to 1.
        benefit: net benefit with the input fixed at each value, shape (V, K, draws); a draw is the same draw under
            every value. NaN throughout an option that is not ranked.
        kinds: the kind of each option.
    """
    ranked = np.isfinite(benefit).all(axis=(0, 2))
    if ranked.sum() < 2:
        return Worth(name, 0.0, 0.0, 0.0, 0.0)
    given, chances = benefit[:, ranked], probabilities / probabilities.sum()
    now = np.einsum("v,vkd->kd", chances, given)
    halves = _halves(now.shape[1])
    gains = np.empty(now.shape[1])
    for chosen_in, told_in in (halves, halves[::-1]):
        gains[told_in] = _gain(given, chances, now, chosen_in)[told_in]
    plain = float(_gain(given, chances, now, slice(None)).mean())
    error = _standard_error(gains)
    best, best_now = given.mean(axis=2).argmax(axis=1), int(now.mean(axis=1).argmax())
    named = np.array(kinds, dtype=object)[ranked]
    other = float(chances[named[best] != named[best_now]].sum())
    return _worth(name, float(gains.mean()), plain, error, other)


def _gain(given: Floats, chances: Floats, now: Floats, chosen_in: slice) -> Floats:
    """The gain in each draw, where the best options are chosen by the draws of `chosen_in`."""
    best = given[:, :, chosen_in].mean(axis=2).argmax(axis=1)
    then = np.einsum("v,vd->d", chances, given[np.arange(best.size), best])
    gain: Floats = then - now[int(now[:, chosen_in].mean(axis=1).argmax())]
    return gain


def worth_of_preferences(weights: Floats, changes: Floats, kinds: Sequence[str]) -> Worth:
    """What knowing the person's own preferences is worth, where net benefit is a sum of weights times changes.

    Args:
        weights: W draws of J weights, shape (W, J).
        changes: what each option saves of what each weight counts, shape (K, J, draws); NaN in an option that is not
            ranked.
        kinds: the kind of each option.
    """
    ranked = np.isfinite(changes).all(axis=(1, 2))
    if ranked.sum() < 2:
        return Worth(PREFERENCES, 0.0, 0.0, 0.0, 0.0)
    given = changes[ranked]
    middle, count = weights.mean(axis=0), weights.shape[0]
    gains = np.empty(given.shape[2])
    halves = _halves(given.shape[2])
    for chosen_in, told_in in (halves, halves[::-1]):
        # who is chosen by one half of the draws is judged by the other, or the lucky would look better than they are
        chosen = given[:, :, chosen_in].mean(axis=2)
        best, now = (weights @ chosen.T).argmax(axis=1), int((chosen @ middle).argmax())
        carried = np.zeros(chosen.shape)
        np.add.at(carried, best, weights / count)
        carried[now] -= middle
        gains[told_in] = np.einsum("kj,kjd->d", carried, given)[told_in]
    expected = given.mean(axis=2)
    each = weights @ expected.T
    best, now = each.argmax(axis=1), int((expected @ middle).argmax())
    plain = each.max(axis=1) - each[:, now]
    named = np.array(kinds, dtype=object)[ranked]
    error = float(np.hypot(_standard_error(gains), _standard_error(plain)))
    other = float((named[best] != named[now]).mean())
    return _worth(PREFERENCES, float(gains.mean()), float(plain.mean()), error, other)


def _halves(draws: int) -> tuple[slice, slice]:
    """Every other draw and those between; a single one has no other half."""
    return (slice(0, None, 2), slice(1, None, 2)) if draws > 1 else (slice(None), slice(None))


def _standard_error(values: Floats) -> float:
    return float(values.std(ddof=1) / np.sqrt(values.size)) if values.size > 1 else 0.0


def _worth(name: str, crossed: float, plain: float, error: float, other_kind: float) -> Worth:
    """Join both estimates: choosing and judging by the same draws flatters, by different ones is too modest."""
    low, high = sorted((crossed, plain))
    value = max(crossed, 0.0)
    return Worth(
        name,
        _PEOPLE * value,
        _PEOPLE * min(value, max(low - _TWO_SIDES * error, 0.0)),
        _PEOPLE * max(value, high + _TWO_SIDES * error),
        other_kind,
    )


def with_worth(asked: Sequence[Told], worth: Iterable[Worth], library: Library, emergency: bool = False) -> list[Told]:
    """Join what guidelines and options ask for with what the numbers say is worth knowing.

    Args:
        asked: from `to_find_out`: what a guideline's conclusion or a stance hangs on is decisive there.
        worth: what knowing each unknown input, and the preferences, is worth.
        library: the documents.
        emergency: whether there is one; then no number makes anything decisive.

    Returns:
        One entry each, in the form of `to_find_out`: the decisive first, then by what it is worth; what is worth
        nothing and asked for by nobody is left out.
    """
    plausible = library.number("information-plausible-share")
    found: dict[str, Told] = {one["variable"]: dict(one) for one in asked}
    for one in worth:
        decisive = one.other_kind >= plausible and not emergency
        if one.name not in found and not decisive and one.value <= 0.0:
            continue
        entry = found.setdefault(one.name, {"variable": one.name, "decisive": False, "value": None, "for": []})
        entry["decisive"] = entry["decisive"] or decisive
        entry["value"] = {"mean": one.value, "low": one.low, "high": one.high, "unit": UNIT}
        if decisive and COMPARISON not in entry["for"]:
            entry["for"] = [*entry["for"], COMPARISON]
    place = {name: number for number, name in enumerate(found)}
    ordered = sorted(found.values(), key=lambda one: (not one["decisive"], -_mean(one), place[one["variable"]]))
    return [{**one, "says": _says(one, library)} for one in ordered]


def _mean(entry: Mapping[str, Told | None]) -> float:
    value = entry["value"]
    return float(value["mean"]) if value else 0.0


def _says(entry: Told, library: Library) -> Told:
    """What to do to find it out, how recent it must be, what it decides, and what knowing it is worth."""
    name, document = entry["variable"], library.variables.get(entry["variable"])
    if document is None:
        what = text(f"information.{PREFERENCES}")
    else:
        what = text(f"variables/{name}.{'ask' if document.ask else 'title'}")
        if document.freshness is not None:
            what = text("information.fresh", what=what, months=document.freshness.months)
    key = "information.ask.decisive" if entry["decisive"] else "information.ask.worth-knowing"
    mean = _mean(entry)
    worth = text("information.worth", value=float(f"{mean:.2g}")) if mean >= _WORTH_SAYING else ""
    return text(key, what=what, changes=_changes(entry["for"]), worth=worth)


def _changes(waiting: Sequence[str]) -> list[Told]:
    """What hangs on an answer, of the guidelines and options that wait for it."""
    guidelines = [text(f"{one}.title") for one in waiting if one.startswith("guidelines/")]
    kinds = list(dict.fromkeys(one.split(":")[0] for one in waiting if ":" in one))
    parts = [text("information.hangs.options")] if "options" in waiting else []
    if guidelines:
        parts.append(text("information.hangs.guidelines", guidelines=guidelines))
    if kinds:
        parts.append(text("information.hangs.kinds", kinds=[text(f"information.kind.{kind}") for kind in kinds]))
    if COMPARISON in waiting or not parts:
        parts.append(text(f"information.hangs.{'best' if COMPARISON in waiting else 'comparison'}"))
    return parts
