"""The truth tables of the criteria language, read from the files beside this one, in the order of the docs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from stepdown.criteria.layout import EITHER, NO, YES, layout
from stepdown.criteria.program import MET, NOT_MET, UNKNOWN, compile_all
from stepdown.criteria.tree import Node
from stepdown.criteria.values import Interval, Possible, Truth, Value, encode
from stepdown.knowledge.library import Library
from stepdown.knowledge.yamlfile import parse

FOLDER = Path(__file__).parent
ORDER = ("numbers", "categories", "truths", "all", "any", "not")
VERDICTS: dict[Truth, str] = {True: "met", False: "not-met", None: "unknown"}


@dataclass(frozen=True)
class Table:
    """One section of the documentation: a heading, a text and its cases."""

    name: str
    title: str
    text: str
    cases: tuple[dict[str, Any], ...]


@cache
def tables() -> tuple[Table, ...]:
    """All truth tables."""
    found = []
    for name in ORDER:
        data = parse((FOLDER / f"{name}.yaml").read_bytes(), name).data
        found.append(Table(name, data["title"], data["text"], tuple(data["cases"])))
    return tuple(found)


def value_of(name: str, given: Any, library: Library) -> Value:
    """A value as a table writes it: a number, `[low, high]`, possible values, a truth, or null for unknown."""
    variable = library.variables[name]
    if variable.kind == "truth":
        assert given is None or isinstance(given, bool)
        return given
    if variable.kind == "category":
        values = library.values(name)
        return Possible(frozenset(values if given is None else given), values)
    if isinstance(given, list):
        return Interval(*given)
    return Interval(given, given)


def frame_of(values: Mapping[str, Value]) -> pl.DataFrame:
    """The values of one person as a state frame."""
    columns: dict[str, pl.Series] = {}
    for name, value in values.items():
        if isinstance(value, Interval):
            for bound in ("low", "high"):
                columns[f"{name}.{bound}"] = pl.Series([getattr(value, bound)], dtype=pl.Float64)
        elif isinstance(value, Possible):
            columns[f"{name}.set"] = pl.Series([encode(value.possible, value.values)], dtype=pl.UInt64)
        else:
            columns[f"{name}.truth"] = pl.Series([value], dtype=pl.Boolean)
    return pl.DataFrame(columns)


def verdicts_of(nodes: Sequence[Node], people: Sequence[Mapping[str, Value]], library: Library) -> list[list[Truth]]:
    """What the program that is compiled for many says of each person; who is not spoken of is unknown."""
    place = layout(library)
    numbers, sets = np.empty((len(place.numbers), 2, len(people))), np.empty((len(place.sets), len(people)), np.uint64)
    numbers[:, 0], numbers[:, 1], sets[:] = -np.inf, np.inf, place.everything[:, None]
    for row, values in enumerate(people):
        for name, value in values.items():
            if isinstance(value, Interval):
                low, high = -np.inf if value.low is None else value.low, np.inf if value.high is None else value.high
                numbers[place.numbers[name], :, row] = low, high
            elif isinstance(value, Possible):
                sets[place.sets[name], row] = encode(value.possible, value.values)
            else:
                sets[place.sets[name], row] = {None: EITHER, True: YES, False: NO}[value]
    truth: dict[int, Truth] = {MET: True, UNKNOWN: None, NOT_MET: False}
    return [[truth[code] for code in row] for row in compile_all(nodes, library).run(numbers, sets).tolist()]
