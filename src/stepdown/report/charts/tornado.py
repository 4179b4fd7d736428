"""Where the width of an interval comes from: its kinds as one bar, then what matters most, the widest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stepdown.report.charts.draw import Sheet, text_width, wrap
from stepdown.report.charts.palette import INK, INK_2, MARK, RULE

WIDTH, NAME, FONT, SMALL, HIGH = 620.0, 270.0, 13, 12, 15.0
OPACITY = (1.0, 0.62, 0.36, 0.18)


@dataclass(frozen=True)
class Share:
    """A part of the spread of an interval: its name and its share of 1."""

    name: str
    share: float


def tornado(title: str, kinds: Sequence[Share], causes: Sequence[Share], colour: str, percent: str) -> str:
    """Draw the decomposition of one interval.

    Args:
        title: whose interval, of which outcome.
        kinds: what the spread is made of; the shares add up to 1.
        causes: what matters most within it.
        colour: colour of the outcome.
        percent: how a share is told, such as `{} of 100`.
    """

    def told(share: float) -> str:
        whole = round(100 * share)
        return percent.format(whole if whole or not share else "<1")

    sheet = Sheet(title, "; ".join(f"{one.name}: {told(one.share)}" for one in [*kinds, *causes]), WIDTH)
    y = 16.0
    for line in wrap(title, WIDTH - 6, FONT + 1, bold=True):
        sheet.text(2, y, line, size=FONT + 1, bold=True)
        y += 18
    x, wide = 2.0, WIDTH - 4
    for kind, opacity in zip(kinds, OPACITY, strict=False):
        sheet.box(x, y, wide * kind.share, HIGH, colour, opacity=opacity)
        x += wide * kind.share
    sheet.path(f"M2 {y:.1f}h{wide:.1f}v{HIGH:.1f}h{-wide:.1f}z", stroke=MARK)
    y += HIGH + 20
    for kind, opacity in zip(kinds, OPACITY, strict=False):
        sheet.box(2, y - 10, 12, 12, colour, stroke=colour, opacity=opacity)
        for line in wrap(f"{kind.name}: {told(kind.share)}", WIDTH - 30, SMALL):
            sheet.text(22, y, line, size=SMALL, colour=INK_2)
            y += 17
    y += 14
    longest = max((one.share for one in causes), default=0) or 1
    room = WIDTH - NAME - text_width(percent.format(100), SMALL) - 16
    for one in sorted(causes, key=lambda one: -one.share):
        lines = wrap(one.name, NAME - 14, FONT)
        sheet.line(2, y - 14, WIDTH - 2, y - 14, RULE)
        sheet.box(NAME, y - 9, max(room * one.share / longest, 1), 10, colour)
        sheet.text(NAME + room * one.share / longest + 8, y, told(one.share), size=SMALL, colour=INK)
        for line in lines:
            sheet.text(2, y, line, size=FONT)
            y += 17
        y += 8
    return sheet.svg()
