"""One person of the reference: their events as they stand on the index date, and since when they were watched."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from stepdown.knowledge.library import Library
from tests.reference.days import AFTER, BEFORE, Day, anniversary, months_to, window_opens
from tests.reference.reading import Row


@dataclass(frozen=True)
class Event:
    """Something that happened: bounds on its day, whether it surely happened by now, and what the row says."""

    first: Day
    last: Day
    certain: bool
    says: Row

    def __getitem__(self, name: str) -> Any:
        return self.says.get(name)

    @property
    def suspected(self) -> bool:
        return bool(self["status"] == "suspected")

    @property
    def happened(self) -> bool:
        return self.certain and not self.suspected


@dataclass(frozen=True)
class Person:
    """One person on the index date."""

    on: date
    library: Library
    row: Row
    events: dict[str, list[Event]] = field(default_factory=dict)

    @property
    def today(self) -> int:
        return self.on.toordinal()

    def __getitem__(self, table: str) -> list[Event]:
        return self.events.get(table, [])

    def day(self, table_row: Row, name: str, unknown: Day) -> Day:
        """A day of a row as a number."""
        found = table_row.get(name)
        return unknown if found is None else found.toordinal()

    def born(self, unknown: Day) -> Day:
        return self.day(self.row, "birth", unknown)

    def number(self, name: str) -> float:
        return float(self.library.number(name))

    def months(self, day: Day) -> float:
        return months_to(day, self.on)

    def opens(self, months: float) -> int:
        return window_opens(self.on, round(months))

    def since(self, domain: str) -> int | None:
        """The first day of the stretch, up to today, in which what is not on record did not happen."""
        grace = self.library.domains[domain].grace_months
        spans = []
        for event in self["observed"]:
            if event["domain"] not in (domain, "all") or event["from_latest"] is None:
                continue
            goes_on = event["to"] is None and event["to_latest"] is None
            if event["to"] is None and not goes_on:
                continue
            end = min(self.on, self.on if goes_on else event["to"])
            if event["from_latest"] <= end:
                spans.append((event["from_latest"].toordinal(), min(self.on, anniversary(end, int(grace))).toordinal()))
        reached = self.today + 1
        while any(start < reached <= end + 1 for start, end in spans):
            reached = min(start for start, end in spans if start < reached <= end + 1)
        return reached if reached <= self.today else None

    def covers(self, domain: str, months: float) -> bool:
        """Whether a whole window was watched."""
        since = self.since(domain)
        return since is not None and since <= self.opens(months) + 1

    def onset(self, unknown: Day) -> Day:
        """The earliest day on which the disease may have begun."""
        return min((self.day(event.says, "onset", unknown) for event in self["course"]), default=unknown)

    def covers_life(self, domain: str) -> bool:
        """Whether they were watched since birth, or since the first symptom."""
        since, onset = self.since(domain), self.onset(AFTER)
        born = self.born(self.opens(12 * self.number("longest-life-years")))
        return since is not None and (since <= born or (onset < AFTER and since <= onset))


def person_of(row: Row, tables: dict[str, list[Row]], on: date, library: Library) -> Person:
    """The events of one person that may lie on or before the index date; what is told twice counts once."""
    events: dict[str, list[Event]] = {}
    for table, rows in tables.items():
        if table == "person":
            continue
        told: dict[tuple[Any, ...], Event] = {}
        for given in rows:
            if given["person_id"] != row["person_id"] or (given.get("on") is not None and given["on"] > on):
                continue
            latest, recorded = given.get("on_latest"), given.get("recorded")
            certain = latest is None or latest <= on or (recorded is not None and recorded <= on)
            last = min(latest or on, on)
            content = {name: value for name, value in given.items() if name not in ("source", "recorded", "on_latest")}
            key = (last, *sorted((name, str(value)) for name, value in content.items()))
            first = BEFORE if given.get("on") is None else given["on"].toordinal()
            if key not in told or (certain and not told[key].certain):
                told[key] = Event(first, last.toordinal(), certain, given)
        events[table] = list(told.values())
    return Person(on, library, row, events)
