"""The evidence table: what each source says and how well it was read, and every figure by outcome."""

from __future__ import annotations

from collections.abc import Iterator

from stepdown.knowledge.criterion_words import prose
from stepdown.knowledge.schema import Estimate, Source
from stepdown.report.pages.book import Book, title
from stepdown.report.pages.claims import doors
from stepdown.report.pages.markdown import anchor, escaped, table

MANY = 20
"""An outcome with at least so many figures has a page of its own."""
OTHER = "other-outcomes"
_SHARES = ("risk", "share", "risk-difference")
"""Measures that are told in per cent where their unit is 1."""


def sources(book: Book, kind: str, page: str) -> Iterator[str]:
    """The table of the sources of a kind."""
    rows = [_source(book, source, page) for source in book.library.sources.values() if source.kind == kind]
    yield from table(["source", "who and how", "what it says", "limits and conflicts", "read", "used by"], rows)


def _source(book: Book, source: Source, page: str) -> list[str]:
    who = [source.design, source.population, source.comparison, source.horizon]
    limits = [escaped(prose(source.limits))] if source.limits else []
    limits += [
        f"Against {book.link('evidence', conflict.source, page)}: {escaped(prose(conflict.how))}"
        for conflict in source.conflicts
    ]
    count = len(source.estimates)
    figures = f" {count} {'figure' if count == 1 else 'figures'}." if count else ""
    return [
        f"{anchor(source.id)}**{title(source)}** `{source.id}` {escaped(source.citation)} "
        + doors(source.doi, source.pmid, source.url),
        escaped(" ".join(prose(text) for text in who if text)),
        escaped(prose(source.says)) + figures,
        " ".join(limits),
        f"{source.status}, {source.reviewed}",
        book.used_by("evidence", source.id, page),
    ]


def outcomes(book: Book) -> dict[str, list[str]]:
    """The pages of figures by name: the outcomes that stand on each."""
    counts: dict[str, int] = {}
    for source in book.library.sources.values():
        for estimate in source.estimates:
            counts[estimate.outcome] = counts.get(estimate.outcome, 0) + 1
    pages = {name: [name] for name, count in sorted(counts.items()) if count >= MANY}
    rest = sorted(name for name in counts if name not in pages)
    return pages | ({OTHER: rest} if rest else {})


def figures(book: Book, names: list[str], page: str) -> Iterator[str]:
    """Every figure of some outcomes, a table each."""
    for name in names:
        yield f"## {escaped(name.replace('-', ' '))}"
        yield ""
        rows = [
            _figure(book, source, estimate, page)
            for source in book.library.sources.values()
            for estimate in source.estimates
            if estimate.outcome == name
        ]
        head = ["source", "in whom", "against", "measure", "figure", "counts", "years", "read", "note"]
        yield from table(head, rows)


def _figure(book: Book, source: Source, estimate: Estimate, page: str) -> list[str]:
    return [
        book.link("evidence", source.id, page),
        escaped(prose(estimate.group)),
        escaped(prose(estimate.versus)) if estimate.versus else "",
        estimate.measure.replace("-", " "),
        amount(estimate),
        _counts(estimate),
        "" if estimate.horizon_years is None else f"{estimate.horizon_years:g}",
        estimate.status,
        escaped(prose(estimate.note)) if estimate.note else "",
    ]


def amount(estimate: Estimate) -> str:
    """The value with its interval and unit: `12.2%`, `2.6 (1.05 to 6.4)`, `0.16 a year`."""
    percent = estimate.unit == "1" and estimate.measure in _SHARES

    def number(value: float) -> str:
        return f"{100 * value:.6g}%" if percent else f"{value:.6g}"

    value = "" if estimate.value is None else number(estimate.value)
    bounds = ""
    if estimate.low is not None and estimate.high is not None:
        bounds = f"{number(estimate.low)} to {number(estimate.high)}"
    elif estimate.low is not None:
        bounds = f"at least {number(estimate.low)}"
    elif estimate.high is not None:
        bounds = f"at most {number(estimate.high)}"
    if bounds and value:
        bounds = f"({bounds})" if estimate.level == 0.95 else f"({bounds}; {100 * estimate.level:g}%)"
    unit = {"1": "", "1/a": "a year"}.get(estimate.unit, escaped(estimate.unit))
    return " ".join(part for part in (value, bounds, unit if value or bounds else "") if part)


def _counts(estimate: Estimate) -> str:
    told = []
    if estimate.events is not None:
        told.append(f"{estimate.events} of {estimate.n}" if estimate.n is not None else f"{estimate.events} events")
    elif estimate.n is not None:
        told.append(f"n = {estimate.n}")
    if estimate.person_years is not None:
        told.append(f"{estimate.person_years:g} person-years")
    return ", ".join(told)
