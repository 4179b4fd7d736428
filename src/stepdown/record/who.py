"""Whose rows are whose: ids found among those of everybody."""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt
import polars as pl

NOBODY = -1


def who(ids: pl.Series, people: pl.Series) -> npt.NDArray[np.int64]:
    """The place of each id among those of some people, `NOBODY` where it is not there.

    Rows of a person that stand together are looked up once, and only among the people between the first and the last
    of them, so that rows in the order of people cost little.

    Args:
        ids: ids as they come, null among them.
        people: ids, each once, sorted.
    """
    if not ids.len():
        return np.zeros(0, dtype=np.int64)
    begins = ids.ne_missing(ids.shift(1)).to_numpy().copy()
    begins[0] = True
    heads = np.flatnonzero(begins)
    named = ids.gather(heads)
    low, high = cast("str | None", named.min()), cast("str | None", named.max())
    begin, end = people.search_sorted(low), people.search_sorted(high, side="right")
    near = people[begin:end].to_frame("id").with_columns(_place=pl.int_range(begin, end, dtype=pl.Int64))
    found = named.to_frame("id").join(near, on="id", how="left", maintain_order="left")["_place"]
    return np.repeat(found.fill_null(NOBODY).to_numpy(), np.diff(np.append(heads, ids.len())))
