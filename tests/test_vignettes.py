"""Each shipped person, from chart and from Bundle, against what a careful neurologist would want to see."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from stepdown.assess import assess
from stepdown.knowledge.library import load
from stepdown.knowledge.yamlfile import Located, parse
from stepdown.record.chart import chart_record
from tests.people import assessed, examples

FOLDER = Path(__file__).parent / "vignettes"
Case = dict[str, Any]
PEOPLE: list[Case] = parse((FOLDER / "people.yaml").read_bytes(), "people.yaml").data
EDGES: list[Case] = parse((FOLDER / "edges.yaml").read_bytes(), "edges.yaml").data
STATED = {
    "example", "sentence", "chart", "kind", "not_kind", "strength", "next_dose", "review", "flags", "not_flags",
    "candidate", "asks", "stances", "says_with", "emergency", "state", "on",
}  # fmt: skip


@pytest.mark.parametrize("form", ["chart.yaml", "bundle.json"])
@pytest.mark.parametrize("case", PEOPLE, ids=lambda case: case["example"])
def test_a_careful_neurologist_would_sign_it(case: Case, form: str) -> None:
    check(case, assessed(case["example"], form))


@pytest.mark.parametrize("case", EDGES, ids=lambda case: case["sentence"].split(".")[0])
def test_the_dangerous_edges(case: Case) -> None:
    record = chart_record(Located(case["chart"], {}), "edge.yaml", load())
    check(case, assess(record, date.fromisoformat(case.get("on", "2026-03-01")), library=load()).data)


def check(case: Case, told: Case) -> None:
    """Hold an assessment against what a case says about it."""
    assert set(case) <= STATED
    advice = told["recommendation"]
    assert advice["kind"] in case.get("kind", [advice["kind"]])
    assert advice["kind"] not in case.get("not_kind", [])
    for name in ("strength", "next_dose", "review"):
        assert advice[name] == case.get(name, advice[name]), name
    topics = {flag["topic"] for flag in told["flags"]}
    assert set(case.get("flags", [])) <= topics
    assert not set(case.get("not_flags", [])) & topics
    if case.get("emergency"):
        assert told["flags"][0]["action"] == "emergency"
    concluded = {one["id"]: one["conclusion"] for one in told["guidelines"] if one["applies"] == "met"}
    for guideline in case.get("candidate", []):
        assert concluded[guideline] == "candidate", guideline
    assert set(case.get("asks", [])) <= {one["variable"] for one in told["information"] if one["decisive"]}
    for start, wanted in case.get("stances", {}).items():
        stances(told, start, wanted if isinstance(wanted, list) else [wanted])
    for start, word in case.get("says_with", {}).items():
        option = next(one for one in told["options"] if one["id"].startswith(start))
        assert any(word in item["rule"] for item in option["with"]), option["with"]
    for variable, wanted in case.get("state", {}).items():
        value = told["state"][variable]
        assert settled(value) == wanted, value


def settled(value: Case) -> Any:
    """The one value that a variable can have, or nothing where several are left."""
    if value["kind"] == "truth":
        return value["truth"]
    if value["kind"] == "category":
        return value["values"][0] if len(value["values"]) == 1 else None
    return value["low"] if value["low"] == value["high"] else None


def stances(told: Case, start: str, allowed: list[str]) -> None:
    """Every option of a drug that is named, or at least one of a kind, stands as allowed."""
    found = {one["id"]: one["stance"] for one in told["options"] if one["id"].startswith(start)}
    assert found, start
    fitting = [stance in allowed for stance in found.values()]
    assert any(fitting) if start.endswith(":") else all(fitting), found


def test_every_example_has_a_vignette() -> None:
    assert {case["example"] for case in PEOPLE} == set(examples())
