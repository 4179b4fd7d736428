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
from stepdown.prognosis.forecast import INFECTION, OUTCOMES
from stepdown.prognosis.scenario import CONSTANT_DIFFERENCE, constant_difference
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
    part, place = numbers.part, numbers.place
    options, library = part.forecast.options, made.library
    therapy = next(option.therapy for option in options if option.kind in ("continue", "observe"))
    people = made.people(state, np.array([row]), therapy)
    found = constant_difference(people, therapy, part.forecast.of(place), library, made.found)
    if found is None:
        return []
    ranked = part.comparison.ranked[[place]]
    before = np.where(ranked, REASONABLE, BARRED).astype(np.int8)
    again = compare(
        found, before, part.burdens[[place]], preferences, library, made.seed, part.comparison.wished[[place]]
    )
    kinds, shares = kind_shares(options, again)
    _, usual = kind_shares(options, part.comparison)
    by_kind = {kind: float(share) for kind, share in zip(kinds, shares[0], strict=True) if np.isfinite(share)}
    leads, led = _leading(kinds, shares[0]), _leading(kinds, usual[place])
    risk = {
        options[number].id: {
            f"{years:g}": estimate(found.risks[0, number, INFECTION, at], "1")
            for at, years in enumerate(found.horizons)
        }
        for number in numbers.options
    }
    key = "alone" if leads is None else "same" if leads == led else "other"
    leading = {"leading": text(f"information.kind.{leads}")} if key == "other" else {}
    says = text(f"scenario.{CONSTANT_DIFFERENCE}.{key}", **leading)
    return [
        {"id": CONSTANT_DIFFERENCE, "risk": {OUTCOMES[INFECTION]: risk}, "shares_by_kind": by_kind,
         "leading": leads, "says": says}
    ]  # fmt: skip


def _leading(kinds: list[str], shares: np.ndarray) -> str | None:
    """The kind that comes first most often; nothing where none was ranked."""
    return kinds[int(np.nanargmax(shares))] if np.isfinite(shares).any() else None
