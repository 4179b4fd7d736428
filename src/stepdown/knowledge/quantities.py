"""What the evidence synthesis reads: the arms and contrasts of studies, and what is believed before them.

No document here repeats a figure of a study: it points at it as `study/estimate`. What the study does not print in the
form that the model needs stands under `counts` with how it was derived.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from stepdown.knowledge.grounds import Document, Grounded, Text

Outcome = Literal["relapse", "mri-activity", "disability-worsening", "serious-infection"]
"""The outcomes of the model, a closed list."""

Change = Literal["continue", "extend-interval", "reduce-dose", "switch-lower", "switch-lateral", "discontinue"]
"""The option kinds that people of an arm had."""

Role = Literal["fit", "replicate", "unused"]
"""Whether a figure informs the fit, is only held against it, or can do neither (`why` says what is missing)."""

Reference = r"^[a-z0-9]+(?:[-_.][a-z0-9]+)*/[a-z0-9]+(?:[-_.][a-z0-9]+)*$"
_FORM = ConfigDict(extra="forbid", frozen=True)


class Covariate(BaseModel):
    """Mean and standard deviation of a covariate in an arm; `at_least` where only a condition of entry is known."""

    model_config = _FORM

    mean: float | None = None
    sd: float | None = Field(default=None, gt=0)
    at_least: float | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Covariate:
        if (self.mean is None) == (self.at_least is None):
            raise ValueError("give the mean or at_least; leave the covariate out where nothing is known")
        return self


class Counts(BaseModel):
    """What the estimate leaves out (people, person-years, horizon in years, events), and how it was derived."""

    model_config = _FORM

    n: int | None = Field(default=None, gt=0)
    events: int | None = Field(default=None, ge=0)
    person_years: float | None = Field(default=None, gt=0)
    horizon_years: float | None = Field(default=None, gt=0)
    derived: Text


Mix = dict[str, float]
"""Shares by class of drug; they sum to one."""


def _is_mix(mix: Mix) -> bool:
    return not mix or (abs(sum(mix.values()) - 1) < 0.011 and min(mix.values()) > 0)


class Arm(Document):
    """One group of a study: what happened to whom, on which drug, under which option.

    `classes` is the drug of the index date, `to` the drug switched to. `reads: complement` takes a share free of the
    event. `progressive` is the share with progressive disease. `selection` says how people came into the arm;
    `immortal_months` are months after the change in which, by the way people entered, no event can have been seen.
    """

    outcome: Outcome
    estimate: str = Field(pattern=Reference)
    reads: Literal["as-printed", "complement"] = "as-printed"
    counts: Counts | None = None
    option: Change
    classes: Mix = Field(min_length=1)
    to: Mix = Field(default_factory=dict)
    age: Covariate | None = None
    quiet_years: Covariate | None = None
    progressive: float | None = Field(default=None, ge=0, le=1)
    edss: Covariate | None = None
    selection: tuple[Literal["stable", "entry-delayed", "stopped-early", "mixed", "failing", "trial"], ...] = ()
    immortal_months: float = Field(default=0, ge=0)
    role: Role
    quality: Literal["high", "moderate", "low", "very-low"]
    why: Text

    @model_validator(mode="after")
    def _fits(self) -> Arm:
        if not (_is_mix(self.classes) and _is_mix(self.to)):
            raise ValueError("the shares of classes do not sum to one")
        if bool(self.to) != (self.option in ("switch-lower", "switch-lateral")):
            raise ValueError("'to' goes with a switch, and only with one")
        return self

    @property
    def study(self) -> str:
        """Id of the study."""
        return self.estimate.split("/")[0]


class Observes(BaseModel):
    """What a contrast is a measurement of: the effect of an option, a modifier, or one drug against another.

    `difference` is how far the compared groups lie apart in the modifier, in its own unit; an empty `versus` is no
    treatment. `terms` is for what is none of these: a sum of parameters, each with its factor.
    """

    model_config = _FORM

    effect: Literal["discontinue", "extend-interval", "reduce-dose", "switch"] | None = None
    classes: Mix = Field(default_factory=dict)
    to: Mix = Field(default_factory=dict)
    modifier: str | None = None
    difference: float | None = None
    drug: Mix = Field(default_factory=dict)
    versus: Mix = Field(default_factory=dict)
    terms: dict[str, float] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_thing(self) -> Observes:
        named = [self.effect is not None, self.modifier is not None, bool(self.drug), bool(self.terms)]
        if named.count(True) != 1:
            raise ValueError("a contrast observes one of: effect, modifier, drug, terms")
        if (self.effect is not None) != bool(self.classes) or (self.effect == "switch") != bool(self.to):
            raise ValueError("an effect names the classes it comes from, and a switch those it goes to")
        if (self.modifier is None) != (self.difference is None):
            raise ValueError("a modifier goes with the difference between the groups")
        if not (_is_mix(self.classes) and _is_mix(self.to) and _is_mix(self.drug) and _is_mix(self.versus)):
            raise ValueError("the shares of classes do not sum to one")
        return self


def _on_the_scale(extra: float) -> float:
    if extra not in INDIRECTNESS:
        raise ValueError(f"indirectness is one of {', '.join(map(str, INDIRECTNESS))}")
    return extra


INDIRECTNESS = (0, 0.2, 0.4)
"""Extra spread on the log scale: direct and randomised; direct and observational; another class, era or population."""
Indirectness = Annotated[float, AfterValidator(_on_the_scale)]


class Contrast(Document):
    """A comparison within one study: a printed ratio, or two arms of which the first was changed.

    `inverse` where the ratio is printed the other way round; `p` (two-sided) or `se` (log scale) where no interval is;
    `control_risk` turns a ratio of risks into one of rates. `person_time` is `fixed` (all are seen to the end) or
    `spread` (people leave evenly over twice the mean). `follow_up_years` replaces what the estimate says.
    """

    outcome: Outcome
    estimate: str | None = Field(default=None, pattern=Reference)
    arms: tuple[str, str] | None = None
    inverse: bool = False
    p: float | None = Field(default=None, gt=0, lt=1)
    se: float | None = Field(default=None, gt=0)
    control_risk: float | None = Field(default=None, gt=0, lt=1)
    observes: Observes
    follow_up_years: float | None = Field(default=None, gt=0)
    person_time: Literal["fixed", "spread"] = "fixed"
    indirectness: Indirectness
    role: Role
    why: Text

    @model_validator(mode="after")
    def _one_source(self) -> Contrast:
        if (self.estimate is None) == (self.arms is None):
            raise ValueError("a contrast rests on an estimate or on two arms")
        return self


class Belief(Document, Grounded):
    """What is believed of parameters before the studies of the synthesis, the same for each class that it names.

    `log-normal` takes the median as `center` and the standard deviation of the logarithm as `spread`; a `sign` cuts a
    normal distribution off at zero. Shapes are in months since the last dose. An `order` names what may not exceed
    what in the draws for decisions.

    A modifier says how a person is read: which `variable`, on which `scale`. `linear` counts in steps of `per` from
    `at`; `log1p` takes logarithms of one plus the value, from `at`; `ramp` rises from 0 at zero to 1 at `at`; `step` is
    1 from `at`; `is` is 1 for one of `values` (of a category) or for a truth. `between` is a modifier that is learnt
    between arms: `stable` from how they were selected, `progressive` from its share.
    """

    outcome: Outcome
    kind: Literal[
        "baseline",
        "background",
        "drug",
        "effect",
        "leaving",
        "modifier",
        "between",
        "spread",
        "shape",
        "covariate",
        "order",
    ]
    of: str | None = None
    classes: tuple[str, ...] = ()
    distribution: Literal["normal", "half-normal", "log-normal"] | None = None
    center: float = 0.0
    spread: float | None = Field(default=None, gt=0)
    sign: Literal["negative", "positive"] | None = None
    unit: str = "1"
    at: float | None = None
    variable: str | None = None
    scale: Literal["linear", "log1p", "ramp", "step", "is"] | None = None
    per: float = Field(default=1.0, gt=0)
    values: tuple[str, ...] = ()
    order: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> Belief:
        if self.kind == "order":
            if len(self.order) < 2:
                raise ValueError("an order names at least two options")
        elif self.of is None or self.distribution is None or self.spread is None:
            raise ValueError("say what it is a belief of, its distribution and its spread")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters, `discontinue:natalizumab` or `age`."""
        return tuple(f"{self.of}:{name}" for name in self.classes) or ((self.of,) if self.of else ())
