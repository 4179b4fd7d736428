"""Disability worsening: that the documents read the printed figures, and that the shipped draws keep their promises."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stepdown.evidence.draws import SHIPPED, Posterior, load
from stepdown.evidence.inputs import ContrastData, Inputs
from stepdown.knowledge.library import Library
from stepdown.knowledge.library import load as library

OUTCOME = "disability-worsening"
CLASSES = ("interferon", "glatiramer", "teriflunomide", "fumarate", "s1p", "natalizumab", "anti-cd20", "cladribine")


@pytest.fixture(scope="module")
def documents() -> Library:
    return library()


@pytest.fixture(scope="module")
def posterior(documents: Library) -> Posterior:
    return load(documents, OUTCOME)


@pytest.fixture(scope="module")
def numbers(posterior: Posterior) -> Inputs:
    return posterior.inputs


def contrast(numbers: Inputs, name: str) -> ContrastData:
    return next(one for one in numbers.contrasts if one.id == f"disability-{name}")


@pytest.mark.parametrize(
    ("name", "ratio", "low", "high"),
    [
        ("stop-kaminsky", 0.89, 0.71, 1.13),
        ("stop-yano", 1.24, 0.61, 2.53),
        ("stop-over60", 0.83, 0.31, 2.22),
        ("stop-oratorio", 1 / 0.75, 1 / 0.98, 1 / 0.58),  # printed for starting, read as its reverse
        ("stop-oratorio-hand", 1 / 0.70, 1 / 0.86, 1 / 0.57),
        ("teriflunomide-placebo", 0.759, 0.570, 1.011),
        ("fingolimod-placebo", 0.63, 0.44, 0.90),
        ("natalizumab-placebo", 0.46, 0.33, 0.64),
        ("ozanimod-interferon", 1.413, 0.922, 2.165),
        ("ocrelizumab-interferon", 0.60, 0.45, 0.81),
        ("extend-ads-meta", 0.96, 0.50, 1.85),
    ],
)
def test_ratios_are_those_printed(numbers: Inputs, name: str, ratio: float, low: float, high: float) -> None:
    found = contrast(numbers, name)
    assert found.value == pytest.approx(math.log(ratio))
    assert found.se == pytest.approx(math.log(high / low) / 3.92, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "events", "people", "years"),
    [
        ("optimum-ponesimod", 46, 567, 2.07),  # 8.1%
        ("optimum-teriflunomide", 56, 566, 2.07),  # 9.9%
        ("oratorio-ocrelizumab", 108, 366, 2.31),  # 29.6%
        ("neda-injectables", 58, 224, 12.0),
        ("nova-4", 20, 249, 1.38),  # 92.0% free of it
        ("nova-6", 25, 250, 1.38),  # 90.0%
        ("asclepios-ofatumumab", 77, 946, 1.5),  # 8.1%
        ("asclepios-teriflunomide", 112, 936, 1.5),  # 12.0%
    ],
)
def test_groups_are_those_printed(numbers: Inputs, name: str, events: int, people: int, years: float) -> None:
    found = next(arm for arm in numbers.arms if arm.id == f"disability-{name}").count
    assert (found.events, found.n, found.years) == (events, people, years)


def test_every_group_says_its_share_of_progressive_disease(numbers: Inputs) -> None:
    assert all(arm.progressive is not None for arm in numbers.arms)
    assert {arm.study for arm in numbers.arms if arm.progressive == 1} == {
        "oratorio", "oratorio-hand", "zanghi-ppms-2023",
    }  # fmt: skip


def test_a_trial_of_starting_speaks_of_stopping_at_the_widest(numbers: Inputs) -> None:
    starting = [one for one in numbers.compared if one.study.startswith("oratorio")]
    assert starting
    assert all(one.indirectness == 0.4 and one.terms == {"discontinue:anti-cd20": 1} for one in starting)


def test_what_is_not_confirmed_at_24_weeks_is_never_direct(documents: Library, numbers: Inputs) -> None:
    loose = {"stop-kaminsky", "peginterferon-placebo", "interferon-im-placebo", "ocrelizumab-interferon"}
    assert all(contrast(numbers, name).indirectness == 0.4 for name in loose)
    assert contrast(numbers, "extend-nova").indirectness > 0


def test_the_sign_of_reaching_edss_6_informs_nothing_and_says_why(documents: Library, numbers: Inputs) -> None:
    document = documents.contrasts["disability-stop-kaminsky-edss-6"]
    assert document.role == "unused"
    assert "another outcome" in document.why["en"]
    assert all(one.id != document.id for one in numbers.contrasts)


def test_figures_from_memory_inform_nothing(documents: Library, numbers: Inputs) -> None:
    used = [documents.contrasts[one.id].estimate for one in numbers.compared]
    figures = {f"{source.id}/{one.id}": one for source in documents.sources.values() for one in source.estimates}
    assert all(figures[name].status != "unverified" for name in used if name is not None)


def test_the_shipped_fit_is_of_this_library_and_its_chains_settled(posterior: Posterior) -> None:
    told = posterior.manifest
    assert told["digest"] == posterior.inputs.digest
    assert told["worst_r_hat"] < 1.01
    assert told["least_ess"] > 1000
    assert told["divergences"] == 0
    assert all(len(values) >= 10_000 and np.isfinite(values).all() for values in posterior.columns.values())
    assert (SHIPPED / f"{OUTCOME}.parquet").stat().st_size < 4_000_000


def test_every_class_has_what_a_forecast_reads(posterior: Posterior) -> None:
    for name in CLASSES:
        assert {f"{kind}:{name}" for kind in ("baseline", "drug", "leaving", "lag", "ramp")} <= posterior.columns.keys()
    stopped = {name.split(":")[1] for name in posterior.columns if name.startswith("discontinue:")}
    assert stopped == set(CLASSES) - {"cladribine"}


def test_signs_that_medicine_is_sure_of_hold_in_every_draw_and_no_others_do(posterior: Posterior) -> None:
    columns = posterior.columns
    assert (columns["quiet"] <= 0).all()
    assert (columns["progressive"] >= 0).all()
    # Worsening without relapses grows with age and worsening by relapses falls: the sum is left open.
    assert 0.02 < (columns["age"] < 0).mean() < 0.5


def test_no_order_turns_not_knowing_into_harm(posterior: Posterior) -> None:
    assert posterior.inputs.orders == ()
    for name in ("fumarate", "teriflunomide"):  # of which no study of stopping speaks
        assert 0.2 < (posterior.columns[f"discontinue:{name}"] < 0).mean() < 0.5


@pytest.mark.parametrize("name", ["natalizumab", "anti-cd20", "interferon"])
def test_drugs_hold_back_worsening_in_trials(posterior: Posterior, name: str) -> None:
    assert (posterior.columns[f"drug:{name}"] < 0).mean() > 0.95


def test_first_line_drugs_together_do_what_a_meta_analysis_of_their_trials_says(posterior: Posterior) -> None:
    """Tsivgoulis 2015, not fitted: risk ratio 0.72 (0.65 to 0.80)."""
    shares = {"interferon": 0.4, "glatiramer": 0.2, "teriflunomide": 0.2, "fumarate": 0.2}
    hazard = sum(share * np.exp(posterior.columns[f"drug:{name}"]) for name, share in shares.items())
    control = 0.3
    risk = -np.expm1(np.log1p(-control) * hazard)
    low, high = np.quantile(risk / control, (0.025, 0.975))
    assert low < 0.72 < high
    assert np.median(risk / control) == pytest.approx(0.72, abs=0.1)
