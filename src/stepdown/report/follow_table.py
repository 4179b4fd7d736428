"""A follow-up for other programs: JSON, and a table of one line a thing to do, as CSV or as a workbook."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from stepdown.report import wording
from stepdown.report.cells import csv_lines
from stepdown.report.fill import fill
from stepdown.report.follow_parts import change, found_of, last_of, moved, name, next_of, who
from stepdown.report.parts import Data
from stepdown.report.words import Words
from stepdown.report.workbook import table_sheet, workbook

SCHEMA = Path(__file__).parent / "schema" / "follow.schema.json"
COLUMNS = {
    "person": 12, "status": 12, "urgency": 12, "what": 42, "since": 11, "until": 11, "last": 16, "do": 60, "who": 14,
    "change": 34, "changed_on": 11, "moved": 28, "next": 30, "source": 30, "file": 22,
}  # fmt: skip
"""Columns of the table, and how wide they are in a workbook."""


def follow_json(told: Data, words: Words) -> bytes:
    """A follow-up as UTF-8 JSON that ends in a new line; it obeys `follow_schema`."""
    options = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(fill(told, words), option=options)


@lru_cache(maxsize=1)
def follow_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a follow-up."""
    schema: dict[str, Any] = orjson.loads(SCHEMA.read_bytes())
    return schema


def follow_csv(told: Data, words: Words) -> bytes:
    """The table as CSV, under the names of `COLUMNS`; what a spreadsheet would take for a formula is made text."""
    rows = ([row.get(column) for column in COLUMNS] for row in table(told, words))
    return b"".join(csv_lines(list(COLUMNS), rows))


def follow_xlsx(told: Data, words: Words) -> bytes:
    """The table as a workbook: filters, a head that stays in sight and is printed on every page, landscape."""
    content = io.BytesIO()
    heads = {words.tell(f"follow.column.{column}"): width for column, width in COLUMNS.items()}
    with workbook(content, words) as book:
        title = words.tell("follow.title", day=told["on"])
        table_sheet(book, words.tell("follow.sheet.name"), heads, _rows(told, words), title)
    return content.getvalue()


def _rows(told: Data, words: Words) -> Iterator[tuple[list[str], list[str]]]:
    """The cells of the workbook; the first four stand out where something is overdue or triggered."""
    for row in table(told, words):
        marked = 4 * (row["kind"] in ("triggered", "overdue"))
        styles = ["bold"] * marked + ["plain"] * (len(COLUMNS) - marked)
        yield [str(row.get(column) or "") for column in COLUMNS], styles


def table(told: Data, words: Words) -> Iterator[dict[str, Any]]:
    """One row a thing to do, in the order of the worklist; one for a person with nothing to do."""
    for one in fill(told, words)["people"]:
        shared = {
            "person": one["person"],
            "change": change(one, words),
            "changed_on": one["change"]["last"] if one["change"] else one["decided_on"],
            "moved": "; ".join(moved(entry, words) for entry in one["changed"]),
            "next": next_of(one, words),
            "file": one["file"],
        }
        rows = [*(_signal(signal, words) for signal in one["triggered"]),
                *(_item(entry, words) for entry in (*one["overdue"], *one["due"]))]  # fmt: skip
        for row in rows or [_row("nothing-due", words)]:
            yield {**shared, **row}


def _signal(signal: Data, words: Words) -> dict[str, Any]:
    return _row(
        "triggered", words,
        urgency=words.tell(f"follow.urgency.{signal['urgency']}") if signal["urgency"] else None,
        what=found_of(signal, words), since=signal["since"], do=signal["do"]["text"] if signal["do"] else None,
        source=wording.sources(signal["from"]),
    )  # fmt: skip


def _item(entry: Data, words: Words) -> dict[str, Any]:
    return _row(
        "overdue" if entry["status"] == "overdue" else "due", words,
        what=name(entry, words), since=entry["since"], until=entry["window"]["to"], last=last_of(entry, words),
        do=entry["says"]["text"], who=who(entry, words),
        source=wording.sources(entry["last"]["from"]) if entry["last"] else None,
    )  # fmt: skip


def _row(kind: str, words: Words, **facts: Any) -> dict[str, Any]:
    return {"kind": kind, "status": words.tell(f"follow.status.{kind}").lower(), **facts}
