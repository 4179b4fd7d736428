"""The page: whole, safe, self-contained; calm where there is an emergency; one denominator; nobody is like you."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from stepdown.knowledge.library import load
from stepdown.report.fill import fill
from stepdown.report.html import html
from stepdown.report.risks import frame
from stepdown.report.wording import option
from stepdown.report.words import Words
from tests.people import assessed, examples
from tests.report import made_up

CALM, EMERGENCY = "long-quiet-ocrelizumab", "new-symptom-natalizumab"
VOID = {"meta", "br", "hr", "link"}


class Reader(HTMLParser):
    """Reads a page: whether its elements close, its text, ids, links and attributes."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.said: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.said.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.said).split())


@cache
def page_of(example: str) -> tuple[str, Reader]:
    words = Words(load())
    page = html(assessed(example), words)
    assert not words.unknown
    return page, Reader(page)


@pytest.mark.parametrize("example", examples())
def test_every_page_is_whole_and_its_links_lead_somewhere(example: str) -> None:
    page, read = page_of(example)
    assert page.startswith("<!doctype html>")
    assert read.open == []
    assert len(read.ids) == len(set(read.ids))
    assert {link.removeprefix("#") for link in read.links} <= set(read.ids)
    levels = [int(tag[1]) for tag in read.tags if tag in ("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert levels.count(1) == 1


@pytest.mark.parametrize("example", examples())
def test_it_needs_no_network_and_no_script(example: str) -> None:
    page, read = page_of(example)
    assert "script" not in read.tags
    assert not {"link", "iframe", "img", "object"} & set(read.tags)
    assert all(link.startswith("#") for link in read.links)
    assert not [name for name, _ in read.attributes if name.startswith("on")]
    assert not re.search(r"url\(|@import", page)
    assert any(value.startswith("default-src 'none'") for _, value in read.attributes)


@pytest.mark.parametrize("example", examples())
def test_what_it_is_for_is_said_once_and_the_library_at_the_top(example: str) -> None:
    text = page_of(example)[1].text
    assert text.count("judgement of the treating team") == 1
    assert "1 March 2026 library 20" in text[: text.index("Advice")]


@pytest.mark.parametrize("example", examples())
def test_the_doubt_is_that_of_the_advised_option_and_of_no_other(example: str) -> None:
    words, page = Words(load()), page_of(example)[0]
    _, _, doubt = page.partition('<section class="sec" id="doubt"')
    advised = assessed(example)["recommendation"]["option"]
    named = re.findall(r'<div class="scroll"[^>]*aria-label="[^:"]*: ([^"]*)"', doubt.partition("</section>")[0])
    assert set(named) <= {option(advised, "", words)}
    assert advised is not None or not doubt


def test_an_option_that_is_not_open_is_never_pictured_without_its_stance() -> None:
    page = page_of("fingolimod-wants-to-stop")[0]
    pictures = page[page.index('id="pictures"') : page.index('id="sources"')]
    titles = re.findall(r"<title>(.*?)</title>", pictures)
    assert titles.count("Stop fingolimod (not advised)") == 2
    assert "Stop fingolimod" not in titles
    assert "Carry on with fingolimod" in titles


@pytest.mark.parametrize("example", examples())
def test_nobody_is_like_you_and_nothing_is_left_to_you_in_an_emergency(example: str) -> None:
    text = page_of(example)[1].text.lower()
    assert not re.search(r"like (you|her|him)\b", text)
    assert "choice is yours" not in text


def test_what_is_written_into_the_record_never_becomes_markup() -> None:
    told = made_up.assessment(person="<script>alert(1)</script>")
    told["problems"][0]["source"] = '"><img src=x onerror=alert(1)>'
    told["options"][4]["bars"][0]["says"] = made_up.text("label.not-met", what="<b onclick=x>")
    read = Reader(html(told, made_up.words()))
    assert "script" not in read.tags
    assert "img" not in read.tags
    assert not [name for name, _ in read.attributes if name.startswith("on")]
    assert "<script>alert(1)</script>" in read.text


def test_an_emergency_comes_first_and_nothing_is_weighed() -> None:
    page, read = page_of(EMERGENCY)
    assert page.index("PML until shown otherwise") < page.index('class="say"')
    assert not {"options", "pictures", "time", "doubt", "preferences", "guidelines", "plan"} & set(read.ids)
    assert "svg" not in read.tags


def test_the_parts_stand_in_the_order_in_which_questions_come_up() -> None:
    read = page_of(CALM)[1]
    order = [
        "advice",
        "options",
        "pictures",
        "time",
        "doubt",
        "find-out",
        "changes",
        "preferences",
        "guidelines",
        "plan",
    ]
    assert [name for name in read.ids if name in order] == order


def test_every_option_has_a_row_and_every_number_its_certainty() -> None:
    filled = fill(assessed(CALM), Words(load()))
    told = frame(filled)
    assert told is not None
    page = page_of(CALM)[0]
    table = page[page.index("<table") : page.index("</table>")]
    cells = re.findall(r"<td data-label.*?</td>", table, re.S)
    assert len(cells) == len(filled["options"]) * len(told.outcomes)
    for cell in cells:
        assert re.search(
            r"<b>(fewer than |more than )?\d+</b> from .* to .*; (very low|low|moderate|high) certainty", cell
        )
    assert table.count('class="advised"') == 1


def test_one_denominator_on_a_page_and_both_sides_in_every_picture() -> None:
    text = page_of(CALM)[1].text
    pictures = re.findall(r"(\d+) of (\d+) have it, (\d+) do not\.", text)
    assert len(pictures) >= 6
    assert {int(of) for _, of, _ in pictures} == {100}
    assert all(int(have) + int(others) == 100 for have, _, others in pictures)


def test_who_was_studied_is_named_beside_the_source() -> None:
    text = page_of(CALM)[1].text
    assert "Studied: 1620 people of 50 or over" in text


def test_where_there_is_no_number_it_is_said_why() -> None:
    text = page_of("primary-progressive-70")[1].text
    assert "No number for" in text
    assert "65 years" in text


def test_the_same_assessment_is_the_same_page() -> None:
    words = Words(load())
    assert html(assessed(CALM), words) == html(assessed(CALM), words)


def test_without_numbers_the_options_still_stand_with_their_reasons() -> None:
    read = Reader(html(made_up.assessment(), made_up.words()))
    assert "stop ocrelizumab" in read.text
    assert "Stopping may be followed by rebound." in read.text
    assert "pictures" not in read.ids
