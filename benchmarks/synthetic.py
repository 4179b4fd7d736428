"""Times the synthetic registry as tables, and its memory, at growing sizes.

    .venv/bin/python benchmarks/synthetic.py [PEOPLE ...]

Each size runs in a process of its own and writes into a folder that is removed afterwards. The floor beside the rate is
what it takes to write the same rows again, without making anybody up.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from stepdown.knowledge.library import load
from stepdown.synthetic.rates import Rates, rates
from stepdown.synthetic.registry import BUCKET, TRUTH, make, write

SIZES = (10_000, 100_000, 1_000_000)


def measure(people: int) -> None:
    """One line: seconds, people a minute, rows, bytes, most memory."""
    library = load()
    found = rates(library)
    with tempfile.TemporaryDirectory(prefix="synthetic-") as place:
        folder = Path(place) / "registry"
        start = time.perf_counter()
        write(library, people, folder)
        taken = time.perf_counter() - start
        files = [file for file in folder.rglob("*.parquet") if TRUTH not in file.relative_to(folder).parts]
        rows = sum(pl.scan_parquet(file).select(pl.len()).collect().item() for file in files)
        size = sum(file.stat().st_size for file in folder.rglob("*.parquet"))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        shutil.rmtree(folder)
    print(
        f"{people:>9,} people  {taken:6.1f} s  {people / taken * 60 / 1e6:5.2f} million a minute  {rows:>11,} rows  "
        f"{size / 2**30:5.2f} GB  most memory {memory:4.2f} GB  floor {floor(found) * people / BUCKET:5.1f} s"
    )


def floor(found: Rates) -> float:
    """Seconds to write the tables of one bucket that is made already."""
    tables, truth = make(found, 0, BUCKET, 0)
    with tempfile.TemporaryDirectory(prefix="synthetic-") as place:
        start = time.perf_counter()
        for number, frame in enumerate([*tables.values(), *truth.values()]):
            frame.write_parquet(Path(place) / f"{number}.parquet", compression="lz4")
        return time.perf_counter() - start


if __name__ == "__main__":
    if len(sys.argv) == 2:
        measure(int(sys.argv[1]))
    else:
        for size in sys.argv[1:] or SIZES:
            subprocess.run([sys.executable, __file__, str(size)], check=True)
