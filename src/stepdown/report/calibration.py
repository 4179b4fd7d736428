"""The calibration plot: what was seen against what was predicted, a panel an outcome, on logarithmic axes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from stepdown.evidence.replicate import Replication
from stepdown.report.charts.palette import INK, POOLED, STUDY

PANEL, LEFT, TOP, GAP = 320, 64, 84, 76
"""Sizes of a panel and of the room around it."""
COLUMNS = 2
FAINT = "#dddddd"
DECADES = 4
"""No axis is longer; what lies below stands on its edge."""


def svg(found: Sequence[Replication]) -> str:
    """A calibration plot as SVG, readable without colour and by a screen reader.

    Circles are groups that informed the fit, diamonds the others; an empty mark lies outside its 95% interval and has
    its name beside it. What was never seen stands on the lower edge.
    """
    told = [r for r in found if r.mean is not None]
    outcomes = list(dict.fromkeys(r.outcome for r in told))
    rows = math.ceil(len(outcomes) / COLUMNS) or 1
    wide = LEFT + min(len(outcomes) or 1, COLUMNS) * (PANEL + GAP)
    high = TOP + rows * (PANEL + GAP)
    inside = sum(bool(r.inside) for r in told)
    desc = f"{inside} of {len(told)} groups lie inside their 95% predictive interval. " + "; ".join(
        f"{r.id}: {r.observed:.3g} seen, {r.mean:.3g} predicted" for r in told
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" '
        f'role="img" font-family="sans-serif" font-size="12" fill="{INK}">',
        "<title>Seen against predicted</title>",
        f"<desc>{escape(desc)}</desc>",
        f'<rect width="{wide}" height="{high}" fill="white"/>',
        *_legend(),
    ]
    for index, outcome in enumerate(outcomes):
        x, y = LEFT + (index % COLUMNS) * (PANEL + GAP), TOP + (index // COLUMNS) * (PANEL + GAP)
        parts.append(f'<g transform="translate({x} {y})">')
        parts += _panel(outcome, [r for r in told if r.outcome == outcome])
        parts.append("</g>")
    return "\n".join([*parts, "</svg>", ""])


def _legend() -> Iterator[str]:
    yield _mark(18, 20, True, True) + '<text x="32" y="24">used in the fit</text>'
    yield _mark(148, 20, False, True) + '<text x="162" y="24">not used in the fit</text>'
    yield _mark(298, 20, True, False) + _mark(316, 20, False, False)
    yield '<text x="330" y="24">outside the 95% interval (named)</text>'
    note = "Lines: 95% predictive interval. Risks over the follow-up, or rates a year."
    yield f'<text x="12" y="46" font-size="11">{note}</text>'


def _mark(x: float, y: float, fitted: bool, inside: bool) -> str:
    colour = STUDY if fitted else POOLED
    style = f'fill="{colour}" fill-opacity="{1 if inside else 0}" stroke="{colour}" stroke-width="1.5"'
    if fitted:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" {style}/>'
    return f'<path d="M{x - 6:.1f} {y:.1f}l6 -6l6 6l-6 6z" {style}/>'


def _panel(outcome: str, found: Sequence[Replication]) -> Iterator[str]:
    values = [v for r in found for v in (r.observed, r.mean or 0.0, r.high or 0.0) if v > 0] or [1.0]
    last = math.ceil(math.log10(max(values)) - 1e-9)
    first = max(math.floor(math.log10(min(values)) + 1e-9), last - DECADES)
    first = min(first, last - 1)

    def place(value: float) -> float:
        return PANEL * (math.log10(max(value, 10.0**first)) - first) / (last - first)

    yield f'<text x="0" y="-10" font-weight="bold">{escape(outcome)}</text>'
    for power in range(first, last + 1):
        at, label = place(10.0**power), f"{10.0**power:g}"
        yield f'<path d="M{at:.1f} 0V{PANEL}M0 {PANEL - at:.1f}H{PANEL}" stroke="{FAINT}"/>'
        yield f'<text x="{at:.1f}" y="{PANEL + 16}" text-anchor="middle">{label}</text>'
        yield f'<text x="-6" y="{PANEL - at + 4:.1f}" text-anchor="end">{label}</text>'
    yield f'<path d="M0 {PANEL}L{PANEL} 0" stroke="{INK}" stroke-dasharray="4 3"/>'
    yield f'<text x="{PANEL / 2}" y="{PANEL + 34}" text-anchor="middle">predicted</text>'
    yield f'<text transform="translate(-46 {PANEL / 2}) rotate(-90)" text-anchor="middle">seen</text>'
    for r in sorted(found, key=lambda r: not r.used_in_fit):
        x, y = place(r.mean or 0.0), PANEL - place(r.observed)
        colour = STUDY if r.used_in_fit else POOLED
        ends = place(r.low or 0.0), place(r.high or 0.0)
        yield (
            f'<line x1="{ends[0]:.1f}" x2="{ends[1]:.1f}" y1="{y:.1f}" y2="{y:.1f}" stroke="{colour}" '
            'stroke-opacity="0.45" stroke-width="1.5"/>'
        )
        yield _mark(x, y, r.used_in_fit, bool(r.inside))
        if not r.inside:
            anchor, shift = ("end", -9) if x > PANEL / 2 else ("start", 9)
            where = f'x="{x + shift:.1f}" y="{y - 7:.1f}" font-size="10" text-anchor="{anchor}"'
            yield f"<text {where}>{escape(r.id)}</text>"
