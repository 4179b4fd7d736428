"""What the sections of the page share: a section with a side head, references to sources, a row of reasons."""

from __future__ import annotations

from dataclasses import dataclass, field

from stepdown.report.html.markup import Child, Element, drawn, h
from stepdown.report.marks import DRAWN
from stepdown.report.parts import Data
from stepdown.report.risks import Frame
from stepdown.report.wording import sources
from stepdown.report.words import Words


@dataclass
class Page:
    """One page while it is written.

    Attributes:
        filled: the assessment with its texts.
        words: the language.
        told: how its risks are told; None where there are none to tell.
        cited: ids of the sources in the order in which they were first cited.
    """

    filled: Data
    words: Words
    told: Frame | None
    cited: dict[str, int] = field(default_factory=dict)

    def tell(self, key: str, **arguments: object) -> str:
        """Words of the page."""
        return self.words.tell(f"page.{key}", **arguments)

    def refs(self, ids: list[str]) -> Element | None:
        """References to sources as small numbers that lead to the list at the end, runs of them drawn together."""
        if not ids:
            return None
        numbers = sorted(self.cited.setdefault(name, len(self.cited) + 1) for name in dict.fromkeys(ids))
        runs: list[list[int]] = []
        for number in numbers:
            if runs and number == runs[-1][-1] + 1:
                runs[-1].append(number)
            else:
                runs.append([number])
        links: list[Child] = []
        for run in runs:
            told = str(run[0]) if len(run) == 1 else f"{run[0]}{DRAWN.to if len(run) > 2 else ' '}{run[-1]}"
            links += [" " if links else None, h("a", told, href=f"#source-{run[0]}")]
        return h("sup", links)

    def ground(self, one: Data) -> Element | None:
        """The events and sources behind a claim, on a small line."""
        parts: list[Child] = []
        if one.get("from"):
            parts.append(f"{self.words.tell('label.from')} {sources(one['from'])}")
        if one.get("assumption"):
            parts += [" · " if parts else None, self.words.tell("label.assumption")]
        reference = self.refs(one.get("evidence") or [])
        return h("span", parts, reference, cls="ev") if parts or reference else None


def section(name: str, title: str, note: str, *content: Child) -> Element:
    """A section: side head with how to read it, matter to the right."""
    head = h("header", h("h2", title, id=f"h-{name}"), h("p", note) if note else None)
    return h("section", head, h("div", *content), cls="sec", id=name, aria_labelledby=f"h-{name}")


def mark(shape: str) -> Element:
    """A shape beside a word."""
    return h("span", shape, cls="mark", aria_hidden="true")


def stance(one: Data, words: Words) -> Element:
    """Shape and word of a stance."""
    return h("span", mark(DRAWN.stance[one["stance"]]), words.tell(f"stance.{one['stance']}"),
             cls=f"stance {one['stance']}")  # fmt: skip


def chart(svg: str, label: str) -> Element:
    """A chart that scrolls in its own frame where the page is too narrow for it."""
    return h("div", drawn(svg), cls="scroll", tabindex=0, role="region", aria_label=label)


def listed(items: list[Element], kind: str = "") -> Element | None:
    """A list, or nothing where it would be empty."""
    return h("ul", (h("li", item) for item in items), cls=kind or None) if items else None


def folded(summary: str, *content: Child) -> Element:
    """What opens on demand; it is printed if it was opened."""
    return h("details", h("summary", summary), *content)
