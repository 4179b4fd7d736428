"""What one person is on, and since when: rules 1 and 5 to 9 and 16 of docs/treatment.md, treatment by treatment.

Only treatments that the record states, with a drug that it names: no doses, and no class for a drug.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from math import inf
from typing import Any

from tests.reference.days import AFTER, BEFORE, Day
from tests.reference.events import Event, Person


@dataclass(frozen=True)
class Course:
    """A treatment: bounds on its start and end; an end that never comes where it goes on."""

    drug: str
    start: tuple[Day, Day]
    end: tuple[Day, Day]
    certain: bool
    stays: bool
    """Given in courses: it stays the current one until another is started."""


def treatment(person: Person) -> dict[str, Any]:
    """The variables of the current treatment."""
    library, now = person.library, person.today
    courses = [_course(person, one) for one in person["treatment"] if one["therapy"] in library.therapies]
    possible = [one for one in courses if _possible(one, courses, now)]
    known = any(_proves(one, courses, now) for one in courses)
    covered = person.since("treatment") is not None
    found: dict[str, Any] = {}
    for name, each in (("therapy", _drug), ("therapy_class", _class(person)), ("efficacy", _efficacy(person))):
        values = {each(one.drug) for one in possible}
        everything = set(library.values(name))
        found[name] = frozenset(values if known else values | {"none"} if covered else everything)
    surely = {one.drug for one in courses if _sure(one, courses, now)}
    most = float(len({one.drug for one in possible})) if known or covered else inf
    found["current_therapies"] = max(float(len(surely)), float(known)), most
    for name, each in (("time_on_therapy", _drug), ("time_on_class", _class(person))):
        if not known:
            found[name] = -inf, inf
            continue
        since = [_since(one, courses, each, person) for one in possible]
        latest, earliest = max(min(high, now) for _, high in since), min(low for low, _ in since)
        found[name] = person.months(latest) / 12, person.months(earliest) / 12
    return found | {"treatment_duration": _duration(person, courses)}


def _drug(name: str) -> str:
    return name


def _class(person: Person) -> Callable[[str], str]:
    return lambda name: person.library.therapies[name].class_


def _efficacy(person: Person) -> Callable[[str], str]:
    return lambda name: person.library.classes[person.library.therapies[name].class_].efficacy


def _course(person: Person, event: Event) -> Course:
    library, now = person.library, person.today
    end_low, end_high = person.day(event.says, "ended", BEFORE), person.day(event.says, "ended_latest", AFTER)
    if (end_low, end_high) == (BEFORE, AFTER) and event["status"] != "resolved":
        end_low = AFTER
    elif end_high == AFTER:
        end_high = max(end_low, now)
    latest = min(event.last, end_high)
    earliest = min(event.first, latest)
    drug = library.therapies[event["therapy"]]
    stays = drug.course_therapy or library.classes[drug.class_].course_therapy
    return Course(
        drug.id, (earliest, latest), (min(max(end_low, event.first), end_high), end_high), event.certain, stays
    )


def _others(one: Course, courses: list[Course]) -> list[Course]:
    return [other for other in courses if other is not one]


def _surely_after(one: Course, other: Course) -> bool:
    return other.certain and other.start[0] > one.start[1]


def _perhaps_after(one: Course, other: Course) -> bool:
    return other.start[1] > one.start[0]


def _possible(one: Course, courses: list[Course], now: int) -> bool:
    """It may go on, and nothing that goes on itself was surely started after it."""
    replaced = any(
        _surely_after(one, other) and (other.end[0] > now or other.stays or one.stays)
        for other in _others(one, courses)
    )
    return (one.end[1] > now or one.stays) and not replaced


def _goes_on(one: Course, now: int) -> bool:
    return one.certain and (one.end[0] > now or one.stays)


def _sure(one: Course, courses: list[Course], now: int) -> bool:
    """It goes on, and nothing can have been started after it."""
    return _goes_on(one, now) and not any(_perhaps_after(one, other) for other in _others(one, courses))


def _proves(one: Course, courses: list[Course], now: int) -> bool:
    """It goes on, or what came after it does."""
    undone = any(
        _perhaps_after(one, other) and other.end[0] <= now and not other.stays for other in _others(one, courses)
    )
    return _goes_on(one, now) and not undone


def _ends(one: Course, courses: list[Course], key: Callable[[str], Hashable], now: int) -> tuple[Day, Day]:
    """When it ended: as stated, or when something else was started."""
    low, high = (AFTER, AFTER) if one.stays else one.end
    different = [other for other in _others(one, courses) if key(other.drug) != key(one.drug)]
    earliest = min((max(o.start[0], one.start[0]) for o in different if _perhaps_after(one, o)), default=AFTER)
    latest = min((o.start[1] for o in different if _surely_after(one, o)), default=AFTER)
    return (low if high <= now else min(low, earliest)), (min(high, latest) if low > now else high)


def _since(one: Course, courses: list[Course], key: Callable[[str], Hashable], person: Person) -> tuple[Day, Day]:
    """Since when it was taken without a break that surely, or possibly, was longer than a month."""
    months = person.number("treatment-break-months")
    same = [other for other in courses if key(other.drug) == key(one.drug)]
    ends = [_ends(other, courses, key, person.today) for other in same]
    here = next(place for place, other in enumerate(same) if other is one)
    longest = [(other.start[0], high + int(months * 31)) for other, (_, high) in zip(same, ends, strict=True)]
    low = _first_of_run(longest, longest[here])
    shortest = [
        (other.start[1], end + int(months * 28)) for other, (end, _) in zip(same, ends, strict=True)
        if other.certain and other.start[1] <= end + int(months * 28)
    ]  # fmt: skip
    mine = (one.start[1], ends[here][0] + int(months * 28))
    high = _first_of_run(shortest, mine) if one.certain and mine[0] <= mine[1] else one.start[1]
    return low, max(low, high)


def _first_of_run(spans: list[tuple[Day, Day]], mine: tuple[Day, Day]) -> Day:
    """Where the run of spans begins that follow one another without a gap and hold this one."""
    begin, reached = AFTER, BEFORE
    for start, end in sorted(spans):
        if start > reached or begin == AFTER:
            begin = start
        reached = max(reached, end)
        if (start, end) == mine:
            return begin
    raise AssertionError("a span is one of its own")


def _duration(person: Person, courses: list[Course]) -> tuple[float, float]:
    now = person.today
    begun = min([now, *(one.start[1] for one in courses if one.certain)])
    earliest = min([now, *(one.start[0] for one in courses)])
    onset = person.onset(AFTER)
    onset = onset if onset < AFTER else person.born(AFTER)
    since = person.since("treatment")
    if not (since is not None and since <= onset < AFTER):
        earliest = min(earliest, BEFORE if onset > now else onset)
    return person.months(begun) / 12, person.months(earliest) / 12
