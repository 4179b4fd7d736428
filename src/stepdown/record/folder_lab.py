"""Laboratory values of a folder of tables: numbers, limits such as `<0.05`, and answers, in the unit of their test."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from stepdown.errors import InputError
from stepdown.knowledge.library import Library
from stepdown.record.codes import recogniser
from stepdown.record.folder_words import translated
from stepdown.record.units import convert

_LIMIT = r"^(<=?|>=?|≤|≥)\s*([0-9]+(?:\.[0-9]+)?)$"


@dataclass(frozen=True)
class Labs:
    """Columns of the record, what is a problem (key, column, rows), and rows that are left out."""

    columns: dict[str, pl.Series]
    flagged: tuple[tuple[str, str, pl.Series], ...]
    left_out: pl.Series


def lab_values(raw: pl.DataFrame, test: pl.Series | None, library: Library) -> Labs:
    """Read the values of laboratory tests.

    A value that cannot be read leaves a result that may be anything; one outside what is plausible is left out.

    Args:
        raw: the rows, with the columns `value`, `unit`, `value_code`, `below_limit` and `above_limit` where given.
        test: the tests, by the ids of the library.
        library: tests, units and answers.
    """
    height = raw.height
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, height)
    tests = nothing if test is None else test
    value = raw["value"].cast(pl.String) if "value" in raw.columns else nothing
    unit = raw["unit"].cast(pl.String) if "unit" in raw.columns else nothing
    code = raw["value_code"].cast(pl.String) if "value_code" in raw.columns else nothing
    frame = pl.DataFrame({"test": tests, "said": value, "unit": unit, "code": code}).with_columns(
        sign=pl.col("said").str.extract(_LIMIT, 1), limit=pl.col("said").str.extract(_LIMIT, 2)
    )
    frame = frame.with_columns(figure=pl.coalesce("limit", "said"))
    numeric = frame["figure"].cast(pl.Float64, strict=False)
    numeric = pl.select(pl.when(numeric.is_finite() & (numeric >= 0)).then(numeric)).to_series()
    word = pl.select(
        pl.coalesce(
            frame["code"], pl.when(frame["figure"].cast(pl.Float64, strict=False).is_null()).then(frame["said"])
        )
    ).to_series()
    answers = translated(word, _answer, library, "answers")
    answer = word.replace_strict(answers["said"], answers["means"], default=None, return_dtype=pl.String)
    entries = library.codes["labs"].entries
    coded = tests.is_in([name for name, entry in entries.items() if entry.coded]).fill_null(False)
    known = tests.is_in(list(entries)).fill_null(False)
    answer = pl.select(pl.when(coded).then(answer)).to_series()
    strange = known & (
        (word.is_not_null() & answer.is_null()) | (value.is_not_null() & numeric.is_null() & word.is_null())
    )
    number, foreign = _converted(frame, numeric, known, library)
    below = frame["sign"].is_in(["<", "<=", "≤"]) | _flag(raw, "below_limit", height)
    above = frame["sign"].is_in([">", ">=", "≥"]) | _flag(raw, "above_limit", height)
    spans = {name: entry.plausible for name, entry in entries.items() if entry.plausible}
    low, high = (
        tests.replace_strict(list(spans), [span[side] for span in spans.values()], default=None,
                             return_dtype=pl.Float64) for side in (0, 1)
    )  # fmt: skip
    limited = below.fill_null(False) | above.fill_null(False)
    implausible = (((number < low) | (number > high)) & ~limited).fill_null(False)
    columns = {
        "value": number, "unit": tests.replace_strict(list(entries), [one.unit for one in entries.values()],
                                                      default=None, return_dtype=pl.String),
        "value_code": answer, "below_limit": below, "above_limit": above,
    }  # fmt: skip
    missing = tests.is_null()
    flagged = (("not-a-value", "value", strange), ("foreign-unit", "unit", foreign),
               ("implausible-value", "value", implausible), ("cell-missing", "test", missing))  # fmt: skip
    return Labs(columns, flagged, implausible | missing)


def _answer(word: str, library: Library) -> str | None:
    found = recogniser(library).concept("answers", (), word)
    return found.id if found else None


def _flag(raw: pl.DataFrame, name: str, height: int) -> pl.Series:
    if name not in raw.columns:
        return pl.Series([None], dtype=pl.Boolean).new_from_index(0, height)
    return raw[name].cast(pl.String).str.to_lowercase().is_in(["true", "yes", "1", "t"])


def _converted(
    frame: pl.DataFrame, numeric: pl.Series, known: pl.Series, library: Library
) -> tuple[pl.Series, pl.Series]:
    """Values in the unit of their test, in decimal, and rows whose unit does not measure it."""
    entries = library.codes["labs"].entries
    wanted = frame["test"].replace_strict(
        list(entries), [one.unit for one in entries.values()], default=None, return_dtype=pl.String
    )
    there = known & numeric.is_not_null()
    same = there & ((frame["unit"] == wanted).fill_null(False) | (wanted.is_null() & frame["unit"].is_null()))
    other = there & ~same
    if not other.any():
        return pl.select(pl.when(same).then(numeric)).to_series(), pl.Series([False]).new_from_index(0, frame.height)
    keys = ["test", "figure", "unit"]
    distinct = frame.filter(other).select(keys).unique().sort(keys)
    converted = pl.Series(
        "converted",
        [_one(test, figure, unit, library) for test, figure, unit in distinct.iter_rows()],
        dtype=pl.Float64,
    )
    joined = frame.select(keys).join(
        distinct.with_columns(converted), on=keys, how="left", nulls_equal=True, maintain_order="left"
    )["converted"]
    number = pl.select(pl.when(same).then(numeric).when(other).then(joined)).to_series()
    return number, other & joined.is_null()


def _one(test: str, figure: str, unit: str | None, library: Library) -> float | None:
    try:
        return convert(figure, unit, test, library)
    except InputError:
        return None
