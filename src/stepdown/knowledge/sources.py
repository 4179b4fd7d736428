"""What studies and other sources found, with their figures, and how well they were read."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from stepdown.knowledge.grounds import Document, Text

Status = Literal["verified", "secondary", "unverified", "derived"]


class Estimate(BaseModel):
    """One figure of a study: what was measured in whom, against what, with its interval and the counts behind it.

    `unit` is UCUM (`1` for a ratio or a share, `1/a` for events a person-year). What was not read stays out.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9]+(?:[-_.][a-z0-9]+)*$")
    outcome: str = Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$")
    group: Text
    versus: Text | None = None
    measure: Literal[
        "count", "risk", "rate", "share", "mean", "median", "range", "change", "risk-difference", "rate-difference",
        "mean-difference", "hazard-ratio", "rate-ratio", "risk-ratio", "odds-ratio", "coefficient", "points",
    ]  # fmt: skip
    value: float | None = None
    low: float | None = None
    high: float | None = None
    level: float = 0.95
    unit: str = "1"
    n: int | None = None
    events: int | None = None
    person_years: float | None = None
    horizon_years: float | None = None
    status: Status
    note: Text | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Estimate:
        if self.value is None and self.low is None and self.high is None and self.events is None:
            raise ValueError("an estimate needs a value, a bound or a count of events")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("the low bound is above the high bound")
        if self.value is not None and not (
            (self.low is None or self.low <= self.value) and (self.high is None or self.value <= self.high)
        ):
            raise ValueError("the value lies outside its interval")
        return self


class Conflict(BaseModel):
    """Where this source and another disagree; both stand."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    how: Text


class Source(Document):
    """A study, label, guideline or other source, what it found, and how well it was read."""

    kind: Literal["study", "label", "guideline", "consensus", "regulator", "standard", "review", "trial"]
    citation: str
    doi: str | None = None
    pmid: str | None = None
    url: str | None = None
    status: Status
    says: Text
    design: Text | None = None
    population: Text | None = None
    comparison: Text | None = None
    horizon: Text | None = None
    estimates: tuple[Estimate, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    findings: tuple[str, ...] = ()
    limits: Text | None = None
    reviewed: date
