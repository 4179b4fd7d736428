"""What the library rests on: every claim with its ground, the status of its sources, certainty and last review.

Gives plain structures; how they look is left to `report`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, get_args

from pydantic import BaseModel

from stepdown.knowledge import care, schema
from stepdown.knowledge.check import REVIEW, overdue
from stepdown.knowledge.grounds import Grounded
from stepdown.knowledge.library import Library

STATUSES: tuple[str, ...] = get_args(schema.Status)
GROUNDS = ("sources", "both", "assumption")
"""On what a claim rests: its sources, its sources and an assumption of ours, or an assumption alone."""
CERTAINTIES = ("high", "moderate", "low", "very-low")

KINDS: dict[str, tuple[type[BaseModel], ...]] = {
    "criteria": (schema.GuidelineCriterion,),
    "rules": (schema.Rule,),
    "flags": (schema.Flag,),
    "care": (care.Claim, care.Action, care.Leaving),
    "extensions": (schema.Extension,),
    "regimens": (schema.Regimen,),
    "definitions": (schema.Parameter, schema.Freshness, schema.Domain),
    "formularies": (schema.TherapyClass,),
    "questionnaires": (schema.Instrument,),
    "scores": (schema.Score,),
    "figures of studies": (schema.Estimate,),
}
"""Kinds of claims, in the order in which they are told; the first that fits is taken, else the name of the folder."""


@dataclass(frozen=True)
class Claim:
    """One claim of the library.

    Attributes:
        kind: one of `KINDS`, or a folder.
        document: folder and id of its document, `guidelines/aan-2018`.
        part: where in the document, `criteria/age`; empty for the document itself.
        ground: one of `GROUNDS`.
        status: how well it was read: that of the figure, or of the guideline, or the best among its sources; None
            without a source.
        certainty: what the document says of its certainty; None where it says nothing.
        reviewed: when it was last looked at: that of the document, else that of its oldest source; None without.
    """

    kind: str
    document: str
    part: str
    ground: str
    status: str | None
    certainty: str | None
    reviewed: date | None


@dataclass(frozen=True)
class Coverage:
    """The claims of a library, and its sources by kind and status.

    Attributes:
        claims: every claim, in the order of kinds and documents.
        documents: number of documents by folder.
        sources: number of sources by kind and status.
        reviews: number of sources and guidelines by day of last review.
        overdue: ids of sources and guidelines whose review is overdue.
    """

    claims: tuple[Claim, ...]
    documents: dict[str, int]
    sources: dict[tuple[str, str], int]
    reviews: dict[date, int]
    overdue: tuple[str, ...]

    def kinds(self) -> list[str]:
        """Kinds of which there are claims, in order."""
        return list(dict.fromkeys(claim.kind for claim in self.claims))

    def count(self, of: Callable[[Claim], Any]) -> Counter[Any]:
        """How many claims there are by something that can be told of each."""
        return Counter(map(of, self.claims))


def coverage(library: Library, today: date | None = None) -> Coverage:
    """Count what the library rests on.

    Args:
        library: the documents.
        today: the day on which a review is overdue; today if None.
    """
    found = [claim for folder, documents in library.documents.items() for d in documents.values()
             for claim in _claims(library, folder, d)]  # fmt: skip
    order = [*KINDS, *library.documents]
    months = library.number(REVIEW) if REVIEW in library.definitions else None
    reviewed = [
        (f"{folder}/{name}", document.reviewed)
        for folder, documents in (("guidelines", library.guidelines), ("evidence", library.sources))
        for name, document in documents.items()
    ]
    day = today or date.today()
    return Coverage(
        claims=tuple(sorted(found, key=lambda claim: (order.index(claim.kind), claim.document))),
        documents={folder: len(documents) for folder, documents in library.documents.items()},
        sources=dict(Counter((source.kind, source.status) for source in library.sources.values())),
        reviews=dict(sorted(Counter(on for _, on in reviewed).items())),
        overdue=tuple(name for name, on in reviewed if overdue(on, day, months)),
    )


def _claims(library: Library, folder: str, document: schema.Document) -> Iterator[Claim]:
    for path, node in _models(document):
        kind = next((kind for kind, types in KINDS.items() if isinstance(node, types)), None)
        if kind is None and not isinstance(node, Grounded):
            continue
        cited = [library.sources[name] for name in getattr(node, "evidence", ()) if name in library.sources]
        status = document.status if isinstance(document, (schema.Source, schema.Guideline)) else None
        reviewed = getattr(document, "reviewed", None) or min((source.reviewed for source in cited), default=None)
        yield Claim(
            kind=kind or folder,
            document=f"{folder}/{document.id}",
            part="/".join(path),
            ground=_ground(node),
            status=getattr(node, "status", None) or status or _best(source.status for source in cited),
            certainty=getattr(node, "certainty", None),
            reviewed=reviewed,
        )


def _ground(node: BaseModel) -> str:
    if not isinstance(node, Grounded) or not node.assumption:
        return "sources"
    return "both" if node.evidence else "assumption"


def _best(statuses: Iterable[str]) -> str | None:
    return min(statuses, key=_TRUST.index, default=None)


_TRUST = ("verified", "derived", "secondary", "unverified")
"""Statuses from the one that is trusted most: read in full, computed from what was read, read elsewhere, not read."""


def _models(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], BaseModel]]:
    """Every model within a model with its path; entries of a list by their id or place."""
    if isinstance(node, BaseModel):
        yield path, node
        for name in type(node).model_fields:
            yield from _models(getattr(node, name), (*path, name.rstrip("_")))
    elif isinstance(node, tuple):
        for place, entry in enumerate(node):
            yield from _models(entry, (*path, str(getattr(entry, "id", place))))
