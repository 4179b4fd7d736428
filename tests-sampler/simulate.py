"""Studies with a known truth, in the form that the fit reads; `python tests-sampler/simulate.py N` counts coverage."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np

from stepdown.evidence.course import ratio
from stepdown.evidence.inputs import ArmData, ContrastData, Count, Inputs, Prior
from stepdown.evidence.replicate import prior_draws

CLASSES = ("interferon", "natalizumab")


def priors() -> tuple[Prior, ...]:
    """Two classes, stopping and two modifiers."""
    rows = [
        ("baseline-mean", "baseline", "normal", -2.5, 0.5, None, None),
        ("baseline-spread", "spread", "half-normal", 0.0, 0.5, None, None),
        ("tau", "spread", "half-normal", 0.0, 0.5, None, None),
        ("tau-effect", "spread", "half-normal", 0.0, 0.3, None, None),
        ("age", "modifier", "normal", 0.0, 0.5, "negative", 45.0),
        ("quiet", "modifier", "normal", 0.0, 0.75, "negative", 3.0),
        ("age-unknown", "covariate", "normal", 42.0, 6.0, None, None),
        ("quiet-unknown", "covariate", "log-normal", 1.5, 0.7, None, None),
        ("quiet-above", "covariate", "log-normal", 2.0, 0.7, None, None),
    ]
    for name in CLASSES:
        rows += [
            (f"baseline:{name}", "baseline", "normal", 0.0, 1.0, None, None),
            (f"discontinue:{name}", "effect", "normal", 0.4, 0.75, None, None),
            (f"lag:{name}", "shape", "log-normal", 2.0, 0.3, None, None),
            (f"ramp:{name}", "shape", "log-normal", 3.0, 0.3, None, None),
        ]
    return tuple(Prior(*row) for row in rows)


def contrast(name: str, value: float, se: float, years: float = 0.0, **told: object) -> ContrastData:
    """A comparison that prints a logarithm of a ratio."""
    empty = ContrastData(
        name, name, value, se, None, None, None, {}, {}, None, 1.0, {}, {}, {}, years, False, 0.0, "fit"
    )  # fmt: skip
    return replace(empty, **told)  # type: ignore[arg-type]


def simulate(seed: int) -> tuple[Inputs, dict[str, float]]:
    """Eight comparisons of stopping, six of modifiers and eighteen arms, and the truth behind them."""
    random = np.random.default_rng(seed)
    empty = Inputs("relapse", (), (), priors(), ())
    truth = {name: float(value[0]) for name, value in prior_draws(empty, 1, seed).items()}
    draws = {name: np.array([value]) for name, value in truth.items()}
    contrasts, arms = [], []
    for index in range(8):
        origin, years, se = CLASSES[index % 2], float(random.uniform(1, 5)), float(random.uniform(0.15, 0.5))
        middle = float(np.log(ratio(draws, "discontinue", origin, {}, years)[0]))
        value = random.normal(middle, np.hypot(se, truth["tau-effect"]))
        contrasts.append(contrast(f"c{index}", value, se, years, effect="discontinue", classes={origin: 1.0}))
    for index in range(6):
        name, apart = ("age", 1.5) if index % 2 else ("quiet", 0.8)
        value = random.normal(truth[name] * apart, np.hypot(0.3, apart * truth["tau-effect"]))
        contrasts.append(contrast(f"m{index}", value, 0.3, modifier=name, difference=apart))
    for index in range(18):
        origin, option = CLASSES[index % 2], "continue" if index < 12 else "discontinue"
        age, quiet, years = random.uniform(35, 65), random.uniform(0.5, 8), float(random.uniform(1, 5))
        rate = np.exp(
            truth[f"baseline:{origin}"] + truth["age"] * (age - 45) / 10
            + truth["quiet"] * (np.log1p(quiet) - np.log1p(3)) + truth["tau"] * random.standard_normal()
        )  # fmt: skip
        shift = truth["tau-effect"] * random.standard_normal()
        rate *= ratio(draws, option, origin, {}, years, shift=shift)[0]
        n = int(random.integers(50, 400))
        once = bool(index % 3)
        events = int(random.binomial(n, -np.expm1(-rate * years)) if once else random.poisson(rate * n * years))
        count = Count(events, n if once else None, None if once else n * years, years)
        known = (float(age), None), (float(quiet), None), (None, None), 0.0, None
        arms.append(ArmData(f"a{index}", f"a{index}", option, {origin: 1.0}, {}, count, years, 0.0, *known, "fit"))
    return Inputs("relapse", tuple(arms), tuple(contrasts), priors(), ()), truth


def judged(seed: int, samples: int = 400) -> dict[str, tuple[bool, float]]:
    """For each parameter whether its 95% interval holds the truth, and how far off the mean is, in posterior sd."""
    from stepdown.evidence.fit import fit

    inputs, truth = simulate(seed)
    found = fit(inputs, samples=samples, warmup=400, seed=seed).flat()
    told = {}
    for name, value in truth.items():
        low, high = np.quantile(found[name], (0.025, 0.975))
        told[name] = bool(low <= value <= high), float((found[name].mean() - value) / found[name].std())
    return told


if __name__ == "__main__":
    hits: dict[str, list[bool]] = {}
    for run in range(int(sys.argv[1])):
        for key, (inside, _) in judged(1000 + run).items():
            hits.setdefault(key, []).append(inside)
        flat = [hit for row in hits.values() for hit in row]
        print(f"{run + 1} runs: {sum(flat)} of {len(flat)} intervals hold the truth", flush=True)
    for key, row in sorted(hits.items()):
        print(f"  {key}: {sum(row)} of {len(row)}")
