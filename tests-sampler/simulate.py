"""Studies with a known truth, in the form that the fit reads; `python tests-sampler/simulate.py N` counts coverage."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from stepdown.evidence.course import derived, ratio
from stepdown.evidence.inputs import SHARES, ArmData, ContrastData, Count, Inputs, Prior
from stepdown.evidence.replicate import sample

CLASSES = ("interferon", "natalizumab")
Row = tuple[str, str, str, float, float, str | None, float | None]

SHARED: list[Row] = [
    ("tau", "spread", "half-normal", 0.0, 0.5, None, None),
    ("tau-effect", "spread", "half-normal", 0.0, 0.3, None, None),
    ("stable", "between", "normal", 0.0, 1.0, "negative", None),
    ("age-unknown", "covariate", "normal", 42.0, 6.0, None, None),
    ("quiet-unknown", "covariate", "log-normal", 1.5, 0.7, None, None),
    ("quiet-above", "covariate", "log-normal", 2.0, 0.7, None, None),
]
OWN: list[Row] = [
    ("baseline-mean", "baseline", "normal", -2.5, 0.5, None, None),
    ("baseline-spread", "spread", "half-normal", 0.0, 0.5, None, None),
    ("age", "modifier", "normal", 0.0, 0.5, "negative", 45.0),
    ("quiet", "modifier", "normal", 0.0, 0.75, "negative", 3.0),
]
COMPOSED: list[Row] = [
    ("background", "background", "normal", -3.5, 0.3, None, None),
    ("age", "modifier", "normal", 0.0, 0.5, "positive", 45.0),
]
BY_CLASS: dict[bool, list[Row]] = {
    False: [
        ("baseline", "baseline", "normal", 0.0, 1.0, None, None),
        ("discontinue", "effect", "normal", 0.4, 0.75, None, None),
    ],
    True: [("drug", "drug", "normal", 0.4, 0.4, None, None)],
}
SHAPES: list[Row] = [
    ("lag", "shape", "log-normal", 2.0, 0.3, None, None),
    ("ramp", "shape", "log-normal", 3.0, 0.3, None, None),
]
READING = {"age": ("age", "linear", 10.0), "quiet": ("years_quiet", "log1p", 1.0)}


def priors(composed: bool = False) -> tuple[Prior, ...]:
    """Two classes, stopping, modifiers and selection; `composed` as for infection: a background and what drugs add."""
    plain = [
        Prior(*row, *READING.get(row[0], (None, None, 1.0))) for row in [*SHARED, *(COMPOSED if composed else OWN)]
    ]
    each = [Prior(*row) for row in [*BY_CLASS[composed], *SHAPES]]
    return (*plain, *(replace(prior, name=f"{prior.name}:{name}") for name in CLASSES for prior in each))


def contrast(name: str, value: float, se: float, years: float = 0.0, **told: object) -> ContrastData:
    """A comparison that prints a logarithm of a ratio."""
    empty = ContrastData(
        name, name, value, se, None, None, None, {}, {}, None, 1.0, {}, {}, {}, years, False, 0.0, "fit"
    )  # fmt: skip
    return replace(empty, **told)  # type: ignore[arg-type]


def truth_of(inputs: Inputs, random: np.random.Generator) -> dict[str, float]:
    """One value of every parameter, from the priors."""
    found = {p.name: float(sample(p, random, 1)[0]) for p in inputs.priors if p.kind != "covariate"}
    if not inputs.composed:
        lies = {f"baseline:{name}": found["baseline-spread"] * found[f"baseline:{name}"] for name in CLASSES}
        found |= {name: found["baseline-mean"] + value for name, value in lies.items()}
    return found


def simulate(
    seed: int, composed: bool = False, given: Mapping[str, float] | None = None
) -> tuple[Inputs, dict[str, float]]:
    """Eight comparisons of stopping, six of modifiers, eighteen arms, and the truth behind them.

    Where rates are composed, also six comparisons of drugs with no treatment, and one of a sum of parameters.
    What is `given` stands in place of what is drawn from the priors.
    """
    random = np.random.default_rng(seed)
    empty = Inputs("relapse", (), (), priors(composed), ())
    truth = truth_of(empty, random) | dict(given or {})
    draws = {name: np.array([value]) for name, value in truth.items()}
    draws |= derived(empty, draws)
    apart = {"age": 1.5} if composed else {"age": 1.5, "quiet": 0.8}
    contrasts = [_stopping(index, draws, random) for index in range(8)]
    for index in range(6):
        name = [*apart][index % len(apart)]
        wide = np.hypot(0.3, apart[name] * truth["tau-effect"])
        value = random.normal(truth[name] * apart[name], wide)
        contrasts.append(contrast(f"m{index}", value, 0.3, modifier=name, difference=apart[name]))
    if composed:
        for index in range(6):
            name = CLASSES[index % 2]
            value = random.normal(truth[f"drug:{name}"], np.hypot(0.3, truth["tau-effect"]))
            contrasts.append(contrast(f"d{index}", value, 0.3, drug={name: 1.0}))
        terms = {"drug:natalizumab": 1.0, "age": 2.0}
        value = random.normal(sum(k * truth[name] for name, k in terms.items()), np.hypot(0.2, truth["tau-effect"]))
        contrasts.append(contrast("t", value, 0.2, terms=terms))
    arms = [_arm(index, empty, draws, random) for index in range(18)]
    return replace(empty, arms=tuple(arms), contrasts=tuple(contrasts)), truth


def _stopping(index: int, draws: dict[str, np.ndarray], random: np.random.Generator) -> ContrastData:
    origin, years, se = CLASSES[index % 2], float(random.uniform(1, 5)), float(random.uniform(0.15, 0.5))
    middle = float(np.log(ratio(draws, "discontinue", origin, {}, years)[0]))
    value = random.normal(middle, np.hypot(se, draws["tau-effect"][0]))
    return contrast(f"c{index}", value, se, years, effect="discontinue", classes={origin: 1.0})


def _arm(index: int, inputs: Inputs, draws: dict[str, np.ndarray], random: np.random.Generator) -> ArmData:
    origin, option = CLASSES[index % 2], "continue" if index < 12 else "discontinue"
    seen = {"age": random.uniform(35, 65), "quiet": random.uniform(0.5, 8), "stable": float(index % 3 == 0)}
    linear = draws[f"baseline:{origin}"] + draws["tau"] * random.standard_normal()
    for prior in inputs.slopes:
        value = seen[prior.name]
        linear = linear + draws[prior.name] * (value if prior.name in SHARES else prior.read(value))
    years, shift = float(random.uniform(1, 5)), draws["tau-effect"] * random.standard_normal()
    rate = float((np.exp(linear) * ratio(draws, option, origin, {}, years, shift=shift))[0])
    n, once = int(random.integers(50, 400)), bool(index % 4)
    events = int(random.binomial(n, -np.expm1(-rate * years)) if once else random.poisson(rate * n * years))
    count = Count(events, n if once else None, None if once else n * years, years)
    known = (float(seen["age"]), None), (float(seen["quiet"]), None), (None, None), seen["stable"], None
    return ArmData(f"a{index}", f"a{index}", option, {origin: 1.0}, {}, count, years, 0.0, *known, "fit")


def judged(seed: int, samples: int = 400, composed: bool = False) -> dict[str, tuple[bool, float]]:
    """For each parameter whether its 95% interval holds the truth, and how far off the mean is, in posterior sd."""
    from stepdown.evidence.fit import fit

    inputs, truth = simulate(seed, composed)
    found = fit(inputs, samples=samples, warmup=400, seed=seed).flat()
    told = {}
    for name, value in truth.items():
        low, high = np.quantile(found[name], (0.025, 0.975))
        told[name] = bool(low <= value <= high), float((found[name].mean() - value) / found[name].std())
    return told


if __name__ == "__main__":
    hits: dict[str, list[bool]] = {}
    for run in range(int(sys.argv[1])):
        for key, (inside, _) in judged(1000 + run, composed="composed" in sys.argv).items():
            hits.setdefault(key, []).append(inside)
        flat = [hit for row in hits.values() for hit in row]
        print(f"{run + 1} runs: {sum(flat)} of {len(flat)} intervals hold the truth", flush=True)
    for key, row in sorted(hits.items()):
        print(f"  {key}: {sum(row)} of {len(row)}")
