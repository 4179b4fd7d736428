"""Observed spans: what they prove, where they break, and how the grace carries them on."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from stepdown.knowledge.library import load
from stepdown.record.record import join_records
from stepdown.state.coverage import NEVER
from stepdown.state.events import prepare
from tests.state.records import ON, record_of


def since(*spans: tuple[str, str | None, str | None], domain: str = "relapse") -> date | None:
    """`since` of a domain from spans (domain, from, to)."""
    rows = [
        ("observed", {"domain": name, "from": first, **({"to": last} if last else {})}) for name, first, last in spans
    ]
    found = prepare(record_of(*rows), ON, load(), explain=True).covered(domain)
    return _day(found.since[0])


def _day(number: int) -> date | None:
    return None if number == NEVER else date(1970, 1, 1) + timedelta(days=int(number))


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([("all", "2010-05-01", None)], date(2010, 5, 1)),
        ([("all", "2010", "2026-03-01")], date(2010, 12, 31)),
        ([("infection", "2010-05-01", None)], None),
        ([("all", "2010-05-01", "2025-09-01")], date(2010, 5, 1)),
        ([("all", "2010-05-01", "2025-08-28")], None),
        ([("all", "2010-05-01", "2025-09")], date(2010, 5, 1)),
        ([("all", "2010-05-01", "2015-01-01"), ("relapse", "2015-06-01", None)], date(2010, 5, 1)),
        ([("all", "2010-05-01", "2015-01-01"), ("relapse", "2015-08-01", None)], date(2015, 8, 1)),
        ([("all", "2012-01-01", "2025-12-01"), ("all", "2010-01-01", "2013-01-01")], date(2010, 1, 1)),
        ([("all", "2010-01-01", "2026-02-01"), ("all", "2012-01-01", "2013-01-01")], date(2010, 1, 1)),
        ([], None),
    ],
)
def test_since(spans: list[tuple[str, str | None, str | None]], expected: date | None) -> None:
    assert since(*spans) == expected


def test_mri_has_no_grace() -> None:
    assert since(("all", "2010-01-01", "2026-02-28"), domain="mri") is None
    assert since(("all", "2010-01-01", "2026-03-01"), domain="mri") == date(2010, 1, 1)


def test_spans_that_touch_are_one() -> None:
    first = ("all", "2010-01-01", "2015-01-01")
    assert since(first, ("mri", "2015-01-02", None), domain="mri") == date(2010, 1, 1)
    assert since(first, ("mri", "2015-01-03", None), domain="mri") == date(2015, 1, 3)


def test_grace_is_told_and_sources_are_those_of_the_run() -> None:
    spans = [
        ("observed", {"domain": "all", "from": "2000-01-01", "to": "2005-01-01"}),
        ("observed", {"domain": "all", "from": "2010-01-01", "to": "2025-12-01"}),
    ]
    events = prepare(record_of(*spans), ON, load(), explain=True)
    found = events.covered("relapse")
    assert found.grace.tolist() == [True]
    assert found.person.tolist() == [0]
    assert events.sources("observed")[found.row].tolist() == ["observed[1]"]


def test_people_do_not_share_spans() -> None:
    one = record_of(("observed", {"domain": "all", "from": "2010-01-01", "to": "2015-01-01"}), person="A")
    two = record_of(("observed", {"domain": "all", "from": "2015-01-02"}), person="B")
    found = prepare(join_records([one, two]), ON, load(), explain=False).covered("relapse")
    assert [_day(day) for day in found.since] == [None, date(2015, 1, 2)]
