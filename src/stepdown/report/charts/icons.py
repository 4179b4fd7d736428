"""Icon arrays: so many of 100 or of 1000, with the range that the interval leaves open.

Three looks beside the rest: filled up to the low end of the interval, half as strong to the best estimate, outlined to
the high end. Who is counted is drawn from the first place on, row by row, so that arrays can be compared by eye.
"""

from __future__ import annotations

from dataclasses import dataclass

from stepdown.report.charts.draw import Sheet, text_width, wrap
from stepdown.report.charts.palette import INK, INK_2, MARK, RULE, SHEET

CELL = {100: 15.0, 1000: 5.05}
COLUMNS = {100: 10, 1000: 40}
FONT, SMALL = 13.5, 12.5
WIDTH = 206.0
HEADING = 2
"""Lines that are kept for a title, so that arrays side by side begin at one height."""


@dataclass(frozen=True)
class IconArray:
    """One array.

    Attributes:
        title: whom and what it shows.
        low, mean, high: people of `of`; a part of a person counts as nobody.
        of: 100 or 1000.
        says: the numbers in words, both sides, the range and the certainty, one line each.
        colour: colour of the outcome.
    """

    title: str
    low: int
    mean: int
    high: int
    of: int
    says: tuple[str, ...]
    colour: str


def icon_array(found: IconArray) -> str:
    """Draw an icon array with its words below it."""
    sheet = Sheet(found.title, " ".join(found.says), WIDTH)
    y = 16.0
    heading = wrap(found.title, WIDTH - 4, FONT, bold=True)
    y += 18 * max(0, HEADING - len(heading))
    for line in heading:
        sheet.text(2, y, line, size=FONT, bold=True)
        y += 18
    cell, columns = CELL[found.of], COLUMNS[found.of]
    shapes: dict[int, list[str]] = {look: [] for look in range(4)}
    for place in range(found.of):
        look = 0 if place < found.low else 1 if place < found.mean else 2 if place < found.high else 3
        x, top = 2 + place % columns * cell, y - 6 + place // columns * cell
        shapes[look].append(_person(x, top, cell) if found.of == min(CELL) else _square(x, top, cell))
    line_width = 1.1 if found.of == min(CELL) else 0.7
    _put(sheet, shapes[3], fill=RULE)
    _put(sheet, shapes[2], fill=SHEET, stroke=found.colour, width=line_width)
    _put(sheet, shapes[1], fill=found.colour, opacity=0.5)
    _put(sheet, shapes[0], fill=found.colour)
    y += -6 + found.of / columns * cell + 18
    for index, words in enumerate(found.says):
        for line in wrap(words, WIDTH - 4, SMALL, bold=index == 0):
            sheet.text(2, y, line, size=SMALL, bold=index == 0, colour=INK if index == 0 else INK_2)
            y += 17
    return sheet.svg()


def legend(found: tuple[str, str, str, str], colour: str = MARK, width: float = 620.0) -> str:
    """What the four looks mean: surely counted, best estimate, could also be, not."""
    sheet, x, y = Sheet("; ".join(found), "; ".join(found), width), 2.0, 18.0
    looks = ({"fill": colour}, {"fill": colour, "opacity": 0.5}, {"fill": SHEET, "stroke": colour, "width": 1.1},
             {"fill": RULE})  # fmt: skip
    for words, look in zip(found, looks, strict=True):
        needed = 22 + text_width(words, SMALL) + 20
        if x > 2 and x + needed > width:
            x, y = 2.0, y + 22
        _put(sheet, [_person(x, y - 12, min(CELL.values()) * 2.3)], **look)  # type: ignore[arg-type]
        sheet.text(x + 20, y, words, size=SMALL, colour=INK_2)
        x += needed
    return sheet.svg()


def _put(sheet: Sheet, shapes: list[str], fill: str, stroke: str = "", width: float = 1, opacity: float = 1) -> None:
    if shapes:
        sheet.path("".join(shapes), fill=fill, stroke=stroke, width=width, opacity=opacity)


def _person(x: float, y: float, cell: float) -> str:
    """A head and shoulders in a cell."""
    u, middle = cell / 15, x + cell / 2
    r = 2.7 * u
    head = (
        f"M{middle - r:.1f} {y + 4 * u:.1f}a{r:.1f} {r:.1f} 0 1 0 {2 * r:.1f} 0a{r:.1f} {r:.1f} 0 1 0 {-2 * r:.1f} 0z"
    )
    wide, top = 4.9 * u, y + 13.2 * u
    body = f"M{middle - wide:.1f} {top:.1f}c0 {-7.4 * u:.1f} {2 * wide:.1f} {-7.4 * u:.1f} {2 * wide:.1f} 0z"
    return head + body


def _square(x: float, y: float, cell: float) -> str:
    side = cell * 0.74
    return f"M{x:.1f} {y:.1f}h{side:.1f}v{side:.1f}h{-side:.1f}z"


__all__ = ["IconArray", "icon_array", "legend"]
