"""Processes that answer for buckets, each one after the other; they get ready while the input is cut."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from stepdown.errors import InputError

_CARRY_ON = "run it again to carry on; if memory ran out, begin anew with more --buckets"
Crew = Callable[[Sequence[int]], Iterator[int]]
"""Given the numbers of buckets: how many people were answered for, a bucket at a time."""


@contextmanager
def crew(work: Path, workers: int) -> Iterator[Crew]:
    """Start processes that answer for buckets of a working folder, and end them afterwards.

    Args:
        work: the working folder, with its manifest in it.
        workers: how many.
    """
    processes = [_worker(work) for _ in range(workers)]
    try:
        yield lambda numbers: _answers(processes, numbers)
    finally:
        for one in processes:
            one.kill()
            one.wait()


def _answers(processes: Sequence[subprocess.Popen[str]], numbers: Sequence[int]) -> Iterator[int]:
    todo: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in numbers:
        todo.put(number)
    said: queue.SimpleQueue[str] = queue.SimpleQueue()
    for one in processes:
        threading.Thread(target=_feed, args=(one, todo, said), daemon=True).start()
    for _ in numbers:
        kind, _, rest = said.get().partition(" ")
        if kind == "killed":
            raise InputError("a process that answers was ended from outside", mend=_CARRY_ON)
        if kind != "done":
            raise InputError(rest) if rest else RuntimeError("a worker ended before its work did")
        yield int(rest.split()[1])


def _worker(work: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "stepdown.cohort.worker", str(work)]
    # the manifest names every overlay, those of STEPDOWN_LIBRARY among them
    environment = {name: value for name, value in os.environ.items() if name != "STEPDOWN_LIBRARY"}
    environment["POLARS_MAX_THREADS"] = "1"
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)


def _feed(process: subprocess.Popen[str], todo: queue.SimpleQueue[int], said: queue.SimpleQueue[str]) -> None:
    """Give one worker a bucket at a time, and pass on what it says of each."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        while True:
            number = todo.get_nowait()
            print(number, file=process.stdin, flush=True)
            line = process.stdout.readline().strip()
            said.put(line or _ended(process))
            if not line.startswith("done"):
                return
    except queue.Empty:
        return
    except OSError:  # it ended before it was asked, and may have said why
        said.put(process.stdout.readline().strip() or _ended(process))


def _ended(process: subprocess.Popen[str]) -> str:
    """How a process ended that said nothing: by a signal, such as for want of memory, or by a fault of its own."""
    return "killed" if process.wait() < 0 else "failed"
