"""A map of preferences: along each weight, which kind of option comes first, and where that flips."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from stepdown.report.charts.draw import Sheet, plain, text_width, wrap
from stepdown.report.charts.palette import INK, INK_2, INK_3, KIND, MARK, RULE, on

WIDTH, NAME, FONT, SMALL, HIGH = 760.0, 200.0, 13, 12, 26.0


@dataclass(frozen=True)
class Flip:
    """A weight at which another kind takes the lead."""

    at: float
    before: str
    after: str


@dataclass(frozen=True)
class FlipRow:
    """A weight: its name, its range in relapses, where the lead changes, and what the row says in words."""

    name: str
    low: float
    high: float
    flips: tuple[Flip, ...]
    says: str


def preference_map(title: str, unit: str, rows: Sequence[FlipRow], kinds: dict[str, str], undecided: str) -> str:
    """Draw the weights as rows on logarithmic scales of their own.

    Args:
        title: what the picture says.
        unit: what a weight counts.
        rows: the weights.
        kinds: the kinds of option in words.
        undecided: what stands in a row along which nothing changes.
    """
    sheet = Sheet(title, ". ".join(f"{row.name}: {row.says}" for row in rows), WIDTH)
    y = 16.0
    for line in wrap(f"{title} ({unit})", WIDTH - 6, FONT + 1, bold=True):
        sheet.text(2, y, line, size=FONT + 1, bold=True)
        y += 18
    for row in rows:
        y += 12
        lines = wrap(row.name, NAME - 14, FONT)
        for number, line in enumerate(lines):
            sheet.text(2, y + 17 + 16 * number, line, size=FONT)
        _bar(sheet, row, y, kinds, undecided)
        y += max(HIGH + 20, 16 * len(lines) + 10)
    return sheet.svg()


def _bar(sheet: Sheet, row: FlipRow, y: float, kinds: dict[str, str], undecided: str) -> None:
    wide = WIDTH - NAME - 6

    def place(value: float) -> float:
        if row.high <= row.low:
            return NAME
        return NAME + wide * min(1.0, max(0.0, math.log(value / row.low) / math.log(row.high / row.low)))

    flips = sorted(row.flips, key=lambda flip: flip.at)
    edges = [NAME, *(place(flip.at) for flip in flips), NAME + wide]
    leading = [flips[0].before, *(flip.after for flip in flips)] if flips else [""]
    for kind, left, right in zip(leading, edges[:-1], edges[1:], strict=True):
        sheet.box(left, y, right - left, HIGH, KIND[kind] if kind else RULE, stroke=MARK)
        words = kinds[kind] if kind else undecided
        if text_width(words, SMALL) + 12 <= right - left:
            colour = on(KIND[kind]) if kind else INK_2
            sheet.text((left + right) / 2, y + 17, words, size=SMALL, anchor="middle", colour=colour, fixed=bool(kind))
    shown = [NAME, *edges[1:-1], NAME + wide]
    values = [row.low, *(flip.at for flip in flips), row.high]
    taken = -math.inf
    for index, (at, value) in enumerate(zip(shown, values, strict=True)):
        label = plain(value)
        half = text_width(label, SMALL) / 2
        anchor = "start" if index == 0 else "end" if index == len(values) - 1 else "middle"
        left = at if anchor == "start" else at - 2 * half if anchor == "end" else at - half
        if left > taken + 6:
            sheet.text(at, y + HIGH + 15, label, size=SMALL, anchor=anchor, colour=INK if 0 < index < len(values) - 1
                       else INK_3)  # fmt: skip
            taken = left + 2 * half
