"""FHIR R4 resources of made-up people, from the tables of the record; docs/fhir.md says what each is read as.

Every resource says that it is made up: by its id and that of its person, which begin with `SYN-`; a Patient also by the
tag HTEST, for test health data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import polars as pl

from stepdown.knowledge.library import Library
from stepdown.record.fhir.conditions import ASSERTED
from stepdown.synthetic import codings
from stepdown.synthetic.lines import (
    Piece,
    counted,
    day,
    day_or_month,
    instant,
    joined,
    listed,
    number,
    said,
    some,
    where,
)

Lines = Iterator[tuple[str, pl.Series]]
Frame = pl.DataFrame
TAG = '"meta":{"tag":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"HTEST"}]}'
_UNITS = "http://unitsofmeasure.org"
_PERSON = pl.col("person_id")
_SEVERITY = {"mild": "255604002", "severe": "24484000"}
_IN_HOSPITAL = '"class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"IMP"}'
_START, _END = "08:00:00", "16:00:00"
"""A day in the clinic: an Appointment has a beginning and an end."""


def resources(tables: dict[str, Frame], library: Library) -> Lines:
    """Every resource of some people as a line of JSON, with its type; types come several times.

    Args:
        tables: tables of the record, each sorted by person.
        library: the codes.
    """
    for name, frame in tables.items():
        if frame.height:
            yield from _WRITERS[name](counted(frame), library)


def _of(frame: Frame, kind: str, name: str, *pieces: Piece, subject: str = "subject", n: str = "n"
        ) -> tuple[str, pl.Series]:  # fmt: skip
    """A resource a row: its type and id, then whom it is about, then the pieces."""
    head = f'{{"resourceType":"{kind}","id":"'
    about = f'","{subject}":{{"reference":"Patient/'
    line = joined(head, _PERSON, f"-{name}-", pl.col(n), about, _PERSON, '"}', *pieces, "}\n")
    return kind, frame.select(line).to_series()


def _observation(frame: Frame, name: str, code: Piece, *pieces: Piece) -> tuple[str, pl.Series]:
    issued = some(',"issued":"', instant("recorded"), '"') if "recorded" in frame.columns else ""
    return _of(frame, "Observation", name, ',"status":"final","code":', code, *pieces, issued)


def _component(code: str, kind: str, value: pl.Expr) -> pl.Expr:
    return some(f',{{"code":{codings.local(code)},"value{kind}":', value, "}")


def _concepts(element: str, value: pl.Expr) -> pl.Expr:
    return some(f',"{element}":[', value, "]")


def _on(element: str) -> pl.Expr:
    return joined(f',"{element}":"', day("on"), '"')


def _person(frame: Frame, library: Library) -> Lines:
    line = joined('{"resourceType":"Patient","id":"', _PERSON, f'",{TAG}', some(',"gender":"', pl.col("sex"), '"'),
                  some(',"birthDate":"', day("birth"), '"'), "}\n")  # fmt: skip
    yield "Patient", frame.select(line).to_series()


def _observed(frame: Frame, library: Library) -> Lines:
    domain = pl.when(pl.col("domain") != "all").then(said(frame, "domain", codings.local))
    yield _observation(
        frame, "observed", codings.local("observed"), some(',"valueCodeableConcept":', domain),
        joined(',"effectivePeriod":{"start":"', day("from"), '"'), some(',"end":"', day("to"), '"'), "}",
    )  # fmt: skip


def _course(frame: Frame, library: Library) -> Lines:
    """Onset is the first symptom; of secondary progression it is the change, so that another Condition tells of MS."""
    asserted = joined(f',"extension":[{{"url":"{ASSERTED}","valueDateTime":"', day("on"), '"}]')
    onset = some(',"onsetDateTime":"', day("onset"), '"')
    turned = pl.col("course") == "spms"
    code = said(frame, "course", partial(codings.concept, library, "courses"))
    others, spms = frame.filter(~turned), frame.filter(turned)
    if others.height:
        yield _of(others, "Condition", "course", ',"code":', code, asserted, onset)
    if spms.height:
        yield _of(spms, "Condition", "course", ',"code":', code, _on("onsetDateTime"))
    first = spms.filter(pl.col("onset").is_not_null())
    if first.height:
        yield _of(first, "Condition", "ms", ',"code":', codings.concept(library, "courses", "ms"), asserted, onset)


def _relapse(frame: Frame, library: Library) -> Lines:
    parts = [
        _component("steroids", "Boolean", number("steroids")),
        _component("recovered", "CodeableConcept", said(frame, "recovered", codings.local)),
    ]
    yield _observation(
        frame, "relapse", codings.concept(library, "relapses", "relapse"),
        joined(',"effectiveDateTime":"', day_or_month("on", "on_latest"), '"'), listed(',"component":[', parts, "]"),
    )  # fmt: skip


def _mri(frame: Frame, library: Library) -> Lines:
    parts = [
        _component("new-t2", "Integer", number("new_t2")),
        _component("gd-lesions", "Integer", number("gd_lesions")),
        _component("stable", "Boolean", number("stable")),
        _component("contrast", "Boolean", number("contrast")),
        _component("compared-on", "DateTime", joined('"', day("compared_on"), '"')),
    ]
    region = said(frame, "region", partial(codings.concept, library, "mri"))
    yield _observation(
        frame, "mri", codings.concept(library, "mri", "mri"), _on("effectiveDateTime"),
        some(',"bodySite":', region), listed(',"component":[', parts, "]"),
    )  # fmt: skip


def _disability(frame: Frame, library: Library) -> Lines:
    relapse = f',"component":[{{"code":{codings.local("during-relapse")},"valueBoolean":true}}]'
    yield _observation(
        frame, "disability", codings.concept(library, "measures", "edss"), _on("effectiveDateTime"),
        some(',"valueQuantity":{"value":', number("edss"), "}"), where("during_relapse", relapse),
    )  # fmt: skip


def _lab(frame: Frame, library: Library) -> Lines:
    comparator = where("below_limit", ',"comparator":"<"')
    unit = pl.col("unit")
    measured = some(',"valueQuantity":{"value":', number("value"), comparator, ',"unit":"', unit,
                    f'","system":"{_UNITS}","code":"', unit, '"}')  # fmt: skip
    answer = said(frame, "value_code", partial(codings.concept, library, "answers"))
    test = said(frame, "test", partial(codings.concept, library, "labs"))
    yield _observation(frame, "lab", test, _on("effectiveDateTime"), measured, some(',"valueCodeableConcept":', answer))


def _questionnaire(frame: Frame, library: Library) -> Lines:
    yield _observation(
        frame, "questionnaire", said(frame, "instrument", codings.local), _on("effectiveDateTime"),
        some(',"valueQuantity":{"value":', number("score"), "}"),
    )  # fmt: skip


def _wish(frame: Frame, library: Library) -> Lines:
    strength = [_component("strength", "CodeableConcept", said(frame, "strength", codings.local))]
    yield _observation(
        frame, "wish", codings.concept(library, "measures", "wish"), _on("effectiveDateTime"),
        some(',"valueCodeableConcept":', said(frame, "topic", codings.local)), listed(',"component":[', strength, "]"),
    )  # fmt: skip


def _treatment(frame: Frame, library: Library) -> Lines:
    dose = f'{{"value":%s,"unit":"mg","system":"{_UNITS}","code":"mg"}}'.split("%s")
    dosage = [
        some(',"timing":{"repeat":{"frequency":1,"period":', number("interval_weeks"), ',"periodUnit":"wk"}}'),
        some(f',"doseAndRate":[{{"doseQuantity":{dose[0]}', number("dose_mg"), f"{dose[1]}}}]"),
    ]
    reason = partial(codings.concept, library, "reasons")
    status = pl.when(pl.col("ended").is_null()).then(pl.lit("active")).otherwise(pl.lit("stopped"))
    yield _of(
        frame, "MedicationStatement", "treatment", ',"status":"', status, '"', _drug(frame, library),
        joined(',"effectivePeriod":{"start":"', day("on"), '"'), some(',"end":"', day("ended"), '"'), "}",
        some(',"dateAsserted":"', day("recorded"), '"'), _concepts("reasonCode", said(frame, "start_reason", reason)),
        _concepts("statusReason", said(frame, "stop_reason", reason)), listed(',"dosage":[{', dosage, "}]"),
    )  # fmt: skip


def _drug(frame: Frame, library: Library) -> pl.Expr:
    return joined(',"medicationCodeableConcept":', said(frame, "therapy", partial(codings.drug, library)))


def _dose(frame: Frame, library: Library) -> Lines:
    given = some(',"dosage":{"dose":{"value":', number("dose_mg"), f',"unit":"mg","system":"{_UNITS}","code":"mg"}}}}')
    yield _of(
        frame, "MedicationAdministration", "dose", ',"status":"completed"', _drug(frame, library),
        _on("effectiveDateTime"), given,
    )  # fmt: skip


def _appointment(frame: Frame, library: Library) -> Lines:
    head, about = '{"resourceType":"Appointment","id":"', '"},"status":"accepted"}]'
    drug = _concepts("reasonCode", said(frame, "therapy", partial(codings.drug, library)))
    line = joined(
        head, _PERSON, "-appointment-", pl.col("n"), '","status":"booked"', drug,
        some(',"description":"', pl.col("purpose"), '"'), ',"start":"', instant("on", _START), '","end":"',
        instant("on", _END), '","participant":[{"actor":{"reference":"Patient/', _PERSON, about, "}\n",
    )  # fmt: skip
    yield "Appointment", frame.select(line).to_series()


def _infection(frame: Frame, library: Library) -> Lines:
    """Infections; a stay in hospital is an Encounter where its day is known, else the infection is called severe."""
    stay = pl.col("hospital_days").is_not_null() & (pl.col("on") == pl.col("on_latest"))
    days = pl.duration(days=pl.col("hospital_days").fill_null(0).cast(pl.Int64))
    frame = frame.with_columns(
        stay=pl.when(stay).then("n"), left=pl.col("on") + days,
        severity=pl.when(~pl.col("serious")).then(pl.lit("mild")).when(~stay).then(pl.lit("severe")),
    )  # fmt: skip
    severity = said(frame, "severity", lambda word: codings.coded((codings.URLS["snomed"], _SEVERITY[word])))
    kind = said(frame, "kind", partial(codings.concept, library, "infections"))
    yield _of(
        frame, "Condition", "infection", ',"code":', kind, some(',"severity":', severity),
        some(',"encounter":{"reference":"Encounter/', _PERSON, "-stay-", pl.col("stay"), '"}'),
        joined(',"onsetDateTime":"', day_or_month("on", "on_latest"), '"'), _recorded("recordedDate"),
    )  # fmt: skip
    stays = frame.filter(pl.col("stay").is_not_null())
    if stays.height:
        yield _of(
            stays, "Encounter", "stay", f',"status":"finished",{_IN_HOSPITAL},"period":{{"start":"', day("on"),
            '","end":"', day("left"), '"}',
        )  # fmt: skip


def _recorded(element: str) -> pl.Expr:
    return some(f',"{element}":"', day("recorded"), '"')


def _condition(frame: Frame, library: Library) -> Lines:
    code = said(frame, "condition", partial(codings.concept, library, "conditions"))
    yield _of(frame, "Condition", "condition", ',"code":', code, _on("onsetDateTime"), _recorded("recordedDate"))


def _vaccination(frame: Frame, library: Library) -> Lines:
    code = said(frame, "vaccine", partial(codings.concept, library, "vaccines"))
    yield _of(
        frame, "Immunization", "vaccination", ',"status":"completed","vaccineCode":', code, _on("occurrenceDateTime"),
        _recorded("recorded"), subject="patient",
    )  # fmt: skip


_WRITERS: dict[str, Callable[[Frame, Library], Lines]] = {
    "person": _person, "observed": _observed, "course": _course, "treatment": _treatment, "dose": _dose,
    "relapse": _relapse, "mri": _mri, "disability": _disability, "lab": _lab, "infection": _infection,
    "condition": _condition, "vaccination": _vaccination, "appointment": _appointment,
    "questionnaire": _questionnaire, "wish": _wish,
}  # fmt: skip
