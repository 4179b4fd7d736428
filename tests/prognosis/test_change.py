"""Time courses and effects: exact against steps, and the order of options in single draws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stepdown.decision.options import options_for
from stepdown.evidence.course import ratio
from stepdown.prognosis.change import Step, effects, integrals, known, level
from stepdown.prognosis.drug import step_of
from tests.prognosis.made import library, made

STOP, MILD = Step("discontinue", "anti-cd20"), Step("switch-lower", "fumarate")


@pytest.mark.parametrize("origin", ["anti-cd20", "natalizumab", "s1p", "interferon"])
@pytest.mark.parametrize("years", [0.5, 2.0, 5.0])
def test_the_integral_is_that_of_the_fit_in_steps(origin: str, years: float) -> None:
    """The fit averages the hazard ratio at 48 points of the follow-up; here it is integrated exactly."""
    model = replace(made().by_outcome["relapse"], times={})
    (exact,) = integrals(model, origin, origin, [Step("discontinue", origin)], [years], (0, 0), fresh=False)
    effect = effects(model, origin, [Step("discontinue", origin)], fresh=False)[0]
    steps = ratio(model.columns | {f"discontinue:{origin}": effect}, "discontinue", origin, {}, years)
    assert np.allclose(exact[0], steps * years, rtol=0.05)


def test_months_since_the_last_dose_bring_the_rise_nearer() -> None:
    model = made().by_outcome["relapse"]
    soon, late = (
        integrals(model, "anti-cd20", "ocrelizumab", [STOP], [1.0], (months, months), fresh=False)[0, 0]
        for months in (6, 0)
    )
    assert (soon >= late - 1e-12).all()
    assert soon.mean() > late.mean()


def test_the_drug_has_its_own_course_where_one_is_known() -> None:
    model = made().by_outcome["relapse"]
    short, long = (
        integrals(model, "anti-cd20", drug, [STOP], [1.0], (0, 0), fresh=False)[0, 0]
        for drug in ("ofatumumab", "ocrelizumab")
    )
    assert short.mean() > long.mean()


def test_stopping_is_pooled_with_every_milder_drug_above_it() -> None:
    """By hand: stop 0.2 and milder 0.8 and 0.5 of equal weight pool to 0.5; stop 0.9 leaves all as they are."""
    model = made().by_outcome["relapse"]
    columns = dict(model.columns)
    rows = np.arange(4)
    columns["tau-effect"] = np.zeros(4)
    for name, values in (
        ("discontinue:anti-cd20", (0.2, 0.9, 0.2, -0.5)),
        ("drug:fumarate", (0.8, 0.5, 0.1, -0.4)),
        ("drug:teriflunomide", (0.5, 0.1, 0.3, -0.9)),
    ):
        columns[name] = np.array(values)
    for name in ("drug:anti-cd20", "leaving:anti-cd20"):
        columns[name] = np.zeros(4)
    one = replace(model, columns=columns, setting=np.zeros(4), times={}, noises={})
    steps = [STOP, MILD, Step("switch-lower", "teriflunomide")]
    stop, fumarate, teriflunomide = (effect[rows] for effect in effects(one, "anti-cd20", steps))
    weights = [
        1 / np.var(np.maximum(columns[name], 0.0))
        for name in ("discontinue:anti-cd20", "drug:fumarate", "drug:teriflunomide")
    ]
    first = np.average([0.2, 0.8], weights=weights[:2])
    if first < 0.5:
        first = np.average([0.2, 0.8, 0.5], weights=weights)
    assert stop[0] == pytest.approx(first)
    assert fumarate[0] == pytest.approx(first)
    assert teriflunomide[0] == pytest.approx(min(0.5, first))
    assert (stop[1], fumarate[1], teriflunomide[1]) == pytest.approx((0.9, 0.5, 0.1))
    assert stop[2] == pytest.approx(np.average([0.2, 0.3], weights=[weights[0], weights[2]]))
    assert fumarate[2] == pytest.approx(0.1)
    assert (stop[3], fumarate[3], teriflunomide[3]) == (0, 0, 0)


def test_a_longer_interval_counts_for_more_the_longer_it_is() -> None:
    model = made().by_outcome["relapse"]
    near, studied, far = effects(
        model, "anti-cd20", [Step("extend-interval", "anti-cd20", stretch) for stretch in (0.5, 1.0, 1.6)]
    )
    assert (near <= studied).all()
    assert (studied <= far).all()
    assert (near >= 0).all()


def test_infection_falls_to_the_untreated_and_not_below() -> None:
    model = made().by_outcome["serious-infection"]
    stop, mild = effects(model, "anti-cd20", [STOP, Step("switch-lower", "interferon")])
    drug = model.columns["drug:anti-cd20"] + model.fresh("drug:anti-cd20")
    assert np.allclose(stop, -np.maximum(drug, 0.0))
    assert (drug + mild >= -1e-12).all()
    without = sum(model.columns[p.name] for p in model.inputs.priors if p.kind == "background")
    assert np.allclose(level(model, "anti-cd20") - model.setting, without + drug)


def test_an_interval_that_a_site_adds_to_a_drug_nobody_studied_has_no_number() -> None:
    added = replace(
        next(option for option in options_for("glatiramer", library()) if option.kind == "continue"),
        id="extend-interval:glatiramer:2w", kind="extend-interval", interval_weeks=2.0,
    )  # fmt: skip
    step = step_of(added, "glatiramer", library())
    assert step == Step("extend-interval", "glatiramer")
    assert not any(known(model, "glatiramer", step) for model in made().by_outcome.values())
