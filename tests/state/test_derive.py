"""The state as a whole: every variable always there, with its type; people, days and sources."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from stepdown.criteria.values import Interval, Possible
from stepdown.knowledge.library import load
from stepdown.record.record import Record, RecordBuilder, join_records
from stepdown.record.tables import TABLES, empty
from stepdown.state.derive import derive
from stepdown.state.state import sources_of, values_of
from tests.state.records import ON, bounds, covered, person_row, record_of, values

TYPES = {"low": pl.Float64, "high": pl.Float64, "set": pl.UInt64, "truth": pl.Boolean, "from": pl.List(pl.String)}


@pytest.mark.parametrize("explain", [True, False])
@pytest.mark.parametrize("people", [0, 1, 3, 300])
def test_every_variable_with_its_type(people: int, explain: bool) -> None:
    records = [record_of(covered(), person=f"P{number}") for number in range(people)]
    record = join_records(records) if records else Record({name: empty(name) for name in TABLES})
    frame = derive(record, ON, load(), explain).frame
    assert frame.height == people
    expected = ["person_id"]
    for name, variable in load().variables.items():
        parts = {"number": ["low", "high"], "category": ["set"], "truth": ["truth"]}[variable.kind]
        expected += [f"{name}.{part}" for part in parts + (["from"] if explain else [])]
    assert frame.columns == expected
    assert [name for name in expected[1:] if frame.schema[name] != TYPES[name.split(".")[1]]] == []


def test_many_read_the_same_as_one() -> None:
    """More rows than are read one by one take the other path through the frames."""
    rows = [
        ("infection", {"at": f"{2001 + month // 12}-{month % 12 + 1:02}-10", "kind": kind, "status": "final"})
        for month, kind in enumerate(["pneumonia", "urinary", "sepsis"] * 100, start=2)
    ]
    few, many = record_of(covered(), *rows[-60:]), record_of(covered(), *rows)
    a, b = (derive(record, ON, load()).frame for record in (few, many))
    names = [name for name in a.columns if name.startswith(("serious_", "infections_", "urinary_", "recurrent_"))]
    assert a.select(names).equals(b.select(names))
    assert a["urinary_infections_1y.low"].to_list() == [4.0]


def test_nothing_after_the_index_date_counts() -> None:
    later = ("relapse", {"at": "2026-03-02", "status": "final"})
    assert values(covered(), later) == values(covered())
    assert values(covered(), later, on=date(2026, 3, 2)) != values(covered(), on=date(2026, 3, 2))


def test_people_who_cannot_be_are_told() -> None:
    builder = RecordBuilder()
    builder.add("person", **person_row("A", born="1970"))
    builder.add("person", **person_row("A", born="1971"))
    builder.add("person", **person_row("B", died=date(2020, 1, 1)))
    builder.add("relapse", person_id="C", on=date(2020, 1, 1), on_latest=date(2020, 1, 1), source="stray")
    state = derive(builder.build(), ON, load())
    assert state.frame["person_id"].to_list() == ["A", "B"]
    assert {(problem.key, problem.person_id) for problem in state.problems} == {
        ("person-twice", "A"), ("died", "B"), ("person-unknown", "C"),
    }  # fmt: skip


def test_values_and_sources_of_one() -> None:
    record = record_of(covered(), ("relapse", {"at": "2020-03-01", "status": "final"}), sex="female")
    state = derive(record, ON, load(), explain=True)
    found, sources = values_of(state, 0, load()), sources_of(state, 0, load())
    assert set(found) == set(sources) == set(load().variables)
    assert found["years_since_relapse"] == Interval(6.0, 6.0)
    assert found["sex"] == Possible(frozenset({"female"}), ("female", "male", "other"))
    assert found["never_relapsed"] is False
    assert sources["years_since_relapse"] == ("observed[0]", "relapse[1]")
    assert sources["sex"] == ("person",)
    assert sources["igg"] == ()


def test_the_grace_that_was_needed_is_told() -> None:
    record = record_of(covered(to="2026-01-01"))
    told = {note.args["domain"] for note in derive(record, ON, load(), explain=True).notes}
    assert {"relapse", "infection", "condition"} <= told
    assert "mri" not in told


def test_events_recorded_by_the_index_date_have_happened() -> None:
    vague = {"at": "2026", "status": "final"}
    assert bounds(values(covered(), ("relapse", vague))["relapses_1y"]) == (0.0, 1.0)
    assert bounds(values(covered(), ("relapse", {**vague, "recorded": date(2026, 2, 1)}))["relapses_1y"]) == (1.0, 1.0)
