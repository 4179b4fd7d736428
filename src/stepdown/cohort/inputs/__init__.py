"""What a screen reads: every form of input is cut into buckets once, and each bucket is then read as a `Record`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from stepdown.cohort.inputs import fhir, tables
from stepdown.knowledge.library import Library
from stepdown.record.fhir.export import is_export, open_export
from stepdown.record.folder import open_folder
from stepdown.record.omop import is_address
from stepdown.record.record import Record


class Input(Protocol):
    """Records of many people, in whatever form."""

    @property
    def kind(self) -> str:
        """Which reader of buckets understands what `cut` writes: a key of `READERS`."""

    @property
    def where(self) -> str:
        """How an error names it; without secrets."""

    def digest(self) -> str:
        """SHA-256 over everything that answers rest on."""

    def stamp(self) -> str:
        """What changes when somebody writes to it; quick, and no more than that."""

    def people(self) -> pl.Series:
        """The ids of everybody, each once, sorted."""

    def cut(self, people: pl.Series, buckets: int, to: Path, tell: Callable[[str], None]) -> None:
        """Write the input once more, cut into buckets, with what belongs to nobody in the file `READ`.

        Args:
            people: everybody, as `people` gives them.
            buckets: how many.
            to: where; whatever stands there is replaced.
            tell: is told what is being cut.

        Raises:
            InputError: input that is damaged; nothing has been evaluated by then.
        """

    def said(self) -> dict[str, Any]:
        """What a worker needs to read a bucket, as JSON."""

    def places(self) -> pl.DataFrame:
        """Names of the files that problems point to: `table`, `_file` and `file`."""


def _omop(said: dict[str, Any], cut_to: Path, bucket: int, library: Library) -> tuple[Record, pl.DataFrame]:
    from stepdown.cohort.inputs.omop import read_bucket  # needs SQLAlchemy, which may not be installed

    return read_bucket(said, cut_to, bucket, library)


Reader = Callable[[dict[str, Any], Path, int, Library], tuple[Record, pl.DataFrame]]
"""Given what the input said, where it was cut to, the number of a bucket and the library: its record and problems."""
READERS: dict[str, Reader] = {"tables": tables.read_bucket, "fhir": fhir.read_bucket, "omop": _omop}


def opened(path: Path | str, library: Library) -> Input:
    """Open the records of many people.

    Raises:
        InputError: nothing that can be read, or a wrong schema.
    """
    if is_address(path):
        from stepdown.cohort.inputs.omop import Omop  # needs SQLAlchemy, which may not be installed

        return Omop(str(path), library)
    path = Path(path)
    if is_export(path):
        return fhir.Fhir(open_export(path))
    return tables.Tables(open_folder(path, library))
