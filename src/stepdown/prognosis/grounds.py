"""What a number rests on: the studies behind it, and its GRADE certainty, which is that of the weakest link."""

from __future__ import annotations

from stepdown.evidence.inputs import ContrastData
from stepdown.knowledge.library import Library
from stepdown.knowledge.quantities import Arm
from stepdown.prognosis.change import SWITCHES, Step
from stepdown.prognosis.forecast import Change
from stepdown.prognosis.model import Model, Models

GRADES = ("very-low", "low", "moderate", "high")
"""GRADE certainty, the least first."""

DIRECTNESS = ((0.0, "moderate"), (0.2, "low"))
"""An effect that a direct randomised comparison measured is of moderate certainty, for few and unlike people were in
it; one from a direct observational comparison is of low certainty; anything less direct, or a prior alone, of very low:
so is a switch that nobody compared with carrying on, whatever the two drugs do in trials of other people."""


def certainty(found: Models, outcome: str, class_: str, step: Step, option: Change, library: Library) -> str:
    """The certainty of one outcome under one option."""
    model = found.by_outcome[outcome]
    arms = [_of_arm(library.arms[a.id]) for a in model.inputs.fitted if a.classes.get(class_, 0.0) >= MAIN]
    links = [max(arms, key=GRADES.index, default=GRADES[0])]
    if model.inputs.composed:
        links = [INFERRED, _of_effect([c for c in _contrasts(model) if class_ in {**c.drug, **c.versus}])]
    if step.kind not in ("continue", "observe"):
        links.append(_of_effect(_mainly(_direct(model, class_, step), class_)))
    grounds = getattr(option, "grounds", None)
    if grounds is not None:
        links.append(grounds.certainty)
    return min(links, key=GRADES.index)


INFERRED = "low"
"""The most where a rate is composed: it is multiplied together from studies of unlike people, and after a change nobody
measured it."""
MAIN = 0.5
"""An arm or a comparison speaks of a class that at least half of its people are on."""


def studies(found: Models, outcome: str, class_: str, step: Step) -> tuple[str, ...]:
    """Ids of the studies behind the number of one outcome under one option."""
    model = found.by_outcome[outcome]
    arms = [arm.study for arm in model.inputs.fitted if class_ in arm.classes]
    compared = [contrast.study for contrast in _speaking(model, class_, step)]
    if model.inputs.composed:
        compared += [c.study for c in _contrasts(model) if class_ in {**c.drug, **c.versus}]
    return tuple(sorted({*arms, *compared}))


def _of_arm(arm: Arm) -> str:
    """The quality of an arm, one grade less where its people were not chosen for being stable: they are others.

    It is moderate at most, for the people of a study are never those of the person who is told.
    """
    grade = min(GRADES.index(arm.quality), GRADES.index("moderate"))
    return GRADES[grade if "stable" in arm.selection else max(grade - 1, 0)]


def _contrasts(model: Model) -> tuple[ContrastData, ...]:
    return model.inputs.compared


def _direct(model: Model, class_: str, step: Step) -> list[ContrastData]:
    """The comparisons of a change with carrying on."""
    if model.inputs.composed and step.kind == "discontinue":
        return [c for c in _contrasts(model) if class_ in {**c.drug, **c.versus}]
    if step.kind in SWITCHES:
        return [c for c in _contrasts(model) if c.effect == "switch" and class_ in c.classes and step.goal in c.to]
    return [c for c in _contrasts(model) if c.effect == step.kind and class_ in c.classes]


def _mainly(speaking: list[ContrastData], class_: str) -> list[ContrastData]:
    """The comparisons most of whose people were on a class, or that are of drugs."""
    return [c for c in speaking if not c.classes or c.classes.get(class_, 0.0) >= MAIN]


def _speaking(model: Model, class_: str, step: Step) -> list[ContrastData]:
    """The comparisons that inform the effect of a change, by way of other drugs too."""
    by_way = [c for c in _contrasts(model) if {class_, step.goal} & {*c.drug, *c.versus}]
    return _direct(model, class_, step) + (by_way if step.kind in SWITCHES else [])


def _of_effect(speaking: list[ContrastData]) -> str:
    best = min((contrast.indirectness for contrast in speaking), default=1.0)
    return next((grade for bound, grade in DIRECTNESS if best <= bound), GRADES[0])
