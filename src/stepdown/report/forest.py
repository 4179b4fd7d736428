"""Forest plots: a table with bars for the terminal, and SVG. One palette, safe for colour blindness."""

from __future__ import annotations

import math
from collections.abc import Iterator
from xml.sax.saxutils import escape

from rich.console import Console
from rich.table import Table
from rich.text import Text

from stepdown.evidence.forest import RATE, Forest, Row
from stepdown.report.paper import console, put

INK, STUDY, POOLED = "#222222", "#0072b2", "#d55e00"
"""Text and axes, studies, summaries (Okabe and Ito)."""

BAR, LABEL = 30, 16
"""Widest bar, and the room that is kept for the name of a study on a narrow terminal."""


def show(found: Forest, paper: Console | None = None) -> None:
    """Print a forest plot."""
    low, high = _span(found)
    paper = paper or console()
    numbers = max(len(_numbers(row)) for row in _rows(found))
    bar = max(8, min(BAR, paper.width - numbers - LABEL - 6))
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(ratio=1, overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    for row in _rows(found):
        table.add_row(Text(row.label), Text(_numbers(row)), Text(_bar(row, low, high, found.unit != RATE, bar)))
    put([Text(f"{found.title} ({found.unit}; log scale from {_short(low)} to {_short(high)})"), table],
        paper)  # fmt: skip


def _rows(found: Forest) -> Iterator[Row]:
    yield from found.rows
    yield found.pooled
    if found.new_study is not None:
        yield found.new_study


def _span(found: Forest) -> tuple[float, float]:
    """Ends of the axis, cut where single studies would squeeze all others."""
    rows = list(_rows(found))
    low, high = min(row.low for row in rows), max(row.high for row in rows)
    middle = found.pooled.value
    return max(low, middle / 50), min(high, middle * 50)


def _numbers(row: Row) -> str:
    return f"{_short(row.value)} ({_short(row.low)} to {_short(row.high)})"


def _short(value: float) -> str:
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"


def _place(value: float, low: float, high: float) -> float:
    """Where a value lies between the ends of a logarithmic axis, from 0 to 1."""
    share = math.log(max(value, 1e-12) / low) / math.log(high / low)
    return min(1.0, max(0.0, share))


def _bar(row: Row, low: float, high: float, line_at_one: bool, width: int) -> str:
    cells = [" "] * (width + 1)
    if line_at_one and low < 1 < high:
        cells[round(width * _place(1, low, high))] = "|"
    first, last = (round(width * _place(value, low, high)) for value in (row.low, row.high))
    cells[first : last + 1] = "-" * (last + 1 - first)
    cells[round(width * _place(row.value, low, high))] = "o" if row.study else "#"
    return "".join(cells).rstrip()


def svg(found: Forest) -> str:
    """A forest plot as SVG, readable without colour and by a screen reader."""
    rows, (low, high) = list(_rows(found)), _span(found)
    left, wide, line = 300, 340, 24
    height = line * (len(rows) + 3)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 840 {height}" role="img" font-family="sans-serif" '
        f'font-size="13" fill="{INK}">',
        f"<title>{escape(found.title)}</title>",
        f"<desc>{escape('; '.join(f'{row.label}: {_numbers(row)}' for row in rows))}</desc>",
        f'<rect width="840" height="{height}" fill="white"/>',
        f'<text x="8" y="{line - 6}" font-weight="bold">{escape(found.title)} ({found.unit})</text>',
    ]

    def x(value: float) -> float:
        return left + wide * _place(value, low, high)

    base = line * (len(rows) + 1.5)
    for tick in _ticks(low, high):
        parts.append(f'<line x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{line}" y2="{base}" stroke="#dddddd"/>')
        parts.append(f'<text x="{x(tick):.1f}" y="{base + 16}" text-anchor="middle">{_short(tick)}</text>')
    if found.unit != RATE and low < 1 < high:
        parts.append(f'<line x1="{x(1):.1f}" x2="{x(1):.1f}" y1="{line}" y2="{base}" stroke="{INK}"/>')
    for index, row in enumerate(rows):
        y, colour = line * (index + 1.5), STUDY if row.study else POOLED
        mark = (
            f'<rect x="{x(row.value) - 4:.1f}" y="{y - 4}" width="8" height="8" fill="{colour}"/>'
            if row.study
            else f'<path d="M{x(row.value) - 6:.1f} {y}l6 -6l6 6l-6 6z" fill="{colour}"/>'
        )
        parts += [
            f'<text x="8" y="{y + 4}">{escape(row.label)}</text>',
            f'<line x1="{x(row.low):.1f}" x2="{x(row.high):.1f}" y1="{y}" y2="{y}" stroke="{colour}" '
            'stroke-width="2"/>',
            mark,
            f'<text x="{left + wide + 16}" y="{y + 4}">{_numbers(row)}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])


def _ticks(low: float, high: float) -> list[float]:
    """Round values along a logarithmic axis."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (1, 2, 5) if math.log10(high / low) < 2.2 else (1,)
    return [tick for power in powers for step in steps if low <= (tick := step * 10.0**power) <= high]
