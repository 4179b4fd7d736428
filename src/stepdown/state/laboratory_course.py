"""How laboratory values run: grade of lymphopenia, months below a count, change a year."""

from __future__ import annotations

import numpy as np

from stepdown.state.arrays import AFTER, BEFORE, Flags, Floats, least, months_since, most
from stepdown.state.calendar import add_months, count_months
from stepdown.state.latest import Latest, Values


def grade(last: Latest, bands: tuple[float, ...], normal: tuple[float, ...]) -> tuple[Floats, Floats]:
    """Bounds on the CTCAE grade of a count, 0 to 4; the lower limit of normal lies between the two of `normal`."""

    def of(count: Floats, limit: float) -> Floats:
        reached = [count < step for step in (limit, *bands)]
        found: Floats = np.sum(reached, axis=0, dtype=np.float64)
        return found

    return of(last.high, normal[0]), of(last.low, normal[1])


def months_below(values: Values, under: Flags, threshold: float, now: int, size: int) -> tuple[Floats, Floats]:
    """Months for which counts have been below a threshold without a higher one in between.

    At least from the first to the last count of the run that surely lies below; at most from the last count that
    surely does not, or without bound, to the index date.

    Args:
        values: counts, grouped by person.
        under: whether the count lies below the upper bound that is given for it, as in `<0.5`.
        threshold: the count.
        now: the index date.
        size: number of people.
    """
    below = values.certain & ((values.value_high < threshold) | (under & (values.value_high <= threshold)))
    above = values.certain & (values.value_low >= threshold)
    broken = most(values.group[~below], values.high[~below], size, BEFORE - 1)
    run = values.where(below & (values.low > broken[values.group]))
    first = least(run.group, run.high, size, AFTER)
    last = most(run.group, run.low, size, BEFORE)
    whole = (first < AFTER) & (last > first)
    low = np.where(whole, count_months(np.where(whole, first, now), np.where(whole, last, now)), 0.0)
    ceiling = most(values.group[above], values.low[above], size, BEFORE)
    return low, np.maximum(months_since(ceiling, now), low)


def trend(values: Values, window: int, least_span: int, now: int, size: int) -> tuple[Floats, Floats]:
    """Bounds on the change a year from the first to the last value of a window; unbounded where there is no trend.

    Args:
        values: values by group.
        window: months before the index date.
        least_span: months that must surely lie between the two.
        now: the index date.
        size: number of groups.
    """
    opens = int(add_months(np.array([now]), np.array([-window]))[0])
    values = values.where(values.high >= opens)
    sure = values.certain & (values.low >= opens)
    earliest = least(values.group[sure], values.high[sure], size, AFTER)
    latest = most(values.group[sure], values.low[sure], size, BEFORE)
    first = values.where(values.low <= earliest[values.group])
    last = values.where(values.high >= latest[values.group])
    start_low = np.maximum(least(first.group, first.low, size, AFTER), opens)
    end_high = most(last.group, last.high, size, BEFORE)
    known = (earliest < AFTER) & (latest > earliest)
    years_low = _years(np.where(known, earliest, now), np.where(known, latest, now))
    years_high = _years(np.where(known, start_low, now), np.where(known, end_high, now))
    known &= years_low * 12 >= least_span
    rise_low = least(last.group, last.value_low, size, np.inf) - most(first.group, first.value_high, size, -np.inf)
    rise_high = most(last.group, last.value_high, size, -np.inf) - least(first.group, first.value_low, size, np.inf)
    years_low = np.where(known, years_low, 1.0)
    years_high = np.where(known, years_high, 1.0)
    low = np.where(known, np.minimum(rise_low / years_low, rise_low / years_high), -np.inf)
    return low, np.where(known, np.maximum(rise_high / years_low, rise_high / years_high), np.inf)


def _years(start: np.ndarray, end: np.ndarray) -> Floats:
    return count_months(start, end) / 12
