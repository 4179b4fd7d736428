"""The screen: the right order, what is unknown called so, and fit for a pipe, a narrow window and no colour."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from stepdown.report.fill import fill
from stepdown.report.marks import DRAWN, PLAIN, marks_for
from stepdown.report.paper import put
from stepdown.report.parts import brief
from stepdown.report.terminal import screen as screen_of
from stepdown.report.terminal import show
from stepdown.report.words import ENGLISH
from tests.report import made_up
from tests.report.made_up import Told, assessment, category, emergency, exactly, flag, number, option, reason

FOOT = "Supports the judgement of the treating team and does not replace it."


def shown(data: Told, width: int = 100, verbose: bool = False, language: str = ENGLISH) -> str:
    """What is written into a pipe."""
    out = io.StringIO()
    words = made_up.words(language)
    show(data, words, verbose, out, width)
    assert not words.unknown
    return out.getvalue()


def flat(screen: str) -> str:
    """The screen without its line breaks."""
    return " ".join(screen.split())


def test_the_order_is_that_in_which_questions_come_up() -> None:
    screen = shown(emergency())
    parts = ["A1  woman, 59", "Urgent", "Wait", "Advice", "Options", "Find out", "Record", FOOT]
    places = [screen.index(part) for part in parts]
    assert places == sorted(places)


def test_an_emergency_says_what_to_do_and_weighs_nothing() -> None:
    screen = flat(shown(emergency()))
    assert "PML is suspected until it is excluded. Do: No dose, no switch and no steroid" in screen
    assert "Next dose: withhold · Review: urgent, today · Strength: hold" in screen
    assert "For less" not in screen
    told = emergency()
    told["flags"].append(flag("low-igg-infection", "reason"))
    assert "Attention" not in shown(told)
    assert "Guidelines" not in screen


def test_who_where_they_stand_and_when_the_next_dose_is_due() -> None:
    screen = shown(assessment())
    assert screen.startswith("A1  woman, 59, relapsing-remitting MS for 22 to 23 years")
    assert screen.splitlines()[0].endswith("1 March 2026")
    line = "on ocrelizumab for 7.9 years · last dose 5.5 months ago · next due 14 March 2026, in 13 days"
    assert screen.splitlines()[1] == line
    assert (
        "no relapse for at least 8.3 years · no MRI activity for at least 7.3 years · EDSS 3.5 · IgG 4.9 g/L" in screen
    )


def test_the_advice_the_next_dose_and_both_sides() -> None:
    screen = flat(shown(assessment()))
    assert "Consider a longer interval: ocrelizumab every 52 weeks." in screen
    assert "Next dose: delay until 14 September 2026 · Review: routine" in screen
    assert "+ No relapse and no MRI activity for five years" in screen
    assert "− Stopping may be followed by rebound." in screen


def test_every_option_has_a_mark_a_word_and_its_reason() -> None:
    screen = shown(assessment())
    assert re.search(r"● reasonable +ocrelizumab every 52 weeks \(advised\)", screen)
    assert re.search(r"◐ undetermined +switch to teriflunomide or glatiramer acetate  No study has looked", screen)
    assert re.search(r"○ not advised +stop ocrelizumab  Stopping may be followed by rebound\.", screen)


def test_options_that_differ_in_stance_or_interval_are_told_apart() -> None:
    many = [option("extend-interval:ocrelizumab:39w", "reasonable"),
            option("extend-interval:ocrelizumab:52w", "reasonable"),
            option("reduce-dose:ocrelizumab:300mg", "reasonable") | {"interval_weeks": 26.0, "dose_mg": 300.0},
            option("continue:ocrelizumab", "barred")]  # fmt: skip
    screen = shown(assessment(options=many))
    assert "ocrelizumab every 39 or 52 weeks (advised)" in screen
    assert "ocrelizumab 300 mg" in screen
    assert re.search(r"✕ barred +carry on with ocrelizumab", screen)


def test_what_waits_for_facts_names_them() -> None:
    waiting = made_up.rule("no-evidence", "check", verdict="unknown", ask=["hbsag"])
    screen = shown(assessment(options=[option("switch-lower:teriflunomide", "undetermined", checks=[waiting])]))
    assert "find out first: HBsAg positive" in screen


def test_what_a_guideline_asks_for_and_does_not_find_is_not_told_as_found() -> None:
    told = assessment()
    told["recommendation"]["because"] = [reason("guidelines/panel/age.why", False) | {"verdict": "not-met"}]
    assert "− Not met: At least 55 years old" in shown(told)


def test_a_reason_that_stands_above_as_a_flag_is_not_told_twice() -> None:
    told = assessment()
    told["recommendation"]["because"] = [reason("flags/low-igg-infection.says", True)]
    screen = shown(told)
    assert screen.count("IgG is low and there was a serious infection.") == 1
    assert re.search(r"For less +as above", screen)
    assert re.search(r"Against +nothing found", screen)


def test_guidelines_stand_side_by_side_and_the_undecided_say_what_they_wait_for() -> None:
    screen = shown(assessment())
    assert re.search(r"● candidate +Panel view on quiet disease$", screen, re.M)
    told = assessment()
    told["guidelines"] = [{**told["guidelines"][0], "applies": "unknown"} for _ in range(3)]
    assert re.search(r"┄ may apply 3 guidelines or trials, once what stands under Find out is known", shown(told))
    assert re.search(r"┄ perhaps like them Entry criteria of a trial; waits for months since", screen)


def test_nothing_known_is_called_unknown_everywhere() -> None:
    library = made_up.words().library
    told = assessment(state={name: made_up.unknown(name, library) for name in library.variables}, options=[],
                      information=[], guidelines=[], flags=[])  # fmt: skip
    screen = flat(shown(told))
    for said in ("age unknown, sex unknown, course unknown", "drug unknown", "last relapse unknown",
                 "MRI activity unknown", "EDSS unknown", "none, as long as the drug is unknown"):  # fmt: skip
        assert said in screen


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"weeks_to_next_dose": exactly(-3.0, "wk")}, "next was due 8 February 2026, 3 weeks ago"),
        ({"weeks_to_next_dose": number(-4.0, -2.0, "wk")}, "next was due 2 to 4 weeks ago"),
        ({"weeks_to_next_dose": number(2.0, 6.0, "wk")}, "next due in 2 to 6 weeks"),
        ({"weeks_to_next_dose": number(None, None, "wk")}, "next appointment unknown"),
        ({"weeks_to_next_dose": number(-391.0, 26.0, "wk")}, "next due within 26 weeks, or overdue"),
        ({"weeks_to_next_dose": number(-2.0, None, "wk")}, "next appointment unknown"),
        (
            {"therapy": category("ocrelizumab", "rituximab"), "therapy_class": category("anti-cd20")},
            "on anti-CD20 antibodies, which of them unknown",
        ),
        ({"months_since_last_dose": number(None, None, "mo")}, "last dose unknown"),
        ({"time_on_therapy": number(None, None)}, "on ocrelizumab, since when unknown"),
        ({"therapy": category("none")}, "on no drug for MS"),
        ({"therapy": category("ocrelizumab", "rituximab")}, "drug unknown"),
        ({"never_relapsed": {"kind": "truth", "truth": True, "from": []}}, "never a relapse"),
        ({"years_since_relapse": number(0.0, 2.0)}, "last relapse at most 2 years ago"),
        ({"age": number(59.2, 60.1)}, "woman, 59 to 60"),
        ({"age": number(60.0, None)}, "woman, at least 60"),
        ({"age": number(0.0, None)}, "woman, age unknown"),
        ({"course": category(*made_up.words().library.values("course"))}, "MS of unknown course for 22 to 23 years"),
        ({"disease_duration": number(0.0, None)}, "woman, 59, relapsing-remitting MS 1 March"),
        ({"wish_stop": {"kind": "truth", "truth": True, "from": []}}, "wishes to stop"),
    ],
)
def test_the_head_says_what_is_known(changed: Told, said: str) -> None:
    told = assessment()
    assert said in flat(shown(told | {"state": told["state"] | changed}))


def test_a_drug_that_is_taken_at_home_has_no_dose_to_wait_for() -> None:
    told = assessment()
    told["state"] |= {"therapy": category("teriflunomide"), "months_since_last_dose": exactly(0.0, "mo")}
    assert shown(told).splitlines()[1] == "on teriflunomide for 7.9 years"


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
@pytest.mark.parametrize("verbose", [False, True])
def test_it_fits_every_width_without_control_codes(width: int, verbose: bool) -> None:
    for data in (assessment(), emergency()):
        lines = shown(data, width, verbose).splitlines()
        assert max(map(len, lines)) <= min(width, 110)
        assert not any(line != line.rstrip() or "\x1b" in line for line in lines)


def test_one_screen() -> None:
    assert len(shown(assessment(), 100).splitlines()) <= 45
    assert len(shown(emergency(), 80).splitlines()) <= 50


def test_who_takes_nothing_is_not_asked_for_a_drug() -> None:
    told = assessment(options=[])
    told["state"]["therapy"] = category("none")
    screen = shown(told)
    assert "none, because no drug is taken" in screen
    assert not re.search(r"^(For less|Against)", screen, re.M)


def test_what_is_urgent_stands_above_the_advice() -> None:
    told = assessment(flags=[flag("low-igg-infection", "reason")])
    assert shown(told).index("Attention") > shown(told).index("Advice")
    told["recommendation"] |= {"review": "urgent"}
    assert shown(told).index("Attention") < shown(told).index("Advice")
    assert "Review: urgent, within days" in flat(shown(told))


def test_a_fact_that_is_a_question_is_asked_as_one() -> None:
    told = assessment()
    first = told["information"][0]
    told["information"] = [first, first, {**first, "variable": "pregnant"}]
    assert "a guideline or an option still waits for: pregnant?" in flat(shown(told))
    told["recommendation"] |= {"strength": "hold"}
    assert "the answer hangs on: pregnant?" in flat(shown(told))


def test_the_sentence_about_judgement_stands_once_at_the_foot() -> None:
    for verbose in (False, True):
        screen = shown(assessment(), verbose=verbose)
        assert screen.count(FOOT) == 1
        assert screen.rstrip().endswith(FOOT)


def test_verbose_shows_every_variable_criterion_event_and_source() -> None:
    told = assessment()
    screen = flat(shown(told, 110, verbose=True))
    words = made_up.words()
    for name in told["state"]:
        assert all(part in screen.lower() for part in words.tell(f"variables/{name}.title").lower().split())
    assert "not met excludes: Serious infections under treatment" in screen
    assert "IgG 4.9 g/L" in screen
    assert "from Observation/7 [made-up-2025]" in screen
    assert "chart.yaml:labs[2]: 'foo' is not known as test" in screen


def test_a_language_without_words_is_said() -> None:
    assert "Words in de are missing; English is used for them." in flat(shown(assessment(), language="de"))
    assert "Words in" not in shown(assessment())


def test_marks_do_not_need_more_than_the_terminal_has() -> None:
    assert marks_for("utf-8") is DRAWN
    assert marks_for("ascii") is PLAIN
    assert marks_for("latin-1") is PLAIN
    assert marks_for(None) is PLAIN
    for marks in (DRAWN, PLAIN):
        assert len(set(marks.stance.values())) == 5
        assert len(set(marks.verdict.values())) == 3
    assert not [mark for mark in "".join([*PLAIN.stance.values(), *PLAIN.verdict.values(), PLAIN.dot]) if mark > "~"]


def test_it_can_be_written_where_only_ascii_is_read() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    show(assessment(flags=[flag("pml", "emergency")]), made_up.words(), False, out, 80)
    out.flush()
    assert b"! A new symptom" in raw.getvalue()


def test_long_reasons_lose_their_brackets_before_their_end() -> None:
    sentence = "This is a reason that goes on for quite a while before it comes to its end, as some of them do"
    assert brief("Short (kept). Whole.") == "Short (kept). Whole."
    assert brief(f"{sentence} (and this explains it).") == f"{sentence}."
    assert brief(f"{sentence}. A second sentence.") == f"{sentence}."


def test_a_text_that_is_clipped_says_so() -> None:
    words = " ".join(["word"] * 60)
    told = assessment()
    told["options"][4]["bars"][0]["says"] = made_up.text("label.not-met", what=words)
    screen = shown(told, 80)
    clipped = [line for line in screen.splitlines() if line.endswith("…") and "word" in line]
    assert len(clipped) == 1
    assert max(map(len, screen.splitlines())) <= 80
    assert flat(shown(told, 80, verbose=True)).count("word") >= 60


def test_a_terminal_gets_weight_but_no_red() -> None:
    out = io.StringIO()
    paper = Console(file=out, width=100, force_terminal=True, color_system="standard", highlight=False)
    put(screen_of(fill(emergency(), made_up.words()), made_up.words(), DRAWN), paper)
    codes = set(re.findall(r"\x1b\[([0-9;]*)m", out.getvalue()))
    assert "0" in codes
    assert not any(code in ("31", "91", "41", "33", "32") for group in codes for code in group.split(";"))
