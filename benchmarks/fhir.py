"""Times the screen of FHIR NDJSON, from gzip to answers, with the floor beside it.

    .venv/bin/python benchmarks/fhir.py [PEOPLE ...]

The people are those of the synthetic registry, thinned to about 7 KB each, so that the figure can be held against those
of others; every file is gzip. Prints seconds, people a second, seconds of processor time over all processes (they say
more where the machine is shared) and the most memory of any process. The floor is the least that any program in these
libraries would have to do: unpack every file and parse every line once, on one core.
"""

from __future__ import annotations

import gc
import gzip
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path

import orjson

from stepdown.cohort.answer import Options
from stepdown.cohort.engine import Plan, screen_all
from stepdown.cohort.inputs import opened
from stepdown.knowledge.library import load
from stepdown.synthetic.registry import write

ON = date(2026, 3, 1)
EACH = 7000
"""So many bytes a person."""
_KEPT = ("Patient", "Condition", "MedicationStatement", "Encounter")


def thinned(made: Path, to: Path, people: int) -> int:
    """Pack an export, leaving out observations and doses at random where there are too many; its bytes unpacked."""
    files = sorted(made.glob("*.ndjson"))
    sizes = {path: path.stat().st_size for path in files}
    fixed = sum(size for path, size in sizes.items() if path.name.startswith(_KEPT))
    share = (people * EACH - fixed) / (sum(sizes.values()) - fixed)
    dice, written = random.Random(0), 0
    to.mkdir()
    for path in files:
        with path.open("rb") as lines, gzip.open(to / f"{path.name}.gz", "wb", compresslevel=6) as packed:
            for line in lines:
                if path.name.startswith(_KEPT) or dice.random() < share:
                    written += packed.write(line)
    return written


def floor(folder: Path) -> float:
    """Seconds to unpack every file and to parse every line."""
    gc.disable()
    start = time.process_time()
    for path in sorted(folder.glob("*.gz")):
        for line in gzip.decompress(path.read_bytes()).splitlines():
            orjson.loads(line)
    gc.enable()
    return time.process_time() - start


def processor_time() -> float:
    """Seconds of processor time so far of this process and of those that have ended."""
    both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def teller(marks: dict[str, float]) -> Callable[[str, int, int], None]:
    """Notes when each step began."""

    def tell(what: str, done: int, of: int) -> None:
        marks.setdefault(what.split(" ")[0], time.perf_counter())

    return tell


def main() -> None:
    """Run the sizes asked for, 10,000 and 40,000 by default."""
    library = load()
    for people in [int(one) for one in sys.argv[1:]] or [10_000, 40_000]:
        with tempfile.TemporaryDirectory() as place:
            write(library, people, Path(place) / "made", seed=1, form="ndjson")
            size = thinned(Path(place) / "made", Path(place) / "export", people)
            marks: dict[str, float] = {}
            start, before = time.perf_counter(), processor_time()
            plan = Plan(opened(Path(place) / "export", library), Options(ON), library, Path(place) / "out.parquet")
            found = screen_all(plan, teller(marks))
            taken, busy = time.perf_counter() - start, processor_time() - before
            least = floor(Path(place) / "export")
        used = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        order = ("reading", "cutting", "screening", "writing")
        steps = [f"{name} {marks[after] - marks[name]:.1f}" for name, after in pairwise(order)]
        print(
            f"{found.people:>9,} people {size / people:6,.0f} bytes each {taken:7.1f} s "
            f"{found.people / taken:>7,.0f} people a second {busy:6.1f} s of processors "
            f"({1e6 * busy / people:,.0f} us each) {max(used) / 1024:6,.0f} MB  floor {least:6.2f} s "
            f"({', '.join(steps)}; {len(os.sched_getaffinity(0))} cores)",
            flush=True,
        )


if __name__ == "__main__":
    main()
