"""The summary page: whole, self-contained, counts that add up, and nobody's name unless names are asked for."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from stepdown.cohort.found import Found
from stepdown.cohort.lists import LISTS, lists
from stepdown.knowledge.library import load
from stepdown.report.html.bars import bar
from stepdown.report.html.screen import IDS, SummaryPage
from stepdown.report.words import Words
from tests.report.html.test_page import Reader
from tests.report.screened import EVIL, screened

WORDS = Words(load())


def page(**given: object) -> str:
    told = {"page": Path("page.html"), "words": WORDS, **given}
    return SummaryPage(**told).html(screened())  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    return pl.concat([pl.read_ipc(part) for part in screened().parts])


def test_the_page_is_whole_and_has_words_for_everything() -> None:
    for ids in (False, True):
        read = Reader(page(ids=ids))
        assert not read.open
        assert len(read.ids) == len(set(read.ids))
    assert not WORDS.unknown


def test_the_page_needs_no_network_and_no_script() -> None:
    text = page(ids=True)
    read = Reader(text)
    assert not read.links
    assert "script" not in read.tags
    assert "@import" not in text
    assert "url(" not in text.replace("url(#hatch)", "")
    assert ("http-equiv", "Content-Security-Policy") in read.attributes


def test_nobody_is_named_unless_it_is_asked_for(rows: pl.DataFrame) -> None:
    text = Reader(page()).text
    assert [name for name in rows["person_id"] if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)] == []
    assert "soon" not in text
    assert "relapse.csv:" in text
    assert "keep it where records are kept" not in text
    named = Reader(page(ids=True)).text
    for name in rows.filter("emergency")["person_id"]:
        assert name in named
    assert "'=soon'" in named
    assert "keep it where records are kept" in named


def test_the_list_of_problems_is_named_where_it_stays() -> None:
    assert "All of them: rows.problems.csv" in page(rows=Path("/some/where/rows.csv"))
    assert "rows.problems.csv" not in page()


def test_lists_count_who_is_on_them(rows: pl.DataFrame) -> None:
    text = Reader(page()).text
    for name, mine in rows.select(**lists(load())).sum().row(0, named=True).items():
        title = WORDS.tell(f"screen.list.{name}")
        assert re.search(rf"(?<!\d){mine} (?:under )?(?:\d+% )?(?:◆ ?)?{re.escape(title)}", text), name
    places = [text.index(WORDS.tell(f"screen.list-says.{name}")) for name in LISTS]
    assert places == sorted(places)


def test_a_list_of_many_names_the_first_and_says_where_all_are() -> None:
    found = screened()
    crowd = pl.concat([pl.read_ipc(part) for part in found.parts]).filter("emergency")
    many = pl.concat([crowd.with_columns(person_id=pl.lit(f"P{number:03}")) for number in range(IDS + 5)])
    part = found.parts[0].with_name("many.parquet")
    many.write_ipc(part)
    summary = replace(found.summary, lists={**found.summary.lists, "emergency": IDS + 5})
    told = SummaryPage(Path("page.html"), WORDS, Path("/some/where/rows.xlsx"), ids=True).html(Found(summary, [part]))
    text = Reader(told).text
    assert f"The first {IDS}" in text
    assert f"P{IDS - 1:03}" in text
    assert f"P{IDS:03}" not in text
    assert "one row a person: rows.xlsx" in text
    assert "/some/where" not in told


def test_the_funnel_counts_unknown_apart_and_adds_up() -> None:
    found = screened().summary
    text = Reader(page()).text
    panel = text[text.index("Panel view on de-escalation, 2025") :]
    last = found.funnel["panel-2025"][-1]
    assert panel.index(f"{last['left']} of {found.people} meet every criterion, {last['unknown']} are unknown") < 60
    for lines in found.funnel.values():
        before = found.people
        for line in lines:
            assert line["left"] + line["unknown"] + line["out"] == before
            before -= line["out"]


def test_completeness_counts_everybody_once_for_each_fact(rows: pl.DataFrame) -> None:
    known = screened().summary.known
    for name, variable in load().variables.items():
        assert sum(known[name]) == rows.height
        if variable.kind == "truth":
            assert known[name] == [rows.height - (open_ := rows[f"{name}.truth"].null_count()), 0, open_]
        elif variable.kind == "category":
            several = rows[name].str.contains("|", literal=True).sum()
            assert known[name][1:] == [several, rows[name].null_count()]
    one = rows["edss.low"].eq(rows["edss.high"]).sum()
    assert known["edss"][0] == one


def test_a_bar_shows_what_is_unknown_by_its_hatching_not_by_colour() -> None:
    drawn = bar([("yes", 25), ("unknown", 50), ("no", 25)], 100)
    assert [float(x) for x in re.findall(r'x="([\d.]+)%"', drawn)] == [0, 25, 25, 75]
    assert drawn.count("url(#hatch)") == 1
    assert "url(#hatch)" not in bar([("yes", 1), ("no", 1)], 2)


def test_what_is_counted_is_in_numbers_too() -> None:
    read = Reader(page())
    assert read.tags.count("caption") >= 5
    assert read.tags.count("table") > read.tags.count("caption")
    scopes = [value for name, value in read.attributes if name == "scope"]
    assert {"row", "col"} == set(scopes)


def test_ids_are_escaped() -> None:
    text = page(ids=True)
    assert EVIL[4] not in text
    for name, judged in (("title", "<script>"), ("rows", Path("<script>"))):
        assert "<script>" not in page(**{name: judged})


def test_conclusions_alone_make_a_page_without_advice() -> None:
    summary = replace(
        screened().summary, kinds={}, flags={}, review={}, lists=dict.fromkeys(LISTS, 0), find_out={"edss": 3}
    )
    text = Reader(SummaryPage(Path("page.html"), WORDS, ids=True).html(Found(summary))).text
    assert WORDS.tell("screen.head.lists") not in text
    assert "EDSS, scored outside a relapse" in text
    assert "Panel view on de-escalation, 2025" in text
    assert not WORDS.unknown


def test_counts_alone_make_a_page() -> None:
    """As on Spark, where rows are elsewhere."""
    told = SummaryPage(Path("page.html"), WORDS).html(Found(screened().summary))
    assert Reader(told).text == Reader(page()).text
