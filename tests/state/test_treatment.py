"""Treatment, rule by rule (docs/treatment.md). The index date is 1 March 2026."""

from __future__ import annotations

from typing import Any

import pytest

from stepdown.criteria.values import Value
from stepdown.knowledge.library import load
from stepdown.state import treatment
from stepdown.state.events import prepare
from stepdown.state.treated import started
from tests.state.records import ON, bounds, covered, possible, record_of, table_of, values

Row = tuple[str, dict[str, Any]]


def on(therapy: str, start: str | None, end: str | None = None, **more: Any) -> Row:
    return "treatment", {"therapy": therapy, "at": start, **({"ended": end} if end else {}), **more}


def doses(therapy: str, *days: str) -> list[Row]:
    return [("dose", {"therapy": therapy, "at": day}) for day in days]


def seen(*events: Row, born: str = "1970-01-01") -> dict[str, Value]:
    """Values of a person whose treatments are all on record."""
    return values(covered(since="1970-01-01"), ("course", {"onset": "2000-01-01"}), *events, born=born)


def test_open_treatment_goes_on() -> None:
    found = values(on("ocrelizumab", "2018-03"))
    assert possible(found["therapy"]) == {"ocrelizumab"}
    assert possible(found["therapy_class"]) == {"anti-cd20"}
    assert possible(found["efficacy"]) == {"high"}
    assert bounds(found["current_therapies"]) == (1, 1)
    assert bounds(found["time_on_therapy"]) == (7.917, 8.0)


def test_unknown_start() -> None:
    found = values(on("glatiramer", None))
    assert possible(found["therapy"]) == {"glatiramer"}
    assert bounds(found["time_on_therapy"]) == (0, None)


@pytest.mark.parametrize(
    ("events", "therapies"),
    [
        ((), None),
        ((covered(),), {"none"}),
        ((covered("relapse"),), None),
        ((on("glatiramer", "2015", "2020"),), None),
        ((covered(), on("glatiramer", "2015", "2020")), {"none"}),
        ((covered(), on("glatiramer", "2015", status="resolved")), {"none"}),
        ((covered(), on("glatiramer", "2015", "2026")), {"none", "glatiramer"}),
        ((on("anti-cd20", "2020"),), {"ocrelizumab", "rituximab", "ofatumumab", "ublituximab"}),
        ((on("interferon-beta-1b", "2004"), on("fingolimod", "2015")), {"fingolimod"}),
        ((on("fingolimod", "2015"), on("interferon-beta-1b", None)), {"fingolimod", "interferon-beta-1b"}),
        ((covered(), on("fingolimod", "2015"), on("glatiramer", "2018", "2019")), {"fingolimod", "none"}),
        ((on("fingolimod", "2015", "2018-01"), on("fingolimod", "2018-02")), {"fingolimod"}),
        ((on("azathioprine", "2020"), on("glatiramer", "2015")), {"glatiramer"}),
        (tuple(doses("natalizumab", "2026-01-05", "2026-02-02")), {"natalizumab"}),
    ],
)
def test_current_treatment(events: tuple[Row, ...], therapies: set[str] | None) -> None:
    everything = set(load().values("therapy"))
    assert possible(values(*events)["therapy"]) == (everything if therapies is None else therapies)


def test_two_that_both_go_on_are_a_contradiction() -> None:
    earlier = on("natalizumab", "2015-01-10")
    found = values(earlier, on("fingolimod", "2020-01-10"), *doses("natalizumab", "2026-02-01"))
    assert possible(found["therapy"]) == {"natalizumab", "fingolimod"}
    assert bounds(found["current_therapies"]) == (2, 2)
    found = values(earlier, on("fingolimod", "2020-01-10"), *doses("natalizumab", "2019-12-01"))
    assert possible(found["therapy"]) == {"fingolimod"}
    assert bounds(found["current_therapies"]) == (1, 1)


def test_doses_make_treatments_and_gaps_cut_them() -> None:
    found = seen(*doses("ocrelizumab", "2020-01-10", "2020-07-10", "2024-01-10", "2024-12-20", "2025-09-01"))
    assert possible(found["therapy"]) == {"ocrelizumab"}
    assert bounds(found["time_on_therapy"]) == (2.14, 2.14)
    assert bounds(found["treatment_duration"]) == (6.14, 6.14)
    assert bounds(found["doses_given"]) == (5, None)
    assert found["lapsed"] is False


def test_dose_after_the_stated_end_begins_anew() -> None:
    found = seen(on("ocrelizumab", "2018-03-01", "2022-06-30"), *doses("ocrelizumab", "2021-11-05"))
    assert possible(found["therapy"]) == {"none"}
    found = seen(on("ocrelizumab", "2018-03-01", "2022-06-30"), *doses("ocrelizumab", "2025-11-05"))
    assert possible(found["therapy"]) == {"ocrelizumab"}
    assert bounds(found["time_on_therapy"]) == (0.321, 0.321)


def test_class_without_a_break_over_a_change_of_drug() -> None:
    found = seen(on("rituximab", "2016-03-01", "2020-03-01"), on("ocrelizumab", "2020-03-15"))
    assert bounds(found["time_on_class"]) == (10.0, 10.0)
    assert bounds(found["time_on_therapy"]) == (5.958, 5.958)
    found = seen(on("rituximab", "2016-03-01", "2020-03-01"), on("ocrelizumab", "2020-06-15"))
    assert bounds(found["time_on_class"]) == bounds(found["time_on_therapy"])


@pytest.mark.parametrize(
    ("last", "prescribed", "lapsed"),
    [("2025-03-03", None, False), ("2025-02-27", None, True), ("2025-02-27", 52.0, False), ("2025", None, None)],
)
def test_lapsed_after_twice_the_interval(last: str, prescribed: float | None, lapsed: bool | None) -> None:
    found = seen(on("ocrelizumab", "2018-03-01", interval_weeks=prescribed), *doses("ocrelizumab", last))
    assert found["lapsed"] is lapsed
    assert possible(found["therapy"]) == {"ocrelizumab"}


def test_an_unseen_dose_may_have_been_given() -> None:
    found = values(on("ocrelizumab", "2018-03-01"), *doses("ocrelizumab", "2024-03-01"))
    assert found["lapsed"] is None
    assert bounds(found["months_since_last_dose"]) == (0, 24)


def test_home_drug_is_taken_every_day() -> None:
    found = seen(on("fingolimod", "2018-03-01"))
    assert bounds(found["months_since_last_dose"]) == (0, 0)
    assert bounds(found["months_since_s1p"]) == (0, 0)
    assert found["lapsed"] is False


def test_months_since_leaving() -> None:
    found = seen(on("natalizumab", "2015-03-01", "2020-03-01"), on("ocrelizumab", "2020-04-01"))
    assert bounds(found["months_since_natalizumab"]) == (72, 72)
    assert bounds(found["natalizumab_months"])[1] == round(1827 / (365.25 / 12), 3)
    found = seen(on("natalizumab", "2015-03-01", "2020-03-01"), *doses("natalizumab", "2020-02-01"))
    assert bounds(found["months_since_natalizumab"]) == (72, 72)
    found = seen(on("natalizumab", "2015-03-01"), *doses("natalizumab", "2026-02-10"))
    assert bounds(found["months_since_natalizumab"]) == (0, 0)
    assert bounds(found["months_since_anti_cd20"]) == (674, None)
    assert bounds(values()["months_since_natalizumab"]) == (0, None)


def test_anti_cd20_counts_from_the_last_dose() -> None:
    found = seen(on("rituximab", "2020-03-01"), *doses("rituximab", "2025-12-01"))
    assert bounds(found["months_since_anti_cd20"]) == (3, 3)


def test_present_interval_and_next_dose() -> None:
    days = ("2024-01-01", "2024-01-15", "2024-07-01", "2024-12-30")
    found = seen(on("ocrelizumab", "2024-01-01"), *doses("ocrelizumab", *days))
    assert bounds(found["present_interval_weeks"]) == (26, 26)
    assert bounds(found["weeks_to_next_dose"]) == (-34.857, -34.857)
    found = seen(on("ocrelizumab", "2024-01-01", interval_weeks=39.0), *doses("ocrelizumab", "2025-09-28"))
    assert bounds(found["present_interval_weeks"]) == (39, 39)
    assert bounds(found["weeks_to_next_dose"]) == (17, 17)
    booked = ("appointment", {"therapy": "ocrelizumab", "at": "2026-03-15"})
    assert bounds(seen(on("ocrelizumab", "2024-01-01"), booked)["weeks_to_next_dose"]) == (2, 2)
    other = ("appointment", {"therapy": None, "purpose": "visit", "at": "2026-03-08"})
    assert bounds(seen(on("ocrelizumab", "2024-01-01"), booked, other)["weeks_to_next_dose"]) == (2, 2)


def test_reasons_and_failures() -> None:
    first = on("interferon-beta-1b", "2004-03", "2018-01", stop_reason="activity")
    found = seen(first, on("ocrelizumab", "2018-03-01"))
    assert possible(found["therapy_start_reason"]) == {"activity"}
    assert bounds(found["failed_therapies"]) == (1, 1)
    assert possible(seen(on("ocrelizumab", "2018-03-01"))["therapy_start_reason"]) == {"first-treatment"}
    late = on("interferon-beta-1b", "2004-03", "2010-01", stop_reason="activity")
    assert len(possible(seen(late, on("ocrelizumab", "2018-03-01"))["therapy_start_reason"])) > 1
    stated = on("ocrelizumab", "2018-03-01", start_reason="pregnancy")
    assert possible(seen(first, stated)["therapy_start_reason"]) == {"pregnancy"}
    assert bounds(values(first, stated)["failed_therapies"]) == (1, None)


def test_relapses_before_the_drug() -> None:
    relapses = [("relapse", {"at": day, "status": "final"}) for day in ("2015-12-01", "2016-05", "2017-11-01")]
    found = seen(on("ocrelizumab", "2018-03-01"), *relapses)
    assert bounds(found["relapses_2y_before_therapy"]) == (2, 2)
    assert bounds(values(on("ocrelizumab", "2018-03-01"), *relapses)["relapses_2y_before_therapy"]) == (2, None)


def test_quiet_years_on_a_moderate_drug() -> None:
    relapse = ("relapse", {"at": "2010-03-01", "status": "final"})
    found = seen(on("glatiramer", "2004-03-01", "2018-03-01"), on("ocrelizumab", "2018-03-01"), relapse)
    assert bounds(found["quiet_years_on_moderate"])[0] == round(2922 / 365.25, 3)
    assert bounds(seen(on("ocrelizumab", "2018-03-01"))["quiet_years_on_moderate"]) == (0, 0)


def test_other_drugs() -> None:
    found = seen(on("azathioprine", "2001", "2003"), on("ocrelizumab", "2018-03-01"))
    assert found["prior_immunosuppressant"] is True
    assert found["other_immunosuppressant"] is False
    assert seen()["prior_immunosuppressant"] is False
    assert seen(born="1969-01-01")["prior_immunosuppressant"] is None
    assert seen(on("mitoxantrone", "2001", "2003"))["prior_immunosuppressant"] is True
    assert seen(on("methotrexate", "2020"))["other_immunosuppressant"] is True
    assert values()["other_immunosuppressant"] is None


def test_immunoglobulin_counts_for_three_months() -> None:
    found = seen(*doses("immunoglobulin", "2025-12-01"))
    assert found["on_immunoglobulin"] is True
    assert bounds(found["months_since_immunoglobulin"]) == (3, 3)
    assert seen(*doses("immunoglobulin", "2025-11-28"))["on_immunoglobulin"] is False
    assert seen(on("immunoglobulin", "2024"))["on_immunoglobulin"] is True
    assert values()["on_immunoglobulin"] is None


def test_steroid_courses() -> None:
    days = ("2025-06-01", "2025-06-02", "2025-06-03", "2026-01-10")
    relapse = ("relapse", {"at": "2025-06-01", "steroids": True, "status": "final"})
    assert bounds(seen(relapse, *doses("methylprednisolone", *days))["steroid_courses_12m"]) == (2, 2)
    assert bounds(values(*doses("methylprednisolone", *days))["steroid_courses_12m"]) == (2, None)


@pytest.mark.parametrize(
    ("events", "courses", "phase"),
    [
        (doses("cladribine", "2021-03-01", "2021-03-28", "2022-03-01", "2022-03-28"), (2, 2), {"monitoring"}),
        (doses("cladribine", "2023-09-01", "2023-09-28", "2024-09-01", "2024-09-28"), (2, 2), {"acting"}),
        (doses("cladribine", "2025-06-01", "2025-06-28"), (1, 1), {"dosing"}),
        (doses("cladribine", "2024-01-01"), (1, 1), {"acting"}),
        (doses("alemtuzumab", "2022-03-01", "2022-03-02", "2023-03-01"), (2, 2), {"monitoring"}),
        ([on("cladribine", "2021-02-01", "2022-03-01")], (2, None), {"monitoring"}),
        ([on("fingolimod", "2021-02-01")], (0, 0), {"none"}),
    ],
)
def test_courses_and_phases(events: list[Row], courses: tuple[float, float | None], phase: set[str]) -> None:
    found = seen(*events)
    assert bounds(found["courses_given"]) == courses
    assert possible(found["course_phase"]) == phase


def test_course_therapy_stays_until_another_drug() -> None:
    found = seen(on("cladribine", "2021-02-01", "2022-03-01"))
    assert possible(found["therapy"]) == {"cladribine"}
    assert bounds(found["months_since_last_course"]) == (48, 48)
    found = seen(on("cladribine", "2021-02-01", "2022-03-01"), on("glatiramer", "2023-01-01", "2024-01-01"))
    assert possible(found["therapy"]) == {"none"}
    assert bounds(found["months_since_last_course"]) == (48, 48)


def test_other_topics_can_ask_for_the_current_treatment() -> None:
    record = record_of(on("rituximab", "2016-03", "2020-03-01"), on("ocrelizumab", "2020-03-15"))
    found = started(prepare(record, ON, load(), explain=False))
    bounds_of = (found.earliest, found.latest, found.class_earliest, found.class_latest)
    assert [str(day[0].astype("datetime64[D]")) for day in bounds_of] == [
        "2020-03-15", "2020-03-15", "2016-03-01", "2016-03-31",
    ]  # fmt: skip
    assert not found.course[0]


def test_a_course_therapy_is_told_as_such_where_no_other_is_possible() -> None:
    course, beside = on("cladribine", "2024-03-01"), on("glatiramer", "2024-03-01")
    for rows, expected in (((course,), True), ((course, beside), False)):
        assert started(prepare(record_of(*rows), ON, load(), explain=False)).course.tolist() == [expected]


def test_every_value_names_its_events() -> None:
    record = record_of(on("ocrelizumab", "2018-03"), *doses("ocrelizumab", "2025-09-14"))
    frame = table_of(treatment.derive, prepare(record, ON, load(), explain=True))
    assert frame["therapy.from"].to_list() == [["dose[1]", "treatment[0]"]]
    assert frame["months_since_natalizumab.from"].to_list() == [[]]
