"""What the answer hangs on in a person's values: where along one weight another kind comes first, and for whom.

One person at a time. Net benefit is linear in the weights: with all other weights held, the expected net benefit of an
option is a straight line along one weight, and the leading kind changes only where two lines cross.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from stepdown.decision.benefit import saved
from stepdown.decision.compare import Comparison, horizon_of
from stepdown.decision.preferences import MEASURE, NAMES, Preferences, draw, spans
from stepdown.decision.wishes import wishes_of
from stepdown.knowledge.library import Library
from stepdown.prognosis.chance import Floats
from stepdown.prognosis.forecast import Change, Forecast


@dataclass(frozen=True)
class Flip:
    """Where the leading kind changes along one weight: `before` leads below it, `after` above."""

    weight: str
    at: float
    before: str
    after: str


def changes(
    forecast: Forecast, comparison: Comparison, burdens: Floats, place: int, library: Library, seed: int
) -> Floats:
    """What each option of one person saves of what each weight counts, shape (K, weights, draws); NaN if not ranked.

    Net benefit is the sum over `NAMES` of these times the weights.

    Args:
        forecast: of some people.
        comparison: of the same people.
        burdens: of the same people, shape (people, K, 5, 2).
        place: the person's place among them.
        library: the documents.
        seed: of the run.
    """
    at = horizon_of(forecast.horizons, library)
    risks, counted = forecast.risks[[place], :, :, at], comparison.counted[[place]]
    found: Floats = saved(risks, counted, burdens[[place]], comparison.years, comparison.reference, seed)[0]
    found[~comparison.ranked[place]] = np.nan
    return found


def flips(
    options: Sequence[Change], saved_on_average: Floats, preferences: Preferences, library: Library, wished: int = 0
) -> list[Flip]:
    """Where along each weight that counts the leading kind changes, from low to high, all others at their middle.

    Leading is the kind of the option with the best expected net benefit. A weight runs over the range of its document,
    stretched to a stated value beyond it; the others lie at the geometric middle of what preferences leave of theirs.

    Args:
        options: the K options.
        saved_on_average: `changes`, averaged over draws, shape (K, weights); NaN in options that were not ranked.
        preferences: what is stated.
        library: the documents.
        wished: code of the person's wishes.
    """
    ranked = np.flatnonzero(~np.isnan(saved_on_average[:, NAMES.index(MEASURE)]))
    if ranked.size < 2:
        return []
    taken = spans(preferences, library, wishes_of(wished, library))
    middle = np.array([span.middle for span in taken.values()])
    kinds = [options[number].kind for number in ranked.tolist()]
    lines = np.nan_to_num(saved_on_average[ranked])
    found = []
    for number, (name, span) in enumerate(taken.items()):
        document = library.weights[name]
        if name != MEASURE and span.high > 0:
            others = np.where(np.arange(len(NAMES)) == number, 0.0, middle)
            start = (lines * others).sum(axis=1)
            ends = min(document.low, span.low), max(document.high, span.high)
            found += [Flip(name, *flip) for flip in _crossings(start, lines[:, number], kinds, ends)]
    return found


def _crossings(
    start: Floats, slope: Floats, kinds: Sequence[str], ends: tuple[float, float]
) -> list[tuple[float, str, str]]:
    """Where the kind of the highest of some lines changes between two ends."""
    first, second = np.triu_indices(start.size, 1)
    apart = slope[first] - slope[second]
    with np.errstate(divide="ignore", invalid="ignore"):
        crossed = (start[second] - start[first]) / apart
    inside = np.unique(crossed[(apart != 0) & (crossed > ends[0]) & (crossed < ends[1])])
    bounds = [ends[0], *inside.tolist(), ends[1]]
    leaders = [kinds[int(np.argmax(start + slope * (low + high) / 2))] for low, high in pairwise(bounds)]
    return [
        (at, before, after)
        for at, before, after in zip(bounds[1:-1], leaders[:-1], leaders[1:], strict=True)
        if before != after
    ]


def central(
    options: Sequence[Change], net_benefit: Floats, ranked: Sequence[bool], preferences: Preferences, library: Library,
    seed: int, wished: int = 0,
) -> dict[str, dict[str, float]]:  # fmt: skip
    """The central weights of each kind that comes first in some draws: the geometric mean of the weights there.

    Only weights that are drawn from a range are named. The kinds stand in the order of how often they lead.

    Args:
        options: the K options.
        net_benefit: of one person, shape (K, draws).
        ranked: which options were ranked.
        preferences: what is stated.
        library: the documents.
        seed: of the run.
        wished: code of the person's wishes.
    """
    topics = wishes_of(wished, library)
    weights = draw(preferences, library, net_benefit.shape[1], seed, topics)
    free = [name for name, span in spans(preferences, library, topics).items() if span.low < span.high]
    competing = np.where(np.asarray(ranked)[:, None], net_benefit, -np.inf)
    leader = np.array([option.kind for option in options], dtype=object)[competing.argmax(axis=0)]
    often: Mapping[str, int] = {kind: int((leader == kind).sum()) for kind in dict.fromkeys(leader.tolist())}
    return {
        kind: {name: float(np.exp(np.log(weights[NAMES.index(name)][leader == kind]).mean())) for name in free}
        for kind in sorted(often, key=lambda kind: -often[kind])
    }
