"""The letter to the person: what is planned and why, what comes next, when to call, what stays open, in plain words."""

from __future__ import annotations

from stepdown.report.letters.page import Page
from stepdown.report.letters.shared import STAYING, bare, emergencies, foot, head, numbers, phone, studied
from stepdown.report.parts import Data
from stepdown.report.plan_parts import SETTLED, URGENCIES, steps, watches, withheld
from stepdown.report.wording import inline
from stepdown.report.words import Words

TRIGGERS = "triggers/"
"""Triggers of the library, each with words for the person; the others are results of tests, which the clinic sees."""
OPEN = 4
NEXT = 6
WHY = 4
"""At most so many facts to find out, coming dates and reasons: the letter keeps to a page. Warnings are never cut."""


def to_person(filled: Data, words: Words, contact: str | None) -> Page:
    """The letter for the state of things: danger, an urgent visit, facts that are missing, or a plan."""
    page = Page(words.language)
    page.title(words.tell("letter.person.title"))
    page.small(*head(filled, words))
    if emergencies(filled):
        _danger(page, filled, words, contact)
    elif filled["plan"] is None:
        _waiting(page, filled, words, contact)
    else:
        _plan(page, filled, words, contact)
    page.small(*foot(filled, words))
    return page


def _danger(page: Page, filled: Data, words: Words, contact: str | None) -> None:
    """What the danger is, what not to do, whom to call now; no numbers, no options."""
    said = dict.fromkeys(_of(words, "letter.person.danger", flag["topic"], "other") for flag in emergencies(filled))
    hospital = words.tell("letter.person.danger.hospital")
    texts = [*said, _dose(filled, words), phone(contact, words), hospital]
    page.section(words.tell("letter.person.danger.heading"), texts)


def _waiting(page: Page, filled: Data, words: Words, contact: str | None) -> None:
    """No plan yet: what is missing, what to do about the drug until then, when to call."""
    kind = "urgent" if filled["recommendation"]["review"] in ("urgent", "step-up") else "hold"
    texts = [words.tell(f"letter.person.{kind}.text"), _dose(filled, words)]
    page.section(words.tell(f"letter.person.{kind}.heading"), texts)
    page.section(words.tell("letter.person.why.heading"), items=_reasons(filled, words))
    _open(page, filled, words)
    general = words.tell("letter.person.call.general")
    page.section(words.tell("letter.person.call.heading"), [general, phone(contact, words)])


def _plan(page: Page, filled: Data, words: Words, contact: str | None) -> None:
    plan = filled["plan"]
    weeks = next((one["interval_weeks"] for one in filled["options"] if one["id"] == plan["option"]), None)
    texts = [words.tell("letter.person.plan.not-advised", why=one["text"]) for one in plan["why_not"]]
    texts += [words.tell("letter.person.plan.safety")] * plan["safety_plan"]
    drugs = {"present": plan["from"], "therapy": plan["to"] or plan["from"], "weeks": weeks}
    texts.append(words.tell(f"letter.person.plan.{plan['kind']}", **drugs))
    if plan["option"] == filled["recommendation"]["option"]:
        texts.append(_dose(filled, words))
    texts += [words.tell("letter.person.plan.back")] * (plan["kind"] not in STAYING)
    page.section(words.tell("letter.person.plan.heading"), texts)
    page.section(words.tell("letter.person.why.heading"), items=_reasons(filled, words))
    told, who = numbers(filled, words), studied(filled, words)
    people = words.tell("letter.person.numbers.people", who=who) if who else ""
    after = f"{people} {words.tell('letter.person.numbers.limit')}".strip() if told else ""
    page.section(words.tell("letter.person.numbers.heading"), items=told, after=after)
    page.section(words.tell("letter.person.next.heading"), items=_next(filled, words))
    _call(page, plan, words, contact)
    if any(trigger["rescue"] for trigger in plan["triggers"]):
        page.section(words.tell("letter.person.back.heading"), [words.tell("letter.person.back.text")])
    _open(page, filled, words)


def _dose(filled: Data, words: Words) -> str:
    """What to do about the next dose; nothing where there is none."""
    told = filled["recommendation"]
    dose = "delay" if told["next_dose"] == "delay-until" and told["until"] is None else told["next_dose"]
    return words.tell(f"letter.person.dose.{dose}", until=told["until"]) if dose != "none" else ""


def _reasons(filled: Data, words: Words) -> list[str]:
    """The reasons that count for the person: quiet years, what stands as a warning, what they wish."""
    state, found = filled["state"], []
    relapse, mri = state["years_since_relapse"]["low"], state["years_since_mri_activity"]["low"]
    if state["never_relapsed"]["truth"]:
        found.append(words.tell("letter.person.why.never-relapsed"))
    elif relapse and relapse >= 1:
        found.append(words.tell("letter.person.why.quiet-relapse", years=int(relapse)))
    if mri and mri >= 1:
        found.append(words.tell("letter.person.why.quiet-mri", years=int(mri)))
    topics = dict.fromkeys(flag["topic"] for flag in filled["flags"] if flag["action"] in ("reason", "blocks"))
    found += dict.fromkeys(words.tell(f"letter.person.why.{topic}") for topic in topics)
    wishes = [name for name, entry in sorted(state.items()) if name.startswith("wish_") and entry.get("truth")]
    named = ", ".join(_wish(name, words) for name in wishes)
    found = found[: WHY - bool(named)] + ([words.tell("letter.person.why.wish", what=named)] if named else [])
    plan = filled["plan"]
    return found + [words.tell("letter.person.why.stay")] * bool(plan and plan["kind"] == "continue")


def _wish(name: str, words: Words) -> str:
    """A wish in plain words, or by its title."""
    key = f"letter.person.why.wishes.{name}"
    return words.tell(key) if words.has(key) else inline(words.tell(f"variables/{name}.title"))


def _next(filled: Data, words: Words) -> list[str]:
    """What comes next with its days, each kind of visit or test once, the first of them at the head.

    A dose that is withheld has no day, whatever the plan counts from.
    """
    plan = filled["plan"]
    dated: dict[str, list[Data]] = {}
    for one in (one for found in steps(plan).values() for one in found if one["status"] not in SETTLED):
        key = f"letter.person.next.what.{one['what']}"
        if words.has(key) and one["to"] and not withheld(one, filled):
            dated.setdefault(words.tell(key), []).append({"from": one["from"], "due": one["to"], "to": one["to"]})
    for watch in watches(plan):
        what = _of(words, "letter.person.next.what", watch["what"], "", f"letter.person.next.by-kind.{watch['by']}")
        if watch["windows"]:
            dated.setdefault(what, []).extend(watch["windows"])
    rows = []
    for what, windows in dated.items():
        first = min(windows, key=lambda one: str(one["due"]))
        again = words.tell("letter.person.next.again") if len(windows) > 1 else ""
        opens, last = first["from"], first["to"] or first["due"]
        way = "on" if opens == last else "between" if opens and opens > plan["decided_on"] else "by"
        said = words.tell(f"letter.person.next.{way}", what=what, to=last, again=again, **{"from": opens})
        rows.append((str(first["due"]), said))
    return [said for _, said in sorted(rows)][:NEXT]


def _call(page: Page, plan: Data, words: Words, contact: str | None) -> None:
    """When to call, by how soon; signs that only the clinic can see are ours to look for."""
    texts: dict[str, dict[str, None]] = {urgency: {} for urgency in URGENCIES}
    ours = False
    for trigger in plan["triggers"]:
        said = _sign(trigger, words)
        if said:
            texts[trigger["urgency"]][said] = None
        ours = ours or not said
    notes = [words.tell("letter.person.call.no-steroid"), words.tell("letter.person.call.ours") * ours]
    page.section(words.tell("letter.person.call.heading"), [phone(contact, words), " ".join(filter(None, notes))])
    for urgency, signs in texts.items():
        page.lines(words.tell(f"letter.person.call.{urgency}"), signs)


def _sign(trigger: Data, words: Words) -> str:
    """What the person would notice; nothing where only the clinic can see it: scans and results of the laboratory."""
    key = f"letter.person.call.trigger.{bare(trigger['id'])}"
    if words.has(key):
        return words.tell(key)
    return str(trigger["says"]["text"]) if trigger["id"].startswith(TRIGGERS) else ""


def _open(page: Page, filled: Data, words: Words) -> None:
    """What still has to be found out, the facts that decide first."""
    names = [one["variable"] for one in sorted(filled["information"], key=lambda one: not one["decisive"])]
    items = [inline(_ask(name, words)) for name in names[:OPEN]]
    rest = [words.tell("letter.rest", count=len(names) - OPEN)] if len(names) > OPEN else []
    if items:
        page.section(words.tell("letter.person.open.heading"), [words.tell("letter.person.open.text")], items + rest)


def _ask(name: str, words: Words) -> str:
    """A fact in plain words; else how it is found out in the library's, or its title."""
    key = f"letter.person.open.ask.{name}"
    if words.has(key):
        return words.tell(key)
    if name not in words.library.variables:
        return words.tell(f"information.{name}")
    variable = words.library.variables[name]
    return words.prose(variable.ask) or words.prose(variable.title)


def _of(words: Words, group: str, name: str, other: str, otherwise: str = "") -> str:
    """The words of a name in a group, or those of another where it has none."""
    key = f"{group}.{name}"
    return words.tell(key if words.has(key) else otherwise or f"{group}.{other}")
