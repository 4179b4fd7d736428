"""What is told of everybody together: counts, the funnel of each guideline, and problems by kind with examples."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from stepdown.cohort import manifest
from stepdown.cohort.answer import EXAMPLES, Options, bucket_name
from stepdown.cohort.inputs.tables import READ


@dataclass(frozen=True)
class Problems:
    """One kind of problem: how many there are, and some of them as `relapse.csv:12 on 'soon'`."""

    key: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Summary:
    """What is told of everybody together.

    Attributes:
        on: the index date.
        people: how many were screened.
        kinds: how many by recommended kind.
        emergency, died: how many.
        review, flags, find_out: how many by word.
        funnel: for each guideline its lines, see `ask.funnel`.
        problems: by kind, the most frequent first.
        listed: the file that lists all problems, where there are any.
    """

    on: date
    people: int
    kinds: dict[str, int]
    emergency: int
    died: int
    review: dict[str, int]
    flags: dict[str, int]
    find_out: dict[str, int]
    funnel: dict[str, list[dict[str, Any]]]
    problems: tuple[Problems, ...] = ()
    listed: Path | None = field(default=None)


def add_up(work: Path, buckets: int, places: pl.DataFrame, options: Options, out: Path) -> Summary:
    """Add up what was counted of each bucket."""
    counts = [manifest.read(work / bucket_name(number, "json")) for number in range(buckets)]
    filled = [one for one in counts if one["people"]]
    problems = _problems(work, places)
    listed = out.with_name(f"{out.stem}.problems.csv") if problems else None
    return Summary(
        on=options.on,
        people=sum(one["people"] for one in filled),
        emergency=sum(one["emergency"] for one in filled),
        died=sum(one["died"] for one in filled),
        funnel=_funnel(filled),
        problems=problems,
        listed=listed,
        **{name: _most([one[name] for one in filled]) for name in ("kinds", "review", "flags", "find_out")},
    )


def _most(parts: list[dict[str, int]]) -> dict[str, int]:
    whole: Counter[str] = Counter()
    for part in parts:
        whole.update(part)
    return dict(sorted(whole.items(), key=lambda item: (-item[1], item[0])))


def _funnel(parts: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    return {
        name: [
            {"criterion": lines[0]["criterion"]}
            | {key: sum(line[key] for line in lines) for key in ("left", "unknown", "out")}
            for lines in zip(*(part["funnel"][name] for part in parts), strict=True)
        ]
        for name in (parts[0]["funnel"] if parts else ())
    }


def _problems(work: Path, places: pl.DataFrame) -> tuple[Problems, ...]:
    files = [work / "tables" / READ, *sorted(work.glob("bucket-*.problems.parquet"))]
    every = pl.concat([pl.scan_parquet(path, hive_partitioning=False) for path in files])
    order = ["table", "_file", "_row", "source", "person_id"]
    some = pl.struct(pl.all().exclude("key")).sort_by(order).head(EXAMPLES).alias("some")
    first = every.group_by("key").agg(pl.len().alias("count"), some).collect()
    first = first.sort("count", "key", descending=[True, False])
    files_of = {(table, number): file for table, number, file in places.rows()}
    return tuple(
        Problems(key, count, tuple(_place(one, files_of) for one in some))
        for key, count, some in first.select("key", "count", "some").iter_rows()
    )


def _place(problem: dict[str, Any], files: dict[tuple[str, int], str]) -> str:
    """Where a problem stands, and what stands there."""
    where = problem["source"] or f"person {problem['person_id']}"
    if problem["_row"] is not None:
        where = f"{files[problem['table'], problem['_file']]}:{problem['_row']}"
    said = f" {problem['said']!r}" if problem["said"] is not None else ""
    column = f" {problem['column']}" if problem["column"] else ""
    return f"{where}{column}{said}"
