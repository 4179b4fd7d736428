"""The FHIR output: held against the R4 definitions by two libraries that are not ours, whole, and never an order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from functools import cache, partial
from typing import Any, get_args

import fhirkit
import orjson
import pytest
from fhir.resources.R4B import get_fhir_model_class
from pydantic import BaseModel

from stepdown.knowledge.library import load
from stepdown.record.fhir.bundle import read_bundle
from stepdown.record.tables import TABLES
from stepdown.report.fhir import to_fhir
from stepdown.report.fhir.guidance import status
from stepdown.report.fill import fill
from stepdown.report.words import Words
from tests.people import FOLDER, assessed, examples
from tests.report import made_up, plan_fixture
from tests.report.made_up import Told

Json = dict[str, Any]


def written(told: Told) -> bytes:
    words = plan_fixture.words()
    made = to_fhir(told, words)
    assert not words.unknown
    return made


@cache
def example(name: str) -> bytes:
    return to_fhir(assessed(name), Words(load()))


CASES: dict[str, Callable[[], bytes]] = {
    "plan": lambda: written(plan_fixture.with_risks(plan_fixture.assessment())),
    "not-advised": lambda: written(plan_fixture.assessment(plan_fixture.stopping())),
    "no-plan": lambda: written(made_up.assessment()),
    "emergency": lambda: written(made_up.emergency()),
    **{name: partial(example, name) for name in examples()},
}


@pytest.fixture(params=CASES)
def made(request: pytest.FixtureRequest) -> bytes:
    return bytes(CASES[request.param]())


def resources(made: bytes, kind: str | None = None) -> list[Json]:
    entries = [entry["resource"] for entry in orjson.loads(made)["entry"]]
    return [one for one in entries if kind in (None, one["resourceType"])]


def nodes(node: Any) -> Iterator[Json]:
    if isinstance(node, dict):
        yield node
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from nodes(part)


def test_it_obeys_the_definitions_of_r4(made: bytes) -> None:
    assert [str(issue) for issue in fhirkit.validate(made.decode())] == []


def test_a_second_library_reads_it_and_gives_back_the_same(made: bytes) -> None:
    bundle = get_fhir_model_class("Bundle").model_validate_json(made)
    assert orjson.loads(bundle.model_dump_json()) == orjson.loads(made)
    assert orjson.loads(fhirkit.parse(made.decode()).to_json()) == orjson.loads(made)


def enumerated(model: type[BaseModel], data: Json) -> Iterator[tuple[str, Any, list[str]]]:
    """Every code with a required binding in a resource, with the codes that R4 allows."""
    for name, field in model.model_fields.items():
        value = data.get(field.alias or name)
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        if value is not None and extra.get("enum_values"):
            yield f"{model.__name__}.{name}", value, list(extra["enum_values"])  # type: ignore[arg-type]
        inner = next(_models(field.annotation), None)
        for part in value if isinstance(value, list) else [value]:
            if inner is not None and isinstance(part, dict):
                yield from enumerated(inner, part)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The class behind an annotation, which the library spells as the name of the class and `Type`."""
    for part in get_args(annotation):
        yield from _models(part)
    name = str(getattr(annotation, "__name__", "")).removesuffix("Type")
    with suppress(ValueError):
        yield get_fhir_model_class(name)


def test_codes_with_a_required_binding_are_among_those_that_r4_allows(made: bytes) -> None:
    every = [orjson.loads(made), *resources(made)]
    found = [one for data in every for one in enumerated(get_fhir_model_class(data["resourceType"]), data)]
    assert {"GuidanceResponse.status", "Bundle.type"} <= {name for name, *_ in found}
    assert [(name, value) for name, value, allowed in found if value not in allowed] == []


def test_every_reference_leads_to_an_entry_and_every_entry_stands_once(made: bytes) -> None:
    urls = [entry["fullUrl"] for entry in orjson.loads(made)["entry"]]
    assert len(set(urls)) == len(urls)
    targets = [node.get("reference") for node in nodes(orjson.loads(made))]
    assert {one for one in targets if isinstance(one, str)} <= {*urls}


def test_nothing_is_ordered(made: bytes) -> None:
    asked = [*resources(made, "ServiceRequest"), *resources(made, "CarePlan")]
    assert {(one["status"], one["intent"]) for one in asked} <= {("draft", "proposal")}
    assert not resources(made, "MedicationRequest")
    assert "MedicationRequest" not in made.decode()


def test_the_library_stands_on_every_resource_and_the_person_is_an_id(made: bytes) -> None:
    tags = [one["meta"]["tag"][0] for one in [orjson.loads(made), *resources(made)]]
    assert all(tag["code"].startswith("sha256:") and tag["version"] == "2026.11" for tag in tags)
    (person,) = resources(made, "Patient")
    assert set(person) == {"resourceType", "id", "meta", "identifier"}


def test_there_are_no_extensions_and_nothing_is_empty(made: bytes) -> None:
    assert b'"extension"' not in made
    assert all(value not in (None, "", [], {}) for node in nodes(orjson.loads(made)) for value in node.values())


def test_our_reader_takes_nothing_in_it_for_a_fact(made: bytes) -> None:
    record = read_bundle(made, "out.json", load(), today=date(2026, 11, 1))
    assert [name for name in TABLES if name != "person" and record[name].height] == []
    assert record["person"].height == 1
    assert record.problems == ()


def test_a_record_that_holds_it_is_the_record_without_it() -> None:
    name = "pneumonia-ocrelizumab"
    before = orjson.loads((FOLDER / name / "bundle.json").read_bytes())
    patient = next(one["resource"]["id"] for one in before["entry"] if one["resource"]["resourceType"] == "Patient")
    added = [entry for entry in orjson.loads(example(name))["entry"] if entry["resource"]["resourceType"] != "Patient"]
    text = orjson.dumps(added).decode()
    (person,) = {node["reference"] for node in nodes(added) if node.get("type") == "Patient" and "reference" in node}
    added = orjson.loads(text.replace(person, f"Patient/{patient}"))
    after = before | {"entry": before["entry"] + added}
    today = date(2026, 11, 1)
    first, second = (read_bundle(orjson.dumps(one), "b.json", load(), today=today) for one in (before, after))
    assert all(first[table].equals(second[table]) for table in TABLES)
    assert first.problems == second.problems


def test_the_same_assessment_is_the_same_bytes(made: bytes) -> None:
    del made
    assert CASES["plan"]() == CASES["plan"]()


def test_windows_become_requests_with_codes_of_the_library() -> None:
    scans = [one for one in resources(CASES["plan"](), "ServiceRequest") if one["code"]["text"] == "Brain MRI"]
    assert [one["occurrencePeriod"] for one in scans] == [
        {"start": "2026-06-01", "end": "2026-09-01"},
        {"start": "2027-02-01", "end": "2027-04-01"},
        {"start": "2028-02-01", "end": "2028-04-01"},
    ]
    assert {"system": "http://snomed.info/sct", "code": "816077007"} in scans[0]["code"]["coding"]
    assert "due 1 August 2026" in scans[0]["note"][1]["text"]
    igg = next(one for one in resources(CASES["plan"](), "ServiceRequest") if one["code"]["text"] == "IgG")
    assert {"system": "http://loinc.org", "code": "2465-3"} in igg["code"]["coding"]


def test_the_plan_holds_requests_steps_visits_calls_and_triggers() -> None:
    (plan,) = resources(CASES["plan"](), "CarePlan")
    requested = [one["reference"] for one in plan["activity"] if "reference" in one]
    assert len(requested) == len(resources(CASES["plan"](), "ServiceRequest")) == 6
    details = {one["detail"]["code"]["text"]: one["detail"] for one in plan["activity"] if "detail" in one}
    assert details["Brain MRI"]["status"] == "completed"
    assert details["Letter"]["status"] == "cancelled"
    assert details["Clinic visit"]["kind"] == "Appointment"
    infection = next(one for text, one in details.items() if text.startswith("An infection that needs hospital"))
    assert infection["scheduledString"] == "When it happens; act: today"
    assert len(plan["goal"]) == 4
    assert plan["period"] == {"start": "2026-03-01", "end": "2031-03-01"}


def test_a_dose_that_is_withheld_is_on_hold() -> None:
    (plan,) = resources(example("pneumonia-ocrelizumab"), "CarePlan")
    held = [one["detail"] for one in plan["activity"] if one.get("detail", {}).get("status") == "on-hold"]
    assert [one["code"]["text"] for one in held] == ["Next dose"]


def test_what_is_not_advised_says_so_before_anything_else() -> None:
    (plan,) = resources(CASES["not-advised"](), "CarePlan")
    assert plan["description"].startswith("Not advised: Stopping may be followed by rebound. Safety plan")
    assert "Not advised" in plan["text"]["div"]


def test_risks_are_ranges_in_percent_with_both_sides_and_the_certainty_in_the_sentence() -> None:
    told = {one["code"]["coding"][0]["code"]: one for one in resources(CASES["plan"](), "RiskAssessment")}
    relapse = told["extend-interval:ocrelizumab:52w"]["prediction"][0]
    percent = {"unit": "%", "code": "%", "system": "http://unitsofmeasure.org"}
    assert relapse["probabilityRange"] == {"low": {"value": 3.2, **percent}, "high": {"value": 14.4, **percent}}
    said = "With low certainty 7.0 %, range 3.2 to 14.4 %: of 100 people 7 have it and 93 do not."
    assert relapse["rationale"].startswith(said)
    assert relapse["whenPeriod"] == {"start": "2026-03-01", "end": "2028-03-01"}
    unmeasured = told["extend-interval:ocrelizumab:52w"]["prediction"][-1]
    assert "probabilityRange" not in unmeasured
    assert unmeasured["rationale"].startswith("No number: Nobody has followed people")


def test_certainty_is_never_told_as_how_likely_it_is(made: bytes) -> None:
    assert b"qualitativeRisk" not in made


def test_the_answer_says_the_emergency_first_and_has_no_plan() -> None:
    (answer,) = resources(CASES["emergency"](), "GuidanceResponse")
    assert answer["note"][0]["text"].startswith("A new symptom on this drug: PML is suspected")
    assert answer["note"][2]["text"].startswith("Next dose: withhold")
    assert "result" not in answer
    (pml,) = [one for one in resources(CASES["emergency"](), "DetectedIssue") if one["severity"] == "high"]
    assert pml["mitigation"][0]["action"]["text"].startswith("No dose, no switch and no steroid")


def test_the_answer_leads_to_the_plan_and_asks_for_what_it_hangs_on() -> None:
    (answer,) = resources(CASES["plan"](), "GuidanceResponse")
    assert answer["result"]["type"] == "CarePlan"
    assert answer["dataRequirement"][0]["codeFilter"][0]["code"][-1]["code"] == "months_since_cord_mri"
    (parameters,) = resources(CASES["plan"](), "Parameters")
    assert {"name": "next-dose", "valueCode": "delay-until"} in parameters["parameter"]
    assert {"name": "until", "valueDate": "2026-09-14"} in parameters["parameter"]


@pytest.mark.parametrize(
    ("strength", "decisive", "expected"),
    [("hold", True, "data-required"), ("leaning", True, "data-requested"), ("hold", None, "success")],
)
def test_the_status_says_whether_facts_are_missing(strength: str, decisive: bool | None, expected: str) -> None:
    told = made_up.assessment(**({"information": []} if decisive is None else {}))
    told["recommendation"]["strength"] = strength
    assert status(fill(told, made_up.words())) == expected


def test_prose_with_signs_of_markup_stays_prose() -> None:
    told = plan_fixture.assessment()
    told["plan"]["why_not"] = [made_up.text("problem.unknown-word", kind="<b>&", word="x")]
    made = written(told)
    (plan,) = resources(made, "CarePlan")
    assert "&lt;b&gt;&amp;" in plan["text"]["div"]
    assert "<b>&" in plan["description"]
    assert fhirkit.validate(made.decode()) == []


def test_a_person_whose_id_fhir_does_not_allow_keeps_it_as_identifier() -> None:
    (person,) = resources(written(plan_fixture.assessment(person="A 1/ü")), "Patient")
    assert person["identifier"][0]["value"] == "A 1/ü"
    assert re.fullmatch(r"[0-9a-f-]{36}", person["id"])
