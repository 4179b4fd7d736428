"""Screens everybody on one machine: bounded memory, all cores, carried on after a kill.

Beside the result lies its working folder, `<result>.part`: the manifest, the input cut into buckets, and what is
finished of each bucket. It is deleted once the result is written.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from stepdown.cohort import manifest
from stepdown.cohort.answer import Options, answer_bucket, bucket_name
from stepdown.cohort.bucket import buckets_for
from stepdown.cohort.crew import Crew, crew
from stepdown.cohort.faults import told
from stepdown.cohort.found import Found, Writer
from stepdown.cohort.inputs import Input
from stepdown.cohort.inputs.tables import READ
from stepdown.cohort.summary import Summary, add_up
from stepdown.errors import InputError
from stepdown.knowledge.library import Library
from stepdown.record.folder import WORK

TABLES = "tables"
_CUT = "tables.done"
FORMS = (".parquet", ".csv")
_FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"
Progress = Callable[[str, int, int], None]
"""Is told what is being done, how many people are done, and of how many."""


@dataclass(frozen=True)
class Plan:
    """One screen: what is asked of whom, where it is written, and by how many processes.

    Rows are written to `out` where it ends in one of `FORMS`; `writers` write everything else.
    """

    source: Input
    options: Options
    library: Library
    out: Path
    buckets: int | None = None
    workers: int | None = None
    writers: Sequence[Writer] = ()

    @property
    def work(self) -> Path:
        """The working folder."""
        return self.out.with_name(f"{self.out.name}{WORK}")


def screen_all(plan: Plan, progress: Progress = lambda what, done, of: None) -> Summary:
    """Screen everybody, or carry on where an earlier run was stopped.

    Args:
        plan: what is asked, of whom, and where it is written.
        progress: is told how far it is.

    Returns:
        What is told of everybody together.

    Raises:
        InputError: input that cannot be read, a disk that is full, or an unfinished screen of something else.
    """
    work = plan.work
    with told(work):
        work.mkdir(parents=True, exist_ok=True)
    with _alone(work):
        try:
            with told(work):
                return _run(plan, work, progress)
        except InputError:
            if not (work / manifest.NAME).exists():
                shutil.rmtree(work, ignore_errors=True)
            raise


def _run(plan: Plan, work: Path, progress: Progress) -> Summary:
    progress("reading", 0, 0)
    stamp = plan.source.stamp()
    people = plan.source.people()
    if not people.len():
        raise InputError("holds no person", plan.source.where, "give everybody an id, in person or Patient")
    for one in plan.writers:
        one.check(people.len())
    kept, workers = work / manifest.NAME, plan.workers or _cores()
    begun = manifest.read(kept) if kept.exists() else None
    usual = begun["arguments"]["buckets"] if begun else buckets_for(people.len(), workers)
    buckets = plan.buckets or usual
    job = _job(plan, buckets)
    if begun is not None:
        manifest.check(begun, job, work)
    else:
        manifest.write(kept, job)
    left = [number for number in range(buckets) if not (work / bucket_name(number, "json")).exists()]
    workers = min(workers, len(left))
    with crew(work, workers) if workers > 1 else nullcontext(_alone_with(plan)) as answers:
        if not (work / _CUT).exists():
            plan.source.cut(people, buckets, work / TABLES, lambda what: progress(f"cutting {what}", 0, people.len()))
            if plan.source.stamp() != stamp:
                kept.unlink()
                raise InputError("changed while it was being read", plan.source.where, "run it again once it rests")
            manifest.write_aside(work / _CUT, b"")
        done = sum(manifest.read(path)["people"] for path in sorted(work.glob("bucket-*.json")))
        progress("screening", done, people.len())
        for more in answers(left):
            done += more
            progress("screening", done, people.len())
    progress("writing", people.len(), people.len())
    summary = add_up(work, buckets, plan.source.places(), plan.options, plan.out)
    found = _gather(work, plan.source.places(), plan.out, summary)
    for one in plan.writers:
        one.write(found)
    manifest.write(plan.out.with_name(f"{plan.out.name}.manifest.json"), job)
    shutil.rmtree(work, ignore_errors=True)
    return summary


def _job(plan: Plan, buckets: int) -> dict[str, Any]:
    """The manifest: digests of all that the answer rests on, and the arguments."""
    return {
        "input": plan.source.digest(),
        "library": plan.library.digest,
        "code": manifest.digest_of_code(),
        "arguments": {
            "options": plan.options.as_json(),
            "buckets": buckets,
            "form": {"kind": plan.source.kind, "said": plan.source.said()},
        },
        "overlays": [overlay.path for overlay in plan.library.overlays],
    }


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _alone(work: Path) -> Iterator[None]:
    """Keep a second run out of the same working folder.

    Raises:
        InputError: there is one.
    """
    try:
        import fcntl
    except ImportError:  # no such lock on Windows
        yield
        return
    with (work / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(
                "another screen is writing here", str(work), "wait for it, or name another --out"
            ) from None
        yield


def _alone_with(plan: Plan) -> Crew:
    """This process answers by itself, where another one would gain nothing."""
    kind, given = plan.source.kind, plan.source.said()

    def answers(numbers: Sequence[int]) -> Iterator[int]:
        for number in numbers:
            yield answer_bucket(number, kind, given, plan.work / TABLES, plan.options, plan.library, plan.work)

    return answers


def _gather(work: Path, places: pl.DataFrame, out: Path, summary: Summary) -> Found:
    """Put the rows of all buckets into the result, in the order of buckets and ids, and list the problems beside it."""
    parts = sorted(work.glob("bucket-*.arrow"))
    if out.suffix.lower() in FORMS:
        _sink(pl.scan_ipc(parts), out)
    problems = [work / TABLES / READ, *sorted(work.glob("bucket-*.problems.parquet"))]
    listed = pl.concat(pl.scan_parquet(path, hive_partitioning=False) for path in problems)
    named = with_files(listed, places)
    if summary.problems:
        _sink(named, problems_file(out))
    else:
        problems_file(out).unlink(missing_ok=True)
    return Found(summary, parts, named)


def with_files(problems: pl.LazyFrame, places: pl.DataFrame) -> pl.LazyFrame:
    """Problems with the names of their files, the line in a file of text or the row in a Parquet file."""
    named = problems.join(places.lazy(), on=["table", "_file"], how="left", maintain_order="left")
    return named.select("person_id", "table", "file", "source", row="_row", problem="key", column="column", said="said")


def problems_file(out: Path) -> Path:
    """Where the problems of a screen are listed."""
    return out.with_name(f"{out.stem}.problems.csv")


def _sink(frame: pl.LazyFrame, out: Path) -> None:
    """Write a table aside and give it its name; in CSV no text can be taken for a formula."""
    aside = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        if out.suffix.lower() == ".parquet":
            frame.sink_parquet(aside, compression_level=1, engine="streaming")
        else:
            texts = [name for name, dtype in frame.collect_schema().items() if dtype == pl.String]
            safe = [
                pl.when(pl.col(name).str.contains(_FORMULA))
                .then("'" + pl.col(name))
                .otherwise(pl.col(name))
                .alias(name)
                for name in texts
            ]
            frame.with_columns(safe).sink_csv(aside, engine="streaming")
        manifest.publish(aside, out)
    finally:
        aside.unlink(missing_ok=True)
