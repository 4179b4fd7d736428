"""How strong a recommendation is, and whether guidelines and numbers agree.

The strength comes from the share of draws in which the recommended kind of option comes first. It is lowered by low
certainty, by a rule that says balanced at most, and where the numbers put another kind first; that guidelines and
numbers agree raises nothing, for they rest on the same studies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stepdown.decision.compare import Comparison, by_kind
from stepdown.decision.options import Option
from stepdown.decision.stances import Advice, Mask
from stepdown.knowledge.library import Library
from stepdown.prognosis.chance import Floats
from stepdown.prognosis.forecast import Change
from stepdown.prognosis.grounds import GRADES

STRENGTHS = ("balanced", "leaning", "clear")
LEANING = STRENGTHS.index("leaning")
HIGHEST = {"very-low": "balanced", "low": "leaning", "moderate": "clear", "high": "clear"}
"""The most that a certainty of evidence allows."""
SIDES = ("numbers-only", "guideline-only", "guideline-too")
"""What guidelines say of a kind that the numbers put first and that is not recommended."""
_CAPS = np.array([STRENGTHS.index(HIGHEST[grade]) for grade in GRADES])


@dataclass(frozen=True)
class Strength:
    """The strength of each of N recommendations.

    Attributes:
        strength: one of `STRENGTHS`, `hold`, or nothing where the recommended option was not compared.
        disagreement: one of `SIDES` where the numbers put another kind first than the recommended one: no guideline
            supports either; one supports the recommended kind only; one supports that other kind too. Nothing where
            they agree.
    """

    strength: npt.NDArray[np.object_]
    disagreement: npt.NDArray[np.object_]


def strength(
    options: Sequence[Option],
    chosen: npt.NDArray[np.int64],
    hold: Mask,
    views: Mapping[str, Advice],
    comparison: Comparison,
    tempered: Mask,
    library: Library,
) -> Strength:
    """How strong the recommendations to people on one drug are.

    Args:
        options: the K options.
        chosen: position of the recommended option, -1 where there is none.
        hold: who is told to hold.
        views: what the guidelines say of each kind.
        comparison: of these people.
        tempered: where a rule says balanced at most, shape (people, K).
        library: the documents.
    """
    kinds, shares = kind_shares(options, comparison)
    leading = np.argmax(np.where(np.isnan(shares), -1.0, shares), axis=1)
    mine = np.array([kinds.index(option.kind) for option in options])[chosen]
    person = np.arange(chosen.size)
    compared = ~hold & (chosen >= 0) & comparison.ranked[person, chosen]
    level = np.where(mine == leading, graded(shares[person, leading], chosen, comparison, library), 0)
    level = np.where(tempered[person, chosen], 0, level)
    found = np.array([*STRENGTHS, None, "hold"], dtype=object)[np.where(hold, 4, np.where(compared, level, 3))]
    supported = np.stack([views[kind].candidate for kind in kinds], axis=1)
    side = np.where(supported[person, leading], 2, np.where(supported[person, mine], 1, 0))
    apart = np.where(compared & (mine != leading), side, 3)
    return Strength(found, np.array([*SIDES, None], dtype=object)[apart])


def graded(
    share: Floats, option: npt.NDArray[np.int64], comparison: Comparison, library: Library
) -> npt.NDArray[np.int64]:
    """The strength that the share of a kind and the certainty of its option allow, by person; code into `STRENGTHS`."""
    level = (share >= library.number("decision-share-leaning")).astype(np.int64)
    level += share >= library.number("decision-share-clear")
    found: npt.NDArray[np.int64] = np.minimum(level, _CAPS[_certainty(option, comparison)])
    return found


def kind_shares(options: Sequence[Change], comparison: Comparison) -> tuple[list[str], Floats]:
    """The kinds, that of the reference first, and their shares, shape (people, kinds); of equals the first leads."""
    found = by_kind(options, comparison.share)
    reference = options[comparison.reference].kind
    kinds = sorted(found, key=lambda kind: kind != reference)
    return kinds, np.stack([found[kind] for kind in kinds], axis=1)


def _certainty(chosen: npt.NDArray[np.int64], comparison: Comparison) -> npt.NDArray[np.int8]:
    """The weakest link of what is compared: the recommended option and the reference, or the best rival of that one."""
    person = np.arange(chosen.size)
    others = np.where(comparison.ranked, comparison.mean, -np.inf)
    others[:, comparison.reference] = -np.inf
    rival = np.where(chosen == comparison.reference, np.argmax(others, axis=1), comparison.reference)
    weakest: npt.NDArray[np.int8] = np.minimum(
        comparison.certainty[person, chosen], comparison.certainty[person, rival]
    )
    return weakest
