"""Writes made-up people as FHIR NDJSON, as a Bulk Data export gives it: one file a type of resource and part."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import BinaryIO

import orjson
import polars as pl

from stepdown.knowledge.library import Library
from stepdown.synthetic import lines
from stepdown.synthetic.resources import resources

MANIFEST = "manifest.json"


def write_part(tables: dict[str, pl.DataFrame], library: Library, folder: Path, part: int) -> None:
    """Write the resources of some people; no table is held as text beside another.

    Args:
        tables: tables of the record.
        library: the codes.
        folder: where to.
        part: number of the part, which the names of its files hold.
    """
    files: dict[str, BinaryIO] = {}
    with ExitStack() as stack:
        for kind, found in resources(tables, library):
            if kind not in files:
                files[kind] = stack.enter_context((folder / f"{kind}.{part:03}.ndjson").open("wb"))
            lines.write(found, files[kind])


def write_manifest(folder: Path, library: Library, last: date) -> None:
    """Write what a Bulk Data server answers when an export is ready: its day and its files."""
    files = [{"type": file.name.partition(".")[0], "url": file.name} for file in sorted(folder.glob("*.ndjson"))]
    said = {
        "transactionTime": f"{last}T00:00:00Z",
        "request": "stepdown example --registry",
        "requiresAccessToken": False,
        "output": files,
        "error": [],
        "extension": {"synthetic": True},
    }
    (folder / MANIFEST).write_bytes(orjson.dumps(said) + b"\n")
