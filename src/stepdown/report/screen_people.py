"""Who is on a list, in the order in which a clinic would work it off."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from stepdown.cohort.found import Found
from stepdown.cohort.lists import LISTS, lists
from stepdown.knowledge.library import Library

_NEEDED = ("person_id", "emergency", "flags", "recommendation.kind", "recommendation.reason", "recommendation.review",
           "recommendation.next_dose", "recommendation.until", "stance.continue", "weeks_to_next_dose.low")  # fmt: skip
RANK = "rank"
"""Place in `LISTS` of the most pressing list that a person is on."""


def on_lists(found: Found, library: Library, columns: Sequence[str] = ("person_id",)) -> pl.DataFrame:
    """Everybody who is on a list: the most pressing list first, then the nearest day, then the id.

    Args:
        found: what a screen found.
        library: says which flags are a reason to step down.
        columns: what is kept of the rows, so that it fits in memory however many they are.

    Returns:
        The columns, `RANK`, and for each of `LISTS` whether the person is on it.
    """
    rank = pl.coalesce(*(pl.when(pl.col(name)).then(place) for place, name in enumerate(LISTS))).alias(RANK)
    order = ["recommendation.until", "weeks_to_next_dose.low", "person_id"]
    wanted = [name for name in columns if name not in LISTS]
    kept = list(dict.fromkeys([*wanted, *order]))
    parts = [
        pl.read_ipc(part, columns=list(dict.fromkeys([*_NEEDED, *columns])))
        .with_columns(**lists(library))
        .filter(pl.any_horizontal(LISTS))
        .select(*kept, *LISTS, rank)
        for part in found.parts
    ]
    return pl.concat(parts).sort(RANK, *order, nulls_last=True).select(*wanted, *LISTS, RANK)
