"""Who is on which list, counted again person by person in plain Python."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import stepdown
from stepdown.cohort.answer import Options, answer
from stepdown.cohort.inputs import READERS, opened
from stepdown.cohort.lists import LISTS, lists
from stepdown.knowledge.library import load
from stepdown.record.record import Record
from stepdown.synthetic.registry import write
from tests.cohort.made import ON, everybody


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """Four hundred made-up people, and the shipped ones."""
    folder: Path = tmp_path_factory.mktemp("lists") / "registry"
    write(load(), 400, folder, seed=3)
    found = [stepdown.screen(folder, on=ON, workers=1), stepdown.screen(everybody(), on=ON)]
    return pl.concat(found)


def _words(cell: str | None) -> set[str]:
    return set(cell.split("|")) if cell else set()


def on(row: dict[str, Any]) -> set[str]:
    """The lists of one person."""
    if row["recommendation.reason"] == "died":
        return set()
    reasons = {name for name, flag in load().flags.items() if flag.action == "reason"}
    found = set()
    if row["emergency"]:
        found.add("emergency")
    elif (
        row["recommendation.review"] is not None
        or row["recommendation.next_dose"] == "withhold"
        or row["stance.continue"] in ("barred", "not-advised")
        or _words(row["flags"]) & reasons
    ):
        found.add("risk")
    if row["recommendation.kind"] in ("extend-interval", "reduce-dose", "switch-lower", "discontinue"):
        found.add("less")
    if row["recommendation.reason"] in ("blocked", "dose-waits"):
        found.add("waits")
    if row["recommendation.reason"].startswith(("find-out", "treatment-unknown")):
        found.add("unjudged")
    return found


def test_everybody_is_on_the_lists_that_are_theirs(rows: pl.DataFrame) -> None:
    found = rows.select(**lists(load())).rows(named=True)
    for row, mine in zip(rows.iter_rows(named=True), found, strict=True):
        assert {name for name in LISTS if mine[name]} == on(row), row["person_id"]
    assert all(any(mine[name] for mine in found) for name in LISTS)


def test_the_dead_are_on_no_list() -> None:
    tables = dict(everybody().tables)
    tables["person"] = tables["person"].with_columns(died=pl.lit(date(2026, 2, 1)))
    found = answer(Record(tables), Options(ON), load())
    assert found.counts["died"] == len(everybody().people)
    assert set(found.counts["lists"].values()) == {0}


def test_what_is_missing_is_counted_of_who_cannot_be_judged(tmp_path: Path) -> None:
    write(load(), 400, tmp_path / "registry", seed=3)
    source = opened(tmp_path / "registry", load())
    source.cut(source.people(), 1, tmp_path / "cut", lambda what: None)
    found = answer(READERS[source.kind](source.said(), tmp_path / "cut", 0, load())[0], Options(ON), load())
    unjudged = [row for row in found.rows.iter_rows(named=True) if "unjudged" in on(row)]
    wanted = [_words(row["find_out"]) for row in unjudged]
    assert found.counts["one_wanting"] == sum(len(one) == 1 for one in wanted)
    assert found.counts["wanting"] == {name: sum(name in one for one in wanted) for name in set().union(*wanted)}
    assert unjudged
    assert any(row["find_out"] and "unjudged" not in on(row) for row in found.rows.iter_rows(named=True))
