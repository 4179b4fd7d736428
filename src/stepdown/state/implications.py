"""What follows from a stated variable for the others, so that nobody is asked for what is plain.

Every rule only narrows: from bounds of one variable to bounds of another. Truths are numbers in here: 0 is no, 1 is
yes, `[0, 1]` is unknown. The table is written out in docs/state.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np

from stepdown.knowledge.library import Library
from stepdown.state.arrays import Flags, Floats

ORDER = (
    ("relapses_1y", "relapses_2y"),
    ("relapses_2y", "relapses_5y"),
    ("mri_activity_1y", "mri_activity_2y"),
    ("mri_activity_2y", "mri_activity_3y"),
    ("serious_infections_1y", "serious_infections_2y"),
    ("infections_1y", "infections_2y"),
    ("serious_infections_1y", "infections_1y"),
    ("serious_infections_2y", "infections_2y"),
    ("urinary_infections_1y", "infections_1y"),
    ("years_quiet", "years_since_relapse"),
    ("years_quiet", "years_since_mri_activity"),
    ("years_since_diagnosis", "disease_duration"),
    ("disease_duration", "age"),
    ("time_on_therapy", "time_on_class"),
    ("time_on_class", "treatment_duration"),
)
"""The first is never more than the second."""

WINDOWS = (
    ("years_since_relapse", "relapses_1y", 1.0),
    ("years_since_relapse", "relapses_2y", 2.0),
    ("years_since_relapse", "relapses_5y", 5.0),
    ("years_since_mri_activity", "mri_activity_1y", 1.0),
    ("years_since_mri_activity", "mri_activity_2y", 2.0),
    ("years_since_mri_activity", "mri_activity_3y", 3.0),
)
"""Years since the last event, its number in a window, and the years of the window."""

ROUNDS = 8


@dataclass(frozen=True)
class Rule:
    """Where the bounds of `given` lie in `[at_least, at_most]`, those of `then` lie in `[low, high]`."""

    given: str
    then: str
    at_least: float = -math.inf
    at_most: float = math.inf
    low: float = -math.inf
    high: float = math.inf


def rules(library: Library) -> Iterator[Rule]:
    """The rules that go from a threshold of one variable to a bound of another."""
    for years, count, window in WINDOWS:
        inside = math.nextafter(window, 0.0)
        yield Rule(years, count, at_least=window, high=0.0)
        yield Rule(years, count, at_most=inside, low=1.0)
        yield Rule(count, years, at_least=1.0, high=inside)
        # that no scan was active proves quiet only where there were scans, so this one is for relapses
        if count.startswith("relapses"):
            yield Rule(count, years, at_most=0.0, low=window)
            yield Rule("never_relapsed", count, at_least=1.0, high=0.0)
            yield Rule(count, "never_relapsed", at_least=1.0, high=0.0)
    yield Rule("years_since_relapse", "never_relapsed", at_most=1e6, high=0.0)
    _, positive = cast("tuple[float, float]", library.definitions["jcv-index-positive"].value)
    for index in ("jcv_index", "jcv_index_last"):
        yield Rule("jcv_positive", index, at_most=0.0, high=positive)
    yield Rule("jcv_index", "jcv_positive", at_least=math.nextafter(positive, math.inf), low=1.0)
    many = library.number("recurrent-infections")
    yield Rule("infections_1y", "recurrent_infections", at_least=many, low=1.0)
    yield Rule("infections_1y", "recurrent_infections", at_most=math.nextafter(many, 0.0), high=0.0)


def speaks_of(library: Library) -> set[str]:
    """The variables that follow from one another."""
    return {name for pair in ORDER for name in pair} | {
        name for rule in rules(library) for name in (rule.given, rule.then)
    }


Bounds = dict[str, tuple[Floats, Floats]]


def narrow(
    bounds: Bounds, library: Library, settled: Mapping[str, Flags], clash: Callable[[str, Flags], None]
) -> set[str]:
    """Apply the rules until nothing changes; a rule that would leave nothing is not applied, but told.

    Args:
        bounds: low and high of each variable that the rules speak of; changed in place.
        library: for the thresholds of definitions.
        settled: people of whom a variable is already in contradiction; the range that holds both stays as it is.
        clash: called with a variable and the people whose bounds contradict each other.

    Returns:
        Names of the variables that were narrowed.
    """
    changed: set[str] = set()
    table = [rule for rule in rules(library) if rule.given in bounds and rule.then in bounds]
    told: dict[str, Flags] = {}

    def cut(name: str, low: Floats | float, high: Floats | float, where: Flags) -> bool:
        old_low, old_high = bounds[name]
        if not (where & ((low > old_low) | (high < old_high))).any():
            return False
        where = where & ~settled[name] if name in settled else where
        new_low = np.where(where, np.maximum(old_low, low), old_low)
        new_high = np.where(where, np.minimum(old_high, high), old_high)
        empty = new_low > new_high
        if empty.any():
            told[name] = told.get(name, np.zeros_like(empty)) | empty
            new_low, new_high = np.where(empty, old_low, new_low), np.where(empty, old_high, new_high)
        if np.array_equal(new_low, old_low) and np.array_equal(new_high, old_high):
            return False
        bounds[name] = new_low, new_high
        changed.add(name)
        return True

    for _ in range(ROUNDS):
        moved = False
        for rule in table:
            low, high = bounds[rule.given]
            moved |= cut(rule.then, rule.low, rule.high, (low >= rule.at_least) & (high <= rule.at_most))
        for small, large in ORDER:
            if small in bounds and large in bounds:
                everybody = np.ones(bounds[small][0].shape, np.bool_)
                moved |= cut(large, bounds[small][0], math.inf, everybody)
                moved |= cut(small, -math.inf, bounds[large][1], everybody)
        moved |= _quiet(bounds, cut)
        moved |= _never(bounds, cut)
        if not moved:
            break
    for name, people in told.items():
        clash(name, people)
    return changed


Cut = Callable[[str, "Floats | float", "Floats | float", Flags], bool]


def _quiet(bounds: Bounds, cut: Cut) -> bool:
    """Quiet years are the lesser of the years since relapse and since MRI activity."""
    names = ("years_quiet", "years_since_relapse", "years_since_mri_activity")
    if not all(name in bounds for name in names):
        return False
    relapse, scan = bounds[names[1]], bounds[names[2]]
    everybody = np.ones(relapse[0].shape, np.bool_)
    return cut(names[0], np.minimum(relapse[0], scan[0]), np.minimum(relapse[1], scan[1]), everybody)


def _never(bounds: Bounds, cut: Cut) -> bool:
    """Who never had a relapse has been without one for as long as they have lived."""
    if not all(name in bounds for name in ("never_relapsed", "years_since_relapse", "age")):
        return False
    sure = bounds["never_relapsed"][0] >= 1.0
    return cut("years_since_relapse", bounds["age"][0], math.inf, sure)
