"""The numbers on the screen: one denominator, certainty beside each, reasons for none, and none in an emergency."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

from stepdown.knowledge.library import load
from stepdown.knowledge.quantities import Belief
from stepdown.report.advice import APART
from stepdown.report.figures import doubt
from stepdown.report.fill import fill
from stepdown.report.marks import DRAWN, PLAIN
from stepdown.report.risks import OUTCOMES, frame
from stepdown.report.terminal import show
from stepdown.report.words import Words, catalogue
from tests.people import assessed, examples
from tests.report import made_up
from tests.report.made_up import Told, assessment, emergency, option, text

WHY = "limits/pml-stratum.says"


def shown(data: Told, width: int = 100, verbose: bool = False) -> str:
    out, words = io.StringIO(), made_up.words()
    show(data, words, verbose, out, width)
    assert not words.unknown
    return out.getvalue()


def flat(screen: str) -> str:
    return " ".join(screen.split())


def estimate(mean: float, low: float, high: float, versus: Told | None = None, certainty: str = "low") -> Told:
    told = {"mean": mean, "low": low, "high": high, "unit": "1", "versus_continue": versus}
    return told | {"certainty": certainty, "evidence": ["discoms-2023"]}


def numbered(name: str, stance: str, relapse: Told | None, infection: Told | None, **changed: Any) -> Told:
    """An option with two risks at two years, and none of worsening."""
    told = option(name, stance)
    told["risk"] = {outcome: {"2": None, "5": None} for outcome in OUTCOMES}
    told["risk"]["relapse"]["2"], told["risk"]["serious-infection"]["2"] = relapse, infection
    lacking = [outcome for outcome in OUTCOMES if told["risk"][outcome]["2"] is None]
    told["no_number"] = [{"outcome": outcome, "years": 2.0, "says": text(WHY)} for outcome in lacking]
    told["burden"] = {"infusions": 1.0034, "injections": 0.0, "tablet_days": None, "visits": 2.0, "blood_tests": [1, 4]}
    told["decomposition"] = {}
    return told | changed


def weighed(**changed: Any) -> Told:
    """Someone whose options have numbers."""
    versus = {"mean": -0.03, "low": -0.12, "high": -0.001, "unit": "1"}
    options = [
        numbered("extend-interval:ocrelizumab:52w", "reasonable", estimate(0.012, 0.001, 0.036),
                 estimate(0.22, 0.05, 0.545, versus), share_ranked_first=0.8,
                 net_benefit={"mean": 0.2064, "low": -0.8604, "high": 1.0614, "unit": "relapses"},
                 decomposition={"relapse": {"parameters": 1.0, "inputs": 0.0, "new_setting": 0.0, "indirectness": 0.0,
                                "matters_most": [{"name": "quiet", "of": "parameters", "share": 0.62},
                                                 {"name": "edss", "of": "inputs", "share": 0.2}]}}),
        numbered("continue:ocrelizumab", "undetermined", estimate(0.009, 0.001, 0.034, None, "moderate"),
                 estimate(0.25, 0.06, 0.6), share_ranked_first=0.2),
        numbered("switch-lower:teriflunomide", "not-advised", estimate(0.04, 0.01, 0.1), None),
        numbered("switch-lower:glatiramer", "not-advised", estimate(0.042, 0.005, 0.09), None),
    ]  # fmt: skip
    comparison = {
        "years": 2.0, "shares_by_kind": {"continue": 0.004, "extend-interval": 0.996}, "unranked": [], "flips": [],
        "preferences": {"stated": False, "weights": {"relapse": [1.0, 1.0], "tablet-day": [5e-5, 0.00031623]}},
        "central": text("comparison.central", kinds=[]), "shared_evidence": ["discoms-2023"],
    }  # fmt: skip
    return assessment(options=options, comparison=comparison, scenarios=[], **changed)


def test_the_risks_of_an_option_stand_in_its_row_with_their_certainty() -> None:
    screen = shown(weighed())
    assert re.search(r"ocrelizumab every 52 weeks \(advised\)\n +1 \(<1–4\) low +\S* +22 \(5–55\) low", screen)
    assert re.search(r"carry on with ocrelizumab.*\n +1 \(<1–3\) mod +\S* +25 \(6–60\) low", screen)
    assert "Of 100 people, so many within 2 years" in flat(screen)
    assert "(mod = moderate)" in flat(screen)
    assert "people like you" not in screen


def test_carrying_on_comes_first_for_the_others_are_held_against_it() -> None:
    screen = shown(weighed())
    assert screen.index("carry on with ocrelizumab") < screen.index("ocrelizumab every 52 weeks (advised)")


def test_options_share_a_line_where_their_numbers_read_the_same() -> None:
    assert re.search(
        r"teriflunomide or glatiramer acetate.*\n(?:.*\n)?? +4 \(1–10\) low +\S* +no number", shown(weighed())
    )
    told = weighed()
    told["options"][3]["risk"]["relapse"]["2"]["mean"] = 0.06
    assert "teriflunomide or glatiramer" not in shown(told)
    told = weighed()
    told["options"][3]["risk"]["relapse"]["2"]["certainty"] = "very-low"
    assert "teriflunomide or glatiramer" not in shown(told)


def test_why_there_is_no_number_is_said_once() -> None:
    screen = flat(shown(weighed()))
    assert screen.count("no figure for this person's stratum is at hand") == 1
    assert (
        "No number for MRI activity, worsening, serious infection (longer interval, carry on, milder drug):" in screen
    )
    told = weighed()
    for one in told["options"]:
        one["no_number"] = [each for each in one["no_number"] if each["outcome"] == "disability-worsening"]
    assert "No number for worsening: On natalizumab" in flat(shown(told))


def test_all_is_told_out_of_a_thousand_where_a_hundred_would_hide_an_outcome() -> None:
    told = weighed()
    for one in told["options"]:
        one["risk"]["relapse"]["2"] |= {"mean": 0.0004, "low": 0.0001, "high": 0.0009}
    screen = flat(shown(told))
    assert "Of 1000 people" in screen
    assert "<1 (<1–1) low" in screen
    assert "220 (50–550) low" in screen
    assert "fewer than 1 of 1000 have it, more than 999 do not" in flat(shown(told, verbose=True))


def test_bars_share_one_scale_and_never_leave_their_column() -> None:
    assert DRAWN.bar(0) == ""
    assert DRAWN.bar(0.01) == "▏"
    assert DRAWN.bar(2.5) == "██▌"
    assert PLAIN.bar(2.9) == "##"
    screen = shown(weighed(), 110)
    row = next(line for line in screen.splitlines() if "25 (6–60)" in line)
    assert row.rstrip().endswith("█" * 10)
    assert "█" not in shown(weighed(), 50)


def test_a_narrow_terminal_names_each_risk_and_leaves_none_out() -> None:
    screen = flat(shown(weighed(), 50))
    assert "relapse 1 (<1–4) low; serious infection 22 (5–55) low" in flat(shown(weighed(), 40))
    assert "serious inf." not in flat(shown(weighed(), 40))
    assert "22 (5–55) low" in screen
    assert max(map(len, shown(weighed(), 50).splitlines())) <= 50


def test_the_shares_of_kinds_stand_with_the_strength() -> None:
    screen = flat(shown(weighed()))
    assert "of 100 draws of evidence and preference: longer interval >99, carry on <1." in screen
    told = weighed()
    told["comparison"] = None
    told["limits"] = [text("comparison.none", why=text(WHY))]
    assert "Strength: none, for the options could not be compared" in flat(shown(told))


def test_where_numbers_and_guidelines_part_is_said_with_the_advice_and_not_among_reasons() -> None:
    told = weighed()
    part = text(f"{APART}guideline-only", chosen="a", leading="b", share=48, own=20)
    told["recommendation"]["because"].insert(0, {**told["recommendation"]["because"][0], "says": part})
    screen = flat(shown(told))
    assert screen.count("the advice follows the guideline") == 1
    assert screen.index("the advice follows the guideline") < screen.index("For less")


def test_from_when_less_would_fit() -> None:
    assert "the criteria for less would be met from 14 May 2027" in flat(shown(weighed(eligible_from="2027-05-14")))


def test_only_the_nearest_value_that_changes_the_advice_is_told_and_all_with_verbose() -> None:
    def point(variable: str, tips: float | None, key: str, **more: Any) -> Told:
        return {"variable": variable, "now": None, "at": tips, "then": text(f"tipping.{variable}.{key}", **more)}

    then = text("tipping.then.continue")
    points = [
        point("age", None, "none", low=51.0, high=70.0),
        point("edss", 6.0, "above", at=6.0, now=3.5, then=then),
        point("years_since_relapse", 2.0, "below", at=2.0, now=8.3, then=then),
    ]
    told = weighed(tipping_points=points)
    screen = flat(shown(told))
    assert "Had the last relapse been less than 2 years ago" in screen
    assert "Were the EDSS above 6" not in screen
    assert "No age from 51 to 70" not in screen
    every = flat(shown(told, verbose=True))
    assert "Were the EDSS above 6" in every
    assert "No age from 51 to 70" in every
    assert "What if" not in shown(weighed(tipping_points=points[:1]))


def test_a_scenario_is_told_on_the_screen_only_where_another_kind_leads() -> None:
    risk = {"serious-infection": {"continue:ocrelizumab": {"2": estimate(0.16, 0.04, 0.41), "5": None}}}
    same = {"id": "x", "risk": risk, "shares_by_kind": {"continue": 1.0}, "leading": None,
            "says": text("scenario.constant-difference.same")}  # fmt: skip
    told = weighed() | {"scenarios": [same]}
    assert "If drugs added" not in shown(told)
    assert "carry on with ocrelizumab 16 (4–41)" in flat(shown(told, verbose=True))
    same["says"] = text("scenario.constant-difference.other", leading=text("information.kind.continue"))
    assert "carrying on would come first most often" in flat(shown(told))


def test_two_questions_are_put_in_full_and_the_others_by_name() -> None:
    told = weighed()
    told["information"] = [{**told["information"][0], "decisive": False, "variable": name,
                            "says": text("information.worth-knowing", variable=text(f"variables/{name}.title"))}
                           for name in ("igg", "edss", "pregnant")]  # fmt: skip
    screen = flat(shown(told))
    assert "IgG: worth knowing" in screen
    assert "EDSS: worth knowing" in screen
    assert "worth knowing: pregnant?" in screen


def test_verbose_tells_both_sides_the_difference_the_worth_the_burden_and_the_doubt() -> None:
    screen = flat(shown(weighed(), verbose=True))
    for said in (
        "serious infection within 2 years: 22 of 100 have it, 78 do not (5 to 55); low certainty; "
        "against carrying on 3 fewer (12 fewer to as many)",
        "relapse within 2 years: 1 of 100 have it, 99 do not (fewer than 1 to 3); moderate certainty",
        "[discoms-2023]",
        "worth 0.2 relapses a person (−0.9 to 1.1; more than 0 is better)",
        "Comes first in 80 of 100 draws.",
        "A year: 1 infusion, 2 visits for a dose, blood taken 1 to 4 times.",
        "Not known: days with tablets.",
        "Most of the doubt: relapse: what quiet years tell 62%, EDSS, not known here 20%.",
        "one day with tablets 0.00005 to 0.00032",
        "No number for MRI activity and worsening within 2 years: On natalizumab",
    ):
        assert said in screen


def test_an_emergency_has_no_numbers() -> None:
    told = emergency()
    told |= {key: weighed()[key] for key in ("options", "comparison", "scenarios")}
    told["tipping_points"] = [{"variable": "igg", "now": 5.1, "at": 6.0,
                               "then": text("tipping.igg.above", at=6.0, now=5.1, then="x")}]  # fmt: skip
    assert frame(fill(told, made_up.words())) is None
    for verbose in (False, True):
        screen = flat(shown(told, verbose=verbose))
        assert not re.search(r"\d \(|of 100|draws|have it|<1", screen)
        assert "52 weeks" in screen
    assert "Were IgG" not in shown(told)


def test_an_age_is_told_in_whole_years_everywhere() -> None:
    told = weighed()
    told["state"]["age"] = made_up.exactly(60.3125)
    for verbose in (False, True):
        assert "60.3" not in shown(told, verbose=verbose)
    assert re.search(r"Age +60 years", shown(told, verbose=True))


@pytest.mark.parametrize("example", examples())
def test_every_example_fits_every_width_in_words(example: str) -> None:
    """No line is too long, no key lacks words, no number has more digits than a person would say."""
    words = Words(load())
    data = assessed(example)
    for width, verbose in ((50, False), (60, True), (80, False), (80, True), (120, False), (120, True)):
        out = io.StringIO()
        show(data, words, verbose, out, width)
        lines = out.getvalue().splitlines()
        assert max(map(len, lines)) <= min(width, 110)
        assert not [line for line in lines if line != line.rstrip() or "\x1b" in line]
    assert not words.unknown


@pytest.mark.parametrize(("width", "most"), [(80, 68), (110, 60)])
def test_every_example_stays_on_a_screen(width: int, most: int) -> None:
    for example in examples():
        out = io.StringIO()
        show(assessed(example), Words(load()), False, out, width)
        assert len(out.getvalue().splitlines()) <= most, example


def test_the_emergency_among_the_examples_has_no_numbers() -> None:
    urgent = [name for name in examples() if any(flag["action"] == "emergency" for flag in assessed(name)["flags"])]
    assert urgent
    for name in urgent:
        for verbose in (False, True):
            out = io.StringIO()
            show(assessed(name), Words(load()), verbose, out, 100)
            assert not re.search(r"of 100|of 1000| draws|have it", out.getvalue())


def test_plain_letters_say_the_same() -> None:
    """Where only ASCII is read every number is there, with its interval and its certainty."""
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    show(weighed(), made_up.words(), False, out, 100)
    out.flush()
    assert b"22 (5-55) low" in raw.getvalue()
    assert b"<1-4" in raw.getvalue()
    assert b"?" not in re.sub(rb"\? (undetermined|perhaps)|\? Month", b"", raw.getvalue())


def test_every_source_of_doubt_and_every_unit_of_burden_has_words() -> None:
    words, english = Words(load()), catalogue("en")
    told = [one for one in load().documents["parameters"].values() if isinstance(one, Belief)]
    names = {str(one.of) for one in told if one.kind in ("modifier", "between")}
    assert len(names) > 8
    for name in (*names, "baseline", "effect", "between-studies", "effect-between-studies", "drug-between-studies"):
        doubt({"name": name, "of": "parameters", "share": 0.5}, words)
    assert not words.unknown
    for outcome in OUTCOMES:
        assert {f"risk.of.{outcome}", f"risk.column.{outcome}"} <= english.keys()
    for name in ("infusions", "injections", "tablet_days", "visits", "blood_tests"):
        assert {f"burden.{name}.one", f"burden.{name}.name"} <= english.keys()
    for grade in ("high", "moderate", "low", "very-low"):
        assert {f"risk.short.{grade}", f"risk.certainty.{grade}"} <= english.keys()
