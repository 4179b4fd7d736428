"""Each shipped person, from chart and from Bundle, against what a careful neurologist would want to see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stepdown.knowledge.yamlfile import parse
from tests.people import assessed, examples

VIGNETTES: list[dict[str, Any]] = parse(
    (Path(__file__).parent / "vignettes" / "people.yaml").read_bytes(), "people.yaml"
).data


@pytest.mark.parametrize("form", ["chart.yaml", "bundle.json"])
@pytest.mark.parametrize("case", VIGNETTES, ids=lambda case: case["example"])
def test_a_careful_neurologist_would_sign_it(case: dict[str, Any], form: str) -> None:
    told = assessed(case["example"], form)
    advice = told["recommendation"]
    if "kind" in case:
        assert advice["kind"] in case["kind"]
    assert advice["kind"] not in case.get("not_kind", [])
    for name in ("strength", "next_dose", "review"):
        if name in case:
            assert advice[name] == case[name], name
    topics = {flag["topic"] for flag in told["flags"]}
    assert set(case.get("flags", [])) <= topics
    assert not set(case.get("not_flags", [])) & topics
    concluded = {one["id"]: one["conclusion"] for one in told["guidelines"] if one["applies"] == "met"}
    for guideline in case.get("candidate", []):
        assert concluded[guideline] == "candidate", guideline
    assert set(case.get("asks", [])) <= {one["variable"] for one in told["information"] if one["decisive"]}
    for start, wanted in case.get("stances", {}).items():
        allowed = wanted if isinstance(wanted, list) else [wanted]
        found = {one["id"]: one["stance"] for one in told["options"] if one["id"].startswith(start)}
        assert found, start
        assert any(stance in allowed for stance in found.values()), found
        if not start.endswith(":"):
            assert all(stance in allowed for stance in found.values()), found
    for start, word in case.get("says_with", {}).items():
        option = next(one for one in told["options"] if one["id"].startswith(start))
        assert any(word in item["rule"] or word in str(item) for item in option["with"]), option["with"]


def test_every_example_has_a_vignette() -> None:
    assert {case["example"] for case in VIGNETTES} == set(examples())
