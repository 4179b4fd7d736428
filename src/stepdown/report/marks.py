"""Marks: a shape beside every word, so that nothing hangs on colour; plain letters where a terminal lacks them."""

from __future__ import annotations

import math
from dataclasses import dataclass

STANCES = ("favoured", "reasonable", "undetermined", "not-advised", "barred")
"""From what fits best to what must not be done: the order in which options are shown."""


@dataclass(frozen=True)
class Marks:
    """The shapes of one terminal.

    Attributes:
        stance: mark of each stance.
        verdict: mark of each verdict.
        rule: character of a hairline.
        flag: mark of something urgent.
        note: mark of something to attend to.
        plus: mark of a reason for.
        minus: mark of a reason against.
        ask: mark of something to find out.
        dot: separates facts on a line.
        to: stands between the ends of an interval.
        blocks: a bar is drawn of these, from the thinnest part of a column to a full one.
    """

    stance: dict[str, str]
    verdict: dict[str, str]
    rule: str
    flag: str
    note: str
    plus: str
    minus: str
    ask: str
    dot: str
    to: str
    blocks: str

    def signed(self, number: str) -> str:
        """A number with the minus sign of this terminal."""
        return number.replace("-", self.minus)

    def bar(self, length: float) -> str:
        """A bar of so many columns, never longer; what is more than nothing can be seen."""
        parts = len(self.blocks)
        filled = math.floor(length * parts + 1e-9) or int(length > 0)
        rest = filled % parts
        return self.blocks[-1] * (filled // parts) + (self.blocks[rest - 1] if rest else "")


DRAWN = Marks(
    stance={"favoured": "★", "reasonable": "●", "undetermined": "◐", "not-advised": "○", "barred": "✕"},
    verdict={"met": "●", "not-met": "○", "unknown": "┄"},
    rule="─",
    flag="◆",
    note="◇",
    plus="+",
    minus="−",
    ask="┄",
    dot="·",
    to="–",
    blocks="▏▎▍▌▋▊▉█",
)
PLAIN = Marks(
    stance={"favoured": "*", "reasonable": "+", "undetermined": "?", "not-advised": "o", "barred": "x"},
    verdict={"met": "+", "not-met": "o", "unknown": "?"},
    rule="-",
    flag="!",
    note="*",
    plus="+",
    minus="-",
    ask="?",
    dot=",",
    to="-",
    blocks="#",
)


def marks_for(encoding: str | None) -> Marks:
    """The drawn marks where the encoding has them, else plain letters."""
    signs = [DRAWN.rule, DRAWN.flag, DRAWN.note, DRAWN.minus, DRAWN.to, DRAWN.blocks]
    drawn = "".join([*DRAWN.stance.values(), *DRAWN.verdict.values(), *signs])
    try:
        drawn.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return PLAIN
    return DRAWN
