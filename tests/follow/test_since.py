"""What changed since the decision: only what chance does not explain, and only what is known on both days."""

from __future__ import annotations

from typing import Any

import pytest

from stepdown.follow.since import noise
from tests.follow.made import LIBRARY, STOPPED, one


def moved(**facts: Any) -> dict[str, str | None]:
    return {found["variable"]: found["direction"] for found in one(**STOPPED, **facts)["changed"]}


def lab(test: str, before: float, after: float, unit: str = "g/L") -> dict[str, Any]:
    days = (("2025-01-10", before), ("2026-02-10", after))
    return {"labs": [{"date": day, "test": test, "value": value, "unit": unit} for day, value in days]}


@pytest.mark.parametrize(("after", "direction"), [(4.59, None), (4.6, "up"), (3.5, None), (3.4, "down"), (4.0, None)])
def test_igg_changes_by_a_share_of_what_it_was(after: float, direction: str | None) -> None:
    assert moved(**lab("IgG", 4.0, after)).get("igg") == direction


def test_counts_change_by_more_than_they_scatter() -> None:
    assert moved(**lab("lymphocytes", 1.0, 1.2, "10*9/L")) == {}
    assert moved(**lab("lymphocytes", 1.0, 0.6, "10*9/L")) == {"lymphocytes": "down"}


def test_a_value_that_is_not_new_is_no_change_and_one_known_newly_neither() -> None:
    old = {"labs": [{"date": "2025-01-10", "test": "IgG", "value": 4.0, "unit": "g/L"}]}
    new = {"labs": [{"date": "2026-02-10", "test": "IgG", "value": 4.0, "unit": "g/L"}]}
    assert moved(**old) == moved(**new) == {}


def test_the_edss_changes_by_the_steps_of_worsening() -> None:
    assert [noise("edss", base, LIBRARY) for base in (0.0, 1.0, 5.0, 5.5)] == [1.5, 1.0, 1.0, 0.5]
    assert moved(edss=[{"date": "2026-02-10", "score": 3.5}]) == {}
    assert moved(edss=[{"date": "2026-02-10", "score": 4}]) == {"edss": "up"}


def test_a_questionnaire_changes_by_what_matters_and_a_number_without_an_amount_is_left_out() -> None:
    assert noise("eq5d_index", 0.7, LIBRARY) == 0.074
    assert noise("infections_1y", 1, LIBRARY) is None


def test_what_became_of_the_disease_is_told_and_what_time_alone_moves_is_not() -> None:
    found = moved(conditions=[{"name": "type 2 diabetes", "since": "2025-10-01"}])
    assert "comorbidity_diabetes" in found
    assert not {"age", "years_since_relapse", "years_quiet", "therapy", "treatment_duration"} & set(found)
