"""Holds the model against published groups: what it predicts for people like these, and what was seen.

A prediction is that of a new study: the spread between studies, the spread of effects and the chance of the counts are
all in its interval. The draws are those of the fit, without the order that decisions impose. What an entry leaves
out is sampled from the same prior as in the fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from stepdown.errors import InputError
from stepdown.evidence.course import Draws, ratio
from stepdown.evidence.draws import Posterior
from stepdown.evidence.inputs import COVARIATES, SHARES, ArmData, Inputs, Prior
from stepdown.knowledge.library import Library
from stepdown.knowledge.quantities import Mix
from stepdown.knowledge.yamlfile import parse, read_bytes

PROGRESSIVE = {"cis": 0.0, "rrms": 0.0, "spms": 1.0, "ppms": 1.0}
STABLE = "stable"
OPTIONS = ("continue", "extend-interval", "reduce-dose", "switch-lower", "switch-lateral", "discontinue")


class Entry(BaseModel):
    """One published group. Null is unknown; `class` is a class, `platform`, `unknown` or shares of classes."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    id: str
    study: str
    n: int | None = Field(default=None, gt=0)
    age: float | None = None
    age_sd: float | None = None
    female: float | None = None
    course: str | None = None
    class_: str | Mix = Field(alias="class")
    therapy: str | None = None
    option: str
    interval_weeks: float | None = None
    from_interval_weeks: float | None = None
    dose_mg: float | None = None
    years_since_relapse: float | None = Field(default=None, ge=0)
    years_since_mri_activity: float | None = Field(default=None, ge=0)
    years_on_therapy: float | None = None
    edss: float | None = None
    igg: float | None = None
    comorbidities: float | None = None
    b_cells: float | None = None
    outcome: Literal["relapse", "mri-activity", "any-activity", "disability-worsening", "serious-infection"]
    horizon_years: float | None = Field(default=None, gt=0)
    events: int = Field(ge=0)
    person_years: float | None = Field(default=None, gt=0)
    used_in_fit: bool = False
    quality: str | None = None
    in_evidence: str | None = None
    derived: bool | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _counted(self) -> Entry:
        if self.person_years is None and (self.n is None or self.horizon_years is None):
            raise ValueError("give n and horizon_years, or person_years")
        if self.person_years is None and self.n is not None and self.events > self.n:
            raise ValueError("there are more events than people")
        if self.option.partition(":")[0] not in OPTIONS:
            raise ValueError(f"option is one of {', '.join(OPTIONS)}")
        return self


@dataclass(frozen=True)
class Group:
    """A published group in the words of the model; floors are conditions of entry."""

    id: str
    study: str
    option: str
    classes: Mix
    to: Mix
    covariates: Mapping[str, tuple[float | None, float | None]]
    events: int
    n: int | None
    person_years: float | None
    years: float
    immortal_years: float
    used_in_fit: bool
    unit: str


@dataclass(frozen=True)
class Replication:
    """A group, what was seen, and what was predicted; without a prediction, `why` says what is missing."""

    id: str
    study: str
    used_in_fit: bool
    unit: str
    observed: float
    events: int
    expected: float | None = None
    mean: float | None = None
    low: float | None = None
    high: float | None = None
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
            "id": self.id, "study": self.study, "used_in_fit": self.used_in_fit, "unit": self.unit,
            "observed": self.observed, "predicted": predicted, "inside": self.inside, "why": self.why,
        }  # fmt: skip


def groups(inputs: Inputs) -> list[Group]:
    """The arms of the library."""
    return [_of_arm(arm) for arm in inputs.arms]


def _of_arm(arm: ArmData) -> Group:
    unit = "1" if arm.count.n is not None else "1/a"
    count = arm.count
    return Group(
        arm.id, arm.study, arm.option, arm.classes, arm.to, _known(arm), count.events, count.n,
        count.person_years, arm.years, arm.immortal_years, arm.role == "fit", unit,
    )  # fmt: skip


def _known(arm: ArmData) -> dict[str, tuple[float | None, float | None]]:
    means = {name: getattr(arm, name) for name in COVARIATES}
    return means | {name: (getattr(arm, name), None) for name in SHARES}


def read_entries(path: Path) -> list[Entry]:
    """Read a file of published groups.

    Raises:
        InputError: not a list of entries, or an entry with a wrong or unknown field.
    """
    located = parse(read_bytes(path), str(path))
    if not isinstance(located.data, list):
        raise InputError("is not a list of groups", str(path), "see docs/evidence-synthesis.md")
    found = []
    for index, data in enumerate(located.data):
        try:
            found.append(Entry.model_validate(data))
        except ValidationError as error:
            fault = error.errors()[0]
            where = f"{path}:{located.line((index, *fault['loc'][:1]))}"
            key = ".".join(str(part) for part in fault["loc"]) or "entry"
            what = f"{key}: {fault['msg'].removeprefix('Value error, ')}"
            raise InputError(what, where, "see docs/evidence-synthesis.md") from None
    return found


def group_of(entry: Entry, library: Library, inputs: Inputs) -> Group:
    """An entry of a file in the words of the model.

    Raises:
        InputError: a class or drug that the library does not know.
    """
    option, _, goal = entry.option.partition(":")
    to: Mix = {}
    if goal:
        if goal not in library.therapies:
            raise InputError(f"no drug is called {goal!r}", entry.id, "use the id of a therapy document")
        to = {library.therapies[goal].class_: 1.0}
    mri, relapse = entry.years_since_mri_activity, entry.years_since_relapse
    known = [years for years in (relapse, mri) if years is not None]
    quiet = min(known) if known else None
    covariates = {
        "age": (entry.age, None),
        "quiet": (quiet, None),
        "edss": (entry.edss, None),
        "stable": (None, None),
        "progressive": (PROGRESSIVE.get(entry.course or ""), None),
    }
    return Group(
        entry.id, entry.study, option, _classes(entry, library, inputs), to, covariates, entry.events,
        entry.n if entry.person_years is None else None,
        entry.person_years, entry.horizon_years or (entry.person_years or 0) / (entry.n or 1), 0.0,
        entry.used_in_fit, "1" if entry.person_years is None else "1/a",
    )  # fmt: skip


def _classes(entry: Entry, library: Library, inputs: Inputs) -> Mix:
    """Shares of classes; `platform` is an even mixture of the milder ones, `unknown` of all."""
    named = entry.class_
    if isinstance(named, str):
        if named == "platform":
            mild = [name for name in inputs.classes if library.classes[name].efficacy == "moderate"]
            return {name: 1 / len(mild) for name in mild}
        if named == "unknown":
            return {name: 1 / len(inputs.classes) for name in inputs.classes}
        named = {named: 1.0}
    unknown = [name for name in named if name not in library.classes]
    if unknown:
        raise InputError(f"no class is called {unknown[0]!r}", entry.id, f"classes: {', '.join(library.classes)}")
    return named


def replicate(columns: Draws, inputs: Inputs, asked: Iterable[Group], seed: int = 0) -> list[Replication]:
    """Predict each group and hold it against what was seen."""
    return [_one(columns, inputs, group, np.random.default_rng([seed, index])) for index, group in enumerate(asked)]


def replicate_entries(
    posterior: Posterior, library: Library, entries: Iterable[Entry], seed: int = 0
) -> list[Replication]:
    """As `replicate`, for the entries of a file; those of another outcome are named without a prediction."""
    found = []
    for index, entry in enumerate(entries):
        group = group_of(entry, library, posterior.inputs)
        if entry.outcome == posterior.inputs.outcome:
            random = np.random.default_rng([seed, index])
            found.append(_one(posterior.columns, posterior.inputs, group, random))
        else:
            why = f"no synthesis of {entry.outcome}"
            size = group.n if group.n is not None else group.person_years or 0.0
            seen = (group.id, group.study, group.used_in_fit, group.unit, group.events / size, group.events)
            found.append(Replication(*seen, why=why))
    return found


def _one(columns: Draws, inputs: Inputs, group: Group, random: np.random.Generator) -> Replication:
    size = group.n if group.n is not None else group.person_years or 0.0
    seen = (group.id, group.study, group.used_in_fit, group.unit, group.events / size, group.events)
    missing = _missing(columns, group)
    if missing:
        return Replication(*seen, why=missing)
    rate = rates(columns, inputs, group, random)
    if group.n is not None:
        risk = -np.expm1(-rate * (group.years - group.immortal_years))
        events = random.binomial(group.n, risk)
        expected = float(risk.mean() * group.n)
    else:
        events = random.poisson(np.minimum(rate * size, 1e9))
        expected = float(rate.mean() * size)
    low, high = np.quantile(events / size, (0.025, 0.975))
    return Replication(*seen, expected, expected / size, float(low), float(high))


def _missing(columns: Draws, group: Group) -> str:
    """Which parameter the model does not have for this group; empty if it has all."""
    for origin in group.classes:
        if f"baseline:{origin}" not in columns:
            return f"no baseline on {origin}"
        if group.option.startswith("switch"):
            for goal in group.to or {"": 1}:
                if f"drug:{goal}" not in columns:
                    return f"no effect of {goal or 'an unnamed drug'}"
        elif group.option != "continue" and f"{group.option}:{origin}" not in columns:
            return f"no effect of {group.option} from {origin}"
    return ""


def rates(columns: Draws, inputs: Inputs, group: Group, random: np.random.Generator) -> np.ndarray:
    """Rate a year of a new study of such people, a draw each."""
    size = len(columns["tau"])
    linear = columns["tau"] * random.standard_normal(size)
    asked = {"quiet" if prior.name == STABLE else prior.name for prior in inputs.slopes}
    means = {
        name: _covariate(group.covariates[name], name, inputs, random, size) for name in COVARIATES if name in asked
    }
    for prior in inputs.slopes:
        if prior.name in SHARES:
            known, _ = group.covariates[prior.name]
            # A group of which nobody says how it was chosen is read as a person is: by its quiet years.
            value = prior.read(means["quiet"]) if known is None and prior.name == STABLE else known
            assert value is not None
        else:
            value = prior.read(means[prior.name])
        linear = linear + columns[prior.name] * value
    shift = columns["tau-effect"] * random.standard_normal(size)
    total = np.zeros(size)
    for origin, share in group.classes.items():
        change = ratio(columns, group.option, origin, group.to, group.years, group.immortal_years, shift=shift)
        total += share * np.exp(columns[f"baseline:{origin}"]) * change
    return np.asarray(np.exp(linear) * total)


def _covariate(
    known: tuple[float | None, float | None], name: str, inputs: Inputs, random: np.random.Generator, size: int
) -> Any:
    mean, floor = known
    if mean is not None:
        return mean
    prior = inputs.prior(f"{name}-unknown" if floor is None else f"{name}-above")
    return (floor or 0.0) + sample(prior, random, size)


def sample(prior: Prior, random: np.random.Generator, size: int) -> np.ndarray:
    """Draws of a prior."""
    noise = random.standard_normal(size)
    if prior.distribution == "log-normal":
        return np.asarray(prior.center * np.exp(prior.spread * noise))
    if prior.distribution == "half-normal":
        return np.abs(prior.spread * noise)
    value = prior.center + prior.spread * noise
    if prior.sign is not None:
        # Every prior with a sign is centred at zero, where folding is the same as cutting off.
        value = np.abs(value) if prior.sign == "positive" else -np.abs(value)
    return value


def prior_draws(inputs: Inputs, size: int, seed: int = 0) -> dict[str, np.ndarray]:
    """What was believed before the studies, for the check of what the priors alone predict."""
    random = np.random.default_rng(seed)
    found = {p.name: sample(p, random, size) for p in inputs.priors if p.kind != "covariate"}
    for name in inputs.classes:
        found[f"baseline:{name}"] = found["baseline-mean"] + found["baseline-spread"] * found[f"baseline:{name}"]
    return found


@dataclass(frozen=True)
class Tally:
    """How well a set of groups was predicted; a calibration band is (predicted, seen, events, groups).

    `ratio` is dominated by the largest group; `typical` is the geometric mean of the groups' own ratios, with half an
    event added on both sides.
    """

    groups: int
    inside: int
    observed: int
    expected: float
    typical: float
    bands: tuple[tuple[float, float, int, int], ...]

    @property
    def ratio(self) -> float:
        """Events seen over events predicted."""
        return self.observed / self.expected if self.expected else float("nan")


def tally(found: Sequence[Replication], bands: int = 3) -> Tally:
    """Coverage, observed over expected, and calibration in bands of the predicted value a year or a person."""
    told = sorted((r for r in found if r.mean is not None), key=lambda r: r.mean or 0.0)
    split = [part for part in np.array_split(np.arange(len(told)), bands) if len(part)]
    rows = []
    for part in split:
        chosen = [told[index] for index in part]
        means = float(np.mean([r.mean for r in chosen if r.mean is not None]))
        seen = float(np.mean([r.observed for r in chosen]))
        rows.append((means, seen, sum(r.events for r in chosen), len(chosen)))
    return Tally(
        len(told),
        sum(bool(r.inside) for r in told),
        sum(r.events for r in told),
        sum(r.expected or 0.0 for r in told),
        float(np.exp(np.mean([np.log((r.events + 0.5) / ((r.expected or 0.0) + 0.5)) for r in told]))) if told else 1.0,
        tuple(rows),
    )


def summary(found: Sequence[Replication]) -> Mapping[str, Tally]:
    """The tally of groups used in the fit and of the others, apart."""
    return {
        name: tally([r for r in found if r.used_in_fit == used])
        for name, used in (("used in the fit", True), ("not used", False))
        if any(r.used_in_fit == used for r in found)
    }
