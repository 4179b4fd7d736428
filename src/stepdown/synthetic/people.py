"""Who the made-up people are on the day they come under care."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stepdown.prognosis.chance import Floats, quantile
from stepdown.synthetic.dice import Dice, Ints
from stepdown.synthetic.rates import Rates, Small

QUARTERS = 4
"""The simulator goes by quarters of a year."""
COURSES = ("cis", "rrms", "spms", "ppms")
SEXES = ("female", "male", "other")
PROGRESSIVE = 2
"""Courses from here on in `COURSES` are progressive."""
_LEAST_QUARTERS = 2


@dataclass(frozen=True, eq=False)
class Cohort:
    """n people when they come under care; every array has shape (n,).

    Attributes:
        number: their numbers in the registry, which key all that is random about them.
        drug, class_: the drug they come on, and its class (places in `Rates`).
        quarters: quarters under care up to the last one.
        age: years at the end of the last quarter.
        sex, course: places in `SEXES` and `COURSES`.
        duration: years since the first symptom when they come.
        on_drug: years on the class of the drug when they come; 0 where it begins then.
        quiet: years without activity when they come.
        edss, igg, comorbidities, infections: as the model reads them; infections in the two years before.
        obese: 0 or 1.
        activity: latent activity, which multiplies the rates of relapse and MRI activity; its mean is 1.
        back: days from the end of their last quarter to the last day of the registry.
    """

    number: Ints
    drug: Ints
    class_: Ints
    quarters: Ints
    age: Floats
    sex: Ints
    course: Ints
    duration: Floats
    on_drug: Floats
    quiet: Floats
    edss: Floats
    igg: Floats
    comorbidities: Floats
    infections: Floats
    obese: Floats
    activity: Floats
    back: Ints

    @property
    def size(self) -> int:
        """Number of people."""
        return self.number.size


def steps(rates: Rates) -> int:
    """Number of quarters of the longest time under care."""
    return round(rates.numbers("care-years")[2] * QUARTERS)


def cohort(rates: Rates, dice: Dice, number: Ints) -> Cohort:
    """Make the people with these numbers."""

    def u(name: str) -> Floats:
        return dice.uniform(name, number)

    adult = rates.number("adult-age")
    drug = rates.pick(rates.shares, u("drug"))
    class_ = rates.class_of[drug]
    median, spread, most = rates.numbers("care-years")
    age = rates.draw("age", class_, u("age"))
    course = rates.choose("course", COURSES, class_, u("course"))
    duration = np.minimum(rates.draw("disease_duration", class_, u("duration")), age - adult + 1.0)
    care = np.minimum.reduce(
        [median * np.exp(spread * quantile(u("care"))), duration, age - adult, u("care") * 0 + most]
    )
    quarters = np.maximum(np.ceil(care * QUARTERS), _LEAST_QUARTERS).astype(np.int64)
    before = np.maximum(duration - quarters / QUARTERS, 0.0)
    new = u("new") < rates.number("newly-treated")
    edss = _scored(rates.draw("edss", class_, u("edss")))
    edss = np.where(course >= PROGRESSIVE, np.maximum(edss, rates.number("progressive-edss")), edss)
    wide = rates.number("activity-spread")
    return Cohort(
        number, drug, class_, quarters, age,
        rates.choose("sex", SEXES, class_, u("sex")), course, before,
        np.where(new, 0.0, np.minimum(rates.draw("time_on_class", class_, u("on-drug")), before)),
        np.where(new, u("quiet"), np.minimum(rates.draw("years_quiet", class_, u("quiet")), np.maximum(before, 1.0))),
        edss,
        rates.draw("igg", np.where(new, -1, class_), u("igg")),
        rates.draw("comorbidity_count", class_, u("comorbidities")),
        rates.draw("serious_infections_2y", class_, u("infections")),
        rates.draw("obesity", class_, u("obesity")),
        np.exp(wide * quantile(u("activity")) - wide * wide / 2),
        (u("back") * days_of(1)).astype(np.int64),
    )  # fmt: skip


def days_of(quarters: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Days in some quarters of a year."""
    return np.rint(np.asarray(quarters) * (365.25 / QUARTERS)).astype(np.int64)


def _scored(value: Floats) -> Floats:
    """The nearest score of the scale, which has none between 0 and 1."""
    half = np.rint(value * 2) / 2
    return np.where(half == 0.5, 1.0, half)


def small(values: npt.ArrayLike) -> Small:
    """The same in 32 bits."""
    return np.asarray(values, np.float32)
