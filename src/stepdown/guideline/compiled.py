"""Every criterion of the library, parsed and compiled once, by the key under which the reports cite it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from stepdown.criteria.program import Program, compile_all
from stepdown.criteria.tree import Node, parse
from stepdown.errors import InputError
from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import Criterion, Guideline, TherapyRule


@dataclass(frozen=True)
class Compiled:
    """The criteria of a library as one program.

    Attributes:
        nodes: tree by key: `guidelines/<id>` (to whom it applies), `guidelines/<id>/<criterion>`, `flags/<id>`,
            `rules/<id>`, `limits/<id>`, `therapies/<id>/rules/<rule>`, `scores/<id>`,
            `scores/<id>/<item>/<band number>`.
        program: all of them compiled together, in the same order.
        index: position of each key in `nodes`.
    """

    nodes: dict[str, Node]
    program: Program
    index: dict[str, int]


def compiled(library: Library) -> Compiled:
    """The compiled criteria of a library, made on first use and kept with it."""
    if "criteria" not in library.cache:
        library.cache["criteria"] = _compile(library)
    found: Compiled = library.cache["criteria"]
    return found


def _compile(library: Library) -> Compiled:
    nodes = {key: parse(written, library, key) for key, written in written_criteria(library)}
    index = {key: number for number, key in enumerate(nodes)}
    return Compiled(nodes, compile_all(nodes.values(), library), index)


def part_of(library: Library, keys: Collection[str]) -> Compiled:
    """The criteria of some guidelines and scores alone.

    Args:
        library: the documents.
        keys: such as `guidelines/<id>` and `scores/<id>`.
    """
    nodes = {key: node for key, node in compiled(library).nodes.items() if "/".join(key.split("/")[:2]) in keys}
    return Compiled(nodes, compile_all(nodes.values(), library), {key: number for number, key in enumerate(nodes)})


def written_criteria(library: Library) -> Iterator[tuple[str, Criterion]]:
    """Every criterion of a library as written, with its key."""
    for guideline in library.guidelines.values():
        if guideline.applies_to is not None:
            yield f"guidelines/{guideline.id}", guideline.applies_to
        for criterion in guideline.criteria:
            yield f"guidelines/{guideline.id}/{criterion.id}", criterion.if_
    for flag in library.flags.values():
        yield f"flags/{flag.id}", flag.if_
    for rule in library.rules.values():
        if rule.if_ is not None:
            yield f"rules/{rule.id}", rule.if_
    for therapy in library.therapies.values():
        for own in therapy.rules:
            if own.if_ is not None:
                yield therapy_rule_key(therapy.id, own), own.if_
    for limit in library.limits.values():
        if limit.if_ is not None:
            yield f"limits/{limit.id}", limit.if_
    for score in library.scores.values():
        yield f"scores/{score.id}", score.applies_to
        for item in score.items:
            for number, band in enumerate(item.bands):
                yield f"scores/{score.id}/{item.id}/{number}", band.if_


def therapy_rule_key(therapy: str, rule: TherapyRule) -> str:
    """The key of a rule in a therapy document."""
    return f"therapies/{therapy}/rules/{rule.id}"


def guidelines_of(library: Library, day: date | None, only: tuple[str, ...] = ()) -> list[Guideline]:
    """The guidelines that speak on a day (all that have not ended when it is None), each with its criteria of then.

    Args:
        day: the day whose knowledge is asked for.
        only: ids to keep; empty keeps all.

    Raises:
        InputError: an id that no guideline has.
    """
    for name in only:
        if name not in library.guidelines:
            known = ", ".join(library.guidelines)
            raise InputError(f"no guideline is called {name!r}", "--guideline", f"there are {known}")
    kept = []
    for guideline in library.guidelines.values():
        if guideline.silent is not None or (only and guideline.id not in only):
            continue
        span = guideline.in_force
        if day is None:
            if span.to is None:
                kept.append(guideline)
            continue
        if span.from_ <= day and (span.to is None or day <= span.to):
            criteria = tuple(c for c in guideline.criteria if c.in_force is None or c.in_force <= day)
            kept.append(guideline.model_copy(update={"criteria": criteria}))
    return kept
