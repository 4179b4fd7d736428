"""What becomes of each kind of resource: conditions, observations, scans, vaccinations, visits, what is stated."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from stepdown.knowledge.library import load
from tests.record.bundles import SUBJECT, Json, code, keys, local, loinc, observation, read, resource, rows, snomed

ICD = "http://hl7.org/fhir/sid/icd-10-cm"


def condition(coded: Json, **elements: Any) -> Json:
    active = code("http://terminology.hl7.org/CodeSystem/condition-clinical", "active")
    return resource("Condition", code=coded, clinicalStatus=active, **elements)


def test_person() -> None:
    (row,) = rows(read(), "person")
    assert row == {"birth": date(1970, 5, 2), "birth_latest": date(1970, 5, 2), "sex": "female"}


def test_course() -> None:
    asserted = {"url": "http://hl7.org/fhir/StructureDefinition/condition-assertedDate", "valueDateTime": "2005-03"}
    record = read(condition(code(ICD, "G35.A"), onsetDateTime="2004", extension=[asserted, {"url": "x"}]))
    assert rows(record, "course") == [
        {
            "course": "rrms",
            "onset": date(2004, 1, 1),
            "onset_latest": date(2004, 12, 31),
            "on": date(2005, 3, 1),
            "on_latest": date(2005, 3, 31),
            "status": "final",
        }
    ]
    assert record.unread == {"Condition.extension": 1}


def test_the_day_of_recording_bounds_the_diagnosis() -> None:
    (row,) = rows(read(condition(snomed("24700007"), onsetDateTime="2004", recordedDate="2006-02-03")), "course")
    assert "course" not in row
    assert (row["on"], row["on_latest"]) == (date(2004, 1, 1), date(2006, 2, 3))


def test_secondary_progression_begins_later_than_the_disease() -> None:
    (row,) = rows(read(condition(snomed("425500002"), onsetDateTime="2018-05")), "course")
    assert row["on"] == date(2018, 5, 1)
    assert "onset" not in row


def test_onset_as_age() -> None:
    age = {"value": 30, "code": "a", "system": "http://unitsofmeasure.org"}
    (row,) = rows(read(condition(snomed("426373005"), onsetAge=age)), "course")
    assert (row["onset"], row["onset_latest"]) == (date(2000, 5, 2), date(2001, 5, 1))


def test_relapses() -> None:
    severe = snomed("24484000")
    record = read(
        condition(snomed("192929006"), id="a", onsetDateTime="2017-09-11", severity=severe),
        observation(snomed("192929006"), id="b"),
        observation(local("relapse"), id="c", effectiveDateTime="2016-10", component=[
            {"code": local("steroids"), "valueBoolean": True},
            {"code": local("recovered"), "valueCodeableConcept": local("partly")},
        ]),
        observation({"text": "Neurological event"}, id="d", valueCodeableConcept=snomed("192929006")),
        observation(local("relapse"), id="e", valueBoolean=False),
    )  # fmt: skip
    found = record["relapse"].select("source", "on", "status", "severity", "steroids", "recovered").rows()
    assert found == [
        ("Condition/a", date(2017, 9, 11), "active", "severe", None, None),
        ("Observation/b", date(2026, 1, 20), "final", None, None, None),
        ("Observation/c", date(2016, 10, 1), "final", None, True, "partly"),
        ("Observation/d", date(2026, 1, 20), "final", None, None, None),
    ]


def test_relapse_by_a_code_of_the_site(tmp_path: Path) -> None:
    given = observation(code("urn:our-clinic", "REL"))
    assert rows(read(given), "relapse") == []
    (tmp_path / "codes").mkdir()
    (tmp_path / "codes" / "ours.yaml").write_text(
        "{id: ours, title: {en: Ours}, table: relapse, extends: relapses,"
        " entries: {relapse: {codes: {local: ['urn:our-clinic|REL']}}}}"
    )
    assert len(rows(read(given, library=load([tmp_path])), "relapse")) == 1


def test_infections() -> None:
    stay = resource("Encounter", id="e", status="finished", period={"start": "2025-02-08", "end": "2025-02-14"})
    stay["class"] = {"code": "IMP"}
    record = read(
        stay,
        condition(snomed("233604007"), id="a", onsetDateTime="2025-02-08", encounter={"reference": "Encounter/e"}),
        condition(code(ICD, "N39.0"), id="b", onsetDateTime="2025-06", severity={"text": "mild"}),
        condition(code(ICD, "A81.2"), id="c", verificationStatus=code("x", "provisional")),
    )
    found = record["infection"].select("kind", "status", "serious", "opportunistic", "hospital_days").rows()
    assert found == [
        ("pneumonia", "active", True, None, 6.0),
        ("urinary", "active", False, None, None),
        ("pml", "suspected", True, True, None),
    ]


def test_conditions() -> None:
    record = read(
        condition(code(ICD, "C50.911"), id="a", onsetDateTime="2012", abatementDateTime="2014-03"),
        condition(code(ICD, "Z85.3"), id="b"),
        condition({"text": "Ehlers-Danlos syndrome"}, id="c"),
    )
    first, second, third = rows(record, "condition")
    assert first["ended_latest"] == date(2014, 3, 31)
    assert (second["condition"], second["status"]) == ("cancer-history", "resolved")
    assert third["condition"] == "Ehlers-Danlos syndrome"
    assert [(note.key, note.args["text"]) for note in record.notes] == [("not-listed", "Ehlers-Danlos syndrome")]


def test_allergy_and_vaccinations() -> None:
    record = read(
        resource("AllergyIntolerance", code={"text": "glatiramer acetate"}),
        resource("Immunization", status="completed", vaccineCode=code("http://hl7.org/fhir/sid/cvx", "187"),
                 occurrenceDateTime="2022-05"),
        resource("Immunization", id="y", status="completed", vaccineCode={"text": "influenza"}, isSubpotent=True,
                 occurrenceDateTime="2022-05"),
    )  # fmt: skip
    assert [row["substance"] for row in rows(record, "allergy")] == ["glatiramer"]
    assert [row["vaccine"] for row in rows(record, "vaccination")] == ["zoster-recombinant"]
    assert keys(record) == ["fhir-subpotent"]


@pytest.mark.parametrize(
    ("coded", "value", "expected"),
    [
        (loinc("2465-3"), {"valueQuantity": {"value": 510, "code": "mg/dL"}}, (5.1, "g/L", None, None, None)),
        (loinc("731-0"), {"valueQuantity": {"value": 400, "unit": "/uL"}}, (0.4, "10*9/L", None, None, None)),
        (loinc("2472-9"), {"valueQuantity": {"value": 0.2, "comparator": "<", "code": "g/L"}},
         (0.2, "g/L", True, False, None)),
        (loinc("100977-8"), {"valueQuantity": {"value": 1.8}}, (1.8, "1", None, None, None)),
        (loinc("5195-3"), {"valueCodeableConcept": snomed("260385009")}, (None, None, None, None, "negative")),
        (loinc("13952-7"), {"valueString": "Positive"}, (None, None, None, None, "positive")),
        (loinc("70173-0"), {"valueBoolean": True}, (None, None, None, None, "positive")),
        (loinc("70173-0"), {"valueQuantity": {"value": 1.8}, "interpretation": [code("http://x", "POS")]},
         (None, None, None, None, "positive")),
        ({"text": "Quantiferon"}, {"valueCodeableConcept": {"text": "indeterminate"}},
         (None, None, None, None, "equivocal")),
    ],
)  # fmt: skip
def test_labs(coded: Json, value: Json, expected: tuple[Any, ...]) -> None:
    record = read(observation(coded, **value))
    assert record.problems == ()
    assert record["lab"].select("value", "unit", "below_limit", "above_limit", "value_code").rows() == [expected]


def test_a_result_without_its_value_is_a_problem() -> None:
    assert keys(read(observation(loinc("5195-3"), valueString="see letter"))) == ["fhir-value-kind"]
    assert keys(read(observation(loinc("2465-3")))) == ["fhir-value-missing"]
    absent = read(observation(loinc("2465-3"), dataAbsentReason={"text": "unknown"}))
    assert rows(absent, "lab") == []
    assert [note.key for note in absent.notes] == ["fhir-no-value"]


def test_a_panel_of_components() -> None:
    parts = [
        {"code": loinc("731-0"), "valueQuantity": {"value": 1.2, "code": "10*9/L"}},
        {"code": loinc("751-8"), "valueQuantity": {"value": 3.6, "code": "10*3/uL"}},
        {"code": loinc("718-7"), "valueQuantity": {"value": 13.1, "code": "furlong"}},
    ]
    record = read(observation(loinc("58410-2"), component=parts))
    assert [(row["test"], row["value"]) for row in rows(record, "lab")] == [("lymphocytes", 1.2), ("neutrophils", 3.6)]
    assert keys(record) == ["unknown-unit"]


def test_disability() -> None:
    parts = [
        {"code": local("t25fw"), "valueQuantity": {"value": 6.8, "code": "s"}},
        {"code": local("during-relapse"), "valueBoolean": True},
    ]
    record = read(observation(snomed("273554001"), valueQuantity={"value": 3.5, "code": "{score}"}, component=parts))
    assert record["disability"].select("edss", "t25fw_s", "during_relapse").rows() == [(3.5, 6.8, True)]
    assert rows(read(observation({"text": "EDSS"}, valueInteger=4)), "disability")[0]["edss"] == 4
    minutes = read(observation(local("t25fw"), valueQuantity={"value": 1, "code": "min"}))
    assert keys(minutes) == ["unknown-unit"]


def test_scan_as_one_observation() -> None:
    parts = [
        {"code": local("new-t2"), "valueInteger": 0},
        {"code": local("gd-lesions"), "valueQuantity": {"value": 1}},
        {"code": local("compared-on"), "valueDateTime": "2024-11-11"},
        {"code": local("contrast"), "valueBoolean": True},
    ]
    (row,) = rows(read(observation(local("mri"), bodySite=snomed("12738006"), component=parts)), "mri")
    expected = {"region": "brain", "new_t2": 0, "gd_lesions": 1, "compared_on": date(2024, 11, 11), "contrast": True}
    assert expected.items() <= row.items()


def test_scan_from_report_result_and_procedure() -> None:
    record = read(
        observation(local("new-t2"), id="r", valueInteger=2),
        resource("DiagnosticReport", status="final", code={"text": "MRI brain"}, effectiveDateTime="2026-01-20",
                 result=[{"reference": "Observation/r"}], conclusion="Two new lesions."),
        resource("Procedure", status="completed", code=snomed("816077007"), performedDateTime="2026-01-20T10:00:00Z"),
    )  # fmt: skip
    (row,) = rows(record, "mri")
    assert (row["region"], row["new_t2"], row["on"]) == ("brain", 2, date(2026, 1, 20))
    assert record.unread == {"DiagnosticReport.conclusion": 1}
    assert record.problems == ()


def test_a_report_in_prose_is_a_scan_without_findings() -> None:
    report = resource("DiagnosticReport", status="final", code={"text": "MRI brain"}, effectiveDateTime="2026-01-20")
    record = read(report | {"conclusion": "No new lesions."})
    assert rows(record, "mri") == [
        {"on": date(2026, 1, 20), "on_latest": date(2026, 1, 20), "region": "brain", "status": "final"}
    ]
    assert keys(record) == ["fhir-report-prose"]
    stable = read(report | {"conclusionCode": [{"text": "stable"}]})
    assert rows(stable, "mri")[0]["stable"] is True
    assert keys(stable) == []


def test_scans_that_disagree() -> None:
    record = read(
        observation(local("new-t2"), id="a", valueInteger=0), observation(local("new-t2"), id="b", valueInteger=2)
    )
    assert [row["new_t2"] for row in rows(record, "mri")] == [2]
    assert keys(record) == ["fhir-scan-differs"]


def test_lifestyle() -> None:
    record = read(
        observation(loinc("72166-2"), id="a", valueCodeableConcept=snomed("8517006")),
        observation(loinc("39156-5"), id="b", valueQuantity={"value": 31.2, "code": "kg/m2"}),
        observation(local("contraception"), id="c", valueBoolean=True),
        observation(local("may-become-pregnant"), id="d", valueCodeableConcept=snomed("373067005")),
        observation(loinc("82810-3"), id="e", valueCodeableConcept=snomed("77386006")),
    )
    found = record["lifestyle"].select("topic", "value", "value_code", "unit").rows()
    assert found == [
        ("smoking", None, "former", None),
        ("bmi", 31.2, None, "kg/m2"),
        ("contraception", None, "yes", None),
    ]
    assert record["known"].select("variable", "values").rows() == [("may_become_pregnant", ["false"])]
    assert [row["condition"] for row in rows(record, "condition")] == ["pregnancy"]


def test_wishes() -> None:
    strength = [{"code": local("strength"), "valueCodeableConcept": local("strong")}]
    given = observation(local("wish"), valueCodeableConcept=local("fewer-infusions"), component=strength)
    del given["effectiveDateTime"]
    record = read(given, observation(local("wish"), id="y", valueCodeableConcept={"text": "a pony"}))
    assert rows(record, "wish") == [{"topic": "fewer-infusions", "strength": "strong", "status": "active"}]
    assert keys(record) == ["unknown-wish"]


def test_observed() -> None:
    given = observation(local("observed"), effectivePeriod={"start": "2009-01", "end": "2026-02"})
    del given["effectiveDateTime"]
    (row,) = rows(read(given), "observed")
    assert (row["domain"], row["from_latest"], row["to"]) == ("all", date(2009, 1, 31), date(2026, 2, 1))
    (row,) = rows(read(given | {"valueCodeableConcept": local("relapse")}), "observed")
    assert row["domain"] == "relapse"
    assert keys(read(given | {"valueCodeableConcept": local("weather")})) == ["unknown-domain"]


def visit(name: str, start: str, end: str = "", **elements: Any) -> Json:
    stay = {"start": start} | ({"end": end} if end else {})
    return resource("Encounter", id=name, status="finished", period=stay, **elements)


def test_visits_make_spans() -> None:
    service: Json = {"serviceType": snomed("394591006")}
    record = read(
        visit("a", "2019-01-07", **service),
        visit("b", "2020-06-02", "2020-06-04", **service),
        visit("c", "2023-02-01", type=[{"text": "MS clinic"}]),
        visit("d", "2024-02-01", type=[{"text": "Dermatology"}]),
    )
    spans = record["observed"].select("domain", "from", "from_latest", "to").rows()
    assert {(first, latest, last) for _, first, latest, last in spans} == {
        (date(2019, 1, 7), date(2019, 1, 7), date(2020, 6, 4)),
        (date(2023, 2, 1), date(2023, 2, 1), date(2023, 2, 1)),
    }
    assert {domain for domain, *_ in spans} == {"relapse", "mri", "treatment", "disability"}
    assert [note.key for note in record.notes] == ["observed-from-visits"] * 2


def test_appointment() -> None:
    record = read(
        {
            "resourceType": "Appointment",
            "id": "a",
            "status": "booked",
            "start": "2026-03-14T09:00:00+01:00",
            "serviceType": [{"text": "Ocrevus infusion"}],
            "participant": [{"actor": {"reference": "Practitioner/9"}}, {"actor": SUBJECT}],
        }
    )
    (row,) = rows(record, "appointment")
    assert (row["therapy"], row["on"], row["status"]) == ("ocrelizumab", date(2026, 3, 14), "active")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"valueRange": {"low": {"value": 5}}}, (5.0, None, None)),
        ({"valueQuantity": {"value": 5, "comparator": "<="}}, (None, 5.0, None)),
        ({"valueQuantity": {"value": 5}}, (5.0, 5.0, None)),
    ],
)
def test_stated_numbers(value: Json, expected: tuple[Any, ...]) -> None:
    record = read(observation(code("urn:stepdown:variables", "years_since_relapse"), **value))
    assert record["known"].select("low", "high", "values").rows() == [expected]


def test_stated_categories_and_truths() -> None:
    course = code("urn:stepdown:variables", "course")
    parts = [{"code": course, "valueCodeableConcept": local(name)} for name in ("spms", "rrms")]
    record = read(
        observation(course, id="a", component=parts),
        observation(code("urn:stepdown:variables", "frailty"), id="b", valueBoolean=False),
        observation(code("urn:stepdown:variables", "mood"), id="c", valueBoolean=False),
        observation(code("urn:stepdown:variables", "course"), id="d", valueCodeableConcept=local("odd")),
    )
    assert record["known"].select("variable", "values").rows() == [("course", ["rrms", "spms"]), ("frailty", ["false"])]
    assert keys(record) == ["unknown-variable", "fhir-value-kind"]


def test_questionnaires(tmp_path: Path) -> None:
    (tmp_path / "instruments").mkdir()
    (tmp_path / "instruments" / "walk.yaml").write_text(
        "{id: test-walk, title: {en: Test walk}, variable: eq5d_vas, better: higher, low: 0, high: 100,"
        " measures: quality-of-life, assumption: true, reasoning: {en: Made for a test.}}"
    )
    library = load([tmp_path])
    answered = resource("QuestionnaireResponse", status="completed", authored="2026-01-20")
    item = {"linkId": "score", "answer": [{"valueDecimal": 31.0}]}
    nested = {"linkId": "group", "item": [{"linkId": "test-walk", "answer": [{"valueInteger": 40}]}]}
    record = read(
        answered | {"id": "a", "questionnaire": "https://x.example/Questionnaire/test-walk|2", "item": [item]},
        answered | {"id": "b", "item": [nested]},
        answered | {"id": "c", "item": [item]},
        answered | {"id": "f", "questionnaire": "https://x.example/Questionnaire/test-walk"},
        observation({"text": "test walk"}, id="d", valueQuantity={"value": 50}),
        observation({"text": "test walk"}, id="e", valueQuantity={"value": 101}),
        library=library,
    )
    assert [row["score"] for row in rows(record, "questionnaire")] == [31, 40, 50]
    assert {row["instrument"] for row in rows(record, "questionnaire")} == {"test-walk"}
    assert [note.args["kind"] for note in record.notes if note.key == "not-listed"] == ["questionnaire"]
    assert keys(record) == ["fhir-value-missing", "impossible-score"]


def test_a_result_without_a_date_counts_as_past() -> None:
    given = observation(loinc("5195-3"), valueCodeableConcept=snomed("10828004"))
    del given["effectiveDateTime"]
    record = read(given)
    assert rows(record, "lab") == [{"test": "hbsag", "value_code": "positive", "status": "final"}]
    assert keys(record) == ["fhir-undated"]


@pytest.mark.parametrize("words", ["Suspected PML", "family history of breast cancer", "? cryptococcal meningitis"])
def test_words_that_name_a_danger_are_put_before_a_person(words: str) -> None:
    record = read(condition({"text": words}))
    assert rows(record, "infection") == []
    assert keys(record) == ["names-but-not-understood"]


def test_a_stay_that_did_not_happen_makes_nothing_serious() -> None:
    stay = resource("Encounter", id="e", status="cancelled", period={"start": "2025-02-08", "end": "2025-02-14"})
    stay["class"] = {"code": "IMP"}
    given = condition(snomed("233604007"), onsetDateTime="2025-02-08", encounter={"reference": "Encounter/e"})
    assert read(stay, given)["infection"].select("serious", "hospital_days").rows() == [(None, None)]
    severe = read(given | {"severity": snomed("24484000")})
    assert severe["infection"].select("serious", "hospital_days").rows() == [(True, None)]


def test_a_component_that_something_unknown_modifies() -> None:
    part = {"code": loinc("731-0"), "valueQuantity": {"value": 1.2, "code": "10*9/L"}, "modifierExtension": [{}]}
    record = read(observation(loinc("58410-2"), component=[part]))
    assert rows(record, "lab") == []
    assert keys(record) == ["fhir-modifier"]


@pytest.mark.parametrize("count", [1e308, 9.3e18, -1, 1.5])
def test_a_count_of_lesions_that_cannot_be(count: float) -> None:
    part = {"code": local("new-t2"), "valueQuantity": {"value": count}}
    record = read(observation(local("mri"), component=[part]))
    assert rows(record, "mri") == []
    assert keys(record) == ["fhir-count"]
