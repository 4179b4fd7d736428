"""What would bring treatment back or change it, how soon to act, and the rescue that was agreed beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stepdown.guideline.findings import Told, ground, text
from stepdown.knowledge.care import Action, Care, Monitoring
from stepdown.knowledge.plans import Rescue, Selected
from stepdown.plan.lines import care_key, prose
from stepdown.plan.subject import Subject

URGENCIES = ("today", "days", "two-weeks", "next-visit")
_PRESENT = "present"
_SOON = {
    "stop": "days", "hold": "days", "protect": "days", "watch-closer": "two-weeks", "repeat": "two-weeks",
    "consider-stopping": "two-weeks", "re-evaluate": "next-visit",
}  # fmt: skip
"""How soon a result is acted on, by what it leads to."""
_TOPICS = {
    "igg": "immunoglobulins", "liver-enzymes": "liver", "hbv-dna": "hepatitis-b", "mri": "pml", "pml-symptoms": "pml",
    "pregnancy-test": "pregnancy", "infection": "infection", "thyroid": "autoimmunity", "creatinine": "autoimmunity",
    "urine": "autoimmunity",
}  # fmt: skip
"""The topic of a result, by what was watched; all else are counts."""


def triggers(subject: Subject, watched: Sequence[Told]) -> list[Told]:
    """Every trigger, the most urgent first.

    Args:
        subject: the person and the option.
        watched: what the plan watches; results that lead to something are triggers too.
    """
    told = [*_documents(subject), *_results(subject, {one["id"] for one in watched})]
    return sorted(told, key=lambda one: (URGENCIES.index(one["urgency"]), one["id"]))


def _documents(subject: Subject) -> Iterator[Told]:
    rescue = rescues(subject)
    for trigger in subject.library.triggers.values():
        key = f"triggers/{trigger.id}"
        if _speaks(subject, trigger, key):
            yield {
                "id": key,
                "topic": trigger.topic,
                "urgency": trigger.urgency,
                "says": prose(key),
                "do": prose(key, "do"),
                "rescue": rescue if trigger.rescue else [],
                "step_up": trigger.step_up,
                **ground(trigger),
            }


def _speaks(subject: Subject, document: Selected, key: str) -> bool:
    """Whether a document speaks of this option and, as far as is known, of this person."""
    if not subject.selects(document):
        return False
    return document.if_ is None or subject.holds(document.if_, f"{key}.if").truth is not False


def rescues(subject: Subject) -> list[Told]:
    """What to start again, the first choice first."""
    found = [one for one in subject.library.rescues.values() if _speaks(subject, one, f"rescues/{one.id}")]
    return [_rescue(subject, one) for one in sorted(found, key=lambda one: (one.order, one.id))]


def _rescue(subject: Subject, rescue: Rescue) -> Told:
    key = f"rescues/{rescue.id}"
    return {
        "id": key,
        "therapy": subject.current.id if rescue.therapy == _PRESENT else rescue.therapy,
        "says": prose(key),
        "check_first": [text(f"{key}/check_first.{number}") for number in range(len(rescue.check_first))],
        "works_after": prose(key, "works_after"),
        **ground(rescue),
    }


def _results(subject: Subject, watched: set[str]) -> Iterator[Told]:
    """What the results of the tests in the calendar lead to, as the drug documents say."""
    sides: dict[str, Care] = {subject.current.id: subject.care, subject.target.id: subject.care_next}
    for drug, care in sides.items():
        for entry in care.monitoring:
            key = care_key(subject, drug, care, "monitoring", entry)
            if key in watched:
                watched = watched - {key}
                for number, action in enumerate(entry.actions):
                    yield _result(key, number, entry, action)


def _result(key: str, number: int, entry: Monitoring, action: Action) -> Told:
    return {
        "id": f"{key}/actions/{number}",
        "topic": _TOPICS.get(entry.what, "counts"),
        "urgency": _SOON[action.does],
        "says": text("change.result", what=text(f"plan.what.{entry.what}")),
        "do": text(f"{key}/actions/{number}.says"),
        "rescue": [],
        "step_up": False,
        **ground(action),
    }
