"""Checks what the evidence synthesis reads: figures, classes, arms and parameters that a document points at."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stepdown.knowledge.library import Library
    from stepdown.knowledge.quantities import Arm, Contrast
    from stepdown.knowledge.schema import Estimate

Found = tuple[tuple[str, str], str, tuple[str | int, ...]]
"""Folder and id of a document, what is wrong with it, and under which keys."""

RATIOS = ("hazard-ratio", "rate-ratio", "risk-ratio", "odds-ratio", "change")


def quantities(library: Library) -> Iterator[Found]:
    """Everything wrong with arms, contrasts and beliefs, beyond their form."""
    figures = {f"{s.id}/{e.id}": e for s in library.sources.values() for e in s.estimates}
    for arm in library.arms.values():
        yield from _arm(arm, figures, library.classes)
    for contrast in library.contrasts.values():
        yield from _contrast(contrast, figures, library)
    drugs = {*library.classes, *library.therapies}
    for belief in library.beliefs.values():
        key = ("parameters", belief.id)
        for name in belief.classes:
            if name not in drugs:
                yield key, f"classes: nothing is called {name!r} in classes or therapies", ("classes",)
        yield from _variable(key, belief.variable, library)
    for unknown in library.unknowns.values():
        yield from _variable(("unknowns", unknown.id), unknown.variable, library)
    for weight in library.weights.values():
        if weight.of != weight.id:
            yield ("weights", weight.id), f"of: the weight of {weight.of!r} has that name as its id", ("of",)
        for topic in (*weight.wishes, *weight.wishes_less):
            yield from _variable(("weights", weight.id), f"wish_{topic.replace('-', '_')}", library)


def _variable(key: tuple[str, str], name: str | None, library: Library) -> Iterator[Found]:
    if name is not None and name not in library.variables:
        yield key, f"variable: nothing is called {name!r} in variables", ("variable",)


def _arm(arm: Arm, figures: Mapping[str, Estimate], classes: Collection[str]) -> Iterator[Found]:
    key = ("arms", arm.id)
    figure = figures.get(arm.estimate)
    if figure is None:
        yield key, f"estimate: no study has the figure {arm.estimate!r}", ("estimate",)
    elif arm.role == "fit" and figure.status == "unverified":
        yield key, f"estimate: {arm.estimate!r} is unverified and may not inform a fit", ("estimate",)
    elif figure.outcome != arm.outcome and arm.counts is None:
        yield key, f"estimate: {arm.estimate!r} is of {figure.outcome}, not {arm.outcome}", ("estimate",)
    yield from _classes(key, {"classes": arm.classes, "to": arm.to}, classes)


def _contrast(contrast: Contrast, figures: Mapping[str, Estimate], library: Library) -> Iterator[Found]:
    key = ("contrasts", contrast.id)
    if contrast.estimate is not None:
        figure = figures.get(contrast.estimate)
        if figure is None:
            yield key, f"estimate: no study has the figure {contrast.estimate!r}", ("estimate",)
        elif figure.measure not in RATIOS and not (figure.measure == "rate" and contrast.observes.terms):
            yield key, f"estimate: {contrast.estimate!r} is a {figure.measure}, not a ratio", ("estimate",)
        elif contrast.role == "fit" and figure.status == "unverified":
            yield key, f"estimate: {contrast.estimate!r} is unverified and may not inform a fit", ("estimate",)
    for name in contrast.arms or ():
        if name not in library.arms:
            yield key, f"arms: nothing is called {name!r} in arms", ("arms",)
    seen = contrast.observes
    names = {prior for belief in library.beliefs.values() for prior in belief.names}
    for name in (*([seen.modifier] if seen.modifier else ()), *seen.terms):
        if name not in names:
            yield key, f"observes: no parameter is called {name!r}", ("observes",)
    mixes = {"classes": seen.classes, "to": seen.to, "drug": seen.drug, "versus": seen.versus}
    yield from _classes(key, mixes, library.classes, "observes")


def _classes(
    key: tuple[str, str], mixes: Mapping[str, Mapping[str, Any]], classes: Collection[str], *within: str
) -> Iterator[Found]:
    for name, mix in mixes.items():
        for drug in mix:
            if drug not in classes:
                yield key, f"{name}: nothing is called {drug!r} in classes", (*within, name, drug)
