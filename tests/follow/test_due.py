"""What is due and overdue: windows held against what the record shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.follow.due import Waiting, upcoming, waiting
from stepdown.follow.plans import Watch, Window
from stepdown.follow.standing import stand
from stepdown.guideline.findings import text
from tests.follow.made import LIBRARY, ON, STOPPED, person, record

OPENS, CLOSES = date(2025, 6, 1), date(2025, 9, 1)


def watch(*windows: tuple[date, date], done_when: tuple[str, ...] = ("months_since_brain_mri", "mri")) -> Watch:
    made = tuple(Window(first, first, last) for first, last in windows)
    return Watch("watches/test", "mri", "mri", text("x"), None, None, made, done_when)


def found(asked: Watch, on: date = ON, **facts: Any) -> Waiting | None:
    return waiting(asked, stand(record(person(**STOPPED, **facts)), on, LIBRARY).sight)


def scan(day: str) -> dict[str, Any]:
    return {"mri": [{"date": day, "compared_on": "2024-11-10", "new_t2": 0}]}


def test_a_window_is_due_while_it_is_open_and_overdue_after_it() -> None:
    asked = watch((OPENS, CLOSES))
    assert found(asked, on=OPENS - timedelta(days=1)) is None
    for day in (OPENS, CLOSES):
        open_ = found(asked, on=day)
        assert open_ is not None
        assert (open_.status, open_.since, open_.missed) == ("due", OPENS, 0)
    late = found(asked, on=CLOSES + timedelta(days=1))
    assert late is not None
    assert (late.status, late.since, late.missed) == ("overdue", CLOSES, 1)
    assert late.last is not None
    assert late.last.last == date(2024, 11, 10)


def test_what_was_done_in_the_window_or_late_is_done() -> None:
    assert found(watch((OPENS, CLOSES)), **scan("2025-06-01")) is None
    assert found(watch((OPENS, CLOSES)), **scan("2026-02-01")) is None


def test_what_was_done_before_the_window_is_told_and_does_not_count() -> None:
    early = found(watch((OPENS, CLOSES)), **scan("2025-05-31"))
    assert early is not None
    assert early.status == "overdue"
    assert early.last is not None
    assert early.last.last == date(2025, 5, 31)


def test_a_later_time_closes_the_windows_before_it() -> None:
    later = (date(2025, 12, 1), date(2026, 1, 1))
    assert found(watch((OPENS, CLOSES), later), **scan("2025-12-15")) is None
    between = found(watch((OPENS, CLOSES), later), **scan("2025-07-01"))
    assert between is not None
    assert (between.since, between.missed) == (later[1], 1)


def test_a_time_that_may_lie_before_the_window_is_unclear_and_not_overdue() -> None:
    unsure = found(watch((date(2025, 6, 15), CLOSES)), **scan("2025-06"))
    assert unsure is not None
    assert unsure.status == "unclear"


def test_a_scan_of_the_cord_alone_is_no_scan_of_the_brain() -> None:
    cord = found(watch((OPENS, CLOSES)), mri=[{"date": "2025-07-01", "region": "cord", "new_t2": 0}])
    assert cord is not None
    assert cord.status == "overdue"


def test_one_test_of_two_is_done_in_part() -> None:
    asked = watch((OPENS, CLOSES), done_when=("igg", "igm"))
    both = [{"date": "2025-07-01", "test": test, "value": 5, "unit": "g/L"} for test in ("IgG", "IgM")]
    assert found(asked, labs=both) is None
    part = found(asked, labs=both[:1])
    assert part is not None
    assert (part.status, part.missing) == ("unclear", ("igm",))


def test_what_the_record_would_not_show_is_asked_while_its_window_is_open_and_never_overdue() -> None:
    question = replace(watch((OPENS, CLOSES), done_when=("relapse",)), by="question")
    for asked in (question, watch((OPENS, CLOSES), done_when=()), watch((OPENS, CLOSES), done_when=("no_variable",))):
        told = found(asked, on=CLOSES)
        assert told is not None
        assert (told.status, told.last) == ("ask", None)
        assert found(asked, on=CLOSES + timedelta(days=1)) is None


def test_without_windows_nothing_is_due_and_nothing_comes() -> None:
    assert found(watch()) is None
    assert upcoming((watch(),), ON) is None


def test_what_opens_next_is_the_first_that_has_not_opened() -> None:
    first, second = (ON + timedelta(days=days) for days in (10, 20))
    ahead = upcoming((watch((second, second)), watch((OPENS, CLOSES), (first, first))), ON)
    assert ahead is not None
    assert ahead[1].first == first


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 60)), min_size=1, max_size=4),
    st.integers(0, 360),
)
def test_done_on_or_after_the_opening_is_never_overdue(windows: list[tuple[int, int]], done: int) -> None:
    begin = date(2025, 3, 1)
    spans = [(begin + timedelta(days=first), begin + timedelta(days=first + length)) for first, length in windows]
    day = begin + timedelta(days=done)
    told = found(watch(*sorted(spans)), **scan(day.isoformat()))
    opened = [first for first, _ in spans if first <= ON]
    if day >= max(opened):
        assert told is None
    elif told is not None and told.status == "overdue":
        assert told.window.first > day
        assert told.since < ON
