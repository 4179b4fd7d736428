"""The calendar: read back by a parser that is not ours, and by the rules of RFC 5545 on lines and days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import icalendar
import pytest

from stepdown.errors import InputError
from stepdown.report.ics import to_ics
from tests.report import made_up, plan_fixture
from tests.report.made_up import Told


def written(told: Told | None = None, **changed: Any) -> bytes:
    words = plan_fixture.words()
    data = plan_fixture.assessment(told, **changed)
    made = to_ics(data, words)
    assert not words.unknown
    return made


def events(told: Told | None = None, **changed: Any) -> dict[str, list[icalendar.Event]]:
    """The events of a plan by summary, as another parser reads them."""
    calendar = icalendar.Calendar.from_ical(written(told, **changed))
    assert not calendar.errors
    found: dict[str, list[icalendar.Event]] = {}
    for event in calendar.walk("VEVENT"):
        assert isinstance(event, icalendar.Event)
        assert not event.errors
        found.setdefault(str(event["summary"]), []).append(event)
    return found


def days(event: icalendar.Event) -> tuple[date, date]:
    """The first and the last day of an event, both within it."""
    first, after = event.decoded("dtstart"), event.decoded("dtend")
    assert type(first) is date
    assert type(after) is date
    return first, after - timedelta(days=1)


def test_lines_are_folded_and_end_as_the_standard_asks() -> None:
    made = written()
    assert made.endswith(b"\r\n")
    assert all(b"\n" not in line and len(line) <= 75 for line in made.split(b"\r\n"))


def test_a_window_is_an_all_day_event_from_its_first_to_its_last_day_with_the_due_day_in_words() -> None:
    scan = events()["A1: Brain MRI"][0]
    assert days(scan) == (date(2026, 6, 1), date(2026, 9, 1))
    assert "Due: 1 August 2026" in str(scan["description"])
    assert str(scan["transp"]) == "TRANSPARENT"


def test_every_window_and_every_dated_step_that_is_open_is_there_and_nothing_that_is_settled() -> None:
    found = events()
    assert [days(one)[0].year for one in found["A1: Brain MRI"]] == [2026, 2027, 2028]
    assert set(found) == {
        "A1: plan for ocrelizumab every 52 weeks", "A1: IgG", "A1: Brain MRI", "A1: Premedication (EU)",
        "A1: Appointments", "A1: Clinic visit",
    }  # fmt: skip
    assert sum(map(len, found.values())) == 9


def test_a_step_with_one_day_only_lies_on_that_day() -> None:
    assert days(events()["A1: Appointments"][0]) == (date(2026, 3, 14), date(2026, 3, 14))


def test_alarms_go_off_on_the_first_the_due_and_the_last_day() -> None:
    scan = events()["A1: Brain MRI"][0]
    offsets = [alarm.decoded("trigger") for alarm in scan.walk("VALARM")]
    assert [date(2026, 6, 1) + timedelta(days=offset.days) for offset in offsets] == [
        date(2026, 6, 1), date(2026, 8, 1), date(2026, 9, 1),
    ]  # fmt: skip
    assert all(str(alarm["action"]) == "DISPLAY" and alarm["description"] for alarm in scan.walk("VALARM"))
    assert len(events()["A1: Appointments"][0].walk("VALARM")) == 1


def test_what_has_no_date_and_the_triggers_stand_on_the_day_of_the_decision() -> None:
    overview = events()["A1: plan for ocrelizumab every 52 weeks"][0]
    assert days(overview) == (date(2026, 3, 1), date(2026, 3, 1))
    text = str(overview["description"])
    assert text.startswith("Overdue:\n- IgG:")
    assert "Hepatitis B serology" in text
    assert "Call by the MS nurse" in text
    assert text.index("Today: An infection") < text.index("Within days: A new or clearly worse symptom")
    assert "What was lost may not come back." in text


def test_text_with_commas_semicolons_and_lines_comes_back_as_it_was() -> None:
    dose = events()["A1: Premedication (EU)"][0]
    assert str(dose["description"]).startswith(plan_fixture.PROSE["rules/plan-dose.says"])


def test_uids_differ_between_events_and_stay_when_the_days_move() -> None:
    def uids(made: bytes) -> list[str]:
        return [str(one["uid"]) for one in icalendar.Calendar.from_ical(made).walk("VEVENT")]

    later = plan_fixture.plan(decided_on="2026-03-08")
    for watch in later["monitoring"]:
        for window in watch["windows"]:
            window["due"] = (date.fromisoformat(window["due"]) + timedelta(days=7)).isoformat()
    first, second = uids(written()), uids(written(later))
    assert len(set(first)) == len(first)
    assert sorted(first) == sorted(second)
    assert not set(first) & set(uids(written(person="A2")))
    sequence = [int(str(events(told)["A1: IgG"][0].decoded("sequence"))) for told in (None, later)]
    assert sequence[0] < sequence[1]


def test_a_plan_that_is_not_advised_says_so_first() -> None:
    overview = events(plan_fixture.stopping())["A1: plan for stop ocrelizumab"][0]
    assert str(overview["description"]).startswith("Not advised: Stopping may be followed by rebound.\nSafety plan")


def test_a_dose_that_is_withheld_says_so_in_its_title() -> None:
    told = plan_fixture.assessment()
    told["plan"]["transition"][3]["what"] = "next-dose"
    told["recommendation"]["next_dose"] = "withhold"
    found = events(told["plan"], recommendation=told["recommendation"])
    (dose,) = found["A1: Next dose (EU) (withhold)"]
    assert str(dose["description"]).startswith("Next dose: withhold.")


def test_the_same_plan_is_the_same_bytes() -> None:
    assert written() == written()


def test_without_a_plan_it_says_why_in_one_line() -> None:
    with pytest.raises(InputError, match=r"A1.*no plan"):
        to_ics(made_up.assessment(), made_up.words())
