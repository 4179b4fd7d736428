"""Forest plots: studies and summaries with their intervals on a logarithmic axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from stepdown.report.charts.draw import Sheet, text_width, wrap
from stepdown.report.charts.palette import INK, INK_3, POOLED, RULE, STUDY

LABEL, WIDE, LINE, FONT, SMALL = 300.0, 340.0, 24.0, 13, 12


@dataclass(frozen=True)
class ForestRow:
    """A line: its label, its value with the interval, and the numbers in words; a summary is drawn as a diamond."""

    label: str
    value: float
    low: float
    high: float
    says: str
    summary: bool = False


def forest(title: str, unit: str, rows: Sequence[ForestRow], low: float, high: float, line_at_one: bool = False) -> str:
    """Draw a forest plot between the ends of its axis; intervals that go on end in an arrow."""
    numbers = max(text_width(row.says, SMALL) for row in rows)
    width = LABEL + WIDE + numbers + 30
    sheet = Sheet(title, "; ".join(f"{row.label}: {row.says}" for row in rows), width)

    def x(value: float) -> float:
        share = math.log(max(value, 1e-12) / low) / math.log(high / low)
        return LABEL + WIDE * min(1.0, max(0.0, share))

    y = 16.0
    for line in wrap(f"{title} ({unit})", width - 8, FONT + 1, bold=True):
        sheet.text(4, y, line, size=FONT + 1, bold=True)
        y += 18
    labels = [wrap(row.label, LABEL - 20, FONT) for row in rows]
    top, base = y, y + 8 + sum(LINE + 16 * (len(lines) - 1) for lines in labels)
    for tick in ticks(low, high):
        sheet.line(x(tick), top, x(tick), base, RULE)
        sheet.text(x(tick), base + 16, f"{tick:g}", size=SMALL, anchor="middle", colour=INK_3)
    if line_at_one and low < 1 < high:
        sheet.line(x(1), top, x(1), base, INK)
    y += 18
    for row, lines in zip(rows, labels, strict=True):
        colour = POOLED if row.summary else STUDY
        sheet.line(x(row.low), y - 4, x(row.high), y - 4, colour, 2)
        for end, beyond, way in ((low, row.low < low, 1), (high, row.high > high, -1)):
            if beyond:
                sheet.path(f"M{x(end) + 5 * way:.1f} {y - 8:.1f}l{-5 * way} 4l{5 * way} 4", stroke=colour, width=2)
        if row.summary:
            sheet.path(f"M{x(row.value) - 6:.1f} {y - 4:.1f}l6 -6l6 6l-6 6z", fill=colour)
        else:
            sheet.box(x(row.value) - 4, y - 8, 8, 8, colour)
        sheet.text(LABEL + WIDE + 16, y, row.says, size=SMALL)
        for line in lines:
            sheet.text(4, y, line, size=FONT)
            y += 16
        y += LINE - 16
    return sheet.svg()


def ticks(low: float, high: float) -> list[float]:
    """Round values along a logarithmic axis."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (1, 2, 5) if math.log10(high / low) < 2.2 else (1,)
    return [tick for power in powers for step in steps if low <= (tick := step * 10.0**power) <= high]
