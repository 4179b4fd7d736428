"""Marks: a shape beside every word, so that nothing hangs on colour; plain letters where a terminal lacks them."""

from __future__ import annotations

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
)


def marks_for(encoding: str | None) -> Marks:
    """The drawn marks where the encoding has them, else plain letters."""
    drawn = "".join([*DRAWN.stance.values(), *DRAWN.verdict.values(), DRAWN.rule, DRAWN.flag, DRAWN.note, DRAWN.minus])
    try:
        drawn.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return PLAIN
    return DRAWN
