"""The arm-level Bayesian meta-regression of one outcome, in two modules.

The first learns effects and modifiers from comparisons within studies. The second learns the rates on each class of
drug from the arms, given the effects, and feeds nothing back: in every step it takes the effects of one draw of the
first module as given (a cut; Plummer 2015, doi:10.1007/s11222-014-9503-z). Needs the extra `evidence`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from jax.scipy.special import logsumexp

from stepdown.evidence.course import derived, ratio
from stepdown.evidence.inputs import SHARES, ArmData, ContrastData, Inputs, Prior, share

EFFECT_KINDS = ("background", "drug", "effect", "leaving", "modifier", "shape")
"""Kinds of parameters of the first module, beside the spread of effects."""


def prior_of(prior: Prior) -> Any:
    """The distribution of a prior."""
    if prior.distribution == "half-normal":
        return dist.HalfNormal(prior.spread)
    if prior.distribution == "log-normal":
        return dist.LogNormal(np.log(prior.center), prior.spread)
    if prior.sign == "negative":
        return dist.TruncatedNormal(prior.center, prior.spread, high=0.0)
    if prior.sign == "positive":
        return dist.TruncatedNormal(prior.center, prior.spread, low=0.0)
    return dist.Normal(prior.center, prior.spread)


def effects_model(inputs: Inputs, keep: Any, seen: bool = True) -> None:
    """The first module: effects, modifiers and shapes, from contrasts.

    Args:
        inputs: the numbers.
        keep: one truth a contrast; a false one is left out.
        seen: whether the studies are looked at; the prior alone where not.
    """
    draws = {p.name: numpyro.sample(p.name, prior_of(p)) for p in inputs.priors if p.kind in EFFECT_KINDS}
    draws |= derived(inputs, draws, jnp)
    tau = numpyro.sample("tau-effect", prior_of(inputs.prior("tau-effect")))
    for index, contrast in enumerate(inputs.compared if seen else ()):
        _likelihood(contrast, draws, tau, keep[index])


def _likelihood(contrast: ContrastData, draws: Mapping[str, Any], tau: Any, keep: Any) -> None:
    predicted = log_ratio(contrast, draws)
    scale = abs(contrast.difference)
    wide = scale * jnp.sqrt(contrast.indirectness**2 + tau**2)
    if contrast.counts is None:
        assert contrast.value is not None
        assert contrast.se is not None
        around = dist.Normal(predicted, jnp.sqrt(contrast.se**2 + wide**2)).mask(keep)
        numpyro.sample(f"seen:{contrast.id}", around, obs=contrast.value)
        return
    # The sum of both arms is given, so that their common rate falls out: exact however few the events.
    changed, control = contrast.counts
    noise = numpyro.sample(f"noise:{contrast.id}", dist.Normal(0.0, 1.0))
    logits = predicted + wide * noise + np.log(changed.exposure / control.exposure)
    both = dist.Binomial(changed.events + control.events, logits=logits).mask(keep)
    numpyro.sample(f"seen:{contrast.id}", both, obs=changed.events)


def log_ratio(contrast: ContrastData, draws: Mapping[str, Any], xp: Any = jnp) -> Any:
    """What a contrast should show: the logarithm of the ratio over its follow-up."""
    if contrast.modifier is not None:
        return draws[contrast.modifier] * contrast.difference
    if contrast.terms:
        return sum(factor * draws[name] for name, factor in contrast.terms.items())
    if contrast.effect is not None:
        found = sum(
            share
            * ratio(draws, contrast.effect, origin, contrast.to, contrast.years, spread=contrast.spread_time, xp=xp)
            for origin, share in contrast.classes.items()
        )
        return xp.log(found)
    between = _mixed(contrast.drug, draws, xp) - _mixed(contrast.versus, draws, xp)
    if contrast.control_risk is None:
        return between
    hazard = -np.log1p(-contrast.control_risk)
    return xp.log(-xp.expm1(-hazard * xp.exp(between))) - np.log(contrast.control_risk)


def _mixed(mix: Mapping[str, float], draws: Mapping[str, Any], xp: Any) -> Any:
    """Logarithm of the mean ratio of a mixture of drugs against no treatment."""
    return xp.log(sum(share * xp.exp(draws[f"drug:{name}"]) for name, share in mix.items())) if mix else 0.0


def rates_model(inputs: Inputs, table: Mapping[str, Any], keep: Any, seen: bool = True) -> None:
    """The second module: rates on each class of drug, from arms, given one draw of the effects.

    Args:
        inputs: the numbers.
        table: per draw of the first module, as `ratio_table` gives it.
        keep: one truth an arm; a false one is left out.
        seen: whether the studies are looked at; the prior alone where not.
    """
    arms = inputs.fitted
    row = numpyro.sample("row", dist.Categorical(probs=jnp.ones(len(table["ratio"])) / len(table["ratio"])))
    numpyro.sample("turn", dist.Categorical(probs=jnp.ones(TURNS) / TURNS))
    rates = table["baseline"][row] if inputs.composed else _baseline(inputs)
    tau = numpyro.sample("tau", prior_of(inputs.prior("tau")))
    shares = np.array([[arm.classes.get(name, 0.0) for name in inputs.classes] for arm in arms])
    weights = np.where(shares > 0, np.log(np.where(shares > 0, shares, 1.0)), NEVER)
    expected = logsumexp(rates + weights + table["ratio"][row], axis=1)
    known = covariates(inputs, arms)
    for prior in inputs.slopes:
        learnt = prior.kind == "between"
        slope = numpyro.sample(prior.name, prior_of(prior)) if learnt else table[prior.name][row]
        value = known[prior.name]
        expected = expected + slope * (value if prior.name in SHARES else prior.read(value, jnp))
    studies, anchors = _anchors(arms)
    with numpyro.plate("studies", len(anchors)):
        level = numpyro.sample("level", dist.Normal(expected[anchors], tau))
    if seen:
        _observe(arms, (level - expected[anchors])[studies] + expected, keep)


def _baseline(inputs: Inputs) -> Any:
    """Logarithm of the rate on each class, drawn around their common mean."""
    mean = numpyro.sample("baseline-mean", prior_of(inputs.prior("baseline-mean")))
    between = numpyro.sample("baseline-spread", prior_of(inputs.prior("baseline-spread")))
    with numpyro.plate("classes", len(inputs.classes)):
        class_noise = numpyro.sample("class-noise", dist.Normal(0.0, 1.0))
    return numpyro.deterministic("baseline", mean + between * class_noise)


NEVER = -1e9
"""Logarithm of a share that is none."""


def _anchors(arms: Sequence[ArmData]) -> tuple[np.ndarray, np.ndarray]:
    """Study of each arm, and the arm with most events of each study.

    The rate of that arm is the parameter of its study: what the arm says then stays the same when the effects are
    drawn anew, and the chain need not move far.
    """
    names = sorted({arm.study for arm in arms})
    largest = [max((a for a in arms if a.study == name), key=lambda a: a.count.events) for name in names]
    return np.array([names.index(arm.study) for arm in arms]), np.array([arms.index(arm) for arm in largest])


def covariates(inputs: Inputs, arms: Sequence[ArmData]) -> dict[str, Any]:
    """What is read of each arm, by modifier; what a study does not print is sampled once for all its arms."""
    drawn: dict[str, Any] = {}

    def value(arm: ArmData, name: str) -> Any:
        if name in SHARES:
            return jnp.asarray(share(arm, name), float)
        mean, floor = getattr(arm, name)
        if mean is not None:
            return jnp.asarray(mean, float)
        prior = f"{name}-unknown" if floor is None else f"{name}-above"
        site = f"{name}:{arm.study}:{floor}"
        if site not in drawn:
            drawn[site] = numpyro.sample(site, prior_of(inputs.prior(prior)))
        return (floor or 0.0) + drawn[site]

    return {prior.name: jnp.stack([value(arm, prior.name) for arm in arms]) for prior in inputs.slopes}


def _observe(arms: Sequence[ArmData], log_rate: Any, keep: Any) -> None:
    """People counted once follow a binomial distribution, events in person-time a Poisson distribution."""
    once = np.array([arm.count.n is not None for arm in arms])
    events = np.array([arm.count.events for arm in arms])
    time = np.array([arm.count.exposure for arm in arms])
    years = np.array([arm.years - arm.immortal_years for arm in arms])
    n = np.array([arm.count.n or 0 for arm in arms])
    if once.any():
        risk = -jnp.expm1(-jnp.exp(log_rate[once]) * years[once])
        binomial = dist.Binomial(n[once], probs=jnp.clip(risk, 1e-9, 1 - 1e-9)).mask(keep[once])
        numpyro.sample("people", binomial, obs=events[once])
    if not once.all():
        poisson = dist.Poisson(jnp.exp(log_rate[~once]) * time[~once]).mask(keep[~once])
        numpyro.sample("events", poisson, obs=events[~once])


def ratio_table(inputs: Inputs, draws: Mapping[str, np.ndarray], seed: int) -> dict[str, Any]:
    """What the second module needs of each draw of the first.

    Each arm of a change has heterogeneity of its own, drawn afresh.

    Returns:
        `ratio`: logarithm of the mean ratio, shape (draw, arm, class); the slopes that arms tell something about,
        by name, shape (draw); and `baseline`, shape (draw, class), where rates are composed.
    """
    size, random = len(draws["tau-effect"]), np.random.default_rng(seed)
    full = {**draws, **derived(inputs, draws)}
    found = np.zeros((size, len(inputs.fitted), len(inputs.classes)))
    for index, arm in enumerate(inputs.fitted):
        shift = random.standard_normal(size) * draws["tau-effect"]
        for origin in arm.classes:
            value = ratio(full, arm.option, origin, arm.to, arm.years, arm.immortal_years, shift=shift)
            found[:, index, inputs.classes.index(origin)] = np.log(value)
    table = {"ratio": found, **{p.name: draws[p.name] for p in inputs.slopes if p.kind == "modifier"}}
    if inputs.composed:
        table["baseline"] = np.stack([full[f"baseline:{name}"] for name in inputs.classes], axis=-1)
    return {name: jnp.asarray(value) for name, value in table.items()}


TURNS = 5
"""Steps of the second module a draw of the first; the last of them is kept, when the chain has come to rest."""


def fresh_row(table: Mapping[str, Any]) -> Any:
    """The step of the cut: after some turns another draw of the first module, whatever the arms say."""
    size = len(table["ratio"])

    def step(rng_key: Any, gibbs_sites: Mapping[str, Any], hmc_sites: Mapping[str, Any]) -> dict[str, Any]:
        turn = (gibbs_sites["turn"] + 1) % TURNS
        fresh = jax.random.randint(rng_key, (), 0, size, dtype=gibbs_sites["row"].dtype)
        return {"row": jnp.where(turn == 0, fresh, gibbs_sites["row"]), "turn": turn}

    return step
