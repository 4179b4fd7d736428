"""Cumulative risk in time: one panel an option on a common scale, carrying on as a dashed line in each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from stepdown.report.charts.draw import Sheet, plain, round_up, text_width, wrap
from stepdown.report.charts.palette import INK, INK_2, INK_3, MARK, RULE

PANEL, HIGH, GAP, LEFT, FONT, SMALL = 190.0, 130.0, 30.0, 40.0, 13, 12


@dataclass(frozen=True)
class Curve:
    """Years, and risks in people of the denominator."""

    years: tuple[float, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class CurvePanel:
    """An option: its name, its curve, and what the curve says at its end."""

    name: str
    curve: Curve
    says: str


def curves(
    title: str,
    unit: str,
    years: str,
    panels: Sequence[CurvePanel],
    colour: str,
    reference: Curve | None = None,
    beyond: str = "",
) -> str:
    """Draw panels side by side.

    Args:
        title: what the picture says.
        unit: what the upright axis counts, such as `of 100 people`.
        years: name of the time axis.
        panels: the options.
        colour: colour of the outcome.
        reference: the curve of carrying on, dashed in each panel.
        beyond: what is said where a curve ends before the others.
    """
    most = round_up(max([panel.curve.high[-1] for panel in panels], default=1.0) or 1.0)
    last = max((panel.curve.years[-1] for panel in panels), default=1.0)
    width = LEFT + len(panels) * (PANEL + GAP)
    sheet = Sheet(title, ". ".join(f"{panel.name}: {panel.says}" for panel in panels), width)
    y = 16.0
    for line in wrap(f"{title} ({unit})", width - 6, FONT + 1, bold=True):
        sheet.text(2, y, line, size=FONT + 1, bold=True)
        y += 18
    names = [wrap(panel.name, PANEL, FONT, bold=True) for panel in panels]
    top = y + 6 + 16 * max(map(len, names), default=1)
    for index, panel in enumerate(panels):
        x = LEFT + index * (PANEL + GAP)
        for number, line in enumerate(names[index]):
            sheet.text(x, y + 8 + 16 * number, line, size=FONT, bold=True, colour=INK)
        _axes(sheet, x, top, most, last, index == 0, years)
        _draw(sheet, panel.curve, x, top, most, last, colour, reference)
        _unknown(sheet, panel.curve.years[-1], last, x, top, beyond)
        for number, line in enumerate(wrap(panel.says, PANEL, SMALL)):
            sheet.text(x, top + HIGH + 36 + 15 * number, line, size=SMALL, colour=INK_2)
    return sheet.svg()


def _axes(sheet: Sheet, x: float, top: float, most: float, last: float, first: bool, years: str) -> None:
    for tick in (0.0, most / 2, most):
        y = top + HIGH * (1 - tick / most)
        sheet.line(x, y, x + PANEL, y, MARK if tick == 0 else RULE)
        if first:
            sheet.text(x - 6, y + 4, plain(tick), size=SMALL, colour=INK_3, anchor="end")
    end = f"{plain(last)} {years}"
    sheet.text(x + PANEL, top + HIGH + 16, end, size=SMALL, colour=INK_3, anchor="end")
    free = x + PANEL - text_width(end, SMALL) - 12
    for year in range(0, math.ceil(last), max(1, math.ceil(last / 5))):
        if (at := x + PANEL * year / last) < free:
            sheet.text(at, top + HIGH + 16, str(year), size=SMALL, colour=INK_3, anchor="middle" if year else "start")


def _unknown(sheet: Sheet, end: float, last: float, x: float, top: float, beyond: str) -> None:
    """The span of time for which there is no number: dashed, and said."""
    if end >= last:
        return
    at = x + PANEL * end / last
    sheet.line(at, top, at, top + HIGH, MARK, 1, "3 3")
    for number, line in enumerate(wrap(beyond, PANEL - (at - x) - 8, SMALL)):
        sheet.text(at + 6, top + 16 + 15 * number, line, size=SMALL, colour=INK_3)


def _draw(
    sheet: Sheet,
    curve: Curve,
    x: float,
    top: float,
    most: float,
    last: float,
    colour: str,
    reference: Curve | None,
) -> None:
    def place(year: float, value: float) -> str:
        return f"{x + PANEL * year / last:.1f} {top + HIGH * (1 - min(value / most, 1)):.1f}"

    upper = [place(year, value) for year, value in zip(curve.years, curve.high, strict=True)]
    lower = [place(year, value) for year, value in zip(curve.years, curve.low, strict=True)]
    sheet.path(f"M{'L'.join([*upper, *reversed(lower)])}z", fill=colour, opacity=0.22)
    if reference is not None:
        points = [place(year, value) for year, value in zip(reference.years, reference.mean, strict=True)]
        sheet.path(f"M{'L'.join(points)}", stroke=INK, width=1.3, dash="4 3")
    points = [place(year, value) for year, value in zip(curve.years, curve.mean, strict=True)]
    sheet.path(f"M{'L'.join(points)}", stroke=colour, width=2.2, round_ends=True)
