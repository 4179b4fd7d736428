"""A published group in the words of the model; nothing is filled in, what a group leaves out stays unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stepdown.evidence.inputs import COVARIATES, SHARES, ArmData, Inputs
from stepdown.knowledge.quantities import Mix

ANY = "any-activity"
"""A relapse or MRI activity; predicted from both, it has no model of its own."""

GIVEN = ("igg", "comorbidity_count", "time_on_class")
"""State variables that a file may give as a mean and that the arms of a fit do not have."""


@dataclass(frozen=True)
class Classes:
    """Classes of drugs with their shares; where the shares are not `known` they are sampled."""

    shares: Mix
    known: bool = True


@dataclass(frozen=True)
class Group:
    """A published group in the words of the model.

    Attributes:
        id: its name.
        study: the study it belongs to.
        outcome: one of the model's, or `any-activity`.
        option: kind of the change.
        classes: what people were on.
        to: what they took afterwards, where they switched.
        covariates: by name the mean, and the floor where only a condition of entry is known.
        events: how many.
        n: people, where they are counted once; else None.
        person_years: person-time, where events are counted; else None.
        years: follow-up.
        immortal_years: years at the start in which nothing can have been seen.
        used_in_fit: whether it informed the draws.
        therapy: the drug, where one is named.
        why: why nothing can be predicted; empty where it can.
    """

    id: str
    study: str
    outcome: str
    option: str
    classes: Classes
    to: Classes
    covariates: Mapping[str, tuple[float | None, float | None]]
    events: int
    n: int | None
    person_years: float | None
    years: float
    immortal_years: float = 0.0
    used_in_fit: bool = False
    therapy: str = ""
    why: str = ""

    @property
    def size(self) -> float:
        """People, or person-years."""
        return float(self.n) if self.n is not None else float(self.person_years or 0)

    @property
    def unit(self) -> str:
        """`1` for a risk, `1/a` for a rate."""
        return "1" if self.n is not None else "1/a"


def arms(inputs: Inputs) -> list[Group]:
    """The arms of the library for one outcome."""
    return [_of_arm(arm, inputs.outcome) for arm in inputs.arms]


def _of_arm(arm: ArmData, outcome: str) -> Group:
    known = {name: getattr(arm, name) for name in COVARIATES} | {name: (getattr(arm, name), None) for name in SHARES}
    count = arm.count
    return Group(
        arm.id, arm.study, outcome, arm.option, Classes(arm.classes), Classes(arm.to), known, count.events, count.n,
        count.person_years, arm.years, arm.immortal_years, arm.role == "fit",
    )  # fmt: skip
