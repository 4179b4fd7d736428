"""How each option stands for N people on one drug: barred, not advised, undetermined or reasonable.

The order is that of MODEL.md section 2, as far as it needs no numbers; `weigh.judged` goes on from here with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stepdown.criteria.program import MET, NOT_MET, UNKNOWN, Codes
from stepdown.decision.options import Bound, Option
from stepdown.guideline.verdicts import CANDIDATE, NOT_CANDIDATE, UNDETERMINED, Verdicts, applies, conclude
from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import OPTION_KINDS, Guideline

BARRED, NOT_ADVISED, HELD, REASONABLE, FAVOURED = 0, 1, 2, 3, 4
NOT_OPEN = -1
"""In place of a stance: the option does not exist for this person."""
STANCES = ("barred", "not-advised", "undetermined", "reasonable", "favoured")
CAPS = {"bar": BARRED, "not-advised": NOT_ADVISED, "undetermined": HELD, "at-most-reasonable": REASONABLE}
DOSING_KINDS = ("continue", "extend-interval", "reduce-dose")
"""Kinds that give the present drug again, which an emergency forbids."""
SWITCH_KINDS = ("switch-lower", "switch-lateral")
"""Kinds that begin another drug, which waits until an emergency is settled."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Advice:
    """What the guidelines that decide (not trial populations) say of one option kind, for N people.

    Attributes:
        candidate: some guideline that applies says candidate.
        against: at least one applies and every one that applies says not a candidate.
        open_question: no candidate, and a guideline that applies, or may apply, is undetermined.
    """

    candidate: Mask
    against: Mask
    open_question: Mask

    def rows(self, chosen: npt.NDArray[np.intp]) -> Advice:
        """What they say to some of the people."""
        return Advice(self.candidate[chosen], self.against[chosen], self.open_question[chosen])


@dataclass(frozen=True)
class Danger:
    """What the flags say of N people: emergencies, and the kinds that wait."""

    emergency: Mask
    blocked: dict[str, Mask]

    def rows(self, chosen: npt.NDArray[np.intp]) -> Danger:
        """What they say of some of the people."""
        return Danger(self.emergency[chosen], {kind: waits[chosen] for kind, waits in self.blocked.items()})


def danger(verdicts: Verdicts, library: Library) -> Danger:
    """The flags that bar or block, for each person."""
    flags = library.flags.values()
    return Danger(
        verdicts.any_met(f"flags/{flag.id}" for flag in flags if flag.action == "emergency"),
        {
            kind: verdicts.any_met(f"flags/{flag.id}" for flag in flags if kind in flag.blocks)
            for kind in dict.fromkeys(kind for flag in flags for kind in flag.blocks)
        },
    )


def advice(verdicts: Verdicts, guidelines: Sequence[Guideline]) -> dict[str, Advice]:
    """What the guidelines say together of each option kind; a trial population informs and never decides."""
    told = [
        (guideline.speaks_of, applies(verdicts, guideline), conclude(verdicts, guideline))
        for guideline in guidelines
        if guideline.kind != "trial-population"
    ]
    return {
        kind: _together([(on, says) for kinds, on, says in told if kind in kinds], verdicts.people)
        for kind in OPTION_KINDS
    }


def _together(told: Sequence[tuple[Codes, Codes]], size: int) -> Advice:
    """What several guidelines say together, each as whether it applies and what it concludes."""
    some, every, candidate, question = (np.zeros(size, bool), np.ones(size, bool), *np.zeros((2, size), bool))
    for on, says in told:
        some |= on == MET
        every &= (on != MET) | (says == NOT_CANDIDATE)
        candidate |= (on == MET) & (says == CANDIDATE)
        question |= ((on == MET) & (says == UNDETERMINED)) | ((on == UNKNOWN) & (says != NOT_CANDIDATE))
    return Advice(candidate, some & every & ~question, question & ~candidate)


def rule_verdicts(rules: Sequence[Bound], verdicts: Verdicts, emergency: Mask) -> Codes:
    """Whether rules hold, shape (rules, people); one that yields to emergencies does not hold in one."""
    found = np.full((len(rules), verdicts.people), MET, dtype=np.int8)
    asked = [number for number, bound in enumerate(rules) if bound.conditional]
    found[asked] = verdicts.table(rules[number].key for number in asked)
    yields = np.array([bound.rule.except_emergency for bound in rules], dtype=bool)
    found[yields[:, None] & emergency] = NOT_MET
    return found


def stance(option: Option, verdicts: Verdicts, threat: Danger, view: Advice) -> Codes:
    """The stance of one option for each person, as a code into `STANCES`."""
    cap = np.full(verdicts.people, REASONABLE, dtype=np.int8)

    def at_most(level: int, where: Mask) -> None:
        np.minimum(cap, level, out=cap, where=where)

    found = rule_verdicts(option.rules, verdicts, threat.emergency)
    for effect, level in CAPS.items():
        at_most(level, (found[[bound.rule.effect == effect for bound in option.rules]] == MET).any(axis=0))
    at_most(HELD, (found[[bound.rule.unknown == "undetermined" for bound in option.rules]] == UNKNOWN).any(axis=0))
    # guidelines on quiet disease do not speak of an emergency, in which suspending may be the only way
    at_most(NOT_ADVISED, view.against & ~threat.emergency)
    at_most(HELD, view.open_question)
    if option.kind in threat.blocked:
        at_most(HELD, threat.blocked[option.kind])
    if option.kind in DOSING_KINDS:
        at_most(BARRED, threat.emergency)
    if option.kind in SWITCH_KINDS:
        at_most(HELD, threat.emergency)
    return cap


def marked(option: Option, verdicts: Verdicts, threat: Danger, effect: str, unless_excluded: bool = False) -> Mask:
    """Whom a rule of some effect that speaks of an option marks: who meets it, or also who does not surely miss it."""
    rules = [bound for bound in option.rules if bound.rule.effect == effect]
    found = rule_verdicts(rules, verdicts, threat.emergency)
    marks: Mask = (found != NOT_MET if unless_excluded else found == MET).any(axis=0)
    return marks
