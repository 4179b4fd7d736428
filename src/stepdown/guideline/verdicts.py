"""Holds every criterion against the state of N people at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stepdown.criteria.program import MET, Codes
from stepdown.guideline.compiled import Compiled
from stepdown.knowledge.schema import Guideline
from stepdown.state.state import State

CANDIDATE, UNDETERMINED, NOT_CANDIDATE = 2, 1, 0
CONCLUSIONS = ("not-candidate", "undetermined", "candidate")


@dataclass(frozen=True)
class Verdicts:
    """A verdict for each person and criterion.

    Attributes:
        codes: MET, UNKNOWN or NOT_MET, shape (people, criteria), columns as in `Compiled.index`.
        index: column of each key.
        chosen: the people that are meant, as rows of `codes`; everybody when it is None.
    """

    codes: Codes
    index: dict[str, int]
    chosen: npt.NDArray[np.intp] | None = None

    def __getitem__(self, key: str) -> Codes:
        """The verdicts on one criterion, shape (people,)."""
        column: Codes = self.codes[:, self.index[key]]
        return column if self.chosen is None else column[self.chosen]

    def any_met(self, keys: Iterable[str]) -> npt.NDArray[np.bool_]:
        """Who meets at least one of some criteria, shape (people,)."""
        found: npt.NDArray[np.bool_] = (self.table(keys) == MET).any(axis=0)
        return found

    def table(self, keys: Iterable[str]) -> Codes:
        """The verdicts on some criteria, shape (criteria, people)."""
        rows = np.array([self.index[key] for key in keys], dtype=np.intp)
        found: Codes = self.codes.T[rows] if self.chosen is None else self.codes.T[rows[:, None], self.chosen]
        return found

    def rows(self, chosen: npt.NDArray[np.intp]) -> Verdicts:
        """The verdicts of some of the people."""
        return Verdicts(self.codes, self.index, chosen if self.chosen is None else self.chosen[chosen])

    @property
    def people(self) -> int:
        """Number of people."""
        return int(self.codes.shape[0]) if self.chosen is None else self.chosen.size


def hold(state: State, criteria: Compiled) -> Verdicts:
    """Evaluate every criterion of the library on every person of a state."""
    return Verdicts(criteria.program.run(state.numbers, state.sets), criteria.index)


def applies(verdicts: Verdicts, guideline: Guideline) -> Codes:
    """Whether a guideline speaks of each person."""
    key = f"guidelines/{guideline.id}"
    return verdicts[key] if key in verdicts.index else np.full(verdicts.people, MET, dtype=np.int8)


def conclude(verdicts: Verdicts, guideline: Guideline) -> Codes:
    """CANDIDATE, UNDETERMINED or NOT_CANDIDATE for each person (DESIGN.md section 4).

    A candidate meets every `requires` and no `excludes`; not a candidate fails some `requires` or meets some
    `excludes`; what is left is undetermined. `favours` and `opposes` never decide.
    """
    worst = np.full(verdicts.people, CANDIDATE, dtype=np.int8)
    for criterion in guideline.criteria:
        found = verdicts[f"guidelines/{guideline.id}/{criterion.id}"]
        if criterion.role == "requires":
            worst = np.minimum(worst, found)
        elif criterion.role == "excludes":
            worst = np.minimum(worst, (MET - found).astype(np.int8))
    return worst
