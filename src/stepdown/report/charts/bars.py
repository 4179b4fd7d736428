"""Risks of all options and outcomes as a dot and its interval, on one common scale: small things look small."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stepdown.report.charts.draw import Sheet, plain, round_up, wrap
from stepdown.report.charts.palette import ACCENT, INK, INK_2, INK_3, MARK, RULE, WASH

NAME, COLUMN, GAP, FONT, SMALL = 190.0, 168.0, 26.0, 13, 12
BAND, DOT = 8, 4.6


@dataclass(frozen=True)
class Band:
    """An interval in people of the denominator, and the words under it."""

    mean: float
    low: float
    high: float
    says: str


@dataclass(frozen=True)
class BarRow:
    """An option: its name, its stance in words, and a band an outcome or why there is none."""

    name: str
    note: str
    bands: tuple[Band | str, ...]
    advised: bool = False


def risk_bars(title: str, unit: str, outcomes: Sequence[tuple[str, str]], rows: Sequence[BarRow]) -> str:
    """Draw options as rows and outcomes as columns.

    Args:
        title: what the picture says.
        unit: what the scale counts, such as `of 100 people in 2 years`.
        outcomes: name and colour of each column.
        rows: the options; the dashed line in each column is the first row, carrying on.
    """
    most = scale(rows)
    width = NAME + len(outcomes) * (COLUMN + GAP)
    sheet = Sheet(title, _described(outcomes, rows, unit), width)
    y = 16.0
    for line in wrap(f"{title} ({unit})", width - 8, FONT + 1, bold=True):
        sheet.text(2, y, line, size=FONT + 1, bold=True)
        y += 18
    y += 8 + 16 * (max(len(wrap(name, COLUMN, FONT, bold=True)) for name, _ in outcomes) - 1)
    for index, (name, _) in enumerate(outcomes):
        x = NAME + index * (COLUMN + GAP)
        head = wrap(name, COLUMN, FONT, bold=True)
        for number, line in enumerate(head):
            sheet.text(x, y - 16 * (len(head) - 1 - number), line, bold=True, size=FONT)
        for tick in (0.0, most / 2, most):
            at = x + COLUMN * tick / most
            place = "start" if tick == 0 else "end" if tick == most else "middle"
            sheet.text(at, y + 18, plain(tick), size=SMALL, colour=INK_3, anchor=place)
    y += 26
    for row in rows:
        y = _row(sheet, row, rows[0], outcomes, most, y)
    return sheet.svg()


def scale(rows: Sequence[BarRow]) -> float:
    """Where the common scale ends: the next round number beyond every interval."""
    return round_up(max([band.high for row in rows for band in row.bands if isinstance(band, Band)] or [1.0]))


def small_band(band: Band, most: float, colour: str, title: str, reference: float | None = None) -> str:
    """One interval by itself, for a cell of a table; `reference` is the risk of carrying on."""
    wide = 132.0
    sheet = Sheet(title, band.says, wide, 20)
    sheet.line(5, 10, wide - 5, 10, RULE)
    if reference is not None:
        at = 5 + BAND / 2 + (wide - 10 - BAND) * min(reference / most, 1)
        sheet.line(at, 1, at, 19, MARK, 1.2, "3 3")
    _band(sheet, band, most, colour, 5, 10, wide - 10)
    return sheet.svg(0)


def _row(
    sheet: Sheet, row: BarRow, reference: BarRow, outcomes: Sequence[tuple[str, str]], most: float, y: float
) -> float:
    names, notes = wrap(row.name, NAME - 16, FONT, bold=True), wrap(row.note, NAME - 16, SMALL)
    cells = [[band.says] if isinstance(band, Band) else [] for band in row.bands]
    reasons = [[] if isinstance(band, Band) else wrap(band, COLUMN, SMALL) for band in row.bands]
    said = [wrap(text[0], COLUMN + GAP - 8, SMALL) if text else [] for text in cells]
    lines = max(len(names) * 1.1 + len(notes), *(1.4 + len(text) for text in said), *(len(text) for text in reasons))
    high = 12 + lines * 15
    if row.advised:
        sheet.box(0, y, sheet.width, high, WASH)
    sheet.line(0, y, sheet.width, y, RULE)
    at = y + 17
    for line in names:
        sheet.text(6, at, line, bold=True, size=FONT)
        at += 16
    for line in notes:
        sheet.text(6, at, line, size=SMALL, colour=ACCENT if row.advised else INK_2)
        at += 15
    for index, (band, (_, colour)) in enumerate(zip(row.bands, outcomes, strict=True)):
        x = NAME + index * (COLUMN + GAP)
        if isinstance(band, Band):
            carry = reference.bands[index]
            if isinstance(carry, Band):
                at = x + BAND / 2 + (COLUMN - BAND) * carry.mean / most
                sheet.line(at, y + 2, at, y + 24, MARK, 1.2, "3 3")
            sheet.line(x, y + 13, x + COLUMN, y + 13, RULE)
            _band(sheet, band, most, colour, x, y + 13, COLUMN)
        for number, line in enumerate(said[index]):
            sheet.text(x, y + 35 + 15 * number, line, size=SMALL, colour=INK if number == 0 else INK_2)
        for number, line in enumerate(reasons[index]):
            sheet.text(x, y + 17 + 15 * number, line, size=SMALL, colour=INK_3)
    sheet.height = max(sheet.height, y + high)
    return y + high


def _band(sheet: Sheet, band: Band, most: float, colour: str, x: float, y: float, wide: float) -> None:
    inner = wide - BAND
    low, mean, high = (x + BAND / 2 + inner * min(value / most, 1) for value in (band.low, band.mean, band.high))
    sheet.path(f"M{low:.1f} {y:.1f}L{max(high, low + 0.1):.1f} {y:.1f}", stroke=colour, width=BAND, opacity=0.32,
               round_ends=True)  # fmt: skip
    sheet.dot(mean, y, DOT, colour)


def _described(outcomes: Sequence[tuple[str, str]], rows: Sequence[BarRow], unit: str) -> str:
    told = []
    for row in rows:
        parts = [f"{name}: {band.says if isinstance(band, Band) else band}"
                 for (name, _), band in zip(outcomes, row.bands, strict=True)]  # fmt: skip
        told.append(f"{row.name} ({row.note}): {'; '.join(parts)}")
    return f"{unit}. " + ". ".join(told)
