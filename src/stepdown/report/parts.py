"""What the parts of the screen share: a text beside a mark, a line for what was left out, a long text made short."""

from __future__ import annotations

import re
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from stepdown.report.words import Words

Data = dict[str, Any]

ACCENT = "bold cyan"
UNKNOWN = "dim italic"
ASKED = 6
"""How many facts to find out are named on a line."""
BRIEF = 110
"""A text that is longer than this is made short."""
_BRACKETS = re.compile(r" \([^()]*\)")


def concluded(one: Data) -> str:
    """Key of what a guideline concludes; of a study it is said whether its people were like this one."""
    if one["applies"] != "met":
        return "silent" if one["applies"] == "not-met" else "may-apply"
    return f"study-{one['conclusion']}" if one["kind"] == "trial-population" else str(one["conclusion"])


def marked(mark: str, content: RenderableType) -> RenderableType:
    """A mark, and beside it a text whose further lines are set in."""
    row = Table.grid(padding=(0, 1, 0, 0), expand=True)
    row.add_column(width=1)
    row.add_column(ratio=1)
    row.add_row(mark, content)
    return row


def more(count: int, words: Words) -> list[RenderableType]:
    """A line that says how many were left out."""
    return [Text(words.tell("label.more", count=count), style="dim")] if count > 0 else []


def brief(reason: str) -> str:
    """A long text without what stands in brackets, and if it is still long its first sentence."""
    if len(reason) > BRIEF:
        reason = _BRACKETS.sub("", reason)
    first, stop, _ = reason.partition(". ")
    return first + stop.strip() if len(reason) > BRIEF else reason
