"""Workbooks that a person works with: filters, a head that stays in sight and on paper, and text that stays text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from stepdown.errors import InputError
from stepdown.report.cells import FORMULA
from stepdown.report.words import Words

ROWS = 1_048_576
"""So many rows a sheet holds, its head among them."""
_LONGEST = 32_767
"""So many letters a cell holds."""
_DAY = "yyyy-mm-dd"
_PAPER_A4, _MARGIN = 9, 0.4
_SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
"""No text is ever taken for a formula, a number or a link, whatever it begins with."""
_BARE = ("plain", "data")
"""Looks that leave no trace on an empty cell."""
STYLES: dict[str, dict[str, Any]] = {
    "head": {"bold": True, "bottom": 1},
    "title": {"bold": True, "font_size": 14},
    "plain": {},
    "bold": {"bold": True},
    "grave": {"bold": True, "bg_color": "#D9D9D9", "top": 1, "bottom": 1},
    "good": {"bg_color": "#E4F1ED"},
    "quiet": {"italic": True},
    "data": {"text_wrap": False},
}
"""How cells look; no colour stands alone, and on a printer without colours weight and shade remain."""


@contextmanager
def workbook(to: Path | BinaryIO, words: Words) -> Iterator[Book]:
    """A workbook that is written row by row, so that memory does not grow with it; into memory where it is no path.

    Raises:
        InputError: it cannot be written.
    """
    import xlsxwriter  # takes time to import, and only this form needs it
    from xlsxwriter.exceptions import XlsxWriterException

    place = {"constant_memory": True, "tmpdir": str(to.parent), "use_zip64": True} if isinstance(to, Path) else {
        "in_memory": True}  # fmt: skip
    book = xlsxwriter.Workbook(str(to) if isinstance(to, Path) else to, {**place, **_SAFE})
    try:
        yield Book(book, words)
        book.close()
    except XlsxWriterException as error:
        raise InputError(f"cannot be written ({error})", str(to), "make room, or choose another file") from None


@dataclass
class Book:
    """A workbook while it is written."""

    book: Any
    words: Words
    formats: dict[tuple[str, ...], Any] = field(default_factory=dict)

    def style(self, name: str, *kinds: str) -> Any:
        """A format by its name: a `day` shows as one, and what is `quoted` stays text even when it is typed anew."""
        if (name, *kinds) not in self.formats:
            more = {"num_format": _DAY} if "day" in kinds else {"quote_prefix": True} if "quoted" in kinds else {}
            wrapped = {"text_wrap": True, "valign": "top"}
            self.formats[name, *kinds] = self.book.add_format({**wrapped, **STYLES[name], **more})
        return self.formats[name, *kinds]

    def sheet(self, name: str, widths: Sequence[int], header: str = "", fit: bool = True) -> Sheet:
        """A new sheet.

        Args:
            name: on its tab.
            widths: of its columns.
            header: stands on top of every printed page.
            fit: whether all columns are printed on the width of one page.
        """
        sheet = self.book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(_PAPER_A4)
        sheet.set_margins(left=_MARGIN, right=_MARGIN)
        sheet.set_header("&L" + header.replace("&", "&&"))
        sheet.set_footer("&L" + self.words.tell("label.foot") + "&R" + self.words.tell("screen.sheet.page"))
        sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{ROWS}"})
        if fit:
            sheet.fit_to_pages(1, 0)
        else:
            sheet.repeat_columns(0)
        for place, width in enumerate(widths):
            sheet.set_column(place, place, width)
        return Sheet(self, sheet)


@dataclass
class Sheet:
    """A sheet while it is written, row after row."""

    book: Book
    sheet: Any
    rows: int = 0

    def row(self, cells: Sequence[object], styles: Sequence[str] | str = "plain") -> None:
        """Write a row: text as text, numbers as numbers, days as days; nothing is an empty cell."""
        for place, cell in enumerate(cells):
            style = styles if isinstance(styles, str) else styles[place]
            if cell is not None or style not in _BARE:
                self._cell(place, cell, style)
        self.rows += 1

    def _cell(self, place: int, cell: object, style: str) -> None:
        write, look = self.sheet, self.book.style
        if isinstance(cell, str):
            quoted = ("quoted",) if cell.startswith(FORMULA) else ()
            write.write_string(self.rows, place, cell[:_LONGEST], look(style, *quoted))
        elif isinstance(cell, bool):
            write.write_boolean(self.rows, place, cell, look(style))
        elif isinstance(cell, (int, float)):
            write.write_number(self.rows, place, cell, look(style))
        elif isinstance(cell, date):
            write.write_datetime(self.rows, place, cell, look(style, "day"))
        else:
            write.write_blank(self.rows, place, None, look(style))


def table_sheet(
    book: Book, name: str, heads: Mapping[str, int], rows: Iterator[tuple[Sequence[object], Sequence[str] | str]],
    header: str = "", fit: bool = True,
) -> None:  # fmt: skip
    """A sheet that is one table: a filter over it, a head and a first column that stay in sight.

    Args:
        book: where it goes.
        name: on its tab.
        heads: titles of its columns, and how wide they are.
        rows: cells, and how they look.
        header: stands on top of every printed page.
        fit: whether all columns are printed on the width of one page.
    """
    sheet = book.sheet(name, list(heads.values()), header, fit)
    sheet.row(list(heads), "head")
    for cells, styles in rows:
        sheet.row(cells, styles)
    sheet.sheet.freeze_panes(1, 1)
    sheet.sheet.repeat_rows(0)
    sheet.sheet.autofilter(0, 0, max(sheet.rows - 1, 1), len(heads) - 1)
