"""Times the main job, with the floor beside each figure.

    .venv/bin/python benchmarks/assess.py

Prints: cold start of the command on one example; `assess` in a warm process (median and 99th percentile); parsing
of a Bundle of 1,000 resources; `evaluate` for 10,000 people. The floor of the cold start is a process that only
imports the libraries; that of a warm `assess` is one evaluation of the same criteria in plain Python and one
serialisation of the answer; that of parsing is the JSON parser alone; that of `evaluate` is one copy of the events.
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
from stepdown.criteria.explain import explain
from stepdown.guideline.compiled import compiled
from stepdown.knowledge.library import load
from stepdown.record.fhir import read_bundle
from stepdown.record.read import read
from stepdown.record.record import Record
from stepdown.record.tables import TABLES
from stepdown.state.derive import derive
from stepdown.state.state import values_of

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
    """One line: median and 99th percentile beside the median of the floor."""
    last = taken[min(len(taken) - 1, int(len(taken) * 0.99))]
    print(f"{name:<42} median {statistics.median(taken):9.1f} ms   p99 {last:9.1f} ms   "
          f"floor {statistics.median(floor):9.2f} ms   n={len(taken)}")  # fmt: skip


def process(*arguments: str) -> Callable[[], object]:
    """A call that runs a script or a module in a process of its own."""
    return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


def copies(record: Record, times: int) -> Record:
    """The same person `times` over under different ids."""
    ids = pl.DataFrame({"person_id": [f"P{number:07d}" for number in range(times)]})
    return Record(
        {name: record[name].drop("person_id").join(ids, how="cross").select(list(TABLES[name])) for name in TABLES}
    )


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
    values = values_of(derive(record, ON, library), 0, library)
    nodes = compiled(library).nodes.values()
    show(
        "assess, warm, one person",
        timed(lambda: assess(record, ON, library=library), 300),
        timed(lambda: ([explain(node, values) for node in nodes], orjson.dumps(answer)), 100),
    )
    data = large_bundle(1000)
    show(
        f"read a Bundle of 1,000 resources ({len(data) // 1024} kB)",
        timed(lambda: read_bundle(data, "bundle.json", library), 20),
        timed(lambda: json.loads(data), 20),
    )
    crowd = copies(record, 10_000)
    rows = sum(frame.height for frame in crowd.tables.values())
    show(
        f"evaluate 10,000 people ({rows:,} events)",
        timed(lambda: evaluate(crowd, ON, library), 3),
        timed(lambda: [frame.clone().hash_rows() for frame in crowd.tables.values()], 3),
    )


if __name__ == "__main__":
    main()
