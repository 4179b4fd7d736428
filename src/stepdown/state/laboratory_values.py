"""Laboratory results as arrays, without those that immunoglobulin from other people has made worthless."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from stepdown.state.arrays import (
    AFTER,
    BEFORE,
    Flags,
    Floats,
    Index,
    days,
    flags,
    floats,
    numbered,
    some,
    today,
)
from stepdown.state.calendar import Days
from stepdown.state.events import Events
from stepdown.state.latest import Values
from stepdown.state.order import in_order
from stepdown.state.treatment_exposure import Spans, immunoglobulin_spans

TESTS = (
    "lymphocytes", "neutrophils", "igg", "iga", "igm", "b-cells", "alt", "hbsag", "anti-hbc", "hbv-dna", "tb-igra",
    "vzv-igg", "hiv", "jcv-antibody", "jcv-index", "aqp4", "mog",
)  # fmt: skip
NUMBER = {name: index for index, name in enumerate(TESTS)}
NEGATIVE, EQUIVOCAL, POSITIVE = 0.0, 0.5, 1.0


@dataclass(frozen=True, eq=False)
class Results:
    """Results of the tests in `TESTS`.

    Attributes:
        person, test: who, and the number of the test.
        low, high, certain: bounds on the day, and whether the result surely counts.
        value_low, value_high: bounds on the value, unbounded where it is coded alone.
        measured: whether there is a value.
        under: the value is a limit that the true one lies below.
        answer_low, answer_high: bounds on the answer, 0 negative to 1 positive; NaN where there is none.
        at: the row of the table.
    """

    person: Index
    test: Index
    low: Days
    high: Days
    certain: Flags
    value_low: Floats
    value_high: Floats
    measured: Flags
    under: Flags
    answer_low: Floats
    answer_high: Floats
    at: Index

    def where(self, chosen: Flags) -> Results:
        """The results that are flagged."""
        rows = np.flatnonzero(chosen)
        return Results(*(part[rows] for part in vars(self).values()))

    def values(self, tests: tuple[str, ...]) -> Values:
        """Values of some tests, grouped by person and place in `tests`."""
        place = np.full(len(TESTS), -1)
        place[[NUMBER[name] for name in tests]] = np.arange(len(tests))
        chosen = np.flatnonzero(self.measured & (place[self.test] >= 0))
        return Values(
            self.person[chosen] * len(tests) + place[self.test[chosen]], self.low[chosen], self.high[chosen],
            self.certain[chosen], self.value_low[chosen], self.value_high[chosen],
        )  # fmt: skip

    def answers(self, test: str) -> Values:
        """Answers of one test, grouped by person."""
        chosen = np.flatnonzero((self.test == NUMBER[test]) & ~np.isnan(self.answer_low))
        return Values(
            self.person[chosen], self.low[chosen], self.high[chosen], self.certain[chosen],
            self.answer_low[chosen], self.answer_high[chosen],
        )  # fmt: skip


def results(events: Events) -> Results:
    """The results that count: IgG and JC virus tests not while immunoglobulin is about, anti-HBc only if negative."""
    table = events["lab"]
    test = numbered(table["test"], NUMBER)
    value, below, above = floats(table["value"]), flags(table["below_limit"]), flags(table["above_limit"])
    said = numbered(table["value_code"], {"negative": 0, "positive": 1, "equivocal": 2})
    # a result that gives neither value nor answer was taken all the same: it may say anything
    empty = np.isnan(value) & (said < 0)
    worth = np.array([NEGATIVE, POSITIVE, EQUIVOCAL, np.nan])[said]
    answer_low, answer_high = np.where(empty, NEGATIVE, worth), np.where(empty, POSITIVE, worth)
    measured = ~np.isnan(value) | empty
    value_low, value_high = np.where(np.isnan(value), -np.inf, value), np.where(np.isnan(value), np.inf, value)
    found = Results(
        events.row_of("lab"), test, days(table["on"], BEFORE), days(table["on_latest"], today(events)),
        flags(table["certain"]),
        np.where(below & ~np.isnan(value), 0.0, value_low), np.where(above, np.inf, value_high), measured, below,
        answer_low, answer_high, np.arange(test.size),
    )  # fmt: skip
    return _own(events, found if (test >= 0).all() else found.where(test >= 0))


def _own(events: Events, found: Results) -> Results:
    """Set aside what is not the person's own: a result surely under immunoglobulin goes, a doubtful one is doubtful."""
    spans, library = immunoglobulin_spans(events), events.library
    if not spans.person.size or not found.person.size:
        return found
    month = 365.25 / 12
    reach = np.zeros(len(TESTS))
    reach[NUMBER["igg"]] = library.number("immunoglobulin-months") * month
    reach[[NUMBER["jcv-antibody"], NUMBER["jcv-index"]]] = library.number("immunoglobulin-jcv-months") * month
    reach[NUMBER["anti-hbc"]] = library.number("immunoglobulin-hbc-weeks") * 7
    touched = reach[found.test] > 0
    surely, maybe = _under(found, spans, reach[found.test].astype(np.int64))
    core = found.test == NUMBER["anti-hbc"]
    kept = ~(touched & surely & ~core)
    lent = core & maybe & (found.answer_high == POSITIVE)
    doubtful = touched & maybe & ~core
    return replace(
        found,
        certain=found.certain & ~doubtful,
        answer_low=np.where(lent, NEGATIVE, found.answer_low),
    ).where(kept)


def _under(found: Results, spans: Spans, reach: Index) -> tuple[Flags, Flags]:
    """Whether each result surely, or possibly, fell on or within `reach` days after immunoglobulin."""
    size = found.person.size
    order = in_order(spans.person)
    first = np.searchsorted(spans.person[order], found.person)
    each = np.searchsorted(spans.person[order], found.person, side="right") - first
    row = np.repeat(np.arange(size), each)
    span = order[np.repeat(first, each) + np.arange(row.size) - np.repeat(np.cumsum(each) - each, each)]
    begins_low, begins_high = spans.start_low[span], spans.start_high[span]
    ends_low = np.minimum(spans.end_low[span], AFTER) + reach[row]
    ends_high = np.minimum(spans.end_high[span], AFTER) + reach[row]
    surely = spans.certain[span] & (begins_high <= found.low[row]) & (found.high[row] <= ends_low)
    maybe = (begins_low <= found.high[row]) & (found.low[row] <= ends_high)
    return some(row, surely, size), some(row, maybe, size)
