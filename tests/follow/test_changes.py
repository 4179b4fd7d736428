"""Who has stepped down, by the treatment history."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from stepdown.follow.changes import Change
from tests.follow.made import ON, history

INFUSIONS = [date(2018, 3, 5) + timedelta(weeks=26 * number) for number in range(15)]  # to 24 February 2025


def doses(days: list[date], therapy: str = "ocrelizumab") -> list[dict[str, str]]:
    return [{"date": day.isoformat(), "therapy": therapy} for day in days]


def change(**facts: Any) -> Change:
    found = history(**facts)
    assert found.standing == "stepped-down"
    assert found.change is not None
    return found.change


def test_a_stop_without_a_successor_is_told_with_its_day() -> None:
    found = change(treatments=[{"therapy": "Rebif", "from": "2006", "to": "2025-03-10"}])
    assert (found.kind, found.from_, found.to) == ("discontinue", "interferon-beta-1a-sc", None)
    assert found.first == found.last == date(2025, 3, 10)
    assert found.sources == ("chart.json:treatments[0]",)
    assert found.sure


def test_a_stop_in_an_unknown_month_of_a_year_has_both_ends() -> None:
    found = change(treatments=[{"therapy": "Rebif", "from": "2006", "to": "2025"}])
    assert (found.first, found.last) == (date(2025, 1, 1), date(2025, 12, 31))


def test_from_a_strong_drug_to_a_milder_one_counts_from_the_day_the_strong_one_was_left() -> None:
    found = change(
        treatments=[{"therapy": "fingolimod", "from": "2012", "to": "2025-02-01"},
                    {"therapy": "Copaxone", "from": "2025-03-01"}]
    )  # fmt: skip
    assert (found.kind, found.from_, found.to) == ("switch-lower", "fingolimod", "glatiramer")
    assert found.last == date(2025, 2, 1)


@pytest.mark.parametrize("left", ["natalizumab", "fingolimod"])
def test_who_has_just_left_a_drug_that_rebounds_is_followed_for_a_year(left: str) -> None:
    treatments = [{"therapy": left, "from": "2016-05-02", "to": (ON - timedelta(days=150)).isoformat()},
                  {"therapy": "ocrelizumab", "from": (ON - timedelta(days=120)).isoformat()}]  # fmt: skip
    found = change(treatments=treatments)
    assert (found.kind, found.from_, found.to) == ("switch-lateral", left, "ocrelizumab")
    assert found.last == ON - timedelta(days=150)
    treatments[0]["to"], treatments[1]["from"] = ((ON - timedelta(days=days)).isoformat() for days in (460, 430))
    assert history(treatments=treatments).standing == "carries-on"


@pytest.mark.parametrize(
    "treatments",
    [
        [{"therapy": "Rebif", "from": "2006", "to": "2018-01"}, {"therapy": "fingolimod", "from": "2018-02"}],
        [{"therapy": "fingolimod", "from": "2012", "to": "2018-01"}, {"therapy": "ocrelizumab", "from": "2018-02"}],
        [{"therapy": "Rebif", "from": "2006", "to": "2018-01"}, {"therapy": "Copaxone", "from": "2018-02"}],
        # years without treatment lie between: the milder drug is no step down from the strong one
        [{"therapy": "fingolimod", "from": "2012", "to": "2018-01"}, {"therapy": "Copaxone", "from": "2022-02"}],
        [{"therapy": "Rebif", "from": "2006"}],
    ],
)
def test_who_goes_up_sideways_or_on_carries_on(treatments: list[dict[str, str]]) -> None:
    assert history(treatments=treatments).standing == "carries-on"


def test_a_course_therapy_is_over_and_not_stopped() -> None:
    courses = doses([date(2021, 1, 18), date(2022, 1, 17)], "cladribine")
    treatments = [{"therapy": "cladribine", "from": "2021-01-18", "to": "2022-02-18"}]
    assert history(treatments=treatments, doses=courses).standing == "carries-on"


def test_a_longer_interval_that_is_prescribed() -> None:
    found = change(
        treatments=[{"therapy": "ocrelizumab", "from": "2018-03-05", "to": "2025-03-03", "interval_weeks": 26},
                    {"therapy": "ocrelizumab", "from": "2025-03-03", "interval_weeks": 52}],
        doses=doses([*INFUSIONS[:-1], date(2025, 9, 15)]),
    )  # fmt: skip
    assert (found.kind, found.weeks, found.last) == ("extend-interval", 52, date(2025, 3, 3))


def test_a_longer_interval_that_only_the_doses_show() -> None:
    found = change(
        treatments=[{"therapy": "ocrelizumab", "from": "2018-03-05"}],
        doses=doses([*INFUSIONS[:-1], INFUSIONS[-2] + timedelta(weeks=52)]),
    )
    assert (found.kind, found.weeks) == ("extend-interval", 52)
    # decided after the last dose on time, and before the next was due
    assert (found.first, found.last) == (INFUSIONS[-2], INFUSIONS[-2] + timedelta(weeks=26))


def test_a_dose_that_came_weeks_late_is_no_longer_interval() -> None:
    late = [*INFUSIONS[:-1], INFUSIONS[-2] + timedelta(weeks=31)]
    found = history(treatments=[{"therapy": "ocrelizumab", "from": "2018-03-05"}], doses=doses(late))
    assert found.standing == "carries-on"


def test_a_return_to_the_usual_interval_ends_the_longer_one() -> None:
    days = [*INFUSIONS[:-2], INFUSIONS[-1], INFUSIONS[-1] + timedelta(weeks=26)]
    found = history(treatments=[{"therapy": "ocrelizumab", "from": "2018-03-05"}], doses=doses(days))
    assert found.standing == "carries-on"


def test_no_dose_for_more_than_twice_the_interval_is_followed_like_a_stop() -> None:
    found = change(treatments=[{"therapy": "ocrelizumab", "from": "2018-03-05"}], doses=doses(INFUSIONS[:-2]))
    assert found.lapsed
    assert (found.kind, found.last) == ("discontinue", INFUSIONS[-3])


def test_a_lower_dose_than_any_regimen_after_a_higher_one() -> None:
    found = change(
        treatments=[{"therapy": "Tecfidera", "from": "2015", "to": "2025-01-01", "mg": 240},
                    {"therapy": "Tecfidera", "from": "2025-01-01", "mg": 120}]
    )  # fmt: skip
    assert (found.kind, found.dose_mg, found.last) == ("reduce-dose", 120, date(2025, 1, 1))
    rising = history(
        treatments=[{"therapy": "Tecfidera", "from": "2015", "to": "2015-02-01", "mg": 120},
                    {"therapy": "Tecfidera", "from": "2015-02-01", "mg": 240}]
    )  # fmt: skip
    assert rising.standing == "carries-on"


def test_two_current_drugs_are_a_problem_and_no_guess() -> None:
    both = [{"therapy": "fingolimod", "from": "2012-01-01"}, {"therapy": "ocrelizumab", "from": "2012-01-01"}]
    found = history(treatments=both)
    assert (found.standing, found.problem, found.change) == ("unknown", "two-drugs", None)


def test_a_stop_whose_sequel_is_not_on_record_is_followed_and_said() -> None:
    found = history(treatments=STOPPED_EARLY, observed={"from": "2004", "to": "2023"})
    assert found.standing == "stepped-down"
    assert found.problem == "present-drug-not-on-record"
    assert found.change is not None
    assert not found.change.sure


STOPPED_EARLY = [{"therapy": "Rebif", "from": "2006", "to": "2022-10-10"}]


def test_the_dead_are_not_followed() -> None:
    gone = {"id": "P1", "born": "1962", "died": "2025-12-01"}
    assert history(person=gone, observed={"from": "2004", "to": "2025-11"}).standing == "died"


def test_a_change_that_lies_ahead_of_the_index_date_is_none() -> None:
    told = [{"therapy": "Rebif", "from": "2006", "to": "2025-03-10"}]
    assert history(date(2025, 3, 1), treatments=told).standing == "carries-on"
    assert history(ON, treatments=told).standing == "stepped-down"
