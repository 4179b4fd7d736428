"""Everything behind the screen: each variable, criterion and rule with its value, its events and its sources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from stepdown.report import figures, wording
from stepdown.report.frequency import figures as figures_of
from stepdown.report.marks import Marks
from stepdown.report.parts import Data, concluded
from stepdown.report.words import Words

INDENT = 2


def details(filled: Data, words: Words, marks: Marks) -> Iterator[RenderableType]:
    """The parts of the verbose report, each under its heading."""
    yield from _part(words.tell("label.state"), "", state(filled, words))
    for one in filled["guidelines"]:
        title, concluded = words.tell(f"guidelines/{one['id']}.title"), _concluded(one, words)
        yield from _part(title, concluded, *(finding(each, filled, words, marks) for each in one["findings"]))
    for name, score in filled["scores"].items():
        title = words.tell(f"scores/{name}.title")
        yield from _part(title, _points(score, words), Text(score["why"]["text"]))
    for flag in filled["flags"]:
        rows = [Text(flag["says"]["text"]), Text(f"{words.tell('label.do')} {flag['do']['text']}"), behind(flag, words)]
        yield from _part(words.tell(f"flags/{flag['id']}.title"), words.tell(f"action.{flag['action']}"), *rows)
    told: set[str] = set()
    for one in filled["options"]:
        stance = f"{marks.stance[one['stance']]} {words.tell('stance.' + one['stance'])}"
        yield from _part(wording.option(one["id"], "", words), stance, *rules(one, words, told),
                         *figures.of_option(one, filled, words, marks))  # fmt: skip
    asked = [_question(one, words) for one in filled["information"]]
    problems: list[RenderableType] = [Text(f"{one['source']}: {one['says']['text']}") for one in filled["problems"]]
    limits: list[RenderableType] = [Text(one["text"]) for one in filled["limits"]]
    compared, otherwise = list(figures.comparison(filled, words)), list(figures.what_if(filled, words, marks))
    parts = [("comparison", compared), ("find-out", asked), ("what-if", otherwise), ("record", problems)]
    for label, rows in (*parts, ("limits", limits)):
        if rows:
            yield from _part(words.tell(f"label.{label}"), "", *rows)
    yield from _part(words.tell("label.sources"), "", *citations(filled, words))


def _question(one: Data, words: Words) -> RenderableType:
    """What to find out, and between what its worth lies."""
    told = Text(one["says"]["text"])
    if one["value"] is not None:
        _, low, high = figures_of(one["value"])
        told.append(f" {words.tell('information.worth-range', low=low, high=high)}", style="dim")
    return told


def _part(title: str, note: str, *rows: RenderableType) -> Iterator[RenderableType]:
    """A heading with a note beside it, then rows set in, then a free line."""
    heading = Text(title, style="bold")
    if note:
        heading.append(f"  {note}", style="not bold")
    yield heading
    for row in rows:
        yield Padding(row, (0, 0, 0, INDENT))
    yield Text()


def state(filled: Data, words: Words) -> RenderableType:
    """What is known of every variable of the dictionary and the events it came from; then the unknown ones by name."""
    unknown: list[str] = []
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    for ratio in (3, 3, 4):
        table.add_column(ratio=ratio)
    for name, entry in sorted(filled["state"].items(), key=lambda pair: words.tell(f"variables/{pair[0]}.title")):
        known = wording.value(entry, name, words)
        title = words.tell(f"variables/{name}.title") + _companion(name, words)
        if known == words.tell("value.unknown"):
            # what is not known has no events to follow; the companions of a stale value are not missed by themselves
            unknown += [] if _companion(name, words) else [wording.inline(title)]
        else:
            table.add_row(Text(title), Text(known), _events(entry["from"]))
    missing = words.tell("label.unknown-variables", names="; ".join(unknown))
    return Group(table, Text(missing, style="dim italic")) if unknown else table


def _companion(name: str, words: Words) -> str:
    """What tells the companions of a variable that can go stale from the variable itself."""
    for ending in ("last_months", "last"):
        if name.endswith(f"_{ending}"):
            return f" ({words.tell(f'label.{ending}')})"
    return ""


def _events(names: list[str]) -> Text:
    return Text(wording.sources(names), style="dim")


def finding(one: Data, filled: Data, words: Words, marks: Marks) -> RenderableType:
    """One criterion: verdict, role, sentence; then the values it was held against, events and sources."""
    row = Table.grid(padding=(0, 1, 0, 0), expand=True)
    row.add_column(width=1)
    row.add_column(width=max(len(words.tell(f"verdict.{verdict}")) for verdict in ("met", "not-met", "unknown")))
    row.add_column(ratio=1)
    text = Text(f"{words.tell('role.' + one['role'])}: ", style="dim").append(one["says"]["text"], style="not dim")
    style = "dim italic" if one["verdict"] == "unknown" else ""
    row.add_row(marks.verdict[one["verdict"]], Text(words.tell(f"verdict.{one['verdict']}"), style=style), text)
    held = [
        f"{wording.inline(words.tell(f'variables/{name}.title'))} {wording.value(filled['state'][name], name, words)}"
        for name in one["variables"]
        if name in filled["state"]
    ]
    row.add_row("", "", Text("; ".join(held), style="dim"))
    row.add_row("", "", behind(one, words))
    return row


def behind(one: Data, words: Words) -> RenderableType:
    """The events and the sources behind a claim."""
    parts = []
    if one["from"]:
        parts.append(f"{words.tell('label.from')} {wording.sources(one['from'])}")
    if one["evidence"]:
        parts.append(f"[{', '.join(one['evidence'])}]")
    if one.get("assumption"):
        parts.append(words.tell("label.assumption"))
    return Text(" ".join(parts), style="dim")


def rules(one: Data, words: Words, told: set[str]) -> Iterator[RenderableType]:
    """Every rule that speaks of an option; its events and sources where it is told for the first time."""
    for name in ("bars", "checks", "cautions", "with"):
        for rule in one[name]:
            text = Text(f"{words.tell('effect.' + rule['effect'])}: ", style="dim")
            text.append(rule["says"]["text"], style="not dim")
            if rule.get("verdict") == "unknown":
                ask = [wording.inline(words.tell(f"variables/{variable}.title")) for variable in rule["ask"]]
                text.append(f" {words.tell('label.find-out-first', names='; '.join(ask))}", style="italic")
            yield text
            if rule["rule"] not in told:
                yield Padding(behind(rule, words), (0, 0, 0, INDENT))
            told.add(rule["rule"])


def citations(filled: Data, words: Words) -> list[RenderableType]:
    """The source behind every id in square brackets."""
    ids = sorted(_cited(filled))
    rows: list[RenderableType] = []
    for name in ids:
        source = words.library.sources.get(name)
        if source is not None:
            where = source.doi or (f"PMID {source.pmid}" if source.pmid else source.url or "")
            rows.append(Text(f"[{name}] {source.citation} {where}".strip()))
    return rows


def _cited(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = set(node.get("evidence") or ())
        return own.union(*(_cited(part) for part in node.values()))
    if isinstance(node, list):
        return set().union(*(_cited(part) for part in node))
    return set()


def _concluded(one: Data, words: Words) -> str:
    return words.tell(f"conclusion.{concluded(one)}")


def _points(score: Data, words: Words) -> str:
    if score["applies"] == "not-met" or score["low"] is None:
        return words.tell("conclusion.silent")
    low, high = wording.number(score["low"]), wording.number(score["high"])
    points = words.tell("label.points", points=low if low == high else words.tell("value.between", low=low, high=high))
    return f"{words.tell('conclusion.may-apply')}; {points}" if score["applies"] == "unknown" else points
