"""What the answer hangs on: what to find out, and what would have to be otherwise for the advice to be another."""

from __future__ import annotations

import math

from rich.console import Group, RenderableType
from rich.text import Text

from stepdown.report.marks import Marks
from stepdown.report.paper import Clipped
from stepdown.report.parts import ASKED, Data, marked
from stepdown.report.risks import emergency
from stepdown.report.wording import asked
from stepdown.report.words import Words

FIRST = 2
"""So many questions are put in full, the others by name."""


def information(filled: Data, words: Words, marks: Marks) -> RenderableType | None:
    """What to find out: the first questions and what they decide, then the others by name; in an emergency names."""
    first = 0 if emergency(filled) else FIRST
    rows: list[RenderableType] = []
    for one in filled["information"][:first]:
        question = Clipped(Text(one["says"]["text"], style="bold" if one["decisive"] else ""), 2)
        rows.append(marked(marks.ask, question))
    settled = filled["recommendation"]["strength"] != "hold"
    for label, decisive in (("decisive-open" if settled else "decisive", True), ("worth-knowing", False)):
        names = [one["variable"] for one in filled["information"][first:] if one["decisive"] is decisive]
        if names:
            titles = "; ".join(asked(name, words) for name in names[:ASKED])
            extra = f"; {words.tell('label.more', count=len(names) - ASKED)}" if len(names) > ASKED else ""
            line = Text(f"{words.tell(f'label.{label}')}: ", style="bold" if decisive else "dim")
            rows.append(marked(marks.ask, line.append(titles + extra, style="not bold")))
    return Group(*rows) if rows else None


def what_if(filled: Data, words: Words, marks: Marks) -> RenderableType | None:
    """The nearest value at which the advice would be another, and a scenario in which another kind leads."""
    if emergency(filled):
        return None
    tipping = [point for point in filled["tipping_points"] if point["at"] is not None]
    told = [min(tipping, key=lambda point: _distance(point, filled, words))["then"]] if tipping else []
    told += [one["says"] for one in filled.get("scenarios", ()) if one["says"]["key"].endswith(".other")]
    rows: list[RenderableType] = [marked(marks.dot, Text(says["text"])) for says in told]
    return Group(*rows) if rows else None


def _distance(point: Data, filled: Data, words: Words) -> float:
    """How far a tipping point lies from the present value, by how far values are tried: years and scores compare."""
    entry = filled["state"][point["variable"]]
    low = -math.inf if entry["low"] is None else entry["low"]
    high = math.inf if entry["high"] is None else entry["high"]
    away: float = max(low - point["at"], point["at"] - high, 0.0)
    tried = words.library.definitions.get(f"tipping-{point['variable'].replace('_', '-')}")
    return away / float(tried.value[-1]) if tried and isinstance(tried.value, (list, tuple)) else away


__all__ = ["information", "what_if"]
