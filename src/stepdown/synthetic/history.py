"""What truly happens to the made-up people, quarter by quarter.

The rate of each outcome is that of people on the drug one comes with, times what the library reads of a person, times
latent activity; every change of treatment then acts as the library says of that change, along its time course.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stepdown.prognosis.forecast import INFECTION, OUTCOMES, RELAPSE
from stepdown.synthetic.body import Body
from stepdown.synthetic.changes import Changes, Course
from stepdown.synthetic.dice import Dice, Ints
from stepdown.synthetic.hazards import Hazards
from stepdown.synthetic.people import QUARTERS, Cohort, steps
from stepdown.synthetic.rates import Rates, Small

Flags = npt.NDArray[np.bool_]
LESION, WORSE = OUTCOMES.index("mri-activity"), OUTCOMES.index("disability-worsening")
TWO_YEARS = 2 * QUARTERS


@dataclass(eq=False)
class History:
    """T quarters of n people; arrays have shape (T, n) unless said otherwise.

    Attributes:
        events: by outcome, whether there was one in the quarter, shape (O, T, n).
        care: under care in the quarter.
        away: not observed in the quarter, though under care.
        visit, scan: whether a visit, and a scan, took place at its end.
        drug: the drug, -1 for none.
        edss, igg, lymphocytes, b_cells: true values at the end of the quarter; cells as a share of the person's own.
        converted: whether disease became secondary progressive.
        expected: by outcome, the number of quarters with an event that was to be expected, shape (O, n).
        changes: every change of treatment, by person and quarter.
    """

    events: Flags
    care: Flags
    away: Flags
    visit: Flags
    scan: Flags
    drug: npt.NDArray[np.int8]
    edss: Small
    igg: Small
    lymphocytes: Small
    b_cells: Small
    converted: Flags
    expected: Small
    changes: Changes


def live(rates: Rates, people: Cohort, dice: Dice) -> History:
    """Let n people live through all quarters."""
    quarters = steps(rates)
    history, course, body = (
        _empty(rates, people, dice, quarters),
        Course(rates, people, dice),
        Body(rates, people, dice),
    )
    hazards, infections = Hazards(rates, people), np.zeros(people.size, np.float32)
    lesions = np.zeros(people.size, np.int16)
    for step in range(quarters):
        care, left = history.care[step], quarters - step
        course.advance(step)
        chance = hazards.chances(body, course, left)
        events = np.stack([dice.uniform(name, people.number, step) for name in OUTCOMES]) < chance
        events &= care
        history.events[:, step] = events
        history.expected += chance * care
        history.drug[step] = course.drug
        history.converted[step] = body.live(course, events[WORSE], care, step)
        body.quiet += np.float32(1 / QUARTERS) * care
        body.quiet[events[RELAPSE] | events[LESION]] = 0
        for name in ("edss", "igg", "lymphocytes", "b_cells"):
            getattr(history, name)[step] = getattr(body, name)
        lesions += events[LESION]
        found = history.scan[step] & (lesions > 0)
        body.active_scan[history.scan[step]] = found[history.scan[step]]
        lesions[history.scan[step]] = 0
        infections += events[INFECTION]
        if step >= TWO_YEARS:
            infections -= history.events[INFECTION, step - TWO_YEARS]
        new = left > people.quarters - TWO_YEARS
        body.earlier = infections + np.where(new, people.infections, 0).astype(np.float32)
        if step + 1 < quarters:
            course.decide(body, events[RELAPSE] | found, events[INFECTION], care, left, step)
    history.changes = course.changes()
    return history


def _empty(rates: Rates, people: Cohort, dice: Dice, quarters: int) -> History:
    shape, step = (quarters, people.size), np.arange(quarters)[:, None]
    care = step >= quarters - people.quarters
    away = care & _away(rates, people, dice, step, quarters)
    phase = (dice.uniform("phase", people.number) * QUARTERS).astype(np.int64)
    kept = dice.uniform("visit", people.number, step) >= rates.number("visit-missed")
    visit = care & ~away & kept & ((step + phase) % 2 == 0)
    done = dice.uniform("scan", people.number, step) >= rates.number("scan-missed")
    scan = care & ~away & done & ((step + phase) % QUARTERS == 0)
    return History(
        np.zeros((len(OUTCOMES), *shape), bool), care, away, visit, scan, np.full(shape, -1, np.int8),
        np.zeros(shape, np.float32), np.zeros(shape, np.float32), np.zeros(shape, np.float32),
        np.zeros(shape, np.float32), np.zeros(shape, bool),
        np.zeros((len(OUTCOMES), people.size), np.float32), Changes.none(),
    )  # fmt: skip


def _away(rates: Rates, people: Cohort, dice: Dice, step: Ints, quarters: int) -> Flags:
    """A break of some length somewhere inside the time under care, neither at its start nor at its end."""
    share, years = rates.numbers("gap")
    length = round(years * QUARTERS)
    room = people.quarters - length - 2
    gone = (dice.uniform("gap", people.number) < share) & (room > 0)
    first = (
        quarters - people.quarters + 1 + (dice.uniform("gap-start", people.number) * np.maximum(room, 1)).astype(int)
    )
    found: Flags = gone & (step >= first) & (step < first + length)
    return found
