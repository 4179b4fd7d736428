"""What is wrong with an export is listed with file and line, or told on one line; nobody with a sign of MS is lost."""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest

from stepdown.cohort.inputs import opened
from stepdown.cohort.screen import screen
from stepdown.errors import InputError
from stepdown.record.fhir.plain import sort_lines
from tests.cohort.exports import LIBRARY, MS, TODAY, export, given, read_all
from tests.record.bundles import PATIENT, SUBJECT, Json, code, local, observation, resource


def faults_of(problems: pl.DataFrame) -> list[tuple[Any, ...]]:
    return problems.sort("_row").select("_row", "source", "key").rows()


def test_lines_that_are_not_understood_are_listed_and_the_rest_stands(tmp_path: Path) -> None:
    lines: list[Json | bytes] = [
        b"\xef\xbb\xbf" + orjson.dumps(PATIENT),
        b"nonsense",
        orjson.dumps(given("a"))[:-9],
        orjson.dumps(MS) + b"\r",
        b"",
        {"resourceType": "Patient"},
        given("nobody", subject=None),
        given("stranger", subject={"reference": "Patient/P9"}),
        given("urn", subject={"reference": "urn:uuid:0b6c5ab4-9a55-4b8a-9ed1-2a4d8c1f0e11"}),
        given("server", subject={"reference": "https://clinic.example/r4/Patient/P1"}),
        given("version", subject={"reference": "Patient/P1/_history/3"}),
        b'{"a": 1}',
        orjson.dumps(given("twice"))[:-1] + b',"status":"final"}',
        b'{"resourceType":"Observation","subject":{"reference":"Patient/P1"},"x":' + b"[" * 300 + b"]" * 300 + b"}",
        {"resourceType": "OperationOutcome", "issue": [{"diagnostics": "no access to notes"}]},
        b"\xff\xfe",
        given("last", subject={"display": "her", "reference": "Patient/P1"}),
    ]
    record, problems = read_all(export(tmp_path / "e", *lines), tmp_path / "cut")
    assert record.people == ["P1"]
    assert sorted(record["lab"]["source"]) == ["Observation/last", "Observation/server", "Observation/version"]
    assert record["course"].height == 1
    assert record.problems == ()
    assert faults_of(problems) == [
        (2, None, "fhir-not-json"),
        (3, None, "fhir-not-json"),
        (6, "Patient/some.ndjson:6", "fhir-no-id"),
        (7, "Observation/nobody", "fhir-no-subject"),
        (8, "Observation/stranger", "fhir-unknown-person"),
        (9, "Observation/urn", "fhir-unknown-person"),
        (12, None, "fhir-no-resource"),
        (13, None, "fhir-refused"),
        (14, None, "fhir-too-deep"),
        (15, None, "fhir-outcome"),
        (16, None, "fhir-not-json"),
    ]


def test_most_lines_are_plain_however_they_are_spaced() -> None:
    tight, spaced = (json.dumps(given("a"), separators=marks).encode() for marks in ((",", ":"), (", ", ": ")))
    odd = orjson.dumps(given("a", subject={"reference": "#P1"}))
    twice = orjson.dumps(given("a", focus={"subject": {"reference": "Patient/P9"}}))
    found = sort_lines(1, b"\n".join((tight, spaced, odd, twice, b"")), frozenset(["Observation"]))
    assert found.pieces.select("person", "row").rows() == [("P1", 1), ("P1", 2)]
    assert [row for row, _ in found.others] == [3, 4]


@pytest.mark.parametrize("spaced", [b'"id" :', b'"id"\t:', b'"id"  :'])
def test_a_key_twice_is_found_beside_keys_that_are_spaced(tmp_path: Path, spaced: bytes) -> None:
    twice = orjson.dumps(given("twice"))[:-1] + b',"status":"final"}'
    odd = orjson.dumps(given("odd")).replace(b'"id":', spaced)
    record, problems = read_all(export(tmp_path / "e", PATIENT, MS, twice, odd), tmp_path / "cut")
    assert record["lab"]["source"].to_list() == ["Observation/odd"]
    assert faults_of(problems) == [(3, None, "fhir-refused")]


def test_a_long_line_is_read_and_one_without_end_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stepdown.record.fhir.export.BLOCK", 4096)
    long = given("long", note=[{"text": "a" * 20_000}])
    folder = export(tmp_path / "e", PATIENT, long, MS, given("after"))
    record, problems = read_all(folder, tmp_path / "cut")
    assert sorted(record["lab"]["source"]) == ["Observation/after", "Observation/long"]
    assert problems.is_empty()
    monkeypatch.setattr("stepdown.record.fhir.export.LARGEST", 10_000)
    record, problems = read_all(folder, tmp_path / "cut")
    assert record["lab"]["source"].to_list() == ["Observation/after"]
    assert faults_of(problems) == [(2, None, "fhir-not-json")]


@pytest.mark.parametrize("size", [1, 7, 64, 1 << 20])
def test_blocks_end_anywhere(tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [PATIENT, MS, *(given(f"r{number}") for number in range(20))]
    folder = export(tmp_path / "e", *lines, b"", b"odd")
    (folder / "some.ndjson").write_bytes(gzip.compress((folder / "some.ndjson").read_bytes()))
    monkeypatch.setattr("stepdown.record.fhir.export.BLOCK", size)
    record, problems = read_all(folder, tmp_path / "cut")
    assert record["lab"].height == 20
    assert faults_of(problems) == [(24, None, "fhir-not-json")]


def test_a_patient_twice(tmp_path: Path) -> None:
    early = PATIENT | {"meta": {"lastUpdated": "2026-01-02"}}
    later = early | {"meta": {"lastUpdated": "2026-01-05"}, "birthDate": "1971-05-02"}
    for lines in ((early, later), (later, early)):
        record, _ = read_all(export(tmp_path / "e", *lines, MS), tmp_path / "cut")
        assert record["person"]["birth"].to_list() == [date(1971, 5, 2)]
        assert [(one.source, one.key) for one in record.problems] == [("Patient/P1", "fhir-duplicate")]


def test_two_parts_in_one_gzip_file_and_an_empty_one(tmp_path: Path) -> None:
    folder = export(tmp_path / "e", PATIENT)
    (folder / "more.ndjson.gz").write_bytes(
        gzip.compress(orjson.dumps(MS)) + gzip.compress(b"\n" + orjson.dumps(given()))
    )
    (folder / "none.ndjson").write_bytes(b"")
    (folder / "none.ndjson.gz").write_bytes(gzip.compress(b""))
    record, problems = read_all(folder, tmp_path / "cut")
    assert (record["course"].height, record["lab"].height) == (1, 1)
    assert problems.is_empty()


@pytest.mark.parametrize("at", [20, -6])
def test_a_gzip_file_that_ends_early_is_one_line(tmp_path: Path, at: int) -> None:
    folder = export(tmp_path / "e", PATIENT, MS)
    content = gzip.compress(b"\n".join(orjson.dumps(given(f"r{number}")) for number in range(300)))
    (folder / "cut.ndjson.gz").write_bytes(content[:at])
    with pytest.raises(InputError, match=r"cut.ndjson.gz: cannot be unpacked"):
        read_all(folder, tmp_path / "cut")


def test_a_damaged_gzip_file_is_one_line(tmp_path: Path) -> None:
    folder = export(tmp_path / "e", PATIENT, MS)
    content = bytearray(gzip.compress(b"\n".join(orjson.dumps(given(f"r{number}")) for number in range(300))))
    content[len(content) // 2] ^= 0xFF
    (folder / "cut.ndjson.gz").write_bytes(content)
    with pytest.raises(InputError, match=r"cut.ndjson.gz: cannot be unpacked"):
        read_all(folder, tmp_path / "cut")


def test_tables_beside_fhir_are_refused(tmp_path: Path) -> None:
    folder = export(tmp_path / "e", PATIENT)
    (folder / "person.csv").write_text("person_id\nP1\n")
    with pytest.raises(InputError, match="holds tables and FHIR"):
        opened(folder, LIBRARY)


def test_json_that_is_no_fhir_beside_tables_is_no_export(tmp_path: Path) -> None:
    (tmp_path / "person.csv").write_text("person_id\nP1\n")
    (tmp_path / "package.json").write_text('{"name": "registry"}')
    assert opened(tmp_path, LIBRARY).people().to_list() == ["P1"]


def test_a_patient_in_a_file_of_others_is_refused(tmp_path: Path) -> None:
    folder = export(tmp_path / "e", PATIENT)
    export(folder, given(), PATIENT | {"id": "P2"}, name="Observation.1.ndjson")
    with pytest.raises(InputError, match="holds a Patient among other resources"):
        read_all(folder, tmp_path / "cut")


def test_a_medication_stands_in_a_file_of_its_own(tmp_path: Path) -> None:
    drug = {"resourceType": "Medication", "id": "m-1", "code": {"text": "Ocrevus"}}
    other = drug | {"id": "m-2", "code": {"text": "paracetamol"}}
    asked = resource("MedicationRequest", status="active", intent="order", authoredOn="2025-09-01")
    folder = export(tmp_path / "e", PATIENT, PATIENT | {"id": "P2"}, PATIENT | {"id": "P3"}, name="b.ndjson")
    ways = [
        ("P1", "https://clinic.example/Medication/m-1/_history/2"), ("P2", "Medication/m-2"), ("P3", "Medication/m-3"),
    ]  # fmt: skip
    requests = [
        asked | {"id": who, "subject": {"reference": f"Patient/{who}"}, "medicationReference": {"reference": way}}
        for who, way in ways
    ]
    export(folder, *requests, name="a.ndjson")
    export(folder, other, drug, name="z.ndjson")
    record, problems = read_all(folder, tmp_path / "cut")
    assert record["treatment"].select("person_id", "therapy").rows() == [("P1", "ocrelizumab")]
    assert [(one.person_id, one.key) for one in record.problems] == [("P3", "fhir-reference")]
    assert problems.select("person_id", "key").rows() == [("P2", "fhir-without-ms")]


SIGNS: dict[str, list[Json]] = {
    "course": [MS],
    "mimic": [MS | {"code": code("http://hl7.org/fhir/sid/icd-10-cm", "G36.0")}],
    "in words": [MS | {"code": {"text": "Suspected multiple sclerosis"}}],
    "refuted": [MS | {"verificationStatus": code("http://x", "refuted")}],
    "drug": [resource("MedicationStatement", status="active", medicationCodeableConcept={"text": "Tysabri 300 mg"})],
    "no longer taken": [
        resource("MedicationStatement", status="not-taken", medicationCodeableConcept={"text": "Tysabri"})
    ],
    "contained drug": [
        resource("MedicationRequest", status="active", intent="order", medicationReference={"reference": "#m"},
                 contained=[{"resourceType": "Medication", "id": "m", "code": {"text": "natalizumab"}}])
    ],
    "score": [observation({"text": "EDSS"}, valueQuantity={"value": 2})],
    "score within": [observation({"text": "visit"}, component=[{"code": {"text": "EDSS"}, "valueInteger": 2}])],
    "relapse": [MS | {"code": code("http://snomed.info/sct", "192929006")}],
    "relapse as value": [observation({"text": "event"}, valueCodeableConcept={"text": "MS relapse"})],
    "own code": [observation(local("contraception"), valueBoolean=True)],
    "unreadable": [MS | {"code": "G35"}],
    "planned drug": [{"resourceType": "Appointment", "id": "a", "status": "booked", "description": "ocrelizumab",
                      "start": "2026-04-01", "participant": [{"actor": SUBJECT}]}],
    "allergy": [resource("AllergyIntolerance", code={"text": "natalizumab"})],
}  # fmt: skip


@pytest.mark.parametrize("name", SIGNS)
def test_who_has_a_sign_of_ms_is_never_passed_over(tmp_path: Path, name: str) -> None:
    record, problems = read_all(export(tmp_path / "e", PATIENT, *SIGNS[name]), tmp_path / "cut")
    assert record.people == ["P1"]
    assert "fhir-without-ms" not in problems["key"].to_list()


def test_who_has_none_is_passed_over_and_counted(tmp_path: Path) -> None:
    flu = resource("Condition", id="flu", code=code("http://hl7.org/fhir/sid/icd-10-cm", "J10.1"))
    pill = resource("MedicationStatement", id="p", status="active", medicationCodeableConcept={"text": "paracetamol"})
    record, problems = read_all(export(tmp_path / "e", PATIENT, flu, pill, given()), tmp_path / "cut")
    assert record.people == []
    assert problems.select("person_id", "source", "key").rows() == [("P1", "Patient/P1", "fhir-without-ms")]
    found = screen(tmp_path / "e", TODAY, library=LIBRARY)
    assert found.height == 0
    assert "recommendation.kind" in found.columns
