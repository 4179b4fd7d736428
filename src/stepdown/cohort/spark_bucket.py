"""What an executor of Spark does: answers for the people of one bucket, by the code that answers on one machine.

A bucket comes as one Arrow table, the rows of all tables of the record among each other (`spark_frames`), and goes as
one: a row a person, a row a problem, and one row that says what was counted.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import polars as pl

from stepdown.cohort import manifest
from stepdown.cohort.answer import Options, answered
from stepdown.cohort.engine import with_files
from stepdown.cohort.inputs.tables import strange, understood
from stepdown.cohort.summary import first_of
from stepdown.errors import InputError
from stepdown.knowledge import shelf
from stepdown.knowledge.library import Library, load
from stepdown.record.folder import PLACE, Claim, as_words

if TYPE_CHECKING:
    import pyarrow as pa

REFUSED = "stepdown refuses: "
"""Begins the line of an executor that cannot go on for a reason that a person can mend."""
PERSON, PROBLEM, COUNT = "person", "problem", "count"
"""What a row of an answer is."""
PLACED = {"person_id": pl.String(), "table": pl.String(), "file": pl.String(), "source": pl.String(),
          "row": pl.Int64(), "problem": pl.String(), "column": pl.String(), "said": pl.String()}  # fmt: skip
"""Columns of the list of problems."""
KEYS = ("bucket", "tag", "person_id", *PLACE)
"""Columns of the tagged frame before its slots."""
_ARROW = {
    pl.String(): "string", pl.Int64(): "int64", pl.Float64(): "float64", pl.Boolean(): "bool", pl.Date(): "date32",
}  # fmt: skip
Overlays = tuple[tuple[tuple[str, bytes], ...], ...]
"""The documents of each folder laid over the library: their places in it and their bytes."""


@dataclass(frozen=True)
class Part:
    """Rows of one table that have the same columns.

    Attributes:
        table: name of the table.
        slots: for each column but `person_id` the column of the tagged frame that holds it.
    """

    table: str
    slots: dict[str, str]


@dataclass(frozen=True)
class Task:
    """All that an executor needs besides the rows.

    Attributes:
        parts: what the tags of rows mean.
        claims: what is declared of everybody, as JSON.
        places: names of the files that problems point to: table, number, name.
        options: what is asked, as JSON.
        overlays: documents laid over the library.
        library, code: digests on the machine that asks; an executor that has others refuses.
        columns: columns of the answer and their types.
    """

    parts: tuple[Part, ...]
    claims: tuple[list[str | None], ...]
    places: tuple[tuple[str, int, str], ...]
    options: dict[str, Any]
    overlays: Overlays
    library: str
    code: str
    columns: Mapping[str, pl.DataType]


def wire(columns: Mapping[str, pl.DataType]) -> dict[str, pl.DataType]:
    """Columns of what an executor gives back; those of problems and of people are numbered.

    Args:
        columns: of the answer, one row a person.
    """
    problems = {f"p{place}": dtype for place, dtype in enumerate(PLACED.values())}
    people = {f"c{place}": dtype for place, dtype in enumerate(columns.values())}
    return {"what": pl.String(), "said": pl.String(), **problems, **people}


def answer_group(task: Task, table: pa.Table) -> pa.Table:
    """Answer for the people of one bucket.

    Args:
        task: what is asked.
        table: the rows of the bucket, with the columns `KEYS` and the slots of the parts.

    Returns:
        The columns of `wire`.

    Raises:
        RuntimeError: what was refused, on one line after `REFUSED`; Spark carries no other kind of error.
    """
    try:
        library = _library(task.overlays, task.library, task.code)
        raw, nobodys = _parted(task, pl.DataFrame(pl.from_arrow(table)))
        record, problems = understood(raw, Claim.from_json(task.claims), library)
        found = answered(record, problems, Options.from_json(task.options), library)
    except InputError as error:
        raise RuntimeError(f"{REFUSED}{error}") from None
    listed = pl.concat([nobodys, found.problems])
    counts = found.counts | {"problems": first_of(listed.lazy()).to_dicts()}
    answers = [
        found.rows.rename({name: f"c{at}" for at, name in enumerate(found.rows.columns)}).with_columns(
            what=pl.lit(PERSON)
        ),
        _named(listed, task.places).with_columns(what=pl.lit(PROBLEM)),
        pl.DataFrame({"what": COUNT, "said": orjson.dumps(counts).decode()}),
    ]
    return _arrow(pl.concat([one for one in answers if one.height], how="diagonal"), wire(task.columns))


def _parted(task: Task, frame: pl.DataFrame) -> tuple[dict[str, list[pl.DataFrame]], pl.DataFrame]:
    """The rows of each table as they stand in their files, and problems of those that belong to nobody."""
    frame = frame.sort("tag", *PLACE)
    each = frame.partition_by("tag", as_dict=True)
    raw: dict[str, list[pl.DataFrame]] = {}
    nobodys = []
    is_person = [tag for tag, part in enumerate(task.parts) if part.table == "person"]
    people = frame.lazy().filter(pl.col("tag").is_in(is_person)).select("person_id").drop_nulls().unique()
    for (tag,), rows in sorted(each.items()):
        part = task.parts[int(tag)]
        columns = [pl.col(slot).alias(name) for name, slot in part.slots.items()]
        written = rows.select("person_id", *columns, *PLACE)
        words = as_words({name: written.schema[name] for name in part.slots}, part.table)
        whole = written.with_columns(words).lazy()
        nobodys.append(strange(whole.with_columns(_broken=pl.lit(None, pl.String)), people, part.table))
        raw.setdefault(part.table, []).append(whole.join(people, on="person_id", how="semi").collect())
    return raw, pl.concat(nobodys)


def _named(problems: pl.DataFrame, places: tuple[tuple[str, int, str], ...]) -> pl.DataFrame:
    """Problems as they are listed, their columns numbered."""
    files = pl.DataFrame(
        list(places), schema={"table": pl.String(), "_file": pl.Int32(), "file": pl.String()}, orient="row"
    )
    found = with_files(problems.lazy(), files).collect()
    return found.select(pl.col(name).cast(dtype).alias(f"p{at}") for at, (name, dtype) in enumerate(PLACED.items()))


def _arrow(frame: pl.DataFrame, columns: Mapping[str, pl.DataType]) -> pa.Table:
    """A frame as Arrow, with the columns and the types that Spark expects."""
    import pyarrow as pa

    missing = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in columns.items() if name not in frame.columns]
    whole = frame.with_columns(missing).select(list(columns)).to_arrow(compat_level=pl.CompatLevel.oldest())
    return whole.cast(pa.schema([(name, pa.type_for_alias(_ARROW[dtype])) for name, dtype in columns.items()]))


@lru_cache(maxsize=1)
def _library(overlays: Overlays, library: str, code: str) -> Library:
    """The library of this executor with the documents that were sent, loaded once a process.

    Raises:
        InputError: it is not the one, or this is not the program, of the machine that asks.
    """
    os.environ.pop("STEPDOWN_LIBRARY", None)  # its documents are among those that were sent
    if manifest.digest_of_code() != code:
        raise InputError(
            "the program on an executor is another than on the machine that asks",
            mend="give both the same Python, stepdown, numpy and polars (docs/spark.md)",
        )
    with tempfile.TemporaryDirectory(prefix="stepdown-") as place:
        folders = [Path(place) / f"{number:02d}" for number in range(len(overlays))]
        for folder, documents in zip(folders, overlays, strict=True):
            folder.mkdir()
            for name, content in documents:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(content)
        found = load(folders)
    if found.digest != library:
        raise InputError("the library on an executor is another than on the machine that asks", mend="update it there")
    return found


def packed(library: Library) -> Overlays:
    """The documents laid over the shipped library, to be sent to executors that do not have the folders."""
    roots = [Path(overlay.path) for overlay in library.overlays]
    return tuple(
        tuple((path.relative_to(root).as_posix(), path.read_bytes()) for _, path in shelf.files(root)) for root in roots
    )
