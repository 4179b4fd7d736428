"""Made-up forecasts, for tests of what is decided from numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stepdown.prognosis.forecast import OUTCOMES, Change, Forecast

KINDS = ("continue", "extend-interval", "extend-interval", "switch-lower", "discontinue")
UNCOUNTED = 2
"""Code of a reason for which an outcome does not count."""


@dataclass(frozen=True)
class Do:
    """An option as a forecast needs it."""

    id: str
    kind: str
    therapy: str = "ocrelizumab"
    interval_weeks: float | None = None
    dose_mg: float | None = None


def options(kinds: Sequence[str] = KINDS) -> tuple[Do, ...]:
    """Options of some kinds, told apart by their place."""
    return tuple(Do(f"{kind}:{place}", kind) for place, kind in enumerate(kinds))


def forecast_of(
    risks: Any,
    changes: Sequence[Change] | None = None,
    horizons: tuple[float, ...] = (2.0,),
    certainty: str = "high",
) -> Forecast:
    """A forecast from risks of shape (people, options, outcomes, horizons, draws); NaN is without a number."""
    given = np.asarray(risks, dtype=float)
    done = tuple(changes) if changes is not None else options(KINDS[: given.shape[1]])
    places = [(number, outcome) for number in range(len(done)) for outcome in OUTCOMES]
    return Forecast(
        options=done,
        horizons=horizons,
        risks=given,
        why=np.isnan(given).any(axis=-1).astype(np.int16),
        reasons=("", "no-number.no-parameter", "limits/relapse-never.says"),
        certainty=dict.fromkeys(places, certainty),
        evidence=dict.fromkeys(places, ("discoms-2023",)),
        uncounted=frozenset({UNCOUNTED}),
        drawn={},
    )


def random_risks(people: int, changes: int, draws: int, seed: int, horizons: int = 1) -> Any:
    """Risks anywhere between 0 and 0.5."""
    return np.random.default_rng(seed).uniform(0, 0.5, (people, changes, len(OUTCOMES), horizons, draws))
