"""NEDA-3: any activity is a no, and only three proofs together are a yes."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from stepdown.knowledge.library import load
from stepdown.record.record import RecordBuilder
from stepdown.state.events import prepare
from stepdown.state.neda import derive
from tests.state.records import table_of

ON = date(2026, 3, 1)
WINDOWS = ("neda3_1y", "neda3_2y", "neda3_5y")


def truths(
    edss: dict[str, float], scans: dict[str, int], relapses: tuple[str, ...] = (), observed: str | None = "2015-01-01"
) -> tuple[bool | None, ...]:
    """The three windows for one person; a scan has its number of new T2 lesions."""
    return tuple(_row(edss, scans, relapses, observed)[f"{name}.truth"] for name in WINDOWS)


def _row(
    edss: dict[str, float], scans: dict[str, int], relapses: tuple[str, ...], observed: str | None
) -> dict[str, Any]:
    builder = RecordBuilder()
    builder.add("person", person_id="A")
    if observed:
        since = date.fromisoformat(observed)
        span = {"from": since, "from_latest": since, "to": None, "to_latest": None}
        builder.add("observed", person_id="A", domain="relapse", status="final", source="span", **span)
    rows: list[tuple[str, dict[str, dict[str, Any]]]]
    rows = [("disability", {day: {"edss": score} for day, score in edss.items()})]
    rows += [("mri", {day: {"new_t2": new, "gd_lesions": 0, "region": "brain"} for day, new in scans.items()})]
    rows += [("relapse", {day: {} for day in relapses})]
    for table, entries in rows:
        for day, values in entries.items():
            on = date.fromisoformat(day)
            builder.add(table, person_id="A", on=on, on_latest=on, status="final", source=f"{table}/{day}", **values)
    return table_of(derive, prepare(builder.build(), ON, load(), explain=True)).row(0, named=True)


def each_year(value: float, first: int = 2019) -> dict[str, Any]:
    """The same finding on the first of March of each year up to 2026."""
    return {f"{year}-03-01": value for year in range(first, 2027)}


QUIET_EDSS, QUIET_MRI = each_year(3.0), each_year(0)


def test_three_proofs_make_a_yes() -> None:
    assert truths(QUIET_EDSS, QUIET_MRI) == (True, True, True)


def test_each_missing_proof_leaves_it_unknown() -> None:
    assert truths({}, QUIET_MRI) == (None, None, None)
    assert truths(QUIET_EDSS, {}) == (None, None, None)
    assert truths(QUIET_EDSS, QUIET_MRI, observed=None) == (None, None, None)
    assert truths({}, {}, observed=None) == (None, None, None)


def test_proof_reaches_as_far_as_its_shortest_part() -> None:
    assert truths(QUIET_EDSS, each_year(0, 2024)) == (True, True, None)
    assert truths(each_year(3.0, 2025), QUIET_MRI) == (True, None, None)
    assert truths(QUIET_EDSS, QUIET_MRI, observed="2024-02-01") == (True, True, None)
    assert truths({"2019-03-01": 3.0, "2020-03-01": 3.0}, QUIET_MRI) == (None, None, None)


@pytest.mark.parametrize(("relapse", "expected"), [
    ("2025-03-02", (False, False, False)), ("2025-03-01", (True, False, False)), ("2022-06-01", (True, True, False)),
])  # fmt: skip
def test_a_relapse_is_a_no(relapse: str, expected: tuple[bool, ...]) -> None:
    assert truths(QUIET_EDSS, QUIET_MRI, (relapse,)) == expected
    unproven = tuple(False if value is False else None for value in expected)
    assert truths({}, {}, (relapse,), observed=None) == unproven


def test_an_active_scan_is_a_no() -> None:
    assert truths(QUIET_EDSS, {**QUIET_MRI, "2023-03-01": 2}) == (True, True, False)
    assert truths({}, {"2025-09-01": 1}, observed=None) == (False, False, False)


def test_confirmed_worsening_is_a_no_and_pending_worsening_unknown() -> None:
    worse = {day: 4.0 if day >= "2023-06-01" else 3.0 for day in QUIET_EDSS}
    assert truths(worse, QUIET_MRI) == (True, True, False)
    assert truths({**QUIET_EDSS, "2026-02-01": 4.0, "2026-03-01": 4.0}, QUIET_MRI) == (None, None, None)
    assert truths({**QUIET_EDSS, "2026-02-01": 4.0}, QUIET_MRI) == (True, True, True)


def test_sources_and_shape() -> None:
    values = _row({"2026-03-01": 3.0}, {"2026-03-01": 0}, ("2020-01-01",), "2015-01-01")
    assert values["neda3_2y.from"] == ["disability/2026-03-01", "mri/2026-03-01", "relapse/2020-01-01", "span"]
    builder = RecordBuilder()
    for person in ("B", "A"):
        builder.add("person", person_id=person)
    frame = table_of(derive, prepare(builder.build(), ON, load(), explain=False))
    assert frame.columns == ["person_id", *(f"{name}.truth" for name in WINDOWS)]
    assert frame["person_id"].to_list() == ["A", "B"]
    assert frame.schema["neda3_1y.truth"] == pl.Boolean
