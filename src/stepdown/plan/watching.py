"""What is watched after the decision, with its dates: the tests of the drugs, the calendar of visits and scans."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from stepdown.criteria.values import Interval
from stepdown.guideline.findings import Told, ground
from stepdown.knowledge.care import Care, Monitoring, Span
from stepdown.knowledge.plans import Watch
from stepdown.plan.calendar import (
    Length,
    Window,
    before,
    catch_up,
    day_of,
    leeway,
    length,
    series,
    shift,
    single,
    tidied,
)
from stepdown.plan.lines import care_key, iso, prose, who_does
from stepdown.plan.subject import Subject

_TABLES = {"mri": ("mri",), "clinic": ("disability",), "blood": ("lab",), "urine": ("lab",)}
"""Tables in which it shows that something was done, where a document names no variable."""


@dataclass(frozen=True)
class Rhythm:
    """When something is due on a clock that starts on a day."""

    at: tuple[Length, ...] = ()
    every: Length | None = None
    after: Length | None = None
    until: Length | None = None
    latest: Length | None = None


@dataclass(frozen=True)
class Watched:
    """A drug that is watched: its care, and how long it still matters.

    Attributes:
        drug, care: what is watched.
        goes_on: whether it is still given, so that the clock is the last time a test was done.
        started: the first dose, where it is known.
        ended: the last dose, where the drug has ended.
    """

    drug: str
    care: Care
    goes_on: bool
    started: date | None
    ended: date | None


def monitoring(subject: Subject) -> list[Told]:
    """Everything that is watched, by what it is; windows within the horizon of the calendar."""
    told = [*_visits_and_scans(subject)]
    for watched in _drugs(subject):
        told += _of_drug(subject, watched)
    return sorted(told, key=lambda one: (one["what"], one["id"]))


def _drugs(subject: Subject) -> Iterator[Watched]:
    days = subject.anchors
    if subject.leaving or subject.option.kind == "observe":
        yield Watched(subject.current.id, subject.care, False, None, days.last)
    else:
        yield Watched(subject.current.id, subject.care, True, _began(subject), None)
    if subject.switching:
        yield Watched(subject.target.id, subject.care_next, False, days.first, None)


def _began(subject: Subject) -> date | None:
    """The first dose of the present drug, where its day is known."""
    years = subject.person.values["time_on_therapy"]
    assert isinstance(years, Interval)
    return day_of(subject.on, years.low * 12) if years.low is not None and years.low == years.high else None


def _of_drug(subject: Subject, watched: Watched) -> Iterator[Told]:
    for entry in watched.care.monitoring:
        key = care_key(subject, watched.drug, watched.care, "monitoring", entry)
        if entry.if_ is not None and subject.holds(entry.if_, f"{key}.if").truth is False:
            continue
        found = _dated(subject, watched, entry)
        if found is not None and (found[1] is None or found[1] >= subject.on):
            windows, until = found
            yield _told(key, entry.what, entry.by, who_does(entry.what, entry.who), entry, windows, until,
                        entry.seen_in or _TABLES.get(entry.by, ()))  # fmt: skip


def _dated(subject: Subject, watched: Watched, entry: Monitoring) -> tuple[list[Window], date | None] | None:
    """The windows of an entry and its end; nothing where it does not speak of this time."""
    ended, gone = watched.ended, not watched.goes_on and watched.started is None and not _begins(subject, watched)
    rhythm = _rhythm(subject, entry.at, entry.every, entry.after, entry.until_after_last_dose or entry.until, None)
    if gone:  # the drug has ended, or its last course is over
        if entry.starts == "first-dose" and entry.until_after_last_dose is None:
            return _after_course(subject, watched, entry, rhythm)
        return _anchored(subject, ended, rhythm, entry.seen_in)
    if entry.starts == "last-dose":
        return None
    if not watched.goes_on:
        return _anchored(subject, watched.started, rhythm, ())
    if entry.until is not None or entry.at:
        end = watched.started and max(
            (shift(watched.started, one.greatest, one.unit) for one in (*rhythm.at, *filter(None, [rhythm.until]))),
            default=None,
        )
        return None if end is None or end < subject.on else _anchored(subject, watched.started, rhythm, entry.seen_in)
    return _going_on(subject, rhythm, entry.seen_in)


def _begins(subject: Subject, watched: Watched) -> bool:
    return subject.switching and watched.drug == subject.target.id and watched.ended is None


def _after_course(
    subject: Subject, watched: Watched, entry: Monitoring, rhythm: Rhythm
) -> tuple[list[Window], date | None] | None:
    """Tests that go with a course last while it acts; those of any other drug end with it."""
    acting = subject.current.acting_months
    if not subject.course or watched.ended is None or acting is None:
        return None
    until = shift(watched.ended, acting, "mo")
    if until < subject.on or entry.at:
        return None
    windows, _ = _going_on(subject, rhythm, entry.seen_in)
    return [window for window in windows if window.opens <= until], until


def _rhythm(
    subject: Subject,
    at: Sequence[Span | str],
    every: Span | str | None,
    after: Span | str | None,
    until: Span | str | None,
    latest: Span | str | None,
) -> Rhythm:
    library = subject.library

    def read(given: Span | str | None) -> Length | None:
        return None if given is None else length(given, library)

    return Rhythm(tuple(length(one, library) for one in at), read(every), read(after), read(until), read(latest))


def _anchored(
    subject: Subject, anchor: date | None, rhythm: Rhythm, seen_in: Sequence[str]
) -> tuple[list[Window], date | None]:
    """Windows on a clock that starts on a day; none where that day is not known. What was missed is due now."""
    if anchor is None:
        return [], None
    free = leeway(subject.library)
    until = None if rhythm.until is None else shift(anchor, rhythm.until.greatest, rhythm.until.unit)
    last = min(subject.horizon, until) if until is not None else subject.horizon
    start = anchor if rhythm.after is None else shift(anchor, rhythm.after.greatest, rhythm.after.unit)
    found = [single(anchor, one, free, rhythm.latest) for one in rhythm.at]
    if rhythm.every is not None:
        if rhythm.after is not None and start <= last:  # the first time is not before its day
            found.append(Window(start, start, single(anchor, rhythm.after, free).closes))
        found += series(start, rhythm.every, free, last)
    if until is not None:
        found = [Window(w.opens, w.due, min(w.closes, until)) for w in found if w.due <= until]
    windows = tidied(found, subject.on, subject.horizon)
    missed = [window for window in found if window.closes < subject.on]
    if missed and not (windows and windows[0].opens <= subject.on):
        done = [day for name in seen_in if (day := subject.last_done(name)) is not None]
        if not done or max(done) < max(window.opens for window in missed):
            windows = tidied([catch_up(subject.on, subject.library), *windows], subject.on, subject.horizon)
    return windows, until


def _going_on(subject: Subject, rhythm: Rhythm, seen_in: Sequence[str]) -> tuple[list[Window], date | None]:
    """Windows of what goes on with a drug, counted from the last time it was done; due now where that is unknown."""
    if rhythm.every is None:
        return [], None
    free, on = leeway(subject.library), subject.on
    done = [day for name in seen_in if (day := subject.last_done(name)) is not None]
    found = list(series(max(done), rhythm.every, free, subject.horizon)) if done else []
    if not done or found[0].closes < on:
        found = [catch_up(on, subject.library), *series(on, rhythm.every, free, subject.horizon)]
    return tidied(found, on, subject.horizon), None


def _visits_and_scans(subject: Subject) -> Iterator[Told]:
    for watch in subject.library.watches.values():
        if not subject.selects(watch):
            continue
        key = f"watches/{watch.id}"
        if watch.if_ is not None and subject.holds(watch.if_, f"{key}.if").truth is False:
            continue
        windows, until = _of_watch(subject, watch)
        if until is not None and until < subject.on:
            continue
        yield _told(key, watch.what, watch.by, watch.who, watch, windows, until, (*watch.seen_in, *watch.done_in))


def _of_watch(subject: Subject, watch: Watch) -> tuple[list[Window], date | None]:
    days = subject.anchors
    if watch.before_each_dose is not None:
        ahead = length(watch.before_each_dose, subject.library)
        return tidied((before(dose, ahead) for dose in planned_doses(subject)), subject.on, subject.horizon), None
    rhythm = _rhythm(subject, watch.at, watch.every, watch.after, watch.until, watch.latest)
    if watch.clock == "decision" and not (watch.at or watch.after or watch.until):
        return _going_on(subject, rhythm, watch.seen_in)
    anchor = {"decision": days.decided, "last-dose": days.last, "first-dose": days.first, "next-dose": days.next}
    return _anchored(subject, anchor[watch.clock], rhythm, watch.seen_in)


def planned_doses(subject: Subject) -> list[date]:
    """The doses of the present drug that the option plans within the horizon; none where the next is not known."""
    following, weeks = subject.anchors.next, _interval(subject)
    if following is None or weeks is None or not subject.giving:
        return []
    planned, day = [], max(following, subject.on)
    while day <= subject.horizon:
        planned.append(day)
        day = shift(day, weeks, "wk")
    return planned


def _interval(subject: Subject) -> float | None:
    """Weeks between the doses that are planned."""
    if subject.option.interval_weeks is not None:
        return subject.option.interval_weeks
    present = subject.person.values["present_interval_weeks"]
    assert isinstance(present, Interval)
    usual = [one.interval_weeks for one in subject.current.regimens if one.interval_weeks is not None]
    least = min(usual, default=None)
    if present.low is not None and present.low == present.high and least is not None:
        return max(present.low, least)
    return least


def _told(
    key: str, what: str, by: str, who: str, claim: Monitoring | Watch, windows: Sequence[Window], until: date | None,
    done_when: Sequence[str],
) -> Told:  # fmt: skip
    return {
        "id": key,
        "what": what,
        "by": by,
        "says": prose(key),
        "who": who,
        "windows": [
            {"from": one.opens.isoformat(), "due": one.due.isoformat(), "to": one.closes.isoformat()} for one in windows
        ],
        "until": iso(until),
        "done_when": list(done_when),
        "where": claim.where,
        **ground(claim),
    }
