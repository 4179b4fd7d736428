"""Plans of whole cases, against what a neurologist would want them to say (tests/vignettes/plans.yaml)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stepdown.guideline.findings import Told
from stepdown.knowledge.library import load
from stepdown.knowledge.yamlfile import parse
from stepdown.record.read import read
from tests.people import FOLDER, index_date
from tests.plan.planned import planned

CASES: list[dict[str, Any]] = parse(
    (Path(__file__).parents[1] / "vignettes" / "plans.yaml").read_bytes(), "plans.yaml"
).data
STATED = {
    "sentence", "example", "chart", "option", "safety_plan", "why_not", "lines", "absent", "windows", "until",
    "triggers",
}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["sentence"][:40])
def test_the_plan_says_what_a_neurologist_would_want(case: dict[str, Any]) -> None:
    assert set(case) <= STATED
    plan = made(case)
    if "safety_plan" in case:
        assert plan["safety_plan"] is case["safety_plan"]
        assert bool(plan["why_not"]) is case["safety_plan"]
    if "why_not" in case:
        assert f"{case['why_not']}.says" in [one["key"] for one in plan["why_not"]]
    every = [one["id"] for part in ("transition", "monitoring", "triggers") for one in plan[part]]
    for name in case.get("absent", []):
        assert not [one for one in every if ends(one, name)], name
    for name, wanted in case.get("lines", {}).items():
        line = one_of(plan["transition"], name)
        for key, value in wanted.items():
            found = line[key]["key"] if key in ("says", "if_not") else line[key]
            assert found == value, (name, key)
    for name, wanted in case.get("windows", {}).items():
        windows = one_of(plan["monitoring"], name)["windows"]
        found = [[one[key] for key in ("from", "due", "to")] for one in windows]
        assert found[: len(wanted)] == wanted if wanted else found == [], name
    for name, wanted in case.get("until", {}).items():
        assert one_of(plan["monitoring"], name)["until"] == wanted, name
    for name, wanted in case.get("triggers", {}).items():
        if wanted is None:
            assert name not in every
            continue
        trigger = one_of(plan["triggers"], name)
        for key, value in wanted.items():
            found = [one["therapy"] for one in trigger["rescue"]] if key == "rescue" else trigger[key]
            assert found == value, (name, key)


def made(case: dict[str, Any]) -> Told:
    if "example" in case:
        record = read(FOLDER / case["example"] / "chart.yaml", load())
        return planned(record, case["option"], index_date(case["example"]))
    return planned(case["chart"], case["option"])


def ends(found: str, name: str) -> bool:
    """Whether an id is, or ends with, a name."""
    return f"/{found}".endswith(f"/{name}")


def one_of(entries: list[Told], name: str) -> Told:
    found = [one for one in entries if ends(one["id"], name)]
    assert len(found) == 1, (name, [one["id"] for one in found])
    return found[0]
