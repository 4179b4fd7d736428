"""Tells the numbers of one person as plain data: risks, burden, net benefit, shares, and what these hang on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from stepdown.decision.flips import Flip, central, changes, flips
from stepdown.decision.preferences import Preferences, spans
from stepdown.decision.strength import kind_shares
from stepdown.decision.weigh import Numbers
from stepdown.decision.wishes import wishes_of
from stepdown.guideline.findings import Told, text
from stepdown.knowledge.library import Library
from stepdown.prognosis.chance import Floats
from stepdown.prognosis.forecast import NUMBER, OUTCOMES

INTERVAL = (0.025, 0.975)
BURDEN_KEYS = ("infusions", "injections", "tablet_days", "visits", "blood_tests")
"""The keys of a burden, in the order of `BURDENS`."""
SELDOM = 0.05
"""A kind that comes first less often than this is not put into words."""


def estimate(draws: Floats, unit: str) -> Told | None:
    """Mean and 95% interval of some draws; nothing where there are none."""
    if not np.isfinite(draws).all():
        return None
    low, high = np.quantile(draws, INTERVAL).tolist()
    return {"mean": float(draws.mean()), "low": low, "high": high, "unit": unit}


def option_numbers(numbers: Numbers, option: int) -> Told:
    """The numbers of one option: the keys `risk`, `no_number`, `burden`, `net_benefit` and `share_ranked_first`.

    Args:
        numbers: of the person.
        option: its position among the options of the drug.
    """
    comparison = numbers.part.comparison
    assert comparison.net_benefit is not None
    share = float(comparison.share[numbers.place, option])
    # what a rule advises against is not weighed: by its burden alone, leaving natalizumab would look like a gain
    weighed = np.isfinite(share) or comparison.against[numbers.place, option]
    return {
        "risk": {outcome: _risks(numbers, option, outcome) for outcome in OUTCOMES},
        "no_number": _missing(numbers, option),
        "burden": burden_told(numbers.part.burdens[numbers.place, option]),
        "net_benefit": estimate(comparison.net_benefit[numbers.place, option], "relapses") if weighed else None,
        "share_ranked_first": share if np.isfinite(share) else None,
    }


def _risks(numbers: Numbers, option: int, outcome: str) -> dict[str, Told | None]:
    """One outcome under one option, by horizon."""
    forecast, at = numbers.part.forecast, OUTCOMES.index(outcome)
    reference, told = numbers.part.comparison.reference, {}
    for place, years in enumerate(forecast.horizons):
        mine, base = (forecast.risks[numbers.place, number, at, place] for number in (option, reference))
        found = estimate(mine, "1")
        if found is not None:
            found["versus_continue"] = None if option == reference else estimate(mine - base, "1")
            found["certainty"] = forecast.certainty[option, outcome]
            found["evidence"] = list(forecast.evidence[option, outcome])
        told[f"{years:g}"] = found
    return told


def _missing(numbers: Numbers, option: int) -> list[Told]:
    """Why a risk of one option has no number."""
    forecast = numbers.part.forecast
    why = forecast.why[numbers.place, option]
    return [
        {"outcome": outcome, "years": years, "says": text(forecast.reasons[why[at, place]])}
        for at, outcome in enumerate(OUTCOMES)
        for place, years in enumerate(forecast.horizons)
        if why[at, place] != NUMBER
    ]


def burden_told(units: Floats) -> Told:
    """The yearly burden of one option: a number each, and the range of blood tests; null where unknown."""
    told: Told = {}
    for name, (low, high) in zip(BURDEN_KEYS, units.tolist(), strict=True):
        known = np.isfinite(low) and np.isfinite(high)
        told[name] = None if not known else [low, high] if name == "blood_tests" else (low + high) / 2
    return told


def comparison_told(
    numbers: Numbers, guidelines: Sequence[Told], preferences: Preferences, library: Library, seed: int
) -> Told | None:
    """The comparison of one person's options; nothing where fewer than two could be ranked.

    Args:
        numbers: of the person.
        guidelines: as told; studies that they and the numbers both rest on are named.
        preferences: what is stated.
        library: the documents.
        seed: of the run.
    """
    part, place = numbers.part, numbers.place
    forecast, comparison, ranked = part.forecast, part.comparison, part.comparison.ranked[place]
    if not ranked.any():
        return None
    assert comparison.net_benefit is not None
    kinds, shares = kind_shares(forecast.options, comparison)
    wished = int(comparison.wished[place])
    topics = wishes_of(wished, library)
    lines = changes(forecast, comparison, part.burdens, place, library, seed).mean(axis=2)
    middles = central(
        forecast.options, comparison.net_benefit[place], ranked.tolist(), preferences, library, seed, wished
    )
    by_kind = {kind: float(share) for kind, share in zip(kinds, shares[place], strict=True) if np.isfinite(share)}
    return {
        "years": comparison.years,
        "shares_by_kind": by_kind,
        "preferences": {
            "stated": preferences.stated or bool(topics),
            "weights": {
                name: [span.low, span.high]
                for name, span in spans(preferences, library, topics).items()
                if span.high > 0 or name in preferences.weights
            },
        },
        "central": _central_told(middles, by_kind),
        "flips": [_flip_told(flip) for flip in flips(forecast.options, lines, preferences, library, wished)],
        "unranked": [forecast.options[number].id for number in numbers.options if not ranked[number]],
        "shared_evidence": _shared(numbers, guidelines),
    }


def not_compared(numbers: Numbers) -> Told | None:
    """Why nothing could be compared: the first number that carrying on lacks; nothing where that is not the reason."""
    forecast, comparison = numbers.part.forecast, numbers.part.comparison
    at = forecast.horizons.index(comparison.years)
    why = forecast.why[numbers.place, comparison.reference, :, at][comparison.counted[numbers.place]]
    missing = why[why != NUMBER]
    if comparison.ranked[numbers.place].any() or not missing.size:
        return None
    return text("comparison.none", why=text(forecast.reasons[missing[0]]))


def disagreement_told(numbers: Numbers, side: str, chosen: str) -> Told:
    """The reason that heads the others where the numbers put another kind first than the recommended one.

    Args:
        numbers: of the person.
        side: what guidelines say of that kind (`strength.SIDES`).
        chosen: the recommended kind.
    """
    part = numbers.part
    kinds, shares = kind_shares(part.forecast.options, part.comparison)
    mine = dict(zip(kinds, np.nan_to_num(shares[numbers.place]).tolist(), strict=True))
    leading = max(kinds, key=lambda kind: mine[kind])
    arguments: dict[str, Any] = {
        "leading": text(f"information.kind.{leading}"), "chosen": text(f"information.kind.{chosen}"),
        "share": round(100 * mine[leading]), "own": round(100 * mine[chosen]),
    }  # fmt: skip
    return {
        "says": text(f"disagreement.{side}", **arguments),
        "verdict": "met",
        "for": leading not in ("continue", "observe"),
        "from": [],
        "evidence": _studies(numbers),
        "assumption": False,
    }


def _studies(numbers: Numbers) -> list[str]:
    """The studies behind the outcomes that count, of the options that were ranked."""
    part, place = numbers.part, numbers.place
    outcomes = [name for name, counts in zip(OUTCOMES, part.comparison.counted[place], strict=True) if counts]
    ranked = np.flatnonzero(part.comparison.ranked[place]).tolist()
    found = {one for number in ranked for name in outcomes for one in part.forecast.evidence.get((number, name), ())}
    return sorted(found)


def _shared(numbers: Numbers, guidelines: Sequence[Told]) -> list[str]:
    """The studies on which the numbers rest and a guideline that applies as well."""
    theirs = {
        one
        for guideline in guidelines
        if guideline["applies"] == "met"
        for finding in guideline["findings"]
        for one in finding["evidence"]
    }
    return [one for one in _studies(numbers) if one in theirs]


def _central_told(middles: dict[str, dict[str, float]], shares: dict[str, float]) -> Told:
    """For whom each kind comes first: by the weight that sets it apart the most from the other kinds."""
    often = {kind: weights for kind, weights in middles.items() if shares.get(kind, 0.0) >= SELDOM}
    if len(often) < 2 or not next(iter(often.values())):
        return text("comparison.central-any", kind=text(f"information.kind.{next(iter(middles))}"))
    return text("comparison.central", kinds=[_kind_told(kind, often) for kind in often])


def _kind_told(kind: str, often: dict[str, dict[str, float]]) -> Told:
    mine = often[kind]

    def apart(name: str) -> float:
        others = [np.log(weights[name]) for other, weights in often.items() if other != kind]
        return abs(float(np.log(mine[name]) - np.mean(others)))

    name = max(mine, key=apart)
    return text(
        "comparison.central-kind",
        kind=text(f"information.kind.{kind}"), weight=name, relapses=_two_digits(mine[name]),
    )  # fmt: skip


def _flip_told(flip: Flip) -> Told:
    says = text(
        "comparison.flip",
        weight=flip.weight, at=_two_digits(flip.at),
        before=text(f"information.kind.{flip.before}"), after=text(f"information.kind.{flip.after}"),
    )  # fmt: skip
    return {"weight": flip.weight, "at": flip.at, "from": flip.before, "to": flip.after, "says": says}


def _two_digits(value: float) -> float:
    return float(f"{value:.2g}")
