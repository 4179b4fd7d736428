"""The summary of a screen as one page: who needs a look, the funnels, what is missing, what was not understood.

The page counts people and names nobody, unless names are asked for: it is made to be passed on, and what its readers do
not need should not be in it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from stepdown.cohort import manifest
from stepdown.cohort.faults import told as faults_told
from stepdown.cohort.found import Found
from stepdown.cohort.lists import LISTS
from stepdown.cohort.summary import Summary
from stepdown.report import screen_words as say
from stepdown.report.html.bars import HATCH, Row, bars, key
from stepdown.report.html.document import document
from stepdown.report.html.markup import Child, Element, h
from stepdown.report.html.parts import folded, mark, section
from stepdown.report.html.screen_data import completeness, problems
from stepdown.report.marks import DRAWN
from stepdown.report.screen_people import on_lists
from stepdown.report.screen_sheet import speaking
from stepdown.report.wording import date
from stepdown.report.words import Words

IDS = 50
"""So many people of a list are named, where names are asked for."""
_SHOWN = 10
"""So many lines of a count are shown at once."""


@dataclass(frozen=True)
class SummaryPage:
    """Writes the summary of a screen as a page.

    Attributes:
        page: where it is written.
        words: the language.
        rows: the file with one row a person, where there is one.
        ids: whether people are named.
        title: what the data call themselves.
    """

    page: Path
    words: Words
    rows: Path | None = None
    ids: bool = False
    title: str = ""

    def check(self, people: int) -> None:
        """A page has room for any number of people."""

    def write(self, found: Found) -> None:
        """Write it aside and give it its name.

        Raises:
            InputError: it cannot be written.
        """
        aside = self.page.with_name(f".{self.page.name}.{os.getpid()}")
        try:
            with faults_told(self.page):
                aside.write_text(self.html(found), encoding="utf-8")
                manifest.publish(aside, self.page)
        finally:
            aside.unlink(missing_ok=True)

    def html(self, found: Found) -> str:
        """The page."""
        summary, words = found.summary, self.words
        named = on_lists(found, words.library) if self.ids and summary.kinds else None
        people = say.people(summary.people, words)
        content: list[Child] = [
            HATCH, self._head(summary),
            self._advised(summary, named) if summary.kinds else self._asked(summary),
            self._funnels(summary), self._flags(summary), completeness(summary, words),
            problems(summary, words, self.ids, self.rows is not None), self._foot(),
        ]  # fmt: skip
        title = words.tell("screen.page", people=people, day=summary.on.isoformat())
        return document(title, words.language, content, "screen")

    def _head(self, summary: Summary) -> Element:
        words, library = self.words, self.words.library
        told = words.tell("label.library", version=library.version, digest=library.digest[7:19])
        day = h("p", date(summary.on.isoformat(), words), h("small", told), cls="day")
        facts = [h("li", self.title)] if self.title else []
        if summary.died:
            facts.append(h("li", words.tell("screen.died", people=say.people(summary.died, words))))
        heading = words.tell("screen.heading", people=say.people(summary.people, words))
        return h("header", day, h("h1", heading), h("ul", facts, cls="facts") if facts else None, cls="who")

    def _advised(self, summary: Summary, named: pl.DataFrame | None) -> list[Element | None]:
        return [self._lists(summary, named), self._wanting(summary), self._advice(summary)]

    def _asked(self, summary: Summary) -> Element | None:
        """What conclusions hang on, where nothing but conclusions was asked for."""
        if not summary.find_out:
            return None
        rows = {say.to_find_out(name, self.words): count for name, count in summary.find_out.items()}
        return section("missing", self.words.tell("screen.head.find-out"), self.words.tell("screen.head.wanting-note"),
                       self._table(rows, summary.people, "missing", "unknown"))  # fmt: skip

    def _lists(self, summary: Summary, named: pl.DataFrame | None) -> Element:
        words, rows = self.words, []
        for name in LISTS:
            count = summary.lists[name]
            pressing = name == "emergency" and count > 0
            share = h("small", say.share(count, summary.people, words)) if count else None
            title = h("h3", mark(DRAWN.flag) if pressing else None, words.tell(f"screen.list.{name}"))
            kind = "pressing" if pressing else name if count else "none"
            rows.append(h("li", h("p", say.many(count), share, cls="many"),
                          h("div", title, h("p", words.tell(f"screen.list-says.{name}")), self._ids(name, named)),
                          cls=kind))  # fmt: skip
        where = words.tell("screen.where", file=self.rows.name) if self.rows else words.tell("screen.nowhere")
        return section("lists", words.tell("screen.head.lists"), words.tell("screen.head.lists-note"),
                       h("ul", rows, cls="lists"), h("p", where, cls="cap"))  # fmt: skip

    def _ids(self, name: str, named: pl.DataFrame | None) -> Element | None:
        if named is None:
            return None
        mine = named.filter(pl.col(name))["person_id"]
        if not mine.len():
            return None
        shown = mine.head(IDS).to_list()
        said = "ids" if mine.len() > IDS else "ids-all"
        return folded(self.words.tell(f"screen.{said}", count=say.many(len(shown))),
                      h("ul", (h("li", one) for one in shown), cls="ids"))  # fmt: skip

    def _wanting(self, summary: Summary) -> Element | None:
        count, words = summary.lists["unjudged"], self.words
        if not count:
            return None
        rows = [(say.to_find_out(name, words), many) for name, many in summary.wanting.items()]
        title = words.tell("screen.head.wanting-of", count=say.many(count))
        note = words.tell("screen.head.wanting-note")
        alone = h("p", words.tell("screen.one-wanting", count=say.many(summary.one_wanting)), cls="cap")
        return section("missing", title, note, self._table(dict(rows), count, "missing", "unknown"), alone)

    def _advice(self, summary: Summary) -> Element:
        words = self.words
        rows = {words.tell(f"kind.{name}").capitalize(): count for name, count in summary.kinds.items()}
        return section("advice", words.tell("screen.head.advice"), words.tell("screen.head.advice-note"),
                       self._table(rows, summary.people, "kind-head", "yes"))  # fmt: skip

    def _flags(self, summary: Summary) -> Element | None:
        if not summary.flags:
            return None
        rows = {say.flag(name, self.words): count for name, count in summary.flags.items()}
        return section("flags", self.words.tell("screen.head.flags"), "",
                       self._table(rows, summary.people, "flag-head", "yes"))  # fmt: skip

    def _table(self, counts: Mapping[str, int], of: int, head: str, kind: str) -> Element:
        words = self.words
        heads = [words.tell(f"screen.{name}") for name in (head, "people-head", "share-head")]
        rows = [Row(name, [(kind, count)], [count, say.share(count, of, words)]) for name, count in counts.items()]
        share = words.tell("screen.share-head")
        first = bars("", "", heads, rows[:_SHOWN], of, share)
        if len(rows) <= _SHOWN:
            return first
        more = words.tell("screen.and-more", count=len(rows) - _SHOWN)
        return h("div", first, folded(more, bars("", "", heads, rows[_SHOWN:], of, share)))

    def _funnels(self, summary: Summary) -> Element:
        words, spoken = self.words, speaking(summary)
        trials = [name for name in spoken if words.library.guidelines[name].kind == "trial-population"]
        content: list[Child] = [key([("yes", words.tell("screen.left")), ("unknown", words.tell("screen.unknown")),
                                     ("no", words.tell("screen.out"))])]  # fmt: skip
        content += [self._funnel(summary, name) for name in spoken if name not in trials]
        if trials:
            content += [h("h3", words.tell("screen.head.populations")), *(self._funnel(summary, one) for one in trials)]
        if not spoken:
            content = [h("p", words.tell("screen.no-guideline"), cls="unknown")]
        silent = [words.tell(f"guidelines/{name}.title") for name in summary.funnel if name not in spoken]
        if silent and spoken:
            content.append(h("p", words.tell("screen.speaks-of-nobody", names="; ".join(silent)), cls="cap"))
        return section("funnel", words.tell("screen.head.funnel"), words.tell("screen.head.funnel-note"), *content)

    def _funnel(self, summary: Summary, name: str) -> Element:
        """A guideline: each bar is as long as the one before it was without those who dropped out."""
        words, lines, people = self.words, summary.funnel[name], summary.people
        rows = [Row(words.tell("screen.everybody"), [("yes", people)], [people, None, None], "everybody")]
        rows += [
            Row(say.criterion(name, line["criterion"], words),
                [("yes", line["left"]), ("unknown", line["unknown"]), ("no", line["out"])],
                [line["left"], line["unknown"], line["out"]])
            for line in lines
        ]  # fmt: skip
        last = lines[-1]
        note = words.tell("screen.funnel-end", left=say.many(last["left"]), all=say.many(people),
                          unknown=say.many(last["unknown"]))  # fmt: skip
        heads = [words.tell(f"screen.{one}") for one in ("criterion", "left", "unknown", "out")]
        title = words.tell(f"guidelines/{name}.title")
        return bars(title, note, heads, rows, people, words.tell("screen.people-head"))

    def _foot(self) -> Element:
        words, known = self.words, self.words.library
        told = [words.tell("label.library", version=known.version, digest=known.digest)]
        if known.overlays:
            told.append(words.tell("label.overlays", paths=[Path(one.path).name for one in known.overlays]))
        private = words.tell("screen.private-ids" if self.ids else "screen.private")
        return h("footer", h("p", words.tell("screen.judgement")), h("p", private), h("p", ", ".join(told)))
