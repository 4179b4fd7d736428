"""Laboratory values of a folder of tables: numbers, limits such as `<0.05`, and answers, in the unit of their test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl

from stepdown.errors import InputError
from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import LabEntry
from stepdown.record.codes import recogniser
from stepdown.record.folder_table import Cell, Cells
from stepdown.record.folder_words import translated
from stepdown.record.units import convert

_LIMIT = r"^(<=?|>=?|≤|≥)\s*([0-9]+(?:\.[0-9]+)?)$"
_BELOW, _ABOVE = ("<", "<=", "≤"), (">", ">=", "≥")
_TRUE = ("true", "yes", "1", "t")


@dataclass(frozen=True)
class _Said:
    """What the column `value` says, for each row.

    Attributes:
        number: a number, limits among them; null where there is none.
        answer: a word that an answer may be.
        given: whether anything stands there.
        below, above: whether it is a limit.
        figure: the number as it is written, for those rows that are asked for.
    """

    number: pl.Series
    answer: Cell
    given: pl.Series
    below: pl.Series
    above: pl.Series
    figure: Callable[[pl.Series], pl.Series]


def lab_values(cells: Cells) -> None:
    """Read the values of laboratory tests.

    A value that cannot be read leaves a result that may be anything; one outside what is plausible is left out.
    """
    library, height = cells.library, cells.raw.height
    entries = library.codes["labs"].entries
    tests = cells.meant.get("test", Cell(pl.Series([None], dtype=pl.String).new_from_index(0, height)))

    def of_test(read: Callable[[LabEntry], Any], dtype: pl.DataType, other: Any = None) -> pl.Series:
        """What the library says of the test of each row."""
        words = tests.said.to_list()
        found = [read(entries[word]) if word in entries else other for word in words]
        return tests.spread(pl.Series(found, dtype=dtype))

    known, coded = of_test(lambda one: True, pl.Boolean(), False), of_test(lambda one: one.coded, pl.Boolean(), False)
    wanted = of_test(lambda one: one.unit, pl.String())
    value = _read(cells)
    answer = _answers(cells, value, coded)
    word = value.answer.spread(value.answer.said.is_not_null())
    if "value_code" in cells.cells:
        word = word | cells.cells["value_code"].rows().is_not_null()
    strange = known & ((word & answer.is_null()) | (value.given & value.number.is_null() & ~word))
    number, foreign = _converted(cells, tests, value, known, wanted)
    for _, column, rows in cells.flagged:
        if column in ("below_limit", "above_limit"):  # it may be a limit or not
            number = number.set(rows, None)
    below, above = value.below | _flag(cells, "below_limit"), value.above | _flag(cells, "above_limit")
    low = of_test(lambda one: one.plausible and one.plausible[0], pl.Float64())
    high = of_test(lambda one: one.plausible and one.plausible[1], pl.Float64())
    limited = below.fill_null(False) | above.fill_null(False)
    implausible = (((number < low) | (number > high)) & ~limited).fill_null(False)
    missing = tests.spread(tests.said.is_null())
    cells.found |= {"value": number, "unit": wanted, "value_code": answer, "below_limit": below, "above_limit": above}
    cells.flag("not-a-value", "value", strange)
    cells.flag("foreign-unit", "unit", foreign)
    cells.flag("implausible-value", "value", implausible)
    cells.flag("cell-missing", "test", missing)
    cells.keep(~(implausible | missing))


def _read(cells: Cells) -> _Said:
    height = cells.raw.height
    no = pl.Series([False]).new_from_index(0, height)
    nothing = pl.Series([None], dtype=pl.String)
    if "value" not in cells.cells:
        empty = nothing.new_from_index(0, height)
        unknown = empty.cast(pl.Boolean)
        return _Said(empty.cast(pl.Float64), Cell(empty), no, unknown, unknown, empty.filter)
    cell = cells.cells["value"]
    if cell.said.dtype.is_numeric():
        number = _possible(cell.said.cast(pl.Float64))
        unknown = pl.Series([None], dtype=pl.Boolean).new_from_index(0, height)
        return _Said(number, Cell(nothing.new_from_index(0, height)), cell.said.is_not_null(), unknown, unknown,
                     lambda rows: cell.said.filter(rows).cast(pl.String))  # fmt: skip
    said = cell.said.cast(pl.String)
    split = said.to_frame("said").select(
        sign=pl.col("said").str.extract(_LIMIT, 1), figure=pl.coalesce(pl.col("said").str.extract(_LIMIT, 2), "said")
    )
    sign, figure = split["sign"], split["figure"]
    number = figure.cast(pl.Float64, strict=False)
    words = figure.set(number.is_not_null(), None)
    return _Said(
        cell.spread(_possible(number)), Cell(words, cell.place), cell.spread(said.is_not_null()),
        cell.spread(sign.is_in(_BELOW)), cell.spread(sign.is_in(_ABOVE)), lambda rows: cell.spread(figure).filter(rows),
    )  # fmt: skip


def _possible(number: pl.Series) -> pl.Series:
    """Numbers that a measurement can be."""
    wrong = ~(number.is_finite() & (number >= 0)).fill_null(True)
    return number.set(wrong, None) if wrong.any() else number


def _answers(cells: Cells, value: _Said, coded: pl.Series) -> pl.Series:
    """The answer of each test that has one: what `value_code` says, else a word in `value`."""
    found = _means(value.answer, cells.library)
    if "value_code" in cells.cells:
        cell = cells.cells["value_code"]
        given = cell.rows().is_not_null()
        found = _means(Cell(cell.said.cast(pl.String), cell.place), cells.library).zip_with(given, found)
    return found.set(~coded, None)


def _means(cell: Cell, library: Library) -> pl.Series:
    return cell.spread(translated(cell.said, _answer, library, "answers"))


def _answer(word: str, library: Library) -> str | None:
    found = recogniser(library).concept("answers", (), word)
    return found.id if found else None


def _flag(cells: Cells, name: str) -> pl.Series:
    if name not in cells.cells:
        return pl.Series([None], dtype=pl.Boolean).new_from_index(0, cells.raw.height)
    cell = cells.cells[name]
    if cell.said.dtype == pl.Boolean:
        return cell.said
    return cell.spread(cell.said.cast(pl.String).str.to_lowercase().is_in(_TRUE))


def _converted(
    cells: Cells, tests: Cell, value: _Said, known: pl.Series, wanted: pl.Series
) -> tuple[pl.Series, pl.Series]:
    """Values in the unit of their test, in decimal, and rows whose unit does not measure it."""
    there = known & value.number.is_not_null()
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, len(known))
    unit = cells.text("unit") if "unit" in cells.cells else nothing
    same = there & unit.eq_missing(wanted)
    other = there & ~same
    number = value.number.set(~same, None)
    if not other.any():
        return number, other
    keys = ["test", "figure", "unit"]
    rows = pl.DataFrame({"test": tests.rows().filter(other), "figure": value.figure(other), "unit": unit.filter(other)})
    distinct = rows.unique().sort(keys)
    converted = [_one(test, figure, unit, cells.library) for test, figure, unit in distinct.iter_rows()]
    distinct = distinct.with_columns(pl.Series("converted", converted, dtype=pl.Float64))
    joined = rows.join(distinct, on=keys, how="left", nulls_equal=True, maintain_order="left")["converted"]
    places = other.arg_true()
    foreign = pl.Series([False]).new_from_index(0, len(known)).scatter(places.filter(joined.is_null()), True)
    return number.scatter(places, joined), foreign


def _one(test: str, figure: str, unit: str | None, library: Library) -> float | None:
    try:
        return convert(figure, unit, test, library)
    except InputError:
        return None
