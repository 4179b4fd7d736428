"""What the comparison of options reads beside the evidence: unknown inputs of a person, and what people value.

Nothing here says what is good: a weight is a range of how much people may mind something, and a person narrows it.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from stepdown.knowledge.grounds import Document, Grounded
from stepdown.knowledge.quantities import Outcome


class Unknown(Document, Grounded):
    """How an input of the prognosis that nobody measured is distributed among people on some classes of drug.

    `classes` is empty for everybody else. A `normal` has its mean and standard deviation; a `log-normal` the median and
    the standard deviation of the logarithm; a `poisson` its mean as `center`; a `share` is the probability of a truth
    as `center`; `shares` those of the values of a category. What is known of a person truncates it.
    """

    variable: str
    classes: tuple[str, ...] = ()
    distribution: Literal["normal", "log-normal", "poisson", "share", "shares"]
    center: float | None = None
    spread: float | None = Field(default=None, gt=0)
    shares: dict[str, float] = Field(default_factory=dict)
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _complete(self) -> Unknown:
        if (self.distribution == "shares") != bool(self.shares):
            raise ValueError("'shares' goes with the distribution of that name")
        if self.distribution != "shares" and self.center is None:
            raise ValueError("give the center")
        if (self.distribution in ("normal", "log-normal")) != (self.spread is not None):
            raise ValueError("a spread goes with a normal or log-normal distribution, and only with one")
        return self


Burdens = Literal["infusion", "injection", "tablet-day", "visit", "blood-test"]
"""Units of burden, each counted in a year."""


class Weight(Document, Grounded):
    """How many relapses one event, or one unit of burden, may weigh: any value of the range, log-uniformly.

    `of` is an outcome or a unit of burden; one unit of burden is one in a year. `stated_only` counts only where the
    person says so. `wishes` are the topics of a wish that move it to the upper half of its range, `wishes_less` those
    that move it to the lower half.
    """

    of: Outcome | Burdens
    low: float = Field(gt=0)
    high: float = Field(gt=0)
    stated_only: bool = False
    wishes: tuple[str, ...] = ()
    wishes_less: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _ordered(self) -> Weight:
        if self.low > self.high:
            raise ValueError("low is above high")
        return self
