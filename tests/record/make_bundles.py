"""Writes `bundle.json` beside each example's chart: the same facts as a FHIR R4 Bundle, coded as real clinics code.

Run it after a chart has changed: `python -m tests.record.make_bundles`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from stepdown.knowledge.library import Library, load
from stepdown.record.chart import read_chart
from tests.record.bundle_writer import (
    ASSERTED,
    CLINICAL,
    EXAMPLES,
    LOCAL,
    REASONS,
    REGION,
    SEVERITY,
    SMOKING,
    STYLES,
    TODAY,
    VARIABLES,
    VERIFICATION,
    Json,
    Row,
    Style,
    Writer,
    at,
    local,
    plain,
    quantity,
    snomed,
    stamp,
    status,
    uuid,
)


def course(to: Writer, row: Row) -> None:
    to.add(
        "Condition",
        clinicalStatus=status(CLINICAL, "active"),
        verificationStatus=status(VERIFICATION, "confirmed"),
        code=to.coded("courses", row["course"] or "ms", ("snomed", "icd10") if to.style.icd10 else ("snomed",)),
        subject=to.subject,
        onsetDateTime=stamp(row["onset"], row["onset_latest"]) if row["onset"] else None,
        extension=[{"url": ASSERTED, "valueDateTime": stamp(row["on"], row["on_latest"])}] if row["on"] else None,
    )


def treatment(to: Writer, row: Row) -> None:
    begin, drug = stamp(row["on"], row["on_latest"]), to.drug(row["therapy"])
    dosage: Json = {}
    if row["interval_weeks"]:
        dosage["timing"] = {"repeat": {"frequency": 1, "period": plain(row["interval_weeks"]), "periodUnit": "wk"}}
    if row["dose_mg"]:
        dosage["doseAndRate"] = [{"doseQuantity": quantity(row["dose_mg"], "mg")}]
    common: Json = {"subject": to.subject, **drug, "reasonCode": reason(row["start_reason"])}
    if row["ended"] or to.style.ongoing == "statement" or not row["on"]:
        end = {"end": stamp(row["ended"], row["ended_latest"])} if row["ended"] else {}
        to.add(
            "MedicationStatement",
            **common,
            status="completed" if end else "active",
            statusReason=reason(row["stop_reason"]),
            effectivePeriod={"start": begin, **end},
            dosage=[dosage] if dosage else None,
        )
        return
    instruction = [dosage] if dosage else None
    order: Json = {"intent": "order", "dosageInstruction": instruction}
    to.add("MedicationRequest", **common, **order, status="completed", authoredOn=begin)
    renewals = [row["on"].replace(year=year) for year in range(row["on"].year + 1, 2026)]
    for day in renewals:
        last = "active" if day == renewals[-1] else "completed"
        to.add("MedicationRequest", subject=to.subject, **drug, **order, status=last, authoredOn=day.isoformat())
    if to.style.ongoing == "dispense":
        supply = {"daysSupply": quantity(90, "d"), "whenHandedOver": "2026-01-12", "status": "completed"}
        to.add("MedicationDispense", subject=to.subject, **drug, **supply, dosageInstruction=instruction)


def reason(name: str | None) -> list[Json] | None:
    if name is None:
        return None
    system, code = REASONS.get(name, (LOCAL, name))
    return [{"coding": [{"system": system, "code": code}]}]


def dose(to: Writer, row: Row) -> None:
    to.add(
        "MedicationAdministration",
        status="completed",
        subject=to.subject,
        **to.drug(row["therapy"]),
        effectiveDateTime=at(row, "09:30"),
        dosage={"dose": quantity(row["dose_mg"], "mg")} if row["dose_mg"] else None,
    )


def relapse(to: Writer, row: Row) -> None:
    if row["steroids"] is None and row["recovered"] is None:
        to.add(
            "Condition",
            clinicalStatus=status(CLINICAL, "active" if row["status"] in ("suspected", "active") else "resolved"),
            verificationStatus=status(VERIFICATION, "provisional" if row["status"] == "suspected" else "confirmed"),
            severity=snomed(SEVERITY[row["severity"]]) if row["severity"] else None,
            code=snomed("192929006", "Exacerbation of multiple sclerosis"),
            subject=to.subject,
            onsetDateTime=stamp(row["on"], row["on_latest"]),
        )
        return
    parts = [(name, {"valueCodeableConcept": local(row[name])}) for name in ("severity", "recovered") if row[name]]
    if row["steroids"] is not None:
        parts.append(("steroids", {"valueBoolean": row["steroids"]}))
    to.observation(local("relapse"), row, component=[{"code": local(name), **value} for name, value in parts])


def mri(to: Writer, row: Row) -> None:
    values: list[tuple[str, Json]] = []
    for name in ("new_t2", "gd_lesions"):
        if row[name] is not None:
            values.append((name, {"valueInteger": row[name]}))
    for name in ("stable", "lesions", "contrast"):
        if row[name] is not None:
            values.append((name, {"valueBoolean": row[name]}))
    if row["compared_on"]:
        values.append(("compared_on", {"valueDateTime": row["compared_on"].isoformat()}))
    parts = [{"code": local(name.replace("_", "-")), **value} for name, value in values]
    place = snomed(REGION[row["region"]], row["region"]) if row["region"] else None
    if to.style.scans == "observation":
        to.observation(local("mri"), row, bodySite=place, component=parts)
        return
    results = [to.observation(part.pop("code"), row, bodySite=place, **part) for part in parts]
    code = to.coded("mri", f"mri-{row['region']}", ("loinc", "snomed"), f"MRI {row['region']}")
    when = stamp(row["on"], row["on_latest"])
    links = [{"reference": result} for result in results]
    to.add("DiagnosticReport", status="final", code=code, subject=to.subject, effectiveDateTime=when, result=links)


def disability(to: Writer, row: Row) -> None:
    columns = (("edss", "edss", "{score}"), ("t25fw", "t25fw_s", "s"), ("nhpt", "nhpt_s", "s"), ("sdmt", "sdmt", "1"))
    found = [(code, quantity(row[column], unit)) for code, column, unit in columns if row[column] is not None]
    first, value = found[0]
    parts = [{"code": local(code), "valueQuantity": part} for code, part in found[1:]]
    if row["during_relapse"] is not None:
        parts.append({"code": local("during-relapse"), "valueBoolean": row["during_relapse"]})
    code = snomed("273554001", "EDSS") if first == "edss" else local(first)
    to.observation(code, row, valueQuantity=value, component=parts)


def lab(to: Writer, row: Row) -> None:
    code = to.coded("labs", row["test"], ("loinc",))
    if row["value"] is None:
        answer = to.coded("answers", row["value_code"], ("snomed",))
        to.observation(code, row, valueCodeableConcept=answer)
        return
    value, unit = row["value"], row["unit"]
    if unit == "g/L" and to.style.milligrams_per_decilitre:
        value, unit = float(Decimal(str(value)) * 100), "mg/dL"
    if unit == "10*9/L" and to.style.bundle == "transaction":
        unit = "10*3/uL"
    written = quantity(value, unit or "1")
    if row["below_limit"] or row["above_limit"]:
        written["comparator"] = "<" if row["below_limit"] else ">"
    to.observation(code, row, valueQuantity=written)


def infection(to: Writer, row: Row) -> None:
    visit = None
    if row["hospital_days"] is not None:
        stay = {"start": row["on"].isoformat(), "end": (row["on"] + timedelta(days=row["hospital_days"])).isoformat()}
        act = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"}
        visit = to.add("Encounter", status="finished", class_=act, subject=to.subject, period=stay)
    serious = {True: "severe", False: "mild"}.get(row["serious"])
    to.add(
        "Condition",
        clinicalStatus=status(CLINICAL, "active" if row["status"] in ("suspected", "active") else "resolved"),
        verificationStatus=status(VERIFICATION, "provisional" if row["status"] == "suspected" else "confirmed"),
        severity=snomed(SEVERITY[serious]) if serious and not visit else None,
        code=to.coded("infections", row["kind"], ("snomed", "icd10") if to.style.icd10 else ("snomed",)),
        subject=to.subject,
        encounter={"reference": visit} if visit else None,
        onsetDateTime=stamp(row["on"], row["on_latest"]) if row["on"] else None,
    )


def condition(to: Writer, row: Row) -> None:
    to.add(
        "Condition",
        clinicalStatus=status(CLINICAL, "resolved" if row["status"] == "resolved" else "active"),
        verificationStatus=status(VERIFICATION, "provisional" if row["status"] == "suspected" else "confirmed"),
        code=to.coded("conditions", row["condition"], ("snomed", "icd10") if to.style.icd10 else ("snomed",)),
        subject=to.subject,
        onsetDateTime=stamp(row["on"], row["on_latest"]) if row["on"] else None,
        abatementDateTime=stamp(row["ended"], row["ended_latest"]) if row["ended"] else None,
    )


def allergy(to: Writer, row: Row) -> None:
    clinical = status("http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "active")
    to.add("AllergyIntolerance", clinicalStatus=clinical, patient=to.subject, code={"text": row["substance"]})


def lifestyle(to: Writer, row: Row) -> None:
    code = to.coded("measures", row["topic"], ("loinc",))
    if row["topic"] == "smoking":
        to.observation(code, row, valueCodeableConcept=snomed(SMOKING[row["value_code"]]))
    elif row["topic"] == "contraception":
        to.observation(local("contraception"), row, valueBoolean=row["value_code"] == "yes")
    else:
        to.observation(code, row, valueQuantity=quantity(row["value"], row["unit"]))


def vaccination(to: Writer, row: Row) -> None:
    code = to.coded("vaccines", row["vaccine"], ("cvx", "atc"))
    when = stamp(row["on"], row["on_latest"])
    to.add("Immunization", status="completed", vaccineCode=code, patient=to.subject, occurrenceDateTime=when)


def appointment(to: Writer, row: Row) -> None:
    to.add(
        "Appointment",
        status="booked",
        serviceType=[to.drug_concept(row["therapy"])] if row["therapy"] else None,
        description=row["purpose"],
        start=at(row, "09:00"),
        participant=[{"actor": to.subject, "status": "accepted"}],
    )


def questionnaire(to: Writer, row: Row) -> None:
    if to.counts.get("QuestionnaireResponse", 0) % 2:
        to.observation(local(row["instrument"]), row, valueQuantity=quantity(row["score"], "{score}"))
        return
    to.add(
        "QuestionnaireResponse",
        status="completed",
        questionnaire=f"https://fhir.clinic.example/Questionnaire/{row['instrument']}",
        subject=to.subject,
        authored=stamp(row["on"], row["on_latest"]),
        item=[{"linkId": "score", "answer": [{"valueDecimal": row["score"]}]}],
    )


def wish(to: Writer, row: Row) -> None:
    parts = [{"code": local("strength"), "valueCodeableConcept": local(row["strength"])}] if row["strength"] else None
    to.observation(local("wish"), row, valueCodeableConcept=local(row["topic"]), component=parts)


def known(to: Writer, row: Row) -> None:
    if row["variable"] == "may_become_pregnant":
        to.observation(local("may-become-pregnant"), row, valueBoolean=row["values"] == ["true"])
        return
    code = {"coding": [{"system": VARIABLES, "code": row["variable"]}]}
    if row["values"] is not None and set(row["values"]) <= {"true", "false"}:
        to.observation(code, row, valueBoolean=row["values"] == ["true"])
    elif row["values"] is not None:
        parts = [{"code": code, "valueCodeableConcept": local(value)} for value in row["values"]]
        to.observation(code, row, component=parts)
    else:
        ends = {end: {"value": row[end]} for end in ("low", "high") if row[end] is not None}
        to.observation(code, row, valueRange=ends)


def observed(to: Writer, row: Row) -> None:
    ends = {"end": stamp(row["to"], row["to_latest"])} if row["to"] else {}
    value = local(row["domain"]) if row["domain"] != "all" else None
    begin = stamp(row["from"], row["from_latest"])
    to.add(
        "Observation",
        status="final",
        code=local("observed"),
        subject=to.subject,
        effectivePeriod={"start": begin, **ends},
        valueCodeableConcept=value,
    )


WRITERS: dict[str, Callable[[Writer, Row], None]] = {
    "observed": observed,
    "course": course,
    "treatment": treatment,
    "dose": dose,
    "relapse": relapse,
    "mri": mri,
    "disability": disability,
    "lab": lab,
    "infection": infection,
    "condition": condition,
    "allergy": allergy,
    "lifestyle": lifestyle,
    "vaccination": vaccination,
    "appointment": appointment,
    "questionnaire": questionnaire,
    "wish": wish,
    "known": known,
}


def make(chart: Path, style: Style, library: Library) -> Json:
    """The Bundle that tells what a chart tells."""
    record = read_chart(chart, library, TODAY)
    person = record["person"].row(0, named=True)
    to = Writer(library, style, person)
    born = stamp(person["birth"], person["birth_latest"])
    died = person["died"].isoformat() if person["died"] else None
    to.add("Patient", gender=person["sex"], birthDate=born, deceasedDateTime=died)
    for table, write in WRITERS.items():
        for row in record[table].iter_rows(named=True):
            write(to, row)
    if style.visits:
        visits(to, list(record["disability"].iter_rows(named=True)), list(record["observed"].iter_rows(named=True)))
    entries = [dict(entry(to, resource)) for resource in to.resources]
    if style.bundle == "document":
        title = {"status": "final", "type": {"text": "Letter"}, "date": "2026-03-01", "title": "Letter"}
        letter = {"resourceType": "Composition", "id": "letter", **title, "author": [{"display": "MS clinic"}]}
        entries.insert(0, {"fullUrl": uuid("Composition", "letter"), "resource": letter})
    return {"resourceType": "Bundle", "type": style.bundle, "timestamp": "2026-03-01T08:00:00+01:00", "entry": entries}


def visits(to: Writer, scores: list[Row], spans: list[Row]) -> None:
    """Visits on the days of the scores, as far as the chart says that the person was observed then."""
    whole = [span for span in spans if span["domain"] == "all"]
    act = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}
    for row in scores:
        seen = any(span["from_latest"] <= row["on"] and row["on_latest"] <= span["to"] for span in whole)
        if seen and row["on"] == row["on_latest"]:
            period = {"start": row["on"].isoformat(), "end": row["on"].isoformat()}
            service = snomed("394591006", "Neurology")
            to.add("Encounter", status="finished", class_=act, subject=to.subject, serviceType=service, period=period)


def entry(to: Writer, resource: Json) -> Iterator[tuple[str, Any]]:
    """One entry of the Bundle, with what its type asks for."""
    kind, name = resource["resourceType"], resource["id"]
    absolute = f"https://fhir.clinic.example/r4/{kind}/{name}"
    yield "fullUrl", uuid(kind, name) if to.style.references == "uuid" else absolute
    if to.style.references == "uuid" and kind != "Patient":
        resource = {key: value for key, value in resource.items() if key != "id"}
    yield "resource", resource
    if to.style.bundle == "searchset":
        yield "search", {"mode": "match"}
    if to.style.bundle == "transaction":
        yield "request", {"method": "POST", "url": kind}


def main() -> None:
    """Write the Bundles of all examples that have a style."""
    library = load()
    for name, style in STYLES.items():
        bundle = make(EXAMPLES / name / "chart.yaml", style, library)
        content = orjson.dumps(bundle, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        (EXAMPLES / name / "bundle.json").write_bytes(content)


if __name__ == "__main__":
    main()
