"""Fits one outcome with NUTS, judges the chains, and hands over joint draws. Needs the extra `evidence`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from stepdown.errors import InputError
from stepdown.evidence.course import derived
from stepdown.evidence.draws import switches
from stepdown.evidence.inputs import Inputs

os.environ.setdefault("JAX_PLATFORMS", "cpu")
try:
    import jax
    import jax.numpy as jnp
    import numpyro
    from numpyro.diagnostics import summary
    from numpyro.infer import MCMC, NUTS, HMCGibbs

    numpyro.set_host_device_count(4)  # one a chain; without effect once JAX has begun to work
except ImportError as error:
    raise InputError(
        "fitting needs the extra 'evidence'", error.name or "evidence", "pip install 'stepdown[evidence]'"
    ) from None

from stepdown.evidence import synthesis

CHAINS = 4
R_HAT, ESS, DRAWS = 1.01, 1000, 10_000
"""What a fit must reach before it is written: worst R-hat, least effective sample, joint draws."""


@dataclass(frozen=True, eq=False)
class Fit:
    """Joint draws by parameter, each of shape (chains, draws), and what the chains say of themselves."""

    columns: dict[str, np.ndarray]
    diagnostics: dict[str, dict[str, float]]
    divergences: int

    @property
    def worst_r_hat(self) -> float:
        """The largest R-hat of what is reported."""
        return float(np.max([found["r_hat"] for found in self.diagnostics.values()]))

    @property
    def least_ess(self) -> float:
        """The smallest effective sample of what is reported."""
        return float(np.min([found["ess"] for found in self.diagnostics.values()]))

    def flat(self) -> dict[str, np.ndarray]:
        """The draws of all chains, one after the other."""
        return {name: value.reshape(-1) for name, value in self.columns.items()}


def fit(
    inputs: Inputs,
    samples: int = 2500,
    warmup: int = 1000,
    seed: int = 0,
    without: str | None = None,
    seen: bool = True,
) -> Fit:
    """Fit both modules.

    Args:
        inputs: the numbers of the outcome.
        samples: draws a chain, of four chains.
        warmup: draws a chain that are thrown away.
        seed: of all random numbers.
        without: a study that is left out.
        seen: whether the studies are looked at; the prior alone where not.
    """
    jax.clear_caches()  # every fit is compiled anew, and what others left adds up to gigabytes
    first, split = fit_effects(inputs, samples, warmup, seed, without, seen)
    table = synthesis.ratio_table(inputs, {name: value.reshape(-1) for name, value in first.items()}, seed)
    rates = HMCGibbs(
        NUTS(synthesis.rates_model, target_accept_prob=0.998),
        gibbs_fn=synthesis.fresh_row(table),
        gibbs_sites=["row", "turn"],
    )
    keep = jnp.array([arm.study != without for arm in inputs.fitted])
    steps = samples * synthesis.TURNS
    second, again = _run(rates, steps, warmup, _key(seed, 1), (inputs, table, keep, seen))
    last = [np.flatnonzero(turn == synthesis.TURNS - 1)[:samples] for turn in second["turn"]]
    second = {name: np.stack([v[at] for v, at in zip(value, last, strict=True)]) for name, value in second.items()}
    return _joined(inputs, first, second, split + again)


def fit_effects(
    inputs: Inputs, samples: int, warmup: int, seed: int = 0, without: str | None = None, seen: bool = True
) -> tuple[dict[str, np.ndarray], int]:
    """Fit the first module alone: draws of shape (chains, draws) by parameter, and the number of divergences."""
    numpyro.enable_x64()
    keep = jnp.array([contrast.study != without for contrast in inputs.compared])
    kernel = NUTS(synthesis.effects_model, target_accept_prob=0.95)
    found, split = _run(kernel, samples, warmup, _key(seed, 0), (inputs, keep, seen))
    return {name: value for name, value in found.items() if not name.startswith("noise:")}, split


def _key(seed: int, module: int) -> Any:
    return jax.random.split(jax.random.key(seed), 2)[module]


def _run(
    kernel: Any, samples: int, warmup: int, key: Any, arguments: tuple[Any, ...]
) -> tuple[dict[str, np.ndarray], int]:
    """Draws by site, of shape (chains, draws, ...), and the number of divergences."""
    chains = MCMC(kernel, num_warmup=warmup, num_samples=samples, num_chains=CHAINS, progress_bar=False)
    field = "hmc_state.diverging" if isinstance(kernel, HMCGibbs) else "diverging"
    chains.run(key, *arguments, extra_fields=(field,))
    found = chains.get_samples(group_by_chain=True)
    return {name: np.asarray(value) for name, value in found.items()}, int(chains.get_extra_fields()[field].sum())


def _joined(inputs: Inputs, first: Mapping[str, np.ndarray], second: Mapping[str, np.ndarray], divergences: int) -> Fit:
    """Put each draw of the rates beside the draw of the effects that it was made with."""
    names = ["tau", *(prior.name for prior in inputs.slopes if prior.kind == "between")]
    rates = {}
    if not inputs.composed:
        rates = {f"baseline:{name}": second["baseline"][..., at] for at, name in enumerate(inputs.classes)}
        names += ["baseline-mean", "baseline-spread"]
    rates |= {name: second[name] for name in names}
    first = {**first, **derived(inputs, first)}
    joint = {name: value.reshape(-1)[second["row"]] for name, value in first.items()} | rates
    reported = {**first, **switches(first), **rates}
    return Fit(joint, _judged(reported), divergences)


def _judged(columns: Mapping[str, np.ndarray]) -> dict[str, dict[str, float]]:
    """What the chains say of each parameter; one that never moves has no chain to judge."""
    told = summary({name: value for name, value in columns.items() if np.ptp(value) > 0}, prob=0.95)
    return {
        name: {
            "mean": float(found["mean"]),
            "low": float(np.quantile(columns[name], 0.025)),
            "median": float(np.median(columns[name])),
            "high": float(np.quantile(columns[name], 0.975)),
            "r_hat": float(found["r_hat"]),
            "ess": float(found["n_eff"]),
        }
        for name, found in sorted(told.items())
    }


def manifest(inputs: Inputs, found: Fit, seed: int) -> dict[str, Any]:
    """What is told beside the draws.

    Raises:
        InputError: the chains did not settle, so that nothing may be written.
    """
    draws = next(iter(found.columns.values())).size
    settled = found.worst_r_hat < R_HAT and found.least_ess > ESS  # false as well where a chain gave no number
    if not settled or found.divergences or draws < DRAWS:
        raise InputError(
            f"the chains did not settle: R-hat {found.worst_r_hat:.4f}, effective sample {found.least_ess:.0f}, "
            f"{found.divergences} divergences, {draws} draws",
            f"fit of {inputs.outcome}",
            f"R-hat below {R_HAT}, more than {ESS} effective and at least {DRAWS} joint draws are asked for: "
            "give more --samples, or look at what was changed",
        )
    return {
        "outcome": inputs.outcome,
        "digest": inputs.digest,
        "draws": draws,
        "chains": CHAINS,
        "seed": seed,
        "divergences": found.divergences,
        "worst_r_hat": round(found.worst_r_hat, 5),
        "least_ess": round(found.least_ess),
        "parameters": {name: {k: round(v, 5) for k, v in d.items()} for name, d in found.diagnostics.items()},
        "priors": [asdict(prior) for prior in inputs.priors],
        "fitted": {"arms": _ids(inputs.fitted), "contrasts": _ids(inputs.compared)},
        "sampler": {name: version(name) for name in ("numpyro", "jax")},
    }


def _ids(found: Iterable[Any]) -> list[str]:
    return [one.id for one in found]
