"""The fit itself: published results, known truths, and the cut. Run by scripts/check-sampler."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from simulate import contrast, judged, priors, simulate

from stepdown.evidence.fit import fit, fit_effects
from stepdown.evidence.inputs import ContrastData, Inputs, Prior, estimate
from stepdown.evidence.replicate import sample
from stepdown.knowledge.library import load

# Thirteen trials of BCG against tuberculosis: cases and others, vaccinated and not (Colditz 1994, as in metafor).
BCG = np.array([
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761),
    (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232), (17, 1699, 65, 1600),
    (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825),
])  # fmt: skip


def pooled(drugs: Sequence[str], tau: float, contrasts: Sequence[ContrastData]) -> dict[str, np.ndarray]:
    """Draws of a plain random-effects meta-analysis."""
    rows = [Prior(f"drug:{name}", "drug", "normal", 0, 5, None, None) for name in drugs]
    rows.append(Prior("tau-effect", "spread", "half-normal", 0, tau, None, None))
    inputs = Inputs("relapse", (), tuple(contrasts), tuple(rows), ())
    found, divergences = fit_effects(inputs, samples=1000, warmup=500)
    assert divergences == 0
    return {name: value.reshape(-1) for name, value in found.items()}


def test_a_classic_random_effects_meta_analysis_is_reproduced() -> None:
    """REML gives -0.7145 (-1.0669 to -0.3622) and a tau of 0.56; a Bayesian interval is a little wider."""
    a, b, c, d = BCG.T
    values, errors = np.log(a / (a + b) / (c / (c + d))), np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))
    trials = [
        contrast(str(i), float(value), float(se), drug={"x": 1.0})
        for i, (value, se) in enumerate(zip(values, errors, strict=True))
    ]
    found = pooled(["x"], 2.0, trials)
    low, high = np.quantile(found["drug:x"], (0.025, 0.975))
    assert found["drug:x"].mean() == pytest.approx(-0.7145, abs=0.04)
    assert low == pytest.approx(-1.07, abs=0.13)
    assert high == pytest.approx(-0.36, abs=0.13)
    assert np.median(found["tau-effect"]) == pytest.approx(0.58, abs=0.08)


def test_a_published_network_comparison_of_the_library_is_reproduced() -> None:
    """Ublituximab against ofatumumab by way of teriflunomide (Moloney 2024), from the rates of the four trials.

    The library has no person-years of these trials, so their standard errors are set alike; the value does not depend
    on them, and the interval is not compared.
    """
    library = load()

    def rate(name: str) -> float:
        value = estimate(library, f"pivotal-trials/{name}").value
        assert value is not None
        return value

    drugs = ("ublituximab", "ofatumumab")
    trials = []
    for drug in drugs:
        for index in (1, 2):
            name = f"relapse-{drug}-{index}"
            value = float(np.log(rate(name) / rate(f"{name}-control")))
            trials.append(contrast(name, value, 0.2, drug={drug: 1.0}, versus={"teriflunomide": 1.0}))
    found = pooled([*drugs, "teriflunomide"], 0.2, trials)
    published = estimate(library, "moloney-2024/relapse-ublituximab-ofatumumab").value
    assert published is not None
    ratio = float(np.exp(np.median(found["drug:ublituximab"] - found["drug:ofatumumab"])))
    assert ratio == pytest.approx(published, abs=0.06)


def test_the_truth_lies_within_the_intervals() -> None:
    """One simulated literature; the long count is `python tests-sampler/simulate.py 20`."""
    told = list(judged(1).values())
    assert np.mean([inside for inside, _ in told]) >= 0.75
    assert max(abs(off) for _, off in told) < 4


def test_the_truth_of_a_composed_outcome_lies_within_the_intervals() -> None:
    """Background, what drugs add, a sum of parameters, and selection learnt between arms."""
    told = judged(2, composed=True)
    assert {"background", "drug:interferon", "age", "stable", "tau"} <= {*told}
    assert np.mean([inside for inside, _ in told.values()]) >= 0.75
    assert max(abs(off) for _, off in told.values()) < 4


@pytest.mark.parametrize("truth", [-1.6, -0.1])
def test_selection_is_learnt_between_arms(truth: float) -> None:
    """Whether groups chosen for being stable have a fifth of the events or nearly all: the arms tell, not the prior."""
    inputs, _ = simulate(5, given={"stable": truth, "tau": 0.3})
    found = fit(inputs, 300, 300).flat()["stable"]
    assert found.mean() == pytest.approx(truth, abs=0.5)
    assert found.std() < 0.4


def test_arms_feed_nothing_back_into_effects() -> None:
    """Three times the relapses in every arm raise the rates and leave effects and modifiers as they were."""
    inputs, _ = simulate(3)
    louder = []
    for arm in inputs.arms:
        events = 3 * arm.count.events + 1
        louder.append(replace(arm, count=replace(arm.count, events=min(events, arm.count.n or events))))
    plain, loud = (fit(replace(inputs, arms=tuple(arms)), 300, 300).flat() for arms in (inputs.arms, louder))
    for name in ("age", "quiet", "discontinue:natalizumab", "tau-effect"):
        assert plain[name].mean() == pytest.approx(loud[name].mean(), abs=0.2 * plain[name].std()), name
    assert loud["baseline-mean"].mean() > plain["baseline-mean"].mean() + 0.3


def test_without_studies_the_priors_come_back() -> None:
    """The prior predictive check rests on it."""
    inputs = Inputs("relapse", (), simulate(4)[0].contrasts, priors(), ())
    found, _ = fit_effects(inputs, 1000, 500, seen=False)
    random = np.random.default_rng(0)
    for name, values in found.items():
        believed = sample(inputs.prior(name), random, 20_000)
        assert values.mean() == pytest.approx(believed.mean(), abs=0.15 * believed.std()), name
        assert values.std() == pytest.approx(believed.std(), rel=0.15), name
