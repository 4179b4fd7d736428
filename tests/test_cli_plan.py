"""The plan on the command line: the screen, other options, the calendar, FHIR and letters; and where there is none."""

from __future__ import annotations

import icalendar
import orjson
import pytest

from stepdown import cli
from tests.people import FOLDER


def run(capsys: pytest.CaptureFixture[str], name: str, *options: str) -> tuple[int, str, str]:
    path = str(FOLDER / name / "chart.yaml")
    status = cli.run(["assess", path, "--on", "2026-03-01", "--draws", "50", *options])
    told = capsys.readouterr()
    return status, told.out, told.err


def test_the_plan_stands_in_place_of_the_assessment(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "interferon-twenty-years", "--plan")
    assert status == 0
    assert out.startswith("EX-11")
    assert "stop subcutaneous interferon beta-1a, decided on 1 March 2026" in out
    assert "Options" not in out


def test_another_option_is_planned_with_the_reason_against_it_first(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "fingolimod-wants-to-stop", "--option", "discontinue:fingolimod")
    assert out.index("Not advised:") < out.index("stop fingolimod, decided on")


def test_an_option_that_the_person_does_not_have_is_refused_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "fingolimod-wants-to-stop", "--option", "discontinue:ocrelizumab")
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert "continue:fingolimod" in err


@pytest.mark.parametrize("options", [("--plan",), ("--format", "ics"), ("--letter", "person", "--format", "ics")])
def test_what_cannot_be_written_is_refused_in_one_line(
    options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, "new-symptom-natalizumab", *options)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1


def test_calendar_fhir_and_letters(capsys: pytest.CaptureFixture[str]) -> None:
    _, calendar, _ = run(capsys, "interferon-twenty-years", "--format", "ics")
    assert len(icalendar.Calendar.from_ical(calendar).walk("VEVENT")) > 5
    _, bundle, _ = run(capsys, "interferon-twenty-years", "--format", "fhir")
    assert orjson.loads(bundle)["resourceType"] == "Bundle"
    _, letter, _ = run(capsys, "interferon-twenty-years", "--letter", "person", "--contact", "030 1234")
    assert letter.startswith("# Your MS treatment")
    assert "030 1234" in letter
    _, page, _ = run(capsys, "interferon-twenty-years", "--letter", "doctor", "--format", "html")
    assert page.startswith("<!doctype html>")
