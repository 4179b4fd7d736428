"""Confirmed worsening, PIRA and RAW: each rule of docs/disability.md on a case that can be counted by hand."""

from __future__ import annotations

from datetime import date, timedelta
from math import inf
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.knowledge.library import load
from stepdown.record.record import Record, RecordBuilder, check_tables
from stepdown.state.disability import WORSENING, derive_worsening, worsening
from stepdown.state.events import prepare
from stepdown.state.worsening_visits import Rules
from tests.state.records import table_of

START = date(2020, 1, 1)
TWELVE, TWENTY_FOUR, PIRA, RAW = WORSENING

Visit = tuple[int, float] | tuple[int, int, float]


def people(*persons: dict[str, Any]) -> Record:
    """Persons by days from `START`: `edss` as (day, score) or (day, latest day, score), `relapses` alike."""
    builder = RecordBuilder()
    for number, person in enumerate(persons):
        who = person.get("id", f"P{number}")
        builder.add("person", person_id=who)
        since = person.get("observed", -1000)
        if since is not None:
            span = {"from": _day(since), "from_latest": _day(since), "to": None, "to_latest": None}
            builder.add("observed", person_id=who, domain="relapse", status="final", source="span", **span)
        for index, (*when, score) in enumerate(person.get("edss", ())):
            more = {"during_relapse": True} if (when[0], score) in person.get("during", ()) else {}
            builder.add(
                "disability", person_id=who, edss=score, status="final", source=f"v{index}", **_on(when), **more
            )
        for index, when in enumerate(person.get("relapses", ())):
            status = "suspected" if when in person.get("suspected", ()) else "final"
            dates = _on([when] if isinstance(when, int) else list(when))
            builder.add("relapse", person_id=who, status=status, source=f"r{index}", **dates)
    return builder.build()


def _day(day: int) -> date:
    return START + timedelta(days=day)


def _on(when: list[Any]) -> dict[str, Any]:
    return {"on": None if when[0] is None else _day(when[0]), "on_latest": None if when[0] is None else _day(when[-1])}


def bounds(record: Record, on: int) -> list[dict[str, tuple[float, float]]]:
    """Bounds in years of every person, by variable."""
    events = prepare(record, _day(on), load(), explain=False)
    found = worsening(events)
    return [{name: (float(low[row]), float(high[row])) for name, (low, high) in found.items()}
            for row in range(events.people.height)]  # fmt: skip


YEARS = [0, 366, 731, 1096, 1461, 1827]
"""Days from `START` to the same date of the following years."""


def yearly(*scores: float) -> list[tuple[int, float]]:
    """Scores on the first of January of successive years."""
    return list(zip(YEARS, scores, strict=False))


@pytest.mark.parametrize(
    ("scores", "event"),
    [
        ((0.0, 1.0, 1.0), False),
        ((0.0, 1.5, 1.5), True),
        ((1.0, 1.5, 1.5), False),
        ((1.0, 2.0, 2.0), True),
        ((5.0, 5.5, 5.5), False),
        ((5.0, 6.0, 6.0), True),
        ((5.5, 6.0, 6.0), True),
        ((6.0, 6.5, 6.5), True),
        ((2.0, 3.0, 2.5), False),
    ],
)
def test_step_depends_on_the_baseline(scores: tuple[float, ...], event: bool) -> None:
    found = bounds(people({"edss": yearly(*scores)}), 731)[0]
    assert found[TWENTY_FOUR] == ((1.0, 1.0) if event else (2.0, inf))
    assert found[TWELVE] == found[TWENTY_FOUR]


@pytest.mark.parametrize(("day", "twelve", "twenty_four"), [
    (76, False, False), (77, True, False), (83, True, False), (84, True, False), (160, True, False), (161, True, True),
    (814, True, True), (815, False, True), (898, False, True), (899, False, False),
])  # fmt: skip
def test_window_of_confirmation(day: int, twelve: bool, twenty_four: bool) -> None:
    found = bounds(people({"edss": [(0, 2.0), (366, 3.0), (366 + day, 3.0)]}), 1461)[0]
    assert found[TWELVE][1] == (3.0 if twelve else inf)
    assert found[TWENTY_FOUR][1] == (3.0 if twenty_four else inf)


def test_a_visit_in_between_must_hold_the_worsening() -> None:
    found = bounds(people({"edss": [(0, 2.0), (366, 3.0), (400, 2.5), (600, 3.0)]}), 731)[0]
    # the drop at day 400 breaks the first; what begins at day 600 is not confirmed yet
    assert found[TWELVE][0] == pytest.approx((731 - 600) / 365.25, abs=0.01)
    assert found[TWELVE][1] == inf


def test_a_pending_worsening_may_become_the_last_one() -> None:
    found = bounds(people({"edss": yearly(2.0, 2.0, 3.0)}), 731)[0]
    assert all(found[name] == (0.0, inf) for name in WORSENING)


def test_confirmation_inside_a_relapse_is_refused() -> None:
    visits = [(0, 2.0), (366, 3.0), (566, 3.0)]
    assert bounds(people({"edss": visits, "relapses": [560]}), 731)[0][TWENTY_FOUR][1] == inf
    assert bounds(people({"edss": visits, "relapses": [537]}), 731)[0][TWENTY_FOUR][1] == inf
    assert bounds(people({"edss": visits, "relapses": [536]}), 731)[0][TWENTY_FOUR] == (1.0, 1.0)


def test_baseline_in_a_relapse_is_passed_over() -> None:
    visits = [(0, 4.0), (100, 2.0), (366, 3.0), (731, 3.0)]
    # from 4.0 nothing worsens; from 2.0, the first score that no relapse disturbs, 3.0 does
    assert bounds(people({"edss": visits, "relapses": [-5]}), 1096)[0][TWENTY_FOUR] == (2.0, 2.0)
    assert bounds(people({"edss": visits, "relapses": [-30]}), 1096)[0][TWENTY_FOUR][1] == inf
    assert bounds(people({"edss": visits, "during": [(0, 4.0)]}), 1096)[0][TWENTY_FOUR] == (2.0, 2.0)


def test_baseline_roves_after_improvement_and_after_worsening() -> None:
    down = yearly(4.0, 3.0, 3.0, 4.0, 4.0)
    assert bounds(people({"edss": down}), 1461)[0][TWENTY_FOUR] == (1.0, 1.0)
    up = yearly(2.0, 3.0, 3.0, 3.5, 3.5)
    assert bounds(people({"edss": up}), 1461)[0][TWENTY_FOUR] == (3.0, 3.0)


@pytest.mark.parametrize(("relapse", "kind"), [
    (366, RAW), (276, RAW), (275, PIRA), (396, None), (397, PIRA), (641, None), (640, PIRA), (761, None), (762, PIRA),
])  # fmt: skip
def test_kinds_of_worsening(relapse: int, kind: str | None) -> None:
    record = people({"edss": [(0, 2.0), (366, 3.0), (731, 3.0)], "relapses": [relapse]})
    found = bounds(record, 1096)[0]
    assert found[TWENTY_FOUR] == (2.0, 2.0)
    for name in (RAW, PIRA):
        assert found[name] == ((2.0, 2.0) if name == kind else (3.0, inf)), name


def test_pira_may_be_confirmed_by_a_later_visit() -> None:
    visits = [(0, 2.0), (366, 3.0), (600, 3.0), (731, 3.0)]
    found = bounds(people({"edss": visits, "relapses": [560]}), 1096)[0]
    assert found[TWENTY_FOUR] == found[PIRA] == (2.0, 2.0)


def test_without_observed_relapses_the_kind_stays_open() -> None:
    found = bounds(people({"edss": yearly(2.0, 3.0, 3.0), "observed": None}), 1096)[0]
    for name in WORSENING:
        assert found[name] == (1.0, inf), "a relapse at the last visit would leave its score to be confirmed"
    quiet = bounds(people({"edss": yearly(3.0, 3.0, 3.0), "observed": None}), 1096)[0]
    for name in WORSENING:
        assert quiet[name] == (3.0, inf), "no relapse can turn equal scores into worsening"


def test_relapses_observed_from_the_second_visit_prove_a_new_maximum() -> None:
    found = bounds(people({"edss": yearly(2.0, 2.0, 3.0, 3.0), "observed": 300}), 1461)[0]
    assert found[TWENTY_FOUR] == found[PIRA] == (2.0, 2.0)
    assert found[RAW] == (2.0, inf)


def test_every_baseline_may_have_been_in_an_unobserved_relapse() -> None:
    assert bounds(people({"edss": yearly(2.0, 2.0, 3.0, 3.0), "observed": 500}), 1461)[0][TWENTY_FOUR][1] == inf
    # from 3.0 nothing worsens; had a relapse just before it been missed, 2.5 would be the baseline and 3.5 an event
    wavering = {"edss": [(0, 3.0), (100, 2.5), (366, 3.5), (731, 3.5)], "observed": -10}
    assert bounds(people(wavering), 1096)[0][TWENTY_FOUR] == (1.0, inf)
    assert bounds(people({**wavering, "observed": -30}), 1096)[0][TWENTY_FOUR] == (3.0, inf)


def test_kind_is_open_where_relapses_before_the_onset_were_not_observed() -> None:
    early = people({"edss": [(0, 2.0), (20, 3.0), (366, 3.0)], "observed": -30})
    found = bounds(early, 731)[0]
    assert found[TWENTY_FOUR][0] == found[TWENTY_FOUR][1] == found[PIRA][0] == found[RAW][0]
    assert found[PIRA][1] == found[RAW][1] == inf
    late = people({"edss": [(0, 2.0), (366, 2.0), (380, 3.0), (731, 3.0)], "observed": 336})
    found = bounds(late, 1096)[0]
    assert found[TWENTY_FOUR][1] < 2
    assert found[PIRA][1] == found[RAW][1] == inf


def test_pira_is_certain_only_if_every_onset_gives_it() -> None:
    # a relapse at 840 leaves the onset at 366 the visit at 900 alone to confirm it, and that is not PIRA;
    # a relapse at 880 forbids that visit, and what begins at 466 is PIRA by the visit at 1300
    visits = [(0, 2.0), (366, 3.0), (466, 4.0), (900, 4.0), (1300, 4.0)]
    found = bounds(people({"edss": visits, "relapses": [(840, 880)]}), 1461)[0]
    assert found[TWENTY_FOUR][1] == 3.0
    assert found[PIRA][1] == inf
    late = bounds(people({"edss": visits, "relapses": [880]}), 1461)[0]
    assert late[TWENTY_FOUR] == late[PIRA]
    assert late[PIRA][1] < 3.0
    real = bounds(people({"edss": visits, "relapses": [840]}), 1461)[0]
    assert real[TWENTY_FOUR] == (3.0, 3.0)
    assert real[PIRA][1] == real[RAW][1] == inf


def test_suspected_relapse_opens_the_kind() -> None:
    record = people({"edss": yearly(2.0, 2.0, 3.0, 3.0), "relapses": [700], "suspected": [700]})
    found = bounds(record, 1461)[0]
    assert found[TWENTY_FOUR] == (2.0, 2.0)
    assert found[PIRA] == found[RAW] == (2.0, inf)


def test_suspected_relapse_before_the_first_visit_opens_the_kind() -> None:
    record = people({"edss": [(0, 2.0), (20, 3.0), (366, 3.0)], "relapses": [-50], "suspected": [-50]})
    found = bounds(record, 731)[0]
    assert found[TWENTY_FOUR][1] < 2.0
    assert found[PIRA][1] == found[RAW][1] == inf


def test_two_ratings_on_one_day_stay_a_range() -> None:
    same = [(0, 2.0), (0, 2.0), (366, 3.0), (731, 3.0)]
    assert bounds(people({"edss": same}), 1096)[0][TWENTY_FOUR] == (2.0, 2.0)
    baseline = [(0, 2.0), (0, 2.5), (366, 3.0), (731, 3.0)]
    assert bounds(people({"edss": baseline}), 1096)[0][TWENTY_FOUR] == (1.0, inf)
    onset = [(0, 2.0), (366, 3.0), (366, 3.5), (731, 3.0)]
    assert bounds(people({"edss": onset}), 1096)[0][TWENTY_FOUR] == (2.0, 2.0)
    assert bounds(people({"edss": [(0, 2.0), (0, 4.0)]}), 0)[0][TWENTY_FOUR] == (0.0, inf)


def test_months_instead_of_days_widen() -> None:
    record = people({"edss": [(0, 30, 2.0), (366, 396, 3.0), (731, 761, 3.0)]})
    low, high = bounds(record, 1096)[0][TWENTY_FOUR]
    assert low == pytest.approx((1096 - 396) / 365.25, abs=0.01)
    assert high == 2.0
    # months that touch cannot be ordered, so the rise may have been a fall
    touching = people({"edss": [(0, 400, 2.0), (366, 731, 3.0), (1096, 1096, 3.0)]})
    assert bounds(touching, 1461)[0][TWENTY_FOUR][1] == inf


def test_no_visits_and_undated_visits_tell_nothing() -> None:
    nobody, undated, one = bounds(
        people({}, {"edss": [(None, 6.0), *yearly(2.0, 3.0, 3.0)]}, {"edss": [(0, 2.0), (366, 2.0)]}), 731
    )
    assert all(nobody[name] == (0.0, inf) for name in WORSENING)
    assert all(undated[name] == (0.0, inf) for name in WORSENING)
    assert all(one[name] == (2.0, inf) for name in WORSENING)


def test_visits_prove_quiet_only_as_far_as_they_go() -> None:
    visits = yearly(2.0, 2.0, 2.0)
    assert bounds(people({"edss": visits}), 731 + 548)[0][TWENTY_FOUR][0] > 3
    assert bounds(people({"edss": visits}), 731 + 549)[0][TWENTY_FOUR] == (0.0, inf)
    gap = [(0, 2.0), (366, 2.0), (1096, 2.0), (1461, 2.0)]
    assert bounds(people({"edss": gap}), 1461)[0][TWENTY_FOUR] == (1.0, inf)


STEPS = st.sampled_from([20, 60, 77, 84, 161, 168, 182, 365, 700])
GRID = st.sampled_from([0.0, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 5.5, 6.0, 6.5])


@st.composite
def persons(draw: st.DrawFn, blur: int = 0) -> dict[str, Any]:
    """A person with visits in their order and a few relapses."""
    steps = draw(st.lists(STEPS, min_size=1, max_size=9))
    days = [sum(steps[:index]) for index in range(len(steps))]
    scores = [draw(GRID) for _ in days]
    relapses = draw(st.lists(st.integers(-200, days[-1] + 50), max_size=3))
    return {"edss": list(zip(days, scores, strict=True)), "relapses": relapses, "last": days[-1]}


@settings(max_examples=80, deadline=None)
@given(persons(), st.integers(0, 400), st.randoms(use_true_random=False))
def test_order_duplicates_and_28_years_change_nothing(person: dict[str, Any], later: int, random: Any) -> None:
    record = people(person)
    expected = bounds(record, person["last"] + later)
    shuffled = {name: pl.concat([table, table]).sample(fraction=1.0, shuffle=True, seed=random.randint(0, 9))
                if name != "person" else table for name, table in record.tables.items()}  # fmt: skip
    assert bounds(Record(check_tables(shuffled)), person["last"] + later) == expected
    on = _day(person["last"] + later)
    tables = [
        table_of(derive_worsening, prepare(given, on, load(), explain=True))
        for given in (record, Record(check_tables(shuffled)))
    ]
    assert tables[0].equals(tables[1])
    moved = check_tables({
        name: table.with_columns(pl.selectors.date().dt.offset_by("28y")) for name, table in record.tables.items()
    })  # fmt: skip
    events = prepare(Record(moved), on.replace(year=on.year + 28), load(), explain=False)
    found = worsening(events)
    assert [(found[name][0][0], found[name][1][0]) for name in WORSENING] == list(expected[0].values())


@settings(max_examples=40, deadline=None)
@given(st.lists(persons(), min_size=2, max_size=6))
def test_alone_as_in_a_panel(panel: list[dict[str, Any]]) -> None:
    for number, person in enumerate(panel):
        person["id"] = f"P{number}"
        person["observed"] = (-1000, None, 100)[number % 3]
    frames = [
        table_of(derive_worsening, prepare(people(*group), _day(2500), load(), explain=True))
        for group in (panel, *[[p] for p in panel])
    ]
    assert frames[0].equals(pl.concat(frames[1:]))
    together = bounds(people(*panel), 2500)
    assert together == [bounds(people(person), 2500)[0] for person in panel]


@settings(max_examples=150, deadline=None)
@given(persons(), st.sampled_from(["unobserved", "partly", "blurred", "suspected", "twice"]), st.data())
def test_what_is_known_later_lies_within_what_is_known_now(
    person: dict[str, Any], way: str, data: st.DataObject
) -> None:
    on = person["last"] + data.draw(st.integers(0, 600))
    vague = dict(person)
    if way == "unobserved":
        vague |= {
            "observed": None,
            "relapses": data.draw(st.lists(st.sampled_from(person["relapses"] or [0]), max_size=0)),
        }
    elif way == "partly":
        since = data.draw(st.integers(-100, person["last"]))
        vague |= {"observed": since, "relapses": [day for day in person["relapses"] if day >= since]}
    elif way == "blurred":
        before, after = data.draw(st.integers(0, 200)), data.draw(st.integers(0, 200))
        vague["edss"] = [(day - before, day + after, score) for day, score in person["edss"]]
        vague["relapses"] = [(day - after, day + before) for day in person["relapses"]]
    elif way == "suspected":
        vague["suspected"] = person["relapses"]
        kept = (
            data.draw(st.lists(st.sampled_from(person["relapses"] or [0]), unique=True)) if person["relapses"] else []
        )
        person = {**person, "relapses": kept}
    else:
        extra = data.draw(st.sampled_from(person["edss"]))
        vague["edss"] = [*person["edss"], (extra[0], data.draw(GRID))]
    wide, narrow = bounds(people(vague), on)[0], bounds(people(person), on)[0]
    for name in WORSENING:
        assert wide[name][0] <= narrow[name][0] + 1e-12, (name, wide[name], narrow[name])
        assert wide[name][1] >= narrow[name][1] - 1e-12, (name, wide[name], narrow[name])
        assert narrow[name][0] <= narrow[name][1]


def test_rules_come_from_the_library() -> None:
    rules = Rules.of(load())
    assert rules.confirm == (84, 168)
    assert rules.worse_from(np.array([0.0, 1.0, 5.0, 5.5, 9.5])).tolist() == [1.5, 2.0, 6.0, 6.0, 10.0]
