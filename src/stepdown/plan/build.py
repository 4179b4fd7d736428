"""The plan of one option for one person: why it is advised against, the change, the calendar, the triggers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from stepdown.criteria.values import Interval, Possible
from stepdown.decision.options import Option
from stepdown.errors import InputError
from stepdown.guideline.findings import Person, Told
from stepdown.plan.subject import Subject
from stepdown.plan.transition import transition
from stepdown.plan.triggers import triggers
from stepdown.plan.watching import monitoring
from stepdown.state.state import State

AGAINST = ("barred", "not-advised")
"""Stances whose reasons stand first in a plan, which is then a safety plan for who will do it anyway.

In an emergency so do the reasons why an option waits.
"""


def plan(
    option: Option,
    person: Person,
    state: State,
    row: int,
    *,
    stance: str = "reasonable",
    bars: Sequence[Told] = (),
    emergency: bool = False,
    began: date | None = None,
    ended: date | None = None,
) -> Told:
    """The plan of an option, as plain data; texts as key and arguments.

    Args:
        option: what is to be done.
        person: what is known.
        state: where people stand on the day of the decision.
        row: the row of the person in it.
        stance: how the option stands.
        bars: what stands against it, as the assessment tells it.
        emergency: whether there is an emergency.
        began: the day of the first dose of the next drug, where a plan is made after it was given.
        ended: the day of the last dose of the drug that was left, where a plan is made after it was.

    Raises:
        InputError: the person's drug is not known, or there is none, or there are two.
    """
    subject = Subject(option, person, state, row, person.library.therapies[present(person)], began, ended)
    watched = monitoring(subject)
    against = stance in AGAINST or (emergency and bool(bars))
    why_not = [one["says"] for one in bars] if against else []
    return {
        "option": option.id,
        "kind": option.kind,
        "from": subject.current.id,
        "to": None if option.kind in ("discontinue", "observe") else option.therapy,
        "decided_on": state.on.isoformat(),
        "safety_plan": against,
        "why_not": why_not,
        "transition": transition(subject, emergency),
        "monitoring": watched,
        "triggers": triggers(subject, watched),
    }


def present(person: Person) -> str:
    """The one drug that a person is on.

    Raises:
        InputError: there are two, there is none, or it is not known.
    """
    drug, many = person.values["therapy"], person.values["current_therapies"]
    assert isinstance(drug, Possible)
    assert isinstance(many, Interval)
    if many.low is not None and many.low > 1:
        raise InputError("the record holds two current drugs for MS", "treatments", "say which one has ended, and when")
    only = next(iter(drug.possible)) if drug.known else None
    if only is None:
        raise InputError("it is not known which drug the person is on", "treatments", "name it before a plan is made")
    if only not in person.library.therapies:
        raise InputError("the person is on no drug that the library has", "treatments", "a plan changes a known drug")
    return only
