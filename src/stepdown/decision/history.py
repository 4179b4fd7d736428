"""Drugs that a person left before because the disease was active or for side effects: no way to less leads back there.

After activity the whole class counts, after side effects the drug itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from stepdown.decision.options import Option
from stepdown.decision.stances import SWITCH_KINDS, Mask
from stepdown.guideline.findings import Told, text
from stepdown.knowledge.library import Library
from stepdown.state.state import State

REASONS = ("activity", "side-effects")


@dataclass(frozen=True)
class Left:
    """Treatments that were surely left for one of `REASONS` by the index date, one entry each.

    Attributes:
        row: row of the person.
        therapy: the drug, or the class where no more is known.
        reason: one of `REASONS`.
        source: the event.
        class_of: class of each drug.
    """

    row: npt.NDArray[np.int64]
    therapy: npt.NDArray[np.object_]
    reason: npt.NDArray[np.object_]
    source: npt.NDArray[np.object_]
    class_of: dict[str, str]

    def back_to(self, option: Option) -> Mask:
        """Which entries speak against an option: a switch to a drug that was left, or after activity to its class."""
        if option.kind not in SWITCH_KINDS or not self.row.size:
            return np.zeros(self.row.size, dtype=bool)
        class_ = self.class_of[option.therapy]
        alike = np.array([self.class_of.get(therapy, therapy) == class_ for therapy in self.therapy], dtype=bool)
        mask: Mask = (self.therapy == option.therapy) | (alike & (self.reason == "activity"))
        return mask

    def told(self, row: int, option: Option) -> list[Told]:
        """Why an option is not advised to one person, in the shape of a rule that is met; empty where nothing is."""
        found = np.flatnonzero(self.back_to(option) & (self.row == row))
        if not found.size:
            return []
        reason, sources = str(self.reason[found[-1]]), [source for source in self.source[found] if source]
        return [
            {
                "rule": "history/left-before",
                "effect": "not-advised",
                "verdict": "met",
                "says": text(f"history.left-for-{reason}", therapy=str(self.therapy[found[-1]])),
                "from": list(dict.fromkeys(sources)),
                "ask": [],
                "evidence": [],
                "assumption": True,
            }
        ]


def left_before(state: State, library: Library) -> Left:
    """The drugs that people left for activity or side effects; a stop after the index date has not happened."""
    treatments = state.events["treatment"].with_columns(pl.Series("row", state.events.row_of("treatment")))
    ended = pl.col("ended_latest").is_null() | (pl.col("ended_latest") <= state.on)
    found = treatments.filter(pl.col("stop_reason").is_in(REASONS) & pl.col("certain") & ended & (pl.col("row") >= 0))
    therapy, reason, source = (
        np.array(found[name].to_list(), dtype=object) for name in ("therapy", "stop_reason", "source")
    )
    class_of: dict[str, str] = {name: drug.class_ for name, drug in library.therapies.items()}
    return Left(found["row"].to_numpy(), therapy, reason, source, class_of)
