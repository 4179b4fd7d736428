"""Time and memory of disability and NEDA-3, for one person in a warm process and for 100,000 people of 20 visits.

python benchmarks/worsening_scale.py [PEOPLE]
"""

from __future__ import annotations

import resource
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date

import numpy as np
import polars as pl

from stepdown.knowledge.library import load
from stepdown.record.record import Record, check_tables
from stepdown.state import disability, neda
from stepdown.state.arrays import covered_since
from stepdown.state.events import Events, prepare
from stepdown.state.treatment_current import current

VISITS = 20
ON = date(2026, 3, 1)


def made(people: int, observed: bool, seed: int = 1) -> Record:
    """People seen every half year whose EDSS wanders, with a relapse every few years."""
    random = np.random.default_rng(seed)
    last = (ON - date(1970, 1, 1)).days - 30
    ids = np.array([f"P{number:07d}" for number in range(people)])
    days = (last - 182 * np.arange(VISITS)[::-1] + random.integers(-20, 21, (people, VISITS))).ravel()
    steps = np.cumsum(random.choice([-0.5, 0, 0, 0, 0.5, 1.0], (people, VISITS)), axis=1)
    edss = np.clip(2.0 + steps, 1.0, 9.0).ravel()
    relapses = random.integers(last - 182 * VISITS, last, 2 * people)

    def dated(person: np.ndarray, day: np.ndarray, **more: object) -> pl.DataFrame:  # type: ignore[type-arg]
        dates = pl.Series(day.astype("datetime64[D]"))
        return pl.DataFrame({"person_id": person, "on": dates, "on_latest": dates, **more}).with_columns(
            pl.lit("final").alias("status"), pl.format("e/{}", pl.int_range(pl.len())).alias("source")
        )

    start = pl.Series([date(1990, 1, 1) if observed else date(2021, 1, 1)]).new_from_index(0, people)
    return Record(
        check_tables({
            "person": pl.DataFrame({"person_id": ids}),
            "observed": pl.DataFrame(
                {"person_id": ids, "domain": ["relapse"] * people, "from": start, "from_latest": start}
            ),
            "disability": dated(np.repeat(ids, VISITS), days, edss=edss),
            "relapse": dated(np.tile(ids, 2), relapses),
        })
    )  # fmt: skip


def seconds(call: Callable[[Events], object], record: Record) -> float:
    """Time of one call on fresh events; observed spans and the current drug are worked out before, for all topics."""
    events = prepare(record, ON, load(), explain=False)
    covered_since(events, "relapse")
    current(events)
    begin = time.perf_counter()
    call(events)
    return time.perf_counter() - begin


def both(events: Events) -> None:
    """Disability and NEDA-3, as in an assessment."""
    disability.derive(events)
    disability.derive_worsening(events)
    neda.derive(events)


def main() -> None:
    """Print the times."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    one = made(1, observed=True)
    warm = [seconds(both, one) for _ in range(220)][20:]
    print(f"one person, {VISITS} visits: median {statistics.median(warm) * 1e3:.2f} ms, "
          f"99th percentile {np.quantile(warm, 0.99) * 1e3:.2f} ms")  # fmt: skip
    for observed in (True, False):
        record = made(people, observed)
        took = seconds(both, record)
        word = "throughout" if observed else "for the last five years"
        print(f"{people} people, {VISITS} visits, relapses observed {word}: {took:.1f} s")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.1f} GB")


if __name__ == "__main__":
    main()
