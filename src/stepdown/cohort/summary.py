"""What is told of everybody together: counts, the funnel of each guideline, and problems by kind with examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from stepdown.cohort import manifest
from stepdown.cohort.answer import EXAMPLES, Options, bucket_name
from stepdown.cohort.inputs.tables import READ
from stepdown.cohort.lists import LISTS

_ORDER = ("table", "_file", "_row", "source", "person_id", "column", "said")
"""The order of problems of one kind."""


@dataclass(frozen=True)
class Example:
    """One problem, as `relapse.csv:12 on 'soon'`.

    Attributes:
        where: the line of a file, or the event or person it concerns.
        column: where it stands there, empty where it is not one column.
        said: what stands there; None where nothing does.
        of_file: whether `where` is a line of a file, which names nobody.
    """

    where: str
    column: str
    said: str | None
    of_file: bool

    def __str__(self) -> str:
        said = "" if self.said is None else f" {self.said!r}"
        return f"{self.place}{said}"

    @property
    def place(self) -> str:
        """Where it stands, without what stands there."""
        return f"{self.where} {self.column}".strip()


@dataclass(frozen=True)
class Problems:
    """One kind of problem: how many there are, and some of them."""

    key: str
    count: int
    examples: tuple[Example, ...]


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
        lists: how many are on each of `lists.LISTS`.
        wanting: of who cannot be judged, how many hang on each variable; `one_wanting` hang on one alone.
        known: for each variable of how many it is known, partly known and unknown.
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
    lists: dict[str, int]
    wanting: dict[str, int]
    one_wanting: int
    known: dict[str, list[int]]
    problems: tuple[Problems, ...] = ()
    listed: Path | None = field(default=None)


def add_up(work: Path, buckets: int, places: pl.DataFrame, options: Options, out: Path) -> Summary:
    """Add up what was counted of each bucket."""
    counts = [manifest.read(work / bucket_name(number, "json")) for number in range(buckets)]
    files = [work / "tables" / READ, *sorted(work.glob("bucket-*.problems.parquet"))]
    every = pl.concat([pl.scan_parquet(path, hive_partitioning=False) for path in files])
    problems = told(first_of(every), places)
    listed = out.with_name(f"{out.stem}.problems.csv") if problems else None
    return together(counts, problems, options, listed)


def together(
    counts: Sequence[dict[str, Any]], problems: tuple[Problems, ...], options: Options, listed: Path | None
) -> Summary:
    """What is told of everybody, from what was counted of each bucket."""
    filled = [one for one in counts if one["people"]]
    return Summary(
        on=options.on,
        people=sum(one["people"] for one in filled),
        emergency=sum(one["emergency"] for one in filled),
        died=sum(one["died"] for one in filled),
        one_wanting=sum(one["one_wanting"] for one in filled),
        funnel=_funnel(filled),
        lists={name: sum(one["lists"][name] for one in filled) for name in LISTS},
        known=_known([one["known"] for one in filled]),
        problems=problems,
        listed=listed,
        **{name: _most([one[name] for one in filled]) for name in ("kinds", "review", "flags", "find_out", "wanting")},
    )


def _most(parts: list[dict[str, int]]) -> dict[str, int]:
    whole: Counter[str] = Counter()
    for part in parts:
        whole.update(part)
    return dict(sorted(whole.items(), key=lambda item: (-item[1], item[0])))


def _known(parts: list[dict[str, list[int]]]) -> dict[str, list[int]]:
    return {
        name: [sum(counts) for counts in zip(*(part[name] for part in parts), strict=True)]
        for name in (parts[0] if parts else ())
    }


def _funnel(parts: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    return {
        name: [
            {"criterion": lines[0]["criterion"]}
            | {key: sum(line[key] for line in lines) for key in ("left", "unknown", "out")}
            for lines in zip(*(part["funnel"][name] for part in parts), strict=True)
        ]
        for name in (parts[0]["funnel"] if parts else ())
    }


def first_of(problems: pl.LazyFrame) -> pl.DataFrame:
    """Problems by kind: `key`, `count`, and the first of them in `some`."""
    some = pl.struct(pl.all().exclude("key")).sort_by(_ORDER).head(EXAMPLES).alias("some")
    return problems.group_by("key").agg(pl.len().alias("count"), some).collect()


def first_of_all(parts: pl.DataFrame) -> pl.DataFrame:
    """What `first_of` says of many buckets, as one."""
    counts = parts.group_by("key").agg(pl.col("count").sum())
    return counts.join(first_of(parts.select("key", "some").explode("some").unnest("some").lazy()).drop("count"), "key")


def told(first: pl.DataFrame, places: pl.DataFrame) -> tuple[Problems, ...]:
    """Problems by kind, the most frequent first, with examples.

    Args:
        first: as `first_of` gives them.
        places: names of the files that they point to.
    """
    first = first.sort("count", "key", descending=[True, False])
    files_of = {(table, number): file for table, number, file in places.rows()}
    return tuple(
        Problems(key, count, tuple(_example(one, files_of) for one in some))
        for key, count, some in first.select("key", "count", "some").iter_rows()
    )


def _example(problem: dict[str, Any], files: dict[tuple[str, int], str]) -> Example:
    """Where a problem stands, and what stands there."""
    of_file = problem["_row"] is not None
    where = problem["source"] or f"person {problem['person_id']}"
    if of_file:
        where = f"{files[problem['table'], problem['_file']]}:{problem['_row']}"
    return Example(where, problem["column"] or "", problem["said"], of_file)
