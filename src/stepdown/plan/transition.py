"""The change, line by line in its order: what to have before, doses, gap, titration, what goes on, what ends."""

from __future__ import annotations

from stepdown.guideline.findings import Told
from stepdown.knowledge.plans import PHASES
from stepdown.plan.before import arriving, before_start, open_rules, vaccines
from stepdown.plan.change import doses, first_doses, gap, outlasting, pregnancy, steps
from stepdown.plan.subject import Subject


def transition(subject: Subject, emergency: bool = False) -> list[Told]:
    """Every line of the change, by phase, and within a phase what falls due first.

    Args:
        subject: the person and the option.
        emergency: whether there is one; some rules then do not speak.
    """
    lines = [
        *steps(subject),
        *before_start(subject),
        *vaccines(subject),
        *open_rules(subject, emergency),
        *pregnancy(subject),
        *doses(subject),
        *gap(subject),
        *arriving(subject),
        *first_doses(subject),
        *outlasting(subject),
    ]
    return sorted(lines, key=lambda one: (PHASES.index(one["phase"]), one["to"] or "9999", one["id"]))
