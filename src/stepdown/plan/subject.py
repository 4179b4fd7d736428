"""The person and the option that a plan is made for, with the days that everything is counted from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from stepdown.criteria.explain import Explanation, explain
from stepdown.criteria.tree import Node, parse
from stepdown.criteria.values import Interval, Possible, Truth
from stepdown.decision.options import Option
from stepdown.guideline.findings import Person
from stepdown.knowledge.care import Care
from stepdown.knowledge.grounds import Criterion
from stepdown.knowledge.library import Library
from stepdown.knowledge.plans import Selected
from stepdown.knowledge.schema import Therapy
from stepdown.plan.calendar import day_of, leeway, length, shift
from stepdown.state.arrays import AFTER, BEFORE
from stepdown.state.state import State
from stepdown.state.treatment_courses import last_course_ever
from stepdown.state.treatment_dosing import dosing

_EPOCH = date(1970, 1, 1)
GIVING = ("continue", "extend-interval", "reduce-dose")
SWITCHING = ("switch-lower", "switch-lateral")


@dataclass(frozen=True)
class Anchors:
    """The days that a plan counts from; None where a day is not known.

    Attributes:
        decided: the day of the decision.
        last: the last dose of the present drug; of one taken at home and left, the day of the decision.
        planned: whether that last dose is still to come.
        next: the next dose of the present drug, as the option has it; of a drug that is left, the one that falls out.
        first: the first dose of the next drug, and `latest` the day beyond which it is late.
    """

    decided: date
    last: date | None
    planned: bool
    next: date | None
    first: date | None
    latest: date | None


@dataclass(frozen=True)
class Subject:
    """One person and one option.

    `began` is the first dose of the next drug, where it has been given by now, and `ended` the last dose of the drug
    that was left, where the plan is made for a change that is over.
    """

    option: Option
    person: Person
    state: State
    row: int
    current: Therapy
    began: date | None = None
    ended: date | None = None

    @property
    def library(self) -> Library:
        """The documents."""
        return self.person.library

    @property
    def on(self) -> date:
        """The day of the decision."""
        return self.state.on

    @property
    def target(self) -> Therapy:
        """The drug that is taken, observed or stopped by the option."""
        return self.library.therapies[self.option.therapy]

    @property
    def switching(self) -> bool:
        """Whether another drug begins."""
        return self.option.kind in SWITCHING

    @property
    def leaving(self) -> bool:
        """Whether the present drug ends."""
        return self.switching or self.option.kind == "discontinue"

    @property
    def giving(self) -> bool:
        """Whether the present drug is given again."""
        return self.option.kind in GIVING

    @property
    def course(self) -> bool:
        """Whether the present drug is given in courses."""
        return self.current.course_therapy or self.library.classes[self.current.class_].course_therapy

    @property
    def at_home(self) -> bool:
        """Whether the present drug is taken at home, on most days."""
        return all(regimen.setting == "home" for regimen in self.current.regimens)

    @property
    def restarting(self) -> bool:
        """Whether giving the present drug again asks for the checks of a first dose."""
        return self.giving and (self.course or self.truth_of("lapsed") is True)

    @cached_property
    def care(self) -> Care:
        """What goes with the present drug."""
        return self.library.care(self.current.id)

    @cached_property
    def care_next(self) -> Care:
        """What goes with the drug of the option."""
        return self.library.care(self.target.id)

    @cached_property
    def horizon(self) -> date:
        """The last day of the calendar."""
        return shift(self.on, self.library.number("plan-horizon-months"), "mo")

    def truth_of(self, variable: str) -> Truth:
        """A truth of the person."""
        found = self.person.values[variable]
        assert found is None or isinstance(found, bool)
        return found

    def possible(self, variable: str) -> frozenset[str]:
        """What is possible of a category of the person."""
        found = self.person.values[variable]
        assert isinstance(found, Possible)
        return found.possible

    def holds(self, criterion: Criterion, key: str) -> Explanation:
        """A criterion of a plan or care document, evaluated on the person; read once for the library."""
        nodes: dict[str, Node] = self.library.cache.setdefault("plan.criteria", {})
        if key not in nodes:
            nodes[key] = parse(criterion, self.library, key)
        return explain(nodes[key], self.person.values)

    def sources(self, *variables: str) -> list[str]:
        """The events behind variables and behind their last values, each once."""
        named = [name for one in variables for name in (one, f"{one}_last") if name in self.person.sources]
        return sorted({source for name in named for source in self.person.sources[name]})

    def selects(self, document: Selected) -> bool:
        """Whether a document of a plan speaks of this option."""
        pairs = (
            (document.kinds, self.option.kind),
            (document.from_class, self.current.class_),
            (document.from_therapy, self.current.id),
            (document.to_class, self.target.class_),
            (document.to_therapy, self.target.id),
        )
        return self.current.class_ not in document.not_from_class and all(
            not wanted or value in wanted for wanted, value in pairs
        )

    def last_done(self, variable: str) -> date | None:
        """The day of the last value behind a variable that has one; the earlier where it is not exactly known."""
        for name in (f"{variable}_last_months", variable):
            age = self.person.values.get(name)
            dated = name != variable or variable.startswith("months_since_")
            if dated and isinstance(age, Interval) and age.high is not None:
                return day_of(self.on, age.high)
        return None

    @cached_property
    def anchors(self) -> Anchors:
        """The days that everything is counted from."""
        last, planned = self._last()
        following = self._next(last)
        first, latest = self._first(last, following)
        return Anchors(self.on, last, planned, following, first, latest)

    def _last(self) -> tuple[date | None, bool]:
        if self.ended is not None and self.leaving:
            return self.ended, False
        if self.course:
            high, low = last_course_ever(self.state.events)
            return _day(low[self.row], high[self.row]), False
        if self.at_home:
            return self.on, True
        low, high = dosing(self.state.events).last
        return _day(low[self.row], high[self.row]), False

    def _next(self, last: date | None) -> date | None:
        if self.at_home or self.course:
            return None
        if self.option.kind == "extend-interval" and self.option.interval_weeks is not None:
            return None if last is None else shift(last, self.option.interval_weeks, "wk")
        low, high = (bound[self.row] for bound in dosing(self.state.events).next_weeks)
        if not high - low <= self._room:
            return None
        # doses are seldom given to the day: the earliest counts, so that nothing is planned too late before it
        return self.on + timedelta(days=round((max(low, 0.0) if high >= 0 else low) * 7))

    @property
    def _room(self) -> float:
        """Weeks within which two answers for the next dose are one: the leeway of an interval."""
        weeks = self.person.values["present_interval_weeks"]
        assert isinstance(weeks, Interval)
        return 0.0 if weeks.low is None else leeway(self.library).days(weeks.low, "wk") / timedelta(weeks=1)

    def _first(self, last: date | None, following: date | None) -> tuple[date | None, date | None]:
        """The first dose of the next drug: by the gap that leaving allows, else that of arriving, else in the place of
        the dose that falls out."""
        if self.switching and self.began is not None:
            return self.began, None
        if not self.switching or last is None:
            return None, None
        # what was measured goes before the leaflet of one place; both are told
        aims = sorted((gap for gap in self.care.gap if gap.aim is not None), key=lambda gap: gap.where is not None)
        if aims:
            aim = length(aims[0].aim, self.library)  # type: ignore[arg-type]
            most = None if aims[0].most is None else length(aims[0].most, self.library)
            latest = None if most is None else shift(last, most.greatest, most.unit)
            return max(shift(last, aim.least, aim.unit), self.on), latest
        waits = [length(entry.gap, self.library) for entry in self.arriving if entry.gap is not None]
        if waits:
            return max(self.on, *(shift(last, wait.least, wait.unit) for wait in waits)), None
        return max(self.on, following or self.on), None

    @cached_property
    def arriving(self) -> tuple[Any, ...]:
        """What coming from the present drug means for the next one; the entries for any drug where none names it."""
        found = [
            entry
            for entry in self.care_next.arriving
            if self.current.id in entry.from_therapy or self.current.class_ in entry.from_class
        ]
        return tuple(found or [e for e in self.care_next.arriving if not e.from_therapy and not e.from_class])


def _day(low: int, high: int) -> date | None:
    """A day that is exactly known."""
    return None if low != high or not BEFORE < low < AFTER else _EPOCH + timedelta(days=int(low))
