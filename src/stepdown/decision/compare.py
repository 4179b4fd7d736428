"""Compares the options of people on one drug: net benefit against carrying on, and how often each comes first.

Net benefit is counted in relapses: over the time compared, each outcome's change in risk times its weight, plus each
unit of burden saved times its weight. Draws of risks and of weights are paired: this is stochastic multicriteria
acceptability analysis (SMAA; Lahdelma and Salminen 2001). Every person is computed alone, so that the answer in a panel
is the answer alone, byte for byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from stepdown.decision.preferences import BURDENS, NAMES, Preferences, counts, draw, spans, wishes_of
from stepdown.decision.stances import HELD, REASONABLE, Mask
from stepdown.knowledge.library import Library
from stepdown.prognosis.chance import Floats, uniform
from stepdown.prognosis.forecast import INFECTION, NUMBER, OUTCOMES, RELAPSE, Change, Forecast
from stepdown.prognosis.grounds import GRADES


@dataclass(frozen=True, eq=False)
class Comparison:
    """What the numbers say of the K options of n people on one drug.

    Attributes:
        reference: position of the option that the others are compared with: carrying on, or watching after a course.
        years: over which they are compared.
        counted: outcomes that count for a person, shape (n, outcomes); an option without a number for one of them is
            not ranked, even if it weighs 0.
        net_benefit: against the reference in relapses, shape (n, K, draws), NaN where a counted risk or a burden that
            weighs anything has no number; None where draws are not kept.
        mean: expected net benefit, shape (n, K).
        share: share of draws in which an option comes first among the open ones, ties shared, shape (n, K); NaN where
            it is not ranked, and where fewer than two options could be ranked.
        positive: probability that the net benefit is above 0.
        relapse_worse: probability of a higher risk of relapse than under the reference.
        infection_lower: probability of a lower risk of serious infection than under the reference.
        against: whether the numbers alone make an option not advised, where the reference may go on.
        certainty: code into `GRADES` of the weakest counted outcome, shape (n, K); very low where none is given.
        wished: code of the wishes that moved the weights, shape (n,).
        risk: mean probability of each outcome by each horizon, shape (n, K, outcomes, H); NaN where there is no number.
    """

    reference: int
    years: float
    counted: Mask
    net_benefit: Floats | None
    mean: Floats
    share: Floats
    positive: Floats
    relapse_worse: Floats
    infection_lower: Floats
    against: Mask
    certainty: npt.NDArray[np.int8]
    wished: npt.NDArray[np.int64]
    risk: Floats | None = None

    @staticmethod
    def joined(parts: Sequence[Comparison]) -> Comparison:
        """Several people after another; draws are not kept."""
        first, lists = parts[0], [field.name for field in fields(Comparison) if field.name not in _SHARED]
        each = {name: np.concatenate([getattr(part, name) for part in parts]) for name in lists}
        return Comparison(reference=first.reference, years=first.years, net_benefit=None, **each)

    def without(self, silent: Mask) -> Comparison:
        """The same, with nothing said of some people."""
        told = {name: getattr(self, name) for name in _NUMBERS}
        hidden: dict[str, Any] = {
            name: np.where(silent.reshape(-1, *[1] * (found.ndim - 1)), np.nan, found)
            for name, found in told.items()
            if found is not None
        }
        return replace(self, **hidden, against=self.against & ~silent[:, None])

    @property
    def ranked(self) -> Mask:
        """Which options were ranked, shape (n, K)."""
        found: Mask = np.isfinite(self.share)
        return found


_NUMBERS = ("net_benefit", "mean", "share", "positive", "relapse_worse", "infection_lower")
_SHARED = ("reference", "years", "net_benefit")
"""What a comparison does not hold by person, or does not always hold."""


def reference_of(options: Sequence[Change]) -> int:
    """The option that the others are compared with: watching after a course therapy, else carrying on."""
    kinds = [option.kind for option in options]
    return kinds.index("observe" if "observe" in kinds else "continue")


def horizon_of(horizons: Sequence[float], library: Library) -> int:
    """The horizon over which options are compared: the usual one, or the shortest where it was not asked for."""
    usual = library.number("decision-horizon-years")
    return horizons.index(usual if usual in horizons else min(horizons))


def compare(
    forecast: Forecast,
    stances: npt.NDArray[np.int8],
    burdens: Floats,
    preferences: Preferences,
    library: Library,
    seed: int,
    wished: npt.NDArray[np.int64] | None = None,
) -> Comparison:
    """Compare the options of n people on one drug.

    Args:
        forecast: their risks.
        stances: codes into `STANCES` before the numbers, shape (n, K); only options that are at least reasonable are
            ranked.
        burdens: least and most of each unit of burden a year, shape (n, K, 5, 2) or one that broadcasts to it.
        preferences: what is stated.
        library: the documents.
        seed: of the run.
        wished: codes of wishes (`preferences.wished`); none where it is None.
    """
    size, _, _, _, draws = forecast.risks.shape
    place, base = horizon_of(forecast.horizons, library), reference_of(forecast.options)
    why = forecast.why[:, :, :, place]
    meant = np.array([counts(library.weights[name], preferences) for name in OUTCOMES])
    counted: Mask = np.logical_and(meant, ~np.isin(why[:, base], tuple(forecast.uncounted)))
    missing: Mask = np.logical_and(why != NUMBER, counted[:, None])
    numbered: Mask = np.logical_and(~missing.any(axis=2), counted.any(axis=1, keepdims=True))
    codes = np.zeros(size, dtype=np.int64) if wished is None else wished
    units = np.broadcast_to(burdens, (size, len(forecast.options), len(BURDENS), 2))
    benefit = np.zeros((size, len(forecast.options), draws))
    for code in np.unique(codes).tolist():
        here, topics = np.flatnonzero(codes == code), wishes_of(code, library)
        weights = draw(preferences, library, draws, seed, topics)
        matters = [name for name, span in spans(preferences, library, topics).items() if span.high > 0]
        benefit[here] = _outcomes(forecast.risks[here][:, :, :, place], counted[here], weights, base)
        benefit[here] += forecast.horizons[place] * _burdens(units[here], matters, weights, base, seed)
    numbered &= np.isfinite(benefit).all(axis=2)
    benefit[~(numbered & numbered[:, [base]])] = np.nan
    return _judged(forecast, place, stances, benefit, counted, codes, library)


def _outcomes(risks: Floats, counted: Mask, weights: Floats, base: int) -> Floats:
    """What the risks that an option saves are worth, shape (n, K, draws)."""
    saved = np.zeros((*risks.shape[:2], risks.shape[-1]))
    for number in np.flatnonzero(counted.any(axis=0)).tolist():
        less = weights[number] * (risks[:, [base], number] - risks[:, :, number])
        saved += np.where(counted[:, number, None, None], less, 0.0)
    return saved


def _burdens(units: Floats, matters: Sequence[str], weights: Floats, base: int, seed: int) -> Floats:
    """What the burden that an option saves in a year is worth, shape (n, K, draws).

    Where a count is a range, the same part of it is taken for every option: practice differs by place, not by option.
    """
    part = uniform(seed, "burden:part", weights.shape[1])
    saved = np.zeros((*units.shape[:2], weights.shape[1]))
    for number, name in enumerate(BURDENS):
        if name in matters:
            low, wide = units[:, :, number, 0], units[:, :, number, 1] - units[:, :, number, 0]
            fewer, narrower = low[:, [base]] - low, wide[:, [base]] - wide
            saved += weights[NAMES.index(name)] * (fewer[:, :, None] + narrower[:, :, None] * part)
    return saved


def saved(risks: Floats, counted: Mask, units: Floats, years: float, base: int, seed: int) -> Floats:
    """What each option saves of what each weight counts, shape (n, K, weights, draws); arguments as elsewhere here."""
    ones, parts = np.ones((len(NAMES), risks.shape[-1])), []
    for number, name in enumerate(NAMES):
        if name in BURDENS:
            parts.append(years * _burdens(units, [name], ones, base, seed))
        else:
            only = counted & (np.arange(len(OUTCOMES)) == number)
            parts.append(_outcomes(risks, only, ones, base))
    return np.stack(parts, axis=2)


def _judged(
    forecast: Forecast,
    place: int,
    stances: npt.NDArray[np.int8],
    benefit: Floats,
    counted: Mask,
    codes: npt.NDArray[np.int64],
    library: Library,
) -> Comparison:
    """Shares and probabilities of net benefits."""
    base = reference_of(forecast.options)
    if benefit.shape[2] < library.number("decision-fewest-draws"):
        benefit[:] = np.nan
    known = np.isfinite(benefit).all(axis=2)
    relapse, infection = (forecast.risks[:, :, number, place] for number in (RELAPSE, INFECTION))
    relapse_worse = _often(relapse > relapse[:, [base]], relapse + relapse[:, [base]])
    infection_lower = _often(infection < infection[:, [base]], infection + infection[:, [base]])
    positive = _often(benefit > 0, benefit)
    nothing_in_return = (relapse_worse >= library.number("decision-relapse-surely-worse")) & (
        infection_lower < library.number("decision-infection-probably-lower")
    )
    against = known & ((positive < library.number("decision-hardly-ever-better")) | nothing_in_return)
    # nothing is held against an option for doing worse than what must not go on
    against &= (stances[:, base] >= HELD)[:, None]
    against[:, base] = False
    return Comparison(
        reference=base,
        years=forecast.horizons[place],
        counted=counted,
        net_benefit=benefit,
        mean=benefit.mean(axis=2),
        share=_shares(benefit, known & ~against & (stances >= REASONABLE)),
        positive=positive,
        relapse_worse=relapse_worse,
        infection_lower=infection_lower,
        against=against,
        certainty=_certainty(forecast, counted),
        wished=codes,
        risk=forecast.risks.mean(axis=4),
    )


def _often(truth: Mask, numbers: Floats) -> Floats:
    """How often something holds over the draws; NaN where there are no numbers."""
    found: Floats = np.where(np.isnan(numbers).any(axis=2), np.nan, truth.sum(axis=2) / truth.shape[2])
    return found


def _shares(benefit: Floats, rivals: Mask) -> Floats:
    """Share of draws in which each rival comes first, those that tie sharing the draw; NaN with fewer than two."""
    share = np.full(rivals.shape, np.nan)
    compared = np.flatnonzero(rivals.sum(axis=1) > 1)
    mine = rivals[compared]
    level = np.where(mine[:, :, None], benefit[compared], -np.inf)
    first = level == level.max(axis=1)[:, None]
    first &= mine[:, :, None]
    shared = first / first.sum(axis=1)[:, None]
    share[compared] = np.where(mine, shared.sum(axis=2) / benefit.shape[2], np.nan)
    return share


def _certainty(forecast: Forecast, counted: Mask) -> npt.NDArray[np.int8]:
    """The weakest certainty of the outcomes that count, shape (n, K)."""
    found = np.full((counted.shape[0], len(forecast.options)), len(GRADES) - 1, dtype=np.int8)
    for option in range(len(forecast.options)):
        for number, outcome in enumerate(OUTCOMES):
            grade = GRADES.index(forecast.certainty.get((option, outcome), GRADES[0]))
            weaker = np.minimum(found[:, option], grade)
            found[:, option] = np.where(counted[:, number], weaker, found[:, option])
    return found


def by_kind(options: Sequence[Change], share: Floats) -> dict[str, Floats]:
    """The shares of options summed by their kind, shape (n,) each; NaN where none of a kind is ranked."""
    found: dict[str, Floats] = {}
    for number, option in enumerate(options):
        mine, before = share[:, number], found.get(option.kind)
        both = mine if before is None else np.where(np.isnan(before), mine, before + np.nan_to_num(mine))
        found[option.kind] = both
    return found
