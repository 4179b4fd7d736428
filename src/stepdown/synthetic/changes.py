"""Treatment: who changes it, when and why, and what that does to the rates.

Who is old and quiet steps down more often and who is active steps up, so that people who change differ from those who
do not, as in practice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from stepdown.prognosis.forecast import OUTCOMES
from stepdown.synthetic.dice import Dice, Ints
from stepdown.synthetic.people import QUARTERS, Cohort
from stepdown.synthetic.rates import Rates, Small

if TYPE_CHECKING:
    from stepdown.synthetic.body import Body

Flags = npt.NDArray[np.bool_]
KINDS = ("discontinue", "switch", "switch-lower", "extend-interval", "restart")
STOP, SWITCH, LOWER, LONGER, RESTART = range(len(KINDS))
REASONS = ("activity", "infection", "side-effects", "stable", "convenience", "pregnancy")
ACTIVITY, INFECTION, SIDE_EFFECTS, STABLE, CONVENIENCE, PREGNANCY = range(len(REASONS))
_MONTHS = 12 / QUARTERS
_WEEK = 12 * 7 / 365.25
_HALF = 0.5


@dataclass(frozen=True, eq=False)
class Changes:
    """M changes of treatment; arrays have shape (M,) unless said otherwise.

    Attributes:
        row: of the person in the bucket.
        step: quarter at whose start the change is made.
        kind, reason: places in `KINDS` and `REASONS`.
        origin, goal: drugs before and after, -1 for none.
        longer: whether the drug is given at a longer interval afterwards.
        effect: logarithm of the hazard ratio by outcome once it is complete, shape (O, M).
        before: logarithm of the level by outcome just before, shape (O, M).
    """

    row: Ints
    step: Ints
    kind: Ints
    reason: Ints
    origin: Ints
    goal: Ints
    longer: Flags
    effect: Small
    before: Small

    @classmethod
    def none(cls) -> Changes:
        """No change at all."""
        nothing, table = np.zeros(0, np.int64), np.zeros((len(OUTCOMES), 0), np.float32)
        return cls(nothing, nothing, nothing, nothing, nothing, nothing, np.zeros(0, bool), table, table)


class Course:
    """The treatment of n people, and the levels of their rates.

    Attributes:
        drug, class_: the drug (-1 for none) and its class, or that of the drug before.
        on_class: years on the class.
        level: logarithm of the rate a year by outcome at the references of all modifiers, shape (O, n).
    """

    def __init__(self, rates: Rates, people: Cohort, dice: Dice) -> None:
        self.rates, self.people, self.dice = rates, people, dice
        n = people.size
        self.drug, self.last, self.class_ = people.drug.copy(), people.drug.copy(), people.class_.copy()
        self.longer = np.zeros(n, bool)
        self.on_class, self.months = people.on_drug.astype(np.float32), people.on_drug * 12
        self.level = rates.level[:, people.class_].copy()
        self.aim, self.origin, self.anchor = self.level.copy(), self.level.copy(), self.level.copy()
        self.since = np.zeros(n, np.float32)
        self.shape = np.zeros((4, len(OUTCOMES), n), np.float32)
        self.moving = np.zeros(n, bool)
        self.made: list[Changes] = []
        self.goals = _goals(rates)

    def advance(self, step: int) -> None:
        """Move the levels of those who are on their way to the middle of this quarter."""
        some = np.flatnonzero(self.moving)
        self.since[some] += np.float32(_MONTHS)
        time = self.since[some] - np.float32(_MONTHS / 2)
        lag, ramp, peak, decay = self.shape[:, :, some]
        risen = np.clip((time - lag) / np.maximum(ramp, np.float32(0.01)), 0, 1)
        passed = np.clip((time - lag - ramp) / np.maximum(decay, np.float32(0.01)), 0, 1)
        whole = self.aim[:, some]
        self.level[:, some] = self.origin[:, some] + (whole - self.origin[:, some]) * risen + peak * (risen - passed)
        self.moving[some] = (time <= lag + ramp + decay).any(axis=0)

    def decide(self, body: Body, active: Flags, infected: Flags, care: Flags, left: int, step: int) -> None:
        """Changes at the start of the next quarter, for what happened in this one."""
        on = self.drug >= 0
        self.months += care * _MONTHS
        self.on_class += (care & on) * np.float32(1 / QUARTERS)
        bounds = np.cumsum(self._chances(body, active, infected, on, left), axis=0)
        u = self.dice.uniform("change", self.people.number, step)
        rows = np.flatnonzero(care & (u < bounds[-1]))
        if not rows.size:
            return
        reason = (u[rows] >= bounds[:, rows]).sum(axis=0)
        kind = self._kinds(rows, reason, on[rows], step)
        goal = self._goal(rows, kind, reason, step)
        kind = np.where((kind == LOWER) & (goal < 0), STOP, kind)
        effect = self._effects(rows, kind, goal)
        known = np.isfinite(effect).all(axis=0) & ~((kind == SWITCH) & (goal < 0))
        self._make(rows[known], kind[known], reason[known], goal[known], effect[:, known], step + 1)

    def _chances(self, body: Body, active: Flags, infected: Flags, on: Flags, left: int) -> Small:
        """Probability of a change in a quarter, by reason."""
        r, age = self.rates, (self.people.age - left / QUARTERS).astype(np.float32)
        strong = r.strong[self.class_]
        upward = np.where(
            on, np.where(strong, r.number("change-when-strong"), r.number("escalate")), r.number("restart")
        )
        down, years, reference, ratio = r.numbers("step-down")
        quiet = on & (body.quiet >= years)
        longer, least = r.numbers("extend")
        clinic = on & ~self.longer & (r.weeks[self.last] > 0) & (body.quiet >= least)
        births, oldest = r.numbers("pregnancy")
        mother = on & (self.people.sex == 0) & (age < oldest)
        each = [
            active * upward,
            infected * on * r.number("leave-infection"),
            on * (r.number("side-effects") / QUARTERS),
            quiet * (down / QUARTERS) * np.float32(ratio) ** ((age - np.float32(reference)) / np.float32(10)),
            clinic * (longer / QUARTERS),
            mother * (births / QUARTERS),
        ]
        return np.stack(each).astype(np.float32)

    def _kinds(self, rows: Ints, reason: Ints, on: Flags, step: int) -> Ints:
        milder = self.dice.uniform("milder", self.people.number[rows], step) < _HALF
        down = np.where(milder, LOWER, STOP)
        table = [np.where(on, SWITCH, RESTART), down, np.full_like(reason, SWITCH), down,
                 np.full_like(reason, LONGER), np.full_like(reason, STOP)]  # fmt: skip
        return np.choose(reason, table)

    def _goal(self, rows: Ints, kind: Ints, reason: Ints, step: int) -> Ints:
        """The drug after each change, -1 for none."""
        u = self.dice.uniform("goal", self.people.number[rows], step)
        which = np.where(kind == LOWER, _MILDER, np.where(reason == SIDE_EFFECTS, _ALIKE, _STRONGER))
        table = self.goals[which, self.last[rows]]
        drawn = np.minimum((u[:, None] >= table).sum(axis=1), len(self.rates.drugs) - 1)
        drawn = np.where(table[:, -1] > 0, drawn, -1)
        return np.where(kind == STOP, -1, np.where((kind == RESTART) | (kind == LONGER), self.last[rows], drawn))

    def _effects(self, rows: Ints, kind: Ints, goal: Ints) -> Small:
        r, from_ = self.rates, self.class_[rows]
        to = np.where(goal >= 0, r.class_of[goal], from_)
        effect = np.where(kind == STOP, r.stop[:, from_], r.switch[:, from_, to])
        effect = np.where(kind == LONGER, r.longer[:, from_], effect)
        found: Small = np.where(kind == RESTART, self.anchor[:, rows] - self.aim[:, rows], effect)
        return found

    def _make(self, rows: Ints, kind: Ints, reason: Ints, goal: Ints, effect: Small, step: int) -> None:
        r, drug = self.rates, self.last[rows]
        origin, steps, longer = np.where(kind == RESTART, -1, drug), np.full_like(rows, step), kind == LONGER
        self.made.append(Changes(rows, steps, kind, reason, origin, goal, longer, effect, self.level[:, rows]))
        self.anchor[:, rows] = np.where(kind == STOP, self.aim[:, rows], self.anchor[:, rows])
        self.origin[:, rows] = self.level[:, rows]
        self.aim[:, rows] += effect
        at_once, again, stop = kind == LONGER, kind == RESTART, kind == STOP
        lag = np.where(at_once | again, np.float32(0), r.lag[:, drug])
        ramp = np.where(at_once, np.float32(0), np.where(again, np.float32(r.number("onset-months")), r.ramp[:, drug]))
        self.shape[:, :, rows] = np.stack(
            [lag, ramp, np.where(stop, r.peak[:, drug], np.float32(0)), np.where(stop, r.decay[:, drug], np.float32(0))]
        )
        usual = r.weeks[drug] * _WEEK
        gone = np.where(usual > 0, np.mod(self.months[rows], np.maximum(usual, 1e-9)), 0.0)
        self.since[rows] = np.where(at_once | again, 0.0, gone)
        self.moving[rows] = True
        self.drug[rows] = goal
        self.longer[rows] = at_once
        moved = goal >= 0
        changed = moved & (r.class_of[goal] != self.class_[rows])
        self.last[rows] = np.where(moved, goal, drug)
        self.class_[rows] = r.class_of[self.last[rows]]
        self.on_class[rows] = np.where(changed, np.float32(0), self.on_class[rows])
        self.months[rows] = np.where(moved & ~at_once, 0.0, self.months[rows])

    def changes(self) -> Changes:
        """All that was changed, by person and quarter."""
        if not self.made:
            return Changes.none()
        parts = [np.concatenate([getattr(one, name) for one in self.made], axis=-1) for name in Changes.__annotations__]
        order = np.lexsort((parts[1], parts[0]))
        return Changes(*(part[..., order] for part in parts))


_STRONGER, _MILDER, _ALIKE = range(3)


def _goals(rates: Rates) -> npt.NDArray[np.float64]:
    """Cumulative shares of the drugs to go to, shape (3, D, D): strong ones, milder ones, those of like strength."""
    size = len(rates.drugs)
    found, strong = np.zeros((3, size, size)), rates.strong[rates.class_of]
    for place, drug in enumerate(rates.drugs):
        class_, other = rates.library.classes[rates.library.therapies[drug].class_], np.arange(size) != place
        found[_STRONGER, place] = rates.shares * strong * other
        found[_MILDER, place] = rates.shares * [name in class_.step_down_to for name in rates.drugs]
        found[_ALIKE, place] = rates.shares * (strong == strong[place]) * other
    total = found.sum(axis=2, keepdims=True)
    return np.cumsum(found, axis=2) / np.where(total > 0, total, 1.0)
