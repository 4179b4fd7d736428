"""Exports of which something would be left out, or one person taken for another."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import orjson
import pytest

from stepdown.errors import InputError
from stepdown.record.fhir.export import open_export
from stepdown.state.derive import derive
from stepdown.state.state import values_of
from tests.cohort.exports import LIBRARY, MS, TODAY, export, given, read_all
from tests.record.bundles import PATIENT, Json


@pytest.mark.parametrize(
    "name", ["Observation.ndjson.zst", "all.ndjson.bz2", "Observation.zip", "Observation.xml", "Observation/0.txt",
             "Observation/part-0.json", "more/0.ndjson", "2025/Condition/part"],
)  # fmt: skip
def test_what_may_hold_resources_and_is_not_read_is_refused(tmp_path: Path, name: str) -> None:
    folder = export(tmp_path / "e", PATIENT, MS)
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"\x28\xb5\x2f\xfd no JSON")
    with pytest.raises(InputError, match="form or place that is not read"):
        open_export(folder)


@pytest.mark.parametrize("name", ["README.md", "export.zip", ".cache/0.ndjson", "out.parquet.part/manifest.json"])
def test_what_is_no_resource_is_passed_over(tmp_path: Path, name: str) -> None:
    folder = export(tmp_path / "Patient", PATIENT, MS)
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"words")
    assert len(open_export(folder).files) == 1


def _bundle(server: str, birth: str, sex: str, name: str) -> Json:
    resources = [PATIENT | {"birthDate": birth, "gender": sex}, MS, given(name)]
    entries = [{"fullUrl": f"https://{server}/{one['resourceType']}/{one['id']}", "resource": one} for one in resources]
    return {"resourceType": "Bundle", "type": "collection", "timestamp": "2026-03-01", "entry": entries}


@pytest.mark.parametrize("first", ["1950-03-01", "1990-03-01"])
def test_one_id_on_two_servers_is_told_and_neither_is_believed(tmp_path: Path, first: str) -> None:
    two = [_bundle("a.example", first, "female", "one")]
    two += [_bundle("b.example", "1990-03-01" if first == "1950-03-01" else "1950-03-01", "male", "two")]
    record, _ = read_all(export(tmp_path / "e", *map(orjson.dumps, two)), tmp_path / "cut")
    state = derive(record, TODAY, LIBRARY)
    age, sex = (values_of(state, 0, LIBRARY)[name] for name in ("age", "sex"))
    assert (age.low, age.high) == (36.0, 76.0)  # type: ignore[union-attr]
    assert sex.possible == {"female", "male", "other"}  # type: ignore[union-attr]
    assert [(one.key, one.person_id) for one in state.problems] == [("person-twice", "P1")]


def test_the_same_person_in_two_bundles_is_one(tmp_path: Path) -> None:
    two = [_bundle(server, "1970-05-02", "female", name) for server, name in (("a.example", "x"), ("b.example", "y"))]
    record, _ = read_all(export(tmp_path / "e", *map(orjson.dumps, two)), tmp_path / "cut")
    state = derive(record, TODAY, LIBRARY)
    assert state.problems == ()
    assert record["lab"].height == 2
    assert record["person"]["birth"].unique().to_list() == [date(1970, 5, 2)]
