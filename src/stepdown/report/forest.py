"""Forest plots: a table with bars for the terminal, and SVG."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from stepdown.evidence.forest import RATE, Forest, Row
from stepdown.report.charts.forest import ForestRow, forest
from stepdown.report.paper import console, put

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
    low, high = _span(found)
    rows = [ForestRow(row.label, row.value, row.low, row.high, _numbers(row), not row.study) for row in _rows(found)]
    return forest(found.title, found.unit, rows, low, high, found.unit != RATE)
