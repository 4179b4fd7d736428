"""The advice on the screen: what is advised, how strongly, what the numbers put first, and both sides."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from stepdown.report.frequency import HUNDRED, count
from stepdown.report.marks import Marks
from stepdown.report.paper import Clipped
from stepdown.report.parts import UNKNOWN, Data, brief, marked, more
from stepdown.report.risks import emergency
from stepdown.report.words import Words

REASONS = 3
APART = "disagreement."
"""Keys of the reason that tells where guidelines and numbers part; it stands with the advice and not among reasons."""


def recommendation(filled: Data, words: Words, marks: Marks) -> RenderableType:
    """The advice in one sentence, the next dose, the review and the strength, and what numbers and time say of it."""
    told, today = filled["recommendation"], emergency(filled)
    dose = "delay" if told["next_dose"] == "delay-until" and told["until"] is None else told["next_dose"]
    if dose == "give" and told["kind"].startswith("switch"):
        dose = "give-until-changed"
    calm = "before-dose" if told["next_dose"] == "withhold" else "none"
    facts = [
        ("next-dose", words.tell(f"next-dose.{dose}", until=told["until"])),
        ("review", words.tell("review.today" if today else f"review.{told['review'] or calm}")),
        ("strength", _strength(filled, words)),
    ]
    line = Text()
    for label, value in facts:
        if value is not None:
            line.append(f" {marks.dot} " if line else "", style="dim")
            line.append(f"{words.tell(f'label.{label}')}: ", style="dim").append(value, style="bold")
    further = [] if today else [*shares(filled, words), *_apart(filled), *_eligible(filled, words)]
    return Group(Text(told["says"]["text"], style="bold"), line, *further)


def _strength(filled: Data, words: Words) -> str | None:
    """The strength; that nothing could be compared is said where a strength is missed."""
    told = filled["recommendation"]["strength"]
    if told is not None:
        return words.tell(f"strength.{told}")
    return words.tell("strength.not-compared") if any(map(_not_compared, filled["limits"])) else None


def _not_compared(limit: Data) -> bool:
    return str(limit["key"]) == "comparison.none"


def shares(filled: Data, words: Words) -> list[RenderableType]:
    """How often each kind of option comes first by the numbers, the most frequent first."""
    compared = filled.get("comparison")
    if not compared:
        return []
    ordered = sorted(compared["shares_by_kind"].items(), key=lambda pair: -pair[1])
    told = [f"{words.tell(f'kind.{kind}')} {count(share, HUNDRED)}" for kind, share in ordered if share > 0]
    return [Text(words.tell("comparison.shares", shares=", ".join(told)))]


def _apart(filled: Data) -> list[RenderableType]:
    """Where guidelines and numbers part, in full."""
    because = filled["recommendation"]["because"]
    return [Text(one["says"]["text"]) for one in because if one["says"]["key"].startswith(APART)]


def _eligible(filled: Data, words: Words) -> list[RenderableType]:
    day = filled["eligible_from"]
    return [Text(words.tell("label.eligible-from", day=day))] if day else []


def reasons(filled: Data, words: Words, marks: Marks, speaks_for: bool) -> RenderableType:
    """The weightiest reasons on one side, but for those that stand above as flags or with the advice."""
    told = [flag["says"]["key"] for flag in filled["flags"] if flag["action"] != "inform"]
    every = [
        one
        for one in filled["recommendation"]["because"]
        if one["for"] is speaks_for and not one["says"]["key"].startswith(APART)
    ]
    found = [one for one in every if one["says"]["key"] not in told]
    if not found:
        return Text(words.tell("label.as-above" if every else "label.nothing"), style=UNKNOWN)
    mark = marks.plus if speaks_for else marks.minus
    rows = [marked(mark, Clipped(Text(brief(_as_found(one, words))))) for one in found[:REASONS]]
    return Group(*rows, *more(len(found) - REASONS, words))


def _as_found(one: Data, words: Words) -> str:
    """A reason; what a guideline asks for and does not find is told as not met."""
    text = str(one["says"]["text"])
    return words.tell("label.not-met", what=text) if one["verdict"] == "not-met" else text


__all__ = ["reasons", "recommendation", "shares"]
