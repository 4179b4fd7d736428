"""Times the library: read cold, read again, and what is made from it, with the floor beside the cold read.

    .venv/bin/python benchmarks/library.py

A cold read is the first one of a new process, after the imports: with nothing kept from an earlier run, and with what
the run before it kept (`knowledge/kept.py`). Its floor is the C parser of YAML over the same files
with nothing done to what it finds. Times are those of the processor, so that other work on the machine counts little;
the fastest of several is the one least disturbed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date

import yaml

from stepdown.criteria.lint import check_library
from stepdown.knowledge.coverage import coverage
from stepdown.knowledge.library import SHIPPED, load
from stepdown.report.pages import pages

COLD = """
import time
from stepdown.knowledge.library import load
start = time.process_time()
load()
print((time.process_time() - start) * 1e3)
"""


def cold(cache: str) -> float:
    """Milliseconds of the first read in a new process that keeps what it read in a folder."""
    environment = os.environ | {"XDG_CACHE_HOME": cache}
    run = [sys.executable, "-c", COLD]
    return float(subprocess.run(run, check=True, capture_output=True, text=True, env=environment).stdout)


def empty_cold() -> float:
    """Milliseconds of the first read where nothing was kept."""
    with tempfile.TemporaryDirectory() as cache:
        return cold(cache)


def timed(call: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    start = time.process_time()
    call()
    return (time.process_time() - start) * 1e3


def parse_only(texts: list[bytes]) -> None:
    """The events of the C parser, thrown away."""
    for text in texts:
        for _ in yaml.parse(text, Loader=yaml.CSafeLoader):
            pass


def show(name: str, taken: list[float]) -> None:
    """One line: the fastest and the middle one."""
    print(f"{name:<36} fastest {min(taken):9.3f} ms   median {sorted(taken)[len(taken) // 2]:9.3f} ms   n={len(taken)}")


def main() -> None:
    """Run everything."""
    texts = [path.read_bytes() for path in sorted(SHIPPED.glob("**/*.yaml"))]
    show("cold read, nothing kept", [empty_cold() for _ in range(15)])
    with tempfile.TemporaryDirectory() as cache:
        cold(cache)
        show("cold read, kept from before", [cold(cache) for _ in range(15)])
    show("floor: the C parser alone", [timed(lambda: parse_only(texts)) for _ in range(15)])
    library = load()
    show("read again", [timed(load) for _ in range(50)])
    show("check", [timed(lambda: check_library(today=date(2026, 11, 22))) for _ in range(3)])
    show("coverage", [timed(lambda: coverage(library)) for _ in range(5)])
    show("pages", [timed(lambda: pages(library)) for _ in range(5)])
    count = sum(len(documents) for documents in library.documents.values())
    print(f"{count} documents, {len(texts)} files, {sum(map(len, texts)):,} bytes, {library.digest}")


if __name__ == "__main__":
    main()
