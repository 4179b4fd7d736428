"""Times the numbers of a crowd, with the floor beside them.

    .venv/bin/python benchmarks/screen_risks.py [PEOPLE [DRAWS]]

The crowd is a synthetic registry on one day, read beforehand. Prints microseconds of processor time a person
and people a second and core: decided without numbers, with them, and the difference, which is what numbers cost. The
floor is one exponential a risk and draw: every option of every person, 4 outcomes, 2 horizons.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import date

import numpy as np

from stepdown.decision.decide import Decisions, decide
from stepdown.decision.forecasting import forecaster
from stepdown.decision.weigh import Asking
from stepdown.guideline.compiled import compiled, guidelines_of
from stepdown.guideline.verdicts import hold
from stepdown.knowledge.library import load
from stepdown.prognosis.forecast import OUTCOMES
from stepdown.record.record import Record, check_tables
from stepdown.state.derive import derive
from stepdown.synthetic.rates import rates
from stepdown.synthetic.registry import make

ON = date(2026, 3, 1)
HORIZONS = (2.0, 5.0)


def least(call: Callable[[], object], times: int = 10) -> float:
    """Microseconds of processor time of the quickest of several calls, after one that warms up."""
    call()
    taken = []
    for _ in range(times):
        start = time.process_time()
        call()
        taken.append(time.process_time() - start)
    return min(taken) * 1e6


def floor(decisions: Decisions, draws: int) -> float:
    """Microseconds for one exponential a risk and draw, some at a time."""
    risks = sum(group.rows.size * len(group.options) for group in decisions.groups) * len(OUTCOMES) * len(HORIZONS)
    some = np.random.default_rng(0).random((10_000, draws))
    spare = np.empty_like(some)
    return least(lambda: np.expm1(some, out=spare)) * risks / len(some)


def measure(people: int, draws: int) -> None:
    """The figures of one number of draws."""
    library = load()
    tables, _ = make(rates(library), 0, people, 0)
    state = derive(Record(check_tables(tables)), ON, library, False)
    verdicts, guidelines = hold(state, compiled(library)), guidelines_of(library, None)
    asking = Asking(forecaster(library, HORIZONS, draws, 0))
    bare = least(lambda: decide(state, verdicts, guidelines, library)) / people
    full = least(lambda: decide(state, verdicts, guidelines, library, asking)) / people
    least_of_all = floor(decide(state, verdicts, guidelines, library), draws) / people
    print(f"{people:,} people, {draws:,} draws")
    for name, each in (("without numbers", bare), ("with numbers", full), ("numbers alone", full - bare),
                       ("floor of the numbers", least_of_all)):  # fmt: skip
        print(f"{name:<22}{each:8.1f} us a person  {1e6 / each:9,.0f} people a second and core")


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:]]
    measure(*[*given, *(10_000, 128)[len(given) :]])
