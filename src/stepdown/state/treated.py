"""Since when the current drug and its class have been taken, for the topics that count from there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stepdown.criteria.values import encode
from stepdown.state.arrays import AFTER, BEFORE, Flags
from stepdown.state.calendar import Days
from stepdown.state.events import Events
from stepdown.state.treatment_current import standing


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
        found, library = standing(events), events.library
        courses = {name for name, drug in library.therapies.items() if drug.course_therapy}
        given_in_courses = np.uint64(encode(courses, library.values("therapy")))
        alone = (found.therapies & (found.therapies - np.uint64(1))) == 0
        events.cache["treated.started"] = Started(
            _bound(found.since_low, BEFORE),
            _bound(found.since_high, AFTER),
            _bound(found.class_low, BEFORE),
            _bound(found.class_high, AFTER),
            alone & ((found.therapies & given_in_courses) != 0),
        )
    result: Started = events.cache["treated.started"]
    return result


def _bound(day: Days, unknown: int) -> Days:
    """A bound on a day, `unknown` where there is none."""
    return np.where((day > BEFORE) & (day < AFTER), day, unknown)
