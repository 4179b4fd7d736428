"""What a topic answers: bounds, possible values and truths of its variables, and the events they rest on."""

from __future__ import annotations

import numpy as np

from stepdown.criteria.layout import EITHER, NO, YES, layout
from stepdown.state.arrays import Bits, Flags, Floats, Index, months_since, today
from stepdown.state.calendar import Days
from stepdown.state.events import Events
from stepdown.state.sources import Group, Texts

Bounds = tuple[Floats, Floats]


class Answers:
    """The variables that a topic gives: arrays with one entry a person, in the order of `events.people`.

    Attributes:
        numbers: bounds by variable; an infinity is unbounded.
        sets: bits of what is still possible, by variable: categories, and truths as `YES`, `NO` and `EITHER`.
    """

    def __init__(self, events: Events) -> None:
        self.events, self.size = events, events.people.height
        self.numbers: dict[str, Bounds] = {}
        self.sets: dict[str, Bits] = {}
        self._days: dict[str, tuple[Days, Days, float]] = {}
        self._rests_on: dict[str, str] = {}
        self._groups: dict[str, Group] = {}

    def number(self, name: str, low: Floats, high: Floats, rests_on: str = "") -> None:
        """Add a number; an infinity is unbounded."""
        self.numbers[name] = low, high
        self._rests_on[name] = rests_on

    def at_most(self, name: str, where: Flags, bound: float) -> None:
        """Cut a number from above for the people of whom something else says so."""
        low, high = self.numbers[name]
        self.numbers[name] = low, np.where(where, np.minimum(high, bound), high)

    def since(self, name: str, latest: Days, earliest: Days, rests_on: str = "", months: float = 1.0) -> None:
        """Add the time since a day, in units of so many `months`; `BEFORE` and `AFTER` are unbounded."""
        self._days[name] = latest, earliest, months
        self._rests_on[name] = rests_on

    def category(self, name: str, bits: Bits, rests_on: str = "") -> None:
        """Add a category as the bits of what is still possible; none at all is an unknown."""
        found = layout(self.events.library)
        everything = found.everything[found.sets[name]]
        self.sets[name] = np.where(bits == 0, everything, bits & everything)
        self._rests_on[name] = rests_on

    def truth(self, name: str, yes: Flags, no: Flags, rests_on: str = "") -> None:
        """Add a truth: yes, no, or unknown where neither."""
        self.sets[name] = np.where(yes, YES, np.where(no, NO, EITHER))
        self._rests_on[name] = rests_on

    def source(self, group: str, people: Index, texts: Texts) -> None:
        """Say which events a group of variables rests on: the person of each, and where it stands."""
        if self.events.explain:
            if group not in self._groups:
                self._groups[group] = Group()
            self._groups[group].add(people, texts)

    def settle(self) -> Answers:
        """Count the months since all days at once."""
        if self._days:
            ends = [day for latest, earliest, _ in self._days.values() for day in (latest, earliest)]
            months = months_since(np.concatenate(ends), today(self.events)).reshape(len(self._days), 2, self.size)
            for (name, (_, _, unit)), (low, high) in zip(self._days.items(), months, strict=True):
                self.numbers[name] = low / unit, high / unit
            self._days = {}
        return self

    @property
    def groups(self) -> dict[str, Group]:
        """The group of events behind each variable that rests on any."""
        return {name: self._groups[group] for name, group in self._rests_on.items() if group in self._groups}
