"""The numbers of one outcome, from the documents: what the fit reads and what its digest is made of.

A count is taken as printed. A rate with an interval becomes the events and person-years that would give that
interval; a risk with an interval becomes an effective number at risk. Everything else stays as the study gives it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import orjson

from stepdown.errors import InputError
from stepdown.knowledge.library import Library
from stepdown.knowledge.quantities import Arm, Belief, Contrast, Covariate, Mix
from stepdown.knowledge.schema import Estimate

MONTHS = 12.0
COVARIATES = ("age", "quiet", "edss")
"""What arms give as a mean, or as a floor that people had to reach; a modifier of that name reads it."""
SHARES = ("stable", "progressive")
"""What arms give as a share of their people."""


@dataclass(frozen=True)
class Count:
    """Events among people or in person-time.

    Attributes:
        events: how many.
        n: people seen for `years`, where people are counted once; else None.
        person_years: person-time, where events are counted; else None.
        years: follow-up of one person in years, where it is known.
    """

    events: int
    n: int | None
    person_years: float | None
    years: float | None

    @property
    def exposure(self) -> float:
        """Person-years, as nearly as they are known."""
        return self.person_years if self.person_years is not None else float(self.n or 0) * float(self.years or 0)

    @property
    def observed(self) -> float:
        """The risk, or the rate a person-year."""
        return self.events / (self.n if self.n is not None else self.exposure)


@dataclass(frozen=True)
class ArmData:
    """One arm in numbers; `years` is the follow-up over which the time course is averaged."""

    id: str
    study: str
    option: str
    classes: Mix
    to: Mix
    count: Count
    years: float
    immortal_years: float
    age: tuple[float | None, float | None]
    quiet: tuple[float | None, float | None]
    edss: tuple[float | None, float | None]
    stable: float
    progressive: float | None
    role: str


@dataclass(frozen=True)
class ContrastData:
    """One comparison in numbers: a log ratio and its standard error, or the counts of two arms (changed, control)."""

    id: str
    study: str
    value: float | None
    se: float | None
    counts: tuple[Count, Count] | None
    control_risk: float | None
    effect: str | None
    classes: Mix
    to: Mix
    modifier: str | None
    difference: float
    drug: Mix
    versus: Mix
    terms: Mix
    years: float
    spread_time: bool
    indirectness: float
    role: str


@dataclass(frozen=True)
class Prior:
    """Distribution of one parameter before the studies."""

    name: str
    kind: str
    distribution: str
    center: float
    spread: float
    sign: str | None
    at: float | None
    variable: str | None = None
    scale: str | None = None
    per: float = 1.0
    values: tuple[str, ...] = ()

    def read(self, value: Any, xp: Any = np) -> Any:
        """A covariate on the scale of the modifier: 0 at its reference; numbers, or arrays of numpy or of JAX."""
        at = 0.0 if self.at is None else self.at
        scales = {
            "linear": lambda: (value - at) / self.per,
            "log1p": lambda: xp.log1p(value) - math.log1p(at),
            "ramp": lambda: xp.clip(value / at, 0.0, 1.0),
            "step": lambda: (value >= at) * 1.0,
            "is": lambda: value,
        }
        return scales[self.scale or "is"]()


@dataclass(frozen=True)
class Inputs:
    """All that the fit of one outcome reads."""

    outcome: str
    arms: tuple[ArmData, ...]
    contrasts: tuple[ContrastData, ...]
    priors: tuple[Prior, ...]
    orders: tuple[tuple[str, ...], ...]

    @property
    def digest(self) -> str:
        """SHA-256 of the numbers that inform the fit; prose, and figures that are not fitted, do not change it."""
        used = {
            "outcome": self.outcome,
            "arms": [asdict(arm) for arm in self.fitted],
            "contrasts": [asdict(contrast) for contrast in self.contrasts if contrast.role == "fit"],
            "priors": [asdict(prior) for prior in self.priors],
            "orders": self.orders,
        }
        return "sha256:" + hashlib.sha256(orjson.dumps(used, option=orjson.OPT_SORT_KEYS)).hexdigest()

    @property
    def fitted(self) -> tuple[ArmData, ...]:
        """Arms that inform the fit."""
        return tuple(arm for arm in self.arms if arm.role == "fit")

    @property
    def compared(self) -> tuple[ContrastData, ...]:
        """Contrasts that inform the fit."""
        return tuple(contrast for contrast in self.contrasts if contrast.role == "fit")

    def prior(self, name: str) -> Prior:
        """The prior of a parameter.

        Raises:
            InputError: nothing is believed of it.
        """
        if name not in self._by_name:
            raise InputError(f"nothing is believed of {name!r}", self.outcome, "give it a document in parameters")
        return self._by_name[name]

    def reference(self, name: str) -> float:
        """The value of a modifier at which the baseline holds."""
        at = self.prior(name).at
        if at is None:
            raise InputError(f"the belief of {name!r} has no reference", self.outcome, "give it 'at'")
        return at

    @property
    def classes(self) -> tuple[str, ...]:
        """Classes of drugs that have a baseline."""
        kind = "drug" if self.composed else "baseline"
        return tuple(p.name.split(":")[1] for p in self.priors if p.kind == kind and ":" in p.name)

    @property
    def composed(self) -> bool:
        """Whether the rate on a drug is the background of the untreated times what the drug adds."""
        return any(prior.kind == "background" for prior in self.priors)

    @property
    def slopes(self) -> tuple[Prior, ...]:
        """The modifiers that arms tell something about."""
        names = (*COVARIATES, *SHARES)
        return tuple(prior for prior in self.priors if prior.kind in ("modifier", "between") and prior.name in names)

    @property
    def _by_name(self) -> Mapping[str, Prior]:
        return {prior.name: prior for prior in self.priors}


def inputs(library: Library, outcome: str) -> Inputs:
    """Read the documents of one outcome.

    Raises:
        InputError: no documents for this outcome, or a figure that does not hold what its use needs.
    """
    beliefs = [belief for belief in library.beliefs.values() if belief.outcome == outcome]
    if not beliefs:
        known = ", ".join(outcomes(library))
        raise InputError(f"the library has no synthesis of {outcome!r}", "evidence", f"outcomes: {known}")
    arms = {arm.id: arm for arm in library.arms.values() if arm.outcome == outcome and arm.role != "unused"}
    contrasts = [c for c in library.contrasts.values() if c.outcome == outcome and c.role != "unused"]
    return Inputs(
        outcome,
        tuple(_arm(arm, library) for arm in arms.values()),
        tuple(_contrast(contrast, arms, library) for contrast in contrasts),
        tuple(prior for belief in beliefs for prior in _priors(belief)),
        tuple(belief.order for belief in beliefs if belief.order),
    )


def outcomes(library: Library) -> tuple[str, ...]:
    """Outcomes that the library has a synthesis of."""
    return tuple(dict.fromkeys(belief.outcome for belief in library.beliefs.values()))


def estimate(library: Library, reference: str) -> Estimate:
    """The figure that `study/estimate` points at.

    Raises:
        InputError: no such study or figure.
    """
    study, _, name = reference.partition("/")
    source = library.sources.get(study)
    found = next((e for e in source.estimates if e.id == name), None) if source else None
    if found is None:
        raise InputError(f"no estimate is called {reference!r}", "evidence", "write it as study/estimate")
    return found


def count(arm: Arm, library: Library) -> Count:
    """Events and exposure of an arm.

    Raises:
        InputError: the estimate and the counts of the document together do not give them.
    """
    figure, given = estimate(library, arm.estimate), arm.counts
    n = given.n if given and given.n else figure.n
    person_years = given.person_years if given and given.person_years else figure.person_years
    years = given.horizon_years if given and given.horizon_years else figure.horizon_years
    events = given.events if given and given.events is not None else figure.events
    value = figure.value
    if value is None and figure.low is not None and figure.high is not None:
        value = (figure.low + figure.high) / 2
    if arm.reads == "complement" and value is not None:
        value = 1 - value
    width = _log_width(figure)
    if figure.measure == "rate" and events is None and value and width:
        events = round(width**-2)
        person_years = events / value
    elif person_years is not None and events is None and value is not None:
        events = round(value * person_years)
    elif figure.measure == "rate" and events is None and value is not None and n and years:
        person_years = n * years
        events = round(value * person_years)
    if person_years is not None and events is not None:
        return Count(events, None, person_years, years)
    if figure.measure == "risk" and value is not None and figure.low is not None and figure.high is not None:
        n = round(value * (1 - value) / ((figure.high - figure.low) / (2 * _z(figure.level))) ** 2)
        events = None
    if events is None and value is not None and n:
        events = round(value * n)
    if events is None or not n or not years:
        raise InputError(f"{arm.id} lacks events, people or follow-up", arm.estimate, "give them under 'counts'")
    return Count(events, n, None, years)


def _arm(arm: Arm, library: Library) -> ArmData:
    found = count(arm, library)
    if not found.years:
        raise InputError(f"{arm.id} lacks its follow-up", arm.estimate, "give horizon_years under 'counts'")
    return ArmData(
        arm.id,
        arm.study,
        arm.option,
        arm.classes,
        arm.to,
        found,
        found.years,
        arm.immortal_months / MONTHS,
        _covariate(arm.age),
        _covariate(arm.quiet_years),
        _covariate(arm.edss),
        float("stable" in arm.selection),
        arm.progressive,
        arm.role,
    )


def share(arm: ArmData, name: str) -> float:
    """A share of the people of an arm.

    Raises:
        InputError: the document does not give it.
    """
    found: float | None = getattr(arm, name)
    if found is None:
        raise InputError(f"{arm.id} lacks the share {name!r}", arm.id, "give it; the model of this outcome reads it")
    return found


def _covariate(found: Covariate | None) -> tuple[float | None, float | None]:
    """Mean, and the floor where only a condition of entry is known."""
    return (None, None) if found is None else (found.mean, found.at_least)


def _contrast(contrast: Contrast, arms: Mapping[str, Arm], library: Library) -> ContrastData:
    value = se = counts = None
    years = contrast.follow_up_years
    if contrast.arms is not None:
        missing = [name for name in contrast.arms if name not in arms]
        if missing:
            raise InputError(f"no arm is called {missing[0]!r}", contrast.id, "name an arm that is used")
        changed, control = (count(arms[name], library) for name in contrast.arms)
        counts, study = (changed, control), arms[contrast.arms[0]].study
        years = years or changed.years
    else:
        assert contrast.estimate is not None
        figure = estimate(library, contrast.estimate)
        value, se = log_ratio(figure, contrast)
        study = contrast.estimate.split("/")[0]
        years = years or figure.horizon_years
    seen = contrast.observes
    if seen.effect and not years:
        raise InputError(f"{contrast.id} lacks its follow-up", contrast.id, "give follow_up_years")
    return ContrastData(
        contrast.id,
        study,
        value,
        se,
        counts,
        contrast.control_risk,
        seen.effect,
        seen.classes,
        seen.to,
        seen.modifier,
        1.0 if seen.difference is None else seen.difference,
        seen.drug,
        seen.versus,
        seen.terms,
        years or 0.0,
        contrast.person_time == "spread",
        float(contrast.indirectness),
        contrast.role,
    )


def log_ratio(figure: Estimate, contrast: Contrast) -> tuple[float, float]:
    """Logarithm of a printed ratio (or relative change) and its standard error.

    Raises:
        InputError: neither an interval nor a p or standard error tells how sure it is.
    """
    if figure.value is None:
        raise InputError("a ratio without its value", f"{contrast.estimate}", "leave it unused")
    value = math.log1p(figure.value) if figure.measure == "change" else math.log(figure.value)
    width = _log_width(figure)
    if contrast.se is not None:
        width = contrast.se
    elif contrast.p is not None:
        width = abs(value) / NormalDist().inv_cdf(1 - contrast.p / 2)
    if width is None:
        raise InputError("a ratio without interval, p or standard error", f"{contrast.estimate}", "leave it unused")
    return (-value if contrast.inverse else value), width


def _log_width(figure: Estimate) -> float | None:
    """Standard error of the logarithm, from the interval."""
    if figure.measure in ("range", "change") or not figure.low or not figure.high:
        return None
    return math.log(figure.high / figure.low) / (2 * _z(figure.level))


def _z(level: float) -> float:
    return NormalDist().inv_cdf(0.5 + level / 2)


def _priors(belief: Belief) -> list[Prior]:
    if belief.distribution is None or belief.spread is None:
        return []
    shared = (belief.kind, belief.distribution, belief.center, belief.spread, belief.sign, belief.at)
    reading = (belief.variable, belief.scale, belief.per, belief.values)
    return [Prior(name, *shared, *reading) for name in belief.names]
