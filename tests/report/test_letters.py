"""The letters: one page, plain words that are measured, both sides of every number, and no choice in an emergency."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from stepdown.errors import InputError
from stepdown.knowledge.library import load
from stepdown.report.letters import FORMS, READERS, letter
from stepdown.report.letters.page import Page
from stepdown.report.words import Words
from tests.people import assessed, examples
from tests.report import made_up, plan_fixture
from tests.report.made_up import Told
from tests.report.reading import counted, syllables

GRADE = 7.0
"""Read at about twelve years of age."""
PERSON, DOCTOR = 640, 800
"""Words that were seen to fit on one sheet of A4 as the HTML prints."""


def written(to: str, told: Told | None = None, form: str = "markdown", contact: str | None = None) -> str:
    words = plan_fixture.words()
    data = plan_fixture.with_risks(plan_fixture.assessment()) if told is None else told
    made = letter(data, words, to, form, contact)
    assert not words.unknown
    return made


def prose(markdown: str) -> str:
    """A letter without its headings."""
    return "\n".join(line for line in markdown.splitlines() if not line.startswith("#"))


@pytest.mark.parametrize(
    ("text", "sentences", "words", "counts", "ease"),
    [
        ("The cat sat on the mat.", 1, 6, 6, 116),
        ("This sentence, taken as a reading passage unto itself, is being used to prove a point.", 1, 16, 23, 69),
        ("The Australian platypus is seemingly a hybrid of a mammal and reptilian creature.", 1, 13, 24, 37.5),
    ],
)
def test_the_measure_gives_the_published_values(
    text: str, sentences: int, words: int, counts: int, ease: float
) -> None:
    found = counted(text)
    assert (found.sentences, found.words, found.syllables) == (sentences, words, counts)
    assert found.ease == pytest.approx(ease, abs=0.5)


@pytest.mark.parametrize(
    ("word", "count"),
    [("relapse", 2), ("infection", 3), ("disability", 5), ("ocrelizumab", 5), ("hospital", 3), ("treatment", 2),
     ("needed", 2), ("planned", 1), ("people", 2), ("area", 3), ("science", 2), ("MRI", 3), ("100", 3)],
)  # fmt: skip
def test_the_measure_counts_the_syllables_of_words_as_dictionaries_do(word: str, count: int) -> None:
    assert syllables(word) == count


def test_the_grade_is_that_of_the_published_formula() -> None:
    found = counted("The Australian platypus is seemingly a hybrid of a mammal and reptilian creature.")
    assert found.grade == pytest.approx(11.3, abs=0.1)


@pytest.mark.parametrize("example", examples())
def test_the_person_can_read_it_at_twelve(example: str) -> None:
    words = Words(load())
    text = prose(letter(assessed(example), words, "person"))
    assert not words.unknown
    assert counted(text).grade <= GRADE


@pytest.mark.parametrize("told", [plan_fixture.stopping(), plan_fixture.plan()], ids=["stopping", "longer"])
def test_the_made_up_letters_can_be_read_at_twelve(told: Told) -> None:
    assert counted(prose(written("person", plan_fixture.with_risks(plan_fixture.assessment(told))))).grade <= GRADE


@pytest.mark.parametrize("example", examples())
@pytest.mark.parametrize(("to", "most"), [("person", PERSON), ("doctor", DOCTOR)])
def test_it_keeps_to_one_page(example: str, to: str, most: int) -> None:
    words = Words(load())
    assert counted(letter(assessed(example), words, to)).words <= most
    assert not words.unknown


def test_every_trigger_of_the_library_has_words_for_the_person() -> None:
    words = Words(load())
    missing = [name for name in load().documents["triggers"] if not words.has(f"letter.person.call.trigger.{name}")]
    assert missing == []


def test_every_topic_of_a_flag_has_words_for_the_person() -> None:
    words = Words(load())
    topics = {flag.topic for flag in load().flags.values()}
    assert [topic for topic in sorted(topics) if not words.has(f"letter.person.why.{topic}")] == []


def test_a_trigger_that_has_no_plain_words_is_told_in_its_own() -> None:
    told = plan_fixture.assessment()
    own = {"id": "triggers/ours", "topic": "wish", "says": made_up.text("rules/rebound.says")}
    told["plan"]["triggers"].append(told["plan"]["triggers"][0] | own)
    assert "Stopping may be followed by rebound." in written("person", told)


@pytest.mark.parametrize("to", READERS)
def test_numbers_have_both_sides_one_denominator_and_the_certainty_in_the_sentence(to: str) -> None:
    text = written(to)
    assert (
        "We are not sure: with this plan about 7 of 100 people have a relapse in 2 years (3 to 14), and 93 do not. "
        "If all stays as it is, about 4 have it (2 to 9), and 96 do not." in text
    )
    assert "We are fairly sure: with this plan about 2 of 100 people have a serious infection" in text
    assert "people like you" not in text.lower()
    assert "259 people of 55 or over" in text


def test_a_risk_below_one_of_a_hundred_is_not_none() -> None:
    told = plan_fixture.with_risks(plan_fixture.assessment())
    told["options"][1]["risk"]["serious-infection"]["2"] |= {"mean": 0.002, "low": 0.0005, "high": 0.01}
    assert "about 0 of" not in written("person", told)


@pytest.mark.parametrize("to", READERS)
@pytest.mark.parametrize("name", ["made-up", "new-symptom-natalizumab"])
def test_an_emergency_comes_first_and_nothing_is_weighed_or_left_to_choose(to: str, name: str) -> None:
    told = plan_fixture.with_risks(made_up.emergency()) if name == "made-up" else assessed(name)
    next(flag for flag in told["flags"] if flag["action"] == "emergency")["topic"] = "pml"
    text = written(to, told)
    assert "PML" in text.split("##")[1]
    assert not re.search(r"of 100|choice|choose|change your mind|as before", text)
    assert "Do not take your next dose" in text if to == "person" else "Next dose: withhold" in text


def test_an_emergency_of_an_unforeseen_kind_still_sends_the_person_to_a_doctor_today() -> None:
    told = made_up.emergency()
    told["flags"][0]["topic"] = "frailty"
    text = written("person", told)
    assert "Please call your MS team today" in text
    assert "Something in your notes needs a doctor today." in text


def test_without_a_plan_the_person_hears_what_is_missing_and_what_to_do_until_then() -> None:
    text = written("person", assessed("almost-nothing"))
    assert "Nothing changes yet" in text
    assert "which MS drug you take" in text
    assert "Do not stop your drug on your own." in text


def test_an_urgent_review_is_not_told_as_a_wait() -> None:
    text = written("person", assessed("breast-cancer-rituximab"))
    assert "Please see your MS team soon" in text
    assert "Nothing changes yet" not in text


def test_the_plan_its_reasons_and_its_days() -> None:
    text = written("person")
    assert "You go on with ocrelizumab, but less often: every 52 weeks." in text
    assert "Your next dose is on 14 September 2026, not before." in text
    assert "You have had no relapse for at least 8 years." in text
    assert "- A brain scan (MRI): between 1 June 2026 and 1 September 2026, and more later." in text
    assert "It may not give back what was lost." in text
    assert text.index("Call us the same day") < text.index("Call us within a day or two")
    assert "- a bad infection, such as one that needs hospital" in text


def test_a_dose_that_is_withheld_has_no_day_and_the_doctor_hears_what_it_waits_for() -> None:
    person, doctor = (written(to, assessed("pneumonia-ocrelizumab")) for to in ("person", "doctor"))
    assert "Do not take your next dose" in person
    assert "Your next dose:" not in person
    assert "the next anti-CD20 dose waits for immunology. Do: Immunology within days" in doctor


@pytest.mark.parametrize("to", READERS)
def test_what_is_not_advised_says_so_before_the_plan(to: str) -> None:
    text = written(to, plan_fixture.assessment(plan_fixture.stopping()))
    reason, plan = text.index("Stopping may be followed by rebound."), text.lower().index("stop ocrelizumab")
    assert "not advise" in text
    assert reason < plan


def test_the_doctor_is_told_what_is_asked_how_long_the_drug_acts_and_when_to_call() -> None:
    text = written("doctor")
    assert "Ocrelizumab every 52 weeks, decided on 1 March 2026." in text
    assert "Ocrelizumab still acts for up to 18 months after its last dose" in text
    assert "- Infection or relapse: New or worse symptoms: urine and chest first." in text
    assert "- IgG: due 1 September 2026, between 15 August 2026 and 14 September 2026." in text
    assert "- Today: An infection that needs hospital" in text
    assert "no steroids before infection is excluded" in text
    assert "months since the last cord MRI" in text


def test_the_number_to_call_is_the_given_one_or_a_line_to_write_it_on() -> None:
    assert "answered the same day: 030 1234" in written("person", contact="030 1234")
    assert "answered the same day: \\_" in written("person")


@pytest.mark.parametrize("to", READERS)
def test_it_is_a_draft_without_a_name_and_says_its_library(to: str) -> None:
    text = written(to)
    assert "A draft." in text
    assert "About: A1" in text
    assert "library 2026.11" in text


class Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open += [] if tag == "meta" else [tag]
        self.loads += [name for name, _ in attrs if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_is_whole_loads_nothing_and_keeps_signs_as_signs() -> None:
    told = plan_fixture.assessment(plan_fixture.stopping())
    told["plan"]["why_not"] = [made_up.text("problem.unknown-word", kind="<b>&", word="x")]
    seen = Seen()
    seen.feed(written("person", told, "html"))
    assert seen.open == []
    assert seen.loads == []
    assert "<b>&" in seen.text


def test_markdown_takes_no_word_for_markup() -> None:
    page = Page("en")
    page.section("A_b", ["*bold* [x](y) <i>"])
    assert page.markdown() == "## A\\_b\n\n\\*bold\\* \\[x\\](y) \\<i\\>\n"


def test_text_keeps_to_eighty_columns() -> None:
    assert all(max(map(len, written(to, form="text").splitlines())) <= 80 for to in READERS)


def test_a_heading_without_anything_below_is_left_out() -> None:
    page = Page("en")
    page.section("Empty", [""], [])
    assert page.blocks == []


@pytest.mark.parametrize(("to", "form"), [("nurse", "text"), ("person", "pdf")])
def test_an_unknown_reader_or_form_is_refused_in_one_line(to: str, form: str) -> None:
    with pytest.raises(InputError, match="choose"):
        written(to, form=form)


def test_nobody_writes_to_who_has_died() -> None:
    told = made_up.assessment()
    told["recommendation"]["says"] = made_up.text("recommendation.died")
    with pytest.raises(InputError, match="has died"):
        written("person", told)


def test_every_form_says_the_same() -> None:
    def bare(text: str) -> list[str]:
        return re.findall(r"[a-z]{4,}", re.sub(r"<style>.*</style>|<title>.*</title>", "", text, flags=re.S).lower())

    said = [set(bare(written("doctor", form=form))) - {"html", "head", "body", "meta"} for form in FORMS]
    assert said[0] == said[2]
    assert said[0] <= said[1]
