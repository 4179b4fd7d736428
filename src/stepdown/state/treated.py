"""Since when the current drug and its class have been taken, for the topics that count from there."""

from __future__ import annotations

from dataclasses import dataclass

from stepdown.state.arrays import AFTER, BEFORE, Flags, days
from stepdown.state.calendar import Days
from stepdown.state.events import Events
from stepdown.state.treatment_current import current
from stepdown.state.words import matches


@dataclass(frozen=True)
class Started:
    """Bounds on the days on which the current drug and its class were started, one entry a person.

    Attributes:
        earliest, class_earliest: `BEFORE` where unknown.
        latest, class_latest: `AFTER` where unknown or where there is no current drug.
        course: whether the current drug is a course therapy.
    """

    earliest: Days
    latest: Days
    class_earliest: Days
    class_latest: Days
    course: Flags


def started(events: Events) -> Started:
    """When the current drug was started; worked out once."""
    if "treated.started" not in events.cache:
        found = current(events)
        courses = [name for name, drug in events.library.therapies.items() if drug.course_therapy]
        events.cache["treated.started"] = Started(
            days(found["start"], BEFORE),
            days(found["start_latest"], AFTER),
            days(found["class_start"], BEFORE),
            days(found["class_start_latest"], AFTER),
            matches(found["therapy"], courses),
        )
    result: Started = events.cache["treated.started"]
    return result
