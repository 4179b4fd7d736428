"""What matters to a person: stated weights and rankings, and the weights that are drawn where nothing is stated.

A weight says how many relapses one event, or one unit of burden in a year, weighs. There are no default weights: what
is not stated is drawn log-uniformly from the wide range of its document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from stepdown.errors import InputError
from stepdown.knowledge.library import Library
from stepdown.knowledge.preferences import Weight
from stepdown.prognosis.chance import uniform
from stepdown.prognosis.forecast import OUTCOMES

BURDENS = ("infusion", "injection", "tablet-day", "visit", "blood-test")
"""Units of burden, in the order of the arrays; each is counted in a year."""

NAMES = (*OUTCOMES, *BURDENS)
MEASURE = "relapse"
"""What everything is weighed in: one relapse weighs 1."""


@dataclass(frozen=True)
class Preferences:
    """What a person, or whoever asks for them, states.

    Attributes:
        weights: how many relapses one event or unit weighs, by name; 0 where it does not matter. `relapse` may only be
            stated as 0 or 1.
        ranking: names from what weighs most, event by event, to what weighs least.
    """

    weights: Mapping[str, float] = field(default_factory=dict)
    ranking: tuple[str, ...] = ()

    @property
    def stated(self) -> bool:
        """Whether anything is stated."""
        return bool(self.weights or self.ranking)


@dataclass(frozen=True)
class Span:
    """Between what a weight is drawn, both ends included; equal where it is known."""

    low: float
    high: float

    @property
    def middle(self) -> float:
        """The geometric middle; 0 where nothing weighs anything."""
        return float(np.sqrt(self.low * self.high))


def read_preferences(weigh: Sequence[str], rank: str | None, library: Library) -> Preferences:
    """Read `--weigh outcome=relapses` (each entry one) and `--rank a>b>c`.

    Raises:
        InputError: an unknown name, a weight that is no number, negative or given twice, only zeros; a name ranked
            twice, a ranking of one, or one that the stated weights contradict.
    """
    weights: dict[str, float] = {}
    for entry in weigh:
        name, sign, value = (part.strip() for part in entry.partition("="))
        _known(name, library, "--weigh")
        if not sign:
            raise InputError(f"{entry!r} gives no weight", "--weigh", f"write {name}=2 for twice a relapse")
        if name in weights:
            raise InputError(f"{name} is weighed twice", "--weigh", "give one weight")
        weights[name] = _number(name, value)
    ranking = () if rank is None else tuple(part.strip() for part in rank.split(">"))
    for name in ranking:
        if name.startswith("="):
            raise InputError(f"{rank!r} has '>='", "--rank", "write a>b, and leave out what is equal")
        _known(name, library, "--rank")
        if ranking.count(name) > 1:
            raise InputError(f"{name} is ranked twice", "--rank", "name each once")
    if len(ranking) == 1:
        raise InputError(f"{rank!r} ranks one thing only", "--rank", f"write {ranking[0]}>visit")
    return checked(Preferences(weights, ranking), library)


def checked(preferences: Preferences, library: Library) -> Preferences:
    """The same preferences, if they can hold together.

    Raises:
        InputError: they contradict each other, leave nothing that matters, or weigh the measure itself.
    """
    weights = preferences.weights
    if weights.get(MEASURE, 1) not in (0, 1):
        mend = "say what others weigh, such as serious-infection=2"
        raise InputError("a relapse is what everything is weighed in", "--weigh", mend)
    counted = {name for name in NAMES if counts(library.weights[name], preferences)}
    if all(weights.get(name) == 0 for name in counted):
        raise InputError("every weight is 0", "--weigh", "let something matter")
    ranked = [(name, _own(name, preferences, library)) for name in preferences.ranking]
    fixed = [(name, span.low) for name, span in ranked if span.low == span.high]
    for (first, more), (second, less) in pairwise(fixed):
        if more < less:
            raise InputError(
                f"{first} is ranked above {second} and weighs less ({more:g} against {less:g} relapses)",
                "--rank", "mend the weight or the ranking",
            )  # fmt: skip
    return preferences


def _known(name: str, library: Library, where: str) -> None:
    if name not in library.weights:
        close = get_close_matches(name, library.weights, n=1)
        guess = f"did you mean {close[0]}?" if close else f"there are {', '.join(library.weights)}"
        raise InputError(f"nothing is weighed as {name!r}" if name else "a name is missing", where, guess)


def _number(name: str, value: str) -> float:
    try:
        weight = float(value)
    except ValueError:
        weight = np.nan
    if not np.isfinite(weight):
        raise InputError(f"the weight of {name}, {value!r}, is not a number", "--weigh", f"write {name}=2")
    if weight < 0:
        raise InputError(f"the weight of {name} is negative", "--weigh", "a weight is 0 or more")
    return weight


def counts(weight: Weight, preferences: Preferences) -> bool:
    """Whether something counts in the comparison: always, or only where it is stated or ranked."""
    return not weight.stated_only or weight.of in preferences.weights or weight.of in preferences.ranking


def _own(name: str, preferences: Preferences, library: Library, wished: frozenset[str] = frozenset()) -> Span:
    """The span of one weight before the ranking."""
    document = library.weights[name]
    if name in preferences.weights:
        return Span(preferences.weights[name], preferences.weights[name])
    if not counts(document, preferences):
        return Span(0.0, 0.0)
    middle = float(np.sqrt(document.low * document.high))
    more, less = (not wished.isdisjoint(topics) for topics in (document.wishes, document.wishes_less))
    # who minds both is left with the whole range
    return Span(middle if more and not less else document.low, middle if less and not more else document.high)


def spans(preferences: Preferences, library: Library, wished: frozenset[str] = frozenset()) -> dict[str, Span]:
    """Between what each weight is drawn, in the order of `NAMES`.

    A stated weight stands. Wishes move a range to its upper or lower half. A ranking keeps a range between the nearest
    fixed weights (stated, or the relapse) above and below it; one that lies wholly on the wrong side of such a weight
    is moved, as wide as it is, to begin there: the person goes beyond what the studies span.

    Args:
        preferences: what is stated.
        library: the documents.
        wished: topics of the wishes in the record.
    """
    found = {name: _own(name, preferences, library, wished) for name in NAMES}
    ranked = preferences.ranking
    for place, name in enumerate(ranked):
        if found[name].low != found[name].high:
            above = [found[one].low for one in ranked[:place] if found[one].low == found[one].high]
            below = [found[one].low for one in ranked[place + 1 :] if found[one].low == found[one].high]
            found[name] = _within(found[name], max(below, default=0.0), min(above, default=np.inf))
    return found


def _within(span: Span, floor: float, ceiling: float) -> Span:
    """A span kept between two fixed weights."""
    width = span.high / span.low
    if span.high <= floor:
        span = Span(floor, floor * width)
    elif span.low >= ceiling:
        span = Span(ceiling / width, ceiling)
    return Span(max(span.low, floor), min(span.high, ceiling))


def draw(
    preferences: Preferences, library: Library, draws: int, seed: int, wished: frozenset[str] = frozenset()
) -> npt.NDArray[np.float64]:
    """Weights in relapses, shape (len(NAMES), draws); 0 for what does not count.

    Each is log-uniform in its span, from a stream that its name and the seed alone decide: a draw stays the same
    however many are taken. A ranking is imposed without rejecting draws: the weights drawn for the ranked names between
    two fixed ones are dealt out again in the order of the ranking, the largest to the first. It ranks single events:
    `serious-infection>infusion` says that one serious infection is worse than one infusion.

    Args:
        preferences: what is stated.
        library: the documents.
        draws: how many.
        seed: of the run.
        wished: topics of the wishes in the record.

    Returns:
        They are kept with the library, and may not be written to.
    """
    kept: dict[object, npt.NDArray[np.float64]] = library.cache.setdefault("weights drawn", {})
    key = (frozenset(preferences.weights.items()), tuple(preferences.ranking), draws, seed, wished)
    if key not in kept:
        if len(kept) >= KEPT:
            kept.pop(next(iter(kept)))
        kept[key] = _draw(preferences, library, draws, seed, wished)
        kept[key].flags.writeable = False
    return kept[key]


KEPT = 64
"""Weights are kept for so many combinations of what is stated and wished."""


def _draw(
    preferences: Preferences, library: Library, draws: int, seed: int, wished: frozenset[str]
) -> npt.NDArray[np.float64]:
    taken = spans(preferences, library, wished)
    found = np.zeros((len(NAMES), draws))
    for place, (name, span) in enumerate(taken.items()):
        if span.low == span.high:
            found[place] = span.low
        elif span.low > 0:
            u = uniform(seed, f"weight:{name}", draws)
            found[place] = np.clip(span.low * np.exp(u * np.log(span.high / span.low)), span.low, span.high)
    for group in _between_fixed(preferences.ranking, taken):
        found[group] = np.sort(found[group], axis=0)[::-1]
    return found


def _between_fixed(ranking: tuple[str, ...], taken: Mapping[str, Span]) -> list[list[int]]:
    """Places of the ranked names that are free to change places: those with no fixed weight between them."""
    groups: list[list[int]] = [[]]
    for name in ranking:
        if taken[name].low == taken[name].high:
            groups.append([])
        else:
            groups[-1].append(NAMES.index(name))
    return [group for group in groups if len(group) > 1]
