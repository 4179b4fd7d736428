"""Drugs that were left before: known only once they were left, and for a reason that counts."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from stepdown.decision.history import Left, left_before
from stepdown.decision.options import options_for
from stepdown.knowledge.library import load
from stepdown.knowledge.yamlfile import Located
from stepdown.record.chart import chart_record
from stepdown.state.derive import derive


def left(on: date, **treatment: Any) -> Left:
    """What a person on ofatumumab left before, seen on a day."""
    chart = {"person": {"id": "A"}, "treatments": [treatment, {"therapy": "ofatumumab", "from": "2020-01-01"}]}
    return left_before(derive(chart_record(Located(chart, {}), "chart.yaml", load()), on, load()), load())


def against(found: Left) -> list[str]:
    return [option.therapy for option in options_for("ofatumumab", load()) if found.told(0, option)]


@pytest.mark.parametrize(
    ("treatment", "expected"),
    [
        ({"therapy": "dimethyl-fumarate", "stopped_for": "activity"}, ["dimethyl-fumarate"]),
        ({"therapy": "diroximel-fumarate", "stopped_for": "activity"}, ["dimethyl-fumarate"]),
        ({"therapy": "diroximel-fumarate", "stopped_for": "side-effects"}, []),
        ({"therapy": "glatiramer", "stopped_for": "side-effects"}, ["glatiramer"]),
        ({"therapy": "glatiramer", "stopped_for": "pregnancy"}, []),
        ({"therapy": "interferon", "stopped_for": "activity"}, ["interferon-beta-1a-sc"]),
    ],
)
def test_what_failed_is_no_aim_of_a_switch(treatment: dict[str, str], expected: list[str]) -> None:
    found = left(date(2026, 3, 1), **treatment, **{"from": "2015-01-01", "to": "2018-01-01"})
    assert against(found) == expected


def test_a_drug_that_is_left_later_has_not_failed_yet() -> None:
    treatment = {"therapy": "glatiramer", "from": "2015-01-01", "to": "2018-01-01", "stopped_for": "activity"}
    assert against(left(date(2017, 12, 31), **treatment)) == []
    assert against(left(date(2018, 1, 1), **treatment)) == ["glatiramer"]


def test_the_reason_names_the_event() -> None:
    treatment = {"therapy": "glatiramer", "from": "2015-01-01", "to": "2018-01-01", "stopped_for": "activity"}
    found = left(date(2026, 3, 1), **treatment)
    [told] = [found.told(0, option) for option in options_for("ofatumumab", load()) if option.therapy == "glatiramer"]
    assert told[0]["says"] == {"key": "rules/back-to-failed-class.says", "args": {}}
    assert told[0]["from"] == ["chart.yaml:treatments[0]"]
