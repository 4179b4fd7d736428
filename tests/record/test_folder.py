"""Rows of a folder of tables: what is understood, and how what is not counts as not known."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from stepdown.cohort.inputs import READERS, opened
from stepdown.errors import InputError
from stepdown.knowledge.library import load
from stepdown.record.folder import Claim, open_folder
from stepdown.record.record import Record

PERSON = "person_id,birth,sex\nA,1966,female\nB,1970-05-02,m\n"


def _read(tmp_path: Path, **tables: str) -> tuple[Record, list[tuple[object, ...]]]:
    for name, content in ({"person": PERSON} | tables).items():
        (tmp_path / f"{name}.csv").write_text(content)
    source, to = opened(tmp_path, load()), tmp_path / ".cut"
    source.cut(source.people(), 1, to, lambda table: None)
    record, problems = READERS[source.kind](source.said(), to, 0, load())
    every = pl.concat([pl.read_parquet(to / "read.problems.parquet"), problems])
    return record, every.sort("table", "_row", "column").select("table", "_row", "key", "column", "said").rows()


def test_a_day_a_month_and_a_year(tmp_path: Path) -> None:
    record, problems = _read(tmp_path, relapse="person_id,on\nA,2020\nA,2021-02\nB,2022-03-04\nB,\n")
    found = record["relapse"].sort("on", nulls_last=True).select("on", "on_latest").rows()
    assert found == [
        (date(2020, 1, 1), date(2020, 12, 31)), (date(2021, 2, 1), date(2021, 2, 28)),
        (date(2022, 3, 4), date(2022, 3, 4)), (None, None),
    ]  # fmt: skip
    assert problems == []
    assert record["person"].sort("person_id")["sex"].to_list() == ["female", "male"]


def test_nonsense_is_listed_with_its_line_and_the_rest_stands(tmp_path: Path) -> None:
    rows = 'A,2020-01-01,mild\nA,2020-13-41,mild\nB,"2020-02-01","terrible"\n'
    rows += 'B,2021-01-01,mild,extra\nB,"half\nNA,2020-01-01,mild\n'
    record, problems = _read(tmp_path, relapse=f"person_id,on,severity\n{rows},2020-01-01,mild\nC,2020-01-01,mild\n")
    assert problems == [
        ("relapse", 3, "not-a-date", "on", "2020-13-41"),
        ("relapse", 4, "unknown-word", "severity", "terrible"),
        ("relapse", 5, "row-unreadable", "person_id", None),
        ("relapse", 6, "quote-open", "person_id", None),
        ("relapse", 7, "cell-missing", "person_id", None),
        ("relapse", 8, "cell-missing", "person_id", None),
        ("relapse", 9, "person-unknown", "person_id", None),
    ]
    found = record["relapse"].sort("person_id", "on", nulls_last=True).select("person_id", "on", "severity").rows()
    assert found == [("A", date(2020, 1, 1), "mild"), ("A", None, "mild"), ("B", date(2020, 2, 1), None)]


def test_an_end_that_cannot_be_read_is_not_no_end(tmp_path: Path) -> None:
    record, problems = _read(
        tmp_path,
        treatment="person_id,therapy,on,ended\nA,Ocrevus,2018-03,soon\nB,ocrelizumab,2018-03,\n",
        observed="person_id,domain,from,to\nA,relapse,2010,whenever\nA,mri,2010,\nB,relapse,2010,2020-01-01\n",
    )
    assert [line[:4] for line in problems] == [
        ("observed", 2, "not-a-date", "to"), ("treatment", 2, "not-a-date", "ended")
    ]  # fmt: skip
    assert record["treatment"].sort("person_id").select("therapy", "ended", "ended_latest").rows() == [
        ("ocrelizumab", date(1900, 1, 1), date(2999, 12, 31)),
        ("ocrelizumab", None, None),
    ]
    assert record["observed"].sort("person_id", "domain").select("person_id", "domain").rows() == [
        ("A", "mri"), ("B", "relapse")
    ]  # fmt: skip


def test_a_status_that_cannot_be_read_is_a_suspicion_and_a_mistake_is_no_event(tmp_path: Path) -> None:
    record, problems = _read(
        tmp_path, relapse="person_id,on,status\nA,2020,perhaps\nA,2021,\nA,2022,entered-in-error\nA,2023,resolved\n"
    )
    assert record["relapse"].sort("on")["status"].to_list() == ["suspected", "final", "resolved"]
    assert problems == [("relapse", 2, "unknown-word", "status", "perhaps")]


def test_laboratory_values_take_the_unit_of_their_test(tmp_path: Path) -> None:
    record, problems = _read(
        tmp_path,
        lab="person_id,on,test,value,unit\nA,2020-01-01,igg,490,mg/dL\nA,2020-01-02,IgG,5.1,g/L\nA,2020-01-03,igg,<0.5,g/L\n"
        "A,2020-01-04,hbsag,negative,\nA,2020-01-05,igg,5,mL\nA,2020-01-06,igg,lots,g/L\nA,2020-01-07,igg,5000,g/L\n",
    )
    found = record["lab"].sort("on").select("test", "value", "unit", "below_limit", "value_code").rows()
    assert [row[:3] for row in found[:3]] == [("igg", 4.9, "g/L"), ("igg", 5.1, "g/L"), ("igg", 0.5, "g/L")]
    assert found[2][3] is True
    assert found[3][4] == "negative"
    assert [row[1] for row in found[4:]] == [None, None]
    assert [line[1:4] for line in problems] == [
        (6, "foreign-unit", "unit"), (7, "not-a-value", "value"), (8, "implausible-value", "value")
    ]  # fmt: skip


@pytest.mark.parametrize(("cell", "kept"), [("3.5", 3.5), ("0.5", None), ("11", None), ("NaN", None), ("3.2", None)])
def test_scores_of_the_edss(tmp_path: Path, cell: str, kept: float | None) -> None:
    record, problems = _read(tmp_path, disability=f"person_id,on,edss\nA,2020-01-01,{cell}\n")
    assert record["disability"]["edss"].to_list() == [kept]
    assert len(problems) == (kept is None)


def test_what_is_declared_of_everybody(tmp_path: Path) -> None:
    (tmp_path / "dataset.yaml").write_text("observed: {relapse: {from: birth}, mri: {from: 2010-01-01, to: 2025-06}}\n")
    record, _ = _read(tmp_path)
    assert open_folder(tmp_path, load()).claims == (
        Claim("relapse", None, None), Claim("mri", date(2010, 1, 1), date(2025, 6, 1))
    )  # fmt: skip
    spans = record["observed"].sort("person_id", "domain").select("person_id", "domain", "from_latest", "to").rows()
    assert spans[1] == ("A", "relapse", date(1966, 1, 1), None)
    assert spans[2] == ("B", "mri", date(2010, 1, 1), date(2025, 6, 1))


@pytest.mark.parametrize(
    "said", ["observed: life", "observed: {mood: {from: birth}}", "spans: 3", "observed: {to: 2020}"]
)
def test_a_declaration_that_is_none(tmp_path: Path, said: str) -> None:
    (tmp_path / "person.csv").write_text(PERSON)
    (tmp_path / "dataset.yaml").write_text(said)
    with pytest.raises(InputError, match=r"dataset\.yaml"):
        open_folder(tmp_path, load())


def test_a_cell_with_a_line_break_is_told_by_name_and_never_misread(tmp_path: Path) -> None:
    rows = 'A,2020-01-01,"mild"\nB,2021-01-01,"mi\nld"\nB,2022-01-01,mild\nA,"2023-01-01\nA,2024-01-01,mild\n'
    record, problems = _read(tmp_path, relapse=f"person_id,on,severity\n{rows}")
    assert problems == [
        ("relapse", 3, "quote-open", "person_id", None),
        ("relapse", 4, "quote-open", "person_id", None),
        ("relapse", 6, "quote-open", "person_id", None),
    ]
    found = record["relapse"].sort("on").select("person_id", "on").rows()
    assert found == [("A", date(2020, 1, 1)), ("B", date(2022, 1, 1)), ("A", date(2024, 1, 1))]


LIVES = "person_id,birth,died\nA,1966,\nB,1970-05-02,2020-03\nC,,\nD,1980,1970\n"


def test_an_event_outside_the_life_of_its_person_may_lie_on_any_day(tmp_path: Path) -> None:
    record, problems = _read(
        tmp_path,
        person=LIVES,
        relapse="person_id,on\nA,1965\nA,1966\nB,2020-03-31\nB,2020-04-01\nC,1905\nD,2020-01-01\nD,1979\n",
        treatment="person_id,therapy,on,ended\nA,ocrelizumab,1960,1961\nB,ocrelizumab,2018-03,2021-05\n",
        course="person_id,on,course,onset\nA,2003,rrms,1960\n",
        observed="person_id,domain,from,to\nA,all,1900,2026-01-01\n",
        appointment="person_id,on,therapy\nA,1950-01-01,ocrelizumab\n",
    )
    assert [line[:4] for line in problems] == [
        ("appointment", 2, "before-birth", "on"),
        ("course", 2, "before-birth", "onset"),
        ("person", 5, "before-birth", "died"),
        ("relapse", 2, "before-birth", "on"),
        ("relapse", 5, "after-death", "on"),
        ("relapse", 8, "before-birth", "on"),
        ("treatment", 2, "before-birth", "ended"),
        ("treatment", 2, "before-birth", "on"),
        ("treatment", 3, "after-death", "ended"),
    ]
    assert problems[3][4] == "1965"
    days = record["relapse"].sort("person_id", "on", nulls_last=True).select("person_id", "on", "on_latest").rows()
    assert days == [
        ("A", date(1966, 1, 1), date(1966, 12, 31)), ("A", None, None),
        ("B", date(2020, 3, 31), date(2020, 3, 31)), ("B", None, None),
        ("C", date(1905, 1, 1), date(1905, 12, 31)),
        ("D", date(2020, 1, 1), date(2020, 1, 1)), ("D", None, None),
    ]  # fmt: skip
    spans = record["treatment"].sort("person_id").select("on", "on_latest", "ended", "ended_latest").rows()
    assert spans == [
        (None, None, date(1900, 1, 1), date(2999, 12, 31)),
        (date(2018, 3, 1), date(2018, 3, 31), date(1900, 1, 1), date(2999, 12, 31)),
    ]
    assert record["course"].select("on", "onset", "onset_latest").rows() == [(date(2003, 1, 1), None, None)]
    assert record["observed"].height == 1
    assert record["appointment"].is_empty()


def test_a_scan_compared_with_nobody_knows_what_is_quiet_on_its_own_day_alone(tmp_path: Path) -> None:
    record, problems = _read(
        tmp_path, mri="person_id,on,compared_on,new_t2\nA,2024-01-01,1950-01-01,0\nA,2025-01-01,soon,0\n"
    )
    assert [line[2:4] for line in problems] == [("before-birth", "compared_on"), ("not-a-date", "compared_on")]
    scans = record["mri"].sort("on")
    assert scans["compared_on"].to_list() == scans["on"].to_list()


def test_what_is_stated_of_a_day_that_cannot_be_read_is_not_stated_of_today(tmp_path: Path) -> None:
    record, problems = _read(
        tmp_path,
        known="person_id,on,variable,low,high\nA,soon,igg,8,8\nA,1950-01-01,igg,9,9\nA,2026-01-01,igg,7,7\n",
    )
    assert [line[2:4] for line in problems] == [("not-a-date", "on"), ("before-birth", "on")]
    assert record["known"]["low"].to_list() == [7.0]
