"""Whatever shape a resource has, the reader answers; and the order of the entries does not matter."""

import copy
import random
from typing import Any

import orjson
import pytest

from stepdown.knowledge.library import load
from stepdown.record.fhir import read_bundle
from stepdown.record.record import Record
from tests.record.bundle_writer import EXAMPLES
from tests.record.bundles import TODAY, Json

LIBRARY = load()
ODD: list[Any] = [None, 7, -1.5, "", "odd", True, [], [7], {}, {"value": "x"}, {"coding": [{"code": 7}]}, [{"url": 1}]]
BUNDLES = {path.parent.name: orjson.loads(path.read_bytes()) for path in sorted(EXAMPLES.glob("*/bundle.json"))}


def read(entries: list[Json]) -> Record:
    data = orjson.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})
    return read_bundle(data, "test.json", LIBRARY, None, TODAY)


def spoiled(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path into a resource."""
    keys = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, part in keys for found in [(*path, key), *spoiled(part, (*path, key))]]


def test_odd_shapes_are_answered() -> None:
    firsts: dict[str, tuple[Json, Json]] = {}
    for bundle in BUNDLES.values():
        people = [entry for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Patient"]
        for entry in bundle["entry"]:
            kind = entry["resource"]["resourceType"] + str(sorted(entry["resource"]))
            firsts.setdefault(kind, (people[0], entry))
    tried = 0
    for patient, entry in firsts.values():
        if entry["resource"]["resourceType"] == "Patient":
            continue
        entries = [patient]
        for path in spoiled(entry["resource"]):
            if path in (("resourceType",), ("id",)):
                continue
            for odd in ODD:
                changed = copy.deepcopy(entry["resource"])
                at = changed
                for key in path[:-1]:
                    at = at[key]
                at[path[-1]] = odd
                changed["id"] = f"r{tried}"
                entries.append({"resource": changed})
                tried += 1
        read(entries)
    assert tried > 3000


@pytest.mark.parametrize("element", ["birthDate", "gender", "deceasedDateTime", "deceasedBoolean", "link", "meta"])
def test_odd_patients_are_answered(element: str) -> None:
    for odd in ODD:
        record = read([{"resource": {"resourceType": "Patient", "id": "P1", element: odd}}])
        assert record.people == ["P1"]


@pytest.mark.parametrize("name", BUNDLES)
def test_the_order_of_entries_does_not_matter(name: str) -> None:
    entries = BUNDLES[name]["entry"]
    first = content(read(entries))
    for seed in range(3):
        mixed = entries[:]
        random.Random(seed).shuffle(mixed)
        assert content(read(mixed)) == first


def content(record: Record) -> dict[str, list[str]]:
    """All rows of all tables without their sources, in a fixed order."""
    return {name: sorted(map(repr, frame.drop("source").rows())) for name, frame in record.tables.items()}
