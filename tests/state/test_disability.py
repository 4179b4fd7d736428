"""Current scores with their freshness, and the EDSS at the start of the drug."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.knowledge.library import load
from stepdown.record.record import Record, RecordBuilder
from stepdown.state import disability
from stepdown.state.arrays import AFTER, BEFORE
from stepdown.state.calendar import day_number
from stepdown.state.disability import SCORES, derive, derive_worsening
from stepdown.state.events import prepare
from stepdown.state.treated import Started
from tests.state.records import table_of

ON = date(2026, 3, 1)
DAY = date.fromisoformat


def record(scores: list[dict[str, Any]], relapses: list[str] = (), person: str = "A") -> Record:  # type: ignore[assignment]
    """One person; a score has `on` (and `to` for its latest day), a relapse may be `2025-01-01/2025-01-31`."""
    builder = RecordBuilder()
    builder.add("person", person_id=person)
    for index, score in enumerate(scores):
        given = dict(score)
        first, last = given.pop("on", None), given.pop("to", None)
        dates = {"on": first and DAY(first), "on_latest": DAY(last or first) if first else None}
        builder.add("disability", person_id=person, status="final", source=f"s{index}", **dates, **given)
    for index, relapse in enumerate(relapses):
        first, _, last = relapse.partition("/")
        dates = {"on": DAY(first), "on_latest": DAY(last or first)}
        builder.add("relapse", person_id=person, status="final", source=f"r{index}", **dates)
    return builder.build()


def table(found: Record, explain: bool = False, on: date = ON) -> pl.DataFrame:
    events = prepare(found, on, load(), explain)
    return table_of(derive, events).join(table_of(derive_worsening, events), on="person_id", maintain_order="left")


def row(found: Record, explain: bool = False, on: date = ON) -> dict[str, Any]:
    return table(found, explain, on).row(0, named=True)


def pair(values: dict[str, Any], name: str) -> tuple[float | None, float | None]:
    return values[f"{name}.low"], values[f"{name}.high"]


def test_every_variable_of_the_dictionary_is_there() -> None:
    library = load()
    own = [name for (_, name), origin in library.origins.items() if origin.file.endswith("variables/disability.yaml")]
    names = [name for one in own for name in (one, f"{one}_last", f"{one}_last_months") if name in library.variables]
    assert len(names) == 17
    frame = table(record([]), explain=True)
    wanted = {f"{name}.{part}" for name in names for part in ("low", "high", "from")}
    assert set(frame.columns) == wanted | {"person_id"}
    assert all(frame.schema[f"{name}.low"] == pl.Float64 for name in names)
    assert all(frame.schema[f"{name}.from"] == pl.List(pl.String) for name in names)
    assert "edss.from" not in table(record([])).columns


@pytest.mark.parametrize(("name", "column"), SCORES.items())
def test_last_score_and_its_age(name: str, column: str) -> None:
    values = row(record([{"on": "2024-01-01", column: 5.0}, {"on": "2025-03-01", column: 4.0}]), explain=True)
    assert pair(values, name) == pair(values, f"{name}_last") == (4.0, 4.0)
    assert pair(values, f"{name}_last_months") == (12.0, 12.0)
    assert values[f"{name}.from"] == ["s1"]
    stale = row(record([{"on": "2025-02-28", column: 4.0}]))
    assert pair(stale, name) == (None, None)
    assert pair(stale, f"{name}_last") == (4.0, 4.0)


def test_no_score_is_unknown() -> None:
    values = row(record([{"on": "2026-01-01", "sdmt": 50.0}]))
    for name in ("edss", "edss_last", "edss_last_months", "edss_at_start", "t25fw"):
        assert pair(values, name) == (None, None)
    assert pair(values, "sdmt") == (50.0, 50.0)


def test_scores_that_may_both_be_the_last_give_a_range() -> None:
    months = [{"on": "2025-11-01", "to": "2025-11-30", "edss": 3.0}, {"on": "2025-11-15", "edss": 4.0}]
    values = row(record([{"on": "2025-01-01", "edss": 6.0}, *months]))
    assert pair(values, "edss") == (3.0, 4.0)
    assert values["edss_last_months.high"] == pytest.approx(3.5, abs=0.1)
    assert values["edss_last_months.low"] == pytest.approx(3.0, abs=0.1)
    undated = row(record([{"on": "2025-01-01", "edss": 6.0}, {"edss": 2.0}]))
    assert pair(undated, "edss_last") == (2.0, 6.0)


def test_two_ratings_on_the_last_day_give_a_range() -> None:
    assert pair(row(record([{"on": "2026-01-01", "edss": 3.0}, {"on": "2026-01-01", "edss": 3.5}])), "edss") == (
        3.0,
        3.5,
    )


def test_a_score_that_may_lie_ahead_is_only_possible() -> None:
    ahead = {"on": "2026-02-15", "to": "2026-03-15", "edss": 5.0}
    assert pair(row(record([{"on": "2026-01-01", "edss": 3.0}, ahead])), "edss") == (3.0, 5.0)
    assert pair(row(record([ahead])), "edss_last") == (None, None)


@pytest.mark.parametrize(("relapse", "expected"), [
    ("2026-01-01", (3.0, 3.0)), ("2026-01-10", (3.0, 3.0)), ("2025-12-03", (3.0, 3.0)), ("2025-12-02", (5.0, 5.0)),
    ("2026-01-11", (5.0, 5.0)), ("2025-11-15/2025-12-15", (3.0, 5.0)), ("2026-01-01/2026-01-31", (3.0, 5.0)),
])  # fmt: skip
def test_edss_in_a_relapse_is_not_the_current_one(relapse: str, expected: tuple[float, float]) -> None:
    # thirty days from 2025-12-02 is 2026-01-01; the score of 2026-01-01 (or, for two cases, of 2026-01-10) counts again
    day = "2026-01-10" if relapse in ("2026-01-10", "2026-01-11", "2026-01-01/2026-01-31") else "2026-01-01"
    found = record([{"on": "2025-06-01", "edss": 3.0}, {"on": day, "edss": 5.0}], [relapse])
    assert pair(row(found), "edss") == expected


def test_edss_said_to_be_in_a_relapse_counts_only_alone() -> None:
    during = {"on": "2026-01-01", "edss": 5.0, "during_relapse": True}
    assert pair(row(record([{"on": "2025-06-01", "edss": 3.0}, during])), "edss") == (3.0, 3.0)
    assert pair(row(record([during])), "edss") == (5.0, 5.0)
    assert pair(row(record([{**during, "t25fw_s": 8.0}])), "t25fw") == (8.0, 8.0)


@pytest.mark.parametrize(("scores", "start", "expected"), [
    ([("2019-06-30", 2.0), ("2020-02-01", 4.0)], "2020-01-01", (4.0, 4.0)),
    ([("2019-07-01", 2.0), ("2020-02-01", 4.0)], "2020-01-01", (2.0, 2.0)),
    ([("2019-08-01", 2.0), ("2019-12-01", 3.0), ("2020-01-02", 4.0)], "2020-01-01", (3.0, 3.0)),
    ([("2020-01-01", 3.5), ("2019-12-01", 3.0)], "2020-01-01", (3.5, 3.5)),
    ([("2020-05-01", 3.0), ("2020-06-01", 4.0)], "2020-01-01", (3.0, 3.0)),
    ([("2020-07-02", 3.0)], "2020-01-01", (None, None)),
    ([("2019-12-01", 3.0), ("2020-03-01", 4.0)], "2020-01-01/2020-04-30", (3.0, 4.0)),
    ([("2019-12-01", 3.0)], None, (None, None)),
])  # fmt: skip
def test_edss_at_the_start_of_the_drug(
    scores: list[tuple[str, float]],
    start: str | None,
    expected: tuple[float | None, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, _, last = (start or "").partition("/")
    earliest = np.array([day_number(DAY(first)) if first else BEFORE])
    latest = np.array([day_number(DAY(last or first)) if first else AFTER])
    drug = Started(earliest, latest, earliest, latest, np.zeros(1, np.bool_))
    monkeypatch.setattr(disability, "started", lambda events: drug)
    assert pair(row(record([{"on": on, "edss": edss} for on, edss in scores])), "edss_at_start") == expected


def test_the_current_drug_decides_the_start() -> None:
    builder = RecordBuilder()
    builder.add("person", person_id="A", birth=date(1970, 1, 1), birth_latest=date(1970, 1, 1))
    begin = date(2018, 3, 1)
    builder.add(
        "treatment", person_id="A", on=begin, on_latest=begin, therapy="ocrelizumab", status="active", source="t"
    )
    for day, edss in ((date(2016, 1, 1), 6.0), (date(2018, 2, 1), 3.0), (date(2020, 1, 1), 4.0)):
        builder.add("disability", person_id="A", on=day, on_latest=day, edss=edss, status="final", source=str(day))
    values = row(builder.build(), explain=True)
    assert pair(values, "edss_at_start") == (3.0, 3.0)
    assert values["edss_at_start.from"] == ["2018-02-01"]


def test_sources_of_worsening_are_the_scores_and_the_relapses() -> None:
    values = row(
        record([{"on": "2025-01-01", "edss": 3.0}, {"on": "2025-01-01", "sdmt": 50.0}], ["2024-01-01"]), explain=True
    )
    assert values["years_since_pira.from"] == ["r0", "s0"]


def test_one_row_for_each_person_in_order() -> None:
    builder = RecordBuilder()
    for person in ("C", "A", "B"):
        builder.add("person", person_id=person)
    builder.add("disability", person_id="B", on=ON, on_latest=ON, edss=4.0, status="final", source="s")
    frame = table(builder.build())
    assert frame["person_id"].to_list() == ["A", "B", "C"]
    assert frame["edss.low"].to_list() == [None, 4.0, None]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-900, 0), st.sampled_from([2.0, 3.0, 4.5])), min_size=1, max_size=5),
    st.lists(st.integers(-900, 0), max_size=2),
    st.integers(0, 60),
    st.integers(0, 60),
)
def test_days_that_are_known_later_lie_within_what_is_known_now(
    scores: list[tuple[int, float]], relapses: list[int], before: int, after: int
) -> None:
    def at(day: int) -> str:
        return str(ON + timedelta(days=day))

    sharp = [{"on": at(day), "edss": edss} for day, edss in scores]
    vague = [{"on": at(day - before), "to": at(day + after), "edss": edss} for day, edss in scores]
    narrow = row(record(sharp, [at(day) for day in relapses]))
    wide = row(record(vague, [f"{at(day - after)}/{at(day + before)}" for day in relapses]))
    for name in ("edss", "edss_last", "edss_last_months"):
        (low, high), (inner_low, inner_high) = pair(wide, name), pair(narrow, name)
        assert low is None or (inner_low is not None and low <= inner_low)
        assert high is None or (inner_high is not None and high >= inner_high)
