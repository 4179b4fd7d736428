"""State variables that the record states directly, laid over what the events say.

Where both overlap, what is possible under both stands. Where they do not, the range that holds both stands and a
problem says so. Nothing that was stated is dropped in silence.
"""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from stepdown.criteria.values import decode, encode
from stepdown.errors import Problem
from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import Variable
from stepdown.state.arrays import Flags, Floats, Index
from stepdown.state.events import Events
from stepdown.state.implications import ORDER, WINDOWS, Bounds, narrow
from stepdown.state.stated import Stated, Told, read_stated
from stepdown.state.words import matches, missing

Columns = dict[str, pl.Series]

_FOLLOWING = tuple(
    dict.fromkeys(
        [name for pair in ORDER for name in pair]
        + [name for years, count, _ in WINDOWS for name in (years, count)]
        + ["never_relapsed", "recurrent_infections", "jcv_positive", "jcv_index", "jcv_index_last"]
    )
)


def lay_over(events: Events, columns: Columns) -> tuple[Columns, list[Problem]]:
    """Lay the table `known` over the columns of the state.

    Args:
        events: the events, with the table `known`.
        columns: every column of the state, by name, in the order of `events.people`.

    Returns:
        The columns, and what was stated but could not be used, or contradicts the events.
    """
    if events["known"].is_empty():
        return columns, []
    told, columns = Told(events), dict(columns)
    names = told.frame["variable"]
    given = set(names.unique().to_list()) - {None}
    touched: list[Index] = []
    # what is stated of a companion stands over what follows from the value it goes with
    for name in sorted(given, key=lambda name: (name.endswith(("_last", "_last_months")), name)):
        rows = np.flatnonzero(matches(names, (name,)))
        if name in events.library.variables:
            stated = read_stated(told, events.library.variables[name], rows)
            _apply(told, columns, stated, given)
            touched.append(stated.person)
        else:
            for row in rows.tolist():
                told.row("known-variable", row, variable=name)
    for row in np.flatnonzero(missing(names)).tolist():
        told.row("known-variable", row, variable="")
    _follow(told, columns, np.unique(np.concatenate([np.zeros(0, np.int64), *touched])), given)
    return columns, told.problems


def _apply(told: Told, columns: Columns, stated: Stated, given: set[str]) -> None:
    name, library = stated.variable.id, told.events.library
    if not stated.rows.size:
        return
    if stated.variable.kind == "number":
        _apply_number(told, columns, stated)
    else:
        _apply_bits(told, columns, stated)
    _add_sources(told, columns, name, stated)
    if stated.variable.freshness is None:
        return
    people = np.unique(stated.person)
    for column in library_columns(library.variables[f"{name}_last"]):
        if f"{name}_last" not in given:
            _copy(columns, column.replace(f"{name}_last.", f"{name}."), column, people)
    if f"{name}_last_months" not in given:
        for bound, months in zip(("low", "high"), stated.months, strict=True):
            column = f"{name}_last_months.{bound}"
            values = columns[column].to_numpy(writable=True)
            best = np.full(values.size, np.inf)
            np.minimum.at(best, stated.person, months)
            values[people] = best[people]
            columns[column] = pl.Series(column, values, nan_to_null=True)
    for companion in (f"{name}_last", f"{name}_last_months"):
        _add_sources(told, columns, companion, stated)


def library_columns(variable: Variable) -> tuple[str, ...]:
    """The columns of a variable, without its sources."""
    parts = {"number": ("low", "high"), "category": ("set",), "truth": ("truth",)}[variable.kind]
    return tuple(f"{variable.id}.{part}" for part in parts)


def _copy(columns: Columns, source: str, target: str, people: Index) -> None:
    mine = np.zeros(columns[target].len(), np.bool_)
    mine[people] = True
    columns[target] = columns[target].zip_with(pl.Series(~mine), columns[source].alias(target))


def _apply_number(told: Told, columns: Columns, stated: Stated) -> None:
    name = stated.variable.id
    found_low, found_high = _numbers(columns, name)
    size = found_low.size
    low, high = np.full(size, -np.inf), np.full(size, np.inf)
    np.maximum.at(low, stated.person, stated.low)
    np.minimum.at(high, stated.person, stated.high)
    # statements that contradict each other stand as one range before they meet what was found
    least, most = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(least, stated.person, stated.low)
    np.maximum.at(most, stated.person, stated.high)
    torn = low > high
    low, high = np.where(torn, least, low), np.where(torn, most, high)
    both = np.maximum(low, found_low), np.minimum(high, found_high)
    apart = both[0] > both[1]
    new_low = np.where(apart, np.minimum(low, found_low), both[0])
    new_high = np.where(apart, np.maximum(high, found_high), both[1])
    clash = torn | apart
    for index in np.flatnonzero(np.isin(stated.person, np.flatnonzero(clash))).tolist():
        person = stated.person[index]
        said = _span(stated.low[index], stated.high[index])
        told.clash(name, int(stated.rows[index]), said, _span(found_low[person], found_high[person]))
    _put_numbers(columns, name, new_low, new_high)


def _apply_bits(told: Told, columns: Columns, stated: Stated) -> None:
    name = stated.variable.id
    truth = stated.variable.kind == "truth"
    column = f"{name}.{'truth' if truth else 'set'}"
    found = _truth_bits(columns[column]) if truth else columns[column].to_numpy().astype(np.int64)
    agreed, either = np.full(found.size, -1, np.int64), np.zeros(found.size, np.int64)
    np.bitwise_and.at(agreed, stated.person, stated.bits)
    np.bitwise_or.at(either, stated.person, stated.bits)
    torn = agreed == 0
    said = np.where(torn, either, agreed)
    apart = (found & said) == 0
    clash = torn | apart
    values = ("yes", "no") if truth else told.events.library.values(name)
    for index in np.flatnonzero(clash[stated.person]).tolist():
        told.clash(
            name,
            int(stated.rows[index]),
            _words(int(stated.bits[index]), values),
            _words(int(found[stated.person[index]]), values),
        )
    bits = np.where(apart, found | said, found & said)
    if truth:
        columns[column] = pl.Series(
            column, np.select([bits == 1, bits == 2], [1.0, 0.0], np.nan), nan_to_null=True
        ).cast(pl.Boolean)
    else:
        columns[column] = pl.Series(column, bits.astype(np.uint64))


def _truth_bits(truth: pl.Series) -> Index:
    known = truth.cast(pl.Float64).to_numpy()
    bits: Index = np.select([known == 1.0, known == 0.0], [1, 2], 3).astype(np.int64)
    return bits


def _words(bits: int, values: tuple[str, ...]) -> str:
    return ", ".join(value for value in values if value in decode(bits, values))


def _span(low: float, high: float) -> str:
    shown = [f"{bound:.4g}" if math.isfinite(bound) else "" for bound in (low, high)]
    return shown[0] if low == high else f"{shown[0]}..{shown[1]}"


def _numbers(columns: Columns, name: str) -> tuple[Floats, Floats]:
    low, high = (columns[f"{name}.{bound}"].to_numpy() for bound in ("low", "high"))
    return np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high)


def _put_numbers(columns: Columns, name: str, low: Floats, high: Floats) -> None:
    for bound, values in (("low", low), ("high", high)):
        column = f"{name}.{bound}"
        columns[column] = pl.Series(column, np.where(np.isinf(values), np.nan, values), nan_to_null=True)


def _add_sources(told: Told, columns: Columns, name: str, stated: Stated) -> None:
    column = f"{name}.from"
    if column not in columns:
        return
    lists = columns[column].to_list()
    sources = told.frame["source"].gather(stated.rows).to_list()
    for person, source in zip(stated.person.tolist(), sources, strict=True):
        lists[person] = sorted({*(lists[person] or []), *([source] if source else [])})
    columns[column] = pl.Series(column, lists, dtype=pl.List(pl.String))


def _follow(told: Told, columns: Columns, people: Index, given: set[str]) -> None:
    """Let what was stated narrow what plainly follows from it, for the people of whom something was stated."""
    if not people.size:
        return
    library, ids = told.events.library, told.events.people["person_id"]
    if given & {"therapy", "therapy_class"}:
        follow_drug(columns, library, people)
    if not given & set(_FOLLOWING):
        return
    bounds: Bounds = {}
    for name in _FOLLOWING:
        if name in library.variables:
            low, high = _truths(columns, name) if f"{name}.truth" in columns else _numbers(columns, name)
            bounds[name] = low[people], high[people]

    def clash(name: str, where: Flags) -> None:
        told.problems.extend(
            Problem("", "known-contradicts", {"variable": name, "stated": "", "found": ""}, person)
            for person in ids.gather(people[where]).to_list()
        )

    settled = {name: np.isin(people, list(mine)) for name, mine in told.clashes.items()}
    for name in narrow(bounds, library, settled, clash):
        if f"{name}.truth" in columns:
            whole = columns[f"{name}.truth"].cast(pl.Float64).to_numpy(writable=True)
            low, high = bounds[name]
            whole[people] = np.where(low == high, low, np.nan)
            columns[f"{name}.truth"] = pl.Series(f"{name}.truth", whole, nan_to_null=True).cast(pl.Boolean)
        else:
            all_low, all_high = _numbers(columns, name)
            all_low[people], all_high[people] = bounds[name]
            _put_numbers(columns, name, all_low, all_high)


def _truths(columns: Columns, name: str) -> tuple[Floats, Floats]:
    known = columns[f"{name}.truth"].cast(pl.Float64).to_numpy()
    return np.where(np.isnan(known), 0.0, known), np.where(np.isnan(known), 1.0, known)


def follow_drug(columns: Columns, library: Library, people: Index) -> None:
    """The class follows from the drug, and the efficacy from the class."""
    class_of: dict[str, str] = {name: drug.class_ for name, drug in library.therapies.items()}
    efficacy_of: dict[str, str] = {name: class_.efficacy for name, class_ in library.classes.items()}
    for source, target, means in (
        ("therapy", "therapy_class", class_of),
        ("therapy_class", "efficacy", efficacy_of),
    ):
        values, wanted = library.values(source), library.values(target)
        given = columns[f"{source}.set"].to_numpy()[people].astype(np.int64)
        possible = np.zeros(people.size, np.int64)
        for place, value in enumerate(values):
            certain = "none" if value == "none" else means.get(value)
            implied = encode({certain} if certain else set(wanted) - {"none"}, wanted)
            possible |= np.where((given >> place) & 1 == 1, implied, 0)
        column = f"{target}.set"
        bits = columns[column].to_numpy(writable=True)
        both = bits[people].astype(np.int64) & possible
        bits[people] = np.where(both == 0, bits[people].astype(np.int64), both).astype(np.uint64)
        columns[column] = pl.Series(column, bits)
