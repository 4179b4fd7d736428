"""What every form of a plan shares: names of its items, its days in words, and its items in the order of time."""

from __future__ import annotations

from stepdown.errors import InputError
from stepdown.report.parts import Data
from stepdown.report.words import Words

PHASES = ("before", "last-dose", "gap", "first-dose", "titration", "after", "stop-doing")
"""The phases of a change in their order, as a plan is read."""
URGENCIES = ("today", "days", "two-weeks", "next-visit")
"""How soon something is done about a trigger, the soonest first."""
SETTLED = ("done", "not-needed")
"""Steps that ask nothing of anybody any more."""
DOSES = ("next-dose", "first-dose")
"""Steps that give a drug."""
RULE = "rule"
"""What a step is about that only says what goes with the option: its sentence is its name."""


def withheld(item: Data, filled: Data) -> bool:
    """Whether an item is a dose that must not be given for now, though the plan counts its day."""
    return item["what"] in DOSES and filled["recommendation"]["next_dose"] == "withhold"


def no_plan(filled: Data) -> InputError:
    """That an assessment has no plan to write, and why."""
    why = filled["recommendation"]["says"]["text"].rstrip(".")
    return InputError(f"has no plan: {why}", filled["person"], "settle that first, or name an --option to plan")


def name(item: Data, words: Words) -> str:
    """What an item is about in a few words, and the place whose label it repeats."""
    key = f"plan.what.{item['what']}"
    title = words.tell(key) if words.has(key) else item["what"].replace("-", " ").capitalize()
    return f"{title} {place(item, words)}".strip()


def place(item: Data, words: Words) -> str:
    """`(USA)` for an item that only one place's label or guideline asks for, else nothing."""
    where = item.get("where")
    return words.tell("plan.where", where=words.tell(f"plan.region.{where}")) if where else ""


def days(item: Data, words: Words, decided_on: str) -> str:
    """When a step is done: a day, a span, or nothing where it has no day but that of the decision, or none at all."""
    first, last = item["from"], item["to"]
    if first and first == last:
        return words.tell("plan.on", day=first)
    if last:
        later = first and first > decided_on
        return words.tell("plan.window" if later else "plan.by", to=last, **{"from": first})
    return words.tell("plan.open-end", **{"from": first}) if first and first > decided_on else ""


def due(window: Data, words: Words) -> str:
    """When a watch is due, and between which days it counts as in time."""
    first, day, last = (window[key] for key in ("from", "due", "to"))
    if first in (None, day) and last in (None, day):
        return words.tell("plan.due-on", due=day)
    return words.tell("plan.due", due=day, to=last or day, **{"from": first or day})


def steps(plan: Data) -> dict[str, list[Data]]:
    """The steps of each phase that has any, in the order of phases and of days; those without a day come last."""
    ordered = sorted(plan["transition"], key=lambda one: one["to"] or one["from"] or "9")
    found = {phase: [one for one in ordered if one["phase"] == phase] for phase in PHASES}
    return {phase: some for phase, some in found.items() if some}


def watches(plan: Data) -> list[Data]:
    """What is watched, that which is due first at the head; what has no date comes last."""
    return sorted(plan["monitoring"], key=lambda one: min((w["due"] for w in one["windows"]), default="9"))


def triggers(plan: Data) -> list[Data]:
    """The triggers, the most urgent first."""
    return sorted(plan["triggers"], key=lambda one: URGENCIES.index(one["urgency"]))


def way_back(rescue: Data, words: Words) -> str:
    """One ready-made rescue in a few sentences: what, what to check first, how long it takes."""
    check = " ".join(one["text"] for one in rescue["check_first"])
    first = f" {words.tell('plan.check')} {check}" if check else ""
    return f"{rescue['says']['text']}{first} {rescue['works_after']['text']}"
