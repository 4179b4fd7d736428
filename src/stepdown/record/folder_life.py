"""Days of a folder that lie before the birth of the person, or after the death: listed, and not believed."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from stepdown.record.folder_table import FIRST_DAY, LAST_DAY, Cells

_EVENT = ("on", "onset")
"""Days without which an event may lie at any time."""


@dataclass(frozen=True)
class Lives:
    """When people were born and died.

    Attributes:
        bounds: one row a person: `person_id`, `born` (earliest day of birth) and `died`; null where it is not known.
    """

    bounds: pl.DataFrame

    @staticmethod
    def of(person: pl.DataFrame) -> Lives:
        """The lives of a table `person`; of somebody who is there twice, the longest that is told."""
        bounds = person.group_by("person_id").agg(born=pl.col("birth").min(), died=pl.col("died").max())
        impossible = (pl.col("died") < pl.col("born")).fill_null(False)
        return Lives(bounds.with_columns(died=pl.when(~impossible).then("died")))

    def check(self, cells: Cells) -> None:
        """Take back every day that surely lies outside the life of its person, in the way that claims least.

        An event may then lie on any day, and an end before or after today. A span of observation may begin before the
        birth or go on after the death, for it claims nothing of the days beyond.
        """
        if cells.table in ("person", "observed"):
            return
        people = cells.raw.select("person_id").join(self.bounds, on="person_id", how="left", maintain_order="left")
        born, died = people["born"], people["died"]
        for name in (*_EVENT, "ended"):
            if name not in cells.found:
                continue
            first, last = cells.found[name], cells.found[f"{name}_latest"]
            early, late = (last < born).fill_null(False), (first > died).fill_null(False)
            cells.flag("before-birth", name, early)
            cells.flag("after-death", name, late)
            low, high = (FIRST_DAY, LAST_DAY) if name == "ended" else (None, None)
            for column, bound in ((name, low), (f"{name}_latest", high)):
                cells.found[column] = pl.select(
                    pl.when(~(early | late)).then(cells.found[column]).otherwise(pl.lit(bound, dtype=pl.Date))
                ).to_series()
        for name in ("recorded", "compared_on"):
            if name in cells.found:
                early = (cells.found[name] < born).fill_null(False)
                cells.flag("before-birth", name, early)
                cells.found[name] = pl.select(pl.when(~early).then(cells.found[name])).to_series()
