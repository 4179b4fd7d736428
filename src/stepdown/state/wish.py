"""Wishes as truths: what matters to the person, as far as they were asked."""

from __future__ import annotations

import numpy as np

from stepdown.state.answers import Answers
from stepdown.state.arrays import BEFORE, days, flags, numbered, some, today
from stepdown.state.events import Events
from stepdown.state.latest import Values, latest

REFUSED = {"none": 0, "against": 0}
"""Strengths that say no; anything else, or none given, says yes."""


def derive(events: Events) -> Answers:
    """All variables of `variables/wish.yaml`, one row a person in the order of `events.people`.

    The last answer counts; where the order of two that differ is not sure, the wish is unknown. Never asked is
    unknown.
    """
    answers, library = Answers(events), events.library
    names = [name for name in library.documents["variables"] if name.startswith("wish_")]
    topics = [name.removeprefix("wish_").replace("_", "-") for name in names]
    table = events["wish"]
    which = numbered(table["topic"], {topic: index for index, topic in enumerate(topics)})
    rows = events.row_of("wish")
    wanted = (numbered(table["strength"], REFUSED) < 0).astype(np.float64)
    values = Values(
        rows * len(names) + which, days(table["on"], BEFORE), days(table["on_latest"], today(events)),
        flags(table["certain"]), wanted, wanted,
    ).where(which >= 0)  # fmt: skip
    last = latest(values, answers.size * len(names))
    shape = (answers.size, len(names))
    asked = some(values.group, values.certain, answers.size * len(names)).reshape(shape)
    low, high = last.low.reshape(shape), last.high.reshape(shape)
    for index, name in enumerate(names):
        if events.explain:
            mine = which == index
            answers.source(name, rows[mine], events.sources("wish")[mine])
        yes, no = asked[:, index] & (low[:, index] == 1), asked[:, index] & (high[:, index] == 0)
        answers.truth(name, yes, no, name)
    return answers
