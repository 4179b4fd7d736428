"""Drugs that a person left before, held against the options by the rules of the library that speak of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from stepdown.decision.options import Option
from stepdown.decision.stances import Mask
from stepdown.guideline.findings import Told, ground, text
from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import RuleDocument
from stepdown.state.state import State


@dataclass(frozen=True)
class Left:
    """Treatments that were surely left by the index date for a reason that some rule speaks of, one entry each.

    Attributes:
        row: row of the person.
        therapy: the drug, or the class where no more is known.
        reason: why it was left.
        source: the event.
        class_of: class of each drug.
        rules: the rules that speak of what was left.
    """

    row: npt.NDArray[np.int64]
    therapy: npt.NDArray[np.object_]
    reason: npt.NDArray[np.object_]
    source: npt.NDArray[np.object_]
    class_of: dict[str, str]
    rules: tuple[RuleDocument, ...]

    @cached_property
    def _names(self) -> tuple[list[str], npt.NDArray[np.intp]]:
        """The different drugs that were left, and which of them each entry names."""
        names = list(dict.fromkeys(self.therapy.tolist()))
        places = {name: place for place, name in enumerate(names)}
        return names, np.fromiter(map(places.__getitem__, self.therapy.tolist()), np.intp, self.therapy.size)

    @cached_property
    def _for(self) -> dict[str, Mask]:
        """The entries that were left for each reason that some rule speaks of."""
        return {str(rule.left_for): np.asarray(self.reason == rule.left_for, dtype=bool) for rule in self.rules}

    def against(self, option: Option) -> list[tuple[RuleDocument, Mask]]:
        """The rules that speak of an option, each with the entries that meet it."""
        if not self.row.size:
            return []
        class_ = self.class_of[option.therapy]
        names, which = self._names
        same = {
            "drug": np.array([name == option.therapy for name in names], dtype=bool)[which],
            "class": np.array([self.class_of.get(name, name) == class_ for name in names], dtype=bool)[which],
        }
        return [
            (rule, same[str(rule.left_what)] & self._for[str(rule.left_for)])
            for rule in self.rules
            if option.kind in rule.kinds
        ]

    def told(self, row: int, option: Option) -> list[Told]:
        """The rules about what was left that are met for one person, as told with an option."""
        found = []
        for rule, entries in self.against(option):
            mine = np.flatnonzero(entries & (self.row == row))
            if mine.size:
                found.append(
                    {
                        "rule": f"rules/{rule.id}",
                        "effect": rule.effect,
                        "verdict": "met",
                        "says": text(f"rules/{rule.id}.says"),
                        "from": sorted({source for source in self.source[mine] if source}),
                        "ask": [],
                        **ground(rule),
                    }
                )
        return found


def left_before(state: State, library: Library) -> Left:
    """The drugs that people left for a reason that counts; a stop after the index date has not happened."""
    rules = tuple(rule for rule in library.rules.values() if rule.left_for)
    treatments = state.events["treatment"].with_columns(pl.Series("row", state.events.row_of("treatment")))
    ended = pl.col("ended_latest").is_null() | (pl.col("ended_latest") <= state.on)
    counts = pl.col("stop_reason").is_in([rule.left_for for rule in rules])
    found = treatments.filter(counts & pl.col("certain") & ended & (pl.col("row") >= 0))
    therapy, reason, source = (
        np.array(found[name].to_list(), dtype=object) for name in ("therapy", "stop_reason", "source")
    )
    class_of: dict[str, str] = {name: drug.class_ for name, drug in library.therapies.items()}
    return Left(found["row"].to_numpy(), therapy, reason, source, class_of, rules)
