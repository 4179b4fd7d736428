"""What changes in a person: disability, immunoglobulins, cells, and what the models read of the past."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stepdown.synthetic.changes import Course
from stepdown.synthetic.dice import Dice
from stepdown.synthetic.people import PROGRESSIVE, QUARTERS, Cohort, small
from stepdown.synthetic.rates import Rates

Flags = npt.NDArray[np.bool_]
ANTI_CD20 = "anti-cd20"
_MONTHS = 12 // QUARTERS


class Body:
    """n people as they are in one quarter; every array has shape (n,).

    Attributes:
        quiet: years since the last relapse or new lesion.
        edss, igg: true values.
        progressive: whether disease is progressive.
        lymphocytes, b_cells: share of the person's own.
        active_scan: whether the last scan showed new lesions.
        earlier: serious infections in the two years before.
    """

    def __init__(self, rates: Rates, people: Cohort, dice: Dice) -> None:
        self.people, self.dice = people, dice
        self.quiet, self.edss, self.igg = small(people.quiet), small(people.edss), small(people.igg)
        self.own_igg = self.igg.copy()
        self.progressive = people.course >= PROGRESSIVE
        self.active_scan, self.earlier = np.zeros_like(self.quiet), small(people.infections)
        self.cd20 = rates.classes.index(ANTI_CD20)
        low, high = (
            rates.library.definitions["edss-step-baselines"].value,
            rates.library.definitions["edss-steps"].value,
        )
        assert isinstance(low, tuple)
        assert isinstance(high, tuple)
        self.bands, self.steps = small(low), small(high)
        self.least, self.converts = rates.number("progressive-edss"), rates.number("conversion")
        self.top, self.lowest = rates.number("top-edss"), np.float32(rates.numbers("lowest-igg")[0])
        mean, spread = rates.numbers("igg-slope")
        wide = np.exp(spread * dice.normal("igg-slope", people.number) - spread * spread / 2)
        self.slope, self.back = small(mean / QUARTERS * wide), np.float32(rates.number("igg-return") / QUARTERS)
        fall = np.exp(rates.number("lymphocytes-spread") * dice.normal("lymphocytes", people.number))
        left = [rates.number(f"lymphocytes-{name}") if f"synthetic-lymphocytes-{name}" in rates.library.definitions
                else 1.0 for name in rates.classes]  # fmt: skip
        self.left, self.fall = small([*left, 1.0]), small(fall)
        self.quick = np.float32(min(_MONTHS / rates.number("cell-months"), 1.0))
        here = people.class_ == self.cd20
        self.lymphocytes = np.where(people.on_drug > 0, self._target(people.class_), np.float32(1))
        self.b_cells = np.where(here & (people.on_drug > 0), np.float32(0), np.float32(1))
        drugs = np.flatnonzero(rates.class_of == self.cd20)
        self.lag, self.ramp = (float(np.median(one[0, drugs])) / _MONTHS for one in (rates.lag, rates.ramp))
        self.off = np.full(people.size, np.float32(1e6))

    def _target(self, class_: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        left = self.left[class_]
        found: npt.NDArray[np.float32] = np.where(left < 1, np.minimum(left * self.fall, np.float32(1.0)), left)
        return found

    def live(self, course: Course, worse: Flags, care: Flags, step: int) -> Flags:
        """Let a quarter pass; gives whose disease became secondary progressive."""
        hit = np.flatnonzero(worse)
        edss = self.edss[hit]
        self.edss[hit] = np.minimum(edss + self.steps[np.searchsorted(self.bands, edss)], self.top)
        chance = self.dice.uniform("conversion", self.people.number[hit], step) < self.converts
        turned = hit[(self.edss[hit] >= self.least) & chance & ~self.progressive[hit]]
        converted = np.zeros_like(worse)
        converted[turned] = self.people.course[turned] == 1
        self.progressive |= converted
        on = course.drug >= 0
        depleted = on & (course.class_ == self.cd20)
        self.off = np.where(depleted, np.float32(0), self.off + care)
        rise = np.where(self.igg < self.own_igg, self.back, np.float32(0)) * (self.off > self.lag)
        self.igg = np.maximum(self.igg + care * np.where(depleted, self.slope, rise), self.lowest)
        self.b_cells = np.clip((self.off - np.float32(self.lag)) / np.float32(self.ramp), 0, 1).astype(np.float32)
        aim = self._target(np.where(on, course.class_, len(self.left) - 1))
        self.lymphocytes += care * self.quick * (aim - self.lymphocytes)
        return converted
