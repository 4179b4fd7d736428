"""Days of a folder that lie before the birth of the person, or after the death: listed, and not believed."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from stepdown.record.folder_table import FIRST_DAY, LAST_DAY, Cells
from stepdown.record.who import who

_EVENT = ("on", "onset")
"""Days without which an event may lie at any time."""


@dataclass(frozen=True)
class Lives:
    """When people were born and died.

    Attributes:
        bounds: one row a person, sorted: `person_id`, `born` (earliest day of birth) and `died`; null where it is not
            known. The last row, of nobody, knows neither.
    """

    bounds: pl.DataFrame

    @staticmethod
    def of(person: pl.DataFrame) -> Lives:
        """The lives of a table `person`; of somebody who is there twice, the longest that is told."""
        died = pl.when(pl.col("died") >= pl.col("born").fill_null(pl.col("died"))).then("died")
        found = person.group_by("person_id").agg(born=pl.col("birth").min(), died=pl.col("died").max())
        nobody = pl.DataFrame({"person_id": [None], "born": [None], "died": [None]}, schema=found.schema)
        return Lives(pl.concat([found.with_columns(died=died).sort("person_id"), nobody]))

    def check(self, cells: Cells) -> None:
        """Take back every day that surely lies outside the life of its person, in the way that claims least.

        An event may then lie on any day, and an end before or after today. A span of observation may begin before the
        birth or go on after the death, for it claims nothing of the days beyond.
        """
        if cells.table in ("person", "observed"):
            return
        place = pl.Series(who(cells.cells["person_id"].said, self.bounds["person_id"][:-1]))
        born, died = (self.bounds[name].gather(place) for name in ("born", "died"))
        for name in (*_EVENT, "ended"):
            if name not in cells.found:
                continue
            first, last = cells.found[name], cells.found[f"{name}_latest"]
            early, late = (last < born).fill_null(False), (first > died).fill_null(False)
            cells.flag("before-birth", name, early)
            cells.flag("after-death", name, late)
            wrong = early | late
            if wrong.any():
                low, high = (FIRST_DAY, LAST_DAY) if name == "ended" else (None, None)
                cells.found[name], cells.found[f"{name}_latest"] = first.set(wrong, low), last.set(wrong, high)
        for name in ("recorded", "compared_on"):
            if name in cells.found:
                early = (cells.found[name] < born).fill_null(False)
                cells.flag("before-birth", name, early)
                if early.any():
                    cells.found[name] = cells.found[name].set(early, None)
