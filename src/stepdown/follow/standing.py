"""Where one person stands on a day: the state with its sources, and what it says of the criteria."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from stepdown.criteria.explain import Explanation, explain
from stepdown.criteria.tree import parse
from stepdown.criteria.values import Value
from stepdown.follow.seen import Sight
from stepdown.guideline.compiled import compiled
from stepdown.guideline.findings import Person
from stepdown.guideline.verdicts import hold
from stepdown.knowledge.grounds import Criterion
from stepdown.knowledge.library import Library
from stepdown.record.record import Record
from stepdown.state.derive import derive
from stepdown.state.state import State, sources_of, values_of


@dataclass(frozen=True)
class Standing:
    """One person on one day.

    Attributes:
        state: of this person alone.
        person: values, sources and verdicts.
        sight: the events as they stand on that day.
    """

    state: State
    person: Person
    sight: Sight

    @property
    def on(self) -> date:
        """The day."""
        return self.state.on

    def value(self, name: str) -> Value:
        """The value of a variable."""
        return self.person.values[name]

    def holds(self, criterion: Criterion, key: str) -> Explanation:
        """A criterion of a document, evaluated on the person."""
        nodes = self.person.library.cache.setdefault("follow.criteria", {})
        if key not in nodes:
            nodes[key] = parse(criterion, self.person.library, key)
        return explain(nodes[key], self.person.values)

    def origin(self, explanation: Explanation) -> list[str]:
        """The events behind what decided."""
        return self.person.origin(explanation)


def stand(record: Record, on: date, library: Library) -> Standing:
    """Where the one person of a record stands on a day."""
    state = derive(record, on, library, explain=True)
    verdicts = hold(state, compiled(library)).codes[0]
    person = Person(values_of(state, 0, library), sources_of(state, 0, library), verdicts, compiled(library), library)
    return Standing(state, person, Sight(state, 0, library))
