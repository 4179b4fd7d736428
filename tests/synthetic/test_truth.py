"""The truth: rates as the library has them, effects and time courses of changes, and tables that tell of it."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import polars as pl
import pytest

from stepdown.evidence.course import log_course
from stepdown.evidence.draws import load as load_draws
from stepdown.prognosis.forecast import OUTCOMES
from stepdown.synthetic.changes import KINDS, STOP, Course
from stepdown.synthetic.dice import Dice
from stepdown.synthetic.history import live
from stepdown.synthetic.people import COURSES, QUARTERS, SEXES, cohort
from stepdown.synthetic.rates import WEEK_IN_MONTHS
from tests.synthetic.test_registry import PEOPLE, SEED, found, library, made, number

MANY = 30_000


@cache
def medians(outcome: str) -> dict[str, float]:
    return {name: float(np.median(values)) for name, values in load_draws(library(), outcome).columns.items()}


def test_what_happened_is_what_was_to_be_expected() -> None:
    person = made()[1]["person"]
    for outcome in OUTCOMES:
        happened, expected = (float(person[f"{kind}_{outcome}"].sum()) for kind in ("happened", "expected"))
        assert abs(happened - expected) < 4 * math.sqrt(expected), outcome


def test_rates_of_the_first_quarter_are_those_of_the_library() -> None:
    """Against the formula of the models written out by hand, from the draws themselves."""
    people = cohort(found(), Dice(1), np.arange(MANY))
    history = live(found(), people, Dice(1))
    first = history.care.shape[0] - people.quarters
    age = people.age - (people.quarters - 0.5) / QUARTERS
    female, progressive = people.sex == SEXES.index("female"), people.course >= COURSES.index("spms")
    classes = found().classes
    anti_cd20 = people.class_ == classes.index("anti-cd20")
    for place, outcome in enumerate(OUTCOMES):
        m = medians(outcome)
        rate = np.array([m[f"baseline:{name}"] for name in classes])[people.class_] + m["age"] * (age - 45) / 10
        if outcome in ("relapse", "mri-activity"):
            rate += m["female"] * female + m["stable"] * np.clip(people.quiet / 2, 0, 1) + np.log(people.activity)
        if outcome == "serious-infection":
            terms = (
                m["comorbidity"] * (np.log1p(people.comorbidities) - np.log1p(0.7))
                + m["earlier-infections"] * np.log1p(people.infections) + m["edss"] * (people.edss - 2)
                + m["igg"] * (people.igg - 10) + m["obesity"] * people.obese + m["progressive"] * progressive
                + m["exposure:anti-cd20"] * anti_cd20 * (np.log1p(people.on_drug) - np.log1p(3))
                + m["age"] * (age - 45) / 10
            )  # fmt: skip
            rate += np.minimum(terms, m["cap"]) - m["age"] * (age - 45) / 10
        else:
            rate += m["quiet"] * (np.log1p(people.quiet) - np.log1p(3))
        if outcome == "disability-worsening":
            rate += m["progressive"] * progressive
        chance = 1 - np.exp(-np.exp(rate) / QUARTERS)
        happened = history.events[place, first, np.arange(MANY)].sum()
        assert abs(happened - chance.sum()) < 4 * chance.sum() ** 0.5, outcome


def test_effects_of_stopping_are_those_of_the_library() -> None:
    change = made()[1]["change"].filter(pl.col("kind") == KINDS[STOP])
    m = medians("disability-worsening")
    for drug, effect in change.select("origin", "log_hazard_ratio_disability-worsening").unique().iter_rows():
        class_ = library().therapies[drug].class_
        assert effect == pytest.approx(m[f"discontinue:{class_}"], abs=1e-5)
    infection = change["log_hazard_ratio_serious-infection"]
    assert (infection <= 0).all()
    relapse = change["log_hazard_ratio_relapse"]
    assert (relapse >= 0).all()
    assert {"natalizumab", "ocrelizumab", "fingolimod"} <= set(change["origin"])


@pytest.mark.parametrize("drug", ["natalizumab", "fingolimod", "ocrelizumab", "ofatumumab"])
def test_levels_go_along_the_time_course(drug: str) -> None:
    people = cohort(found(), Dice(5), np.arange(2000))
    course = Course(found(), people, Dice(5))
    place = found().drugs.index(drug)
    rows = np.flatnonzero(people.drug == place)[:1]
    course.months[rows] = 0.0  # just dosed
    before = course.level[:, rows].copy()
    stop = found().stop[:, people.class_[rows]]
    course._make(rows, np.full(1, STOP), np.zeros(1, int), np.full(1, -1), stop, 0)
    class_ = library().therapies[drug].class_
    for quarter in range(30):
        course.advance(quarter)
        months = np.array([3 * quarter + 1.5])
        for number_, outcome in enumerate(OUTCOMES):
            m = medians(outcome)
            own = {f"{name}:{class_}": m.get(f"{name}:{drug}", m.get(f"{name}:{class_}", 0.0))
                   for name in ("lag", "ramp", "peak", "decay") if f"{name}:{class_}" in m}  # fmt: skip
            expected = log_course(own, class_, float(stop[number_, 0]), months)
            risen = course.level[number_, rows] - before[number_]
            assert risen == pytest.approx(np.ravel(expected), abs=2e-3), (outcome, quarter)
    assert not course.moving[rows].any()


def test_tables_tell_of_the_truth() -> None:
    tables, truth = made()
    true = truth["event"].filter(pl.col("outcome") == "relapse").rename({"on": "day"})
    spans = tables["observed"].select("person_id", "from", "to")
    seen = true.join(spans, on="person_id").filter(pl.col("day").is_between("from", "to"))
    told = seen.join(tables["relapse"], on="person_id", how="left").filter(pl.col("day").is_between("on", "on_latest"))
    share = told.select("person_id", "day").unique().height / seen.height
    assert 1 - 3 * number("contradiction") < share < 1
    extra = tables["relapse"].join(true, on="person_id", how="anti")
    assert extra.height == 0
    infection = tables["infection"].filter("serious").select("person_id").unique()
    ill = truth["event"].filter(pl.col("outcome") == "serious-infection").select("person_id").unique()
    assert infection.join(ill, on="person_id", how="anti").height == 0
    happened = truth["event"].group_by("outcome").len().sort("outcome")["len"].to_list()
    assert happened == [truth["person"][f"happened_{outcome}"].sum() for outcome in sorted(OUTCOMES)]


def test_times_to_outcomes_follow_from_events() -> None:
    change, event = made()[1]["change"], made()[1]["event"]
    for outcome in OUTCOMES:
        mine = event.filter(pl.col("outcome") == outcome).rename({"on": "day"})
        later = change.with_row_index().join(mine, on="person_id").filter(pl.col("day") >= pl.col("on"))
        first = later.group_by("index").agg(pl.col("day").min())
        whole = change.with_row_index().join(first, on="index", how="left").sort("index")
        years, told = (whole["day"] - whole["on"]).dt.total_days() / 365.25, change[f"years_to_{outcome}"]
        assert years.is_null().equals(told.is_null()), outcome
        assert (years - told).abs().max() < 1e-9, outcome  # type: ignore[operator]
    assert (change["years"] > 0).all()


def test_treatment_changes_as_the_truth_says() -> None:
    tables, truth = made()
    current = tables["treatment"].filter(pl.col("ended").is_null())["person_id"].n_unique()
    last = truth["change"].group_by("person_id", maintain_order=True).last()
    assert current == PEOPLE - last.filter(pl.col("goal").is_null()).height
    doses = tables["dose"].join(
        tables["treatment"].select("person_id", "therapy").unique(), on=["person_id", "therapy"]
    )
    assert doses.height == tables["dose"].height


def test_who_steps_down_differs_from_who_does_not() -> None:
    """Confounding by indication: a comparison that does not adjust for age has to go wrong."""
    tables, truth = made()
    down = truth["change"].filter(pl.col("reason") == "stable").select("person_id").unique()
    birth = tables["person"]["birth"].dt.year().mean()
    older = tables["person"].join(down, on="person_id")["birth"].dt.year().mean()
    assert isinstance(birth, float)
    assert isinstance(older, float)
    assert older < birth - 5


def test_immunoglobulins_fall_on_an_anti_cd20_and_come_back() -> None:
    people = cohort(found(), Dice(SEED), np.arange(MANY))
    history = live(found(), people, Dice(SEED))
    class_ = np.where(history.drug >= 0, found().class_of[history.drug], -1)
    on = class_ == found().classes.index("anti-cd20")
    both = on[1:] & on[:-1] & history.care[1:] & history.care[:-1]
    slope = QUARTERS * np.diff(history.igg, axis=0)[both].mean()
    assert slope == pytest.approx(number("igg-slope"), rel=0.08)
    never = ~on.any(axis=0)
    assert np.array_equal(history.igg[-1, never], people.igg[never].astype(np.float32))
    assert (history.b_cells[on] == 0).all()
    assert (history.b_cells[:, never] == 1).all()
    fumarate = (class_[-1] == found().classes.index("fumarate")) & (people.on_drug > 1)
    assert np.median(history.lymphocytes[-1, fumarate]) == pytest.approx(number("lymphocytes-fumarate"), abs=0.05)


def test_weeks_are_turned_into_months() -> None:
    assert pytest.approx(12 * 26 / 365.25 * 7) == 26 * WEEK_IN_MONTHS
