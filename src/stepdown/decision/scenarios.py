"""What the comparison of one person would be under a named scenario, told beside the model."""

from __future__ import annotations

import numpy as np

from stepdown.decision.compare import compare
from stepdown.decision.forecasting import Forecaster
from stepdown.decision.numbers import estimate
from stepdown.decision.preferences import Preferences
from stepdown.decision.stances import BARRED, REASONABLE
from stepdown.decision.strength import kind_shares
from stepdown.decision.weigh import Numbers
from stepdown.guideline.findings import Told, text
from stepdown.prognosis.forecast import INFECTION, OUTCOMES, Forecast
from stepdown.prognosis.scenario import CONSTANT_DIFFERENCE, WANING, WORSENING, constant_difference, waning
from stepdown.state.state import State


def scenarios_told(state: State, row: int, numbers: Numbers, preferences: Preferences, made: Forecaster) -> list[Told]:
    """The scenarios of one person: the risks that differ, the shares by kind, and whether another kind leads.

    Args:
        state: of everybody.
        row: of the person.
        numbers: of the person.
        preferences: what is stated.
        made: what made the numbers.
    """
    part, place, library = numbers.part, numbers.place, made.library
    therapy = next(option.therapy for option in part.forecast.options if option.kind in ("continue", "observe"))
    people, usual = made.people(state, np.array([row]), therapy), part.forecast.of(place)
    told = []
    for name, outcome, imagine in SCENARIOS:
        found = imagine(people, therapy, usual, library, made.found)
        if found is not None:
            told.append(_told(name, outcome, found, numbers, preferences, made))
    return told


SCENARIOS = ((CONSTANT_DIFFERENCE, INFECTION, constant_difference), (WANING, WORSENING, waning))
"""Name, the outcome that changes, and what imagines it."""


def _told(
    name: str, outcome: int, found: Forecast, numbers: Numbers, preferences: Preferences, made: Forecaster
) -> Told:
    """One scenario: the risks that it changes, the shares by kind, and whether another kind leads."""
    part, place, options = numbers.part, numbers.place, found.options
    before = np.where(part.comparison.ranked[[place]], REASONABLE, BARRED).astype(np.int8)
    wished = part.comparison.wished[[place]]
    again = compare(found, before, part.burdens[[place]], preferences, made.library, made.seed, wished)
    kinds, shares = kind_shares(options, again)
    _, usual = kind_shares(options, part.comparison)
    leads, led = _leading(kinds, shares[0]), _leading(kinds, usual[place])
    risk = {
        options[number].id: {
            f"{years:g}": estimate(found.risks[0, number, outcome, at], "1") for at, years in enumerate(found.horizons)
        }
        for number in numbers.options
    }
    key = "alone" if leads is None else "same" if leads == led else "other"
    leading = {"leading": text(f"information.kind.{leads}")} if key == "other" else {}
    return {
        "id": name,
        "risk": {OUTCOMES[outcome]: risk},
        "shares_by_kind": {
            kind: float(share) for kind, share in zip(kinds, shares[0], strict=True) if np.isfinite(share)
        },
        "leading": leads,
        "says": text(f"scenario.{name}.{key}", **leading),
    }


def _leading(kinds: list[str], shares: np.ndarray) -> str | None:
    """The kind that comes first most often; nothing where none was ranked."""
    return kinds[int(np.nanargmax(shares))] if np.isfinite(shares).any() else None
