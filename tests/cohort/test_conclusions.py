"""Conclusions alone are those of the whole screen, from the tables they rest on; W1 gives what was published."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import polars as pl
import pytest

import stepdown
from stepdown.assess import assess
from stepdown.cohort.answer import Options, answer
from stepdown.cohort.inputs.tables import Tables
from stepdown.errors import InputError
from stepdown.knowledge.library import load
from stepdown.record.folder import open_folder
from stepdown.record.record import Record
from stepdown.synthetic.registry import write as write_registry
from tests.cohort.made import ON, everybody, write

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("asked", [(), ("discoms-entry",), ("aan-2018", "panel-2025")])
def test_the_same_as_in_the_whole_screen(asked: tuple[str, ...], tmp_path: Path) -> None:
    write_registry(load(), 600, tmp_path / "made", seed=3)
    for folder in (write(everybody(), tmp_path / "shipped"), tmp_path / "made"):
        whole = stepdown.screen(folder, ON, guidelines=asked, workers=1)
        some = stepdown.screen(folder, ON, guidelines=asked, conclusions=True, workers=1)
        assert some.equals(whole.select(some.columns))
        assert {"guideline.discoms-entry", "score.viaadisc.low"} & set(some.columns)


def test_tables_that_nothing_rests_on_are_not_read(tmp_path: Path) -> None:
    folder = write(everybody(), tmp_path / "tables")
    options = Options(ON, ("discoms-entry",), conclusions=True)
    kept = Tables(open_folder(folder, load())).only(options.tables(load())).folder.files
    assert {"person", "relapse", "mri", "treatment"} <= set(kept)
    assert not {"lab", "infection", "questionnaire"} & set(kept)
    # what is stated may follow from anything, so what speaks of it is read
    assert "known" in kept


def test_what_is_stated_is_laid_over_all_variables() -> None:
    record = everybody()
    schema = record["known"].schema
    stated = {
        "person_id": record.people,
        "on": ON,
        "on_latest": ON,
        "status": "final",
        "variable": "years_quiet",
        "low": 6,
    }
    known = pl.DataFrame(stated).select(pl.col(name) if name in stated else pl.lit(None).alias(name) for name in schema)
    record = Record(record.tables | {"known": known.cast(pl.Schema(schema))})
    whole, some = (answer(record, Options(ON, conclusions=only), load()).rows for only in (False, True))
    assert some.equals(whole.select(some.columns))
    assert (whole["years_since_relapse.low"] >= 6).sum() > (
        answer(everybody(), Options(ON), load()).rows["years_since_relapse.low"] >= 6
    ).sum()


def test_points_are_those_of_one_person() -> None:
    record = everybody()
    rows = answer(record, Options(ON), load()).rows
    for name in record.people:
        told = assess(record, ON, person=name, draws=16, library=load()).data["scores"]["viaadisc"]
        row = rows.row(by_predicate=pl.col("person_id") == name, named=True)
        assert [row[f"score.viaadisc.{key}"] for key in ("applies", "low", "high")] == [
            told["applies"], told["low"], told["high"]
        ]  # fmt: skip


def test_a_guideline_that_does_not_exist() -> None:
    with pytest.raises(InputError, match="no guideline is called 'w9'"):
        stepdown.screen(Record(everybody().tables), ON, guidelines=["w9"], conclusions=True)


def test_w1_gives_the_published_answers(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("w1", ROOT / "benchmarks" / "w1.py")
    assert spec is not None
    assert spec.loader is not None
    w1 = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(w1)
    w1.generate(2_000, tmp_path / "tables")
    library = load([str(w1.overlay(tmp_path / "library"))])
    assert w1.answers(tmp_path / "tables", library) == (164, 1_809, 27, 4012, 8124.0)
