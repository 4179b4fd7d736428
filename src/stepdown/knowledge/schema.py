"""The documents of the library, typed. They hold knowledge and decide nothing.

Every document that claims something names its `evidence`, or is an `assumption` with its reasoning.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from stepdown.knowledge.care import Care
from stepdown.knowledge.grounds import Criterion as Criterion
from stepdown.knowledge.grounds import Document as Document
from stepdown.knowledge.grounds import Grounded as Grounded
from stepdown.knowledge.grounds import Text as Text
from stepdown.knowledge.passing import Growth, Window
from stepdown.knowledge.sources import Conflict as Conflict
from stepdown.knowledge.sources import Estimate as Estimate
from stepdown.knowledge.sources import Source as Source
from stepdown.knowledge.sources import Status as Status

OptionKind = Literal[
    "continue", "extend-interval", "reduce-dose", "switch-lower", "switch-lateral", "discontinue", "observe"
]
OPTION_KINDS: tuple[OptionKind, ...] = (
    "continue",
    "extend-interval",
    "reduce-dose",
    "switch-lower",
    "switch-lateral",
    "discontinue",
    "observe",
)
DE_ESCALATE: tuple[OptionKind, ...] = ("extend-interval", "reduce-dose", "switch-lower", "discontinue")

Topic = Literal[
    "rebound", "pml", "infection", "hypogammaglobulinaemia", "lymphopenia", "neutropenia", "hepatitis-b",
    "malignancy", "cardiac", "liver", "colitis", "autoimmunity", "pregnancy", "recent-activity", "young-age",
    "progression", "frailty", "stale-data", "contradiction", "out-of-scope",
]  # fmt: skip


class Freshness(Grounded):
    """How long a value of a variable stays valid."""

    months: float = Field(gt=0)


class Variable(Document):
    """One variable of the state: what it means and where it comes from.

    A variable with `freshness` has two companions: `<id>_last` (the last value, however old) and
    `<id>_last_months` (its age in months). `grows`, `window` and `least_of` (the least of other numbers) say what
    becomes of it on another day or where another variable is imagined otherwise; what says none of them stays.
    `ask` is what to do to find it out.
    """

    kind: Literal["number", "category", "truth"]
    unit: str | None = None
    meaning: Text
    values: tuple[str, ...] = ()
    values_from: Literal["therapies", "classes"] | None = None
    freshness: Freshness | None = None
    tables: tuple[str, ...] = ()
    grows: Literal["always"] | Growth | None = None
    window: Window | None = None
    least_of: tuple[str, ...] = ()
    ask: Text | None = None
    evidence: tuple[str, ...] = ()
    assumption: bool = False
    reasoning: Text | None = None


class Domain(Document, Grounded):
    """A domain of observation, and how long the end of a span still speaks for the days after it."""

    grace_months: float = Field(ge=0)


class TherapyClass(Document, Grounded, Care):
    """A class of drugs, and to which drugs a person on it may step down or sideways (one a class, by formulary).

    What it says under the keys of `Care` holds for each of its drugs, unless the drug says it otherwise.
    """

    efficacy: Literal["moderate", "high"]
    course_therapy: bool = False
    step_down_to: tuple[str, ...] = ()
    lateral_to: tuple[str, ...] = ()


class Codes(BaseModel):
    """Codes by which a thing is recognised in other people's records."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rxnorm: tuple[str, ...] = ()
    atc: tuple[str, ...] = ()
    snomed: tuple[str, ...] = ()
    loinc: tuple[str, ...] = ()
    icd10: tuple[str, ...] = ()
    cvx: tuple[str, ...] = ()
    local: tuple[str, ...] = ()


class Regimen(Grounded):
    """One way of giving a drug."""

    id: str
    dose_mg: float | None = None
    interval_weeks: float | None = None
    route: Literal["iv", "sc", "im", "oral"]
    setting: Literal["clinic", "home"]
    doses_per_year: float | None = None
    note: Text | None = None


class Extension(Grounded):
    """A longer interval, or a lower dose, in use for a drug."""

    interval_weeks: float | None = None
    dose_mg: float | None = None
    certainty: Literal["high", "moderate", "low", "very-low"]
    note: Text | None = None


class Rule(Grounded):
    """What a careful neurologist or a label says of some options, as a criterion with an effect.

    `effect` caps the stance of the options it speaks of (`bar`, `not-advised`, `undetermined`,
    `at-most-reasonable`), caps the strength of the recommendation (`strength-balanced`), or goes with the option
    (`caution`, `check`, `with`). When `if` is unknown: `ignore` it, list it under the `checks` of the option, or
    hold the option at `undetermined` until it is known.
    """

    id: str
    clinic: int | None = None
    title: Text | None = None
    kinds: tuple[OptionKind, ...] = ()
    from_class: tuple[str, ...] = ()
    from_therapy: tuple[str, ...] = ()
    to_class: tuple[str, ...] = ()
    to_therapy: tuple[str, ...] = ()
    effect: Literal[
        "bar",
        "not-advised",
        "undetermined",
        "at-most-reasonable",
        "strength-balanced",
        "caution",
        "check",
        "with",
    ]
    if_: Criterion | None = Field(default=None, alias="if")
    unknown: Literal["ignore", "check", "undetermined"] = "ignore"
    except_emergency: bool = False
    says: Text

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class RuleDocument(Document, Rule):
    """A rule that stands on its own in `rules/`.

    With `left_for` it holds where the person left the drug that an option leads to (or, by `left_what`, any drug of its
    class) for that reason; it then has no `if`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    title: Text
    left_for: Literal["activity", "side-effects"] | None = None
    left_what: Literal["drug", "class"] | None = None

    @model_validator(mode="after")
    def _of_history(self) -> RuleDocument:
        if (self.left_for is None) != (self.left_what is None):
            raise ValueError("left_for and left_what go together")
        if self.left_for and self.if_ is not None:
            raise ValueError("a rule about what was left has no 'if'")
        return self


class TherapyRule(Rule):
    """A rule in a therapy document: it speaks of starting this drug, of carrying on with it, or of both."""

    applies: Literal["start", "continue", "both"]


class Therapy(Document, Care):
    """A drug for multiple sclerosis; `Library.care` puts what it says together with what its class says."""

    class_: str = Field(alias="class")
    brands: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    available: bool = True
    course_therapy: bool = False
    codes: Codes = Codes()
    regimens: tuple[Regimen, ...] = ()
    extensions: tuple[Extension, ...] = ()
    reduced_doses: tuple[Extension, ...] = ()
    rules: tuple[TherapyRule, ...] = ()
    acting_months: float | None = None
    evidence: tuple[str, ...] = ()
    note: Text | None = None

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @model_validator(mode="after")
    def _acting_has_ground(self) -> Therapy:
        if self.acting_months is not None and not self.evidence:
            raise ValueError("acting_months needs the evidence of the document")
        return self

    @model_validator(mode="after")
    def _burden_of_a_regimen(self) -> Therapy:
        known = {regimen.id for regimen in self.regimens}
        for entry in self.burden:
            if entry.regimen is not None and entry.regimen not in known:
                raise ValueError(f"burden: no regimen is called {entry.regimen!r}")
        return self


class GuidelineCriterion(Grounded):
    """One criterion of a guideline."""

    id: str
    role: Literal["requires", "excludes", "favours", "opposes"]
    if_: Criterion = Field(alias="if")
    why: Text
    in_force: date | None = None

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class InForce(BaseModel):
    """From when to when a document is in force."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    from_: date = Field(alias="from")
    to: date | None = None


class Guideline(Document):
    """What a guideline, label, panel or trial population asks before a step down.

    One that advises on the matter but not on who may step down is `silent`, and says why: it concludes nothing.
    """

    kind: Literal["guideline", "label", "panel", "trial-population"]
    question: OptionKind | Literal["de-escalate"]
    kinds: tuple[OptionKind, ...] = ()
    in_force: InForce
    reviewed: date
    status: Status
    taken_from: Text
    applies_to: Criterion | None = None
    criteria: tuple[GuidelineCriterion, ...] = ()
    silent: Text | None = None
    evidence: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _speaks_or_is_silent(self) -> Guideline:
        if bool(self.criteria) == (self.silent is not None):
            raise ValueError("a guideline has criteria, or says in 'silent' why it has none")
        return self

    @property
    def speaks_of(self) -> tuple[OptionKind, ...]:
        """The option kinds that the conclusion is about."""
        if self.kinds:
            return self.kinds
        return DE_ESCALATE if self.question == "de-escalate" else (self.question,)


class Flag(Document, Grounded):
    """A criterion with an action, told whatever is recommended."""

    clinic: int | None = None
    topic: Topic
    action: Literal["emergency", "blocks", "reason", "inform"]
    blocks: tuple[OptionKind, ...] = ()
    if_: Criterion = Field(alias="if")
    says: Text
    do: Text
    next_dose: Literal["withhold", "do-not-interrupt"] | None = None
    review: Literal["urgent", "step-up"] | None = None
    out_of_scope: bool = False

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class ScoreBand(BaseModel):
    """Points for a range of a variable, as published."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    if_: Criterion = Field(alias="if")
    points: int


class ScoreItem(BaseModel):
    """One item of a score; its bands exclude one another and cover everything."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    bands: tuple[ScoreBand, ...]


class Score(Document):
    """A published score, computed as published, with the people it is valid for."""

    applies_to: Criterion
    why: Text
    items: tuple[ScoreItem, ...]
    groups: tuple[dict[str, Any], ...] = ()
    evidence: tuple[str, ...] = Field(min_length=1)


class CodeEntry(BaseModel):
    """A concept of a code list: its codes, and words by which it is found in text (exact, any case).

    A name found within a longer text does not count beside a word of `not_with` (an ointment is no infusion).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    codes: Codes = Codes()
    names: tuple[str, ...] = ()
    not_with: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    note: str | None = None


class LabEntry(CodeEntry):
    """A laboratory test: its canonical UCUM unit and the plausible span in it."""

    unit: str | None = None
    coded: bool = False
    plausible: tuple[float, float] | None = None


class CodeList(Document):
    """A list of concepts by which a table of the record is recognised.

    A code ending in `*` stands for all that begin with it; `C00-C96` (ICD-10) for the categories from the one to
    the other. A list that `extends` another adds its codes, names and concepts to it and is no list of its own.
    """

    table: str
    extends: str | None = None
    entries: dict[str, LabEntry]
    evidence: tuple[str, ...] = ()


class Instrument(Document, Grounded):
    """A questionnaire: which direction is better, its span, and the smallest change that matters."""

    variable: str
    better: Literal["higher", "lower"]
    low: float
    high: float
    minimal_important_change: float | None = None
    measures: Literal["quality-of-life", "burden", "function"]
    names: tuple[str, ...] = ()
    codes: Codes = Codes()


class Parameter(Document, Grounded):
    """A number that the state definitions need, such as the months that separate two relapses."""

    value: float | tuple[float, ...]
    unit: str
    used_for: Text
