"""What the record of one person shows, and when: the events behind a table or a variable."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import polars as pl

from stepdown.knowledge.library import Library
from stepdown.record.tables import TABLES
from stepdown.state.state import State

NO_EVENT = frozenset({"observed", "person", "treatment", "dose", "appointment"})
"""Tables that say what is given, or how long somebody was observed, and not what was found."""


@dataclass(frozen=True, order=True)
class Seen:
    """One event: its earliest day (None where it has none), its latest, and where it stands."""

    last: date
    first: date | None
    source: str


class Sight:
    """The events of one person as they stand on the index date; made once and asked often."""

    def __init__(self, state: State, row: int, library: Library) -> None:
        self.state, self.row, self.library = state, row, library
        self.person = str(state.people[row])
        self._tables: dict[str, pl.DataFrame] = {}
        self._seen: dict[str, tuple[Seen, ...]] = {}
        self._places: dict[str, list[Seen]] | None = None

    @property
    def on(self) -> date:
        """The index date."""
        return self.state.on

    def table(self, name: str) -> pl.DataFrame:
        """The rows of the person in a table."""
        if name not in self._tables:
            self._tables[name] = self.state.events[name].filter(pl.col("person_id") == self.person)
        return self._tables[name]

    def seen(self, name: str) -> tuple[Seen, ...]:
        """The events behind a variable, or of a table, by their last day."""
        if name not in self._seen:
            found = self._of_table(name) if name in TABLES else self._of_variable(name)
            self._seen[name] = tuple(sorted(found, key=lambda one: (one.last, one.first or date.min, one.source)))
        return self._seen[name]

    def knows(self, name: str) -> bool:
        """Whether the record has a place for what is asked."""
        return name in TABLES or name in self.library.variables

    def dated(self, sources: Iterable[str]) -> tuple[Seen, ...]:
        """The events that stand at some places of the record, whatever their table."""
        if self._places is None:
            self._places = {}
            for one in (one for name in TABLES if name not in NO_EVENT for one in self._of_table(name)):
                self._places.setdefault(one.source, []).append(one)
        found = {one for source in sources for one in self._places.get(source, ())}
        return tuple(sorted(found, key=lambda one: (one.last, one.first or date.min, one.source)))

    def _of_table(self, name: str) -> list[Seen]:
        if name in ("person", "appointment"):
            return []
        frame = self.table(name)
        if name == "mri":
            # a scan of the spinal cord alone is not the scan of the brain that is waited for
            frame = frame.filter((pl.col("region") != "cord").fill_null(True))
        if "certain" not in frame.columns:
            frame = frame.filter((pl.col("on") <= self.on).fill_null(True))
        rows = frame.select("on", "on_latest", "source").iter_rows()
        return [Seen(min(last or self.on, self.on), first, source or "") for first, last, source in rows]

    def _of_variable(self, name: str) -> list[Seen]:
        plain = name.removesuffix("_months").removesuffix("_last") if name.endswith(("_last", "_last_months")) else name
        if plain not in self.library.variables:
            return []
        tables = [table for table in self.library.variables[plain].tables if table in TABLES]
        sources = set(self.state.sources.of(plain, self.row)) if self.state.sources is not None else set()
        found = [
            one
            for table in dict.fromkeys(tables)
            if table not in NO_EVENT or tables == [table]
            for one in self._of_table(table)
            if one.source in sources
        ]
        stated = self.table("known").filter(pl.col("variable") == plain)
        for first, last, source in stated.select("on", "on_latest", "source").iter_rows():
            if first is None or first <= self.on:
                found.append(Seen(min(last or self.on, self.on), first or self.on, source or ""))
        return found
