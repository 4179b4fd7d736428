"""Folders whose files, limits, spans and clocks leave a doubt: refused, or understood in the way that claims least."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

import stepdown
from stepdown.cohort.inputs import READERS, opened
from stepdown.errors import InputError
from stepdown.knowledge.library import load
from stepdown.record.folder import open_folder
from stepdown.record.record import Record

PERSON = "person_id,birth,sex\nA,1966-05-01,female\n"


def _written(to: Path, **tables: str | pl.DataFrame) -> Path:
    for name, content in ({"person": PERSON} | tables).items():
        if isinstance(content, pl.DataFrame):
            content.write_parquet(to / f"{name}.parquet")
        else:
            (to / f"{name}.csv").write_text(content)
    return to


def _read(folder: Path) -> tuple[Record, list[tuple[object, ...]]]:
    source, to = opened(folder, load()), folder.with_name("cut")
    source.cut(source.people(), 1, to, lambda table: None)
    record, problems = READERS[source.kind](source.said(), to, 0, load())
    every = pl.concat([pl.read_parquet(to / "read.problems.parquet"), problems])
    return record, every.sort("table", "_row", "column", "key").select("table", "_row", "key", "column").rows()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder."""
    (tmp_path / "tables").mkdir()
    return tmp_path / "tables"


@pytest.mark.parametrize("name", ["relapse.csv.gz", "relapse.xlsx", "relapse.tsv", "Relapse.csv.zst"])
def test_a_table_in_a_form_that_is_not_read_is_refused_not_left_out(folder: Path, name: str) -> None:
    (_written(folder) / name).write_bytes(b"person_id,on\nA,2025-11-01\n")
    with pytest.raises(InputError, match="form that is not read"):
        open_folder(folder, load())


@pytest.mark.parametrize("inner", ["part-0.csv", "year=2025/part-0.parquet", "_temporary/0/part-0.parquet"])
def test_what_the_folder_of_a_table_holds_beside_its_files_is_refused(folder: Path, inner: str) -> None:
    table = pl.DataFrame({"person_id": ["A"], "on": [date(2025, 11, 1)]})
    one = _written(folder) / "relapse" / inner
    one.parent.mkdir(parents=True)
    table.write_parquet(one)
    for _ in range(2):  # alone, and beside a file that is read
        with pytest.raises(InputError, match="form that is not read"):
            open_folder(folder, load())
        table.write_parquet(folder / "relapse" / "part-1.parquet")


def test_an_empty_folder_of_a_table_is_refused(folder: Path) -> None:
    (_written(folder) / "relapse").mkdir()
    with pytest.raises(InputError, match="form that is not read"):
        open_folder(folder, load())


def test_a_folder_named_as_spark_names_it_is_read(folder: Path) -> None:
    to = _written(folder) / "relapse.parquet"
    to.mkdir()
    pl.DataFrame({"person_id": ["A"], "on": [date(2025, 11, 1)]}).write_parquet(to / "part-0.parquet")
    (to / "_SUCCESS").touch()
    (to / ".part-0.parquet.crc").touch()
    record, problems = _read(folder)
    assert record["relapse"]["on"].to_list() == [date(2025, 11, 1)]
    assert problems == []


def test_lines_that_end_as_on_an_old_mac_are_refused_not_one_line(folder: Path) -> None:
    (_written(folder) / "relapse.csv").write_bytes(b"person_id,on\rA,2025-11-01\r")
    with pytest.raises(InputError, match="carriage return"):
        open_folder(folder, load())


@pytest.mark.parametrize(("status", "kept"), [("", 1), ("final", 1), ("active", 1), ("suspected", 0), ("perhaps", 0)])
def test_a_span_that_is_in_doubt_proves_nothing(folder: Path, status: str, kept: int) -> None:
    _written(folder, observed=f"person_id,domain,from,status\nA,all,1990-01-01,{status}\n")
    record, problems = _read(folder)
    assert record["observed"].height == kept
    assert len(problems) == 1 - kept


def test_a_limit_that_cannot_be_read_leaves_any_value(folder: Path) -> None:
    rows = "A,2026-01-01,igg,4,g/L,,perhaps\nA,2026-01-02,igg,4,g/L,?,\nA,2026-01-03,igg,4,g/L,no,yes\n"
    _written(folder, lab=f"person_id,on,test,value,unit,below_limit,above_limit\n{rows}")
    record, problems = _read(folder)
    assert record["lab"]["value"].to_list() == [None, None, 4.0]
    assert problems == [("lab", 2, "not-a-value", "above_limit"), ("lab", 3, "not-a-value", "below_limit")]


def test_a_moment_lies_on_the_day_of_its_own_clock(folder: Path) -> None:
    on = pl.Series([datetime(2025, 10, 31, 23, 30, tzinfo=UTC)]).dt.convert_time_zone("Europe/Berlin")
    _written(folder, relapse=pl.DataFrame({"person_id": ["A"], "on": on}))
    assert _read(folder)[0]["relapse"]["on"].to_list() == [date(2025, 11, 1)]


def test_a_day_of_writing_that_cannot_be_is_not_believed(folder: Path) -> None:
    """A birth that is not known cannot show that it is wrong; believed, it makes sure what has not happened yet."""
    _written(folder, person="person_id\nA\n", relapse="person_id,on,recorded\nA,2026,1800-01-01\n")
    record, problems = _read(folder)
    assert record["relapse"]["recorded"].to_list() == [None]
    assert problems == [("relapse", 2, "not-a-date", "recorded")]


def test_numbers_of_half_the_length_are_those_that_were_meant(folder: Path) -> None:
    value = pl.Series([0.9, 4.1], dtype=pl.Float32)
    lab = pl.DataFrame({"person_id": ["A", "A"], "test": ["jcv-index", "igg"], "unit": [None, "g/L"], "value": value})
    edss = pl.DataFrame({"person_id": ["A"], "t25fw_s": pl.Series([5.1], dtype=pl.Float32)})
    record, _ = _read(_written(folder, lab=lab, disability=edss))
    assert sorted(record["lab"]["value"].to_list()) == [0.9, 4.1]
    assert record["disability"]["t25fw_s"].to_list() == [5.1]


def test_of_two_deaths_the_later_bounds_what_is_believed(folder: Path) -> None:
    person = "person_id,birth,died\nA,1950,2010-01-01\nA,1950,2020-01-01\n"
    record, _ = _read(_written(folder, person=person, relapse="person_id,on\nA,2015-01-01\nA,2021-01-01\n"))
    assert record["relapse"]["on"].to_list() == [date(2015, 1, 1), None]


def test_a_limit_beyond_what_is_plausible_stays(folder: Path) -> None:
    rows = "A,2026-01-01,jcv-index,>20.5,\nA,2026-01-02,jcv-index,20.5,\nA,2026-01-03,jcv-index,4,\n"
    record, problems = _read(_written(folder, lab=f"person_id,on,test,value,unit\n{rows}"))
    assert record["lab"].select("value", "above_limit").rows() == [(20.5, True), (4.0, None)]
    assert problems == [("lab", 3, "implausible-value", "value")]


@pytest.mark.parametrize("table", ["condition", "treatment"])
def test_what_has_an_end_is_over_and_what_may_have_one_is_not(folder: Path, table: str) -> None:
    what, word = ("condition", "breast-cancer") if table == "condition" else ("therapy", "ocrelizumab")
    rows = f"A,2010,2014,{word}\nA,2011,,{word}\nA,2012,soon,{word}\n"
    record, _ = _read(_written(folder, **{table: f"person_id,on,ended,{what}\n{rows}"}))
    first, *others = record[table].sort("on")["status"].to_list()
    assert first == "resolved"
    assert "resolved" not in others


@pytest.mark.parametrize(("days", "serious"), [("0", None), ("1", True), ("", None), ("many", None)])
def test_a_day_in_hospital_makes_an_infection_serious(folder: Path, days: str, serious: bool | None) -> None:
    record, _ = _read(_written(folder, infection=f"person_id,on,kind,hospital_days\nA,2026,urinary,{days}\n"))
    assert record["infection"]["serious"].to_list() == [serious]


@pytest.mark.parametrize("nothing", ["", "NA", "null", " NA "])
def test_what_is_written_for_nothing_is_nothing(folder: Path, nothing: str) -> None:
    record, problems = _read(_written(folder, relapse=f"person_id,on,severity\nA,{nothing},{nothing}\n"))
    assert record["relapse"].select("on", "severity").rows() == [(None, None)]
    assert problems == []


def test_a_life_whose_beginning_is_not_known_is_observed_from_before_it(folder: Path) -> None:
    _written(folder, person="person_id\nA\n")
    (folder / "dataset.yaml").write_text("observed: {from: birth}\n")
    record, _ = _read(folder)
    assert record["observed"]["from_latest"].to_list() == [date(1900, 1, 1)]


@pytest.mark.parametrize("word", ["", "NA", "?", "unknown"])
def test_a_treatment_without_a_name_may_be_any_and_never_none(folder: Path, word: str) -> None:
    record, problems = _read(_written(folder, treatment=f"person_id,on,therapy\nA,2020,{word}\n"))
    assert record["treatment"]["therapy"].to_list() == ["unknown"]
    assert problems == [("treatment", 2, "cell-missing", "therapy")]


@pytest.mark.parametrize("word", ["", "Tysabrii"])
def test_a_drug_that_nobody_knows_rules_none_out(folder: Path, word: str) -> None:
    row = stepdown.screen(_written(folder, treatment=f"person_id,on,therapy\nA,2020,{word}\n"), workers=1).row(
        0, named=True
    )
    assert {"natalizumab", "fingolimod", "other"} <= set(row["therapy"].split("|"))
    assert "none" not in row["therapy"].split("|")
    assert {"natalizumab", "s1p"} <= set(row["therapy_class"].split("|"))


@pytest.mark.parametrize("as_text", [True, False])
def test_days_that_stand_for_none_are_listed_and_not_believed(folder: Path, as_text: bool) -> None:
    on = pl.Series([date(9999, 12, 31), date(2020, 1, 1)])
    birth = pl.Series([date(1900, 1, 1), date(1900, 1, 2), None])
    relapse = pl.DataFrame({"person_id": ["A", "A"], "on": on.cast(pl.String) if as_text else on})
    person = {"person_id": ["A", "B", "C"], "birth": birth.cast(pl.String).fill_null("1900") if as_text else birth}
    treatment = pl.DataFrame({"person_id": ["A"], "on": [date(2020, 1, 1)], "ended": on[:1], "therapy": "x"})
    _written(folder, person=pl.DataFrame(person), relapse=relapse, treatment=treatment)
    record, problems = _read(folder)
    assert record["relapse"]["on"].to_list() == [None, date(2020, 1, 1)]
    born = record["person"].sort("person_id")["birth"].to_list()
    assert born == [None, date(1900, 1, 2), date(1900, 1, 1) if as_text else None]
    assert problems == [
        ("person", 1, "not-a-date", "birth"), ("relapse", 1, "not-a-date", "on"),
        ("treatment", 1, "unknown-word", "therapy"),
    ]  # fmt: skip
    assert record["treatment"].select("status", "ended").rows() == [("active", date(9999, 12, 31))]


def test_a_folder_that_is_no_table_is_refused(folder: Path) -> None:
    _written(folder, person="person_id\nA\n")
    (folder / "screen.parquet.part").mkdir()
    (folder / "relapses").mkdir()
    for name in ("screen.parquet.part", "relapses"):
        pl.DataFrame({"person_id": ["A"]}).write_parquet(folder / name / "0.parquet")
    with pytest.raises(InputError, match="no table is called 'relapses'"):
        stepdown.screen(folder, workers=1)
