"""What the library rests on, as tables or JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date

import orjson
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from stepdown.knowledge.coverage import CERTAINTIES, GROUNDS, STATUSES, Coverage, coverage
from stepdown.knowledge.library import Library
from stepdown.report.paper import console, put

_GROUNDS = {"sources": "sourced", "both": "partly assumed", "assumption": "assumed"}


def show_coverage(library: Library, today: date | None = None, paper: Console | None = None) -> None:
    """Print how many claims there are of each kind, and on what they rest."""
    put(_told(coverage(library, today)), paper or console())


def coverage_json(library: Library, today: date | None = None) -> bytes:
    """The same with every claim, as UTF-8 JSON that ends in a new line."""
    found = coverage(library, today)
    data = {
        "knowledge": {"version": library.version, "digest": library.digest},
        "documents": found.documents,
        "claims": [asdict(claim) for claim in found.claims],
        "totals": {
            kind: {name: _count(found, kind, ground=name) for name in GROUNDS} | {"all": _count(found, kind)}
            for kind in found.kinds()
        },
        "sources": [
            {"kind": kind, "status": status, "count": count} for (kind, status), count in sorted(found.sources.items())
        ],
        "reviews": {day.isoformat(): count for day, count in found.reviews.items()},
        "overdue": list(found.overdue),
    }
    return orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _count(found: Coverage, kind: str | None = None, **fields: str | None) -> int:
    return sum(
        kind in (None, claim.kind) and all(getattr(claim, name) == value for name, value in fields.items())
        for claim in found.claims
    )


def _told(found: Coverage) -> Iterable[RenderableType]:
    kinds = found.kinds()
    yield Text("On what the claims rest", style="bold")
    yield _table(
        ["claims", "all", *(_GROUNDS[name] for name in GROUNDS), "last reviewed"],
        [
            [kind, _count(found, kind), *(_count(found, kind, ground=name) for name in GROUNDS), _span(found, kind)]
            for kind in kinds
        ]
        + [["all", _count(found), *(_count(found, ground=name) for name in GROUNDS), _span(found)]],
    )
    yield Text("\nHow well their sources were read (the best of each claim)", style="bold")
    yield _table(
        ["claims", *STATUSES, "no source"],
        [[kind, *(_count(found, kind, status=name) for name in (*STATUSES, None))] for kind in kinds],
    )
    yield Text("\nCertainty, where it is stated", style="bold")
    stated = [kind for kind in kinds if _count(found, kind, certainty=None) < _count(found, kind)]
    yield _table(
        ["claims", *CERTAINTIES, "not stated"],
        [[kind, *(_count(found, kind, certainty=name) for name in (*CERTAINTIES, None))] for kind in stated],
    )
    yield Text("\nFolders", style="bold")
    yield _table(["folder", "documents", "claims", "assumed, in whole or part"], list(_folders(found)))
    yield Text("\nSources", style="bold")
    sources = sorted({kind for kind, _ in found.sources})
    yield _table(
        ["sources", *STATUSES],
        [[kind, *(found.sources.get((kind, status), 0) for status in STATUSES)] for kind in sources],
    )
    yield Text("\nReviews of sources and guidelines", style="bold")
    yield _table(["last reviewed", "documents"], [[str(day), count] for day, count in found.reviews.items()])
    yield Text(f"Overdue: {', '.join(found.overdue) or 'none'}")


def _span(found: Coverage, kind: str | None = None) -> str:
    """The first and the last day of review of a kind of claims."""
    days = [claim.reviewed for claim in found.claims if kind in (None, claim.kind) and claim.reviewed]
    return " to ".join(str(day) for day in sorted({min(days), max(days)})) if days else "-"


def _folders(found: Coverage) -> Iterable[list[str | int]]:
    for folder, count in found.documents.items():
        claims = [claim for claim in found.claims if claim.document.startswith(f"{folder}/")]
        yield [folder, count, len(claims), sum(claim.ground != "sources" for claim in claims)]


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in head:
        table.add_column(name, justify="left" if name == head[0] or name == "last reviewed" else "right")
    for row in rows:
        table.add_row(*map(str, row))
    return table
