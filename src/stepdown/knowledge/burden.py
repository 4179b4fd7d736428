"""What a treatment costs a person in a year: infusions, injections, tablets, visits, blood tests.

Derived from the regimen and the watching that the documents give; stated entries stand where it cannot be derived.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from stepdown.knowledge.care import DAYS, Monitoring, Span
from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import Regimen

_SAME_DAY = 1e-6
"""A hair, so that twelve months are a year in floating point too."""


@dataclass(frozen=True)
class Burden:
    """A year of a treatment. None is unknown.

    Attributes:
        infusions: doses into a vein.
        injections: doses under the skin or into a muscle.
        tablets: doses by mouth.
        tablet_days: days on which something is swallowed.
        visits: visits to be given a dose.
        blood_tests: the fewest and the most times blood is drawn for watching, by place ("" is anywhere).
    """

    infusions: float | None
    injections: float | None
    tablets: float | None
    tablet_days: float | None
    visits: float | None
    blood_tests: dict[str, tuple[int, int]]


def burden(
    library: Library, therapy: str, year: int, regimen: str | None = None, interval_weeks: float | None = None
) -> Burden:
    """The burden of one year of a drug.

    Args:
        library: where the drug stands.
        therapy: its id.
        year: the year of treatment, from 1.
        regimen: id of the regimen; the first if None.
        interval_weeks: the interval in use, where it is not that of the regimen.
    """
    drug, care = library.therapies[therapy], library.care(therapy)
    chosen = next(one for one in drug.regimens if regimen in (None, one.id))
    doses = DAYS["a"] / (interval_weeks * DAYS["wk"]) if interval_weeks else chosen.doses_per_year
    found = _derived(chosen, None if drug.course_therapy else doses)
    speaking = [
        entry
        for entry in care.burden
        if entry.regimen in (None, chosen.id) and (entry.year == year or (drug.course_therapy and entry.year < year))
    ]
    if speaking and not interval_weeks:
        stated = max(speaking, key=lambda entry: entry.year)
        found |= {key: value for key in found if (value := getattr(stated, key, None)) is not None}
    return Burden(**found, blood_tests=_blood_tests(care.monitoring, year))


def _derived(regimen: Regimen, doses: float | None) -> dict[str, float | None]:
    """The counts of a year that follow from the way a drug is given; `doses` a year, None if unknown."""
    by_mouth = regimen.route == "oral"
    return {
        "infusions": doses if regimen.route == "iv" else 0.0,
        "injections": doses if regimen.route in ("sc", "im") else 0.0,
        "tablets": doses if by_mouth else 0.0,
        "tablet_days": (None if doses is None else min(doses, 365.0)) if by_mouth else 0.0,
        "visits": doses if regimen.setting == "clinic" else 0.0,
    }


def _blood_tests(watched: tuple[Monitoring, ...], year: int) -> dict[str, tuple[int, int]]:
    """By place: how many days of a year blood is drawn on; one drawing serves all that fall due on a day."""
    rare: dict[str, set[int]] = {}
    often: dict[str, set[int]] = {}
    for entry in watched:
        if entry.by == "blood" and entry.starts == "first-dose" and _usual(entry):
            shortest, longest = entry.every.days() if entry.every else (None, None)
            rare.setdefault(entry.where or "", set()).update(_due(entry, longest or shortest, year))
            often.setdefault(entry.where or "", set()).update(_due(entry, shortest or longest, year))
    places = [place for place in rare if place] or list(rare)
    counts = {
        place: (len(rare[place] | rare.get("", set())), len(often[place] | often.get("", set()))) for place in places
    }
    return {place: count for place, count in counts.items() if count[1]}


def _usual(entry: Monitoring) -> bool:
    """Whether a watch is for everybody on the drug; what only an exception sets aside is."""
    return entry.if_ is None or set(entry.if_) == {"not"}


def _due(entry: Monitoring, step: float | None, year: int) -> set[int]:
    """The days of a year of treatment on which a watch falls due, repeated every `step` days if at all.

    The first time is after `after` or, without it, after one step.
    """
    first, last = (year - 1) * DAYS["a"], year * DAYS["a"]
    days = [_latest(span) for span in entry.at]
    if step:
        begin = _latest(entry.after) if entry.after else step
        end = min(last, _latest(entry.until)) if entry.until else last
        days += [begin + number * step for number in range(max(0, math.floor((end - begin) / step + _SAME_DAY) + 1))]
    return {round(day) for day in days if first < day - _SAME_DAY and day <= last + _SAME_DAY}


def _latest(span: Span) -> float:
    """The last day of a span; the first where the last is open."""
    low, high = span.days()
    return high if high is not None else low or 0.0
