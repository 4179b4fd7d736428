"""The letter to the family doctor: what is planned and why, what we ask of them, when to call, what stays open."""

from __future__ import annotations

from stepdown.report.letters.page import Page
from stepdown.report.letters.shared import STAYING, emergencies, foot, head, numbers, phone, studied
from stepdown.report.parts import Data, brief
from stepdown.report.plan_parts import SETTLED, days, due, name, steps, triggers, watches
from stepdown.report.wording import asked
from stepdown.report.words import Words

FOR, AGAINST, ASK, OPEN = 3, 2, 5, 5
"""At most so many reasons, requests and open facts: the letter keeps to a page. Warnings are never cut."""
HERE = ("family-doctor", "laboratory")
"""Whose tasks are told as asked of the family doctor: theirs, and blood that is mostly taken there."""
OWN = "triggers/"
APART = "disagreement."
"""That numbers and guidelines disagree, which needs more words than a page has."""


def to_doctor(filled: Data, words: Words, contact: str | None) -> Page:
    """The letter, with the danger first where there is one; then nothing is weighed."""
    page = Page(words.language)
    page.title(words.tell("letter.doctor.title"))
    page.small(*head(filled, words))
    plan, danger = filled["plan"], emergencies(filled)
    page.section(_heading("danger", words), items=[_emergency(flag, words) for flag in danger])
    page.section(_heading("plan", words), _planned(filled, words))
    if not danger:
        page.section(_heading("why", words), items=_reasons(filled, words))
        who = studied(filled, words)
        after = words.tell("letter.doctor.studied", who=who) if who else ""
        page.section(_heading("numbers", words), items=numbers(filled, words), after=after)
    page.section(_heading("ask", words), items=_asked(plan, words) if plan else ())
    calling = [phone(contact, words), words.tell("letter.doctor.no-steroids")]
    page.section(_heading("call", words), calling, _signs(plan, words))
    page.section(_heading("back", words), _back(plan, words))
    if not danger:
        page.section(_heading("open", words), _open(filled, words))
    page.small(*foot(filled, words))
    return page


def _heading(part: str, words: Words) -> str:
    return words.tell(f"letter.doctor.heading.{part}")


def _emergency(flag: Data, words: Words) -> str:
    return words.tell("letter.doctor.danger", what=flag["says"]["text"], do=flag["do"]["text"])


def _planned(filled: Data, words: Words) -> list[str]:
    """What is planned, why it is not advised, the next dose, what has to wait, and how long the drug still acts."""
    plan, told = filled["plan"], filled["recommendation"]
    if plan is None:
        lines = [words.tell("letter.doctor.none"), told["says"]["text"]]
    else:
        lines = [words.tell("letter.doctor.not-advised", why=one["text"]) for one in plan["why_not"]]
        lines.append(_sentence(words.tell("letter.doctor.plan", option=plan["option"], day=plan["decided_on"])))
    if plan is None or plan["option"] == told["option"]:
        dose = "delay" if told["next_dose"] == "delay-until" and told["until"] is None else told["next_dose"]
        what = words.tell(f"next-dose.{dose}", until=told["until"])
        lines.append(words.tell("letter.doctor.next-dose", what=what))
    waiting = [flag for flag in filled["flags"] if flag["action"] == "blocks" and not emergencies(filled)]
    lines += [f"{flag['says']['text']} {words.tell('plan.do', what=brief(flag['do']['text']))}" for flag in waiting]
    if plan is None:
        lines += [words.tell("letter.doctor.wait")] * (not emergencies(filled))
    elif plan["kind"] not in STAYING:
        drug = words.library.therapies.get(plan["from"])
        if drug is not None and drug.acting_months:
            acts = words.tell("letter.doctor.acts", therapy=plan["from"], months=drug.acting_months)
            lines.append(_sentence(acts))
    return lines


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _reasons(filled: Data, words: Words) -> list[str]:
    """The weightiest reasons for less, then against it; where the numbers disagree stands in the report."""
    told = [one for one in filled["recommendation"]["because"] if one["verdict"] == "met"]
    waiting = {flag["says"]["key"] for flag in filled["flags"] if flag["action"] == "blocks"}
    told = [one for one in told if one["says"]["key"] not in waiting and not one["says"]["key"].startswith(APART)]
    speaks = dict.fromkeys(brief(one["says"]["text"]) for one in told if one["for"])
    against = dict.fromkeys(brief(one["says"]["text"]) for one in told if not one["for"])
    return [*list(speaks)[:FOR], *(words.tell("letter.doctor.against", what=one) for one in list(against)[:AGAINST])]


def _asked(plan: Data, words: Words) -> list[str]:
    """What is asked of the family doctor: their own steps, then blood tests and screening with the next day."""
    rows = []
    for one in (one for found in steps(plan).values() for one in found if one["status"] not in SETTLED):
        if one["who"] == "family-doctor":
            when = days(one, words, plan["decided_on"])
            rows.append(f"{name(one, words)}{f' ({when})' if when else ''}: {brief(one['says']['text'])}")
    for one in watches(plan):
        if one["who"] in HERE and one["windows"]:
            first = min(one["windows"], key=lambda window: str(window["due"]))
            rows.append(f"{name(one, words)}: {due(first, words)}.")
        elif one["who"] == "family-doctor":
            rows.append(f"{name(one, words)}: {brief(one['says']['text'])}")
    rest = [words.tell("letter.rest", count=len(rows) - ASK)] if len(rows) > ASK else []
    return rows[:ASK] + rest


def _signs(plan: Data | None, words: Words) -> list[str]:
    """What to call about and how soon; with it what to do where it cannot wait. Results that we watch are left out."""
    found: dict[str, list[str]] = {}
    for one in triggers(plan) if plan else ():
        if one["id"].startswith(OWN):
            urgent = one["urgency"] == "today"
            do = f" {words.tell('plan.do', what=brief(one['do']['text']))}" if urgent else ""
            found.setdefault(one["urgency"], []).append(f"{brief(one['says']['text'])}{do}")
    soon = {urgency: words.tell(f"plan.urgency.{urgency}").capitalize() for urgency in found}
    return [f"{soon[urgency]}: {' '.join(said)}" for urgency, said in found.items()]


def _back(plan: Data | None, words: Words) -> list[str]:
    """The first way back that is agreed, and how long it takes."""
    ways = [rescue for one in triggers(plan) for rescue in one["rescue"]] if plan else []
    return [f"{brief(ways[0]['says']['text'])} {ways[0]['works_after']['text']}"] if ways else []


def _open(filled: Data, words: Words) -> list[str]:
    """What still has to be found out, the facts that decide first."""
    names = [one["variable"] for one in sorted(filled["information"], key=lambda one: not one["decisive"])]
    rest = [words.tell("letter.rest", count=len(names) - OPEN)] if len(names) > OPEN else []
    return ["; ".join([*(asked(one, words) for one in names[:OPEN]), *rest])] if names else []
