"""Times the numbers of one person, with the floor beside each figure.

    .venv/bin/python benchmarks/prognosis.py

One person on ocrelizumab (10 options), 4 outcomes, 2 horizons. Prints for 2,000 and 10,000 draws: the whole assessment
with explanation and what is worth finding out, without tipping points; tipping points and the first day of
eligibility apart; the forecast and the comparison alone; and the size of the models when they are first made. The floor
of the numbers is one exponential a risk and draw, and one sort for each interval.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from unittest.mock import patch

import numpy as np

import stepdown
from stepdown.assess import assess, evaluate
from stepdown.assessment import tipping
from stepdown.decision.forecasting import forecaster
from stepdown.knowledge.library import load
from stepdown.prognosis.model import models
from stepdown.record.read import read

EXAMPLE = Path(stepdown.__file__).parent / "examples" / "long-quiet-ocrelizumab" / "chart.yaml"
ON = date(2026, 3, 1)
NOTHING = {"tipping_points": [], "eligible_from": None}


def timed(call: Callable[[], object], times: int) -> list[float]:
    """Milliseconds of each of several calls, after three that warm up."""
    for _ in range(3):
        call()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        taken.append((time.perf_counter() - start) * 1e3)
    return sorted(taken)


def show(name: str, taken: list[float], floor: float | None = None) -> None:
    """One line: the least, median and 99th percentile, beside the floor."""
    last = taken[min(len(taken) - 1, int(len(taken) * 0.99))]
    beside = "" if floor is None else f"  floor {floor:6.1f} ms"
    print(f"{name:<52} least {taken[0]:7.1f} ms  median {statistics.median(taken):7.1f} ms  p99 {last:7.1f} ms{beside}")


def floor_of(draws: int) -> float:
    """Milliseconds for one exponential a risk and a sort a risk: 10 options, 4 outcomes, 2 horizons."""
    hazards = np.random.default_rng(0).random((80, draws))
    return timed(lambda: np.sort(-np.expm1(-hazards), axis=1), 20)[0]


def measure(draws: int) -> None:
    """The figures of one number of draws."""
    library = load()
    record = read(EXAMPLE, library)
    start = time.perf_counter()
    made = models(library, draws, 0)
    took, size = (
        time.perf_counter() - start,
        sum(c.nbytes for m in made.by_outcome.values() for c in m.columns.values()),
    )
    print(f"\n{draws:,} draws; models made in {took * 1e3:.0f} ms, {size / 1e6:.0f} MB")
    floor = floor_of(draws)
    with patch("stepdown.assessment.tipping", return_value=NOTHING):
        show(
            "assess, without tipping points", timed(lambda: assess(record, ON, draws=draws, library=library), 60), floor
        )
    whole = evaluate(record, ON, library, explain=True, draws=draws)
    kind = whole.decisions.columns["kind"][0]
    show("tipping points and eligible_from", timed(lambda: tipping(whole, 0, kind), 30))
    makes, here, nobody = forecaster(library, (2.0, 5.0), draws, 0), np.array([0]), np.zeros(1, bool)
    options, _ = whole.decisions.of(0)
    alone = timed(lambda: makes(whole.state, whole.verdicts, "ocrelizumab", here, options, nobody), 60)
    show("forecast alone", alone, floor)


if __name__ == "__main__":
    for count in (2_000, 10_000):
        measure(count)
