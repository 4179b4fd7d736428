"""Holds the model against published groups: what it predicts for people like these, and what was seen.

A prediction is that of a new study: the spread between studies, the spread of effects and the chance of the counts are
all in its interval. The draws are those of the fit, without the order that decisions impose. What a group leaves out is
sampled: covariates from the same priors as in the fit, shares of drugs or courses evenly over all that are possible.

`any-activity` is a relapse or MRI activity, predicted from both models. The two are not independent: a study in which
relapses are common for its kind is one in which lesions are common (one study effect for both), and a share of relapses
comes with MRI activity and is not counted twice; within a person and draw the rest are independent.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stepdown.errors import InputError
from stepdown.evidence.course import Draws, derived, ratio
from stepdown.evidence.groups import ANY, GIVEN, Classes, Group
from stepdown.evidence.inputs import COVARIATES, SHARES, Inputs, Prior

STABLE = "stable"
PARTS = ("relapse", "mri-activity")
"""What makes up `any-activity`."""
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Model:
    """The draws of one outcome and the numbers behind them."""

    columns: Draws
    inputs: Inputs


@dataclass(frozen=True)
class Models:
    """Models by outcome, and the lowest and highest share of relapses that come with MRI activity."""

    of: Mapping[str, Model]
    together: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True)
class Replication:
    """A group, what was seen, and what was predicted; without a prediction, `why` says what is missing.

    `expected` are events at the mean of the prediction and `middle` at the median of the risk or rate. `rank` is the
    share of predictions below what was seen, with half of those equal to it.
    """

    id: str
    study: str
    outcome: str
    used_in_fit: bool
    unit: str
    observed: float
    events: int
    expected: float | None = None
    middle: float | None = None
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    rank: float | None = None
    why: str = ""

    @property
    def inside(self) -> bool | None:
        """Whether what was seen lies in the 95% predictive interval."""
        if self.low is None or self.high is None:
            return None
        return self.low <= self.observed <= self.high

    def plain(self) -> dict[str, Any]:
        """As `--format json` gives it."""
        predicted = None if self.mean is None else {"mean": self.mean, "low": self.low, "high": self.high}
        return {
            "id": self.id, "study": self.study, "outcome": self.outcome, "used_in_fit": self.used_in_fit,
            "unit": self.unit, "observed": self.observed, "predicted": predicted, "inside": self.inside,
            "why": self.why or None,
        }  # fmt: skip


@dataclass(frozen=True)
class Chance:
    """Random numbers of one group, keyed by name: the same whichever outcome and whatever else is predicted."""

    seed: int
    group: str
    size: int

    def random(self, name: str) -> np.random.Generator:
        """A generator of its own for each name."""
        return np.random.default_rng([self.seed, zlib.crc32(self.group.encode()), zlib.crc32(name.encode())])

    def normal(self, name: str) -> Floats:
        """Standard normal numbers, one a draw."""
        return self.random(name).standard_normal(self.size)


def replicate(models: Models, asked: Iterable[Group], seed: int = 0) -> list[Replication]:
    """Predict each group and hold it against what was seen."""
    return [_one(models, group, seed) for group in asked]


def _one(models: Models, group: Group, seed: int) -> Replication:
    name = (group.id, group.study, group.outcome, group.used_in_fit, group.unit)
    seen = (*name, group.events / group.size, group.events)
    parts = PARTS if group.outcome == ANY else (group.outcome,)
    lacking = [f"no draws of {part}" for part in parts if part not in models.of]
    why = group.why or (lacking or [_missing(models.of[part], group) for part in parts])[0]
    if why:
        return Replication(*seen, why=why)
    chance = Chance(seed, group.id, min(_size(models.of[part]) for part in parts))
    found = [rates(models.of[part], group, chance) for part in parts]
    rate = found[0] if len(found) == 1 else any_rate(found[0], found[1], models.together, chance)
    random = chance.random("events")
    if group.n is not None:
        risk = -np.expm1(-rate * (group.years - group.immortal_years))
        events, each = random.binomial(group.n, risk), risk
    else:
        events, each = random.poisson(np.minimum(rate * group.size, 1e9)), rate
    mean, middle = float(each.mean()), float(np.median(each))
    low, high = (float(np.quantile(events, q, method="inverted_cdf")) / group.size for q in (0.025, 0.975))
    rank = float((events < group.events).mean() + (events == group.events).mean() / 2)
    return Replication(*seen, mean * group.size, middle * group.size, mean, low, high, rank)


def _size(model: Model) -> int:
    return len(model.columns["tau"])


def any_rate(relapse: Floats, mri: Floats, together: tuple[float, float], chance: Chance) -> Floats:
    """Rate a year of a relapse or MRI activity: lesions, and those relapses that came without one.

    Never less than either rate, never more than their sum.
    """
    share = chance.random("together").uniform(*together, chance.size)
    return np.maximum(relapse, mri + (1 - share) * relapse)


def _missing(model: Model, group: Group) -> str:
    """Which parameter the model does not have for this group; empty if it has all that it needs."""
    goals = _usable(group.to, lambda name: f"drug:{name}" in model.columns)
    if group.option.startswith("switch") and isinstance(goals, str):
        return f"no effect of {goals}"
    found = _usable(group.classes, lambda name: not _lacking(model.columns, group.option, name))
    return _lacking(model.columns, group.option, found) if isinstance(found, str) else ""


def _lacking(columns: Draws, option: str, origin: str) -> str:
    if f"baseline:{origin}" not in columns:
        return f"no rate on {origin}"
    needed = "drug" if option.startswith("switch") else option
    return "" if option == "continue" or f"{needed}:{origin}" in columns else f"no effect of {option} from {origin}"


def _usable(classes: Classes, has: Any) -> list[str] | str:
    """The classes that the model knows; the first one that it must know and does not, where there is one."""
    unknown = [name for name in classes.shares if not has(name)]
    known = [name for name in classes.shares if has(name)]
    return unknown[0] if unknown and (classes.known or not known) else known


def rates(model: Model, group: Group, chance: Chance) -> Floats:
    """Rate a year of a new study of such people, a draw each."""
    columns = _of_drug(model.columns, group, chance.size)
    linear = columns["tau"] * chance.normal("study") + _covariates(model.inputs, columns, group, chance)
    shift = columns["tau-effect"] * chance.normal("effect")
    origins = _shares(group.classes, lambda name: not _lacking(columns, group.option, name), chance, "from")
    goals = _shares(group.to, lambda name: f"drug:{name}" in columns, chance, "to")
    total = np.zeros(chance.size)
    for origin, share in origins.items():
        change = ratio(columns, group.option, origin, goals, group.years, group.immortal_years, shift=shift)
        total += share * np.exp(columns[f"baseline:{origin}"]) * change
    return np.asarray(np.exp(linear) * total)


def _of_drug(columns: Draws, group: Group, size: int) -> dict[str, Floats]:
    """The draws; what is known of the drug itself stands in the place of what is known of its class."""
    found = {name: values[:size] for name, values in columns.items()}
    if not group.therapy or len(group.classes.shares) != 1:
        return found
    (class_,) = group.classes.shares
    own = {name: values for name, values in found.items() if name.endswith(f":{group.therapy}")}
    return found | {name.replace(f":{group.therapy}", f":{class_}"): values for name, values in own.items()}


def _shares(classes: Classes, has: Any, chance: Chance, name: str) -> dict[str, Any]:
    """Shares by class; those that are not known are drawn evenly over all mixtures, one mixture a draw."""
    if classes.known:
        return dict(classes.shares)
    parts = {of: chance.random(f"{name}:{of}").standard_exponential(chance.size) for of in classes.shares if has(of)}
    total = sum(parts.values())
    return {of: part / total for of, part in parts.items()}


def _covariates(inputs: Inputs, columns: Mapping[str, Floats], group: Group, chance: Chance) -> Floats:
    """What the people of the group add to the logarithm of the rate."""
    linear = np.zeros(chance.size)
    for prior in inputs.slopes:
        known, _ = group.covariates.get(prior.name, (None, None))
        if prior.name == STABLE and known is None:
            # A group of which nobody says how it was chosen is read as a person is: by its quiet years.
            value: Any = prior.read(_drawn("quiet", inputs, group, chance))
        elif prior.name in COVARIATES:
            value = prior.read(_drawn(prior.name, inputs, group, chance))
        elif known is not None:
            value = known
        else:
            assert prior.name in SHARES
            value = chance.random(prior.name).random(chance.size)
        linear = linear + columns[prior.name] * value
    linear = linear + _given(inputs, columns, group)
    return np.asarray(np.minimum(linear, columns.get("cap", np.inf)))


def _given(inputs: Inputs, columns: Mapping[str, Floats], group: Group) -> Any:
    """What else is told of the group and the fit does not read of arms; what is not told stays at its reference."""
    total: Any = 0.0
    for prior in inputs.priors:
        known, _ = group.covariates.get(prior.variable or "", (None, None))
        if prior.kind == "modifier" and prior.variable in GIVEN and known is not None:
            _, colon, class_ = prior.name.partition(":")
            share = group.classes.shares.get(class_, 0.0) if colon else 1.0
            total = total + share * columns[prior.name] * prior.read(known)
    return total


def _drawn(name: str, inputs: Inputs, group: Group, chance: Chance) -> Any:
    """A covariate of the group, sampled where it is not known."""
    mean, floor = group.covariates.get(name, (None, None))
    if mean is not None:
        return mean
    prior = inputs.prior(f"{name}-unknown" if floor is None else f"{name}-above")
    return (floor or 0.0) + sample(prior, chance.random(name), chance.size)


def sample(prior: Prior, random: np.random.Generator, size: int) -> Floats:
    """Draws of a prior.

    Raises:
        InputError: the sign leaves next to nothing of the distribution.
    """
    noise = random.standard_normal(size)
    if prior.distribution == "log-normal":
        return np.asarray(prior.center * np.exp(prior.spread * noise))
    if prior.distribution == "half-normal":
        return np.abs(prior.spread * noise)
    value = prior.center + prior.spread * noise
    if prior.sign is None:
        return value
    sign = 1.0 if prior.sign == "positive" else -1.0
    for _ in range(100):
        wrong = sign * value < 0
        if not wrong.any():
            return value
        value[wrong] = prior.center + prior.spread * random.standard_normal(int(wrong.sum()))
    raise InputError(f"the sign of {prior.name!r} leaves nothing of it", "parameters", "move its center")


def prior_draws(inputs: Inputs, size: int, seed: int = 0) -> dict[str, Floats]:
    """What was believed before the studies, for the check of what the priors alone predict."""
    random = np.random.default_rng(seed)
    found = {p.name: sample(p, random, size) for p in inputs.priors if p.kind != "covariate"}
    if not inputs.composed:
        for name in inputs.classes:
            found[f"baseline:{name}"] = found["baseline-mean"] + found["baseline-spread"] * found[f"baseline:{name}"]
    return found | derived(inputs, found)
