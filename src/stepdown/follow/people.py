"""The follow-up of one person: what is triggered, overdue and due, and what changed since the decision."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from stepdown.criteria.values import Interval, Possible, Value
from stepdown.errors import Problem
from stepdown.follow.changes import Change, History
from stepdown.follow.due import Waiting, upcoming, waiting
from stepdown.follow.made import library_triggers, made
from stepdown.follow.plans import STEPS_DOWN, Plan
from stepdown.follow.signals import Signal, order, signals
from stepdown.follow.since import Changed, changed
from stepdown.follow.standing import Standing, stand
from stepdown.guideline.findings import Told, text
from stepdown.knowledge.library import Library
from stepdown.record.record import Record

STATUSES = ("triggered", "overdue", "due", "nothing-due")
"""What a person is listed as, by what comes first."""
_RANK = {"overdue": 0, "unclear": 1, "due": 2, "ask": 3}
_SOON = 3
"""Place of what is overdue among the urgencies: after what is done within two weeks, before what can wait."""


@dataclass(frozen=True)
class Case:
    """A person who has stepped down, or is said to by a stored plan.

    Attributes:
        person: id.
        file: the file of the record.
        change: what the history shows.
        plan: what is followed; None where none could be made.
        decided_on: the day from which everything is compared.
        then: the person on that day.
        watched_from: what is dated after this day may have come after the change.
        notes: what has to be said of it.
    """

    person: str
    file: str
    change: Change | None
    plan: Plan | None
    decided_on: date
    then: Standing
    watched_from: date
    notes: tuple[Told, ...] = ()


def case_of(
    record: Record, file: str, history: History, stored: Plan | None, on: date, library: Library
) -> Case | None:
    """What is followed of a person: the stored plan where it steps down, else a plan made for what the history shows.

    None where neither the history nor a plan says that they stepped down.
    """
    person, change = record.people[0], history.change
    notes: list[Told] = []
    if stored is not None and stored.decided_on is not None and stored.decided_on > on:
        notes.append(text("follow.plan-is-later", day=stored.decided_on.isoformat()))
        stored = None
    if stored is not None and change is None and _is_over(stored, history):
        return None
    if stored is not None and stored.kind in STEPS_DOWN and stored.decided_on is not None:
        notes += [*stored.notes, *_agreement(change, stored, history)]
        otherwise = change is not None and _differs(change, stored) and change.last > stored.decided_on
        plan: Plan | None = stored
        if change is not None and (otherwise or not stored.watches):
            plan = _made(record, change, library)[0] or stored
        then = stand(record, stored.decided_on, library)
        return Case(person, file, change, plan, stored.decided_on, then, stored.decided_on, tuple(notes))
    if change is None:
        return None
    if stored is not None:
        notes += [*stored.notes, text("follow.plan-says-otherwise", kind=stored.kind, day=_iso(stored.decided_on))]
    if change.first != change.last:
        notes.append(text("follow.day-unsure", first=_iso(change.first), last=change.last.isoformat()))
    if change.lapsed:
        notes.append(text("follow.lapsed", therapy=change.from_, day=change.last.isoformat()))
    plan, then = _made(record, change, library)
    if plan is None:
        notes.append(text("follow.no-plan"))
    begun = _day_before(change.first) if change.first else then.on
    return Case(person, file, change, plan, then.on, then, min(begun, then.on), tuple(notes))


def _is_over(stored: Plan, history: History) -> bool:
    """Whether another drug, or the same one again, was begun after a plan was decided: then it is not followed on."""
    begun, decided = history.since, stored.decided_on
    return begun is not None and decided is not None and begun > decided and history.therapies != (stored.to,)


def _made(record: Record, change: Change, library: Library) -> tuple[Plan | None, Standing]:
    """The plan of the day before a change, and the person on that day.

    Where the day is not exactly known, the latest is taken; where the drug may have been left by then, the earliest,
    with every window moved to the latest.
    """
    then = stand(record, _day_before(change.last), library)
    plan = made(then, change, timedelta())
    if plan is None and change.first is not None and change.first < change.last:
        earlier = stand(record, _day_before(change.first), library)
        plan = made(earlier, change, change.last - change.first)
        then = earlier if plan is not None else then
    return plan, then


def _differs(change: Change, stored: Plan) -> bool:
    """Whether something else was done than was planned."""
    return change.kind != stored.kind or (stored.to is not None and change.to not in (None, stored.to))


def _agreement(change: Change | None, stored: Plan, history: History) -> Iterable[Told]:
    """What the record says of a plan: carried out, otherwise, or not seen."""
    if change is None and stored.kind == "switch-lateral" and history.therapies == (stored.to,):
        return  # as planned: a change between strong drugs is no step down of the history
    if change is None:
        yield text(f"follow.plan-not-seen-{'taken' if history.standing == 'carries-on' else 'unknown'}",
                   therapies=list(history.therapies))  # fmt: skip
    elif _differs(change, stored):
        yield text("follow.plan-differs", planned=stored.kind, seen=change.kind)


def followed(case: Case, record: Record, on: date, library: Library, problems: Iterable[Problem]) -> Told:
    """The follow-up of a person as plain data, texts as key and arguments (see `follow.schema.json`)."""
    now, then = stand(record, on, library), case.then
    plan = case.plan
    triggers = plan.triggers if plan and plan.triggers else library_triggers(library, case.change)
    found = signals(triggers, then, now, case.watched_from)
    items = _items([one for watch in (plan.watches if plan else ()) if (one := waiting(watch, now.sight))])
    overdue = [one for one in items if one["status"] == "overdue"]
    due = [one for one in items if one["status"] != "overdue"]
    ahead = upcoming(plan.watches, on) if plan else None
    notes = list(case.notes)
    if plan and ahead is None:
        dated = any(watch.windows for watch in plan.watches)
        notes.append(text("follow.calendar-over" if dated else "follow.no-calendar"))
    moved = changed(then, now)
    if plan is None and not moved and not found:
        notes.append(text("follow.nothing-changed"))
    return {
        "person": case.person,
        "file": case.file,
        "status": "triggered" if found else "overdue" if overdue else "due" if due else "nothing-due",
        "rank": _rank(found, overdue, due),
        "change": None if case.change is None else _change(case.change),
        "decided_on": case.decided_on.isoformat(),
        "plan": _plan(plan),
        "triggered": [_signal(one) for one in found],
        "overdue": overdue,
        "due": due,
        "next": None if ahead is None else {
            "id": ahead[0].id, "what": ahead[0].what, "says": ahead[0].says, "where": ahead[0].where,
            "from": ahead[1].first.isoformat(), "due": ahead[1].due.isoformat(),
        },
        "changed": [_changed(one, now) for one in moved],
        "notes": notes,
        "problems": [_problem(one) for one in problems],
    }  # fmt: skip


def _rank(found: Sequence[Signal], overdue: Sequence[Told], due: Sequence[Told]) -> list[int]:
    """Where a person stands in the worklist: how pressing, and the earlier the longer it has waited."""
    places = [order(one.urgency) for one in found]
    places = [place if place < _SOON else _SOON + 1 for place in places]
    places += [_SOON] * bool(overdue) + [_SOON + 2] * bool(due)
    waits = [date.fromisoformat(one["since"]).toordinal() for one in overdue] or [
        date.fromisoformat(one["since"]).toordinal() for one in due
    ]
    return [min(places, default=_SOON + 3), min(waits, default=0)]


def _items(found: Sequence[Waiting]) -> list[Told]:
    """What waits, the most pressing first; entries for the same thing (of two places, say) as one."""
    ordered = sorted(found, key=lambda one: (_RANK[one.status], one.since, one.window.due, one.watch.id))
    told: dict[str, Told] = {}
    for one in ordered:
        if one.watch.what in told:
            told[one.watch.what]["also"].append(one.watch.id)
        else:
            told[one.watch.what] = _item(one)
    return list(told.values())


def _item(one: Waiting) -> Told:
    watch = one.watch
    return {
        "id": watch.id, "what": watch.what, "by": watch.by, "says": watch.says, "who": watch.who, "where": watch.where,
        "status": one.status, "since": one.since.isoformat(),
        "window": {
            "from": one.window.first.isoformat(), "due": one.window.due.isoformat(), "to": one.window.to.isoformat()
        },
        "missed": one.missed,
        "last": None if one.last is None else {
            "first": _iso(one.last.first), "last": one.last.last.isoformat(), "from": [one.last.source]
        },
        "missing": list(one.missing),
        "also": [],
    }  # fmt: skip


def _signal(one: Signal) -> Told:
    return {
        "topic": one.topic, "trigger": one.trigger.id if one.trigger else None, "urgency": one.urgency,
        "since": _iso(one.since), "found": one.found, "says": one.says, "do": one.do, "step_up": one.step_up,
        "already": one.already, "rescue": list(one.trigger.rescue) if one.trigger and one.step_up else [],
        "from": list(one.sources),
    }  # fmt: skip


def _change(one: Change) -> Told:
    return {
        "kind": one.kind, "from": one.from_, "to": one.to, "interval_weeks": one.weeks, "dose_mg": one.dose_mg,
        "first": _iso(one.first), "last": one.last.isoformat(), "lapsed": one.lapsed, "sources": list(one.sources),
    }  # fmt: skip


def _plan(plan: Plan | None) -> Told:
    if plan is None:
        return {"origin": "none", "file": None, "schema": None, "option": None}
    return {"origin": plan.origin, "file": plan.file, "schema": plan.schema, "option": plan.option}


def _changed(one: Changed, now: Standing) -> Told:
    variable = now.person.library.variables[one.variable]
    return {
        "variable": one.variable,
        "before": _value(one.before, variable.unit), "after": _value(one.after, variable.unit),
        "direction": one.direction, "from": list(one.sources),
    }  # fmt: skip


def _value(value: Value, unit: str | None) -> dict[str, Any]:
    if isinstance(value, Interval):
        return {"kind": "number", "low": value.low, "high": value.high, "unit": unit or "1"}
    if isinstance(value, Possible):
        return {"kind": "category", "values": sorted(value.possible)}
    return {"kind": "truth", "truth": value}


def _problem(one: Problem) -> Told:
    return {"source": one.source, "says": text(f"problem.{one.key}", **one.args)}


def _day_before(day: date) -> date:
    return day - timedelta(days=1)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
