"""Understands the rows of a table as they stand in a file: columns, never row by row.

A cell that cannot be understood is listed as a problem and counts as not known, in the way that claims least: an event
whose day cannot be read may lie on any day, an end that cannot be read may lie before or after today, a status that
cannot be read makes an event a suspicion. So no slip of the pen ever makes somebody look better than they are.
"""

from __future__ import annotations

import math
from datetime import date
from typing import cast

import polars as pl

from stepdown.knowledge.library import Library
from stepdown.record.folder import PLACE
from stepdown.record.folder_finish import finish
from stepdown.record.folder_life import Lives
from stepdown.record.folder_table import EMPTY, FIRST_DAY, LAST_DAY, Cell, Cells
from stepdown.record.folder_words import CLOSED, NOT_EVENTS, OPEN, STATUS, USUAL, Lookup, translated

NOT_KNOWN = ("unknown", "?")
PAIRS = {name: f"{name}_latest" for name in ("on", "from", "to", "onset", "ended", "birth")}
SINGLE = ("recorded", "died", "compared_on")
ENDS = ("ended", "to")
"""Days that are empty where something goes on, so that one that cannot be read must not become empty."""
PROBLEMS = {"person_id": pl.String(), "table": pl.String(), "_file": pl.Int32(), "_row": pl.Int64(),
            "source": pl.String(), "key": pl.String(), "column": pl.String(), "said": pl.String()}  # fmt: skip
"""Columns of the list of problems; `source` is where an event stands that is no row of a file."""
_COUNTS = ("new_t2", "gd_lesions")
_AMOUNTS = ("interval_weeks", "dose_mg", "hospital_days")
_MEASURES = {"t25fw_s": "t25fw", "nhpt_s": "nhpt", "sdmt": "sdmt"}
_YES, _NO = ("true", "yes", "1", "t"), ("false", "no", "0", "f")
_SHOWN = 60


def understand(
    raw: pl.DataFrame, table: str, library: Library, lives: Lives | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Turn rows as they stand in a file into a table of the record.

    Args:
        raw: columns as in `TABLES` with any type that `open_folder` lets through, `_file` and `_row`.
        table: name of the table.
        library: words, tests and units.
        lives: when people were born and died, so that a day outside their life is not believed.

    Returns:
        The table with its columns and types, and the problems with the columns of `PROBLEMS`.
    """
    cells = Cells(raw, table, library)
    cells.found["person_id"] = cells.text("person_id")
    _days(cells)
    if lives is not None:
        lives.check(cells)
    _numbers(cells)
    _truths(cells)
    _words(cells)
    if "status" in cells.schema:
        _status(cells)
    finish(cells)
    columns = [cells.column(name).cast(dtype).alias(name) for name, dtype in cells.schema.items()]
    whole = pl.DataFrame(columns)
    return whole if cells.kept.all() else whole.filter(cells.kept), _problems(cells)


def _problems(cells: Cells) -> pl.DataFrame:
    parts = [
        cells.raw.filter(rows).select(
            pl.col("person_id").cast(pl.String), pl.lit(cells.table).alias("table"), *PLACE,
            pl.lit(None, dtype=pl.String).alias("source"), pl.lit(key).alias("key"), pl.lit(column).alias("column"),
            (_said(cells.raw, column)).alias("said"),
        ).cast(pl.Schema(PROBLEMS))
        for key, column, rows in cells.flagged
    ]  # fmt: skip
    return pl.concat(parts) if parts else pl.DataFrame(schema=PROBLEMS)


def _said(raw: pl.DataFrame, column: str) -> pl.Expr:
    """What stands in the cell, cut to a length that a line can hold; null where nothing does."""
    if column not in raw.columns or raw.schema[column].is_nested():
        return pl.lit(None, dtype=pl.String)
    said = pl.col(column).cast(pl.String).str.strip_chars()
    return pl.when(~said.is_in(EMPTY)).then(said).str.slice(0, _SHOWN)


def _days(cells: Cells) -> None:
    for name in cells.given(*SINGLE):
        _, last, bad = _bounds(cells.cells[name])
        cells.found[name] = last if name == "died" else last.set(bad, None)  # who died long ago has died all the same
        cells.flag("not-a-date", name, bad)
    for first_name, last_name in PAIRS.items():
        given = cells.given(first_name, last_name)
        if not given:
            continue
        first, last, bad = _bounds(cells.cells[given[0]])
        if given == [last_name]:
            first = pl.Series([None], dtype=pl.Date).new_from_index(0, len(bad))
        elif len(given) == 2:
            _, last, also_bad = _bounds(cells.cells[last_name])
            bad = bad | also_bad
        if first is not last:
            bad = bad | (first > last).fill_null(False)
        if first_name not in ENDS:  # a day such as 9999-12-31 stands for none; believed, nothing happened until then
            bad = bad | (first > LAST_DAY).fill_null(False)
        if first_name == "birth":  # so does the first day of the calendar of many a program
            bad = bad | ((first == FIRST_DAY) & (last == FIRST_DAY)).fill_null(False)
        if bad.any():
            cells.flag("not-a-date", given[0], bad)
            low, high = (FIRST_DAY, LAST_DAY) if first_name in ENDS else (None, None)
            first, last = first.set(bad, low), last.set(bad, high)
        cells.found[first_name], cells.found[last_name] = first, last


def _bounds(cell: Cell) -> tuple[pl.Series, pl.Series, pl.Series]:
    """First and last day that each row may mean, and which cells are no date."""
    if cell.said.dtype in (pl.Date, pl.Datetime):
        first = last = cell.said.dt.date()  # the day on the clock that it was written by
        earliest = cast("date | None", first.min())
        if earliest is None or earliest >= FIRST_DAY:
            return first, last, pl.Series([False]).new_from_index(0, first.len())
    else:
        first, last = _read_days(cell.said.cast(pl.String))
    bad = cell.said.is_not_null() & (first.is_null() | (first < FIRST_DAY).fill_null(False))
    return cell.spread(first), cell.spread(last), cell.spread(bad)


def _read_days(said: pl.Series) -> tuple[pl.Series, pl.Series]:
    """First and last day of dates that are written as a day, a month or a year."""
    text = pl.col("said")
    day = text.str.contains(r"^\d{4}-\d{2}-\d{2}([T ][0-9:.]*(Z|[+-]\d{2}:?\d{2})?)?$")
    month, year = text.str.contains(r"^\d{4}-\d{2}$"), text.str.contains(r"^\d{4}$")

    def parsed(written: pl.Expr) -> pl.Expr:
        return written.str.to_date("%Y-%m-%d", strict=False)

    whole, of_month = parsed(text.str.slice(0, 10)), parsed(text + "-01")
    first = pl.when(day).then(whole).when(month).then(of_month).when(year).then(parsed(text + "-01-01"))
    last = pl.when(day).then(whole).when(month).then(of_month.dt.month_end()).when(year).then(parsed(text + "-12-31"))
    found = pl.DataFrame({"said": said}).select(first=first, last=last)
    return found["first"], found["last"]


def _numbers(cells: Cells) -> None:
    for name, wanted in cells.schema.items():
        if name in cells.cells and wanted.is_numeric() and (cells.table, name) != ("lab", "value"):
            cell = cells.cells[name]
            number, bad = as_number(cell.said)
            bad = bad | ~_plausible(cells, name, number).fill_null(True)
            if bad.any():
                cells.flag("not-a-value", name, cell.spread(bad))
                number = number.set(bad, None)
            cells.found[name] = cell.spread(number)


def as_number(cells: pl.Series) -> tuple[pl.Series, pl.Series]:
    """A column as numbers, and the cells that are none."""
    number = cells.cast(pl.Float64, strict=False)
    bad = cells.is_not_null() & ~number.is_finite().fill_null(False)
    return number.set(bad, None) if bad.any() else number, bad


def _plausible(cells: Cells, name: str, number: pl.Series) -> pl.Series:
    """Whether each number can be true of its column."""
    if name == "edss":
        half = (number * 2) == (number * 2).floor()
        return number.is_between(0, 10) & half & (number != 0.5)
    if name in _COUNTS:
        return (number >= 0) & (number == number.floor())
    if name in _AMOUNTS:
        return number >= 0
    if name in _MEASURES:
        low, high = cells.library.codes["measures"].entries[_MEASURES[name]].plausible or (0.0, math.inf)
        return number.is_between(low, high)
    return number.is_finite()


def _truths(cells: Cells) -> None:
    for name, wanted in cells.schema.items():
        if name in cells.cells and wanted == pl.Boolean:
            cell = cells.cells[name]
            if cell.said.dtype == pl.Boolean:
                cells.found[name] = cell.said
                continue
            said = cell.said.cast(pl.String).str.to_lowercase()
            yes, no = said.is_in(_YES), said.is_in(_NO)
            cells.found[name] = cell.spread(yes.set((~yes & ~no).fill_null(True), None))
            cells.flag("not-a-value", name, cell.spread(~yes & ~no))


def _words(cells: Cells) -> None:
    for name, wanted in cells.schema.items():
        if name in cells.cells and wanted == pl.String and name not in ("person_id", "status"):
            key = (cells.table, name)
            if key in CLOSED:
                _understood(cells, name, CLOSED[key], keep=False)
            elif key in OPEN:
                _understood(cells, name, OPEN[key], keep=True)
            else:
                cells.found[name] = cells.text(name)


def _understood(cells: Cells, name: str, lookup: Lookup, keep: bool) -> None:
    """Understand a column of words; `keep` leaves a word that nobody knows as it is written."""
    cell = cells.cells[name]
    said = cell.said.cast(pl.String)
    said = said.set(said.is_in(NOT_KNOWN).fill_null(False), None)
    means = translated(said, lookup, cells.library, f"{cells.table}.{name}")
    cells.flag("unknown-word", name, cell.spread(said.is_not_null() & means.is_null()))
    cells.meant[name] = Cell(means.zip_with(means.is_not_null(), said) if keep else means, cell.place)
    cells.found[name] = cells.meant[name].rows()


def _status(cells: Cells) -> None:
    """The status of each row: what is no event goes, one that cannot be read is a suspicion."""
    usual = pl.Series([USUAL.get(cells.table, "final")]).new_from_index(0, cells.raw.height)
    if cells.table in ("treatment", "condition") and "ended" in cells.found:
        over = (cells.found["ended_latest"] < LAST_DAY).fill_null(False)
        usual = usual.set(over, "resolved")
    if "status" not in cells.cells:
        cells.found["status"] = usual
        return
    cell = cells.cells["status"]
    said = cell.said.cast(pl.String)
    means = translated(said, STATUS, cells.library, "status")
    bad = said.is_not_null() & means.is_null()
    cells.flag("unknown-word", "status", cell.spread(bad))
    left_out = means.is_in(NOT_EVENTS).fill_null(False)
    if left_out.any():
        cells.keep(cell.spread(~left_out))
    given = cell.spread(means.set(bad, "suspected"))
    cells.found["status"] = given.zip_with(given.is_not_null(), usual) if given.null_count() else given
