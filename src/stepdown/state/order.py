"""Puts the rows of a table into a total order: by person, date and content, whatever order they came in.

A few rows are ordered in Python and many as whole numbers; the answers are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stepdown.state.words import FEW

Index = NDArray[np.int64]

_FIRST = ("person_id", "on", "on_latest")
_LAST = ("source", "recorded", "certain")
_WIDEST = 2**62
_SOME = 10 * FEW
"""Texts that are sorted faster in Python than in a frame."""


def packed(parts: Sequence[Index]) -> Index:
    """One number for several that sorts as they do, the first of them first; all parts are of one size."""
    key = np.zeros(parts[0].size, np.int64)
    if not key.size:
        return key
    for part in parts:
        low = part.min()
        width = int(part.max() - low) + 1
        if int(key.max()) >= _WIDEST // width:
            key = np.unique(key, return_inverse=True)[1].astype(np.int64)
        key = key * width + (part - low)
    return key


def in_order(*keys: NDArray[Any]) -> Index:
    """The rows that put whole numbers (or flags) into order, by the first key first; what is alike stays as it is."""
    key = packed([part.astype(np.int64, copy=False) for part in keys])
    return np.arange(key.size) if (key[1:] >= key[:-1]).all() else np.argsort(key, kind="stable")


def places(ids: pl.Series, people: pl.Series) -> tuple[Index, NDArray[np.bool_]]:
    """For each id its row among the sorted people, and whether it stands there at all (its row means nothing if not).

    Rows of one person mostly stand together, so that only the first of each run is looked up.
    """
    if people.len() == 1:
        return np.zeros(ids.len(), np.int64), (ids == people[0]).to_numpy()
    begins = np.append(True, (ids[1:] != ids[:-1]).to_numpy())[: ids.len()]
    run, heads = np.cumsum(begins) - 1, ids.filter(pl.Series(begins))
    if (heads[1:] > heads[:-1]).all():
        row = np.flatnonzero(people.is_in(heads.implode()).to_numpy())
        if row.size == heads.len():
            return row[run], np.ones(run.size, np.bool_)
    row = people.search_sorted(heads).to_numpy().astype(np.int64)
    known = (people.extend_constant(None, 1).gather(row) == heads).fill_null(False).to_numpy()
    return row[run], known[run]


def ordered(frame: pl.DataFrame, place: Index) -> tuple[pl.DataFrame, Index]:
    """Sort by person, date and content, and keep one of several rows that say the same (a certain one first).

    Args:
        frame: the rows of a table.
        place: for each row the place of its person among the sorted people.

    Returns:
        The rows in order, and their places.
    """
    if frame.height < 2:
        return frame, place
    content = [name for name in frame.columns if name not in (*_FIRST, *_LAST)]
    rows = (_few if frame.height <= FEW else _many)(frame, content, place)
    if not (rows[1:] > rows[:-1]).all():
        return frame[rows], place[rows]
    if rows.size == frame.height:
        return frame, place
    kept = np.zeros(frame.height, np.bool_)
    kept[rows] = True
    return frame.filter(pl.Series(kept)), place[rows]


def _few(frame: pl.DataFrame, content: Sequence[str], place: Index) -> Index:
    """The rows to keep, in order, of a few; without the cost of frames."""
    columns = [place.tolist(), *(frame[name].to_list() for name in ("on", "on_latest", *content))]
    source, recorded = frame["source"].to_list(), frame["recorded"].to_list()
    unsure = [not sure for sure in frame["certain"].to_list()] if "certain" in frame.columns else [False] * frame.height
    keys = [
        tuple((value is not None, "\n".join(value) if isinstance(value, list) else value) for value in row)
        for row in zip(*columns, strict=True)
    ]
    last = [(unsure[row], source[row] or "", recorded[row] or date.min) for row in range(frame.height)]
    order = sorted(range(frame.height), key=lambda row: (keys[row], last[row]))
    return np.array([row for at, row in enumerate(order) if at == 0 or keys[row] != keys[order[at - 1]]], np.int64)


def _many(frame: pl.DataFrame, content: Sequence[str], place: Index) -> Index:
    """The same for many: first by person and date, then column by column what is still alike."""
    dates = ("on",) if frame["on"].equals(frame["on_latest"]) else ("on", "on_latest")
    key = packed([place, *(_ranks(frame[name]) for name in dates)])
    order = in_order(key)
    key = key[order]
    at = _alike(key)
    group = key[at]
    for name in content:
        at, group = _refined(order, at, group, [_ranks(frame[name][order[at]])])
        alike = _alike(group)
        at, group = at[alike], group[alike]
    if not at.size:
        return order
    sure = frame["certain"][order[at]].to_numpy() if "certain" in frame.columns else np.ones(at.size, np.bool_)
    rest = [_ranks(frame[name][order[at]]) for name in ("source", "recorded")]
    _refined(order, at, group, [(~sure).astype(np.int64), *rest])
    kept = np.ones(order.size, np.bool_)
    kept[at[1:][group[1:] == group[:-1]]] = False
    return order[kept]


def _refined(order: Index, at: Index, group: Index, ranks: list[Index]) -> tuple[Index, Index]:
    """Sort the rows of each group, which stand together, by ranks; changes `order` at those places.

    Returns:
        The places, and for each a number that is the same where group and ranks are.
    """
    if not at.size:
        return at, group
    key = packed([group, *ranks])
    if not (key[1:] >= key[:-1]).all():
        new = np.argsort(key, kind="stable")
        order[at], key = order[at][new], key[new]
    return at, key


def _alike(key: Index) -> Index:
    """Places of the sorted keys that stand there more than once."""
    same = key[1:] == key[:-1]
    return np.flatnonzero(np.append(same, False) | np.append(False, same)) if same.any() else np.zeros(0, np.int64)


def _ranks(values: pl.Series) -> Index:
    """Whole numbers that sort as the values do, a null before all others."""
    nulls = values.null_count()
    if nulls == values.len():
        return np.zeros(nulls, np.int64)
    if values.dtype == pl.List(pl.String):
        values = values.list.join("\n")
    if values.dtype == pl.String:
        return _text_ranks(values)
    if values.dtype.is_float():
        rank = np.unique(values.to_numpy(), return_inverse=True)[1].astype(np.int64)
        rank[values.is_null().to_numpy()] = -1
        return rank
    number = values.cast(pl.Int64)
    return (number.fill_null(number.min() - 1) if nulls else number).to_numpy()  # type: ignore[operator]


def _text_ranks(texts: pl.Series) -> Index:
    if texts.len() > _SOME:
        rank = texts.cast(pl.Enum(texts.unique().drop_nulls().sort())).to_physical().cast(pl.Int64)
        return rank.fill_null(-1).to_numpy()
    given = texts.to_list()
    ranks: dict[str | None, int] = {text: at for at, text in enumerate(sorted({*given} - {None}))}
    return np.array([ranks.get(text, -1) for text in given], np.int64)
