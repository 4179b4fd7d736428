"""Serious infection: figures as printed, rates composed of background, untreated MS and drug, and never below those."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stepdown.evidence.course import derived, log_course, ratio, switch_effect
from stepdown.evidence.draws import Posterior, load
from stepdown.evidence.inputs import Inputs, inputs
from stepdown.knowledge.library import Library
from stepdown.knowledge.library import load as read
from stepdown.prognosis.forecast import OUTCOMES
from stepdown.prognosis.model import models
from stepdown.prognosis.person import unknown
from tests.prognosis.made import forecast

OUTCOME = "serious-infection"
INFECTION = OUTCOMES.index(OUTCOME)
CLASSES = ("interferon", "glatiramer", "teriflunomide", "fumarate", "s1p", "natalizumab", "anti-cd20", "cladribine")


@pytest.fixture(scope="module")
def library() -> Library:
    return read()


@pytest.fixture(scope="module")
def numbers(library: Library) -> Inputs:
    return inputs(library, OUTCOME)


@pytest.fixture(scope="module")
def posterior(library: Library) -> Posterior:
    return load(library, OUTCOME)


PRINTED = {
    "rituximab-luna": (1.70, 1.11, 2.61),
    "natalizumab-luna": (0.66, 0.45, 0.97),
    "fingolimod-luna": (0.77, 0.54, 1.09),
    "rituximab-hu": (2.08, 1.50, 2.90),
    "population-luna": (0.0052, 0.0048, 0.0055),
    "population-sweden-2024": (0.0066, 0.0060, 0.0072),
    "population-veterans": (0.0103, 0.0098, 0.0109),
    "population-ifn-ga": (1 / 0.65, 1 / 0.89, 1 / 0.47),
    "untreated-low-over-60": (1.38, 1.07, 1.79),
    "untreated-high-40-60": (4.75, 3.98, 5.68),
    "ever-high": (5.18, 4.05, 6.63),
    "igg-kaiser": (2.98, 1.56, 5.72),
    "igg-rigollet": (0.77, 0.66, 0.91),
    "dose-kaiser": (1.56, 1.09, 2.24),
}


@pytest.mark.parametrize("name", PRINTED)
def test_comparisons_are_those_of_the_studies(numbers: Inputs, name: str) -> None:
    found = next(c for c in numbers.compared if c.id == f"{OUTCOME}-{name}")
    value, low, high = PRINTED[name]
    assert found.value == pytest.approx(math.log(value))
    assert found.se == pytest.approx(math.log(high / low) / 3.92, rel=1e-3)


def test_groups_are_those_of_the_studies(numbers: Inputs) -> None:
    seen = {arm.id.removeprefix(f"{OUTCOME}-"): arm.count for arm in numbers.arms}
    assert (seen["luna-rituximab"].events, round(1000 * seen["luna-rituximab"].observed, 1)) == (124, 19.7)
    assert (seen["kaiser"].events, seen["kaiser"].n) == (155, 2482)
    assert (seen["ocrelizumab-55"].events, seen["ocrelizumab-55"].person_years) == (53, 1117.3)
    assert [seen[f"ridose-{months}"].events for months in (6, 12)] == [8, 11]
    assert round(seen["quebec-progressive"].observed, 2) == 0.12


def test_older_people_on_ocrelizumab_are_held_out(numbers: Inputs) -> None:
    assert f"{OUTCOME}-ocrelizumab-55" not in {arm.id for arm in numbers.fitted}


def test_the_same_people_are_not_fitted_twice(library: Library) -> None:
    """Course and EDSS of one cohort, ratios with the reference turned round, and age groups beside their sum."""
    fitted = {c.estimate for c in library.contrasts.values() if c.outcome == OUTCOME and c.role == "fit"}
    assert "luna-2020/si-hr-ifn-ga-rituximab" not in fitted
    assert "brand-2022/si-hr-never-edss-low" not in fitted
    assert not [one for one in fitted if one and one.startswith("brand-2022") and ("rrms" in one or "progr" in one)]
    assert "eid-meta-17/serious-infection-or" not in fitted


def test_a_rate_is_background_times_untreated_times_drug(numbers: Inputs) -> None:
    # 5 per 1000 in the population, 1.2 times as many in untreated MS, twice as many on the drug
    draws = {prior.name: np.zeros(1) for prior in numbers.priors}
    draws |= {"background": np.array([math.log(0.005)]), "untreated-ms": np.array([math.log(1.2)])}
    draws["drug:anti-cd20"] = np.array([math.log(2.0)])
    draws["drug:interferon"] = np.array([math.log(0.9)])
    draws["extend-interval:anti-cd20"] = np.array([-5.0])
    found = derived(numbers, draws)
    assert np.exp(found["baseline:anti-cd20"])[0] == pytest.approx(0.012)
    assert found["excess:anti-cd20"][0] == pytest.approx(0.006)
    assert np.exp(found["discontinue:anti-cd20"])[0] == pytest.approx(0.5)
    # less of the drug takes away no more than none of it
    assert np.exp(found["extend-interval:anti-cd20"])[0] == pytest.approx(0.5)
    # a drug with fewer infections than none has nothing to take away, and leaves a switch at the untreated rate
    assert found["discontinue:interferon"][0] == 0
    full = draws | found
    assert np.exp(switch_effect(full, "anti-cd20", "interferon"))[0] == pytest.approx(0.5)


def test_the_draws_are_composed_so_and_no_other_way(posterior: Posterior) -> None:
    columns = posterior.columns
    untreated = columns["background"] + columns["untreated-ms"]
    for name in CLASSES:
        drug = columns[f"drug:{name}"]
        assert columns[f"baseline:{name}"] == pytest.approx(untreated + drug, abs=1e-5), name
        difference = np.exp(columns[f"baseline:{name}"]) - np.exp(untreated)
        assert columns[f"excess:{name}"] == pytest.approx(difference, abs=1e-6), name
        assert columns[f"discontinue:{name}"] == pytest.approx(np.minimum(-drug, 0.0), abs=1e-6), name


@pytest.mark.parametrize("heterogeneity", [0.0, -2.0])
def test_nothing_falls_below_the_untreated(posterior: Posterior, heterogeneity: float) -> None:
    columns = {name: values[:500] for name, values in posterior.columns.items()}
    for origin in CLASSES[:-1]:
        least = np.exp(-np.maximum(columns[f"drug:{origin}"], 0.0))
        changes: list[tuple[str, dict[str, float]]] = [("discontinue", {})]
        changes += [("switch-lower", {goal: 1.0}) for goal in CLASSES]
        changes += [(o, {}) for o in ("extend-interval", "reduce-dose") if f"{o}:{origin}" in columns]
        for option, goal in changes:
            found = ratio(columns, option, origin, goal, 5.0, shift=heterogeneity)
            assert (found >= least * (1 - 1e-5)).all(), (origin, option, goal)


def test_a_longer_interval_or_lower_dose_lies_between_nothing_and_none_of_the_drug(posterior: Posterior) -> None:
    columns = posterior.columns
    found = [name for name in columns if name.startswith(("extend-interval:", "reduce-dose:"))]
    assert len(found) == 4
    for name in found:
        adds = np.maximum(columns[f"drug:{name.partition(':')[2]}"], 0.0)
        assert (columns[name] <= 0).all()
        assert (columns[name] >= -adds - 1e-6).all()


def test_the_chains_settled_on_the_numbers_of_this_library(posterior: Posterior) -> None:
    told = posterior.manifest
    assert told["digest"] == posterior.inputs.digest
    assert told["worst_r_hat"] < 1.01
    assert told["least_ess"] > 1000
    assert told["divergences"] == 0
    assert len(posterior.columns["tau"]) >= 10_000


def test_signs_hold_in_every_draw(posterior: Posterior) -> None:
    columns = posterior.columns
    for name in ("age", "edss", "comorbidity", "earlier-infections", "exposure:anti-cd20", "obesity", "cap"):
        assert (columns[name] >= 0).all(), name
    assert (columns["igg"] <= 0).all()
    assert not posterior.inputs.orders


def test_infection_falls_slowly_after_an_anti_cd20_and_sooner_after_ofatumumab(posterior: Posterior) -> None:
    columns = posterior.columns
    own = dict(columns) | {f"{name}:anti-cd20": columns[f"{name}:ofatumumab"] for name in ("lag", "ramp")}
    year = np.array([12.0])
    gone = [
        np.median(log_course(draws, "anti-cd20", columns["discontinue:anti-cd20"], year)[:, 0])
        / np.median(columns["discontinue:anti-cd20"])
        for draws in (columns, own)
    ]
    assert gone[0] < 0.5 < 0.8 < gone[1]


def test_a_risk_of_a_person_is_the_product_worked_out_by_hand(library: Library) -> None:
    found = models(library, 300, 0)
    model = found.by_outcome[OUTCOME]
    person = {
        "age": 60.0, "edss": 4.0, "igg": 6.0, "comorbidity_count": 2.0, "serious_infections_2y": 1.0,
        "time_on_class": 8.0, "years_quiet": 5.0, "months_since_last_dose": 2.0, "obesity": True,
    }  # fmt: skip
    told, options = forecast([person], "ocrelizumab", (2.0,), found)
    stay = [option.kind for option in options].index("continue")
    c = model.columns
    product = (
        1.5 * c["age"] + 2 * c["edss"] - 4 * c["igg"] + math.log(3 / 1.7) * c["comorbidity"]
        + math.log(2) * c["earlier-infections"] + math.log(9 / 4) * c["exposure:anti-cd20"] + c["obesity"]
    )  # fmt: skip
    rate = c["background"] + c["untreated-ms"] + c["drug:anti-cd20"] + model.fresh("drug:anti-cd20") + model.setting
    rate = np.exp(rate + np.minimum(product, c["cap"]))
    assert (product > c["cap"]).any()
    assert told.risks[0, stay, INFECTION, 0] == pytest.approx(1 - np.exp(-2 * rate), rel=1e-4)


def test_years_on_an_anti_cd20_act_on_no_other_drug(library: Library) -> None:
    found = models(library, 50, 0)
    person = {"age": 50.0, "edss": 2.0, "igg": 10.0, "comorbidity_count": 1.0, "serious_infections_2y": 0.0}
    person |= {"years_quiet": 5.0, "months_since_last_dose": 0.0, "obesity": False}
    for drug, same in (("dimethyl-fumarate", True), ("rituximab", False)):
        few, many = (forecast([person | {"time_on_class": y}], drug, (2.0,), found)[0] for y in (1.0, 15.0))
        assert np.array_equal(few.risks[0, 0, INFECTION], many.risks[0, 0, INFECTION]) == same


def test_whatever_a_model_reads_of_a_person_may_be_unknown(library: Library) -> None:
    read_of = {b.variable for b in library.beliefs.values() if b.kind in ("modifier", "between") and b.variable}
    assert {"age", "edss", "igg", "years_quiet", "mri_activity", "sex", "course"} <= read_of
    missing = [(v, c) for v in sorted(read_of) for c in CLASSES if unknown(library, v, c) is None]
    assert not missing
    for document in library.unknowns.values():
        if document.shares:
            assert sum(document.shares.values()) == pytest.approx(1), document.id
            assert set(document.shares) <= set(library.values(document.variable)), document.id
        if document.distribution == "share":
            assert 0 < (document.center or 0) < 1, document.id


def test_unknown_igg_on_an_anti_cd20_is_that_of_the_studies(library: Library) -> None:
    found = unknown(library, "igg", "anti-cd20")
    other = unknown(library, "igg", "interferon")
    assert found is not None
    assert other is not None
    assert found.center is not None
    assert found.spread is not None
    low = 0.5 * math.erfc((found.center - 5.65) / found.spread / math.sqrt(2))
    # 1.7% on ofatumumab to 12.9% on ublituximab were below 5.65 g/L
    assert 0.017 < low < 0.129
    assert (other.center or 0) > found.center
