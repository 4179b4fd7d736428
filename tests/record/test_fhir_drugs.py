"""Drugs in FHIR: how they are recognised, and how prescriptions, dispenses, statements and doses become treatments."""

import time
from datetime import date
from typing import Any

import orjson
import pytest

from stepdown.knowledge.library import load
from stepdown.record.fhir import read_bundle
from stepdown.record.record import Record
from tests.record.bundles import PATIENT, TODAY, Json, code, keys, local, read, resource, rows

RXNORM, ATC = "http://www.nlm.nih.gov/research/umls/rxnorm", "http://www.whocc.no/atc"
DMF = {"medicationCodeableConcept": code(ATC, "L04AX07")}
WRITTEN = "2026-03-01T08:00:00Z"


def statement(drug: Json | None = None, name: str = "s", **elements: Any) -> Json:
    drug = DMF if drug is None else drug
    return resource("MedicationStatement", id=name, status="active", **drug) | elements


def request(authored: str, name: str, status: str = "completed", **elements: Any) -> Json:
    given = {"intent": "order", "authoredOn": authored, **DMF}
    return resource("MedicationRequest", id=name, status=status) | given | elements


def dose(day: str, name: str, drug: Json | None = None) -> Json:
    drug = DMF if drug is None else drug
    return resource("MedicationAdministration", id=name, status="completed", effectiveDateTime=day, **drug)


def treatments(record: Record) -> list[tuple[Any, ...]]:
    return record["treatment"].select("on", "ended", "ended_latest", "status").rows()


@pytest.mark.parametrize(
    ("concept", "key", "args"),
    [
        (code(RXNORM, "354770"), "drug-by-code", {"by": "rxnorm", "drug": "natalizumab"}),
        (code(ATC, "L04AA23"), "drug-by-code", {"by": "atc", "drug": "natalizumab"}),
        (code(ATC, "L04AG03"), "drug-by-code", {"by": "atc", "drug": "natalizumab"}),
        (code("http://snomed.info/sct", "733464008"), "drug-by-code", {"by": "snomed", "drug": "ocrelizumab"}),
        (local("ocrelizumab"), "drug-by-code", {"by": "local", "drug": "ocrelizumab"}),
        ({"text": "Tysabri 300 mg"}, "drug-by-name", {"text": "Tysabri 300 mg", "drug": "natalizumab"}),
        ({"coding": [{"system": RXNORM, "code": "1", "display": "ocrelizumab 30 MG/ML Injection"}]},
         "drug-by-name", {"text": "ocrelizumab 30 MG/ML Injection", "drug": "ocrelizumab"}),
        (code(RXNORM, "1256"), "drug-by-code", {"by": "rxnorm", "drug": "azathioprine"}),
    ],
)  # fmt: skip
def test_it_says_how_a_drug_was_recognised(concept: Json, key: str, args: Json) -> None:
    record = read(statement({"medicationCodeableConcept": concept}))
    assert [row["therapy"] for row in rows(record, "treatment")] == [args["drug"]]
    (note,) = [note for note in record.notes if note.key.startswith("drug-by")]
    assert note.key == key
    assert args.items() <= note.args.items()


def test_a_drug_nobody_knows_is_told_once() -> None:
    unknown = {"medicationCodeableConcept": {"text": "wonderdrug"}}
    record = read(statement(unknown, "a"), statement(unknown, "b"), statement({}, "c"))
    assert rows(record, "treatment") == []
    assert keys(record) == ["drug-not-recognised", "fhir-no-drug"]


def test_code_and_name_that_contradict_each_other() -> None:
    both = code(ATC, "L04AG08") | {"text": "Tysabri"}
    record = read(statement({"medicationCodeableConcept": both}))
    assert rows(record, "treatment") == []
    assert keys(record) == ["drug-code-and-name-differ"]


@pytest.mark.parametrize(
    "reference", ["Medication/m", "urn:uuid:0b6c5ab4-9a55-4b8a-9ed1-2a4d8c1f0e11", "https://x.example/r4/Medication/m"]
)
def test_medication_by_reference(reference: str) -> None:
    medication = {"resourceType": "Medication", "id": "m", "code": code(ATC, "L04AG08")}
    given = statement({"medicationReference": {"reference": reference}})
    entries: list[Json] = [
        {"resource": PATIENT},
        {"fullUrl": reference if "://" in reference or "urn" in reference else "", "resource": medication},
        {"resource": given},
    ]
    data = orjson.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})
    record = read_bundle(data, "test.json", load(), None, TODAY)
    assert [row["therapy"] for row in rows(record, "treatment")] == ["ocrelizumab"]


def test_medication_contained_ingredient_or_display() -> None:
    inside = {"resourceType": "Medication", "id": "d", "ingredient": [{"itemCodeableConcept": {"text": "fingolimod"}}]}
    by_reference = {"contained": [inside], "medicationReference": {"reference": "#d"}}
    assert rows(read(statement(by_reference)), "treatment")[0]["therapy"] == "fingolimod"
    named = {"medicationReference": {"reference": "Medication/gone", "display": "Kesimpta"}}
    assert rows(read(statement(named)), "treatment")[0]["therapy"] == "ofatumumab"
    lost = {"medicationReference": {"reference": "Medication/gone"}}
    assert keys(read(statement(lost))) == ["fhir-reference"]
    wrong = {"resourceType": "Medication", "id": "w", "status": "entered-in-error", "code": code(ATC, "L04AG08")}
    in_error = read(wrong, statement({"medicationReference": {"reference": "Medication/w"}}))
    assert keys(in_error) == ["fhir-medication-in-error"]


def test_statement_with_reasons_dose_and_interval() -> None:
    dosage = {
        "timing": {"repeat": {"frequency": 1, "period": 6, "periodUnit": "mo"}},
        "doseAndRate": [{"doseQuantity": {"value": 0.6, "code": "g"}}],
    }
    (row,) = rows(
        read(
            statement(
                {"medicationCodeableConcept": {"text": "ocrelizumab"}},
                status="stopped",
                effectivePeriod={"start": "2018-03-05", "end": "2024"},
                reasonCode=[{"text": "disease activity"}],
                statusReason=[{"text": "adverse event"}],
                dosage=[dosage],
            )
        ),
        "treatment",
    )
    assert row == {
        "therapy": "ocrelizumab", "on": date(2018, 3, 5), "on_latest": date(2018, 3, 5),
        "ended": date(2024, 1, 1), "ended_latest": date(2024, 12, 31), "status": "resolved",
        "start_reason": "activity", "stop_reason": "side-effects", "interval_weeks": 26.0, "dose_mg": 600.0,
    }  # fmt: skip


def test_doses() -> None:
    given = dose("2025-09-15T09:30:00+02:00", "a") | {"dosage": {"dose": {"value": 300, "unit": "mg"}}}
    record = read(given, dose("2025-03", "b") | {"dosage": {"dose": {"value": 1, "unit": "tablet"}}})
    assert record["dose"].select("on", "on_latest", "dose_mg").rows() == [
        (date(2025, 9, 15), date(2025, 9, 15), 300.0),
        (date(2025, 3, 1), date(2025, 3, 31), None),
    ]
    assert treatments(record) == []


def test_renewals_are_one_treatment() -> None:
    record = read(
        request("2021-01-10", "a"), request("2022-01-20", "b"), request("2023-02-01", "c", "active"), timestamp=WRITTEN
    )
    assert treatments(record) == [(date(2021, 1, 10), None, None, "active")]
    assert [note.args["times"] for note in record.notes if note.key == "treatment-joined"] == [3]


def test_a_long_gap_is_a_break() -> None:
    record = read(request("2015-01-10", "a"), request("2020-01-20", "b", "active"), timestamp=WRITTEN)
    assert treatments(record) == [
        (date(2015, 1, 10), date(2015, 1, 10), date(2020, 1, 20), "resolved"),
        (date(2020, 1, 20), None, None, "active"),
    ]


def test_supply_bridges_a_gap_and_ends_a_treatment() -> None:
    supply = {
        "expectedSupplyDuration": {"value": 90, "code": "d"},
        "numberOfRepeatsAllowed": 3,
    }
    record = read(request("2018-01-01", "a", dispenseRequest=supply), request("2020-03-01", "b"), timestamp=WRITTEN)
    ((start, ended, latest, status),) = treatments(record)
    assert (start, ended, latest, status) == (date(2018, 1, 1), date(2020, 3, 1), date(2026, 3, 1), "resolved")


def test_a_lately_completed_prescription_may_be_renewed() -> None:
    assert treatments(read(request("2025-12-01", "a"), timestamp=WRITTEN)) == [
        (date(2025, 12, 1), None, None, "active")
    ]


def test_an_active_prescription_whose_supply_ran_out_years_ago() -> None:
    bounds = {"timing": {"repeat": {"boundsPeriod": {"start": "2018-01-01", "end": "2018-12-31"}}}}
    ((_, ended, latest, _),) = treatments(
        read(request("2018-01-01", "a", "active", dosageInstruction=[bounds]), timestamp=WRITTEN)
    )
    assert (ended, latest) == (date(2018, 12, 31), date(2026, 3, 1))


def test_dispenses() -> None:
    supply = {"value": 90, "code": "d"}
    given = [
        resource("MedicationDispense", id=f"d{month}", status="completed", whenHandedOver=f"2025-{month:02}-01",
                 daysSupply=supply, **DMF)
        for month in (1, 4, 7, 10)
    ]  # fmt: skip
    assert treatments(read(*given, timestamp=WRITTEN)) == [(date(2025, 1, 1), None, None, "active")]


def test_stop_and_restart_are_two() -> None:
    record = read(
        statement(name="a", status="stopped", effectivePeriod={"start": "2018-01-01", "end": "2020-02-01"}),
        statement(name="b", effectivePeriod={"start": "2020-06-01"}),
    )
    assert treatments(record) == [
        (date(2018, 1, 1), date(2020, 2, 1), date(2020, 2, 1), "resolved"),
        (date(2020, 6, 1), None, None, "active"),
    ]


def test_stopped_order_that_was_replaced_goes_on() -> None:
    record = read(request("2018-01-01", "a", "stopped"), request("2019-05-01", "b", "active"), timestamp=WRITTEN)
    assert treatments(record) == [(date(2018, 1, 1), None, None, "active")]


def test_active_and_stopped_at_once_is_told() -> None:
    record = read(
        request("2018-01-01", "a", "active"),
        statement(name="b", status="stopped", effectivePeriod={"start": "2018-01-01", "end": "2021-06-01"}),
        timestamp=WRITTEN,
    )
    assert treatments(record) == [(date(2018, 1, 1), date(2021, 6, 1), date(2021, 6, 1), "resolved")]
    assert keys(record) == ["drug-active-and-stopped"]


def test_a_stop_without_a_date_lies_between_start_and_statement() -> None:
    record = read(
        statement(status="stopped", effectivePeriod={"start": "2018-01-01"}, dateAsserted="2022-05-05"),
    )
    assert treatments(record) == [(date(2018, 1, 1), date(2018, 1, 1), date(2022, 5, 5), "resolved")]


def test_doses_tell_more_than_fulfilled_orders() -> None:
    given = [dose("2024-01-10", "d1"), dose("2024-07-10", "d2")]
    orders = [request("2024-01-02", "a"), request("2024-07-02", "b")]
    assert treatments(read(*given, *orders, timestamp=WRITTEN)) == []
    record = read(*given, request("2024-07-02", "b", "active"), timestamp=WRITTEN)
    assert treatments(record) == [(date(2024, 1, 10), None, None, "active")]


def test_many_doses_are_read_in_bounded_time() -> None:
    given = [dose(f"{1990 + n % 30}-01-{1 + n % 28:02}", f"d{n}") for n in range(5_000)]
    begin = time.process_time()
    read(*given, request("2024-07-02", "b", "active"))
    assert time.process_time() - begin < 5


def test_a_stopped_order_is_resumed_by_a_later_one_that_was_filled() -> None:
    record = read(request("2018-01-01", "a", "stopped"), request("2025-12-01", "b"), timestamp=WRITTEN)
    assert treatments(record) == [(date(2018, 1, 1), None, None, "active")]


def test_an_end_that_lies_ahead_is_no_end() -> None:
    record = read(statement(effectivePeriod={"start": "2018-01-01", "end": "2027-01-01"}))
    assert treatments(record) == [(date(2018, 1, 1), None, None, "active")]


@pytest.mark.parametrize("days", [1e10, 1e300, -1e9, 3e6])
def test_a_supply_beyond_all_days_is_a_problem(days: float) -> None:
    dispense = resource("MedicationDispense", status="completed", medicationCodeableConcept={"text": "Tysabri"},
                        whenHandedOver="2025-01-01", daysSupply={"value": days})  # fmt: skip
    request = resource("MedicationRequest", id="y", status="active", intent="order", authoredOn="2025-01-01",
                       medicationCodeableConcept={"text": "Tysabri"},
                       dispenseRequest={"expectedSupplyDuration": {"value": days, "code": "d"}})  # fmt: skip
    assert keys(read(dispense, request)) == ["fhir-count", "fhir-count"]


def test_a_prescription_until_the_end_of_days_goes_on() -> None:
    bounds = {"start": "2025-01-01", "end": "9999-12-31"}
    request = resource("MedicationRequest", status="completed", intent="order",
                       medicationCodeableConcept={"text": "Tysabri"},
                       dosageInstruction=[{"timing": {"repeat": {"boundsPeriod": bounds}}}])  # fmt: skip
    record = read(request)
    assert record["treatment"].select("therapy", "status", "ended").rows() == [("natalizumab", "active", None)]
    assert keys(record) == []
