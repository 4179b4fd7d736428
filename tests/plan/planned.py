"""Plans for the tests: from a chart, and from a treatment with doses."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from stepdown.assess import evaluate
from stepdown.assessment import Evaluation, plan_for
from stepdown.criteria.values import Possible
from stepdown.decision.options import Option, options_for
from stepdown.guideline.compiled import compiled
from stepdown.guideline.findings import Person, Told
from stepdown.guideline.verdicts import hold
from stepdown.knowledge.library import Library, load
from stepdown.knowledge.yamlfile import Located
from stepdown.plan.build import plan
from stepdown.record.chart import chart_record
from stepdown.record.record import Record
from stepdown.state.derive import derive
from stepdown.state.state import State, sources_of, values_of

ON = date(2026, 3, 1)


def chart(given: dict[str, Any], library: Library | None = None) -> Record:
    """The record of a chart."""
    return chart_record(Located(given, {}), "chart.yaml", library or load())


def evaluated(given: dict[str, Any] | Record, on: date = ON) -> Evaluation:
    """The evaluation of one person without numbers."""
    record = given if isinstance(given, Record) else chart(given)
    return evaluate(record, on, load(), explain=True)


def planned(given: dict[str, Any] | Record, option: str, on: date = ON) -> Told:
    """The plan of the option that begins so, with its stance and what bars it."""
    found = evaluated(given, on)
    (name,) = [one.id for one in found.decisions.of(0)[0] if one.id.startswith(option)]
    return plan_for(found, 0, name, load())


def on_drug(therapy: str, library: Library, **more: Any) -> dict[str, Any]:
    """The chart of somebody on a drug since 2021, of whom nothing else is known; doses in the clinic on record."""
    drug = library.therapies[therapy]
    weeks = [one.interval_weeks for one in drug.regimens if one.interval_weeks and one.setting == "clinic"]
    apart = timedelta(weeks=weeks[0]) if weeks else timedelta()
    doses = [{"date": str(ON - timedelta(days=30) - k * apart), "therapy": therapy} for k in range(3 * bool(weeks))]
    return {
        "person": {"id": "P1", "born": 1970},
        "observed": {"from": "2015", "to": str(ON)},
        "treatments": [{"therapy": therapy, "from": "2021-02-01"}],
        "doses": doses,
        **more,
    }


def person_of(record: Record, library: Library, on: date = ON) -> tuple[Person, State]:
    """What is known of the one person of a record."""
    state = derive(record, on, library, True)
    criteria = compiled(library)
    codes = hold(state, criteria).codes[0]
    return Person(values_of(state, 0, library), sources_of(state, 0, library), codes, criteria, library), state


def every_plan(therapy: str, library: Library, **more: Any) -> list[tuple[Option, Told, Person]]:
    """The plans of all options of somebody on a drug."""
    person, state = person_of(chart(on_drug(therapy, library, **more), library), library)
    drug = person.values["therapy"]
    assert isinstance(drug, Possible)
    assert drug.possible == {therapy}
    return [(option, plan(option, person, state, 0), person) for option in options_for(therapy, library)]
