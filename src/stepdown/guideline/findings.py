"""Tells for one person what each guideline, flag and score found, and from which events and sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stepdown.criteria.explain import Explanation, deciding, explain
from stepdown.criteria.program import MET, NOT_MET, UNKNOWN, Codes
from stepdown.criteria.tree import Node, variables
from stepdown.criteria.values import Truth, Value
from stepdown.guideline.compiled import Compiled
from stepdown.guideline.verdicts import CONCLUSIONS
from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import Grounded, Guideline, Score

_TRUTHS: dict[int, Truth] = {MET: True, UNKNOWN: None, NOT_MET: False}
NAMES: dict[Truth, str] = {True: "met", False: "not-met", None: "unknown"}
Told = dict[str, Any]


def text(key: str, **args: Any) -> Told:
    """A sentence by key and arguments; `report` writes the words."""
    return {"key": key, "args": args}


@dataclass(frozen=True)
class Person:
    """What is known of one person, and where it came from.

    Attributes:
        values: value of each variable.
        sources: events behind each variable.
        verdicts: the verdict on each criterion, as in `Verdicts.codes`.
        criteria: the compiled criteria of the library.
        library: the documents.
    """

    values: Mapping[str, Value]
    sources: Mapping[str, Sequence[str]]
    verdicts: Codes
    criteria: Compiled
    library: Library

    def truth(self, key: str) -> Truth:
        """Whether a criterion is met, not met or unknown."""
        return _TRUTHS[int(self.verdicts[self.criteria.index[key]])]

    def explain(self, key: str) -> Explanation:
        """The explanation of one criterion."""
        return explain(self.criteria.nodes[key], self.values)

    def origin(self, explanation: Explanation) -> list[str]:
        """The events behind the leaves that decided a criterion, each once."""
        named = (name for leaf in deciding(explanation) for name in self.sources.get(leaf.variable, ()))
        return sorted(dict.fromkeys(named))

    def missing(self, explanation: Explanation) -> list[str]:
        """The variables that an unknown criterion waits for, without the companions of stale values."""
        if explanation.truth is not None:
            return []
        names = dict.fromkeys(leaf.variable for leaf in deciding(explanation))
        return list(dict.fromkeys(to_ask_for(name, self.library) for name in names))


def to_ask_for(name: str, library: Library) -> str:
    """The variable to ask for: `igg` for `igg_last`."""
    for ending in ("_last_months", "_last"):
        if name.endswith(ending) and name.removesuffix(ending) in library.variables:
            return name.removesuffix(ending)
    return name


def ground(document: Grounded) -> Told:
    """On what a claim rests: its sources, and whether it is an assumption."""
    return {"evidence": list(document.evidence), "assumption": document.assumption}


def guideline_told(guideline: Guideline, person: Person, conclusion: int) -> Told:
    """One guideline with every criterion, its verdict, events and sources; silent ones conclude nothing."""
    key = f"guidelines/{guideline.id}"
    applies = person.explain(key) if key in person.criteria.nodes else None
    silent = applies is not None and applies.truth is False
    findings, ask = [], person.missing(applies) if applies else []
    for criterion in guideline.criteria:
        found = person.explain(f"{key}/{criterion.id}")
        findings.append(
            {
                "criterion": criterion.id,
                "role": criterion.role,
                "verdict": NAMES[found.truth],
                "says": text(f"{key}/{criterion.id}.why"),
                "from": person.origin(found),
                "variables": _tested(found.node),
                **ground(criterion),
            }
        )
        if criterion.role in ("requires", "excludes"):
            ask += person.missing(found)
    concluded = "undetermined" if silent else CONCLUSIONS[conclusion]
    waits = not silent and (concluded == "undetermined" or (applies is not None and applies.truth is None))
    return {
        "id": guideline.id,
        "kind": guideline.kind,
        "question": guideline.question,
        "applies": NAMES[applies.truth if applies else True],
        "conclusion": concluded,
        "findings": findings,
        "to_find_out": list(dict.fromkeys(ask)) if waits else [],
    }


def _tested(node: Node) -> list[str]:
    return list(variables(node))


def flags_told(person: Person) -> list[Told]:
    """The flags that are met, emergencies first, then what blocks, what speaks for stepping down, what informs."""
    order = ("emergency", "blocks", "reason", "inform")
    told = []
    for flag in person.library.flags.values():
        if person.truth(f"flags/{flag.id}"):
            found = person.explain(f"flags/{flag.id}")
            told.append(
                {
                    "id": flag.id,
                    "topic": flag.topic,
                    "action": flag.action,
                    "blocks": list(flag.blocks),
                    "says": text(f"flags/{flag.id}.says"),
                    "do": text(f"flags/{flag.id}.do"),
                    "from": person.origin(found),
                    "variables": _tested(found.node),
                    **ground(flag),
                }
            )
    return sorted(told, key=lambda flag: (order.index(flag["action"]), flag["id"]))


def score_told(score: Score, person: Person) -> Told:
    """The points of a score as an interval, where it may be shown; group and risk only as published."""
    applies = person.truth(f"scores/{score.id}")
    low = high = 0
    for item in score.items:
        truths = [person.truth(f"scores/{score.id}/{item.id}/{number}") for number in range(len(item.bands))]
        possible = [band.points for band, truth in zip(item.bands, truths, strict=True) if truth is not False]
        met = [band.points for band, truth in zip(item.bands, truths, strict=True) if truth]
        points = met or possible or [band.points for band in item.bands]
        low, high = low + min(points), high + max(points)
    shown = applies is not False
    return {
        "applies": NAMES[applies],
        "why": text(f"scores/{score.id}.why"),
        "low": low if shown else None,
        "high": high if shown else None,
        "group": None,
        "risk": None,
    }
