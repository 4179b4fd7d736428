"""What one Bundle gives, an export gives: every cell, and the same problems, however its resources are scattered."""

from __future__ import annotations

import copy
import gzip
import random
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import orjson
import polars as pl
import pytest

from stepdown.cohort.inputs import READERS
from stepdown.cohort.inputs.fhir import Fhir
from stepdown.cohort.inputs.tables import READ
from stepdown.cohort.screen import screen
from stepdown.knowledge.library import load
from stepdown.record.fhir import read_bundle
from stepdown.record.fhir.export import open_export
from stepdown.record.record import Record, join_records
from tests.cohort.made import cells
from tests.record.bundle_writer import EXAMPLES
from tests.record.bundles import Json
from tests.record.test_fhir_robust import ODD, spoiled

LIBRARY = load()
TODAY = date(2026, 3, 1)
MADE = "2026-03-01T08:00:00+01:00"
LOG = {"exportId": "e", "eventId": "status_complete", "eventDetail": {"transactionTime": MADE}}
IGG = {"valueQuantity": {"value": 5.1, "code": "g/L"}}
Said = Counter[tuple[str, str, str]]


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


def problems_of(record: Record) -> Said:
    return Counter((one.source, one.key, repr(sorted(one.args.items()))) for one in record.problems)


def listed(problems: pl.DataFrame) -> Said:
    rows = problems.select("source", "key", "said").iter_rows()
    return Counter((source, key, repr(sorted(orjson.loads(said or "{}").items()))) for source, key, said in rows)


def same_tables(one: Record, other: Record) -> None:
    for name, table in one.tables.items():
        assert table.sort("person_id", maintain_order=True).rows() == other[name].sort(
            "person_id", maintain_order=True
        ).rows(), name  # fmt: skip


@pytest.mark.parametrize(("seed", "packed"), [(1, False), (2, True), (3, True)])
def test_an_export_gives_what_bundles_give(tmp_path: Path, seed: int, packed: bool) -> None:
    people = shipped()
    order = scatter(people, tmp_path / "export", seed, packed)
    one_by_one = join_records(
        read_bundle(as_bundle(resources), person, LIBRARY, person, TODAY) for person, resources in order.items()
    )
    everybody, faults = read_all(tmp_path / "export", tmp_path / "cut")
    same_tables(one_by_one, everybody)
    assert problems_of(one_by_one) == problems_of(everybody)
    assert faults.is_empty()
    assert set(map(repr, one_by_one.notes)) == set(map(repr, everybody.notes))
    beside = ("Bundle", "Composition")
    assert {path: times for path, times in one_by_one.unread.items() if not path.startswith(beside)} == everybody.unread


def test_odd_resources_make_the_same_problems(tmp_path: Path) -> None:
    dice = random.Random(7)
    people = {}
    for person, resources in shipped().items():
        odd: list[Json] = []
        for one in resources:
            if one["resourceType"] in ("Patient", "Medication", "Composition"):
                continue
            paths = [path for path in spoiled(one) if path[0] not in ("resourceType", "id") and path[-1] != "reference"]
            for path in dice.sample(paths, min(2, len(paths))):
                changed = copy.deepcopy(one)
                at = changed
                for key in path[:-1]:
                    at = at[key]
                at[path[-1]] = dice.choice(ODD)
                odd.append(changed | {"id": f"odd-{len(odd)}"})
        people[person] = resources + odd
    order = scatter(people, tmp_path / "export", 7, True)
    one_by_one = join_records(
        read_bundle(as_bundle(resources), person, LIBRARY, person, TODAY) for person, resources in order.items()
    )
    everybody, faults = read_all(tmp_path / "export", tmp_path / "cut")
    same_tables(one_by_one, everybody)
    assert problems_of(one_by_one) == problems_of(everybody) + listed(faults)
    assert problems_of(one_by_one).total() > 300


@pytest.mark.parametrize("form", ["bundles.ndjson", "bundles.ndjson.gz", "one.json", "folder"])
def test_files_of_bundles_give_what_each_bundle_gives(tmp_path: Path, form: str) -> None:
    bundles = [path.read_bytes() for path in sorted(EXAMPLES.glob("*/bundle.json"))]
    one_by_one = join_records(read_bundle(one, "", LIBRARY, None, TODAY) for one in bundles)
    place = tmp_path / form
    lines = b"\n".join(orjson.dumps(orjson.loads(one)) for one in bundles)
    if form == "folder":
        place.mkdir()
        for number, one in enumerate(bundles):
            (place / f"{number}.json").write_bytes(one)
    elif form == "one.json":
        entries = [entry for path in sorted(EXAMPLES.glob("*/bundle.json")) for entry in with_urls(path)]
        together = {"resourceType": "Bundle", "type": "collection", "timestamp": MADE, "entry": entries}
        place.write_bytes(orjson.dumps(together, option=orjson.OPT_INDENT_2))
    else:
        place.write_bytes(gzip.compress(lines) if form.endswith("gz") else lines)
    everybody, faults = read_all(place, tmp_path / "cut")
    same_tables(one_by_one, everybody)
    assert problems_of(one_by_one) == problems_of(everybody)
    assert faults.is_empty()


def with_urls(path: Path) -> list[Json]:
    """Entries with a full url that nobody else has, since ids repeat from clinic to clinic."""

    def url(one: Json) -> str:
        return f"urn:uuid:{path.parent.name}-{one['resourceType']}-{one['id']}"

    return [entry | {"fullUrl": url(entry["resource"])} for entry in moved(entries_of(path), url)]


def test_a_screen_of_an_export_is_a_screen_of_its_bundles(tmp_path: Path) -> None:
    scatter(shipped(), tmp_path / "export", 5, True)
    found = screen(tmp_path / "export", TODAY, library=LIBRARY, buckets=3, workers=1)
    for person, resources in shipped().items():
        alone = screen(read_bundle(as_bundle(resources), "", LIBRARY, person), TODAY, library=LIBRARY)
        assert cells(alone) == cells(found.filter(pl.col("person_id") == person))
