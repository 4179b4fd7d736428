"""The registry as FHIR: valid R4, marked in every line, and the same facts as the tables but for what the docs name."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import fhirkit
import orjson
import polars as pl
import pytest
from fhir.resources.R4B import get_fhir_model_class

from stepdown.assess import evaluate
from stepdown.cohort.inputs import READERS, opened
from stepdown.cohort.rows import rows
from stepdown.record.fhir import read_bundle
from stepdown.record.record import Record, join_records
from stepdown.record.tables import TABLES
from stepdown.synthetic import codings
from stepdown.synthetic.registry import LAST_DAY, TRUTH, make, write
from tests.report.test_fhir import enumerated
from tests.synthetic.test_registry import SEED, found, library, made, read, record

Json = dict[str, Any]
PEOPLE = 250
TODAY = date(2026, 11, 22)
NOT_CARRIED = ("treatment", "dose", "relapse", "mri", "vaccination")
"""Tables of which FHIR as it is read has no day on which a row was written down."""


def whose(resource: Json) -> str:
    """The person of a resource."""
    if resource["resourceType"] == "Patient":
        return str(resource["id"])
    about = resource.get("subject") or resource.get("patient") or resource["participant"][0]["actor"]
    return str(about["reference"].removeprefix("Patient/"))


def lines(folder: Path) -> list[tuple[str, Json]]:
    """Every resource with the name of its file."""
    return [(file.name, orjson.loads(line)) for file in sorted(folder.glob("*.ndjson"))
            for line in file.read_bytes().splitlines()]  # fmt: skip


@cache
def written() -> tuple[list[tuple[str, Json]], Record]:
    """The resources, and what the reader of one person makes of each."""
    with TemporaryDirectory() as place:
        write(library(), PEOPLE, Path(place) / "new", SEED, "ndjson", bucket=100)
        found = lines(Path(place) / "new")
    by_person: dict[str, list[Json]] = defaultdict(list)
    for _, resource in found:
        by_person[whose(resource)].append({"resource": resource})
    each = (
        read_bundle(orjson.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}), person, library(),
                    today=TODAY) for person, entries in sorted(by_person.items())
    )  # fmt: skip
    return found, join_records(each)


@cache
def both() -> tuple[Record, Record]:
    """The same people, as tables and as FHIR."""
    with TemporaryDirectory() as place:
        write(library(), PEOPLE, Path(place) / "new", SEED)
        return record(Path(place) / "new"), written()[1]


def touching(record: Record) -> set[str]:
    """People with two spells of one drug, of which FHIR makes one where they touch."""
    spells = record["treatment"].unique(["person_id", "therapy", "on"])
    return set(spells.filter(pl.len().over("person_id", "therapy") > 1)["person_id"])


def facts(record: Record, table: str, apart: set[str]) -> pl.DataFrame:
    """The rows of a table without what docs/synthetic.md says that FHIR does not carry."""
    frame = record[table].drop("source", *(["recorded"] if table in NOT_CARRIED else []))
    if table == "observed":
        frame = frame.drop("on", "on_latest")
    elif table == "course":
        turned = pl.col("course") == "spms"
        first = frame.filter(turned & pl.col("onset").is_not_null()).with_columns(
            pl.lit(None, pl.String).alias("course")
        )
        onset = [
            pl.when(~turned | turned.is_null()).then(pl.col(name)).alias(name) for name in ("onset", "onset_latest")
        ]
        frame = pl.concat([frame.with_columns(onset), first])
    elif table == "treatment":
        frame = frame.filter(~pl.col("person_id").is_in(sorted(apart)))
    elif table == "disability":
        frame = frame.with_columns(pl.col("during_relapse").fill_null(False))
    elif table == "lab":
        limits = pl.col("below_limit", "above_limit").fill_null(False)
        frame = frame.filter(pl.col("value").is_not_null() | pl.col("value_code").is_not_null()).with_columns(limits)
    elif table == "infection":
        known = pl.col("on") == pl.col("on_latest")
        frame = frame.with_columns(pl.when(known).then("hospital_days"))
    return frame.unique().sort(frame.columns)


@pytest.mark.parametrize("table", TABLES)
def test_facts_are_those_of_the_tables(table: str) -> None:
    tables, fhir = both()
    apart = touching(tables)
    assert 0 < len(apart) < PEOPLE / 5
    assert facts(tables, table, apart).equals(facts(fhir, table, apart))


def test_many_at_once_are_read_like_one(tmp_path: Path) -> None:
    write(library(), PEOPLE, tmp_path / "new", SEED, "ndjson", bucket=100)
    export = opened(tmp_path / "new", library())
    assert export.kind == "fhir"
    people = export.people()
    (tmp_path / "cut").mkdir()
    export.cut(people, 2, tmp_path / "cut", lambda _: None)
    many = [READERS[export.kind](export.said(), tmp_path / "cut", number, library())[0] for number in range(2)]
    for table in TABLES:
        one, all_ = written()[1][table], pl.concat(record[table] for record in many)
        assert one.sort(one.columns).equals(all_.sort(one.columns)), table


def test_what_is_wrong_on_purpose_is_told() -> None:
    tables, fhir = both()
    unreadable = tables["lab"].filter(pl.col("value").is_null() & pl.col("value_code").is_null()).height
    told = Counter(problem.key for problem in fhir.problems)
    assert told.pop("unknown-unit") == unreadable > 0
    assert set(told) <= {"implausible-value", "date-before-birth"}
    assert set(fhir.unread) == {"Patient.meta", "Immunization.recorded", "Appointment.end"}
    assert {note.key for note in fhir.notes} <= {"drug-by-code", "drug-by-name", "treatment-joined"}


def test_everybody_with_the_same_facts_gets_the_same_answers() -> None:
    tables, fhir = both()
    apart = touching(tables) | {problem.person_id for problem in fhir.problems}
    same = ~pl.col("person_id").is_in(sorted(apart))
    one, two = (rows(evaluate(found, LAST_DAY, library())).filter(same) for found in both())
    assert one.height > PEOPLE * 0.8
    assert one.equals(two)


def test_every_line_is_valid_r4_and_says_that_it_is_synthetic() -> None:
    found = written()[0]
    kept: dict[str, list[Json]] = defaultdict(list)
    for file, resource in found:
        assert file.startswith(resource["resourceType"] + ".")
        assert resource["id"].startswith("SYN-")
        assert whose(resource).startswith("SYN-")
        kept[f"{resource['resourceType']} {resource['id'].split('-')[2:3]}"].append(resource)
    patients = [resource for _, resource in found if resource["resourceType"] == "Patient"]
    assert len(patients) == PEOPLE
    assert {patient["meta"]["tag"][0]["code"] for patient in patients} == {"HTEST"}
    names = Counter((resource["resourceType"], resource["id"]) for _, resource in found)
    assert set(names.values()) == {1}
    for kind, sample in kept.items():
        for resource in sample[:40]:
            assert fhirkit.validate(orjson.dumps(resource).decode()) == [], kind
            model = get_fhir_model_class(resource["resourceType"])
            model.model_validate(resource)
            assert [one for one in enumerated(model, resource) if one[1] not in one[2]] == []
    assert len(kept) == 17


def test_every_row_is_a_resource_also_one_told_twice() -> None:
    tables = make(found(), 0, PEOPLE, SEED)[0]
    told = Counter(
        resource["id"].split("-")[2] for _, resource in written()[0] if resource["resourceType"] != "Patient"
    )
    assert told.pop("stay") > 5
    assert told.pop("ms") == tables["course"].filter(pl.col("course") == "spms")["onset"].count()
    assert told == {name: table.height for name, table in tables.items() if name != "person"}
    twice = [table.drop("recorded", strict=False).is_duplicated().any() for table in tables.values()]
    assert sum(twice) > 5


def test_references_lead_to_resources() -> None:
    there = {f"{resource['resourceType']}/{resource['id']}" for _, resource in written()[0]}
    stays = [resource["encounter"]["reference"] for _, resource in written()[0] if "encounter" in resource]
    assert len(set(stays)) == len(stays) > 5
    assert {*stays, *(f"Patient/{whose(resource)}" for _, resource in written()[0])} <= there


def test_buckets_change_no_line_and_the_manifest_names_every_file(tmp_path: Path) -> None:
    write(library(), 60, tmp_path / "one", SEED, "ndjson", workers=1)
    write(library(), 60, tmp_path / "many", SEED, "ndjson", bucket=17, workers=3)
    one, many = (sorted(orjson.dumps(found) for _, found in lines(tmp_path / name)) for name in ("one", "many"))
    assert one == many
    said = orjson.loads((tmp_path / "many" / "manifest.json").read_bytes())
    assert {part["url"] for part in said["output"]} == {file.name for file in (tmp_path / "many").glob("*.ndjson")}
    assert said["transactionTime"][:10] == str(LAST_DAY)
    assert said["extension"] == {"synthetic": True}
    people = {name: table for name, table in read(tmp_path / "one").items() if name.startswith(TRUTH)}
    true = made()[1]["person"]
    assert people[f"{TRUTH}/person"].equals(true.filter(pl.col("person_id") <= "SYN-00000060"))


def test_codes_mean_what_they_stand_for() -> None:
    """Against ids that the reader finds for every drug and concept of the lists that are written."""
    known = library()
    for drug in known.therapies:
        assert '"code":' in codings.drug(known, drug)
    assert codings.coding_of(known, "courses", "rrms") == ("http://snomed.info/sct", "426373005")
    assert codings.coding_of(known, "courses", "cis") == ("urn:stepdown:codes", "cis")
    assert codings.coding_of(known, "labs", "igg") == ("http://loinc.org", "2465-3")
    shared = codings.drug(known, "interferon-beta-1a-sc")
    assert orjson.loads(shared)["text"] == "Interferon beta-1a, subcutaneous"
