"""Each example is told twice, as a chart and as a FHIR Bundle, and both say the same."""

from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest

from stepdown.knowledge.library import load
from stepdown.record.chart import read_chart
from stepdown.record.fhir import read_bundle
from stepdown.state.derive import derive
from tests.people import assessed
from tests.record.bundle_writer import EXAMPLES, STYLES, TODAY
from tests.record.make_bundles import make

LIBRARY = load()
ON = date(2026, 3, 1)
PATHS = sorted(path.parent for path in EXAMPLES.glob("*/chart.yaml"))


@pytest.mark.parametrize("folder", PATHS, ids=lambda path: path.name)
def test_both_give_the_same_state(folder: Path) -> None:
    chart = derive(read_chart(folder / "chart.yaml", LIBRARY, TODAY), ON, LIBRARY)
    record = read_bundle((folder / "bundle.json").read_bytes(), "bundle.json", LIBRARY, None, TODAY)
    bundle = derive(record, ON, LIBRARY)
    assert chart.frame.columns == bundle.frame.columns
    (told,), (read,) = chart.frame.to_dicts(), bundle.frame.to_dicts()
    assert {name: (told[name], read[name]) for name in told if told[name] != read[name]} == {}
    assert sum(value is not None for value in read.values()) > 10
    assert record.problems == ()


@pytest.mark.parametrize("folder", PATHS, ids=lambda path: path.name)
def test_both_assess_the_same(folder: Path) -> None:
    told, read = (unsourced(assessed(folder.name, form)) for form in ("chart.yaml", "bundle.json"))
    assert told == read
    assert told["state"]


def unsourced(found: Any) -> Any:
    """An assessment without where its facts came from (`seen` in a plan), and without what a reader notes."""
    if isinstance(found, dict):
        return {key: unsourced(value) for key, value in found.items() if key not in ("from", "seen")}
    if isinstance(found, list):
        return [unsourced(value) for value in found if not _is_note(value)]
    return found


def _is_note(value: Any) -> bool:
    return isinstance(value, dict) and str(value.get("key", "")).startswith(("note.", "limit.unread"))


@pytest.mark.parametrize("folder", PATHS, ids=lambda path: path.name)
def test_the_bundle_is_made_from_the_chart_as_it_stands(folder: Path) -> None:
    made = make(folder / "chart.yaml", STYLES[folder.name], LIBRARY)
    assert orjson.loads((folder / "bundle.json").read_bytes()) == orjson.loads(orjson.dumps(made))


def test_the_bundles_are_coded_in_many_ways() -> None:
    bundles = [orjson.loads((folder / "bundle.json").read_bytes()) for folder in PATHS]
    assert {bundle["type"] for bundle in bundles} == {"collection", "searchset", "document", "transaction"}
    kinds = {entry["resource"]["resourceType"] for bundle in bundles for entry in bundle["entry"]}
    assert {
        "Patient", "Condition", "MedicationRequest", "MedicationAdministration", "MedicationStatement", "Medication",
        "MedicationDispense", "Observation", "DiagnosticReport", "Immunization", "Encounter", "Appointment",
        "AllergyIntolerance",
    } <= kinds  # fmt: skip
    systems = {note.args["by"] for folder in PATHS for note in _drug_notes(folder)}
    assert systems >= {"rxnorm", "atc", "snomed", "name"}


def _drug_notes(folder: Path) -> list:  # type: ignore[type-arg]
    record = read_bundle((folder / "bundle.json").read_bytes(), "bundle.json", LIBRARY, None, TODAY)
    notes = [note for note in record.notes if note.key in ("drug-by-code", "drug-by-name")]
    for note in notes:
        note.args.setdefault("by", "name")
    return notes
