"""FHIR of many people: resources cut into buckets of people once, each bucket then read as one record."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
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
from stepdown.record.fhir.documents import Documents, Fault
from stepdown.record.fhir.export import Export
from stepdown.record.fhir.known import known
from stepdown.record.fhir.many import Made, read_many
from stepdown.record.fhir.source import entries
from stepdown.record.fhir.whose import Piece, Shared, Sorter
from stepdown.record.folder_cells import PROBLEMS
from stepdown.record.record import Record

TABLE = "fhir"
"""What problems name in place of a table."""
_MADE, _SHARED, _PIECES = "made.json", "shared", "pieces"
_HELD = 96 * 1024 * 1024
"""So many bytes of resources are held before they are written."""
_PIECE = {"person": pl.String(), "file": pl.Int32(), "row": pl.Int64(), "entry": pl.Int64(), "id": pl.String(),
          "url": pl.String(), "written": pl.Date(), "sign": pl.Int8(), "raw": pl.Binary()}  # fmt: skip
_BESIDE = {"reference": pl.String(), "raw": pl.Binary()}
_PEOPLE = frozenset((b"Patient", b"Bundle"))


@dataclass(frozen=True)
class Fhir:
    """An export, or a file of Bundles, as the input of a screen.

    Attributes:
        export: its files.
        library: the lists that signs of MS are told by.
        today: no fact lies after this day; the present one when it is None.
    """

    export: Export
    library: Library
    today: date | None = None
    kind = "fhir"

    @property
    def where(self) -> str:
        """The folder or file."""
        return str(self.export.path)

    def digest(self) -> str:
        """SHA-256 over its files."""
        return manifest.digest_of_files(self.export.everything(), self.export.root)

    def people(self) -> pl.Series:
        """The ids of every Patient; a file whose name and first line say that it holds another type is passed over."""
        documents, ids = Documents(self.export, _PEOPLE), set[str]()
        for number in range(len(self.export.files)):
            if not self._holds_others(number):
                for block in documents.of(number):
                    ids.update(name for one in block for name in _patients(one.data))
        return pl.Series("person_id", sorted(ids), dtype=pl.String)

    def _holds_others(self, number: int) -> bool:
        return self.export.files[number].kind not in ("", "Patient", "Bundle")

    def cut(self, people: pl.Series, buckets: int, to: Path, tell: Callable[[str], None]) -> None:
        """Write every resource once more, cut into buckets of people."""
        shutil.rmtree(to, ignore_errors=True)
        to.mkdir(parents=True)
        today = self.today or date.today()
        sorter = Sorter(self.export, known(self.library), today)
        with told(to):
            for number, file in enumerate(self.export.files):
                tell(file.path.name)
                for part, pieces in enumerate(_held(sorter.pieces(number))):
                    if self._holds_others(number) and any(
                        b'"Patient"' in one.raw and _is_patient(one) for one in pieces
                    ):
                        raise InputError("holds a Patient among other resources", str(file.path),
                                         "give it a name that does not begin with another type")  # fmt: skip
                    _write(pieces, buckets, to / _PIECES, f"{number:05d}-{part:05d}")
                    _write_shared(sorter, to / _SHARED, f"{number:05d}-{part:05d}")
                _write_shared(sorter, to / _SHARED, f"{number:05d}-end")
            _as_problems(sorter.documents.faults).write_parquet(to / READ)
        written = self.export.written
        made = {"today": today.isoformat(), "written": written.isoformat() if written else None}
        manifest.write(to / _MADE, made)

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
    order = ["person", "file", "row", "entry"]
    table = table.sort(order).select(list(_PIECE))
    days = manifest.read(cut_to / _MADE)
    made = Made(date.fromisoformat(days["today"]), date.fromisoformat(days["written"]) if days["written"] else None)
    many = read_many(map(Piece._make, table.iter_rows()), _beside(cut_to, table), made, library)
    over = [Fault(0, 0, f"Patient/{person}", "fhir-without-ms", {}, person) for person in many.passed_over]
    return many.record, pl.concat([_as_problems(many.faults), _as_problems(over)])


def _beside(cut_to: Path, pieces: pl.DataFrame) -> Iterable[Shared]:
    """The resources of nobody; those that the pieces of a bucket may refer to, where there are many."""
    parts = sorted((cut_to / _SHARED).glob("*.parquet"))
    if not parts or pieces.is_empty():
        return []
    return map(Shared._make, pl.read_parquet(parts).iter_rows())


def _patients(data: dict[str, Any]) -> list[str]:
    """The ids of the Patients in a document."""
    if data["resourceType"] == "Patient":
        name = data.get("id")
        return [name] if isinstance(name, str) and name else []
    if data["resourceType"] != "Bundle":
        return []
    try:
        return [one.id for one in entries(data, "") if one.type == "Patient"]
    except InputError:
        return []


def _is_patient(piece: Piece) -> bool:
    return bool(orjson.loads(piece.raw)["resourceType"] == "Patient")


def _held(blocks: Iterator[list[Piece]]) -> Iterator[list[Piece]]:
    """Pieces of several blocks together, so that parts are not too small."""
    held: list[Piece] = []
    size = 0
    for block in blocks:
        held += block
        size += sum(len(one.raw) for one in block)
        if size >= _HELD:
            yield held
            held, size = [], 0
    yield held


def _write(pieces: list[Piece], buckets: int, to: Path, name: str) -> None:
    table = pl.DataFrame(pieces, schema=_PIECE, orient="row")
    people = table["person"].unique()
    place = pl.DataFrame({"person": people, "_bucket": bucket_of(people, buckets)})
    for (bucket,), part in table.join(place, on="person", how="left").partition_by("_bucket", as_dict=True).items():
        folder = to / f"{bucket:06d}"
        folder.mkdir(parents=True, exist_ok=True)
        part.drop("_bucket").write_parquet(folder / f"{name}.parquet", compression="lz4", statistics=False)


def _write_shared(sorter: Sorter, to: Path, name: str) -> None:
    if sorter.shared:
        to.mkdir(exist_ok=True)
        table = pl.DataFrame(sorter.shared, schema=_BESIDE, orient="row")
        table.write_parquet(to / f"{name}.parquet", compression="lz4")
        sorter.shared.clear()


def _as_problems(faults: list[Fault]) -> pl.DataFrame:
    """Faults as rows of the list of problems; one without a line has only its source."""
    cells = []
    for one in faults:
        place = (TABLE, one.file, one.row) if one.row else (None, None, None)
        said = orjson.dumps(one.args, option=orjson.OPT_SORT_KEYS).decode() if one.args else None
        cells.append((one.person or None, *place, one.source or None, one.key, None, said))
    return pl.DataFrame(cells, schema=pl.Schema(PROBLEMS), orient="row")
