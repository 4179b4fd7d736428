"""Exports for tests: the resources of the shipped people scattered over files, and small ones of a few lines."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from stepdown.cohort.inputs import READERS
from stepdown.cohort.inputs.fhir import Fhir
from stepdown.cohort.inputs.tables import READ
from stepdown.knowledge.library import load
from stepdown.record.fhir.export import open_export
from stepdown.record.record import Record, join_records
from tests.record.bundle_writer import EXAMPLES
from tests.record.bundles import Json, code, loinc, observation, resource

LIBRARY = load()
TODAY = date(2026, 3, 1)
MADE = "2026-03-01T08:00:00+01:00"
LOG = {"exportId": "e", "eventId": "status_complete", "eventDetail": {"transactionTime": MADE}}
IGG = {"valueQuantity": {"value": 5.1, "code": "g/L"}}


def entries_of(path: Path) -> list[Json]:
    """The entries of a Bundle, each resource with an id as a server gives it."""
    entries: list[Json] = orjson.loads(path.read_bytes())["entry"]
    for entry in entries:
        entry["resource"].setdefault("id", entry.get("fullUrl", "").rsplit(":", 1)[-1])
    return entries


def moved(entries: list[Json], to: Callable[[Json], str]) -> list[Json]:
    """The entries, with every reference between them written another way."""
    text = orjson.dumps(entries).decode()
    for entry in entries:
        one = entry["resource"]
        for reference in {f"{one['resourceType']}/{one['id']}", entry.get("fullUrl", "-")}:
            text = text.replace(f'"reference":"{reference}"', f'"reference":"{to(one)}"')
    found: list[Json] = orjson.loads(text)
    return found


def shipped() -> dict[str, list[Json]]:
    """The resources of the shipped people as a server exports them: without full urls, referring by type and id."""
    found = {}
    for path in sorted(EXAMPLES.glob("*/bundle.json")):
        entries = moved(entries_of(path), lambda one: f"{one['resourceType']}/{one['id']}")
        resources = [entry["resource"] for entry in entries]
        found[next(one["id"] for one in resources if one["resourceType"] == "Patient")] = resources
    return found


def as_bundle(resources: list[Json]) -> bytes:
    entries = [{"resource": one} for one in resources]
    return orjson.dumps({"resourceType": "Bundle", "type": "collection", "timestamp": MADE, "entry": entries})


def scatter(people: dict[str, list[Json]], to: Path, seed: int, packed: bool) -> dict[str, list[Json]]:
    """Write everybody's resources over several files in random order; gives them person by person in that order."""
    dice = random.Random(seed)
    owned = [(person, one) for person, resources in people.items() for one in resources]
    dice.shuffle(owned)
    medications = {one["id"]: one for _, one in owned if one["resourceType"] == "Medication"}
    names = sorted(f"{dice.random():.6f}.{ending}" for ending in ["ndjson", "NDJSON.gz", "json", "jsonl", "txt"])
    parts: list[list[Json]] = [[] for _ in names]
    order: dict[str, list[Json]] = {person: [] for person in people}
    chosen = sorted((dice.randrange(len(names)), at) for at in range(len(owned)))
    for part, at in chosen:
        person, one = owned[at]
        order[person].append(one)
        if one["resourceType"] != "Medication":
            parts[part].append(one)
    parts[0] += medications.values()
    to.mkdir(parents=True, exist_ok=True)
    for name, written in zip(names, parts, strict=True):
        content = b"".join(orjson.dumps(one) + b"\n" for one in written)
        (to / name).write_bytes(gzip.compress(content, 1) if packed else content)
    (to / "log.ndjson").write_bytes(orjson.dumps(LOG))
    return order


def read_all(folder: Path, to: Path, buckets: int = 3) -> tuple[Record, pl.DataFrame]:
    """The record of everybody in an export, through its buckets, and the problems that stand in files."""
    source = Fhir(open_export(folder), TODAY)
    source.cut(source.people(), buckets, to, lambda what: None)
    parts = [READERS["fhir"](source.said(), to, number, LIBRARY) for number in range(buckets)]
    problems = [pl.read_parquet(to / READ), *(found for _, found in parts)]
    return join_records(record for record, _ in parts), pl.concat(problems)


def with_urls(path: Path) -> list[Json]:
    """Entries with a full url that nobody else has, since ids repeat from clinic to clinic."""

    def url(one: Json) -> str:
        return f"urn:uuid:{path.parent.name}-{one['resourceType']}-{one['id']}"

    return [entry | {"fullUrl": url(entry["resource"])} for entry in moved(entries_of(path), url)]


def export(to: Path, *lines: Json | bytes, name: str = "some.ndjson") -> Path:
    """A folder with one file of these lines."""
    to.mkdir(exist_ok=True)
    (to / name).write_bytes(b"".join((one if isinstance(one, bytes) else orjson.dumps(one)) + b"\n" for one in lines))
    return to


def given(name: str = "x", **elements: Any) -> Json:
    return observation(loinc("2465-3"), **IGG) | {"id": name} | elements


MS = resource("Condition", id="ms", code=code("http://hl7.org/fhir/sid/icd-10-cm", "G35"))
