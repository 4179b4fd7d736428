"""MRI activity: figures against what the studies print, the shipped draws, and the order that decisions impose."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stepdown.evidence.draws import SHIPPED, Posterior, load, ordered
from stepdown.evidence.inputs import Inputs, inputs
from stepdown.knowledge.library import load as library


@pytest.fixture(scope="module")
def mri() -> Inputs:
    return inputs(library(), "mri-activity")


@pytest.fixture(scope="module")
def posterior() -> Posterior:
    return load(library(), "mri-activity")


@pytest.mark.parametrize(
    ("name", "events", "n", "years"),
    [
        ("mri-discoms-stopped", 13, 131, 2.0),  # 16 with activity, 3 of whom relapsed
        ("mri-discoms-continued", 5, 128, 2.0),
        ("mri-dotms-stopped", 11, 45, 1.275),  # 15.3 months
        ("mri-dotms-continued", 1, 44, 1.275),
        ("mri-nova-6", 11, 250, 1.38),  # 4.3%, 72 weeks
        ("mri-nova-4", 10, 249, 1.38),
        ("mri-ridose-12", 12, 104, 4.0),
        ("mri-ridose-6", 10, 103, 4.0),
        ("mri-overlord-ocrelizumab", 4, 84, 1.5),  # 94.8% without a lesion
        ("mri-overlord-rituximab", 10, 132, 1.5),
        ("mri-toronto", 49, 160, 7.9),
        ("mri-ocrelizumab-phase-2", 30, 183, 1.5),  # 16.3%
        ("mri-utah", 0, 36, 3.95),
    ],
)
def test_people_with_a_lesion_are_counted_as_printed(mri: Inputs, name: str, events: int, n: int, years: float) -> None:
    found = next(arm.count for arm in mri.arms if arm.id == name)
    assert (found.events, found.n, found.person_years, found.years) == (events, n, None, years)


def test_ratios_are_as_printed(mri: Inputs) -> None:
    found = {c.id: c for c in mri.contrasts}
    assert found["mri-extend-ads-meta"].value == pytest.approx(math.log(0.87))
    assert found["mri-extend-ads-meta"].se == pytest.approx(math.log(1.34 / 0.57) / 3.92, rel=1e-3)
    assert found["mri-stop-yano"].value == pytest.approx(math.log(0.95))
    assert found["mri-age-amsterdam"].value == pytest.approx(math.log(0.486))
    # turned round: activity against none
    assert found["mri-mri-bsteh"].value == pytest.approx(-math.log(0.46))
    # an error that reaches from the printed value to the further limit
    high = found["mri-moderate-against-high-after-natalizumab"]
    assert high.se == pytest.approx(math.log(6.67 / 2.06) / 1.96, rel=0.01)


def factor(odds: float, control: float) -> float:
    """How much larger the logarithm of an odds ratio is than that of the ratio of rates."""
    changed = odds * control / (1 - control + odds * control)
    return math.log(odds) / math.log(math.log1p(-changed) / math.log1p(-control))


def test_odds_ratios_are_not_taken_for_ratios_of_rates(mri: Inputs) -> None:
    found = {c.id: c for c in mri.contrasts}
    # 51, 62 and 17 people by age, 63 of them with activity, and the two printed odds ratios give the first risk
    control = 0.66
    told = [51 * control, *(n * o * control / (1 - control + o * control) for n, o in ((62, 0.301), (17, 0.296)))]
    assert sum(told) == pytest.approx(63, abs=1)
    assert found["mri-age-coerver"].difference == pytest.approx(1.2 * factor(0.301, control), rel=0.01)
    assert found["mri-age-amsterdam"].difference == pytest.approx(2.3 * factor(0.486, 0.25), rel=0.03)
    terms = found["mri-ocrelizumab-against-cladribine-italy"].terms
    assert terms["drug:anti-cd20"] == -terms["drug:cladribine"] == pytest.approx(factor(0.248, 0.3), rel=0.01)


def test_what_is_no_count_of_this_outcome_informs_nothing(mri: Inputs) -> None:
    fitted = {c.id for c in mri.compared} | {arm.id for arm in mri.fitted}
    assert not fitted & {"mri-extend-meta-17", "mri-extend-zanghi", "mri-mcfaul", "mri-coerver-ocrelizumab"}
    # relapse stands in where lesions are not compared, and only at the widest indirectness
    others = [c for c in mri.compared if c.study in ("jouvenot-2024", "bsteh-2017", "danish-deescalation")]
    assert len(others) == 6
    assert all(c.indirectness == 0.4 for c in others)


def test_the_shipped_fit_is_of_this_library_and_its_chains_settled(posterior: Posterior) -> None:
    told = posterior.manifest
    assert told["digest"] == posterior.inputs.digest
    assert told["worst_r_hat"] < 1.01
    assert told["least_ess"] > 1000
    assert told["divergences"] == 0
    assert len(posterior.columns["tau"]) >= 10_000
    assert (SHIPPED / "mri-activity.parquet").stat().st_size < 4_000_000


def test_signs_and_shapes(posterior: Posterior) -> None:
    columns = posterior.columns
    assert all((columns[name] <= 0).all() for name in ("age", "quiet", "stable"))
    assert (columns["mri-activity"] >= 0).all()
    assert np.median(columns["lag:anti-cd20"]) > 2 * np.median(columns["lag:ofatumumab"])


@pytest.mark.parametrize("origin", ["natalizumab", "anti-cd20", "s1p", "interferon"])
@pytest.mark.parametrize("to", ["fumarate", "teriflunomide"])
def test_no_decision_draw_breaks_the_order(posterior: Posterior, origin: str, to: str) -> None:
    found = ordered(posterior.columns, posterior.inputs.orders, origin, to)
    assert (found["continue"] == 0).all()
    assert (found["switch-lower"] >= 0).all()
    assert (found["discontinue"] >= found["switch-lower"]).all()
    assert all((found[name] >= 0).all() for name in found)


def test_stopping_first_line_drugs_is_what_the_randomised_trials_say(posterior: Posterior) -> None:
    """DISCOMS has 2.5 times the lesions and DOT-MS 10 times; one without the other would give less or more."""
    middle = float(np.exp(np.median(posterior.columns["discontinue:interferon"])))
    assert 1.3 < middle < 6


def test_what_no_study_speaks_of_stays_what_was_believed(posterior: Posterior) -> None:
    for name in ("reduce-dose:anti-cd20", "reduce-dose:s1p", "leaving:fumarate", "female"):
        prior = posterior.inputs.prior(name)
        assert posterior.columns[name].std() == pytest.approx(prior.spread, rel=0.05)
        assert posterior.columns[name].mean() == pytest.approx(prior.center, abs=0.05 * prior.spread)
