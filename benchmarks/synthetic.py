"""Times the synthetic registry in each form, with its size and its memory, at growing numbers of people.

    .venv/bin/python benchmarks/synthetic.py [tables|ndjson|omop ...] [PEOPLE ...]

Each size runs in a process of its own and writes into a folder that is removed afterwards (TMPDIR says where). Beside
the people a second stand those a second of processor time, which other work on the machine changes less. The floor is
the processor time of making everybody up, without writing.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from stepdown.knowledge.library import load
from stepdown.synthetic.rates import rates
from stepdown.synthetic.registry import FORMS, TRUTH, make, write

SIZES = (10_000, 100_000, 1_000_000)


def measure(form: str, people: int) -> None:
    """One line: people a second, of time and of processor time, bytes a person, most memory."""
    library = load()
    rates(library)
    with tempfile.TemporaryDirectory(prefix="synthetic-") as place:
        folder = Path(place) / "registry"
        start, spent = time.perf_counter(), time.process_time()
        write(library, people, folder, form=form)
        taken, spent = time.perf_counter() - start, time.process_time() - spent
        files = [file for file in folder.rglob("*") if file.is_file() and TRUTH not in file.relative_to(folder).parts]
        size = sum(file.stat().st_size for file in files)
        shutil.rmtree(folder)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{form:<7} {people:>9,} people  {taken:6.1f} s  {people / taken:7,.0f} a second  "
        f"{people / spent:7,.0f} a second of processor  floor {floor(form):7,.0f}  "
        f"{size / people:7,.0f} bytes a person  {size / spent / 1e6:4.0f} MB a second of processor  "
        f"most memory {memory:4.2f} GB"
    )


def floor(form: str) -> float:
    """People a second of processor time that are made up, without being written."""
    found, bucket = rates(load()), FORMS[form].bucket
    start = time.process_time()
    make(found, 0, bucket, 0)
    return bucket / (time.process_time() - start)


if __name__ == "__main__":
    forms = [one for one in sys.argv[1:] if one in FORMS] or list(FORMS)
    sizes = [int(one) for one in sys.argv[1:] if one not in FORMS] or SIZES
    if os.environ.get("STEPDOWN_MEASURE"):
        measure(forms[0], sizes[0])
    else:
        environment = os.environ | {"STEPDOWN_MEASURE": "yes"}
        for name in forms:
            for many in sizes:
                subprocess.run([sys.executable, __file__, name, str(many)], check=True, env=environment)
