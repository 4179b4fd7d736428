"""The first screen of the page: who, what is urgent, the advice and its strength, both sides, what stands anyway."""

from __future__ import annotations

from stepdown.report import person
from stepdown.report.frequency import HUNDRED, count
from stepdown.report.html.markup import Child, Element, h
from stepdown.report.html.parts import Page, folded, listed, mark, section
from stepdown.report.marks import DRAWN
from stepdown.report.parts import Data
from stepdown.report.risks import emergency
from stepdown.report.wording import date

REASONS = 4


def head(page: Page) -> Element:
    """Who the person is and where they stand."""
    filled, words = page.filled, page.words
    facts = [*person.treatment(filled, words), *person.standing(filled["state"], words)]
    told = [h("li", fact, cls=None if known else "unknown") for fact, known in facts]
    who = f"{filled['person']}: {person.describe(filled['state'], words)}"
    version = h("small", page.tell("version", version=filled["knowledge"]["version"]))
    day = h("p", date(filled["on"], words), version, cls="day")
    return h("header", day, h("h1", who), h("ul", told, cls="facts"), cls="who")


def recommendation(page: Page) -> Element:
    """What is advised and how strongly, the reasons on both sides, the flags."""
    filled, words = page.filled, page.words
    told, urgent = filled["recommendation"], emergency(filled)
    content: list[Child] = [flags(page, ("emergency",))] if urgent else []
    content += [h("p", told["says"]["text"], cls="say"), facts(page)]
    if not urgent:
        content += [shares(page), both_sides(page)]
    others = ("blocks",) if urgent else ("emergency", "blocks", "reason", "inform")
    content.append(flags(page, others))
    return section("advice", words.tell("label.recommendation"), "", *content)


def facts(page: Page) -> Element:
    """Next dose, review and strength."""
    filled, words = page.filled, page.words
    told = filled["recommendation"]
    dose = "delay" if told["next_dose"] == "delay-until" and told["until"] is None else told["next_dose"]
    if dose == "give" and told["kind"].startswith("switch"):
        dose = "give-until-changed"
    calm = "before-dose" if told["next_dose"] == "withhold" else "none"
    review = "today" if emergency(filled) else told["review"] or calm
    rows = [("next-dose", words.tell(f"next-dose.{dose}", until=told["until"])),
            ("review", words.tell(f"review.{review}"))]  # fmt: skip
    if told["strength"]:
        rows.append(("strength", words.tell(f"strength.{told['strength']}")))
    return h("dl", (h("div", h("dt", words.tell(f"label.{name}")), h("dd", text)) for name, text in rows), cls="next")


def shares(page: Page) -> Element | None:
    """How often each kind of option comes first by the numbers, as bars."""
    compared = page.filled["comparison"]
    if not compared:
        return None
    ordered = sorted(compared["shares_by_kind"].items(), key=lambda pair: -pair[1])
    rows = [
        h("li", h("span", page.words.tell(f"kind.{kind}")),
          h("span", h("i", style=f"width:{share * HUNDRED:.1f}%"), cls="track", aria_hidden="true"),
          h("b", count(share, HUNDRED)))
        for kind, share in ordered
    ]  # fmt: skip
    return h("div", h("p", page.tell("shares"), cls="cap"), h("ul", rows, cls="shares"))


def both_sides(page: Page) -> Element:
    """The reasons for and against less treatment, the weightiest first."""
    stands = [flag["says"]["key"] for flag in page.filled["flags"] if flag["action"] != "inform"]
    because = [one for one in page.filled["recommendation"]["because"] if one["says"]["key"] not in stands]
    columns = []
    for speaks_for, label in ((True, "for"), (False, "against")):
        found = [_reason(page, one) for one in because if one["for"] is speaks_for]
        rest = folded(page.tell("more", count=len(found) - REASONS), listed(found[REASONS:])) if (
            len(found) > REASONS) else None  # fmt: skip
        first = listed(found[:REASONS]) or h("p", page.words.tell("label.nothing"), cls="unknown")
        columns.append(h("div", h("h3", page.words.tell(f"label.{label}")), first, rest, cls=label))
    return h("div", columns, cls="args")


def _reason(page: Page, one: Data) -> Element:
    text = one["says"]["text"]
    said = page.words.tell("label.not-met", what=text) if one["verdict"] == "not-met" else text
    return h("div", h("p", said), page.ground(one))


def flags(page: Page, actions: tuple[str, ...]) -> Element | None:
    """What stands whatever is decided: what it is, and what to do about it."""
    words, rows = page.words, []
    for flag in sorted(page.filled["flags"], key=lambda flag: (*actions, flag["action"]).index(flag["action"])):
        if flag["action"] in actions:
            shape = DRAWN.flag if flag["action"] in ("emergency", "blocks") else DRAWN.note
            label = h("b", mark(shape), words.tell(f"action.{flag['action']}"))
            said = h("p", h("strong", flag["says"]["text"]))
            do = h("p", f"{words.tell('label.do')} {flag['do']['text']}")
            rows.append(h("li", label, h("div", said, do, page.ground(flag)), cls=flag["action"]))
    if not rows:
        return None
    alone: dict[tuple[str, ...], str] = {
        ("emergency",): words.tell("label.urgent"),
        ("blocks",): words.tell("label.waits"),
    }
    title = alone.get(actions) or page.tell("stands")
    return h("div", h("h3", title), h("ul", rows), cls=f"flags{' urgent' * (actions == ('emergency',))}")
