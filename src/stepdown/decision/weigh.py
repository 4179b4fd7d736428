"""Weighs the options of the people on one drug where there are numbers, and what the numbers change in the stances.

People are taken some at a time, so that the draws of a registry never lie in memory together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from stepdown.criteria.layout import layout
from stepdown.decision.burdens import burdens
from stepdown.decision.compare import Comparison, by_kind, compare, horizon_of
from stepdown.decision.options import Option
from stepdown.decision.preferences import Preferences
from stepdown.decision.stances import BARRED, FAVOURED, HELD, NOT_ADVISED, REASONABLE, Advice, Mask
from stepdown.decision.wishes import wished
from stepdown.guideline.verdicts import Verdicts
from stepdown.knowledge.library import Library
from stepdown.prognosis.chance import Floats
from stepdown.prognosis.forecast import Forecast
from stepdown.state.state import State

Rows = npt.NDArray[np.intp]
Stances = npt.NDArray[np.int8]


class Forecasts(Protocol):
    """Gives the forecast of some people on a drug, or nothing where there is none; see `forecasting.Forecaster`."""

    @property
    def draws(self) -> int:
        """Number of draws."""

    def __call__(
        self, state: State, verdicts: Verdicts, therapy: str, rows: Rows, options: Sequence[Option], emergency: Mask
    ) -> Forecast | None:
        """The forecast of the people in `rows`; `verdicts` and `emergency` are theirs."""


TOGETHER = 24_576
"""So many people times draws are forecast at a time where nothing else is asked: some fifteen megabytes, which a
processor keeps at hand; with fewer, what has to be done once for each time weighs more."""


@dataclass(frozen=True)
class Asking:
    """How numbers are asked for.

    Attributes:
        forecast: gives forecasts.
        preferences: what is stated.
        seed: of the run.
        keep: whether forecasts and draws are kept, to be told; only for few people.
        together: how many people are forecast at a time; as many as suit the number of draws where it is None.
    """

    forecast: Forecasts
    preferences: Preferences = field(default_factory=Preferences)
    seed: int = 0
    keep: bool = False
    together: int | None = None


@dataclass(frozen=True, eq=False)
class Part:
    """What was computed for some people on one drug, kept to be told.

    Attributes:
        rows: their rows in the state frame.
        forecast: their risks.
        comparison: what follows from them, draws included.
        burdens: least and most of each unit of burden a year, shape (people, K, 5, 2).
    """

    rows: Rows
    forecast: Forecast
    comparison: Comparison
    burdens: Floats


@dataclass(frozen=True)
class Numbers:
    """What was computed for one person: the part that it stands in, at which place, and which options exist."""

    part: Part
    place: int
    options: tuple[int, ...]


def weigh(
    options: tuple[Option, ...],
    rows: Rows,
    stances: Stances,
    emergency: Mask,
    silent: Mask,
    state: State,
    verdicts: Verdicts,
    asking: Asking,
) -> tuple[Comparison | None, tuple[Part, ...]]:
    """Compare the options of the people on one drug.

    Args:
        options: the K options.
        rows: the people, as rows of the state.
        stances: how the options stand before the numbers, shape (people, K).
        emergency: who is in one.
        silent: who is told nothing from numbers, for something has to be settled first.
        state: of everybody.
        verdicts: on these people.
        asking: how numbers are asked for.

    Returns:
        The comparison of all of them, nothing where a forecast is missing; and the parts, where they are kept.
    """
    library, drug = state.events.library, next(one.therapy for one in options if one.kind == "continue")
    present = state.numbers[layout(library).numbers["present_interval_weeks"]].T
    before = np.where(silent[:, None], BARRED, stances).astype(np.int8)
    kept, found = [], []
    together = asking.together or max(1, TOGETHER // asking.forecast.draws)
    for start in range(0, rows.size, together):
        mine = np.arange(start, min(start + together, rows.size))
        here = rows[mine]
        forecast = asking.forecast(state, verdicts.rows(mine), drug, here, options, emergency[mine])
        if forecast is None:
            return None, ()
        years = forecast.horizons[horizon_of(forecast.horizons, library)]
        cost = burdens(options, present[here], years, library)
        codes = wished(state, here, library)
        one = compare(forecast, before[mine], cost, asking.preferences, library, asking.seed, codes)
        found.append(replace(one, net_benefit=None).without(silent[mine]))
        if asking.keep:
            kept.append(Part(here, forecast, one.without(silent[mine]), cost))
    return Comparison.joined(found), tuple(kept)


def sought(options: Sequence[Option], stances: Stances, views: Mapping[str, Advice]) -> Stances:
    """The stances with which options enter the comparison: another strong drug only where there is a reason to leave.

    It is not less treatment, and what the outcomes leave out (first doses, cancers, a drug that is known to be borne)
    speaks against a change that nothing calls for; a lighter burden alone must not put it first.

    Args:
        options: the K options.
        stances: before the numbers, shape (people, K).
        views: what the guidelines say of each kind.
    """
    found = stances.copy()
    kinds = [option.kind for option in options]
    content = (stances[:, kinds.index("continue")] >= REASONABLE) & ~views["switch-lateral"].candidate
    for number, kind in enumerate(kinds):
        if kind == "switch-lateral":
            found[content, number] = BARRED
    return found


def judged(
    options: Sequence[Option],
    stances: Stances,
    comparison: Comparison,
    views: Mapping[str, Advice],
    capped: Mask,
    silent: Mask,
    library: Library,
) -> Stances:
    """The stances after the numbers: what they advise against, and what they favour.

    An option is favoured where it is reasonable, a guideline says candidate to its kind, that kind leads with enough of
    the draws, and the option itself is expected to do no worse than carrying on.

    Args:
        options: the K options.
        stances: before the numbers, shape (people, K).
        comparison: of these people.
        views: what the guidelines say of each kind.
        capped: where a rule says reasonable at most, shape (people, K).
        silent: who is told nothing from numbers.
        library: the documents.
    """
    worse = comparison.against & ~silent[:, None] & np.isin(stances, (HELD, REASONABLE))
    after = np.where(worse, NOT_ADVISED, stances).astype(np.int8)
    shares = by_kind(options, comparison.share)
    most = np.max([np.nan_to_num(share) for share in shares.values()], axis=0)
    enough = library.number("decision-share-favoured")
    for number, option in enumerate(options):
        with np.errstate(invalid="ignore"):
            leads = (shares[option.kind] == most) & (most >= enough) & (comparison.mean[:, number] >= 0)
        ranked = comparison.ranked[:, number] & (after[:, number] == REASONABLE)
        after[ranked & leads & views[option.kind].candidate & ~capped[:, number], number] = FAVOURED
    return after
