"""What every column of a screen says: its title, kind, unit and meaning, from the dictionary of variables and words."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from stepdown.cohort.rows import SEPARATOR
from stepdown.report import wording
from stepdown.report.screen_words import companion
from stepdown.report.words import Words

_BOUNDS = {"low": "number", "high": "number", "truth": "truth"}
_MANY = 12
"""A category with more values than this names none of them."""


@dataclass(frozen=True)
class Column:
    """One column: what it is called, what kind of cells it has, their unit, what it says, and the words in it."""

    key: str
    title: str
    kind: str
    unit: str
    says: str
    values: str


def columns(schema: pl.Schema, words: Words) -> list[Column]:
    """The columns of a screen explained, in their order."""
    return [_column(name, dtype, words) for name, dtype in schema.items()]


def _column(name: str, dtype: pl.DataType, words: Words) -> Column:
    kind = {pl.Boolean: "truth", pl.Date: "date", pl.String: "text"}.get(dtype.base_type(), "number")
    variable, _, bound = name.rpartition(".")
    if bound in _BOUNDS and variable in words.library.variables:
        return _of_variable(name, variable, bound, words)
    if name in words.library.variables:
        return _of_variable(name, name, "words", words)
    if words.has(f"screen.column.{name}.title"):
        title, says = (words.tell(f"screen.column.{name}.{part}") for part in ("title", "says"))
    else:
        title, says = _pattern(name, words)
    return Column(name, title, words.tell(f"screen.kind.{kind}"), "", says, "")


def _of_variable(name: str, variable: str, bound: str, words: Words) -> Column:
    one = words.library.variables[variable]
    title, meaning = words.prose(one.title), [words.prose(one.meaning)]
    kept = companion(variable, words.library)
    if kept:
        title = words.tell(f"screen.bound.{kept}", title=title)
        meaning.append(words.tell(f"screen.bound.says-{kept}"))
    if bound in ("low", "high"):
        title = words.tell(f"screen.bound.{bound}", title=title)
    meaning.append(words.tell(f"screen.bound.says-{bound}"))
    values = words.library.values(variable) if one.kind == "category" else ()
    named = SEPARATOR.join(values) if len(values) <= _MANY else ""
    unit = wording.unit_name(one.unit, words) if one.unit and one.unit != "1" else ""
    return Column(name, title, words.tell(f"screen.kind.{one.kind}"), unit, " ".join(meaning), named)


def _pattern(name: str, words: Words) -> tuple[str, str]:
    """Title and meaning of a column that is named after a kind, a guideline, a score or a risk."""
    first, _, rest = name.partition(".")
    if first == "stance":
        key, given = "screen.stance-column", {"kind": rest}
    elif first == "guideline":
        guideline, _, part = rest.partition(".")
        key = f"screen.guideline-column.{part or 'concluded'}"
        given = {"guideline": words.tell(f"guidelines/{guideline}.title")}
    elif first == "score":
        score, _, part = rest.partition(".")
        key, given = f"screen.score-column.{part}", {"score": words.tell(f"scores/{score}.title")}
    elif name.startswith(("number.risk.", "number.risk_going_on.")):
        _, which, outcome, years = name.split(".", 3)
        key, given = f"screen.risk-column.{which}", {"outcome": outcome, "years": years.removesuffix("y")}
    else:
        return name, ""
    return words.tell(f"{key}.title", **given), words.tell(f"{key}.says")
