"""What each table of a folder is looked at for once its cells have been read: rows that say nothing, or too much."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from stepdown.record.folder_lab import lab_values
from stepdown.record.folder_table import FIRST_DAY, LAST_DAY, Cells


def finish(cells: Cells) -> None:
    """Look at the rows of a table as a whole."""
    if cells.table in _FINISH:
        _FINISH[cells.table](cells)


def _null(cells: Cells, *names: str) -> pl.Series:
    """Rows in which all of some columns of the record are empty."""
    empty = pl.Series([True]).new_from_index(0, cells.raw.height)
    for name in names:
        if name in cells.found:
            empty = empty & cells.found[name].is_null()
    return empty


def _needed(*names: str) -> Callable[[Cells], None]:
    """Rows without one of some columns say nothing; each is listed, unless its cell is a problem already."""

    def finish(cells: Cells) -> None:
        for name in names:
            missing = _null(cells, name)
            told = [rows for _, column, rows in cells.flagged if column == name]
            for rows in told:
                missing = missing & ~rows
            cells.flag("cell-missing", name, missing & cells.kept)
            cells.keep(~_null(cells, name))

    return finish


def _treatment(cells: Cells) -> None:
    """A treatment that does not say with what may be with anything; one that ends before it begins, at any time."""
    nameless = _null(cells, "therapy")
    cells.flag("cell-missing", "therapy", nameless)
    cells.found["therapy"] = cells.column("therapy").fill_null("unknown")
    _order(cells)


def _order(cells: Cells) -> None:
    if "on" not in cells.found or "ended" not in cells.found:
        return
    wrong = (cells.found["on"] > cells.found["ended_latest"]).fill_null(False)
    if not wrong.any():
        return
    cells.flag("ends-before-it-begins", "ended", wrong)
    for name, value in (("on", None), ("on_latest", None), ("ended", FIRST_DAY), ("ended_latest", LAST_DAY)):
        cells.found[name] = cells.found[name].set(wrong, value)


def _condition(cells: Cells) -> None:
    _needed("condition")(cells)
    _order(cells)


def _observed(cells: Cells) -> None:
    """A span is kept only if domain, beginning and end are beyond doubt: it claims that nothing else happened."""
    _needed("domain", "from_latest")(cells)
    doubtful = (cells.found["status"] == "suspected").fill_null(False)
    told = [rows for _, column, rows in cells.flagged if column == "status"]
    cells.flag("not-a-value", "status", doubtful & ~told[0] if told else doubtful)
    cells.keep(~doubtful)
    if "to" in cells.found:
        cells.keep((cells.found["to"] != FIRST_DAY).fill_null(True))


def _course(cells: Cells) -> None:
    """Multiple sclerosis without more leaves the course unknown."""
    if "course" in cells.found:
        cells.found["course"] = cells.found["course"].replace({"ms": None})


def _scan(cells: Cells) -> None:
    """A scan proves quiet back to the one it was compared with, which lies no later than itself.

    Where the day of that one cannot be read, it proves quiet on its own day alone.
    """
    if "compared_on" in cells.found and "on_latest" in cells.found:
        earlier, day = cells.found["compared_on"], cells.found["on_latest"]
        for _, name, rows in cells.flagged:
            if name == "compared_on":
                earlier = day.zip_with(rows, earlier)
        cells.found["compared_on"] = day.zip_with((earlier > day).fill_null(False), earlier)


def _infection(cells: Cells) -> None:
    """What the kind and the days in hospital say of an infection, where the table does not say it."""
    entries, kind = cells.library.codes["infections"].entries, cells.column("kind")
    for name, category in (("opportunistic", "opportunistic"), ("serious", "serious-by-nature")):
        by_nature = kind.is_in([key for key, entry in entries.items() if category in entry.category]).fill_null(False)
        if name == "serious" and "hospital_days" in cells.found:
            by_nature = by_nature | (cells.found["hospital_days"] > 0).fill_null(False)
        said = cells.column(name)
        cells.found[name] = said.set(said.is_null() & by_nature, True)


def _questionnaire(cells: Cells) -> None:
    """A score lies within the span of its instrument."""
    _needed("instrument")(cells)
    if "score" not in cells.found:
        return
    instruments = cells.library.instruments
    names, which = list(instruments), cells.found["instrument"]
    low, high = (
        which.replace_strict(names, [getattr(instruments[name], bound) for name in names], default=None,
                             return_dtype=pl.Float64) for bound in ("low", "high")
    )  # fmt: skip
    score = cells.found["score"]
    outside = ((score < low) | (score > high)).fill_null(False)
    cells.flag("not-a-value", "score", outside)
    cells.keep(~outside)


def _known(cells: Cells) -> None:
    """What is stated directly: a row whose variable, day, bounds or values cannot be read states nothing.

    Without a day it would be a statement of the index date.
    """
    _needed("variable")(cells)
    for column in ("on", "on_latest", "low", "high"):
        for _, name, rows in cells.flagged:
            if name == column:
                cells.keep(~rows)
    if {"low", "high"} <= set(cells.found):
        wrong = (cells.found["low"] > cells.found["high"]).fill_null(False)
        cells.flag("not-a-value", "low", wrong)
        cells.keep(~wrong)
    if "values" in cells.cells:
        values = cells.cells["values"].rows()
        listed = values.str.split("|") if values.dtype == pl.String else values
        library = cells.library
        allowed = {
            f"{name}={value}" for name, variable in library.variables.items() if variable.kind != "number"
            for value in (("true", "false") if variable.kind == "truth" else library.values(name))
        }  # fmt: skip
        pairs = (
            pl.DataFrame({"variable": cells.found["variable"], "values": listed})
            .with_row_index("_at")
            .explode("values")
        )
        strange = pairs.filter(
            pl.col("values").is_not_null() & ~(pl.col("variable") + "=" + pl.col("values")).is_in(sorted(allowed))
        )["_at"].unique()
        bad = pl.select(pl.int_range(cells.raw.height, dtype=pl.UInt32)).to_series().is_in(strange.implode())
        cells.flag("not-a-value", "values", bad)
        cells.keep(~bad)
        cells.found["values"] = listed


def _person(cells: Cells) -> None:
    """Who died before they were born has died all the same: nothing is advised until somebody mends it."""
    if "died" in cells.found and "birth" in cells.found:
        cells.flag("before-birth", "died", cells.found["died"] < cells.found["birth"])


_FINISH: dict[str, Callable[[Cells], None]] = {
    "person": _person,
    "observed": _observed,
    "course": _course,
    "treatment": _treatment,
    "dose": _needed("therapy"),
    "mri": _scan,
    "lab": lab_values,
    "infection": _infection,
    "condition": _condition,
    "allergy": _needed("substance"),
    "lifestyle": _needed("topic"),
    "vaccination": _needed("vaccine"),
    "appointment": _needed("on"),
    "questionnaire": _questionnaire,
    "wish": _needed("topic"),
    "known": _known,
}
"""What is looked at once the cells of a table have been read."""
