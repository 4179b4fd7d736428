"""The chance of each outcome in a quarter, from the levels, the modifiers of the library and latent activity."""

from __future__ import annotations

import numpy as np

from stepdown.prognosis.forecast import OUTCOMES, RELAPSE
from stepdown.synthetic.body import Body
from stepdown.synthetic.changes import Course
from stepdown.synthetic.people import QUARTERS, SEXES, Cohort, small
from stepdown.synthetic.rates import Rates, Small

_LESION = OUTCOMES.index("mri-activity")
_FIXED = ("sex", "comorbidity_count", "obesity")
"""What the models read that stays as it is."""


class Hazards:
    """Chances of n people; what stays as it is is added up once."""

    def __init__(self, rates: Rates, people: Cohort) -> None:
        self.rates, self.people = rates, people
        self.age = small(people.age)
        constant = {
            "comorbidity_count": small(people.comorbidities), "obesity": small(people.obese),
        }  # fmt: skip
        self.fixed = np.zeros((len(OUTCOMES), people.size), np.float32)
        for place, terms in enumerate(rates.modifiers):
            for prior, coefficient, _ in terms:
                if prior.variable == "sex":
                    values = small(np.isin(np.array(SEXES)[people.sex], prior.values))
                elif prior.variable in constant:
                    values = constant[prior.variable]
                else:
                    continue
                self.fixed[place] += np.float32(coefficient) * small(prior.read(values))
        self.latent = small(np.log(people.activity))

    def chances(self, body: Body, course: Course, left: int) -> Small:
        """Probability of an event of each outcome in the quarter, shape (O, n), with `left` quarters to come."""
        state = {
            "age": self.age - np.float32((left - 0.5) / QUARTERS), "mri_activity": body.active_scan,
            "years_quiet": body.quiet, "course": body.progressive, "edss": body.edss, "igg": body.igg,
            "serious_infections_2y": body.earlier, "time_on_class": course.on_class,
        }  # fmt: skip
        found = np.empty((len(OUTCOMES), self.people.size), np.float32)
        read: dict[tuple[object, ...], Small] = {}
        for place, terms in enumerate(self.rates.modifiers):
            total = self.fixed[place].copy()
            for prior, coefficient, class_ in terms:
                if prior.variable in _FIXED:
                    continue
                key = (prior.variable, prior.scale, prior.at, prior.per)
                if key not in read:
                    read[key] = small(prior.read(state[str(prior.variable)]))
                term = np.float32(coefficient) * read[key]
                total += term if class_ < 0 else term * (course.class_ == class_)
            total = np.minimum(total, np.float32(self.rates.cap[place])) + course.level[place]
            if place in (RELAPSE, _LESION):
                total += self.latent
            found[place] = -np.expm1(np.exp(total) * np.float32(-1 / QUARTERS))
        return found
