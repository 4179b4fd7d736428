"""Times the screen of a crowd from Parquet: the whole state and all guidelines, with the floor beside it.

    .venv/bin/python benchmarks/screen.py [PEOPLE ...]

The crowd is the shipped people over and over, each copy under an id of its own, about 40 events each. Prints seconds,
people a second, seconds of processor time over all processes (they say more where the machine is shared), and the most
memory of any process. The floor is the least that any program in these libraries would have to do: every file read
once, and every criterion held once on a state that is there already.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from datetime import date
from itertools import pairwise
from pathlib import Path

import polars as pl

import stepdown
from stepdown.cohort.answer import Options
from stepdown.cohort.engine import Plan, screen_all
from stepdown.cohort.inputs import opened
from stepdown.guideline.compiled import compiled
from stepdown.knowledge.library import Library, load
from stepdown.record.read import read
from stepdown.record.record import Record, join_records
from stepdown.record.tables import TABLES
from stepdown.state.derive import derive

EXAMPLES = Path(stepdown.__file__).parent / "examples"
ON = date(2026, 3, 1)


def shipped(library: Library) -> Record:
    """The shipped people, each under the name of its example."""
    records = []
    for about in sorted(EXAMPLES.glob("*/about.yaml")):
        record = read(about.with_name("chart.yaml"), library)
        tables = {key: frame.with_columns(person_id=pl.lit(about.parent.name)) for key, frame in record.tables.items()}
        records.append(Record(tables))
    return join_records(records)


def write(record: Record, people: int, to: Path) -> int:
    """Write so many people as Parquet; the number of rows."""
    each = record["person"].height
    numbers = pl.LazyFrame({"_copy": pl.int_range(-(-people // each), eager=True)})
    rows = 0
    for name, frame in record.tables.items():
        if frame.is_empty():
            continue
        named = pl.col("person_id") + "-" + pl.col("_copy").cast(pl.String).str.zfill(8)
        path = to / f"{name}.parquet"
        frame.lazy().join(numbers, how="cross").with_columns(named).select(list(TABLES[name])).sink_parquet(path)
        rows += pl.scan_parquet(path).select(pl.len()).collect().item()
    return rows


def floor(folder: Path, record: Record, people: int, library: Library) -> float:
    """Seconds to read every file once, on all cores, and to hold every criterion once, on one."""
    start = time.perf_counter()
    for file in sorted(folder.glob("*.parquet")):
        pl.read_parquet(file)
    reading = time.perf_counter() - start
    state, program = derive(record, ON, library), compiled(library).program
    some = [index % state.people.len() for index in range(10_000)]
    numbers, sets = state.numbers[:, :, some], state.sets[:, some]
    start = time.perf_counter()
    program.run(numbers, sets)
    return reading + (time.perf_counter() - start) * people / 10_000


def processor_time() -> float:
    """Seconds of processor time so far of this process and of those that have ended."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def main() -> None:
    """Run the sizes asked for, 10,000 and 100,000 by default."""
    library = load()
    record = shipped(library)
    for people in [int(one) for one in sys.argv[1:]] or [10_000, 100_000]:
        with tempfile.TemporaryDirectory() as place:
            to = Path(place) / "tables"
            to.mkdir()
            rows = write(record, people, to)
            marks: dict[str, float] = {}

            def tell(what: str, done: int, of: int, marks: dict[str, float] = marks) -> None:
                marks.setdefault(what.split(" ")[0], time.perf_counter())

            start, before = time.perf_counter(), processor_time()
            plan = Plan(opened(to, library), Options(ON), library, Path(place) / "out.parquet")
            found = screen_all(plan, tell)
            taken, busy = time.perf_counter() - start, processor_time() - before
            least = floor(to, record, found.people, library)
        used = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        order = ("reading", "cutting", "screening", "writing")
        steps = [f"{name} {marks[after] - marks[name]:.1f}" for name, after in pairwise(order)]
        print(
            f"{found.people:>9,} people {rows:>11,} rows {taken:7.1f} s {found.people / taken:>8,.0f} people a second "
            f"{busy:6.1f} s of processors {max(used) / 1024:6,.0f} MB  floor {least:6.2f} s ({', '.join(steps)}; "
            f"{len(os.sched_getaffinity(0))} cores)",
            flush=True,
        )


if __name__ == "__main__":
    main()
