"""Rows of tables on disk, cut into buckets: written once in large chunks, and read back a bucket at a time.

A file holds one chunk of one table: for each bucket an Arrow stream, one after the other. An index says where each
begins. A person stands in it as a number, and a word as the number of a word, so that what is moved about is narrow.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from stepdown.cohort.bucket import bucket_of
from stepdown.record.who import NOBODY, who

CHUNK = 500_000
"""Rows that are cut as one; they bound the memory."""
PEOPLE, INDEX = "people.arrow", "index.arrow"
_PERSON = "_person"
_AS_THEY_ARE = ("person_id", "source")
"""Columns of text in which hardly any word comes twice."""
_INDEX = {"table": pl.String(), "file": pl.String(), "bucket": pl.UInt32(), "begin": pl.Int64(), "end": pl.Int64()}
Rows = npt.NDArray[np.int64]


@dataclass
class Cutter:
    """Cuts rows into buckets.

    Attributes:
        to: the folder to write to, which is there and empty.
        people: everybody, each once, sorted.
        buckets: how many.
    """

    to: Path
    people: pl.Series
    buckets: int
    _index: list[tuple[str, str, int, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.people = self.people.rename("person_id")
        self._bucket = bucket_of(self.people, self.buckets).to_numpy()
        self.people.to_frame().write_ipc(self.to / PEOPLE)

    def add(self, number: int, table: str, rows: pl.DataFrame) -> pl.Series:
        """Write some rows of a table, each to the bucket of its person; several threads may do so at once.

        Args:
            number: of these rows among all that are added; orders them.
            table: name of the table.
            rows: with the column `person_id`; no more than memory holds twice.

        Returns:
            For each row whether it belongs to nobody; such rows are not written.
        """
        whose = who(rows["person_id"], self.people)
        nobody = whose == NOBODY
        bucket = np.where(nobody, self.buckets, self._bucket[whose]).astype(np.min_scalar_type(self.buckets))
        order = np.argsort(bucket, kind="stable")  # by radix, for numbers this small
        ends = np.cumsum(np.bincount(bucket, minlength=self.buckets + 1))
        narrow = rows.drop("person_id").with_columns(
            pl.Series(_PERSON, whose.astype(np.uint32)),
            pl.col(pl.String).exclude(_AS_THEY_ARE).cast(pl.Categorical),
        )
        self._write(number, table, narrow[pl.Series(order[: ends[-2]], dtype=pl.UInt32)], ends[:-1])
        return pl.Series(nobody)

    def _write(self, number: int, table: str, rows: pl.DataFrame, ends: Rows) -> None:
        name, begin = f"{number:06d}-{table}.arrows", 0
        with (self.to / name).open("wb") as file:
            for bucket, (first, last) in enumerate(zip(np.append(0, ends[:-1]).tolist(), ends.tolist(), strict=True)):
                if last > first:
                    stream = io.BytesIO()
                    rows[first:last].write_ipc_stream(stream)
                    file.write(stream.getbuffer())
                    self._index.append((table, name, bucket, begin, begin := file.tell()))

    def close(self) -> None:
        """Write where everything is."""
        index = pl.DataFrame(self._index, schema=pl.Schema(_INDEX), orient="row")
        index.sort("bucket", "file").write_ipc(self.to / INDEX)


def read_cut(cut_to: Path, bucket: int) -> dict[str, list[pl.DataFrame]]:
    """The rows of one bucket, by table, in the order in which they were added: those with the same columns together.

    Args:
        cut_to: where a `Cutter` wrote to.
        bucket: its number.
    """
    found: dict[str, list[pl.DataFrame]] = {}
    index = pl.scan_ipc(cut_to / INDEX).filter(pl.col("bucket") == bucket).collect()
    people = pl.read_ipc(cut_to / PEOPLE)["person_id"]
    for table, name, _, begin, end in index.iter_rows():
        with (cut_to / name).open("rb") as file:
            file.seek(begin)
            rows = pl.read_ipc_stream(file.read(end - begin))
        ids = people.gather(rows[_PERSON])
        found.setdefault(table, []).append(rows.drop(_PERSON).insert_column(0, ids))
    return {table: _joined(parts) for table, parts in found.items()}


def _joined(parts: list[pl.DataFrame]) -> list[pl.DataFrame]:
    """Parts with the same columns that follow each other as one."""
    return [pl.concat(list(alike)) for _, alike in groupby(parts, key=lambda part: list(part.schema.items()))]
