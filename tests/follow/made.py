"""Made-up people for the follow-up: charts as plain data, read like those of a clinic."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import orjson

import stepdown
from stepdown.follow.changes import History, histories
from stepdown.follow.follow import follow
from stepdown.follow.panel import Panel
from stepdown.follow.stored import Stored
from stepdown.knowledge.library import load
from stepdown.record.chart import chart_record, parse_chart
from stepdown.record.record import Record, join_records
from stepdown.state.derive import derive

LIBRARY = load()
ON = date(2026, 3, 1)
EXAMPLES = Path(stepdown.__file__).parent / "examples"
LATER = sorted(EXAMPLES.glob("*/follow-up.yaml"))
Told = dict[str, Any]

QUIET: Told = {
    "person": {"id": "P1", "born": "1962-05-02", "sex": "female"},
    "ms": {"course": "rrms", "onset": "2004"},
    "observed": {"from": "2004-01", "to": "2026-02-20"},
    "relapses": ["2004", {"date": "2012-03", "recovered": "fully"}],
    "mri": [{"date": "2024-11-10", "compared_on": "2023-11-10", "new_t2": 0}],
    "edss": [{"date": "2025-01-10", "score": 3}],
}
"""Somebody whose disease is quiet; what is taken is added by each test."""
STOPPED: Told = {"treatments": [{"therapy": "Rebif", "from": "2006", "to": "2025-03-10"}]}
"""A drug of low risk stopped a year before the index date."""


def record(*charts: Told) -> Record:
    """The records of some charts as one."""
    read = [chart_record(parse_chart(orjson.dumps(one), "chart.json"), "chart.json", LIBRARY) for one in charts]
    return join_records(read)


def person(**facts: Any) -> Told:
    """`QUIET` with other facts; a list is added to what is there."""
    chart = dict(QUIET)
    for name, value in facts.items():
        chart[name] = [*chart[name], *value] if isinstance(chart.get(name), list) else value
    return chart


def history(on: date = ON, **facts: Any) -> History:
    """What the treatment history of a person says."""
    return histories(derive(record(person(**facts)), on, LIBRARY))[0]


def followed(*charts: Told, on: date = ON, plans: Stored | None = None) -> Told:
    """The follow-up of some charts."""
    return follow(Panel(record(*charts), {}), on, LIBRARY, plans)


def one(*, on: date = ON, plans: Stored | None = None, **facts: Any) -> Told:
    """The follow-up of one person who is listed."""
    (told,) = followed(person(**facts), on=on, plans=plans)["people"]
    return dict(told)


def bare(found: Any, drop: tuple[str, ...] = ("from", "sources", "source", "last", "file")) -> Any:
    """A follow-up without where its facts came from."""
    if isinstance(found, dict):
        return {key: bare(value, drop) for key, value in found.items() if key not in drop}
    if isinstance(found, list):
        return [bare(value, drop) for value in found]
    return found
