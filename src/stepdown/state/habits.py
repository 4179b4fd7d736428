"""What was last said of a habit: smoking, weight, contraception."""

from __future__ import annotations

import numpy as np

from stepdown.state.arrays import BEFORE, Flags, floats, most
from stepdown.state.events import Events
from stepdown.state.spans import rows_of
from stepdown.state.words import matches

_YES = ("yes", "current", "true")
_NO = ("no", "never", "former", "false")


def last_said(events: Events, topic: str, at_least: float | None = None) -> tuple[Flags, Flags]:
    """Whether the last entries on a topic all say yes, and whether they all say no.

    Args:
        events: the events; table `lifestyle`.
        topic: the habit.
        at_least: the value from which a number says yes; by default words decide.
    """
    size, frame = events.people.height, events["lifestyle"]
    if frame.is_empty():
        return np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    rows = rows_of(events, "lifestyle")
    about = matches(frame["topic"], (topic,))
    sure = about & rows.happened
    last_from = most(rows.person[sure], rows.first[sure], size, BEFORE)
    stands = about & (rows.last >= last_from[rows.person])
    if at_least is None:
        says_yes, says_no = (matches(frame["value_code"], words) for words in (_YES, _NO))
    else:
        value = floats(frame["value"])
        says_yes, says_no = value >= at_least, value < at_least
    told = rows.any(sure)
    return told & ~rows.any(stands & ~says_yes), told & ~rows.any(stands & ~says_no)
