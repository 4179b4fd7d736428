"""What is the same for everybody on one drug, made once: its changes as the models read them, and what limits them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stepdown.knowledge.library import Library
from stepdown.prognosis.change import Step, known
from stepdown.prognosis.forecast import OUTCOMES, Change
from stepdown.prognosis.grounds import certainty, studies
from stepdown.prognosis.limits import reach
from stepdown.prognosis.model import Models


@dataclass(frozen=True, eq=False)
class Drug:
    """What is the same for everybody on one drug.

    Attributes:
        steps: the K options as the models read them.
        having: for each outcome, which of the options its model has the parameters of.
        reach: which risks each limit of the library speaks of, shape (limits, K, outcomes, H).
        certainty: GRADE certainty of the weakest link by (option, outcome).
        evidence: ids of the studies by (option, outcome).
    """

    steps: tuple[Step, ...]
    having: Mapping[str, npt.NDArray[np.intp]]
    reach: npt.NDArray[np.bool_]
    certainty: Mapping[tuple[int, str], str]
    evidence: Mapping[tuple[int, str], tuple[str, ...]]


def drug_of(
    therapy: str, options: Sequence[Change], horizons: Sequence[float], library: Library, found: Models
) -> Drug:
    """What is the same for everybody on `therapy`, made on first use and kept with the models.

    Args:
        therapy: the drug.
        options: what can be done.
        horizons: years.
        library: the documents, those of the models.
        found: the models of the outcomes.
    """
    asked = tuple((one.id, one.kind, one.therapy, one.interval_weeks, one.dose_mg) for one in options)
    key = (therapy, asked, tuple(horizons))
    if key not in found.drugs:
        if len(found.drugs) >= KEPT:
            found.drugs.pop(next(iter(found.drugs)))
        found.drugs[key] = _drug(therapy, options, horizons, library, found)
    return found.drugs[key]


KEPT = 64
"""So many drugs, each with its options and horizons, are kept at a time."""


def _drug(therapy: str, options: Sequence[Change], horizons: Sequence[float], library: Library, found: Models) -> Drug:
    class_ = library.therapies[therapy].class_
    steps = tuple(step_of(option, therapy, library) for option in options)
    places = [(number, outcome) for number in range(len(steps)) for outcome in OUTCOMES if outcome in found.by_outcome]
    return Drug(
        steps,
        {outcome: np.flatnonzero([known(model, class_, step) for step in steps])
         for outcome, model in found.by_outcome.items()},
        reach(options, steps, class_, therapy, horizons, library),
        {(n, outcome): certainty(found, outcome, class_, steps[n], options[n], library) for n, outcome in places},
        {(n, outcome): studies(found, outcome, class_, steps[n]) for n, outcome in places},
    )  # fmt: skip


def step_of(option: Change, therapy: str, library: Library) -> Step:
    """A change as the models read it; how far a longer interval goes is measured against the interval studied.

    A site may lay an interval over that no study measured: it has no effect in the models, and so no number.
    """
    goal = library.therapies[option.therapy].class_
    usual = next((one.interval_weeks for one in library.therapies[therapy].regimens if one.interval_weeks), None)
    studied = f"studied-interval-ratio-{goal}"
    if option.kind != "extend-interval" or not option.interval_weeks or not usual or studied not in library.definitions:
        return Step(option.kind, goal)
    return Step(option.kind, goal, float(np.log(option.interval_weeks / usual) / np.log(library.number(studied))))
