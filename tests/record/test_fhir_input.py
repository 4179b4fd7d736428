"""Bad input: one clear line, or a problem where the rest still stands."""

from typing import Any

import orjson
import pytest

from stepdown.errors import InputError
from stepdown.knowledge.library import load
from stepdown.record.fhir import read_bundle
from stepdown.record.fhir import source as fhir_source
from tests.record.bundles import PATIENT, SUBJECT, TODAY, bundle, code, keys, loinc, observation, read, resource, rows

IGG = {"valueQuantity": {"value": 5.1, "code": "g/L"}}


def refused(data: bytes, person: str | None = None) -> str:
    with pytest.raises(InputError) as error:
        read_bundle(data, "test.json", load(), person, TODAY)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not JSON"),
        (b"person: {id: A1}", "not JSON"),
        (b"[1, 2]", "no FHIR resource"),
        (b'{"a": NaN}', "not JSON"),
        (b'{"a": 1, "a": 2}', "'a' twice"),
        (b'{"a": 1, "\\u0061": 2}', "'a' twice"),
        (b'{"x": {"\\u0022:": 1, "b": [{"c": 1, "c": 1}]}}', "'c' twice"),
        (b'{"a": ' * 2000 + b"1" + b"}" * 2000, "nested too deeply"),
        (b'{"a": ' * 400 + b"1" + b"}" * 400, "nested too deeply"),
        (b'{"a": 1}', "no resourceType"),
        (b'{"resourceType": "Patient", "id": "P1"}', "is a Patient, not a Bundle"),
        (b'{"resourceType": "Bundle", "type": "history"}', "type 'history'"),
        (b'{"resourceType": "Bundle"}', "type None"),
        (b'{"resourceType": "Bundle", "type": "collection"}', "no Patient"),
        (b'{"resourceType": "Bundle", "type": "collection", "entry": {}}', "no list"),
        (b'{"resourceType": "Bundle", "type": "collection", "entry": [7]}', "entry[0]"),
        (b'{"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {}}]}', "entry[0]"),
    ],
)
def test_one_line(data: bytes, says: str) -> None:
    assert says in refused(data)


def test_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fhir_source, "LARGEST", 1 << 20)
    assert "larger than 1 MB" in refused(b" " * ((1 << 20) + 1))


def test_a_quoted_colon_is_no_key() -> None:
    record = read(observation(loinc("2465-3"), note=[{"text": 'he said: "igg": low'}], **IGG))
    assert rows(record, "lab")


def test_a_document_entered_in_error() -> None:
    letter = {"resourceType": "Composition", "id": "c", "status": "entered-in-error"}
    assert "entered in error" in refused(bundle(letter, type="document"))
    letter["status"] = "preliminary"
    assert keys(read(letter, type="document")) == ["fhir-document"]


def test_several_patients() -> None:
    other = PATIENT | {"id": "P2", "birthDate": "1980"}
    theirs = observation(loinc("2465-3"), subject={"reference": "Patient/P2"}, **IGG)
    mine = observation(loinc("2465-3"), id="y", **IGG)
    data = bundle(other, theirs, mine)
    assert "P1, P2" in refused(data)
    assert "--person" in refused(data)
    assert "'P3'" in refused(data, "P3")
    record = read_bundle(data, "test.json", load(), "P2", TODAY)
    assert record.people == ["P2"]
    assert record["lab"]["source"].to_list() == ["Observation/x"]
    assert [problem.args["times"] for problem in record.problems] == [1]


@pytest.mark.parametrize(
    ("reference", "mine"),
    [
        ("Patient/P1", True),
        ("Patient/P1/_history/3", True),
        ("https://clinic.example/fhir/Patient/P1", True),
        ("https://other.example/fhir/Patient/P1", False),
        ("Patient/P9", False),
        ("urn:uuid:0b6c5ab4-9a55-4b8a-9ed1-2a4d8c1f0e11", False),
    ],
)
def test_references_to_the_person(reference: str, mine: bool) -> None:
    given = observation(loinc("2465-3"), subject={"reference": reference}, **IGG)
    url = {"fullUrl": "https://clinic.example/fhir/Patient/P1", "resource": PATIENT}
    data = {"resourceType": "Bundle", "type": "searchset", "entry": [url, {"resource": given}]}
    record = read_bundle(orjson.dumps(data), "test.json", load(), None, TODAY)
    assert len(rows(record, "lab")) == mine
    assert keys(record) == ([] if mine else ["fhir-other-person"])


def test_nobody_named_is_a_problem() -> None:
    given = observation(loinc("2465-3"), **IGG)
    del given["subject"]
    record = read(given)
    assert rows(record, "lab") == []
    assert keys(record) == ["fhir-no-subject"]


@pytest.mark.parametrize(
    ("stamp", "key"),
    [
        ("2026-03-02", "date-in-future"),
        ("1969-12-31", "date-before-birth"),
        ("1970-05", None),
        ("2026-02-30", "fhir-date"),
        ("last week", "fhir-date"),
        (2025, "fhir-date"),
        ("2026-13", "fhir-date"),
    ],
)
def test_dates(stamp: Any, key: str | None) -> None:
    record = read(observation(loinc("2465-3"), effectiveDateTime=stamp, **IGG))
    assert len(rows(record, "lab")) == (key is None)
    assert keys(record) == ([key] if key else [])


def test_an_end_before_its_start() -> None:
    given = observation(loinc("2465-3"), **IGG)
    del given["effectiveDateTime"]
    record = read(given | {"effectivePeriod": {"start": "2025-02", "end": "2025-01"}})
    assert keys(record) == ["end-before-start"]


def test_birth_and_death() -> None:
    record = read(patient=PATIENT | {"birthDate": "1970-02-31", "gender": "robot"})
    assert keys(record) == ["fhir-date", "unknown-sex"]
    assert record["person"].row(0, named=True)["birth"] is None
    record = read(observation(loinc("2465-3"), **IGG), patient=PATIENT | {"deceasedDateTime": "2025-06-01"})
    assert keys(record) == ["date-after-death"]


@pytest.mark.parametrize(
    ("quantity", "key"),
    [
        ({"value": 5, "code": "furlong"}, "unknown-unit"),
        ({"value": 5, "code": "mm[Hg]"}, "unknown-unit"),
        ({"value": 5}, "unknown-unit"),
        ({"value": -1, "code": "g/L"}, "negative-value"),
        ({"value": 5000, "code": "g/L"}, "implausible-value"),
        ({"value": "5", "code": "g/L"}, "fhir-value-missing"),
        ({"code": "g/L"}, "fhir-value-missing"),
        ({"value": 5, "comparator": "~", "code": "g/L"}, "fhir-comparator"),
    ],
)
def test_labs_that_cannot_be(quantity: dict[str, Any], key: str) -> None:
    record = read(observation(loinc("2465-3"), valueQuantity=quantity))
    assert rows(record, "lab") == []
    assert keys(record) == [key]


@pytest.mark.parametrize("score", [11, 3.2, 0.5, -1])
def test_impossible_edss(score: float) -> None:
    record = read(observation({"text": "EDSS"}, valueQuantity={"value": score}))
    assert rows(record, "disability") == []
    assert keys(record) == ["impossible-score"]


def test_wrong_shapes_are_problems_not_crashes() -> None:
    for element in ("code", "component", "valueQuantity", "effectivePeriod", "bodySite", "contained"):
        for value in (7, "text", [7], {"coding": 7}, None):
            given = observation(loinc("2465-3"), **IGG) | {element: value}
            read(given)
            read(resource("Condition", code={"text": "x"}) | {element: value})
            read(resource("MedicationRequest", status="active", intent="order") | {element: value})


def test_unread_elements_are_counted() -> None:
    given = observation(loinc("2465-3"), note=[{"text": "a"}, {"text": "b"}], method={"text": "m"}, **IGG)
    given["component"] = [{"code": loinc("2458-8"), "referenceRange": [{}]}]
    record = read(given, {"resourceType": "ServiceRequest", "id": "s"}, {"resourceType": "ServiceRequest", "id": "t"})
    assert record.unread == {
        "Observation.component.referenceRange": 1,
        "Observation.method": 1,
        "Observation.note": 2,
        "ServiceRequest": 2,
    }


def test_another_page_is_told() -> None:
    assert keys(read(type="searchset", link=[{"relation": "next", "url": "http://x"}])) == ["fhir-more-pages"]


def test_the_same_resource_twice() -> None:
    first = observation(loinc("2465-3"), meta={"lastUpdated": "2026-01-02"}, **IGG)
    later = first | {"meta": {"lastUpdated": "2026-01-05"}, "valueQuantity": {"value": 6, "code": "g/L"}}
    for given in ((first, later), (later, first)):
        record = read(*given)
        assert [row["value"] for row in rows(record, "lab")] == [6]
        assert keys(record) == ["fhir-duplicate"]
    assert keys(read(first, first)) == []


def test_sources_name_the_resource() -> None:
    record = read(resource("Condition", code=code("http://hl7.org/fhir/sid/icd-10-cm", "I10"), subject=SUBJECT))
    assert record["condition"]["source"].to_list() == ["Condition/x"]
