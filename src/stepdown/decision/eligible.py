"""From which day the criteria for using less would be met, if nothing happens until then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from stepdown.criteria.layout import layout
from stepdown.criteria.program import MET
from stepdown.decision.decide import Decisions
from stepdown.decision.stances import REASONABLE
from stepdown.decision.whatif import Evaluate, later
from stepdown.guideline.compiled import compiled
from stepdown.guideline.verdicts import CANDIDATE, applies, conclude, hold
from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import DE_ESCALATE, Guideline
from stepdown.state.calendar import add_months, day_number
from stepdown.state.state import State


def eligible_from(
    state: State, row: int, evaluate: Evaluate, guidelines: Sequence[Guideline], library: Library
) -> date | None:
    """The first day on which a guideline, label or panel would see a candidate for less and that option would be open.

    Nothing happens until then, and treatment, scans and tests go on as planned. Where the days before the index date do
    not tell two days apart (after a short month), the later one is given, at most three days on.

    Args:
        state: the state of N people.
        row: row of the person.
        evaluate: decides for a state.
        guidelines: those that are asked.
        library: the documents.

    Returns:
        The day; nothing where it has come already, for whoever is, or may be, too young (CLINIC rule 9), while a
        specialist has to look first, where it lies further ahead than is told, where it never comes or hangs on
        something that is not known.
    """
    youngest = state.numbers[layout(library).numbers["age"], 0, row]
    if youngest < library.number("eligible-from-age"):
        return None
    today, span = day_number(state.on), round(library.number("eligible-from-months"))
    monthly = add_months(np.full(span + 1, today), np.arange(span + 1))
    ahead = later(state, row, monthly)
    decisions = evaluate(ahead)
    met = _eligible(ahead, decisions, guidelines, library)
    if met[0] or not met.any() or decisions.columns["review"][0] is not None:
        return None
    month = int(np.argmax(met))
    daily = np.arange(monthly[month - 1] + 1, monthly[month] + 1)
    ahead = later(state, row, daily)
    exact = int(daily[np.argmax(_eligible(ahead, evaluate(ahead), guidelines, library))])
    return state.on + timedelta(days=exact - today)


def _eligible(
    state: State, decisions: Decisions, guidelines: Sequence[Guideline], library: Library
) -> npt.NDArray[np.bool_]:
    """Who is a candidate for an option of less treatment that is open to them."""
    verdicts = hold(state, compiled(library))
    candidate = {kind: np.zeros(state.people.len(), dtype=bool) for kind in DE_ESCALATE}
    for guideline in guidelines:
        if guideline.kind != "trial-population":
            says = (applies(verdicts, guideline) == MET) & (conclude(verdicts, guideline) == CANDIDATE)
            for kind in candidate.keys() & set(guideline.speaks_of):
                candidate[kind] |= says
    found = np.zeros(state.people.len(), dtype=bool)
    for group in decisions.groups:
        for number, option in enumerate(group.options):
            if option.kind in candidate:
                found[group.rows] |= candidate[option.kind][group.rows] & (group.stances[:, number] >= REASONABLE)
    held: npt.NDArray[np.bool_] = decisions.columns["strength"] == "hold"
    return found & ~held
