"""Questionnaires: the last score, and the change of quality of life. The index date is 1 March 2026."""

from __future__ import annotations

from typing import Any

import pytest

from stepdown.knowledge.library import load
from tests.state.records import bounds, possible, values


def scores(instrument: str, *given: tuple[str, float | None]) -> list[tuple[str, dict[str, Any]]]:
    row = {"instrument": instrument, "status": "final"}
    return [("questionnaire", {**row, "at": at, "score": score}) for at, score in given]


def test_every_variable_has_its_instrument() -> None:
    library = load()
    told = {instrument.variable for instrument in library.instruments.values()}
    wanted = {name for name, found in library.documents["variables"].items() if "questionnaire" in found.tables}  # type: ignore[attr-defined]
    assert wanted - {"quality_of_life_change"} == told


def test_last_score_and_freshness() -> None:
    found = values(*scores("eq5d-index", ("2020-01-01", 0.9), ("2025-01-01", 0.7)))
    assert bounds(found["eq5d_index"]) == (0.7, 0.7)
    assert bounds(found["eq5d_index_last_months"]) == (14, 14)
    found = values(*scores("tsqm-convenience", ("2023-01-01", 60.0)))
    assert bounds(found["tsqm_convenience"]) == (None, None)
    assert bounds(found["tsqm_convenience_last"]) == (60, 60)


@pytest.mark.parametrize(
    ("instrument", "first", "last", "change"),
    [
        ("msis-29-physical", 20, 28, "worse"),
        ("msis-29-physical", 20, 27, "same"),
        ("msis-29-physical", 20, 12, "better"),
        ("msis-29-psychological", 20, 26, "worse"),
        ("eq5d-index", 0.7, 0.78, "better"),
        ("eq5d-index", 0.78, 0.7, "worse"),
        ("sf-36-mental", 50, 45, "worse"),
    ],
)
def test_change_by_direction_and_size(instrument: str, first: float, last: float, change: str) -> None:
    found = values(*scores(instrument, ("2015", 99.0), ("2024-01-01", first), ("2026-01-01", last)))
    assert possible(found["quality_of_life_change"]) == {change}


def test_worse_anywhere_is_worse() -> None:
    better = scores("eq5d-index", ("2024-01-01", 0.5), ("2026-01-01", 0.9))
    worse = scores("msis-29-physical", ("2024-01-01", 10.0), ("2026-01-01", 40.0))
    assert possible(values(*better, *worse)["quality_of_life_change"]) == {"worse"}


def test_what_leaves_the_change_unknown() -> None:
    everything = {"better", "same", "worse"}
    assert possible(values()["quality_of_life_change"]) == everything
    once = scores("eq5d-index", ("2024-01-01", 0.5))
    assert possible(values(*once)["quality_of_life_change"]) == everything
    burden = scores("tsqm-convenience", ("2024-01-01", 20.0), ("2026-01-01", 90.0))
    assert possible(values(*burden)["quality_of_life_change"]) == everything
    crossed = scores("eq5d-index", ("2024", 0.5), ("2024-06-01", 0.9))
    assert possible(values(*crossed)["quality_of_life_change"]) == everything
    better = scores("msis-29-physical", ("2024-01-01", 40.0), ("2026-01-01", 10.0))
    assert possible(values(*better, *crossed)["quality_of_life_change"]) == {"better", "worse"}
