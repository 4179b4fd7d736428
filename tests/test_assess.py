"""The whole assessment with its numbers: alone and in a crowd, by seed and draws, and as preferences narrow."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from stepdown.assess import assess, assess_many
from stepdown.decision.preferences import Preferences
from stepdown.errors import InputError
from stepdown.knowledge.library import load
from stepdown.record.chart import read_chart
from stepdown.record.record import Record, join_records
from stepdown.report.examples import FOLDER, everyone
from stepdown.report.json import to_json
from stepdown.report.words import Words

ON = date(2026, 3, 1)
NAMES = [example.name for example in everyone()]
ABOUT_THE_INPUT = ("problems", "limits")
"""What speaks of the whole input differs where the input does."""


def record_of(name: str) -> Record:
    return read_chart(FOLDER / name / "chart.yaml", load())


def told(data: dict[str, Any]) -> bytes:
    return to_json({key: value for key, value in data.items() if key not in ABOUT_THE_INPUT}, Words(load()))


def test_alone_and_in_a_crowd_the_answer_is_the_same_to_the_last_byte() -> None:
    records = {name: record_of(name) for name in NAMES}
    crowd = {one.data["person"]: told(one.data) for one in assess_many(join_records(records.values()), ON, draws=300)}
    assert len(crowd) == len(NAMES)
    for record in records.values():
        alone = assess(record, ON, draws=300)
        assert told(alone.data) == crowd[alone.data["person"]]


def risks(data: dict[str, Any]) -> dict[tuple[str, str, str], float]:
    return {
        (option["id"], outcome, years): risk["mean"]
        for option in data["options"]
        for outcome, found in (option["risk"] or {}).items()
        for years, risk in found.items()
        if risk
    }


def test_another_seed_moves_means_by_chance_alone() -> None:
    record = record_of("long-quiet-ocrelizumab")
    first, second = (assess(record, ON, draws=2000, seed=seed).data for seed in (0, 1))
    widths = {
        (option["id"], outcome, years): (risk["high"] - risk["low"]) / 3.92
        for option in first["options"]
        for outcome, found in option["risk"].items()
        for years, risk in found.items()
        if risk
    }
    for key, mean in risks(first).items():
        # skewed draws: twice the width of a normal distribution with this interval, five standard errors of two means
        assert abs(mean - risks(second)[key]) <= 5 * np.sqrt(2 / 2000) * 2 * widths[key]


def test_any_horizon_can_be_asked_for_and_risks_grow_with_it() -> None:
    data = assess(record_of("interferon-twenty-years"), ON, horizon_years=(4, 0.5, 2), draws=500).data
    for option in data["options"]:
        for found in option["risk"].values():
            assert list(found) == ["0.5", "2", "4"]
            means = [risk["mean"] for risk in found.values() if risk]
            assert means == sorted(means)


def test_a_stated_weight_moves_the_shares_towards_what_it_favours() -> None:
    record = record_of("long-quiet-ocrelizumab")

    def share(kind: str, **weights: float) -> float:
        stated = Preferences({name.replace("_", "-"): value for name, value in weights.items()})
        data = assess(record, ON, stated, draws=500).data
        return float(data["comparison"]["shares_by_kind"].get(kind, 0.0))

    assert share("discontinue", infusion=0.2, visit=0.1) > share("discontinue", infusion=0.0, visit=0.0)
    assert share("continue", infusion=0.0, visit=0.0, disability_worsening=30.0) > share("continue")


def test_every_kind_that_a_weight_flips_to_leads_somewhere() -> None:
    data = assess(record_of("long-quiet-ocrelizumab"), ON, draws=1000).data
    for flip in data["comparison"]["flips"]:
        assert data["comparison"]["shares_by_kind"][flip["to"]] > 0
        assert flip["from"] != flip["to"]


@pytest.mark.parametrize(
    "asked",
    [{"draws": 0}, {"draws": 10**9}, {"seed": -1}, {"horizon_years": ()}, {"horizon_years": (60,)},
     {"preferences": Preferences({"infusion": 0.0, "relapse": 0.0, "visit": 0.0, "injection": 0.0, "tablet-day": 0.0,
                                  "serious-infection": 0.0, "disability-worsening": 0.0})}],
)  # fmt: skip
def test_what_cannot_be_computed_is_refused_in_one_line(asked: dict[str, Any]) -> None:
    with pytest.raises(InputError) as refused:
        assess(record_of("long-quiet-ocrelizumab"), ON, **asked)
    assert "\n" not in str(refused.value)


def test_an_emergency_has_no_numbers() -> None:
    data = assess(record_of("new-symptom-natalizumab"), ON, draws=100).data
    assert data["comparison"] is None
    assert not risks(data)
    assert all(one["value"] is None for one in data["information"])
