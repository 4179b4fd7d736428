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

from stepdown.decision.benefit import benefit_of_burdens, benefit_of_outcomes
from stepdown.decision.preferences import Preferences, counts, draw
from stepdown.decision.stances import HELD, REASONABLE, Mask
from stepdown.decision.wishes import wishes_of
from stepdown.knowledge.library import Library
from stepdown.prognosis.chance import Floats
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
        if not silent.any():
            return self
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
    different, which = np.unique(codes, return_inverse=True)
    drawn = [draw(preferences, library, draws, seed, wishes_of(code, library)) for code in different.tolist()]
    weights = np.stack(drawn)[which if len(drawn) > 1 else [0]]
    benefit = benefit_of_outcomes(forecast.risks[:, :, :, place], counted, weights, base)
    units = burdens.reshape(-1, *burdens.shape[-3:])
    benefit += forecast.horizons[place] * benefit_of_burdens(units, weights, base, seed)
    numbered &= np.isfinite(benefit).all(axis=2)
    numbered &= numbered[:, [base]] & (draws >= library.number("decision-fewest-draws"))
    benefit[~numbered] = np.nan
    return _judged(forecast, place, stances, benefit, numbered, counted, codes, library)


def _judged(
    forecast: Forecast,
    place: int,
    stances: npt.NDArray[np.int8],
    benefit: Floats,
    known: Mask,
    counted: Mask,
    codes: npt.NDArray[np.int64],
    library: Library,
) -> Comparison:
    """Shares and probabilities of net benefits, which are `known` or NaN."""
    base, risk = reference_of(forecast.options), forecast.risks.mean(axis=4)
    relapse, infection = (forecast.risks[:, :, number, place] for number in (RELAPSE, INFECTION))
    told = np.isfinite(risk[..., place])
    told &= told[:, [base]]
    relapse_worse = _often(relapse > relapse[:, [base]], told[..., RELAPSE])
    infection_lower = _often(infection < infection[:, [base]], told[..., INFECTION])
    positive = _often(benefit > 0, known)
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
        risk=risk,
    )


def _often(truth: Mask, known: Mask) -> Floats:
    """How often something holds over the draws; NaN where there are no numbers."""
    found: Floats = np.where(known, np.count_nonzero(truth, axis=2) / truth.shape[2], np.nan)
    return found


def _shares(benefit: Floats, rivals: Mask) -> Floats:
    """Share of draws in which each rival comes first, those that tie sharing the draw; NaN with fewer than two."""
    share, draws = np.full(rivals.shape, np.nan), benefit.shape[2]
    compared = np.flatnonzero(rivals.sum(axis=1) > 1)
    mine = rivals[compared]
    level = benefit[compared]
    level[~mine] = -np.inf
    first = level == level.max(axis=1, keepdims=True)
    first &= mine[:, :, None]
    leads = np.count_nonzero(first, axis=2).astype(np.float64)
    tied = leads.sum(axis=1) != draws
    if tied.any():
        leads[tied] = (first[tied] / first[tied].sum(axis=1, keepdims=True)).sum(axis=2)
    share[compared] = np.where(mine, leads / draws, np.nan)
    return share


def _certainty(forecast: Forecast, counted: Mask) -> npt.NDArray[np.int8]:
    """The weakest certainty of the outcomes that count, shape (n, K)."""
    given = [[forecast.certainty.get((number, outcome), GRADES[0]) for outcome in OUTCOMES]
             for number in range(len(forecast.options))]  # fmt: skip
    grades = np.array([[GRADES.index(grade) for grade in outcomes] for outcomes in given], dtype=np.int8)
    found: npt.NDArray[np.int8] = np.where(counted[:, None], grades, np.int8(len(GRADES) - 1)).min(axis=2)
    return found


def by_kind(options: Sequence[Change], share: Floats) -> dict[str, Floats]:
    """The shares of options summed by their kind, shape (n,) each; NaN where none of a kind is ranked."""
    found: dict[str, Floats] = {}
    for number, option in enumerate(options):
        mine, before = share[:, number], found.get(option.kind)
        both = mine if before is None else np.where(np.isnan(before), mine, before + np.nan_to_num(mine))
        found[option.kind] = both
    return found
