"""What of a plan is due or overdue: windows held against what the record shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from stepdown.follow.plans import Watch, Window
from stepdown.follow.seen import Seen, Sight

Status = Literal["overdue", "due", "unclear", "ask"]


@dataclass(frozen=True)
class Waiting:
    """Something that has to be done.

    Attributes:
        watch: what it is.
        status: `overdue` (a window has passed and nothing counts as done), `due` (a window is open), `unclear` (what
            was done may lie before the window, or is done in part), `ask` (the record has no place that would show it).
        since: overdue since the end of this window, else open since its first day.
        window: the first window that was missed or is open.
        missed: how many windows have passed.
        last: the last time it was done, whenever that was.
        missing: variables that were not done beside others that were.
    """

    watch: Watch
    status: Status
    since: date
    window: Window
    missed: int
    last: Seen | None
    missing: tuple[str, ...] = ()


def waiting(watch: Watch, sight: Sight) -> Waiting | None:
    """What is to be done of a watch on the index date, if anything is.

    A window is done by an event on or after its first day, so what was done late counts, and closes the windows
    before it; what was done before its first day does not, but is told as the last time.
    """
    on = sight.on
    if watch.by == "question" or not any(sight.knows(name) for name in watch.done_when):
        now = [window for window in watch.windows if window.first <= on <= window.to]
        return _told(watch, "ask", now[-1:], on, None) if now else None
    opened = [window for window in watch.windows if window.first <= on]
    if not opened:
        return None
    asked = [name for name in watch.done_when if sight.knows(name)]
    events = {name: sight.seen(name) for name in asked}
    everything = sorted({one for found in events.values() for one in found}, key=lambda one: one.last)
    last = everything[-1] if everything else None
    sure = [window for window in opened if not any(_surely(one, window) for one in everything)]
    if not sure:
        missing = _missing(events, opened[-1], sight)
        return _told(watch, "unclear", opened[-1:], on, last, missing) if missing else None
    if any(_perhaps(one, sure[0]) for one in everything):
        return _told(watch, "unclear", sure, on, last)
    return _told(watch, "overdue" if sure[0].to < on else "due", sure, on, last)


def upcoming(watches: tuple[Watch, ...], on: date) -> tuple[Watch, Window] | None:
    """The window that opens next, of all that have not opened."""
    ahead = [(window.first, watch.id, watch, window) for watch in watches for window in watch.windows]
    ahead = sorted((one for one in ahead if one[0] > on), key=lambda one: one[:2])
    return (ahead[0][2], ahead[0][3]) if ahead else None


def _told(
    watch: Watch, status: Status, windows: list[Window], on: date, last: Seen | None, missing: tuple[str, ...] = ()
) -> Waiting:
    first = windows[0]
    missed = sum(window.to < on for window in windows)
    since = first.to if status == "overdue" else first.first
    return Waiting(watch, status, since, first, missed, last, missing)


def _surely(one: Seen, window: Window) -> bool:
    return one.first is not None and one.first >= window.first


def _perhaps(one: Seen, window: Window) -> bool:
    return one.last >= window.first


def _missing(events: dict[str, tuple[Seen, ...]], window: Window, sight: Sight) -> tuple[str, ...]:
    """Laboratory tests of the entry that were not done while another one was."""
    lab = [name for name in events if name in sight.library.variables and _is_test(name, sight)]
    done = [name for name in lab if any(_perhaps(one, window) for one in events[name])]
    return tuple(name for name in lab if name not in done) if done else ()


def _is_test(name: str, sight: Sight) -> bool:
    """Whether a variable is a test of its own, and not worked out from one."""
    variable = sight.library.variables[name]
    return "lab" in variable.tables and variable.freshness is not None
