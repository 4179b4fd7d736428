"""The workbook of a screen: who needs a look first, everybody's cells as they are, every column explained."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from stepdown.cohort.found import Found
from stepdown.cohort.lists import LISTS
from stepdown.cohort.summary import Example
from stepdown.errors import InputError
from stepdown.knowledge.library import load
from stepdown.report import screen_words as say
from stepdown.report.screen_book import MOST, WORK, Workbook
from stepdown.report.screen_people import on_lists
from stepdown.report.words import Words
from stepdown.report.workbook import workbook
from tests.report.screened import EVIL, cell, screened, sheet_xml, sheets, tags

WORDS = Words(load())
WORKLIST, EVERYONE, COLUMNS, SUMMARY, PROBLEMS = range(5)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("book") / "screened.xlsx"
    Workbook(out, WORDS).write(screened())
    return out


@pytest.fixture(scope="module")
def told(book: Path) -> list[list[list[str]]]:
    return list(sheets(book).values())


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    return pl.concat([pl.read_ipc(part) for part in screened().parts])


def test_everything_has_words(book: Path) -> None:
    assert book.exists()
    assert not WORDS.unknown


def test_the_worklist_holds_who_is_on_a_list_and_emergencies_come_first(
    told: list[list[list[str]]], rows: pl.DataFrame
) -> None:
    worklist = [dict(zip(WORK, row, strict=False)) for row in told[WORKLIST][1:]]
    listed = on_lists(screened(), load())
    assert [one["person"] for one in worklist] == listed["person_id"].to_list()
    assert 4 < len(worklist) < rows.height
    urgent = rows.filter("emergency")["person_id"].to_list()
    assert urgent
    assert [one["person"] for one in worklist[: len(urgent)]] == sorted(urgent)
    for one in worklist[: len(urgent)]:
        assert one["emergency"] == "yes"
        assert one["review"] == "urgent, today"
        flag = load().flags["pml-natalizumab-new-symptom"]
        assert one["flags"].startswith(f"{flag.title['en']}. Do: {flag.do['en']}")


def test_the_worklist_speaks_in_words(told: list[list[list[str]]]) -> None:
    worklist = [dict(zip(WORK, row, strict=False)) for row in told[WORKLIST][1:]]
    quiet = next(one for one in worklist if one["person"] == "long-quiet-ocrelizumab")
    assert quiet["drug"] == "ocrelizumab"
    assert quiet["course"] == "relapsing-remitting MS"
    assert quiet["list"].split("; ")[-1] in {WORDS.tell(f"screen.list.{name}") for name in LISTS}
    assert quiet["advice"].startswith("Consider a longer interval: ocrelizumab every ")
    keys = {*load().flags, *load().variables} - {"course", "therapy", "age", "cancer"}
    said = {word for one in worklist for name in ("flags", "find_out") for word in (one.get(name) or "").split()}
    assert not said & {key for key in keys if "-" in key or "_" in key}


def test_days_and_numbers_are_days_and_numbers(book: Path, told: list[list[list[str]]], rows: pl.DataFrame) -> None:
    sheet = sheet_xml(book, EVERYONE + 1)
    until = rows.columns.index("recommendation.until")
    delayed = next(at for at, row in enumerate(told[EVERYONE]) if at and len(row) > until and row[until])
    days = (rows["recommendation.until"][delayed - 1] - date(1899, 12, 30)).days
    assert told[EVERYONE][delayed][until] == str(days)
    assert cell(sheet, f"{_letters(until)}{delayed + 1}").get("t") is None
    age = rows.columns.index("age.low")
    assert cell(sheet, f"{_letters(age)}{delayed + 1}").get("t") is None
    assert float(told[EVERYONE][delayed][age]) == rows["age.low"][delayed - 1]


def test_everybody_is_there_with_every_column_and_every_column_is_explained(
    told: list[list[list[str]]], rows: pl.DataFrame
) -> None:
    assert [row[0] for row in told[EVERYONE][1:]] == rows["person_id"].to_list()
    assert [head.split("\n")[1] for head in told[EVERYONE][0]] == rows.columns
    explained = told[COLUMNS][1:]
    assert [row[0] for row in explained] == rows.columns
    for key, title, kind, unit, says, *_ in (row + [""] * 6 for row in explained):
        assert title not in ("", key)
        assert kind
        assert says
        variable = load().variables.get(key.rpartition(".")[0] or key)
        if variable is not None:
            assert says.startswith(variable.meaning["en"])
            assert bool(unit) == (variable.unit not in (None, "1"))
    igg = next(row for row in explained if row[0] == "igg.low")
    assert igg[1:4] == ["IgG, at least", "number", "g/L"]


def test_the_summary_counts_what_the_rows_hold(told: list[list[list[str]]], rows: pl.DataFrame) -> None:
    counted = {row[0]: row[1:] for row in told[SUMMARY] if row}
    assert counted["Emergency"][0] == str(int(rows["emergency"].sum()))
    assert "11" not in counted["Emergency"]
    candidates = (rows["guideline.panel-2025"] == "candidate") & (rows["guideline.panel-2025.applies"] == "met")
    panel = next(at for at, row in enumerate(told[SUMMARY]) if row[:1] == ["Panel view on de-escalation, 2025"])
    assert told[SUMMARY][panel + 3][1] == str(int(candidates.sum()))


def test_problems_are_told_with_their_place(told: list[list[list[str]]]) -> None:
    row = next(row for row in told[PROBLEMS][1:] if row[-1] == "not-a-date")
    assert row[:4] == ["No date", "=1+1", "relapse", "relapse.csv"]
    assert row[7] == "=soon"


def test_a_problem_of_an_event_is_told_in_its_sentence() -> None:
    told = say.example("died", Example("Patient/1", "", '{"on": "2020-02-01"}', False), WORDS)
    assert told == "Patient/1: The person died on 1 February 2020."
    assert say.example("died", Example("Patient/1", "", "not JSON", False), WORDS) == "Patient/1: not JSON"
    assert say.example("not-a-date", Example("relapse.csv:2", "on", "soon", True), WORDS) == "relapse.csv:2 on 'soon'"


def test_no_text_is_taken_for_a_formula(book: Path, told: list[list[list[str]]]) -> None:
    with zipfile.ZipFile(book) as archive:
        styles = archive.read("xl/styles.xml").decode()
    assert styles.count('quotePrefix="1"') >= 1
    quoted = [at for at, one in enumerate(styles.split("<cellXfs")[1].split("<xf ")[1:]) if 'quotePrefix="1"' in one]
    sheet = sheet_xml(book, EVERYONE + 1)
    for number in range(1, len(told) + 1):
        assert not tags(sheet_xml(book, number), "f")
    names = [row[0] for row in told[EVERYONE]]
    for name in EVIL:
        found = cell(sheet, f"A{names.index(name) + 1}")
        assert found.get("t") == "inlineStr"
        assert (int(found.get("s", "0")) in quoted) == (name[0] in "=+-@")


def test_the_worklist_prints_and_filters(book: Path, told: list[list[list[str]]]) -> None:
    sheet = sheet_xml(book, WORKLIST + 1)
    assert tags(sheet, "autoFilter")[0].get("ref") == f"A1:M{len(told[WORKLIST])}"
    pane = tags(sheet, "pane")[0]
    assert (pane.get("ySplit"), pane.get("state")) == ("1", "frozen")
    assert tags(sheet, "pageSetup")[0].get("orientation") == "landscape"
    assert tags(sheet, "pageSetup")[0].get("fitToHeight") == "0"
    assert tags(sheet, "pageSetUpPr")[0].get("fitToPage") == "1"
    assert len(tags(sheet, "col")) >= 8
    with zipfile.ZipFile(book) as archive:
        names = archive.read("xl/workbook.xml").decode()
    assert "Worklist!$1:$1" in names


def test_conclusions_alone_make_a_workbook_without_a_worklist(tmp_path: Path, rows: pl.DataFrame) -> None:
    part = tmp_path / "part.arrow"
    rows.select("person_id", "on", "^guideline[.]panel-2025.*$", "find_out", "age.low", "age.high").write_ipc(part)
    summary = replace(screened().summary, kinds={}, lists=dict.fromkeys(LISTS, 0), known={"age": [1, 2, 3]})
    out = tmp_path / "conclusions.xlsx"
    Workbook(out, WORDS).write(Found(summary, [part], screened().problems))
    told = sheets(out)
    assert list(told) == ["Everyone", "Columns", "Summary", "Problems"]
    assert len(told["Everyone"]) == rows.height + 1
    assert told["Summary"][-1] == ["Age", "1", "2", "3"]


def test_letters_that_no_file_may_hold_and_long_texts_are_written(tmp_path: Path) -> None:
    with workbook(tmp_path / "odd.xlsx", WORDS) as book:
        book.sheet("odd", [10]).row(["a\x01b", "x" * 40_000, None, 5, True])
    (row,) = sheets(tmp_path / "odd.xlsx")["odd"]
    assert row[0] == "a_x0001_b"
    assert len(row[1]) == 32_767
    assert row[2:] == ["", "5", "1"]


def test_too_many_people_are_refused_before_any_work(tmp_path: Path) -> None:
    book = Workbook(tmp_path / "many.xlsx", WORDS)
    book.check(MOST)
    with pytest.raises(InputError, match=r"1,048,576 people are more than the 1,048,575 .*end it in \.parquet"):
        book.check(MOST + 1)


def test_a_folder_that_is_gone_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        Workbook(tmp_path / "gone" / "screened.xlsx", WORDS).write(screened())
    assert "\n" not in str(error.value)


def _letters(column: int) -> str:
    return (chr(64 + column // 26) if column >= 26 else "") + chr(65 + column % 26)
