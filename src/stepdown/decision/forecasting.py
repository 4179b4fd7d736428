"""Forecasts for the comparison of options: the models of the outcomes, bound to a number of draws and a seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stepdown.decision.options import Option
from stepdown.errors import InputError
from stepdown.guideline.verdicts import Verdicts
from stepdown.knowledge.library import Library
from stepdown.prognosis.chance import Floats
from stepdown.prognosis.forecast import Forecast
from stepdown.prognosis.model import MAX_YEARS, Models, models
from stepdown.prognosis.person import People
from stepdown.prognosis.predict import predict
from stepdown.state.state import State


@dataclass(frozen=True)
class Forecaster:
    """Makes the forecast of people on one drug.

    Attributes:
        library: the documents.
        found: the models of the outcomes.
        horizons: years, ascending.
        draws: number of draws.
        seed: of all random numbers.
    """

    library: Library
    found: Models
    horizons: tuple[float, ...]
    draws: int
    seed: int

    def people(
        self, state: State, rows: npt.NDArray[np.intp], therapy: str, fixed: Mapping[str, Floats] | None = None
    ) -> People:
        """People on a drug, as the models read them; `fixed` sets inputs in place of what the state says."""
        return People(state, rows, self.library.therapies[therapy].class_, self.draws, self.seed, fixed or {})

    def __call__(
        self,
        state: State,
        verdicts: Verdicts,
        therapy: str,
        rows: npt.NDArray[np.intp],
        options: Sequence[Option],
        emergency: npt.NDArray[np.bool_],
    ) -> Forecast:
        """The forecast of the people in `rows`; `verdicts` and `emergency` are theirs."""
        people = self.people(state, rows, therapy)
        return predict(people, therapy, options, verdicts, self.library, self.found, self.horizons, emergency)


def forecaster(library: Library, horizons: Sequence[float], draws: int, seed: int) -> Forecaster:
    """A forecaster for some horizons.

    Raises:
        InputError: horizons, draws or a seed that cannot be given.
    """
    if not horizons or any(not 0 < years <= MAX_YEARS for years in horizons):
        asked = ", ".join(f"{years:g}" for years in horizons)
        raise InputError(
            f"a horizon of {asked or 'no'} years cannot be computed",
            "--horizon",
            f"give years above 0, to {MAX_YEARS:g}",
        )
    return Forecaster(library, models(library, draws, seed), tuple(sorted(set(map(float, horizons)))), draws, seed)
