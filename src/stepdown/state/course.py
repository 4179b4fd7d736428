"""Course of the disease, and how long it has lasted."""

from __future__ import annotations

import numpy as np

from stepdown.state.answers import Answers
from stepdown.state.arrays import AFTER, BEFORE, days, least, most, together
from stepdown.state.events import Events
from stepdown.state.spans import explain_with, months_up_to, rows_of
from stepdown.state.words import matches, missing, translate


def derive(events: Events) -> Answers:
    """One row a person: course, disease_duration, years_since_diagnosis."""
    answers, frame, rows = Answers(events), events["course"], rows_of(events, "course")
    values = events.library.values("course")
    bits = translate(frame["course"], {value: 1 << place for place, value in enumerate(values)})
    named = ~missing(frame["course"])
    # the last course stands: a row counts unless another one surely came later
    last_from = most(rows.person[rows.happened & named], rows.first[rows.happened & named], rows.size, BEFORE)
    stands = named & (rows.last >= last_from[rows.person])
    certain = rows.any(rows.happened & stands)
    answers.category(
        "course",
        np.where(certain, together(rows.person[stands], bits[stands], rows.size), 0).astype(np.uint64),
        "course",
    )
    onset, onset_latest = days(frame["onset"], BEFORE), days(frame["onset_latest"], AFTER)
    told = rows.happened
    diagnosed = told & (rows.first > BEFORE)
    diagnosed_from = least(rows.person[diagnosed], rows.first[diagnosed], rows.size, AFTER)
    # a course that follows another one was not the first diagnosis where another one has no day
    later = matches(frame["course"], ("spms",))
    only_later = rows.any(told & ~diagnosed & ~later) & ~rows.any(diagnosed & ~later)
    diagnosed_from[only_later] = AFTER
    diagnosed_by = least(rows.person[told], rows.last[told], rows.size, AFTER)
    began = told & (onset > BEFORE)
    onset_from = least(rows.person[began], onset[began], rows.size, AFTER)
    onset_by = np.minimum(least(rows.person[told], onset_latest[told], rows.size, AFTER), diagnosed_by)
    for name, earliest, latest in (
        ("disease_duration", onset_from, onset_by),
        ("years_since_diagnosis", diagnosed_from, diagnosed_by),
    ):
        low = np.where(latest == AFTER, 0.0, months_up_to(np.where(latest == AFTER, 0, latest), events) / 12.0)
        high = np.where(
            earliest == AFTER, np.inf, months_up_to(np.where(earliest == AFTER, 0, earliest), events) / 12.0
        )
        answers.number(name, low, np.maximum(high, low), "course")
    if events.explain:
        answers.source("course", *explain_with(events, rows))
    return answers
