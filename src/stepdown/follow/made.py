"""A plan for a change that nobody stored one for, and what the documents behind a plan ask of the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from stepdown.decision.options import Option
from stepdown.errors import InputError
from stepdown.follow.changes import Change
from stepdown.follow.plans import Plan, Trigger, Watch, Window, read_plan
from stepdown.follow.standing import Standing
from stepdown.guideline.findings import text
from stepdown.knowledge.care import Care
from stepdown.knowledge.grounds import Criterion
from stepdown.knowledge.library import Library
from stepdown.knowledge.plans import Selected
from stepdown.plan.build import plan


def made(then: Standing, change: Change, later: timedelta) -> Plan | None:
    """The plan as it would have been made the day before a change; None where the drug before is not known enough.

    Args:
        then: the person on that day.
        change: what the history shows.
        later: by how much later the change may have come: every window is moved by it, so that nothing is called late
            that may not be.
    """
    therapy = change.to or change.from_
    if therapy not in then.person.library.therapies:
        return None
    amount = f":{change.weeks:g}w" if change.weeks else f":{change.dose_mg:g}mg" if change.dose_mg else ""
    option = Option(f"{change.kind}:{therapy}{amount}", change.kind, therapy, change.weeks, change.dose_mg, ())
    try:
        told = plan(option, then.person, then.state, 0, began=change.began, ended=change.ended)
    except InputError:
        return None
    found = read_plan(told, then.sight.person, "the plan")
    return replace(found, watches=tuple(_moved(watch, later) for watch in found.watches)) if later else found


def _moved(watch: Watch, later: timedelta) -> Watch:
    windows = (Window(one.first + later, one.due + later, one.to + later) for one in watch.windows)
    return replace(watch, windows=tuple(windows))


def criterion_of(trigger: str, library: Library) -> Criterion | None:
    """When the record shows that a trigger has come, by its id; None where no document says.

    Args:
        trigger: `triggers/<id>`, or `<folder>/<id>/care/monitoring/<entry>/actions/<number>` for the result of a test.
        library: the documents.
    """
    folder, _, rest = trigger.partition("/")
    if folder == "triggers":
        document = library.triggers.get(rest)
        return None if document is None else document.needs
    identifier, _, path = rest.partition("/")
    parts = path.split("/")
    holder = library.documents.get(folder, {}).get(identifier)
    if not isinstance(holder, Care) or len(parts) != 5 or parts[:2] != ["care", "monitoring"] or not parts[4].isdigit():
        return None
    entry = next((one for one in holder.monitoring if one.id == parts[2]), None)
    if entry is None or int(parts[4]) >= len(entry.actions):
        return None
    return entry.actions[int(parts[4])].if_


def library_triggers(library: Library, change: Change | None) -> tuple[Trigger, ...]:
    """The triggers of the library that fit a change, for a person without a plan."""
    found = []
    for name, document in library.triggers.items():
        if change is None or _fits(document, change, library):
            key = f"triggers/{name}"
            says, do = text(f"{key}.says"), text(f"{key}.do")
            found.append(Trigger(key, document.topic, document.urgency, says, do, (), document.step_up))
    return tuple(found)


def _fits(document: Selected, change: Change, library: Library) -> bool:
    """Whether the selectors of a document let a change through."""
    before, after = change.from_, change.to or change.from_
    classes = [library.therapies[name].class_ if name in library.therapies else name for name in (before, after)]
    pairs = (
        (document.kinds, change.kind),
        (document.from_class, classes[0]),
        (document.from_therapy, before),
        (document.to_class, classes[1]),
        (document.to_therapy, after),
    )
    return classes[0] not in document.not_from_class and all(not wanted or one in wanted for wanted, one in pairs)
