"""An export that we did not write: it is read as its Bundles are, and who has no sign of MS is passed over."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import orjson

from stepdown.record.fhir import read_bundle
from stepdown.record.record import join_records
from tests.cohort.exports import LIBRARY, TODAY, read_all
from tests.record.bundles import Json

FOLDER = Path(__file__).parent / "synthea"
MADE = "2024-08-06T18:12:57Z"


def lines() -> list[Json]:
    """Every resource, in the order of files and lines."""
    files = sorted(FOLDER.glob("[A-Z]*.gz"))
    return [orjson.loads(line) for path in files for line in gzip.decompress(path.read_bytes()).splitlines()]


def test_nobody_there_has_ms(tmp_path: Path) -> None:
    record, problems = read_all(FOLDER, tmp_path / "cut")
    people = sorted(one["id"] for one in lines() if one["resourceType"] == "Patient")
    assert len(people) == 3
    assert record.people == []
    found = problems.select("key", "person_id").sort("person_id").rows()
    assert found == [("fhir-without-ms", person) for person in people]


def test_with_a_diagnosis_each_reads_as_their_bundle(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "export")
    resources = lines()
    people = sorted(one["id"] for one in resources if one["resourceType"] == "Patient")
    told = [
        {"resourceType": "Condition", "id": f"ms-{person}", "subject": {"reference": f"Patient/{person}"},
         "code": {"text": "Multiple sclerosis"}, "onsetDateTime": "2019-03"} for person in people
    ]  # fmt: skip
    (tmp_path / "export" / "more.ndjson").write_bytes(b"\n".join(map(orjson.dumps, told)))
    record, problems = read_all(tmp_path / "export", tmp_path / "cut")
    alone = []
    for person in people:
        mine = [one for one in [*resources, *told] if one["id"] == person or f"Patient/{person}" in str(one)]
        entries = [{"resource": one} for one in mine]
        bundle = {"resourceType": "Bundle", "type": "collection", "timestamp": MADE, "entry": entries}
        alone.append(read_bundle(orjson.dumps(bundle), person, LIBRARY, person, TODAY))
    expected = join_records(alone)
    assert record["course"].height == 2  # the third had died by then
    assert record["condition"].height > 5
    assert record["vaccination"].height > 10
    for name, table in expected.tables.items():
        assert table.rows() == record[name].rows(), name
    assert [repr(one) for one in expected.problems] == [repr(one) for one in record.problems]
    assert problems.is_empty()
