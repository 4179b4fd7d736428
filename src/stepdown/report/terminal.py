"""One screen for the neurologist: who, what is urgent, the advice, why, the options, what to find out.

Reads a filled assessment and writes it; it computes nothing but how a value is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TextIO

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from stepdown.report import person
from stepdown.report.fill import fill
from stepdown.report.marks import STANCES, Marks, marks_for
from stepdown.report.paper import console, put
from stepdown.report.verbose import details
from stepdown.report.wording import category, inline, join, option
from stepdown.report.words import Words

SIDE = 12
REASONS = 4
ASKED = 5
ROWS = 9
BRIEF = 110

ACCENT = "bold cyan"
UNKNOWN = "dim italic"

Data = dict[str, Any]


def show(data: Data, words: Words, verbose: bool = False, to: TextIO | None = None, width: int | None = None) -> None:
    """Write an assessment as text; without control codes where the output is not a terminal."""
    paper = console(to, width)
    put(screen(fill(data, words), words, marks_for(paper.encoding), verbose), paper)


def screen(filled: Data, words: Words, marks: Marks, verbose: bool = False) -> list[RenderableType]:
    """The parts of the screen, top to bottom."""
    sections = [
        ("urgent", flags(filled, words, marks, ("emergency",))),
        ("recommendation", recommendation(filled, words, marks)),
        ("waits", flags(filled, words, marks, ("blocks", "reason"))),
        ("for", reasons(filled, words, marks, True)),
        ("against", reasons(filled, words, marks, False)),
        ("options", options(filled, words, marks)),
        ("find-out", information(filled, words, marks)),
        ("guidelines", guidelines(filled, words, marks)),
        ("record", record(filled, words)),
    ]
    grid = Table.grid(padding=(0, 1, 0, 0), expand=True)
    grid.add_column(width=SIDE)
    grid.add_column(ratio=1)
    for key, content in sections:
        if content is not None:
            heading = Text(words.tell(f"label.{key}"), style=ACCENT if key in ("urgent", "recommendation") else "bold")
            grid.add_row(heading, content)
    parts: list[RenderableType] = [person.head(filled, words, marks), Rule(marks), grid]
    if verbose:
        parts += [Rule(marks), *details(filled, words, marks)]
    return [*parts, Rule(marks), foot(filled, words, marks)]


class Rule:
    """A hairline as wide as the screen."""

    def __init__(self, marks: Marks) -> None:
        self.marks = marks

    def __rich_console__(self, console: Console, options: Any) -> Iterable[RenderableType]:
        yield Text(self.marks.rule * options.max_width, style="dim")


def marked(mark: str, content: RenderableType) -> RenderableType:
    """A mark, and beside it a text whose further lines are set in."""
    row = Table.grid(padding=(0, 1, 0, 0), expand=True)
    row.add_column(width=1)
    row.add_column(ratio=1)
    row.add_row(mark, content)
    return row


def flags(filled: Data, words: Words, marks: Marks, actions: tuple[str, ...]) -> RenderableType | None:
    """What is urgent, or asks for attention, and what to do about it."""
    rows: list[RenderableType] = []
    for flag in filled["flags"]:
        if flag["action"] in actions:
            urgent = flag["action"] == "emergency"
            line = Text(flag["says"]["text"], style="bold" if urgent else "")
            line.append(f" {words.tell('label.do')} ", style="dim" if not urgent else "bold")
            line.append(flag["do"]["text"], style="not bold")
            rows.append(marked(marks.flag if urgent else marks.note, line))
    return Group(*rows) if rows else None


def recommendation(filled: Data, words: Words, marks: Marks) -> RenderableType:
    """The advice in one sentence, then the next dose, the review and the strength."""
    told = filled["recommendation"]
    dose = "delay" if told["next_dose"] == "delay-until" and told["until"] is None else told["next_dose"]
    facts = [
        ("next-dose", words.tell(f"next-dose.{dose}", until=told["until"])),
        ("review", words.tell(f"review.{told['review'] or 'none'}")),
        ("strength", words.tell(f"strength.{told['strength']}") if told["strength"] else None),
    ]
    line = Text()
    for label, value in facts:
        if value is not None:
            line.append(f" {marks.dot} " if line else "", style="dim")
            line.append(f"{words.tell(f'label.{label}')}: ", style="dim").append(value, style="bold")
    return Group(Text(told["says"]["text"], style="bold"), line)


def reasons(filled: Data, words: Words, marks: Marks, speaks_for: bool) -> RenderableType | None:
    """The weightiest reasons on one side."""
    found = [one["says"]["text"] for one in filled["recommendation"]["because"] if one["for"] is speaks_for]
    if not found:
        return Text(words.tell("label.nothing"), style=UNKNOWN)
    mark = marks.plus if speaks_for else marks.minus
    return Group(*(marked(mark, Text(one)) for one in found[:REASONS]), *more(len(found) - REASONS, words))


def more(count: int, words: Words) -> list[RenderableType]:
    """A line that says how many were left out."""
    return [Text(words.tell("label.more", count=count), style="dim")] if count > 0 else []


def options(filled: Data, words: Words, marks: Marks) -> RenderableType:
    """Every option with its stance and leading reason; those alike in kind, stance and reason share a line."""
    alike: dict[tuple[str, str, str], list[Data]] = {}
    for one in sorted(filled["options"], key=lambda one: STANCES.index(one["stance"])):
        kind = one["kind"] if one["kind"].startswith("switch") else one["id"]
        alike.setdefault((one["stance"], kind, leading(one)), []).append(one)
    if not alike:
        return Text(words.tell("label.no-options"), style=UNKNOWN)
    stance_width = max(len(words.tell(f"stance.{stance}")) for stance, _, _ in alike)
    table = Table.grid(padding=(0, 1, 0, 0), expand=True)
    table.add_column(width=1)
    table.add_column(width=stance_width)
    table.add_column(ratio=2)
    table.add_column(ratio=3)
    for (stance, _, reason), members in list(alike.items())[:ROWS]:
        chosen = filled["recommendation"]["option"] in [one["id"] for one in members]
        name = Text(together(members, words), style="bold" if chosen else "")
        style = UNKNOWN if stance == "undetermined" else "bold" if chosen else ""
        table.add_row(marks.stance[stance], Text(words.tell(f"stance.{stance}"), style=style), name, brief(reason))
    return Group(table, *more(len(alike) - ROWS, words))


def together(members: list[Data], words: Words) -> str:
    """Several options of one kind in a phrase: `switch to teriflunomide or glatiramer acetate`."""
    if len(members) == 1:
        return option(members[0]["id"], "", words)
    names = join([category(one["therapy"], words) for one in members], words.tell, "any")
    return words.tell(f"option.{members[0]['kind']}", therapy=names)


def leading(one: Data) -> str:
    """The sentence that says most about why an option stands as it does."""
    for name in ("bars", "checks", "cautions", "with"):
        if one[name]:
            return str(one[name][0]["says"]["text"])
    return ""


def brief(reason: str) -> Text:
    """A reason in the width there is: two lines are worth it, more stand under --verbose."""
    first, stop, _ = reason.partition(". ")
    return Text(first + stop.strip() if len(reason) > BRIEF else reason, style="dim")


def information(filled: Data, words: Words, marks: Marks) -> RenderableType | None:
    """What to find out, the decisive first."""
    asked = filled["information"]
    rows: list[RenderableType] = []
    for number, one in enumerate(asked):
        if number < ASKED:
            rows.append(marked(marks.ask, Text(one["says"]["text"], style="" if one["decisive"] else "dim")))
    return Group(*rows, *more(len(asked) - ASKED, words)) if rows else None


def guidelines(filled: Data, words: Words, marks: Marks) -> RenderableType:
    """The guidelines that apply, or may, side by side: one line each."""
    speaking = [one for one in filled["guidelines"] if one["applies"] != "not-met"]
    if not speaking:
        return Text(words.tell("label.none-apply"), style=UNKNOWN)
    table = Table.grid(padding=(0, 1, 0, 0), expand=True)
    table.add_column(width=1)
    table.add_column(ratio=3)
    table.add_column(ratio=2)
    table.add_column(ratio=3)
    mark = {"candidate": "met", "not-candidate": "not-met", "undetermined": "unknown"}
    for one in speaking:
        unsure = one["applies"] == "unknown"
        verdict = words.tell("conclusion.may-apply" if unsure else f"conclusion.{one['conclusion']}")
        ask = [inline(words.tell(f"variables/{name}.title")) for name in one["to_find_out"]]
        waits = f"{words.tell('label.waits-for')} {join(ask[:3], words.tell, '')}" if ask else ""
        waits += f" +{len(ask) - 3}" if len(ask) > 3 else ""
        style = UNKNOWN if unsure or one["conclusion"] == "undetermined" else ""
        title = Text(words.tell(f"guidelines/{one['id']}.title"))
        title.append(f" ({words.tell('guideline-kind.' + one['kind'])})", style="dim")
        symbol = marks.verdict["unknown" if unsure else mark[one["conclusion"]]]
        table.add_row(symbol, title, Text(verdict, style=style), Text(waits, style="dim"))
    return table


def record(filled: Data, words: Words) -> RenderableType:
    """How many things in the record were not understood."""
    count = len(filled["problems"])
    return Text(
        words.tell("label.problems" if count else "label.no-problems", count=count), style="" if count else "dim"
    )


def foot(filled: Data, words: Words, marks: Marks) -> RenderableType:
    """The library that was used, and what this is for, once."""
    known = filled["knowledge"]
    parts = [words.tell("label.library", version=known["version"], digest=known["digest"][7:19])]
    if known["overlays"]:
        parts.append(words.tell("label.overlays", paths=[one["path"] for one in known["overlays"]]))
    parts.append(words.tell("label.in-force", day=filled["in_force"]))
    told = [one["text"] for one in filled["limits"] if one["key"].startswith("limit.")]
    lines = [" ".join(told), f" {marks.dot} ".join(parts), words.tell("label.foot")]
    return Group(*(Text(line, style="dim") for line in lines if line))


__all__ = ["screen", "show"]
