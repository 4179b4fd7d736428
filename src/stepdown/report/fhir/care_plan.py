"""The plan as a CarePlan with Goals and ServiceRequests: all of them drafts with the intent `proposal`.

Tests and scans become ServiceRequests, one a window; visits, calls, steps of the change and triggers stand in the
CarePlan itself as activities. Nothing here asks for a drug: a step that speaks of a dose is a task for a person.
"""

from __future__ import annotations

from stepdown.report.fhir.parts import (
    Papers,
    Resource,
    because,
    clean,
    codings,
    concept,
    local,
    narrative,
    notes,
)
from stepdown.report.parts import Data
from stepdown.report.plan_parts import SETTLED, days, due, name, steps, triggers, watches, way_back, withheld
from stepdown.report.words import Words

LABORATORY = {"system": "http://snomed.info/sct", "code": "108252007", "display": "Laboratory procedure"}
IMAGING = {"system": "http://snomed.info/sct", "code": "363679005", "display": "Imaging"}
"""From the value set of service request categories that FHIR R4 prints."""
CATEGORY = {"mri": IMAGING, "blood": LABORATORY, "urine": LABORATORY, "radiology": IMAGING, "laboratory": LABORATORY}
STATUS = {
    "done": "completed",
    "open": "not-started",
    "overdue": "not-started",
    "unknown": "unknown",
    "not-needed": "cancelled",
}
KIND = {"clinic": "Appointment", "question": "CommunicationRequest"}


def care_plan(papers: Papers) -> Resource | None:
    """The reference to the CarePlan of an assessment; none where it has no plan."""
    plan, words = papers.filled["plan"], papers.words
    if plan is None:
        return None
    activities = [
        *(activity for found in steps(plan).values() for one in found for activity in _step(one, papers)),
        *(activity for one in watches(plan) for activity in _watch(one, papers)),
        *(_trigger(one, words) for one in triggers(plan)),
    ]
    title = words.tell("fhir.title", option=plan["option"])
    warning = [words.tell("plan.why-not", why=one["text"]) for one in plan["why_not"]]
    warning += [words.tell("plan.safety")] * plan["safety_plan"]
    said = [*warning, words.tell("fhir.proposal")]
    content = {
        "text": narrative([title, *said, *_told(plan, words)]),
        "identifier": [{"system": "urn:stepdown:plan", "value": f"{papers.filled['person']}:{plan['option']}"}],
        "status": "draft",
        "intent": "proposal",
        "category": [concept(title, local("options", plan["option"]))],
        "title": title,
        "description": clean(" ".join(said)),
        "subject": papers.person,
        "period": {"start": plan["decided_on"], "end": _last_day(plan)},
        "created": plan["decided_on"],
        "author": papers.device,
        "goal": goals(papers),
        "activity": activities,
        "note": notes(warning),
    }
    return papers.add("CarePlan", f"plan:{plan['option']}", content)


def _last_day(plan: Data) -> str:
    """The last day that the plan speaks of."""
    ends = [window["to"] or window["due"] for watch in plan["monitoring"] for window in watch["windows"]]
    ends += [watch["until"] for watch in plan["monitoring"]]
    ends += [step["to"] for step in plan["transition"] if step["status"] not in SETTLED]
    return max([str(plan["decided_on"]), *(str(end) for end in ends if end)])


def goals(papers: Papers) -> list[Resource]:
    """What the plan is for, what each trigger guards, and what the person wishes: references to Goals."""
    plan, words = papers.filled["plan"], papers.words
    topics = ["quiet", *dict.fromkeys(one["topic"] for one in triggers(plan))]
    wishes = [name for name, entry in papers.filled["state"].items() if name.startswith("wish_") and entry.get("truth")]
    aims = {topic: words.tell(f"fhir.goal.{topic}") for topic in topics if words.has(f"fhir.goal.{topic}")}
    aims |= {name: words.tell("fhir.wished", what=name) for name in sorted(wishes)}
    return [
        papers.add("Goal", f"goal:{plan['option']}:{key}", {
            "lifecycleStatus": "proposed",
            "description": concept(text, local("goals", key)),
            "subject": papers.person,
            "startDate": plan["decided_on"],
            "expressedBy": papers.person if key in wishes else None,
        })
        for key, text in aims.items()
    ]  # fmt: skip


def _step(step: Data, papers: Papers) -> list[Resource]:
    """A step of the change: a request where a test is still to be made, else a task."""
    words, period = papers.words, {"start": step["from"], "end": step["to"]}
    if step["phase"] == "before" and step["who"] in CATEGORY and step["status"] not in SETTLED:
        if_not = [words.tell("plan.if-not", what=step["if_not"]["text"])] if step["if_not"] else []
        status = words.tell("ics.status", status=words.tell(f"plan.status.{step['status']}"))
        return [{"reference": _request(step, f"step:{step['id']}:{step['where']}", period, [status, *if_not], papers)}]
    return [{"detail": _detail(step, words) | {
        "status": "on-hold" if withheld(step, papers.filled) else STATUS[step["status"]],
        "statusReason": concept(words.tell(f"plan.status.{step['status']}"), local("codes", step["status"])),
        "scheduledPeriod": period,
    }}]  # fmt: skip


def _watch(watch: Data, papers: Papers) -> list[Resource]:
    """A watch: one request, visit or call for each of its windows; one without dates where it has none."""
    words = papers.words
    windows = sorted(watch["windows"], key=lambda one: one["due"])
    if watch["by"] not in KIND and windows:
        found = []
        for number, window in enumerate(windows):
            period = {"start": window["from"] or window["due"], "end": window["to"] or window["due"]}
            key = f"watch:{watch['id']}:{watch['where']}:{number}"
            found.append({"reference": _request(watch, key, period, [due(window, words)], papers)})
        return found
    periods = [{"start": one["from"] or one["due"], "end": one["to"] or one["due"]} for one in windows] or [{}]
    details = [
        _detail(watch, words) | {"kind": KIND.get(watch["by"]), "status": "not-started", "scheduledPeriod": period}
        for period in periods
    ]
    return [{"detail": detail} for detail in details]


def _request(item: Data, key: str, period: Resource, lines: list[str], papers: Papers) -> Resource:
    """A test or scan that is proposed, not ordered."""
    plan, words = papers.filled["plan"], papers.words
    category = CATEGORY.get(item.get("by") or item["who"])
    series = f"{papers.filled['person']}:{plan['option']}:{item['id']}"
    content = {
        "requisition": {"system": "urn:stepdown:plan", "value": series},
        "status": "draft",
        "intent": "proposal",
        "category": [{"coding": [category]}] if category else [],
        "code": concept(name(item, words), *codings(item["what"], words.library)),
        "subject": papers.person,
        "occurrencePeriod": period,
        "authoredOn": plan["decided_on"],
        "requester": papers.device,
        "performerType": concept(words.tell(f"plan.who.{item['who']}"), local("roles", item["who"])),
        "reasonCode": because(item),
        "note": notes([item["says"]["text"], *lines, words.tell("fhir.proposal")]),
    }
    return papers.add("ServiceRequest", f"{plan['option']}:{key}", content)


def _detail(item: Data, words: Words) -> Resource:
    """What an activity is, who does it and on what it rests."""
    lines = [item["says"]["text"], words.tell("ics.who", who=words.tell(f"plan.who.{item['who']}"))]
    if item.get("if_not"):
        lines.append(words.tell("plan.if-not", what=item["if_not"]["text"]))
    return {
        "code": concept(name(item, words), *codings(item["what"], words.library)),
        "reasonCode": because(item),
        "description": clean(" ".join(lines)),
    }


def _trigger(trigger: Data, words: Words) -> Resource:
    """What would change the plan: not scheduled, but with how soon to act and the way back."""
    ways = " ".join(words.tell("plan.rescue", what=way_back(one, words)) for one in trigger["rescue"])
    do = words.tell("plan.do", what=trigger["do"]["text"])
    act = words.tell("fhir.act", urgency=words.tell(f"plan.urgency.{trigger['urgency']}"))
    return {"detail": {
        "kind": "Task",
        "code": concept(trigger["says"]["text"], local("triggers", trigger["id"])),
        "reasonCode": because(trigger),
        "status": "not-started",
        "scheduledString": act,
        "description": clean(f"{trigger['says']['text']} {do} {ways}"),
    }}  # fmt: skip


def _told(plan: Data, words: Words) -> list[str]:
    """The plan in lines, for the narrative."""
    lines = [
        f"{words.tell(f'plan.phase.{phase}')}: {name(one, words)} ({_state(one, plan, words)}): {one['says']['text']}"
        for phase, found in steps(plan).items()
        for one in found
    ]
    for watch in watches(plan):
        dates = "; ".join(due(window, words) for window in sorted(watch["windows"], key=lambda one: one["due"]))
        lines.append(f"{name(watch, words)}: {watch['says']['text']} {dates}")
    return lines + [
        f"{words.tell('plan.urgency.' + one['urgency']).capitalize()}: {one['says']['text']} {one['do']['text']}"
        for one in triggers(plan)
    ]


def _state(step: Data, plan: Data, words: Words) -> str:
    """`open, by 14 March 2026`; what is settled has no day to keep."""
    when = "" if step["status"] in SETTLED else days(step, words, plan["decided_on"])
    return ", ".join(filter(None, (words.tell(f"plan.status.{step['status']}"), when)))
