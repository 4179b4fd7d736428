"""Follows a panel: who has stepped down, and what is due, overdue or triggered for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from stepdown.errors import InputError, Problem
from stepdown.follow.changes import History, histories
from stepdown.follow.panel import Panel, first_day
from stepdown.follow.people import STATUSES, case_of, followed
from stepdown.follow.plans import STEPS_DOWN, Plan
from stepdown.follow.stored import Stored
from stepdown.guideline.findings import Told, text
from stepdown.knowledge.library import Library
from stepdown.state.calendar import window_opens
from stepdown.state.derive import derive

SCHEMA = "1"
ATTENTION = ("triggered", "overdue")
"""Statuses that need somebody's attention."""


def follow(panel: Panel, on: date, library: Library, stored: Stored | None = None) -> Told:
    """Follow everybody in a panel.

    Args:
        panel: the records.
        on: the index date.
        library: the documents.
        stored: plans that were stored when it was decided.

    Returns:
        Plain data in the shape of `follow.schema.json`, texts as key and arguments; people with something to do
        first, by urgency. Who carries on is counted.

    Raises:
        InputError: the index date lies before everything that is on record.
    """
    record = panel.record
    begun = first_day(record)
    if begun is not None and begun > on:
        raise InputError(f"{on} lies before everything on record, which begins on {begun}", "--on", "name a later day")
    state = derive(record, on, library)
    plans = stored.plans if stored else {}
    problems = _by_person([*panel.problems, *record.problems, *state.problems])
    told, unknown, counts = [], [], dict.fromkeys((*STATUSES, *_OTHERS), 0)
    for person, history in zip(state.people.to_list(), histories(state), strict=True):
        file, plan = panel.files.get(person, ""), plans.get(person)
        if history.problem:
            args = {"therapies": list(history.therapies)}
            problems.setdefault(person, []).append(Problem(file, history.problem, args, person))
        one = None
        if _may_be_followed(history, plan, on, library):
            alone = record.only(person)
            case = case_of(alone, file, history, plan, on, library)
            if case is None and plan is not None and plan.kind in STEPS_DOWN:
                over = Problem(plan.file or "", "plan-over", {"therapies": list(history.therapies)}, person)
                problems.setdefault(person, []).append(over)
            one = followed(case, alone, on, library, problems.get(person, ())) if case else None
        counts[one["status"] if one else _other(history)] += 1
        if one:
            told.append(one)
        elif history.standing == "unknown":
            unknown.append(person)
    return {
        "schema": SCHEMA,
        "on": on.isoformat(),
        "knowledge": {"version": library.version, "digest": library.digest},
        "counts": {"people": state.people.len(), **counts},
        "people": sorted(told, key=lambda one: (*one["rank"], one["person"])),
        "unknown": unknown,
        "problems": [_problem(one) for _, found in sorted(problems.items()) for one in found],
        "unread": _unread(panel, stored, set(state.people.to_list())),
    }


def _by_person(problems: Sequence[Problem]) -> dict[str, list[Problem]]:
    found: dict[str, list[Problem]] = {}
    for one in problems:
        found.setdefault(one.person_id, []).append(one)
    return found


_OTHERS = ("carries-on", "longer-ago", "no-treatment", "unknown", "died")


def attention(told: Mapping[str, Any]) -> bool:
    """Whether anybody is overdue or triggered."""
    return any(told["counts"][status] for status in ATTENTION)


def _may_be_followed(history: History, plan: Plan | None, on: date, library: Library) -> bool:
    if history.standing == "died":
        return False
    return plan is not None or (history.change is not None and not _long_ago(history, on, library))


def _long_ago(history: History, on: date, library: Library) -> bool:
    """Whether a change lies further back than one is followed without a plan."""
    years = library.number("mri-off-treatment-years")
    return history.change is not None and history.change.last < window_opens(on, round(years * 12))


def _other(history: History) -> str:
    return "longer-ago" if history.standing == "stepped-down" else history.standing


def _problem(one: Problem) -> Told:
    return {"person": one.person_id or None, "source": one.source, "says": text(f"problem.{one.key}", **one.args)}


def _unread(panel: Panel, stored: Stored | None, people: set[str]) -> list[Told]:
    """Files that could not be read, and plans of people who are not in the panel."""
    files: Sequence[tuple[str, str]] = (*panel.unread, *(stored.unread if stored else ()))
    told: list[Told] = [{"file": file, "says": text("follow.unread", why=why)} for file, why in files]
    for person, plan in (stored.plans if stored else {}).items():
        if person not in people:
            told.append({"file": plan.file, "says": text("follow.plan-without-record", person=person)})
    return told
