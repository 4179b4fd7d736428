"""Age, sex, and whether the person may become pregnant."""

from __future__ import annotations

import numpy as np

from stepdown.state.answers import Answers
from stepdown.state.arrays import AFTER, BEFORE, Flags, Floats, days
from stepdown.state.events import Events
from stepdown.state.spans import months_up_to
from stepdown.state.words import matches, translate


def derive(events: Events) -> Answers:
    """One row a person: age, sex, may_become_pregnant."""
    answers, people = Answers(events), events.people
    answers.number("age", *age_of(events), "person")
    values = events.library.values("sex")
    bits = {value: 1 << place for place, value in enumerate(values)}
    answers.category("sex", translate(people["sex"], bits), "person")
    answers.truth("may_become_pregnant", np.zeros(people.height, np.bool_), beyond_pregnancy(events), "person")
    if events.explain:
        answers.source("person", np.arange(people.height), events.sources("person"))
    return answers


def age_of(events: Events) -> tuple[Floats, Floats]:
    """Age in years by birthdays, as bounds; infinite where the birth is not known."""
    earliest, latest = days(events.people["birth"], BEFORE), days(events.people["birth_latest"], AFTER)
    low = np.where(latest == AFTER, 0.0, months_up_to(np.where(latest == AFTER, 0, latest), events) / 12.0)
    high = np.where(earliest == BEFORE, np.inf, months_up_to(np.where(earliest == BEFORE, 0, earliest), events) / 12.0)
    return low, high


def beyond_pregnancy(events: Events) -> Flags:
    """People of male sex, and people too old to become pregnant."""
    male = matches(events.people["sex"], ("male",))
    old: Flags = age_of(events)[0] >= events.library.number("pregnancy-age-latest")
    return male | old
