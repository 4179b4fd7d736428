"""A sheet to draw on: shapes and text with known widths, a title and a description for who cannot see it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from stepdown.report.charts.palette import INK, SHEET, css_class

FAMILY = "sans-serif"
SIZE = 13

_REGULAR = (
    32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 34, 34,
    84, 84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79, 60, 79, 69, 63, 61, 73, 68, 99,
    69, 61, 69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35, 63, 63, 28, 28, 58, 28, 97, 63, 61, 63, 63, 41, 52,
    39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84,
)  # fmt: skip
"""Widths of the characters from space to tilde in hundredths of the size, in DejaVu Sans: the widest of the faces that
stand in for `sans-serif`, so that a text which fits in it fits in all."""
_OTHER, _BOLD = 84, 1.12


def text_width(text: str, size: float = SIZE, bold: bool = False) -> float:
    """Width that a text needs at most."""
    units = sum(_REGULAR[ord(c) - 32] if " " <= c <= "~" else _OTHER for c in text)
    return units * size / 100 * (_BOLD if bold else 1.0)


def wrap(text: str, width: float, size: float = SIZE, bold: bool = False) -> list[str]:
    """A text in lines that fit; a word that is longer than a line is cut."""
    lines: list[str] = []
    for word in text.split():
        for piece in _pieces(word, width, size, bold):
            if lines and text_width(f"{lines[-1]} {piece}", size, bold) <= width:
                lines[-1] += f" {piece}"
            else:
                lines.append(piece)
    return lines or [""]


def _pieces(word: str, width: float, size: float, bold: bool) -> Iterator[str]:
    piece = ""
    for letter in word:
        if piece and text_width(piece + letter, size, bold) > width:
            yield piece
            piece = ""
        piece += letter
    yield piece


@dataclass
class Sheet:
    """A drawing that grows as marks are put on it; `svg` closes it.

    Attributes:
        title: its message, for a screen reader and as its name.
        description: the same as text: every number that it shows.
        width: width of the view box; text that would leave it is a fault of the chart.
    """

    title: str
    description: str
    width: float
    height: float = 0
    parts: list[str] = field(default_factory=list)

    def text(
        self, x: float, y: float, text: str, *, anchor: str = "start", size: float = SIZE, bold: bool = False,
        colour: str = INK,
        fixed: bool = False,
    ) -> None:  # fmt: skip
        """A line of text; `y` is its base line. `fixed` on a fill that a dark page does not exchange."""
        weight = ' font-weight="600"' if bold else ""
        place = "" if anchor == "start" else f' text-anchor="{anchor}"'
        kind = f' fill="{colour}"' + ("" if fixed else f' class="f{css_class(colour)}"')
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}"{weight}{place}{kind}>'
                          f"{escape(text)}</text>")  # fmt: skip
        self.height = max(self.height, y + size * 0.4)

    def line(self, x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1, dash: str = "") -> None:
        """A line."""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
            f'stroke-width="{width:g}"{dashes} class="s{css_class(colour)}"/>'
        )

    def path(
        self, d: str, *, fill: str = "", stroke: str = "", width: float = 1, dash: str = "", opacity: float = 1,
        round_ends: bool = False,
    ) -> None:  # fmt: skip
        """A path, filled or drawn."""
        kind = ([f"f{css_class(fill)}"] if fill else []) + ([f"s{css_class(stroke)}"] if stroke else [])
        drawn = f' fill="{fill or "none"}" class="{" ".join(kind)}"'
        if stroke:
            drawn += f' stroke="{stroke}" stroke-width="{width:g}"'
        drawn += f' stroke-dasharray="{dash}"' if dash else ""
        drawn += f' opacity="{opacity:g}"' if opacity < 1 else ""
        drawn += ' stroke-linecap="round"' if round_ends else ""
        self.parts.append(f'<path d="{d}"{drawn}/>')

    def box(
        self, x: float, y: float, wide: float, high: float, fill: str, stroke: str = "", opacity: float = 1
    ) -> None:
        """A rectangle."""
        self.path(f"M{x:.1f} {y:.1f}h{wide:.1f}v{high:.1f}h{-wide:.1f}z", fill=fill, stroke=stroke, opacity=opacity)
        self.height = max(self.height, y + high)

    def dot(self, x: float, y: float, radius: float, fill: str, stroke: str = "", width: float = 1.5) -> None:
        """A disc."""
        edge = f' stroke="{stroke}" stroke-width="{width:g}"' if stroke else ""
        kind = f"f{css_class(fill)}" + (f" s{css_class(stroke)}" if stroke else "")
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{fill}" class="{kind}"{edge}/>')

    def svg(self, margin: float = 4) -> str:
        """The whole picture, on white; a page that has a ground of its own takes the class `ground` away."""
        width, height = f"{self.width:g}", f"{self.height + margin:g}"
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
            f'height="{height}" role="img" aria-label={quoteattr(self.title)} font-family="{FAMILY}">'
        )
        named = [
            f"<title>{escape(self.title)}</title>",
            f"<desc>{escape(self.description)}</desc>",
            f'<rect width="{width}" height="{height}" fill="{SHEET}" class="ground"/>',
        ]
        return "\n".join([head, *named, *self.parts, "</svg>", ""])


def round_up(value: float) -> float:
    """The next round number for the end of a scale: 1, 2, 3, 4, 5, 6, 8 or 10 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 3, 4, 5, 6, 8, 10) if step * power >= value * (1 - 1e-9))


def plain(value: float) -> str:
    """A number on an axis, in two significant figures where it has decimals and in no power of ten."""
    if value >= 10 or value == 0:
        return f"{value:.0f}"
    return f"{value:.{max(1, 1 - math.floor(math.log10(value)))}f}".rstrip("0").rstrip(".")


__all__ = ["FAMILY", "SHEET", "SIZE", "Sheet", "plain", "round_up", "text_width", "wrap"]
