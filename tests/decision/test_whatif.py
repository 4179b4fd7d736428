"""Imagined states, held against states that are really derived on the later day, and against the dictionary."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from stepdown.criteria.layout import EITHER, NO, YES, layout
from stepdown.decision.decide import SUMMARY, decide
from stepdown.decision.whatif import copies, later, suppose
from stepdown.guideline.compiled import compiled, guidelines_of
from stepdown.guideline.verdicts import hold
from stepdown.knowledge.library import load
from stepdown.knowledge.passing import Growth
from stepdown.record.read import read
from stepdown.record.record import Record, join_records
from stepdown.state.calendar import day_number
from stepdown.state.derive import derive
from stepdown.state.state import State
from tests.decision.futures import uneventful
from tests.people import FOLDER, index_date
from tests.state.records import covered
from tests.state.records import state_of as state_from
from tests.states import ON, state_of

LIBRARY = load()
PLACE = layout(LIBRARY)
SETTLED = ("cladribine-finished", "fingolimod-wants-to-stop", "fumarate-lymphopenia", "interferon-twenty-years",
           "long-quiet-ocrelizumab", "natalizumab-wants-child", "pneumonia-ocrelizumab", "primary-progressive-70",
           "breast-cancer-rituximab")  # fmt: skip
"""Examples with nothing that would have to be settled before time can pass uneventfully."""
AS_PLANNED = {
    "months_since_last_dose", "months_since_anti_cd20", "weeks_to_next_dose", "present_interval_weeks", "doses_given",
    "natalizumab_infusions", "months_since_brain_mri", "months_since_cord_mri", "igg_trend", "iga_trend", "igm_trend",
    "quality_of_life_change",
}  # fmt: skip
"""What the next doses, scans and tests move; on an imagined day it is held as it is."""


def _record(name: str) -> Record:
    return read(FOLDER / name / "chart.yaml", LIBRARY)


def _number(state: State, name: str, row: int = 0) -> tuple[float, float]:
    low, high = state.numbers[PLACE.numbers[name], :, row].tolist()
    return low, high


def _bits(state: State, name: str, row: int = 0) -> np.uint64:
    return np.uint64(state.sets[PLACE.sets[name], row])


@pytest.mark.parametrize("name", SETTLED)
def test_a_later_day_holds_what_is_really_derived_then(name: str) -> None:
    record, on = _record(name), index_date(name)
    days = [on + timedelta(days=gone) for gone in (1, 200, 366, 731)]
    imagined = later(derive(record, on, LIBRARY), 0, np.array([day_number(day) for day in days]))
    for row, day in enumerate(days):
        real = derive(uneventful(record, on, day), day, LIBRARY)
        for variable in LIBRARY.variables:
            if variable in AS_PLANNED or variable.endswith("_last_months"):
                continue
            if variable in PLACE.numbers:
                (low, high), (least, most) = _number(imagined, variable, row), _number(real, variable)
                # natalizumab is counted in mean months, everything else in calendar months
                slack = 0.1 if variable == "natalizumab_months" else 1e-12
                assert low - slack <= least <= most <= high + slack, (variable, day)
            else:
                assert not _bits(real, variable) & ~_bits(imagined, variable, row), (variable, day)


@pytest.mark.parametrize("name", ["long-quiet-ocrelizumab", "interferon-twenty-years"])
@pytest.mark.parametrize("gone", [1, 59, 365, 729])
def test_durations_are_exact_to_the_day(name: str, gone: int) -> None:
    record, on = _record(name), index_date(name)
    day = on + timedelta(days=gone)
    imagined = later(derive(record, on, LIBRARY), 0, np.array([day_number(day)]))
    real = derive(uneventful(record, on, day), day, LIBRARY)
    for variable in ("age", "years_since_relapse", "years_since_mri_activity", "years_quiet", "time_on_therapy",
                     "time_on_class", "relapses_5y", "mri_activity_2y"):  # fmt: skip
        assert _number(imagined, variable) == _number(real, variable), variable


@pytest.mark.parametrize("happened", ["2024-02-29", "2024-03-31", "2024-01-31", "2024-06-15"])
def test_the_second_year_is_over_on_the_anniversary_and_no_day_before(happened: str) -> None:
    on = date(2025, 6, 20)
    state = state_from(covered(to="2025-06-20"), ("relapse", {"at": happened, "status": "final"}), on=on)
    first = date.fromisoformat("2026-03-01" if happened == "2024-02-29" else happened.replace("2024", "2026"))
    days = [first - timedelta(days=1), first]
    imagined = later(state, 0, np.array([day_number(day) for day in days]))
    assert _number(imagined, "years_since_relapse", 0)[0] < 2.0
    assert _number(imagined, "years_since_relapse", 1) == (2.0, 2.0)
    assert [_number(imagined, "relapses_2y", row) for row in (0, 1)] == [(1.0, 1.0), (0.0, 0.0)]


def test_today_is_today() -> None:
    state = derive(_record("pneumonia-ocrelizumab"), index_date("pneumonia-ocrelizumab"), LIBRARY)
    now = later(state, 0, np.array([day_number(state.on)]))
    assert np.array_equal(now.numbers, state.numbers)
    assert np.array_equal(now.sets, state.sets)


def test_an_event_that_may_have_left_its_window_is_not_counted_out_before_it_surely_has() -> None:
    state = state_of(LIBRARY, {"serious_infections_2y": 2, "relapses_2y": 1, "years_since_relapse": (0.5, 1.0)})
    days = np.array([day_number(ON) + gone for gone in (1, 366, 729, 731)])
    imagined = later(state, 0, days)
    assert [_number(imagined, "serious_infections_2y", row) for row in range(4)] == [(0, 2), (0, 2), (0, 2), (0, 0)]
    assert [_number(imagined, "relapses_2y", row) for row in range(4)] == [(1, 1), (0, 1), (0, 0), (0, 0)]


def test_time_makes_nothing_known_that_is_not() -> None:
    imagined = later(state_of(LIBRARY, {}), 0, np.array([day_number(ON) + 200]))
    for name in ("igg", "edss", "age", "treatment_duration"):
        assert _number(imagined, name) == (-np.inf, np.inf)
    assert _bits(imagined, "course") == PLACE.everything[PLACE.sets["course"]]


def test_an_earlier_drug_grows_distant_and_the_present_one_does_not() -> None:
    person = {
        "therapy": "ocrelizumab",
        "therapy_class": "anti-cd20",
        "months_since_natalizumab": 7.5,
        "months_since_anti_cd20": 5.0,
        "months_since_s1p": 3.5,
    }
    day = np.array([day_number(date(2026, 6, 1))])
    imagined = later(state_of(LIBRARY, person), 0, day)
    assert _number(imagined, "months_since_natalizumab") == pytest.approx((10.5, 10.5), abs=0.05)
    assert _number(imagined, "months_since_s1p") == pytest.approx((6.5, 6.5), abs=0.05)
    assert _number(imagined, "months_since_anti_cd20") == (5.0, 5.0)
    unsure = later(state_of(LIBRARY, person | {"therapy": None}), 0, day)
    assert _number(unsure, "months_since_natalizumab") == pytest.approx((7.5, 10.5), abs=0.05)


def test_a_month_that_is_too_short_leaves_the_days_open_that_it_holds_together() -> None:
    """Seven months before 1 March may be 29 July to 1 August: on 1 June these are ten months, or days more."""
    person = {"therapy": "none", "months_since_natalizumab": 7.0}
    imagined = later(state_of(LIBRARY, person), 0, np.array([day_number(date(2026, 6, 1))]))
    low, high = _number(imagined, "months_since_natalizumab")
    assert low == 10.0
    assert high == pytest.approx(10 + 3 / 31)


def test_knowing_less_today_gives_no_more_tomorrow() -> None:
    rng = np.random.default_rng(3)
    days = np.array([day_number(ON) + gone for gone in (1, 40, 400, 800)])
    names = ["age", "years_since_relapse", "years_since_mri_activity", "years_quiet", "time_on_therapy", "relapses_2y",
             "serious_infections_1y", "mri_activity_2y"]  # fmt: skip
    for _ in range(25):
        exact: dict[str, Any] = {name: float(rng.integers(0, 40)) / 4 for name in names}
        exact["years_quiet"] = min(exact["years_since_relapse"], exact["years_since_mri_activity"])
        vague = {
            name: (max(value - rng.integers(0, 3), 0.0), value + rng.integers(0, 3)) for name, value in exact.items()
        }
        narrow, wide = (later(state_of(LIBRARY, person), 0, days) for person in (exact, vague))
        assert (narrow.numbers[:, 0] >= wide.numbers[:, 0] - 1e-9).all()
        assert (narrow.numbers[:, 1] <= wide.numbers[:, 1] + 1e-9).all()
        assert not (narrow.sets & ~wide.sets).any()


QUIET = {"years_since_relapse": 9.0, "years_since_mri_activity": 8.0, "years_quiet": 8.0, "relapses_1y": 0,
         "relapses_2y": 0, "relapses_5y": 0, "never_relapsed": False, "neda3_2y": True, "neda3_1y": True,
         "years_since_worsening_24w": 7.0, "activity_on_therapy": False, "mri_activity": False, "mri_activity_2y": 0,
         "months_since_brain_mri": 4.0, "time_on_therapy": 6.0, "igg": 8.0, "igg_last": 8.0, "infections_2y": 1,
         "serious_infections_2y": 1, "serious_infections_1y": 1, "age": 50.0, "disease_duration": 20.0}  # fmt: skip


def test_a_later_relapse_moves_all_that_hangs_on_it_and_nothing_else() -> None:
    state = state_of(LIBRARY, QUIET)
    made = suppose(state, 0, [("years_since_relapse", 1.5), None])
    expected = {
        "years_since_relapse": 1.5,
        "years_quiet": 1.5,
        "relapses_2y": 1.0,
        "relapses_5y": 1.0,
        "relapses_1y": 0.0,
    }
    for name, value in expected.items():
        assert _number(made, name) == (value, value), name
    assert (_bits(made, "neda3_2y"), _bits(made, "neda3_1y"), _bits(made, "activity_on_therapy")) == (NO, YES, YES)
    numbers = [row for name, row in PLACE.numbers.items() if name not in expected]
    assert np.array_equal(made.numbers[numbers, :, 0], state.numbers[numbers, :, 0])
    sets = [row for name, row in PLACE.sets.items() if name not in ("neda3_2y", "neda3_5y", "activity_on_therapy")]
    assert np.array_equal(made.sets[sets, 0], state.sets[sets, 0])
    assert np.array_equal(made.numbers[..., 1], state.numbers[..., 0])


@pytest.mark.parametrize(
    ("class_", "expected"),
    [("interferon", (YES, YES, NO, NO)), ("cladribine", (YES, NO, NO, NO)), (None, (YES, EITHER, NO, NO))],
)
def test_activity_before_the_drug_could_work_is_not_held_against_it(class_: str | None, expected: tuple[Any]) -> None:
    """A course therapy is not judged in its first year, another drug not in its first six months."""
    person = QUIET | {"time_on_therapy": 1.4, "therapy_class": class_}
    made = suppose(state_of(LIBRARY, person), 0, [("years_since_relapse", years) for years in (0.3, 0.6, 1.2, 2.5)])
    assert tuple(_bits(made, "activity_on_therapy", row) for row in range(4)) == expected


def test_the_last_scan_is_active_only_where_the_activity_is_no_older() -> None:
    made = suppose(state_of(LIBRARY, QUIET), 0, [("years_since_mri_activity", years) for years in (0.25, 1.0)])
    assert [_bits(made, "mri_activity", row) for row in (0, 1)] == [YES, NO]
    assert [_number(made, "mri_activity_2y", row) for row in (0, 1)] == [(1, 1), (1, 1)]
    assert _number(made, "years_since_relapse") == (9.0, 9.0)


def test_companions_and_counts_follow() -> None:
    made = suppose(
        state_of(LIBRARY, QUIET), 0, [("igg", 3.0), ("serious_infections_2y", 3.0), ("serious_infections_2y", 0.0)]
    )
    assert _number(made, "igg_last", 0) == (3.0, 3.0)
    assert (_number(made, "infections_2y", 1), _number(made, "serious_infections_1y", 1)) == ((3, 3), (1, 1))
    assert (_number(made, "infections_2y", 2), _number(made, "serious_infections_1y", 2)) == ((1, 1), (0, 0))


def test_truths_and_categories_can_be_supposed() -> None:
    made = suppose(state_of(LIBRARY, {}), 0, [("jcv_positive", True), ("course", "ppms"), ("jcv_positive", False)])
    assert (_bits(made, "jcv_positive", 0), _bits(made, "jcv_positive", 2)) == (YES, NO)
    assert _bits(made, "jcv_positive_last", 0) == YES
    assert _bits(made, "course", 1) == 1 << LIBRARY.values("course").index("ppms")
    assert _bits(made, "jcv_positive", 1) == EITHER


def test_a_copy_is_decided_like_the_person_in_the_panel() -> None:
    records = [_record(name) for name in ("long-quiet-ocrelizumab", "pneumonia-ocrelizumab", "fumarate-lymphopenia")]
    panel = derive(join_records(records), index_date("long-quiet-ocrelizumab"), LIBRARY)
    guidelines = guidelines_of(LIBRARY, None)
    real = decide(panel, hold(panel, compiled(LIBRARY)), guidelines, LIBRARY)
    for row in range(3):
        made = copies(panel, row, 3)
        same = decide(made, hold(made, compiled(LIBRARY)), guidelines, LIBRARY)
        for name in SUMMARY:
            assert [same.columns[name][copy] for copy in range(3)] == [real.columns[name][row]] * 3
        assert same.of(2)[1].tolist() == real.of(row)[1].tolist()
        assert np.bincount(same.left.row, minlength=3).tolist() == [int((real.left.row == row).sum())] * 3


def test_copies_can_be_changed_without_touching_the_person() -> None:
    state = state_of(LIBRARY, QUIET, QUIET | {"age": 40.0})
    made = suppose(state, 1, [("age", 63.0)])
    assert (_number(made, "age"), _number(state, "age", 1)) == ((63.0, 63.0), (40.0, 40.0))


def test_what_the_documents_name_exists() -> None:
    for one in LIBRARY.variables.values():
        window = one.window
        named = [*one.least_of, *(window.since if window else ()), *([window.on] if window and window.on else [])]
        assert set(named) <= PLACE.numbers.keys(), one.id
        if window is not None:
            assert window.settling.keys() <= LIBRARY.definitions.keys()
            known = PLACE.numbers.keys() | LIBRARY.definitions.keys()
            assert not isinstance(window.months, str) or window.months in known
            assert (one.kind == "number") == (window.tells == "count"), one.id
        if one.grows is not None:
            assert one.unit in ("a", "mo"), one.id
            assert one.grows == "always" or isinstance(one.grows, Growth)


def test_quiet_years_are_known_where_both_their_parts_are() -> None:
    person = {"years_since_relapse": 5.0, "years_since_mri_activity": 6.0, "years_quiet": (0.0, 40.0)}
    imagined = later(state_of(LIBRARY, person), 0, np.array([day_number(date(2027, 3, 1))]))
    assert _number(imagined, "years_quiet") == (6.0, 6.0)
