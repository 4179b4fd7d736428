"""Answers for the people of one bucket, and counts what the summary says of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from stepdown.assess import evaluate
from stepdown.cohort import manifest
from stepdown.cohort.ask import funnel
from stepdown.cohort.conclusions import conclusions, tables_of
from stepdown.cohort.inputs import READERS
from stepdown.cohort.known import known
from stepdown.cohort.lists import LISTS, lists
from stepdown.cohort.rows import SEPARATOR, conclusion_rows, rows
from stepdown.errors import Problem
from stepdown.knowledge.library import Library
from stepdown.record.folder_cells import PROBLEMS
from stepdown.record.record import Record, check_tables
from stepdown.record.tables import TABLES

EXAMPLES = 3
"""So many examples are kept of each kind of problem."""


@dataclass(frozen=True)
class Options:
    """What is asked of everybody.

    Attributes:
        on: the index date.
        guidelines: ids to hold them against; empty for all in force.
        in_force: the day whose guidelines are asked; the newest when it is None.
        draws: number of draws behind the risks; no risks when it is None.
        seed: of the draws.
        conclusions: whether nothing but the conclusions of guidelines is asked, and what they rest on.
    """

    on: date
    guidelines: tuple[str, ...] = ()
    in_force: date | None = None
    draws: int | None = None
    seed: int = 0
    conclusions: bool = False

    def as_json(self) -> dict[str, Any]:
        """As it stands in a manifest."""
        return {
            "on": self.on.isoformat(),
            "guidelines": list(self.guidelines),
            "in_force": self.in_force.isoformat() if self.in_force else None,
            "draws": self.draws,
            "seed": self.seed,
            "conclusions": self.conclusions,
        }

    def check(self, library: Library) -> None:
        """Refuse what cannot be answered, before any work.

        Raises:
            InputError: a guideline that the library does not have, or draws that cannot be made.
        """
        answer(Record(check_tables({})), self, library)

    def tables(self, library: Library) -> frozenset[str]:
        """The tables of the record that the answer rests on."""
        return tables_of(library, self.guidelines, self.in_force) if self.conclusions else frozenset(TABLES)

    @staticmethod
    def from_json(said: dict[str, Any]) -> Options:
        """From a manifest."""
        day = date.fromisoformat(said["in_force"]) if said["in_force"] else None
        on, asked = date.fromisoformat(said["on"]), tuple(said["guidelines"])
        return Options(on, asked, day, said["draws"], said["seed"], said["conclusions"])


@dataclass(frozen=True)
class Answer:
    """What is said of some people: a row each, counts, and problems of the evaluation."""

    rows: pl.DataFrame
    counts: dict[str, Any]
    problems: pl.DataFrame


def answer(record: Record, options: Options, library: Library) -> Answer:
    """Answer for the people of a record by the very same `evaluate` that assesses one."""
    if options.conclusions:
        return _concluded(record, options, library)
    found = evaluate(
        record, options.on, library, options.guidelines, options.in_force, draws=options.draws, seed=options.seed
    )
    table = rows(found)
    told = [*record.problems, *found.state.problems]
    counts = _counts(table, library) | {"funnel": funnel(found), "known": known(found.state)}
    return Answer(table, counts, _as_table(told))


def _concluded(record: Record, options: Options, library: Library) -> Answer:
    """Answer for the people of a record what guidelines conclude, and nothing else."""
    found = conclusions(record, options.on, library, options.guidelines, options.in_force)
    table = conclusion_rows(found, found.names)
    asked = {name: count for name, count in known(found.state).items() if name in found.names}
    counts = {
        **{name: {} for name in ("kinds", "review", "flags", "wanting")}, **dict.fromkeys(("emergency", "died"), 0),
        "one_wanting": 0, "lists": dict.fromkeys(LISTS, 0), "people": table.height, "known": asked,
        "find_out": _split(table["find_out"]), "funnel": funnel(found),
    }  # fmt: skip
    return Answer(table, counts, _as_table([*record.problems, *found.state.problems]))


def answer_bucket(
    number: int, kind: str, said: dict[str, Any], cut_to: Path, options: Options, library: Library, to: Path
) -> int:
    """Answer for one bucket into files, each written aside first; the counts come last and say that it is done.

    Returns:
        Number of people.
    """
    record, problems = READERS[kind](said, cut_to, number, library)
    found = answered(record, problems, options, library)
    if found.rows.height:
        _write(found.rows, to / bucket_name(number, "arrow"))
    elif number == 0:  # there are columns even where everybody was passed over
        _write(answer(record, options, library).rows, to / bucket_name(number, "arrow"))
    if found.problems.height:
        _write(found.problems, to / bucket_name(number, "problems.parquet"))
    manifest.write(to / bucket_name(number, "json"), found.counts)
    return int(found.counts["people"])


def answered(record: Record, problems: pl.DataFrame, options: Options, library: Library) -> Answer:
    """Answer for the people of a bucket, if it has any, with the problems of their rows among its problems.

    Args:
        record: their events.
        problems: what was not understood of them, with the columns of `PROBLEMS`.
        options: what is asked.
        library: the documents.
    """
    found = Answer(pl.DataFrame(), {"people": 0}, problems)
    if record["person"].height:
        found = answer(record, options, library)
        problems = pl.concat([problems, found.problems])
    order = ["table", "_file", "_row", "source", "person_id", "key", "column", "said"]
    return replace(found, problems=problems.unique().sort(order, nulls_last=True))


def bucket_name(number: int, ending: str) -> str:
    """The name of a file of a bucket."""
    return f"bucket-{number:06d}.{ending}"


def _write(table: pl.DataFrame, path: Path) -> None:
    import os

    aside = path.with_name(f".{path.name}.{os.getpid()}")
    if path.suffix == ".arrow":  # what is read once and thrown away is packed lightly
        table.write_ipc(aside, compression="lz4")
    else:
        table.write_parquet(aside, compression="zstd", compression_level=1)
    manifest.publish(aside, path)


def _counts(table: pl.DataFrame, library: Library) -> dict[str, Any]:
    """What the summary says of some people, ready to be added up."""
    who = table.select("find_out", **lists(library))
    wanting = who.filter("unjudged")["find_out"].drop_nulls().str.split(SEPARATOR)
    kinds = table.group_by("recommendation.kind").len().sort("recommendation.kind").rows()
    return {
        "people": table.height,
        "kinds": dict(kinds),
        "emergency": int(table["emergency"].sum()),
        "died": int((table["recommendation.reason"] == "died").sum()),
        "review": dict(Counter(table["recommendation.review"].drop_nulls().to_list())),
        **{name: _split(table[name]) for name in ("flags", "find_out")},
        "lists": {name: int(who[name].sum()) for name in LISTS},
        "wanting": dict(Counter(wanting.explode().to_list())),
        "one_wanting": int((wanting.list.len() == 1).sum()),
    }


def _split(cells: pl.Series) -> dict[str, int]:
    """How often each word stands in cells of several words."""
    return dict(Counter(cells.drop_nulls().str.split(SEPARATOR).explode().to_list()))


def _as_table(problems: Sequence[Problem]) -> pl.DataFrame:
    """Problems that readers and the evaluation met, as rows; what their sentence needs stands in `said` as JSON."""
    cells = [
        (one.person_id or None, one.args.get("table"), None, None, one.source or None, one.key,
         one.args.get("variable"), orjson.dumps(one.args, option=orjson.OPT_SORT_KEYS).decode() if one.args else None)
        for one in problems
    ]  # fmt: skip
    return pl.DataFrame(cells, schema=pl.Schema(PROBLEMS), orient="row")
