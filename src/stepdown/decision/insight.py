"""What is worth finding out about one person, and what would change the answer: the numbers' part of both.

Each unknown input is set in turn to values spread over what it may be, for imagined copies of the person, and the
options are compared again with the same draws. Fewer draws than the page shows are enough for what changes the choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from stepdown.decision.compare import compare
from stepdown.decision.decide import Decisions, decide
from stepdown.decision.flips import changes
from stepdown.decision.forecasting import Forecaster, forecaster
from stepdown.decision.information import Worth, worth_of_input, worth_of_preferences
from stepdown.decision.preferences import Preferences, draw
from stepdown.decision.stances import BARRED, REASONABLE
from stepdown.decision.weigh import Asking, Numbers
from stepdown.decision.wishes import wishes_of
from stepdown.guideline.compiled import compiled
from stepdown.guideline.verdicts import Verdicts, hold
from stepdown.knowledge.schema import Guideline
from stepdown.prognosis.chance import Floats
from stepdown.prognosis.predict import predict
from stepdown.state.state import State

DRAWS = 500
"""Draws for what is worth finding out; those of the page where they are fewer."""
TIPPING_DRAWS = 250
"""Draws for tipping points, where hundreds of imagined people are decided for."""
VALUES = 6
"""So many values are tried of an input that has more."""


@dataclass(frozen=True)
class Asked:
    """How the page of one person was made.

    Attributes:
        guidelines: those that were asked.
        preferences: what is stated.
        forecaster: what made the numbers.
    """

    guidelines: Sequence[Guideline]
    preferences: Preferences
    forecaster: Forecaster

    def fewer(self, draws: int) -> Forecaster:
        """The forecaster with fewer draws, for the horizon of the comparison alone."""
        made = self.forecaster
        years = made.library.number("decision-horizon-years")
        horizon = years if years in made.horizons else min(made.horizons)
        return forecaster(made.library, (horizon,), min(draws, made.draws), made.seed)


def worth_knowing(state: State, row: int, verdicts: Verdicts, numbers: Numbers, asked: Asked) -> list[Worth]:
    """What knowing each unknown input of one person, and their preferences, is worth.

    Args:
        state: of everybody.
        row: of the person.
        verdicts: of everybody.
        numbers: of the person.
        asked: how the page was made.
    """
    part, place = numbers.part, numbers.place
    comparison, options = part.comparison, part.forecast.options
    if not comparison.ranked[place].any():
        return []
    few, library = asked.fewer(DRAWS), asked.forecaster.library
    therapy = next(option.therapy for option in options if option.kind in ("continue", "observe"))
    tried = _tried(state, row, therapy, [name for name, drawn in part.forecast.drawn.items() if drawn[place]], few)
    kinds = [option.kind for option in options]
    found = []
    if tried:
        rows = np.full(sum(values.size for _, values, _ in tried), row)
        fixed = {name: np.full(rows.size, np.nan) for name, _, _ in tried}
        first = 0
        for name, values, _ in tried:
            fixed[name][first : first + values.size] = values
            first += values.size
        people = few.people(state, rows, therapy, fixed)
        forecast = predict(people, therapy, options, verdicts.rows(rows), library, few.found, few.horizons)
        stances = np.where(comparison.ranked[[place]], REASONABLE, BARRED).astype(np.int8)
        again = compare(
            forecast, np.broadcast_to(stances, (rows.size, len(options))), part.burdens[[place]], asked.preferences,
            library, asked.forecaster.seed, np.broadcast_to(comparison.wished[[place]], rows.shape),
        )  # fmt: skip
        assert again.net_benefit is not None
        again.net_benefit[:, ~comparison.ranked[place]] = np.nan
        first = 0
        for name, values, chances in tried:
            benefit = again.net_benefit[first : first + values.size]
            found.append(worth_of_input(name, chances, benefit, kinds))
            first += values.size
    topics = wishes_of(int(comparison.wished[place]), library)
    seed = asked.forecaster.seed
    weights = draw(asked.preferences, library, min(DRAWS, asked.forecaster.draws), seed, topics).T
    saved = changes(part.forecast, comparison, part.burdens, place, library, seed)[:, :, : len(weights)]
    # what weighs nothing may be unknown (blood tests are not read for every drug), and takes nobody out
    matters = weights.any(axis=0)
    return [*found, worth_of_preferences(weights[:, matters], saved[:, matters], kinds)]


def _tried(
    state: State, row: int, therapy: str, names: Sequence[str], few: Forecaster
) -> list[tuple[str, Floats, Floats]]:
    """The values that are tried of each unknown input, with their probabilities."""
    people, wanted = few.people(state, np.array([row]), therapy), set(names)
    readings = {
        (str(prior.variable), prior.values): prior
        for model in few.found.by_outcome.values()
        for prior in model.modifiers(people.class_)
        if str(prior.variable) in wanted
    }
    found, seen = [], set()
    for variable, values in readings:
        if variable not in seen:
            seen.add(variable)
            found.append((variable, *_spread(people.read(variable, values).values[0])))
    return found


def _spread(drawn: Floats) -> tuple[Floats, Floats]:
    """Values spread over a distribution: the means of equal parts of its draws, or all of them where they are few."""
    values, counts = np.unique(drawn, return_counts=True)
    if values.size <= VALUES:
        return values, counts / drawn.size
    parts = np.array_split(np.sort(drawn), VALUES)
    return np.array([part.mean() for part in parts]), np.array([part.size for part in parts]) / drawn.size


@dataclass(frozen=True)
class Decider:
    """Decides for the people of a state with numbers."""

    asked: Asked
    asking: Asking

    def __call__(self, state: State) -> Decisions:
        """The decisions for the people of a state."""
        library = self.asked.forecaster.library
        verdicts = hold(state, compiled(library))
        return decide(state, verdicts, self.asked.guidelines, library, replace(self.asking, keep=False))


def decider(asked: Asked, draws: int = TIPPING_DRAWS) -> Decider:
    """Decides for imagined people as the page did, with fewer draws."""
    return Decider(asked, Asking(asked.fewer(draws), asked.preferences, asked.forecaster.seed))
