"""A screen on the terminal: counts, what is recommended, where people drop out, what is missing or was not read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from stepdown.cohort.summary import Summary

_MOST = 8
"""So many lines of a list are shown."""


def show(summary: Summary, out: Path | None) -> None:
    """Print the summary of a screen, and where its rows were written."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(Text(f"{_people(summary.people)} on {summary.on}", style="bold"))
    if summary.emergency:
        console.print(Text(f"{_people(summary.emergency)} with an emergency: see the column flags", style="bold red"))
    if summary.died:
        console.print(f"{_people(summary.died)} had died by then")
    _counts(console, "Recommended", summary.kinds, summary.people)
    _counts(console, "Review asked for", summary.review, summary.people)
    _counts(console, "Flags", summary.flags, summary.people)
    _counts(console, "To find out", summary.find_out, summary.people)
    _funnels(console, summary.funnel)
    _problems(console, summary)
    if out is not None:
        console.print(Text(f"\nOne row a person: {out}"))


def _people(count: int) -> str:
    return f"{count:,} {'person' if count == 1 else 'people'}"


def _counts(console: Console, title: str, counts: dict[str, int], people: int) -> None:
    if not counts:
        return
    console.print(Text(f"\n{title}", style="bold"))
    table = _table("", "right", "right")
    for name, count in list(counts.items())[:_MOST]:
        table.add_row(Text(name), f"{count:,}", f"{100 * count / people:.1f}%")
    console.print(table)
    if len(counts) > _MOST:
        console.print(f"  and {len(counts) - _MOST} more")


def _funnels(console: Console, funnel: dict[str, list[dict[str, Any]]]) -> None:
    """For each guideline that speaks of anybody how many are left after each criterion."""
    speaking = {name: lines for name, lines in funnel.items() if lines[0]["left"] or lines[0]["unknown"]}
    if not speaking:
        return
    console.print(Text("\nWho is left after each criterion", style="bold"))
    table = _table("", "", "right", "right", "right", head=("guideline", "criterion", "left", "unknown", "drop out"))
    for name, lines in speaking.items():
        for place, line in enumerate(lines):
            counts = (f"{line[key]:,}" for key in ("left", "unknown", "out"))
            table.add_row(Text(name if place == 0 else ""), Text(line["criterion"]), *counts)
    console.print(table)


def _problems(console: Console, summary: Summary) -> None:
    if not summary.problems:
        return
    console.print(Text("\nNot understood, or not believed", style="bold"))
    for problem in summary.problems:
        console.print(Text(f"  {problem.count:,} {problem.key}: {', '.join(map(str, problem.examples))}"))
    if summary.listed is not None and summary.listed.exists():
        console.print(Text(f"  all of them: {summary.listed}"))


def _table(*sides: str, head: tuple[str, ...] = ()) -> Table:
    table = Table(box=None, show_header=bool(head), pad_edge=False, padding=(0, 2), header_style="")
    for place, side in enumerate(sides):
        table.add_column(head[place] if head else "", justify="right" if side else "left", no_wrap=True)
    return table
