"""All rooms, in order, on one readable page.

`evaluate` answers for N people at once; `assess` packs the answer for one of them with its explanation, in the
shape of DESIGN.md section 6. Both run the same code, so that one person alone gets the same answer as in a crowd.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from stepdown.assessment import Evaluation, pack, plan_for
from stepdown.decision.decide import decide
from stepdown.decision.forecasting import forecaster
from stepdown.decision.insight import Asked
from stepdown.decision.preferences import Preferences, checked
from stepdown.decision.weigh import Asking
from stepdown.errors import InputError
from stepdown.guideline.compiled import compiled, guidelines_of
from stepdown.guideline.findings import Told
from stepdown.guideline.verdicts import conclude, hold
from stepdown.knowledge.library import Library, load
from stepdown.record.record import Record
from stepdown.state.derive import derive

HORIZONS = (2.0, 5.0)
"""Years for which risks are shown where nothing else is asked."""
DRAWS = 2000


@dataclass(frozen=True)
class Assessment:
    """The assessment of one person: plain data in the shape of DESIGN.md section 6, texts as key and arguments."""

    data: Told


def evaluate(
    record: Record,
    on: date,
    library: Library,
    guidelines: Sequence[str] = (),
    in_force: date | None = None,
    explain: bool = False,
    *,
    preferences: Preferences | None = None,
    horizon_years: Sequence[float] = HORIZONS,
    draws: int | None = None,
    seed: int = 0,
) -> Evaluation:
    """Evaluate N people on one day.

    Args:
        record: their events.
        on: the index date.
        library: the documents.
        guidelines: ids to hold them against; empty for all that are in force.
        in_force: the day whose guidelines are asked; the newest when it is None.
        explain: whether variables keep the events they came from, and forecasts their draws.
        preferences: what is stated of how much outcomes and burden weigh.
        horizon_years: horizons of the risks.
        draws: number of draws behind the numbers; no numbers when it is None.
        seed: of the draws.

    Raises:
        InputError: a guideline that the library does not have; preferences, horizons or draws that cannot be used.
    """
    chosen = tuple(guidelines_of(library, in_force, tuple(guidelines)))
    stated = checked(preferences or Preferences(), library)
    makes = None if draws is None else forecaster(library, horizon_years, draws, seed)
    state = derive(record, on, library, explain)
    verdicts = hold(state, compiled(library))
    conclusions = tuple(conclude(verdicts, guideline) for guideline in chosen)
    asking = None if makes is None else Asking(makes, stated, seed, keep=explain)
    decisions = decide(state, verdicts, chosen, library, asking)
    asked = None if makes is None else Asked(chosen, stated, makes)
    return Evaluation(state, verdicts, chosen, conclusions, decisions, asked)


def assess(
    record: Record,
    on: date,
    preferences: Preferences | None = None,
    guidelines: Sequence[str] = (),
    horizon_years: Sequence[float] = HORIZONS,
    draws: int = DRAWS,
    seed: int = 0,
    *,
    library: Library | None = None,
    in_force: date | None = None,
    person: str | None = None,
    plan_of: str | None = None,
) -> Assessment:
    """Assess one person on one day.

    Args:
        record: their events.
        on: the index date.
        preferences: what is stated of how much outcomes and burden weigh; else wide ranges, narrowed by the wishes of
            the record.
        guidelines: ids to hold them against; empty for all that are in force.
        horizon_years: horizons of the risks.
        draws: number of draws behind the numbers.
        seed: of the draws.
        library: the documents; the shipped ones when it is None.
        in_force: the day whose guidelines are asked; the newest when it is None.
        person: whom to assess, where the record holds several.
        plan_of: id of the option to plan; the recommended one when it is None.

    Raises:
        InputError: nobody, several people without a choice, an id, a guideline or an option that does not exist;
            preferences, horizons or draws that cannot be used.
    """
    known = library or load()
    chosen = record.only(_choose(record, person))
    evaluation = evaluate(
        chosen, on, known, guidelines, in_force, explain=True,
        preferences=preferences, horizon_years=horizon_years, draws=draws, seed=seed,
    )  # fmt: skip
    data = pack(evaluation, 0, chosen, known, in_force)
    return Assessment(data if plan_of is None else data | {"plan": plan_for(evaluation, 0, plan_of, known)})


def assess_many(
    record: Record,
    on: date,
    preferences: Preferences | None = None,
    guidelines: Sequence[str] = (),
    horizon_years: Sequence[float] = HORIZONS,
    draws: int = DRAWS,
    seed: int = 0,
    *,
    library: Library | None = None,
    in_force: date | None = None,
) -> Iterator[Assessment]:
    """Assess everybody in a record, in the order of their ids; arguments as for `assess`."""
    known = library or load()
    evaluation = evaluate(
        record, on, known, guidelines, in_force, explain=True,
        preferences=preferences, horizon_years=horizon_years, draws=draws, seed=seed,
    )  # fmt: skip
    for row in range(evaluation.state.people.len()):
        yield Assessment(pack(evaluation, row, record, known, in_force))


def _choose(record: Record, person: str | None) -> str:
    people = record.people
    if person is not None and person not in people:
        raise InputError(f"the record has no person {person!r}", "--person", f"it has {', '.join(people[:20])}")
    if not people:
        raise InputError("the record holds no person", mend="give the person an id")
    if person is None and len(people) > 1:
        raise InputError("the record holds several people", mend=f"choose with --person: {', '.join(people[:20])}")
    return person or people[0]
