"""Understands the rows of a table as they stand in a file: columns, never row by row.

A cell that cannot be understood is listed as a problem and counts as not known, in the way that claims least: an event
whose day cannot be read may lie on any day, an end that cannot be read may lie before or after today, a status that
cannot be read makes an event a suspicion. So no slip of the pen ever makes somebody look better than they are.
"""

from __future__ import annotations

import math

import polars as pl

from stepdown.knowledge.library import Library
from stepdown.record.dates import EARLIEST_YEAR
from stepdown.record.folder import PLACE
from stepdown.record.folder_finish import finish
from stepdown.record.folder_life import Lives
from stepdown.record.folder_table import FIRST_DAY, LAST_DAY, Cells
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
    columns = [
        (cells.found[name] if name in cells.found else pl.Series(name, [None]).new_from_index(0, raw.height))
        .cast(dtype).alias(name) for name, dtype in cells.schema.items()
    ]  # fmt: skip
    return pl.DataFrame(columns).filter(cells.kept), _problems(cells)


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
    """What stands in the cell, cut to a length that a line can hold."""
    if column not in raw.columns or raw.schema[column].is_nested():
        return pl.lit(None, dtype=pl.String)
    return pl.col(column).cast(pl.String).str.slice(0, _SHOWN)


def _days(cells: Cells) -> None:
    for name in cells.given(*SINGLE):
        _, last, bad = _bounds(cells, name)
        cells.found[name] = last
        cells.flag("not-a-date", name, bad)
    for first_name, last_name in PAIRS.items():
        given = cells.given(first_name, last_name)
        if not given:
            continue
        first, own_last, bad = _bounds(cells, given[0])
        last = own_last
        if given == [last_name]:
            first = pl.Series([None], dtype=pl.Date).new_from_index(0, len(bad))
        elif len(given) == 2:
            _, last, also_bad = _bounds(cells, last_name)
            bad = bad | also_bad
        bad = bad | (first > last).fill_null(False)
        cells.flag("not-a-date", given[0], bad)
        low, high = (FIRST_DAY, LAST_DAY) if first_name in ENDS else (None, None)
        frame = pl.DataFrame({"first": first, "last": last, "bad": bad}).select(
            pl.when("bad").then(pl.lit(low, dtype=pl.Date)).otherwise("first").alias("first"),
            pl.when("bad").then(pl.lit(high, dtype=pl.Date)).otherwise("last").alias("last"),
        )
        cells.found[first_name], cells.found[last_name] = frame["first"], frame["last"]


def _bounds(cells: Cells, name: str) -> tuple[pl.Series, pl.Series, pl.Series]:
    """First and last day that each cell may mean, and which cells are no date."""
    dtype = cells.raw.schema[name]
    if dtype in (pl.Date, pl.Datetime):
        first = last = pl.col(name).cast(pl.Date)
    else:
        text = pl.col(name).cast(pl.String)
        day = text.str.contains(r"^\d{4}-\d{2}-\d{2}([T ][0-9:.]*(Z|[+-]\d{2}:?\d{2})?)?$")
        month, year = text.str.contains(r"^\d{4}-\d{2}$"), text.str.contains(r"^\d{4}$")

        def parsed(written: pl.Expr) -> pl.Expr:
            return written.str.to_date("%Y-%m-%d", strict=False)

        whole, of_month = parsed(text.str.slice(0, 10)), parsed(text + "-01")
        first = pl.when(day).then(whole).when(month).then(of_month).when(year).then(parsed(text + "-01-01"))
        last = (
            pl.when(day).then(whole).when(month).then(of_month.dt.month_end()).when(year).then(parsed(text + "-12-31"))
        )
    told = cells.raw.select(first=first, last=last, given=pl.col(name).is_not_null())
    bad = told["given"] & (told["first"].is_null() | (told["first"].dt.year() < EARLIEST_YEAR).fill_null(True))
    return told["first"], told["last"], bad


def _numbers(cells: Cells) -> None:
    for name, wanted in cells.schema.items():
        if name in cells.raw.columns and wanted.is_numeric() and (cells.table, name) != ("lab", "value"):
            number, bad = as_number(cells.raw[name])
            bad = bad | ~_plausible(cells, name, number).fill_null(True)
            cells.flag("not-a-value", name, bad)
            cells.found[name] = pl.select(pl.when(~bad).then(number)).to_series()


def as_number(cells: pl.Series) -> tuple[pl.Series, pl.Series]:
    """A column as numbers, and the cells that are none."""
    number = cells.cast(pl.Float64, strict=False)
    bad = cells.is_not_null() & (number.is_null() | ~number.is_finite().fill_null(False))
    return pl.select(pl.when(~bad).then(number)).to_series(), bad


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
        if name in cells.raw.columns and wanted == pl.Boolean:
            said = cells.text(name).str.to_lowercase()
            yes, no = said.is_in(_YES), said.is_in(_NO)
            cells.found[name] = pl.select(pl.when(yes).then(True).when(no).then(False)).to_series()
            cells.flag("not-a-value", name, said.is_not_null() & ~yes & ~no)


def _words(cells: Cells) -> None:
    for name, wanted in cells.schema.items():
        if name in cells.raw.columns and wanted == pl.String and name not in ("person_id", "status"):
            key = (cells.table, name)
            if key in CLOSED:
                cells.found[name] = _meaning(cells, name, CLOSED[key], keep=False)
            elif key in OPEN:
                cells.found[name] = _meaning(cells, name, OPEN[key], keep=True)
            else:
                cells.found[name] = cells.text(name)


def _meaning(cells: Cells, name: str, lookup: Lookup, keep: bool) -> pl.Series:
    said = cells.text(name)
    said = pl.select(pl.when(~said.is_in(NOT_KNOWN)).then(said)).to_series()
    words = translated(said, lookup, cells.library, f"{cells.table}.{name}")
    strange = words.filter(pl.col("means").is_null())["said"]
    if strange.len():
        cells.flag("unknown-word", name, said.is_in(strange.implode()))
    if keep:
        words = words.with_columns(pl.coalesce("means", "said").alias("means"))
    return said.replace_strict(words["said"], words["means"], default=None, return_dtype=pl.String)


def _status(cells: Cells) -> None:
    """The status of each row: what is no event goes, one that cannot be read is a suspicion."""
    usual = pl.lit(USUAL.get(cells.table, "final"))
    if cells.table in ("treatment", "condition") and "ended" in cells.found:
        over = cells.found["ended_latest"].is_not_null() & (cells.found["ended_latest"] < LAST_DAY)
        usual = pl.when(over).then(pl.lit("resolved")).otherwise(usual)
    if "status" not in cells.raw.columns:
        cells.found["status"] = pl.select(
            pl.repeat(None, cells.raw.height, dtype=pl.String).fill_null(usual)
        ).to_series()
        return
    said = cells.text("status")
    words = translated(said, STATUS, cells.library, "status")
    means = said.replace_strict(words["said"], words["means"], default=None, return_dtype=pl.String)
    bad = said.is_not_null() & means.is_null()
    cells.flag("unknown-word", "status", bad)
    cells.keep(~means.is_in(NOT_EVENTS).fill_null(False))
    cells.found["status"] = pl.select(
        pl.when(bad).then(pl.lit("suspected")).when(means.is_not_null()).then(means).otherwise(usual)
    ).to_series()
