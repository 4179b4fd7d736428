"""Writes a made-up registry: buckets of people as tables, as FHIR or as a CDM, and the truth beside it as tables."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

from stepdown.errors import InputError
from stepdown.knowledge.library import Library
from stepdown.record.tables import TABLES
from stepdown.synthetic import cdm, disease, drugs, health, ndjson, truth
from stepdown.synthetic.dice import Dice
from stepdown.synthetic.history import live
from stepdown.synthetic.people import cohort, steps
from stepdown.synthetic.rates import Rates, rates
from stepdown.synthetic.sheet import Book

LAST_DAY = date(2026, 3, 1)
"""The last day of the registry: a day on which to screen it."""
FEW = 4
"""More threads gain little, and each holds a bucket."""
MOST = 99_999_999
TRUTH = "truth"
_EPOCH = date(1970, 1, 1)
_MARK = {"synthetic": "true", "made-by": "stepdown example --registry"}
_DATASET = """\
# No person in this folder exists. Everybody was made up by a simulator from the rates of a library of evidence.
title: Synthetic registry of {people} made-up people (seed {seed}, library {version}); screen it on {on}
note: Made up, for trying out software and methods; it says nothing about any real person or clinic.
synthetic: true
"""


Tables = dict[str, pl.DataFrame]


@dataclass(frozen=True)
class Form:
    """What a registry can be written as.

    Attributes:
        bucket: people made at a time, so that about as much memory is needed in every form.
        part: writes the tables of some people into the folder, as the part of a number.
        finish: is given the folder, the library and the last day of the registry when all parts are there.
        ready: refuses where something is missing that this form needs.
        input: what to screen, by the folder.
    """

    bucket: int
    part: Callable[[Tables, Library, Path, int], None]
    finish: Callable[[Path, Library, date], None] = lambda folder, library, last: None
    ready: Callable[[], None] = lambda: None
    input: Callable[[Path], str] = str


def make(found: Rates, first: int, last: int, seed: int) -> tuple[Tables, Tables]:
    """The people with numbers from `first` up to `last`: the tables of the record and those of the truth, by name."""
    dice, number = Dice(seed), np.arange(first, last)
    people = cohort(found, dice, number)
    history = live(found, people, dice)
    ids = pl.Series("person_id", number + 1).cast(pl.String).str.zfill(len(str(MOST)))
    book = Book(found, dice, people, steps(found), (LAST_DAY - _EPOCH).days, pl.select("SYN-" + ids).to_series())
    sheets = {**disease.sheets(book, history), **drugs.sheets(book, history), **health.sheets(book, history)}
    tables = {name: _typed(name, book.frame(name, sheet)) for name, sheet in sheets.items()}
    return tables, truth.frames(book, history)


def _typed(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The columns in the order and with the types of the record."""
    return frame.select(pl.col(column).cast(dtype) for column, dtype in TABLES[name].items() if column in frame.columns)


def write(
    library: Library,
    people: int,
    folder: Path,
    seed: int = 0,
    form: str = "tables",
    bucket: int | None = None,
    workers: int | None = None,
    told: Callable[[int], None] = lambda _: None,
) -> None:
    """Write a registry; memory is bounded by the bucket, and who is in it does not depend on it.

    Args:
        library: the documents.
        people: how many.
        folder: where to; empty or not there yet.
        seed: of all that is random.
        form: one of `FORMS`.
        bucket: people in one file of a table; what suits the form when it is None.
        workers: buckets made at a time; one for each core, up to four, when it is None.
        told: is given the number of people written so far.

    Raises:
        InputError: a number of people, a seed or a form that cannot be, or a folder that holds something or cannot be
            written.
    """
    if form not in FORMS:
        raise InputError(f"a registry cannot be written as {form[:40]!r}", "--as", f"write it as {', '.join(FORMS)}")
    FORMS[form].ready()
    if not 1 <= people <= MOST:
        raise InputError(f"{people} people cannot be made", "--registry", f"give 1 to {MOST:,}")
    if seed < 0:
        raise InputError(f"the seed {seed} is negative", "--seed", "give 0 or more")
    found = rates(library)
    try:
        if folder.exists() and any(folder.iterdir()):
            raise InputError("holds something already", str(folder), "name a new folder")
        for place in (folder, folder / TRUTH):
            place.mkdir(parents=True, exist_ok=True)
        about = _DATASET.format(people=f"{people:,}", seed=seed, version=library.version, on=LAST_DAY)
        (folder / "dataset.yaml").write_text(about, encoding="utf-8")
        made = Writing(found, FORMS[form], folder, seed)
        for done in made.buckets(people, bucket or made.form.bucket, workers or min(os.cpu_count() or 1, FEW)):
            told(done)
        made.form.finish(folder, library, LAST_DAY)
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", str(folder), "choose another folder") from None


@dataclass(frozen=True, eq=False)
class Writing:
    """One registry while it is written."""

    found: Rates
    form: Form
    folder: Path
    seed: int

    def buckets(self, people: int, bucket: int, workers: int) -> Iterator[int]:
        """Make and write buckets, a few at a time; gives the number of people written so far."""
        waiting: deque[tuple[int, Future[None]]] = deque()
        with ThreadPoolExecutor(max_workers=workers) as pool:
            for part, first in enumerate(range(0, people, bucket)):
                last = min(first + bucket, people)
                waiting.append((last, pool.submit(self._bucket, first, last, part)))
                while len(waiting) > workers:
                    done, future = waiting.popleft()
                    future.result()
                    yield done
            for done, future in waiting:
                future.result()
                yield done

    def _bucket(self, first: int, last: int, part: int) -> None:
        tables, true = make(self.found, first, last, self.seed)
        self.form.part(tables, self.found.library, self.folder, part)
        write_tables(true, self.found.library, self.folder / TRUTH, part)


def write_tables(tables: Tables, library: Library, folder: Path, part: int) -> None:
    """Write one Parquet file a table, marked as made up."""
    for name, frame in tables.items():
        (folder / name).mkdir(exist_ok=True)
        frame.write_parquet(folder / name / f"part-{part:05}.parquet", compression="lz4", metadata=_MARK)


FORMS = {
    "tables": Form(20_000, write_tables),
    "ndjson": Form(5_000, ndjson.write_part, ndjson.write_manifest),
    "omop": Form(20_000, partial(cdm.write_part, last=LAST_DAY), cdm.put_together, cdm.ready, cdm.address),
}
"""What a registry can be written as."""
