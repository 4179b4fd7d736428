"""Treatments of a CDM in columns against the reader of FHIR, which puts the same evidence in order row by row."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.knowledge.library import load
from stepdown.record.dates import Span
from stepdown.record.fhir.drugs import Evidence
from stepdown.record.fhir.treatments import _runs
from stepdown.record.omop.database import TYPES
from stepdown.record.omop.drugs import treatments
from stepdown.record.omop.facts import Raw
from stepdown.record.omop.meaning import MEANINGS, Concept
from stepdown.record.omop.tables import EVENTS, event_kinds
from stepdown.record.omop.words import Words

FIRST, WRITTEN = date(2015, 1, 1), date(2024, 1, 1)
TYPE = {"dose": 1, "statement": 2, "supply": 3}
NAMES = {1: "EHR administration record", 2: "Registry", 3: "EHR prescription"}


def raw(rows: list[dict[str, object]]) -> Raw:
    """Exposures to one drug as the reader sees them."""
    words = Words({key: Concept(key, "Type Concept", name, name) for key, name in NAMES.items()}, load())
    tables = {}
    for table in EVENTS:
        kinds = {name: TYPES[kind] for name, kind in event_kinds(table).items()}
        schema = kinds | MEANINGS | {"source": pl.String()}
        mine = rows if table == "drug_exposure" else []
        tables[table] = pl.DataFrame([{name: row.get(name) for name in schema} for row in mine], schema=schema)
    return Raw(tables, words, load(), WRITTEN)


def exposure(number: int, kind: str, begin: date, **more: object) -> dict[str, object]:
    return {
        "person_id": "1", "key": str(number), "source": f"drug_exposure/{number:04d}", "on": begin, "means": "drug",
        "word": "fingolimod", "drug_type_concept_id": TYPE[kind],
    } | more  # fmt: skip


def found(rows: list[dict[str, object]]) -> list[tuple[object, ...]]:
    return treatments(raw(rows)).sort("on").select("on", "ended", "ended_latest", "status").rows()


days = st.integers(0, 3200).map(lambda number: FIRST + timedelta(days=number))


@st.composite
def evidence(draw: st.DrawFn) -> list[tuple[str, date, int]]:
    """Supplies, stops, and statements that go on, each with its first day and its length."""
    kinds = st.sampled_from(["supply", "supply", "stop", "open"])
    return draw(
        st.lists(st.tuples(kinds, days, st.integers(0, 700)), min_size=1, max_size=7, unique_by=lambda one: one[1])
    )


@settings(max_examples=150, deadline=None)
@given(evidence())
def test_supplies_and_stops_are_put_in_order_as_in_fhir(given_: list[tuple[str, date, int]]) -> None:
    rows, told = [], []
    for number, (kind, begin, length) in enumerate(given_):
        end = begin + timedelta(days=length)
        if kind == "stop" and end > WRITTEN:
            end = WRITTEN
        stop = {"stop_reason": "other"} if kind == "stop" else {}
        if kind == "stop":
            rows.append(exposure(number, "statement", begin, verbatim_end_date=end, **stop))
            told.append(Evidence("d", f"{number:04d}", Span(begin, begin), "stop", Span(end, end), begin))
        elif kind == "open":
            rows.append(exposure(number, "statement", begin))
            told.append(Evidence("d", f"{number:04d}", Span(begin, begin), "open", None, begin))
        else:
            rows.append(exposure(number, "supply", begin, drug_exposure_end_date=end))
            told.append(Evidence("d", f"{number:04d}", Span(begin, begin), "lapse", None, end))
    gap = int(load().number("renewal-gap-months"))
    runs = _runs(told, gap)
    expected = []
    for run, following in zip(runs, [*runs[1:], None], strict=True):
        first, ended = run.members[0].begin.first, run.ended(WRITTEN, gap)
        after = following.members[0].begin.first if following else None
        if ended and after and ended.last and ended.first and ended.first <= after < ended.last:
            ended = Span(ended.first, after)
        expected.append((first, ended.first if ended else None, ended.last if ended else None,
                         "resolved" if ended else "active"))  # fmt: skip
    assert found(rows) == expected


def test_refills_and_days_reach_as_far_as_they_supply() -> None:
    rows = [
        exposure(1, "supply", date(2020, 1, 1), days_supply=30, refills=2, drug_exposure_end_date=date(2020, 1, 30))
    ]
    assert found(rows) == [(date(2020, 1, 1), date(2020, 3, 31), WRITTEN, "resolved")]


def test_a_statement_without_an_end_goes_on_and_one_with_an_end_was_stopped() -> None:
    begin, end = date(2016, 1, 1), date(2018, 1, 1)
    assert found([exposure(1, "statement", begin, drug_exposure_end_date=end)]) == [(begin, None, None, "active")]
    assert found([exposure(1, "statement", begin, verbatim_end_date=end)]) == [(begin, end, end, "resolved")]


def test_supply_with_an_end_in_the_source_is_no_stop() -> None:
    begin = date(2023, 6, 1)
    rows = [exposure(1, "supply", begin, verbatim_end_date=date(2023, 9, 1))]
    assert found(rows) == [(begin, None, None, "active")]


def test_doses_alone_make_no_treatment_and_a_statement_beside_them_does() -> None:
    doses = [exposure(number, "dose", date(2020, number, 1)) for number in (1, 7)]
    assert found(doses) == []
    both = [*doses, exposure(9, "statement", date(2019, 12, 1), quantity=300.0, dose_unit_source_value="MG")]
    made = treatments(raw(both))
    assert made.select("on", "status", "dose_mg").rows() == [(date(2019, 12, 1), "active", 300.0)]


@pytest.mark.parametrize(("quantity", "unit", "milligrams"), [(0.5, "g", 500.0), (44, "ug", 0.044), (2, "puffs", None)])
def test_doses_in_milligrams(quantity: float, unit: str, milligrams: float | None) -> None:
    from stepdown.record.omop.drugs import doses

    rows = [exposure(1, "dose", date(2020, 1, 1), quantity=quantity, dose_unit_source_value=unit)]
    assert doses(raw(rows))["dose_mg"].to_list() == [pytest.approx(milligrams) if milligrams else None]


def test_what_lies_after_the_day_of_the_extract_is_no_evidence() -> None:
    assert found([exposure(1, "supply", WRITTEN + timedelta(days=1))]) == []
