"""Made-up forecasts, for tests of what is decided from numbers."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stepdown.criteria.layout import layout
from stepdown.prognosis.forecast import OUTCOMES, Change, Forecast
from stepdown.state.state import State

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


@dataclass(frozen=True)
class Made:
    """Gives forecasts in place of the models: 0.1 for every risk, a shift by option, and noise of its own for each.

    Attributes:
        shifts: by the beginning of an option's id: relapse, worsening and infection shifted against carrying on.
        missing: beginnings of the ids of options that have no numbers.
        certainty: of everything.
        spread: standard deviation of the noise.
        draws: number of draws.
    """

    shifts: dict[str, tuple[float, float, float]]
    missing: tuple[str, ...] = ()
    certainty: str = "high"
    spread: float = 0.001
    draws: int = 100

    def __call__(
        self, state: State, verdicts: Any, therapy: str, rows: Any, options: Sequence[Any], emergency: Any
    ) -> Forecast:
        risks = np.full((len(rows), len(options), len(OUTCOMES), 2, self.draws), 0.1)
        age = state.numbers[layout(state.events.library).numbers["age"], 0, rows]
        for number, option in enumerate(options):
            if option.id.startswith(self.missing or "nothing"):
                risks[:, number] = np.nan
                continue
            shift = next((found for name, found in self.shifts.items() if option.id.startswith(name)), (0.0, 0.0, 0.0))
            noise = np.random.default_rng(zlib.crc32(option.id.encode())).normal(0, self.spread, (4, 1, self.draws))
            still = option.kind in ("continue", "observe")
            risks[:, number] += np.array([shift[0], 0.0, *shift[1:]])[:, None, None] + (0.0 if still else noise)
        risks *= np.where(np.isfinite(age), age, 60)[:, None, None, None, None] / 60
        return forecast_of(risks, options, (2.0, 5.0), self.certainty)
