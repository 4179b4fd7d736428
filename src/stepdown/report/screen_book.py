"""A screen as a workbook: the worklist, everybody, what the columns say, the summary, and what was not understood."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from stepdown.cohort import manifest
from stepdown.cohort.faults import told as faults_told
from stepdown.cohort.found import Found
from stepdown.cohort.lists import LISTS
from stepdown.cohort.rows import SEPARATOR
from stepdown.errors import InputError
from stepdown.report import screen_words as say
from stepdown.report.screen_columns import columns
from stepdown.report.screen_people import RANK, on_lists
from stepdown.report.screen_sheet import summary_rows
from stepdown.report.words import Words
from stepdown.report.workbook import ROWS, Book, table_sheet, workbook

MOST = ROWS - 1
"""So many people a sheet holds under its head."""
_PROBLEMS = 100_000
_CHUNK = 10_000
WORK = {"person": 14, "list": 18, "emergency": 11, "age": 6, "course": 15, "drug": 14, "advice": 34, "review": 13,
        "next_dose": 15, "until": 11, "due": 11, "flags": 32, "find_out": 34}  # fmt: skip
"""Columns of the worklist, and how wide they are."""
_NEEDED = ("person_id", "on", "emergency", "flags", "find_out", "recommendation.kind", "recommendation.option",
           "recommendation.reason", "recommendation.review", "recommendation.next_dose", "recommendation.until",
           "age.low", "age.high", "course", "therapy", "weeks_to_next_dose.low", "weeks_to_next_dose.high")  # fmt: skip
_STYLES = {"emergency": "grave", "risk": "bold", "less": "good", "waits": "plain", "unjudged": "plain"}


@dataclass(frozen=True)
class Workbook:
    """Writes a screen as a workbook."""

    out: Path
    words: Words

    def check(self, people: int) -> None:
        """Refuse more people than a sheet holds.

        Raises:
            InputError: there are too many.
        """
        if people > MOST:
            raise InputError(f"{people:,} people are more than the {MOST:,} that a sheet holds", f"--out {self.out}",
                             "end it in .parquet")  # fmt: skip

    def write(self, found: Found) -> None:
        """Write it aside and give it its name.

        Raises:
            InputError: it cannot be written.
        """
        aside = self.out.with_name(f".{self.out.name}.{os.getpid()}")
        try:
            with faults_told(self.out):
                with workbook(aside, self.words) as book:
                    _sheets(book, found, self.words, self.out)
                manifest.publish(aside, self.out)
        finally:
            aside.unlink(missing_ok=True)


def _sheets(book: Book, found: Found, words: Words, out: Path) -> None:
    summary = found.summary
    header = words.tell("screen.page", people=say.people(summary.people, words), day=summary.on.isoformat())
    if summary.kinds:
        heads = {words.tell(f"screen.work.{name}"): width for name, width in WORK.items()}
        table_sheet(book, words.tell("screen.sheet.worklist"), heads, _worklist(found, words), header)
    explained = columns(pl.Schema(pl.read_ipc_schema(found.parts[0])), words)
    # the width of a column follows what its title needs on a few lines
    titles = {f"{one.title}\n{one.key}": max(12, min(28, len(one.key))) for one in explained}
    table_sheet(book, words.tell("screen.sheet.everyone"), titles, _everyone(found.parts), header, fit=False)
    wide = dict(zip(_heads("columns", words), (30, 34, 10, 10, 70, 40), strict=True))
    lines = (((one.key, one.title, one.kind, one.unit, one.says, one.values), "plain") for one in explained)
    table_sheet(book, words.tell("screen.sheet.columns"), wide, lines, header)
    sheet = book.sheet(words.tell("screen.sheet.summary"), (60, 12, 12, 12), header)
    for cells, styles in summary_rows(summary, words):
        sheet.row(cells, styles)
    wide = dict(zip(_heads("problem-columns", words), (38, 16, 14, 28, 10, 28, 16, 40, 20), strict=True))
    table_sheet(book, words.tell("screen.sheet.problems"), wide, _problems(found, words), header)


def _heads(name: str, words: Words) -> list[str]:
    named = {
        "columns": ("key", "title", "kind", "unit", "says", "values"),
        "problem-columns": ("problem", "person_id", "table", "file", "row", "source", "column", "said", "key"),
    }
    return [words.tell(f"screen.{name}.{one}") for one in named[name]]


def _worklist(found: Found, words: Words) -> Iterator[tuple[Sequence[object], str]]:
    """Who is on a list, the most pressing first, then the nearest day, then the id."""
    chosen = on_lists(found, words.library, _NEEDED)
    if chosen.is_empty():
        yield (words.tell("screen.sheet.nobody"),), "quiet"
    tell = _Tell(words)
    for start in range(0, chosen.height, _CHUNK):
        for one in chosen.slice(start, _CHUNK).iter_rows(named=True):
            yield tell.row(one), _STYLES[LISTS[one[RANK]]]


class _Tell:
    """Says the cells of the worklist; what was said once is said again at no cost."""

    def __init__(self, words: Words) -> None:
        self.advice = cache(lambda reason, option, therapy: say.advice(reason, option, therapy, words))
        self.course = cache(lambda cell: say.course(cell, words))
        self.flags = cache(lambda cell: "\n".join(say.flag_to_do(name, words) for name in cell.split(SEPARATOR)))
        self.asked = cache(lambda cell: "\n".join(say.to_find_out(name, words) for name in cell.split(SEPARATOR)))
        self.tell = cache(words.tell)
        self.until = cache(lambda day: words.tell("next-dose.delay-until", until=day.isoformat()))

    def row(self, one: dict[str, Any]) -> list[object]:
        """The cells of one person under the names of `WORK`."""
        advice = (one["recommendation.reason"], one["recommendation.option"], one["therapy"])
        return [
            one["person_id"],
            "; ".join(self.tell(f"screen.list.{name}") for name in LISTS if one[name]),
            self.tell("value.yes") if one["emergency"] else None,
            _age(one["age.low"], one["age.high"]) or self.tell("value.unknown"),
            self.course(one["course"]),
            self.course(one["therapy"]),
            self.advice(*advice),
            self._review(one),
            self._dose(one),
            one["recommendation.until"],
            _due(one["on"], one["weeks_to_next_dose.low"], one["weeks_to_next_dose.high"]),
            self.flags(one["flags"]) if one["flags"] else None,
            self.asked(one["find_out"]) if one["find_out"] else None,
        ]

    def _review(self, one: dict[str, Any]) -> str:
        calm = "before-dose" if one["recommendation.next_dose"] == "withhold" else "none"
        return self.tell(f"review.{'today' if one['emergency'] else one['recommendation.review'] or calm}")

    def _dose(self, one: dict[str, Any]) -> str:
        dose, until = one["recommendation.next_dose"], one["recommendation.until"]
        if dose == "delay-until":
            return self.until(until) if until else self.tell("next-dose.delay")
        switch = dose == "give" and one["recommendation.kind"].startswith("switch")
        return self.tell("next-dose.give-until-changed" if switch else f"next-dose.{dose}")


def _age(low: float | None, high: float | None) -> int | str | None:
    """Completed years: a number where they are known, else from the least to the most."""
    if not low and high is None:
        return None
    first, last = (None if bound is None else math.floor(round(bound, 6)) for bound in (low, high))
    if first is None or last is None:
        return f"{first if last is None else 0}+" if last is None else f"0–{last}"
    return first if first == last else f"{first}–{last}"


def _due(on: date, low: float | None, high: float | None) -> date | None:
    """The day of the next dose, where it is known."""
    return on + timedelta(days=round(7 * low)) if low is not None and low == high else None


def _everyone(parts: Sequence[Path]) -> Iterator[tuple[tuple[object, ...], str]]:
    for part in parts:
        for cells in pl.read_ipc(part).iter_rows():
            yield cells, "data"


def _problems(found: Found, words: Words) -> Iterator[tuple[Sequence[object], str]]:
    title = cache(lambda key: say.problem(key, words))
    for one in found.problems.head(_PROBLEMS).collect(engine="streaming").iter_rows(named=True):
        stands = say.stands(one["problem"], one["said"], one["row"] is not None, words)
        place = [one[name] for name in ("person_id", "table", "file", "row", "source", "column")]
        yield (title(one["problem"]), *place, stands, one["problem"]), "plain"
    count, listed = sum(one.count for one in found.summary.problems), found.summary.listed
    if count > _PROBLEMS and listed is not None:
        told = words.tell("screen.sheet.more-problems", shown=say.many(_PROBLEMS), count=say.many(count),
                          file=listed.name)  # fmt: skip
        yield (told,), "quiet"
