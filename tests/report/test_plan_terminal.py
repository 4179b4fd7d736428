"""The plan on the screen: in the order of time, what is open and overdue told apart, and within 80 columns."""

from __future__ import annotations

import io

import pytest

from stepdown.report.fill import fill
from stepdown.report.marks import DRAWN, PLAIN
from stepdown.report.paper import console, put
from stepdown.report.plan_terminal import show_plan
from tests.report import made_up, plan_fixture
from tests.report.made_up import Told


def shown(told: Told | None = None, verbose: bool = False, width: int = 80) -> str:
    words, out = plan_fixture.words(), io.StringIO()
    parts = show_plan(fill(plan_fixture.assessment(told), words), words, DRAWN, verbose)
    put(parts, console(out, width))
    assert not words.unknown
    return out.getvalue()


def flat(screen: str) -> str:
    return " ".join(screen.split())


@pytest.mark.parametrize("verbose", [False, True])
def test_it_fits_eighty_columns(verbose: bool) -> None:
    assert max(map(len, shown(verbose=verbose).splitlines())) <= 80


def test_phases_come_in_their_order_then_the_calendar_then_the_triggers() -> None:
    screen = shown()
    headings = [line.split("  ")[0] for line in screen.splitlines() if line[0] != " "]
    assert headings == ["Plan", "Before", "First dose", "Afterwards", "No longer", "Calendar", "If"]


def test_steps_say_their_state_day_and_who_and_the_overdue_stands_out() -> None:
    screen = flat(shown())
    assert "◆ IgG overdue · by 20 February 2026 · laboratory" in screen
    assert "┄ Hepatitis B serology not known · laboratory" in screen
    assert "Premedication (EU) 14 September 2026 to 28 September 2026 · MS nurse" in screen
    assert "Infection or relapse family doctor New" in screen


def test_what_is_settled_takes_one_line_unless_more_is_asked_for() -> None:
    assert "● done: Brain MRI First dose" in flat(shown())
    assert "○ not needed: Letter No longer" in flat(shown())
    assert "● Brain MRI done · radiology Brain MRI to compare with" in flat(shown(verbose=True))
    assert "If not: Later scans cannot be judged" in flat(shown(verbose=True))


def test_the_calendar_gives_the_next_day_its_window_and_how_it_goes_on() -> None:
    screen = flat(shown())
    assert (
        "due 1 August 2026, between 1 June 2026 and 1 September 2026; then 2 more, the last on 1 March 2028" in screen
    )
    assert screen.index("Clinic visit neurologist due 1 June") < screen.index("Brain MRI radiology due 1 August")
    assert "due 1 March 2027, between 1 February 2027 and 1 April 2027" in flat(shown(verbose=True))


def test_triggers_are_told_whole_the_most_urgent_first_and_the_way_back_once() -> None:
    screen = flat(shown())
    assert screen.index("◆ Today An infection that needs hospital") < screen.index("Within days A new or clearly")
    assert "start the rescue, do not wait for a second one." in screen
    assert screen.count("Way back:") == 1
    assert "What was lost may not come back." in screen


def test_where_it_is_not_advised_the_reason_comes_first() -> None:
    screen = flat(shown(plan_fixture.stopping()))
    assert screen.startswith("Plan ◆ Not advised: Stopping may be followed by rebound. Safety plan:")
    assert screen.index("Safety plan:") < screen.index("stop ocrelizumab, decided on 1 March 2026")


def test_a_dose_that_is_withheld_says_so() -> None:
    words, out = plan_fixture.words(), io.StringIO()
    told = plan_fixture.assessment()
    told["plan"]["transition"][3]["what"] = "next-dose"
    told["recommendation"]["next_dose"] = "withhold"
    put(show_plan(fill(told, words), words, DRAWN), console(out, 80))
    assert "Next dose (EU) withhold · 14 September 2026" in flat(out.getvalue())


def test_sources_and_events_stand_under_verbose() -> None:
    assert "seen in chart.yaml: mri[0]; mri-cmsc, assumption" in flat(shown(verbose=True))
    assert "mri-cmsc" not in shown()


def test_no_plan_is_no_part_and_plain_terminals_get_letters() -> None:
    words = plan_fixture.words()
    assert show_plan(fill(made_up.assessment(), words), words, DRAWN) == []
    out = io.StringIO()
    put(show_plan(fill(plan_fixture.assessment(), words), words, PLAIN), console(out, 80))
    assert "! IgG" in out.getvalue()
