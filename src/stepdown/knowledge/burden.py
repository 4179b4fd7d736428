"""What a treatment costs a person in a year: infusions, injections, tablets, visits, blood tests.

Derived from the regimen and the watching that the documents give; stated entries stand where it cannot be derived.
"""

from __future__ import annotations

from dataclasses import dataclass

from stepdown.knowledge.care import DAYS, Monitoring, Span
from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import Regimen

_SAME_DAY = 1e-6


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
    years = [entry for entry in care.burden if entry.year == year or (drug.course_therapy and (entry.year or 0) < year)]
    if years and not interval_weeks:
        stated = max(years, key=lambda entry: entry.year or 0)
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
    """By place: the tests of the most frequent watch; one drawing serves all that fall due together."""
    found: dict[str, tuple[int, int]] = {}
    for entry in watched:
        if entry.by != "blood" or entry.starts != "first-dose" or entry.if_ is not None:
            continue
        fewest, most = _times(entry, year)
        if most:
            before = found.get(entry.where or "", (0, 0))
            found[entry.where or ""] = (max(before[0], fewest), max(before[1], most))
    return found


def _times(entry: Monitoring, year: int) -> tuple[int, int]:
    """The fewest and the most times that a watch falls due in a year of treatment."""
    once = sum(_within(_latest(span), year) for span in entry.at)
    if entry.every is None:
        return once, once
    shortest, longest = entry.every.days()
    step = longest or shortest or 0.0
    return once + _due(entry, step, year), once + _due(entry, shortest or step, year)


def _due(entry: Monitoring, step: float, year: int) -> int:
    """How often a watch repeated every `step` days falls due in a year; it begins with `after`, if there is one."""
    begin = _latest(entry.after) if entry.after else step
    end = _latest(entry.until) if entry.until else year * DAYS["a"]
    count = max(0, int((min(end, year * DAYS["a"]) - begin + _SAME_DAY) // step) + 1)
    return sum(_within(begin + number * step, year) for number in range(count))


def _within(day: float, year: int) -> bool:
    """Whether a day of treatment lies in a year of it."""
    return (year - 1) * DAYS["a"] + _SAME_DAY < day <= year * DAYS["a"] + _SAME_DAY


def _latest(span: Span) -> float:
    """The last day of a span; the first where the last is open."""
    low, high = span.days()
    return high if high is not None else low or 0.0
