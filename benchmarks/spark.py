"""Times the screen of a synthetic registry on Spark at 1 and 2 local cores, beside the engine of one machine.

    build/spark/bin/python benchmarks/spark.py [PEOPLE ...]

Prints seconds and people a second by the clock, and seconds of processor time over all processes, Java among them (they
say more where the machine is shared). Starting Spark is told apart: it takes as long for ten people as for millions.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from stepdown.cohort.answer import Options
from stepdown.cohort.engine import Plan, screen_all
from stepdown.cohort.inputs import opened
from stepdown.cohort.spark import SparkPlan, screen_on_spark
from stepdown.cohort.spark_session import session
from stepdown.cohort.summary import Summary
from stepdown.knowledge.library import Library, load
from stepdown.synthetic.registry import LAST_DAY
from stepdown.synthetic.registry import write as write_registry

CORES = (1, 2)
PEOPLE_PER_BUCKET = 10_000
_TICKS = os.sysconf("SC_CLK_TCK")


def processor_time() -> float:
    """Seconds of processor time of this process and of all that it started, ended or not; Linux only."""
    parents: dict[int, int] = {}
    times: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)], times[int(entry.name)] = int(fields[1]), sum(map(int, fields[11:15]))
    ours = {os.getpid()}
    while found := {child for child, parent in parents.items() if parent in ours} - ours:
        ours |= found
    return sum(times[one] for one in ours if one in times) / _TICKS


def timed(name: str, people: int, screen: Callable[[], Summary]) -> Summary:
    """Run a screen and print how long it took."""
    start, before = time.perf_counter(), processor_time()
    found = screen()
    taken, busy = time.perf_counter() - start, processor_time() - before
    print(
        f"{name:<16}{people:>9,} people {taken:7.1f} s {people / taken:>8,.0f} people a second "
        f"{busy:7.1f} s of processors {people / busy:>8,.0f} people a second of processor",
        flush=True,
    )
    return found


def on_spark(cores: int, people: int, folder: Path, options: Options, library: Library, to: Path) -> Summary:
    """Screen on Spark, and say what its start cost."""
    start, before = time.perf_counter(), processor_time()
    buckets = max(CORES[-1], -(-people // PEOPLE_PER_BUCKET))
    with session(f"local[{cores}]") as spark:
        spark.range(1).count()
        print(
            f"  Spark started in {time.perf_counter() - start:.1f} s, {processor_time() - before:.1f} s of processors"
        )
        plan = SparkPlan(str(folder), options, library, str(to / f"spark-{cores}.parquet"), buckets)
        found = timed(f"spark local[{cores}]", people, lambda: screen_on_spark(plan))
    return found


def main() -> None:
    """Run the sizes asked for, 100,000 people by default."""
    library, options = load(), Options(LAST_DAY)
    for people in [int(one) for one in sys.argv[1:]] or [100_000]:
        with tempfile.TemporaryDirectory() as place:
            folder, to = Path(place) / "registry", Path(place)
            write_registry(library, people, folder)
            for cores in CORES:
                plan = Plan(opened(folder, library), options, library, to / f"{cores}.parquet", None, cores)
                timed(f"one machine, {cores}", people, lambda plan=plan: screen_all(plan))  # type: ignore[misc]
            for cores in CORES:
                on_spark(cores, people, folder, options, library, to)


if __name__ == "__main__":
    main()
