"""FHIR of many people: resources cut into buckets of people once, each bucket then read as one record."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from stepdown.cohort import manifest
from stepdown.cohort.bucket import bucket_of
from stepdown.cohort.faults import told
from stepdown.cohort.inputs.tables import READ
from stepdown.errors import InputError
from stepdown.knowledge.library import Library
from stepdown.record.fhir.documents import Fault
from stepdown.record.fhir.export import Export
from stepdown.record.fhir.many import Made, no_collector, read_many
from stepdown.record.fhir.one import people_of
from stepdown.record.fhir.whose import SHARED, Piece, Shared, Sorter
from stepdown.record.folder_cells import PROBLEMS
from stepdown.record.record import Record

TABLE = "fhir"
"""What problems name in place of a table."""
_MADE, _SHARED, _PIECES = "made.json", "shared", "pieces"
_HELD = 96 * 1024 * 1024
"""So many bytes of resources are held before they are written."""
_PIECE = {"person": pl.String(), "file": pl.Int32(), "row": pl.Int64(), "entry": pl.Int64(), "id": pl.String(),
          "url": pl.String(), "written": pl.Date(), "raw": pl.Binary()}  # fmt: skip
_BESIDE = {"reference": pl.String(), "raw": pl.Binary()}


@dataclass(frozen=True)
class Fhir:
    """An export, or a file of Bundles, as the input of a screen.

    Attributes:
        export: its files.
        today: no fact lies after this day; the present one when it is None.
    """

    export: Export
    today: date | None = None
    kind = "fhir"

    @property
    def where(self) -> str:
        """The folder or file."""
        return str(self.export.path)

    def digest(self) -> str:
        """SHA-256 over its files."""
        return manifest.digest_of_files(self.export.everything(), self.export.root)

    def stamp(self) -> str:
        """Sizes and times of its files."""
        return manifest.stamp_of_files(self.export.everything())

    def people(self) -> pl.Series:
        """The ids of every Patient; a file whose name and first line say that it holds another type is passed over."""
        return pl.Series("person_id", sorted(people_of(self.export)), dtype=pl.String)

    def _holds_others(self, number: int) -> bool:
        return self.export.files[number].kind not in ("", "Patient", "Bundle")

    def cut(self, people: pl.Series, buckets: int, to: Path, tell: Callable[[str], None]) -> None:
        """Write every resource once more, cut into buckets of people."""
        shutil.rmtree(to, ignore_errors=True)
        to.mkdir(parents=True)
        today = self.today or date.today()
        sorter = Sorter(self.export, today)
        with told(to), no_collector():
            for number, file in enumerate(self.export.files):
                tell(file.path.name)
                self._cut_file(sorter, number, Drawers(to / _PIECES, number, buckets))
            _as_problems(sorter.documents.faults).write_parquet(to / READ)
        written = self.export.written.isoformat() if self.export.written else None
        names = self.places()["file"].to_list()
        manifest.write(to / _MADE, {"today": today.isoformat(), "written": written, "files": names})

    def _cut_file(self, sorter: Sorter, number: int, drawers: Drawers) -> None:
        for plain, pieces in sorter.sorted(number):
            if self._holds_others(number) and any(b'"Patient"' in one.raw and _is_patient(one) for one in pieces):
                raise InputError("holds a Patient among other resources", str(self.export.files[number].path),
                                 "give it a name that does not begin with another type")  # fmt: skip
            drawers.add(pl.DataFrame(pieces, schema=_PIECE, orient="row"))
            drawers.add(plain.pieces)
        drawers.write()
        if sorter.shared:
            drawers.to.with_name(_SHARED).mkdir(parents=True, exist_ok=True)
            table = pl.DataFrame(sorter.shared, schema=_BESIDE, orient="row")
            table.write_parquet(drawers.to.with_name(_SHARED) / f"{number:06d}.parquet", compression="lz4")
            sorter.shared.clear()

    def said(self) -> dict[str, Any]:
        """Nothing: what a bucket needs stands beside it."""
        return {}

    def places(self) -> pl.DataFrame:
        """The files by their number."""
        root = self.export.root
        names = [
            (TABLE, number, file.path.relative_to(root).as_posix()) for number, file in enumerate(self.export.files)
        ]
        schema = {"table": pl.String(), "_file": pl.Int32(), "file": pl.String()}
        return pl.DataFrame(names, schema=schema, orient="row")


def read_bucket(said: dict[str, Any], cut_to: Path, bucket: int, library: Library) -> tuple[Record, pl.DataFrame]:
    """The record of the people of one bucket who have a sign of MS, and what was not understood of it."""
    found = [pl.read_parquet(part) for part in sorted((cut_to / _PIECES).glob(f"{bucket:06d}/*.parquet"))]
    table = pl.concat(found) if found else pl.DataFrame(schema=_PIECE)
    table = table.sort("person", "file", "row", "entry")
    kept = manifest.read(cut_to / _MADE)
    written = date.fromisoformat(kept["written"]) if kept["written"] else None
    made = Made(date.fromisoformat(kept["today"]), written, tuple(kept["files"]))
    many = read_many(map(Piece._make, table.iter_rows()), _beside(cut_to, table), made, library)
    over = [Fault(0, 0, f"Patient/{person}", "fhir-without-ms", {}, person) for person in many.passed_over]
    return many.record, pl.concat([_as_problems(many.faults), _as_problems(over)])


def _beside(cut_to: Path, pieces: pl.DataFrame) -> Iterable[Shared]:
    """The resources of nobody that the pieces of a bucket refer to."""
    parts = sorted((cut_to / _SHARED).glob("*.parquet"))
    if not parts:
        return []
    said = pieces["raw"].cast(pl.String).str.replace_all(r"\/", "/", literal=True)
    named = said.str.extract_all(rf'(?:{"|".join(SHARED)})/[^"/]+').explode().drop_nulls().unique()
    found = pl.scan_parquet(parts).filter(pl.col("reference").is_in(named.implode()))
    return map(Shared._make, found.collect().iter_rows())


def _is_patient(piece: Piece) -> bool:
    return bool(orjson.loads(piece.raw)["resourceType"] == "Patient")


class Drawers:
    """Holds the pieces of one file until there are enough to be written, each part into the folder of its bucket."""

    def __init__(self, to: Path, number: int, buckets: int) -> None:
        self.to, self.number, self.buckets = to, number, buckets
        self._held: list[pl.DataFrame] = []
        self._size, self._parts = 0, 0

    def add(self, pieces: pl.DataFrame) -> None:
        """Take some pieces; columns that are not given are empty."""
        if pieces.height:
            given = {"file": self.number, "entry": 0, "id": "", "url": "", "written": None}
            missing = [pl.lit(value).alias(name) for name, value in given.items() if name not in pieces.columns]
            table = pieces.with_columns(missing).select(list(_PIECE)).cast(pl.Schema(_PIECE))
            self._held.append(table)
            self._size += int(table.estimated_size())
        if self._size >= _HELD:
            self.write()

    def write(self) -> None:
        """Write what is held."""
        if not self._held:
            return
        table = pl.concat(self._held)
        people = table["person"].unique()
        place = pl.DataFrame({"person": people, "_bucket": bucket_of(people, self.buckets)})
        parts = table.join(place, on="person", how="left").partition_by("_bucket", as_dict=True, include_key=False)
        for (bucket,), part in parts.items():
            folder = self.to / f"{bucket:06d}"
            folder.mkdir(parents=True, exist_ok=True)
            name = f"{self.number:06d}-{self._parts:06d}.parquet"
            part.write_parquet(folder / name, compression="lz4", statistics=False)
        self._held, self._size, self._parts = [], 0, self._parts + 1


def _as_problems(faults: list[Fault]) -> pl.DataFrame:
    """Faults as rows of the list of problems; one without a line has only its source."""
    cells = []
    for one in faults:
        place = (TABLE, one.file, one.row) if one.row else (None, None, None)
        said = orjson.dumps(one.args, option=orjson.OPT_SORT_KEYS).decode() if one.args else None
        cells.append((one.person or None, *place, one.source or None, one.key, None, said))
    return pl.DataFrame(cells, schema=pl.Schema(PROBLEMS), orient="row")
