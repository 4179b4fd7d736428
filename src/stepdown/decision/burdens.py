"""What each option costs in a year: infusions, injections, days with tablets, visits for a dose, blood tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stepdown.decision.preferences import BURDENS
from stepdown.knowledge.burden import burden
from stepdown.knowledge.library import Library
from stepdown.prognosis.forecast import Change
from stepdown.prognosis.person import distinct

SETTLED_YEAR = 3
"""A year of treatment after loading doses and both courses, for the drug that is being taken."""

COURSES = 2
"""Years in which a course therapy is given; a further course costs what the last of them did."""

SWITCHES = ("switch-lower", "switch-lateral")
ENDED = ("discontinue", "observe")

Yearly = npt.NDArray[np.float64]
"""Least and most of each unit of `BURDENS` in a year, shape (..., 5, 2); NaN where unknown."""


def burdens(
    options: Sequence[Change], present_weeks: npt.NDArray[np.float64], years: float, library: Library
) -> npt.NDArray[np.float64]:
    """The yearly burden of each option, on average over the time that is compared, shape (people, K, 5, 2).

    The drug that is being taken counts as in a settled year, without loading doses. A switch counts from its first
    dose: the loading year, then settled ones. A further course of a course therapy counts once. What is watched after
    the last dose is not counted, and of blood tests the fewest and the most of all places. Carrying on has the person's
    own interval where both of its ends are known.

    Args:
        options: the K options of the drug.
        present_weeks: least and most that the present interval can be, shape (people, 2); infinite where unknown.
        years: over which options are compared.
        library: the documents.
    """
    found = np.stack([_option(option, years, library) for option in options])
    everybody = np.repeat(found[None], len(present_weeks), axis=0)
    known = np.flatnonzero(np.isfinite(present_weeks).all(axis=1) & (present_weeks[:, 0] > 0))
    firsts, which = distinct(*present_weeks[known].T)
    for number, option in enumerate(options):
        if firsts.size and option.kind == "continue" and not library.therapies[option.therapy].course_therapy:
            different = present_weeks[known[firsts]].tolist()
            own = [_at_interval(option.therapy, low, high, library) for low, high in different]
            everybody[known, number] = np.stack(own)[which]
    return everybody


def _at_interval(therapy: str, low: float, high: float, library: Library) -> Yearly:
    """A settled year at an interval of `low` to `high` weeks."""
    often, rarely = (_year(therapy, SETTLED_YEAR, library, weeks) for weeks in (low, high))
    return np.stack([rarely[:, 0], often[:, 1]], axis=1)


def _option(option: Change, years: float, library: Library) -> Yearly:
    """The yearly burden of one option at the interval of its document."""
    whole, course = max(1, round(years)), library.therapies[option.therapy].course_therapy
    if option.kind in ENDED:
        return np.zeros((len(BURDENS), 2))
    if option.kind in SWITCHES:
        counted = range(1, 1 + (min(whole, COURSES) if course else whole))
    elif course:
        counted = range(COURSES, COURSES + 1)
    else:
        return _year(option.therapy, SETTLED_YEAR, library, option.interval_weeks)
    total = np.zeros((len(BURDENS), 2))
    for year in counted:
        total += _year(option.therapy, year, library)
    return total / whole


def _year(therapy: str, year: int, library: Library, weeks: float | None = None) -> Yearly:
    """A year of a treatment as least and most of each unit, shape (5, 2), kept with the library."""
    kept: dict[object, Yearly] = library.cache.setdefault("burdens", {})
    key = (therapy, year, weeks)
    if key not in kept:
        if len(kept) >= KEPT:
            kept.pop(next(iter(kept)))
        kept[key] = _counted(therapy, year, library, weeks)
    return kept[key]


KEPT = 4096
"""Burdens are kept for so many combinations of drug, year and interval."""


def _counted(therapy: str, year: int, library: Library, weeks: float | None) -> Yearly:
    """The usual interval is as its regimen says."""
    usual = weeks in {regimen.interval_weeks for regimen in library.therapies[therapy].regimens}
    spent = burden(library, therapy, year, None, None if usual else weeks)
    exact = (spent.infusions, spent.injections, spent.tablet_days, spent.visits)
    tests = spent.blood_tests.values()
    return np.array(
        [
            *([np.nan if one is None else one] * 2 for one in exact),
            [min(low for low, _ in tests), max(high for _, high in tests)] if tests else [np.nan] * 2,
        ]
    )
