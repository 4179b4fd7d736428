"""Bars of people beside their counts: what is so, what is unknown (hatched, with an edge) and what is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stepdown.report.html.markup import Element, h
from stepdown.report.screen_words import many

HATCH = Element(
    '<svg class="hidden" aria-hidden="true"><defs><pattern id="hatch" width="5" height="5" '
    'patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line x1="1" y1="0" x2="1" y2="5" class="line"/>'
    "</pattern></defs></svg>"
)
"""Defined once on a page that has bars."""
_HIGH = 14


def bar(parts: Sequence[tuple[str, float]], of: int) -> Element:
    """A bar of parts one after the other, each a kind (`yes`, `half`, `unknown`, `no`) and a count."""
    drawn, at = "", 0.0
    for kind, count in parts:
        wide = 100 * count / of if of else 0
        if count:
            drawn += _part(kind, at, max(wide, 0.4))
        at += wide
    return Element(f'<svg height="{_HIGH}" width="100%" aria-hidden="true" focusable="false">{drawn}</svg>')


def _part(kind: str, at: float, wide: float) -> str:
    place = f'x="{at:.2f}%" width="{wide:.2f}%"'
    if kind != "unknown":
        return f'<rect {place} y="0" height="{_HIGH}" class="{kind}"/>'
    return (
        f'<rect {place} y="0" height="{_HIGH}" fill="url(#hatch)"/>'
        f'<rect {place} y="0.5" height="{_HIGH - 1}" class="edge"/>'
    )


def key(entries: Sequence[tuple[str, str]]) -> Element:
    """What the parts of bars mean: a kind, and its words."""
    return h("ul", (h("li", bar([(kind, 1)], 1), text) for kind, text in entries), cls="key")


@dataclass(frozen=True)
class Row:
    """A row of a table of bars: its name, its parts in a bar, and the counts beside it."""

    name: str
    parts: Sequence[tuple[str, float]]
    counts: Sequence[int | str | None]
    cls: str = ""


def bars(caption: str, note: str, heads: Sequence[str], rows: Sequence[Row], of: int, bar_head: str) -> Element:
    """A table of bars; the numbers say all that the bars show.

    Args:
        caption: its title; nothing where a section gives one.
        note: a line under the title.
        heads: of the names and of each count.
        rows: its rows.
        of: how many people a whole bar is.
        bar_head: what the column of bars is called by a screen reader.
    """
    title = h("caption", caption, h("small", note) if note else None) if caption else None
    head = h("tr", h("th", heads[0], scope="col"), h("th", h("span", bar_head, cls="off"), scope="col", cls="bar"),
             (h("th", one, scope="col", cls="num") for one in heads[1:]))  # fmt: skip
    body = [
        h("tr", h("th", row.name, scope="row"), h("td", bar(row.parts, of), cls="bar"),
          (_count(one, label) for one, label in zip(row.counts, heads[1:], strict=True)), cls=row.cls or None)
        for row in rows
    ]  # fmt: skip
    return h("table", title, h("thead", head), h("tbody", body), cls="bars")


def _count(count: int | str | None, label: str) -> Element:
    if count is None:
        return h("td", cls="num")
    text = many(count) if isinstance(count, int) else count
    return h("td", text, cls="num zero" if count == 0 else "num", data_label=label)
