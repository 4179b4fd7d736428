"""Decision curves told as a table, as JSON, and as SVG."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stepdown.evidence.decision_curve import ALL, MODEL, NONE, SCORE, Curves
from stepdown.report.charts.palette import INK
from stepdown.report.paper import console, put

NAMES = {ALL: "all step down", NONE: "nobody does", MODEL: "by the model", SCORE: "by the score"}
STYLES = {ALL: ("#009e73", "6 3"), NONE: (INK, "2 3"), MODEL: ("#0072b2", ""), SCORE: ("#d55e00", "9 3 2 3")}
"""Colour (Okabe and Ito) and dashes, so that lines differ without colour too."""
ROWS = 10
LOW = -0.5
"""The plot ends here; stepping everybody down at a low threshold is far worse, and would squeeze all the rest."""

WIDE, HIGH, LEFT, TOP = 520, 300, 70, 60


def show(found: Curves, form: str, paper: Console | None = None) -> None:
    """Print net benefits by threshold, or the same as JSON."""
    out = paper or console()
    if form == "json":
        out.file.write(orjson.dumps(_plain(found), option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("risk", justify="right")
    for name in found.strategies:
        table.add_column(NAMES[name], justify="right")
    table.add_column("best")
    step = max(1, len(found.thresholds) // ROWS)
    for at in range(0, len(found.thresholds), step):
        benefits = found.net_benefit[:, at]
        table.add_row(
            f"{found.thresholds[at]:.0%}", *(f"{100 * b:.1f}" for b in benefits), NAMES[_best(found, at)]
        )  # fmt: skip
    head = (
        f"{found.n} people, {found.events} with the event. Net people spared treatment for every 100, if who lies "
        "below the risk is stepped down; one event weighs as much as (1 - risk) / risk people spared."
    )
    put([Text(head), table], out)


def _best(found: Curves, at: int) -> str:
    """The strategy with the largest net benefit; of equal ones the first, so that a model has to earn its place."""
    return found.strategies[int(found.net_benefit[:, at].argmax())]


def _plain(found: Curves) -> list[dict[str, object]]:
    return [
        {
            "threshold": float(threshold), "strategy": name, "stepped_down": float(found.stepped_down[row, at]),
            "net_benefit": {
                "mean": float(found.net_benefit[row, at]), "low": float(found.low[row, at]),
                "high": float(found.high[row, at]),
            },
        }
        for row, name in enumerate(found.strategies) for at, threshold in enumerate(found.thresholds)
    ]  # fmt: skip


def svg(found: Curves) -> str:
    """The curves as SVG, readable without colour and by a screen reader."""
    wide, high = WIDE + LEFT + 150, HIGH + TOP + 60
    told = "; ".join(
        f"at {found.thresholds[at]:.0%} the best is {NAMES[_best(found, at)]}"
        for at in range(0, len(found.thresholds), max(1, len(found.thresholds) // ROWS))
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" '
            f'role="img" font-family="sans-serif" font-size="12" fill="{INK}">',
            "<title>Net benefit of stepping down</title>",
            f"<desc>{told}</desc>",
            f'<rect width="{wide}" height="{high}" fill="white"/>',
            '<text x="12" y="22" font-weight="bold">Net benefit of stepping down</text>',
            f'<text x="12" y="40" font-size="11">{found.n} people, {found.events} with the event; net people spared '
            "treatment for every 100</text>",
            f'<g transform="translate({LEFT} {TOP})">',
            *_axes(found),
            *_lines(found),
            "</g>",
            "</svg>",
            "",
        ]
    )


def _top(found: Curves) -> float:
    return max(0.1, float(found.net_benefit.max()) * 1.05)


def _x(found: Curves, threshold: float) -> float:
    return WIDE * threshold / float(found.thresholds[-1])


def _y(found: Curves, value: float) -> float:
    top = _top(found)
    return HIGH * (top - max(value, LOW)) / (top - LOW)


def _axes(found: Curves) -> Iterator[str]:
    tenths = range(int(LOW * 10), int(_top(found) * 10) + 1)
    for tenth in tenths:
        y = _y(found, tenth / 10)
        yield f'<line x1="0" x2="{WIDE}" y1="{y:.1f}" y2="{y:.1f}" stroke="#dddddd"/>'
        if tenth % 2 == 0:
            yield f'<text x="-8" y="{y + 4:.1f}" text-anchor="end">{tenth * 10}</text>'
    for percent in range(0, int(100 * found.thresholds[-1]) + 1, 10):
        x = _x(found, percent / 100)
        yield f'<text x="{x:.1f}" y="{HIGH + 18}" text-anchor="middle">{percent}%</text>'
    yield f'<text x="{WIDE / 2}" y="{HIGH + 40}" text-anchor="middle">risk at which both weigh the same</text>'


def _lines(found: Curves) -> Iterator[str]:
    ends: list[float] = []
    for row, name in sorted(enumerate(found.strategies), key=lambda one: -found.net_benefit[one[0], -1]):
        colour, dashes = STYLES[name]
        kept = found.net_benefit[row] >= LOW
        points = " ".join(
            f"{_x(found, float(t)):.1f},{_y(found, float(v)):.1f}"
            for t, v in zip(found.thresholds[kept], found.net_benefit[row][kept], strict=True)
        )
        yield (
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="{dashes or "none"}"/>'
        )
        y = _y(found, float(found.net_benefit[row, -1]))
        y = max(y, ends[-1] + 15) if ends else y  # labels keep off each other
        ends.append(y)
        yield f'<text x="{WIDE + 10}" y="{y + 4:.1f}" fill="{colour}">{NAMES[name]}</text>'
