"""`screen` says of everybody what `assess` says of each, whatever the files, their order, and the cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

import stepdown
from stepdown.assess import assess, evaluate
from stepdown.assessment import pack
from stepdown.decision.stances import STANCES
from stepdown.knowledge.library import load
from tests.cohort.made import ON, copies, everybody, write

DRAWS = 32


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(everybody(), tmp_path_factory.mktemp("tables"))


@pytest.fixture(scope="module")
def screened(folder: Path) -> pl.DataFrame:
    return stepdown.screen(folder, on=ON, workers=1)


@pytest.fixture(scope="module")
def told() -> dict[str, dict[str, Any]]:
    """What is told of each person alone, without risks."""
    found = {}
    for person in everybody().people:
        record = everybody().only(person)
        found[person] = pack(evaluate(record, ON, load(), explain=True), 0, record, load(), None)
    return found


def _words(cell: str | None) -> set[str]:
    return set(cell.split("|")) if cell else set()


def test_everybody_is_there_once(screened: pl.DataFrame) -> None:
    assert screened["person_id"].to_list() == everybody().people


def test_recommendation_flags_and_stances_are_those_of_each_alone(
    screened: pl.DataFrame, told: dict[str, dict[str, Any]]
) -> None:
    for row in screened.iter_rows(named=True):
        alone = told[row["person_id"]]
        for name in ("kind", "option", "review", "next_dose"):
            assert row[f"recommendation.{name}"] == alone["recommendation"][name]
        until = row["recommendation.until"]
        assert (until.isoformat() if until else None) == alone["recommendation"]["until"]
        assert row["recommendation.strength"] is None
        assert _words(row["flags"]) == {flag["id"] for flag in alone["flags"]}
        assert row["emergency"] == any(flag["action"] == "emergency" for flag in alone["flags"])
        for kind in ("continue", "extend-interval", "reduce-dose", "switch-lower", "discontinue", "observe"):
            stances = [one["stance"] for one in alone["options"] if one["kind"] == kind]
            assert row[f"stance.{kind}"] == max(stances, key=STANCES.index, default=None)


def test_guidelines_and_what_they_hang_on_are_those_of_each_alone(
    screened: pl.DataFrame, told: dict[str, dict[str, Any]]
) -> None:
    asked = 0
    for row in screened.iter_rows(named=True):
        for guideline in told[row["person_id"]]["guidelines"]:
            key = f"guideline.{guideline['id']}"
            assert row[key] == guideline["conclusion"]
            assert row[f"{key}.applies"] == guideline["applies"]
            assert _words(row[f"{key}.find_out"]) == set(guideline["to_find_out"])
            asked += len(guideline["to_find_out"])
    assert asked > 20


def test_the_state_is_that_of_each_alone(screened: pl.DataFrame, told: dict[str, dict[str, Any]]) -> None:
    for row in screened.iter_rows(named=True):
        for name, value in told[row["person_id"]]["state"].items():
            if value["kind"] == "number":
                assert (row[f"{name}.low"], row[f"{name}.high"]) == (value["low"], value["high"])
            elif value["kind"] == "truth":
                assert row[f"{name}.truth"] == value["truth"]
            else:
                everything = set(load().values(name))
                assert (_words(row[name]) or everything) == set(value["values"])


def test_with_risks_recommendation_strength_and_shares_are_those_of_assess(folder: Path) -> None:
    screened = stepdown.screen(folder, on=ON, risks=True, draws=DRAWS, workers=1)
    numbered = given = 0
    for row in screened.iter_rows(named=True):
        alone = assess(everybody(), ON, draws=DRAWS, library=load(), person=row["person_id"]).data
        for name in ("kind", "option", "strength", "review", "next_dose"):
            assert row[f"recommendation.{name}"] == alone["recommendation"][name]
        chosen = next((one for one in alone["options"] if one["id"] == row["recommendation.option"]), None)
        assert row["number.draws"] == DRAWS
        for outcome, by_years in (chosen["risk"] if chosen and chosen["risk"] else {}).items():
            for years, estimate in by_years.items():
                mean = row[f"number.risk.{outcome}.{years}y"]
                assert mean == (None if estimate is None else pytest.approx(estimate["mean"], rel=1e-12))
                given += estimate is not None
        if chosen and chosen["share_ranked_first"] is not None:
            numbered += 1
            assert row["number.share_ranked_first"] == chosen["share_ranked_first"]
            assert row["number.net_benefit"] == pytest.approx(chosen["net_benefit"]["mean"], rel=1e-12, abs=1e-15)
    assert numbered >= 2
    assert given > 10


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_form_order_of_rows_and_cut_do_not_matter(tmp_path: Path, screened: pl.DataFrame, form: str) -> None:
    shuffled = write(everybody(), tmp_path / form, form, order=7)
    again = stepdown.screen(shuffled, on=ON, buckets=5, workers=1)
    assert again.equals(screened, null_equal=True)


def test_workers_answer_alike(folder: Path, screened: pl.DataFrame) -> None:
    assert stepdown.screen(folder, on=ON, buckets=3, workers=2).equals(screened, null_equal=True)


def test_a_record_is_screened_as_it_is(screened: pl.DataFrame) -> None:
    assert stepdown.screen(everybody(), on=ON).equals(screened, null_equal=True)


def test_a_crowd_of_copies_is_told_what_each_is_told(screened: pl.DataFrame) -> None:
    crowd = stepdown.screen(copies(everybody(), 3), on=ON)
    names = crowd["person_id"].str.replace(r"-\d+$", "")
    for number in range(3):
        mine = crowd.filter(crowd["person_id"].str.ends_with(f"-{number:05d}"))
        assert mine.drop("person_id").equals(screened.drop("person_id"), null_equal=True)
    assert names.n_unique() == screened.height
