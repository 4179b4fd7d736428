"""What the documents say of N people before any option is looked at: verdicts, flags, and guidelines by option kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stepdown.decision.stances import Advice, Danger, Mask, advice, danger
from stepdown.guideline.verdicts import Verdicts
from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import Flag, Guideline


@dataclass(frozen=True)
class Signals:
    """What the flags ask for, for N people, beyond what they bar and block."""

    withhold: Mask
    uninterrupted: Mask
    step_up: Mask
    urgent: Mask
    out_of_scope: Mask

    def rows(self, chosen: npt.NDArray[np.intp]) -> Signals:
        """What they ask for of some of the people."""
        return Signals(*(part[chosen] for part in vars(self).values()))


def signals(verdicts: Verdicts, library: Library) -> Signals:
    """Join the flags that are met into what they ask for."""

    def met(which: Callable[[Flag], bool]) -> Mask:
        return verdicts.any_met(f"flags/{flag.id}" for flag in library.flags.values() if which(flag))

    return Signals(
        withhold=met(lambda flag: flag.next_dose == "withhold" or flag.action == "emergency"),
        uninterrupted=met(lambda flag: flag.next_dose == "do-not-interrupt"),
        step_up=met(lambda flag: flag.review == "step-up"),
        urgent=met(lambda flag: flag.review == "urgent" or flag.action == "emergency"),
        out_of_scope=met(lambda flag: flag.out_of_scope),
    )


@dataclass(frozen=True)
class Heard:
    """What is said of N people.

    Attributes:
        verdicts: on every criterion.
        threat: what flags bar and block.
        asked: what else they ask for.
        views: what the guidelines say of each option kind.
    """

    verdicts: Verdicts
    threat: Danger
    asked: Signals
    views: dict[str, Advice]

    def rows(self, chosen: npt.NDArray[np.intp]) -> Heard:
        """What is said of some of the people."""
        views = {kind: view.rows(chosen) for kind, view in self.views.items()}
        return Heard(self.verdicts.rows(chosen), self.threat.rows(chosen), self.asked.rows(chosen), views)


def hear(verdicts: Verdicts, guidelines: Sequence[Guideline], library: Library) -> Heard:
    """What is said of everybody."""
    return Heard(verdicts, danger(verdicts, library), signals(verdicts, library), advice(verdicts, guidelines))
