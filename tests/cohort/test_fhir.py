"""What one Bundle gives, an export gives: every cell, and the same problems, however its resources are scattered."""

from __future__ import annotations

import copy
import gzip
import random
from collections import Counter
from pathlib import Path

import orjson
import polars as pl
import pytest

from stepdown.cohort.bucket import bucket_of
from stepdown.cohort.screen import screen
from stepdown.errors import InputError
from stepdown.record.fhir import read_bundle
from stepdown.record.read import read
from stepdown.record.record import Record, join_records
from tests.cohort.exports import LIBRARY, MADE, TODAY, as_bundle, read_all, scatter, shipped, with_urls
from tests.cohort.made import cells
from tests.record.bundle_writer import EXAMPLES
from tests.record.bundles import Json
from tests.record.test_fhir_robust import ODD, spoiled

Said = Counter[tuple[str, str, str]]


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


def test_a_screen_of_an_export_is_a_screen_of_its_bundles(tmp_path: Path) -> None:
    scatter(shipped(), tmp_path / "export", 5, True)
    found = screen(tmp_path / "export", TODAY, library=LIBRARY, buckets=3, workers=2)
    for person, resources in shipped().items():
        alone = screen(read_bundle(as_bundle(resources), "", LIBRARY, person), TODAY, library=LIBRARY)
        assert cells(alone) == cells(found.filter(pl.col("person_id") == person))
    lines = b"\n".join(as_bundle(resources) for resources in shipped().values())
    (tmp_path / "bundles.txt").write_bytes(lines)
    assert cells(screen(tmp_path / "bundles.txt", TODAY, library=LIBRARY)) == cells(found)


def test_the_cut_is_that_of_every_engine(tmp_path: Path) -> None:
    scatter(shipped(), tmp_path / "export", 9, False)
    read_all(tmp_path / "export", tmp_path / "cut", 5)
    for number in range(5):
        people = {name for part in (tmp_path / "cut" / "pieces" / f"{number:06d}").glob("*.parquet")
                  for name in pl.read_parquet(part)["person"]}  # fmt: skip
        assert set(bucket_of(pl.Series(sorted(people)), 5).to_list()) <= {number}


@pytest.mark.parametrize("form", ["export", "bundles.ndjson"])
def test_one_person_of_an_export_is_that_of_their_bundle(tmp_path: Path, form: str) -> None:
    order = scatter(shipped(), tmp_path / "export", 11, True)
    lines = b"\n".join(as_bundle(resources) for resources in order.values())
    (tmp_path / "bundles.ndjson").write_bytes(lines)
    for person, resources in order.items():
        alone = read_bundle(as_bundle(resources), "", LIBRARY, person)
        found = read(tmp_path / form, LIBRARY, person)
        same_tables(alone, found)
        assert problems_of(alone) == problems_of(found)
        beside = ("Bundle", "Composition")
        assert found.unread == {path: times for path, times in alone.unread.items() if not path.startswith(beside)}
    with pytest.raises(InputError, match=r"holds 11 Patients: .*name one with --person"):
        read(tmp_path / form, LIBRARY)
    with pytest.raises(InputError, match="holds no Patient 'P9'"):
        read(tmp_path / form, LIBRARY, "P9")
