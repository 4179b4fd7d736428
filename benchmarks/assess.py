"""Times the main job, with the floor beside each figure.

    .venv/bin/python benchmarks/assess.py

Prints: cold start of the command on one example; `assess` in a warm process; parsing of a Bundle of 1,000 resources;
`evaluate` for 10,000 people. Each with its least time (what the work costs on a quiet machine), median, 99th
percentile, and the floor, the least that any program in these libraries would have to do:

- the cold start: a process that only imports the libraries;
- `assess`: every cell of the record read once, every criterion held once, the answer written once;
- parsing: the JSON parser alone;
- `evaluate`: the same people read once, row by row, and every criterion held on them.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import orjson
import polars as pl

import stepdown
from stepdown.assess import assess, evaluate
from stepdown.guideline.compiled import compiled
from stepdown.knowledge.library import load
from stepdown.record.fhir import read_bundle
from stepdown.record.read import read
from stepdown.record.record import Record
from stepdown.record.tables import TABLES
from stepdown.state.derive import derive

EXAMPLE = Path(stepdown.__file__).parent / "examples" / "long-quiet-ocrelizumab"
ON = date(2026, 3, 1)


def timed(call: Callable[[], object], times: int) -> list[float]:
    """Milliseconds of each of several calls, after two that warm up."""
    call(), call()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        taken.append((time.perf_counter() - start) * 1e3)
    return sorted(taken)


def show(name: str, taken: list[float], floor: list[float]) -> None:
    """One line: the least, median and 99th percentile beside the least of the floor."""
    last = taken[min(len(taken) - 1, int(len(taken) * 0.99))]
    print(f"{name:<42} least {taken[0]:8.1f} ms  median {statistics.median(taken):8.1f} ms  p99 {last:8.1f} ms  "
          f"floor {floor[0]:8.2f} ms  n={len(taken)}")  # fmt: skip


def process(*arguments: str) -> Callable[[], object]:
    """A call that runs a script or a module in a process of its own."""
    return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


def copies(record: Record, times: int) -> Record:
    """The same person `times` over under different ids."""
    ids = pl.DataFrame({"person_id": [f"P{number:07d}" for number in range(times)]})
    return Record(
        {name: record[name].drop("person_id").join(ids, how="cross").select(list(TABLES[name])) for name in TABLES}
    )


def cells(record: Record) -> list[object]:
    """Every cell of a record as a Python value."""
    return [frame.rows() for frame in record.tables.values()]


def hashes(record: Record) -> list[object]:
    """Every row of a record looked at once."""
    return [frame.hash_rows() for frame in record.tables.values()]


def large_bundle(resources: int) -> bytes:
    """The Bundle of the example, its observations repeated under other ids up to a number of resources."""
    bundle = json.loads((EXAMPLE / "bundle.json").read_bytes())
    entries = bundle["entry"]
    seeds = [entry for entry in entries if entry["resource"]["resourceType"] == "Observation"]
    while len(entries) < resources:
        copy = json.loads(json.dumps(seeds[len(entries) % len(seeds)]))
        copy["resource"]["id"] = copy["resource"].get("id", "o") + f"-{len(entries)}"
        copy["fullUrl"] = f"urn:example:{len(entries)}"
        entries.append(copy)
    return json.dumps(bundle).encode()


def main() -> None:
    """Run everything."""
    library = load()
    chart = EXAMPLE / "chart.yaml"
    command = (str(Path(sys.executable).with_name("stepdown")), "assess", str(chart), "--on", ON.isoformat())
    show(
        "cold start, command on one example",
        timed(process(*command), 10),
        timed(process("-c", "import polars, numpy, pydantic, orjson, rich.console, typer"), 10),
    )
    record = read(chart, library)
    answer = assess(record, ON, library=library).data
    state, program = derive(record, ON, library), compiled(library).program
    show(
        "assess, warm, one person",
        timed(lambda: assess(record, ON, library=library), 300),
        timed(lambda: (cells(record), program.run(state.numbers, state.sets), orjson.dumps(answer)), 100),
    )
    data = large_bundle(1000)
    show(
        f"read a Bundle of 1,000 resources ({len(data) // 1024} kB)",
        timed(lambda: read_bundle(data, "bundle.json", library), 20),
        timed(lambda: orjson.loads(data), 20),
    )
    crowd = copies(record, 10_000)
    state = derive(crowd, ON, library)
    rows = sum(frame.height for frame in crowd.tables.values())
    show(
        f"evaluate 10,000 people ({rows:,} events)",
        timed(lambda: evaluate(crowd, ON, library), 3),
        timed(lambda: (hashes(crowd), program.run(state.numbers, state.sets)), 3),
    )


if __name__ == "__main__":
    main()
