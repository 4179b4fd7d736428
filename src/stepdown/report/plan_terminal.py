"""The plan on the terminal: the change phase by phase, the calendar, and what would bring treatment back."""

from __future__ import annotations

from typing import TextIO

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from stepdown.report import wording
from stepdown.report.fill import fill
from stepdown.report.marks import Marks, marks_for
from stepdown.report.paper import console, put
from stepdown.report.parts import ACCENT, Data, brief, marked
from stepdown.report.person import head
from stepdown.report.plan_parts import (
    RULE,
    SETTLED,
    days,
    due,
    name,
    no_plan,
    place,
    steps,
    triggers,
    watches,
    way_back,
    withheld,
)
from stepdown.report.terminal import Rule, flags, foot
from stepdown.report.words import Words

SIDE = 12


def print_plan(data: Data, words: Words, verbose: bool = False, to: TextIO | None = None) -> None:
    """Write who the person is, the emergencies and what has to wait, and the plan.

    Raises:
        InputError: the assessment has no plan.
    """
    filled = fill(data, words)
    if filled["plan"] is None:
        raise no_plan(filled)
    paper = console(to)
    marks = marks_for(paper.encoding)
    warned = [flags(filled, words, marks, action) for action in ("emergency", "blocks")]
    urgent = [one for one in warned if one is not None]
    parts = [head(filled, words, marks), Rule(marks), *urgent, *[Rule(marks)] * bool(urgent)]
    put([*parts, *show_plan(filled, words, marks, verbose), Rule(marks), foot(filled, words, marks)], paper)


def show_plan(filled: Data, words: Words, marks: Marks, verbose: bool = False) -> list[RenderableType]:
    """The parts of a plan, top to bottom; nothing where an assessment has no plan.

    Args:
        filled: an assessment with its texts.
        words: the language.
        marks: the shapes that the terminal has.
        verbose: everything with its sources; else texts are made short and what is settled is left in one line.
    """
    plan = filled["plan"]
    if plan is None:
        return []
    grid = Table.grid(padding=(0, 1, 0, 0), expand=True)
    grid.add_column(width=SIDE)
    grid.add_column(ratio=1)
    grid.add_row(Text(words.tell("plan.heading"), style=ACCENT), _title(plan, words, marks))
    for phase, found in steps(plan).items():
        told = [one for one in found if verbose or one["status"] not in SETTLED]
        rows = [_step(one, filled, words, marks, verbose) for one in told]
        rows += [] if verbose else _settled(found, words, marks)
        grid.add_row(Text(words.tell(f"plan.phase.{phase}"), style="bold"), Group(*rows))
    if plan["monitoring"]:
        rows = [_watch(one, words, marks, verbose) for one in watches(plan)]
        grid.add_row(Text(words.tell("plan.calendar"), style="bold"), Group(*rows))
    if plan["triggers"]:
        grid.add_row(Text(words.tell("plan.triggers"), style="bold"), _triggers(plan, words, marks, verbose))
    return [grid]


def _title(plan: Data, words: Words, marks: Marks) -> RenderableType:
    """The option and the day; before that, where it is not advised, why not."""
    reasons = [marked(marks.flag, Text(words.tell("plan.why-not", why=one["text"]))) for one in plan["why_not"]]
    safety = [Text(words.tell("plan.safety"), style="bold")] if plan["safety_plan"] else []
    title = Text(words.tell("plan.title", option=plan["option"], day=plan["decided_on"]), style="bold")
    return Group(*reasons, *safety, title)


def _step(step: Data, filled: Data, words: Words, marks: Marks, verbose: bool) -> RenderableType:
    """A step: what it is, its state unless it is simply open, when, who, and what it says."""
    state, said = step["status"], step["says"]["text"]
    own = step["what"] == RULE
    line = Text(f"{said} {place(step, words)}".rstrip() if own else name(step, words), style="" if own else "bold")
    told = words.tell(f"plan.status.{state}") if state != "open" else ""
    told = words.tell("next-dose.withhold") if withheld(step, filled) else told
    when = "" if state in SETTLED else days(step, words, filled["plan"]["decided_on"])
    facts = f" {marks.dot} ".join(fact for fact in (told, when, words.tell(f"plan.who.{step['who']}")) if fact)
    line.append(f"  {facts}", style=f"not bold {'bold' if state == 'overdue' else 'dim'}")
    rows = [line] + ([] if own else [_said(said, verbose)])
    if step["if_not"]:
        rows.append(_said(words.tell("plan.if-not", what=step["if_not"]["text"]), verbose))
    if verbose:
        rows += _ground(step, words, step["seen"])
    mark = {"done": marks.verdict["met"], "not-needed": marks.verdict["not-met"], "overdue": marks.flag}
    return marked(mark.get(state, marks.ask), Group(*rows))


def _settled(found: list[Data], words: Words, marks: Marks) -> list[RenderableType]:
    """The steps that ask nothing any more, one line for those that are done and one for those not needed."""
    rows: list[RenderableType] = []
    for state, mark in (("done", "met"), ("not-needed", "not-met")):
        names = dict.fromkeys(name(one, words) for one in found if one["status"] == state)
        if names:
            line = Text(f"{words.tell(f'plan.status.{state}')}: {'; '.join(names)}", style="dim")
            rows.append(marked(marks.verdict[mark], line))
    return rows


def _watch(watch: Data, words: Words, marks: Marks, verbose: bool) -> RenderableType:
    """A watch: when it is due next, how often after that, who."""
    line = Text(name(watch, words), style="bold")
    line.append(f"  {words.tell('plan.who.' + watch['who'])}", style="not bold dim")
    windows = sorted(watch["windows"], key=lambda window: window["due"])
    shown = windows if verbose else windows[:1]
    rows = [line, *(Text(due(window, words)) for window in shown)]
    rest = []
    if len(windows) > len(shown):
        rest.append(words.tell("plan.again", count=len(windows) - len(shown), last=windows[-1]["due"]))
    if watch["until"]:
        rest.append(words.tell("plan.until", until=watch["until"]))
    if rest:
        rows[-1].append(f"; {'; '.join(rest)}" if windows else f"  {'; '.join(rest)}", style="dim")
    rows.append(_said(watch["says"]["text"], verbose))
    if verbose:
        rows += _ground(watch, words, watch["done_when"])
    return marked(marks.note, Group(*rows))


def _triggers(plan: Data, words: Words, marks: Marks, verbose: bool) -> RenderableType:
    """What would change the plan: how soon, what to do; each way back is told once, below the triggers."""
    rows: list[RenderableType] = []
    ways: dict[str, Data] = {}
    for one in triggers(plan):
        urgent = one["urgency"] == "today"
        line = Text(words.tell(f"plan.urgency.{one['urgency']}").capitalize(), style="bold" if urgent else "italic")
        where = place(one, words)
        line.append(f"  {one['says']['text']} {where}".rstrip(), style="not italic")
        do = words.tell("plan.do", what=one["do"]["text"])
        rows.append(marked(marks.flag if urgent else marks.note, Group(line, _said(do, True))))
        ways |= {str(rescue["says"]["text"]): rescue for rescue in one["rescue"]}
        rows += _ground(one, words, []) if verbose else []
    for rescue in ways.values():
        said = way_back(rescue, words) if verbose else f"{rescue['says']['text']} {rescue['works_after']['text']}"
        rows.append(marked(marks.plus, _said(words.tell("plan.rescue", what=said), True)))
    return Group(*rows)


def _said(text: str, whole: bool) -> Text:
    return Text(" ".join((text if whole else brief(text)).split()), style="not bold")


def _ground(item: Data, words: Words, seen: list[str]) -> list[Text]:
    """Where it was seen, and on what it rests."""
    sources = [*item["evidence"], *([words.tell("label.assumption")] if item["assumption"] else [])]
    told = ([words.tell("plan.seen", names=wording.sources(seen))] if seen else []) + [", ".join(sources)]
    return [Text("; ".join(one for one in told if one), style="dim")]
