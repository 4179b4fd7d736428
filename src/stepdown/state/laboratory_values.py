"""Laboratory results as arrays, without those that immunoglobulin from other people has made worthless."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from stepdown.state.arrays import (
    AFTER,
    BEFORE,
    Flags,
    Floats,
    Index,
    days,
    floats,
    person_rows,
    some,
    today,
)
from stepdown.state.calendar import Days
from stepdown.state.events import Events
from stepdown.state.latest import Values
from stepdown.state.treatment_exposure import Spans, immunoglobulin_spans

TESTS = (
    "lymphocytes", "neutrophils", "igg", "iga", "igm", "b-cells", "alt", "hbsag", "anti-hbc", "hbv-dna", "tb-igra",
    "vzv-igg", "hiv", "jcv-antibody", "jcv-index", "aqp4", "mog",
)  # fmt: skip
NUMBER = {name: index for index, name in enumerate(TESTS)}
NEGATIVE, POSITIVE = 0.0, 1.0


@dataclass(frozen=True, eq=False)
class Results:
    """Results of the tests in `TESTS`.

    Attributes:
        person, test: who, and the number of the test.
        low, high, certain: bounds on the day, and whether the result surely counts.
        value_low, value_high: bounds on the value, unbounded where it is coded alone.
        measured: whether there is a value.
        under: the value is a limit that the true one lies below.
        answer_low, answer_high: bounds on the answer, 0 negative and 1 positive; NaN where there is none.
        source: where it is written.
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
    source: pl.Series

    def values(self, tests: tuple[str, ...]) -> Values:
        """Values of some tests, grouped by person and place in `tests`."""
        place = np.full(len(TESTS), -1)
        place[[NUMBER[name] for name in tests]] = np.arange(len(tests))
        chosen = self.measured & (place[self.test] >= 0)
        return Values(
            self.person[chosen] * len(tests) + place[self.test[chosen]], self.low[chosen], self.high[chosen],
            self.certain[chosen], self.value_low[chosen], self.value_high[chosen],
        )  # fmt: skip

    def answers(self, test: str) -> Values:
        """Answers of one test, grouped by person."""
        chosen = (self.test == NUMBER[test]) & ~np.isnan(self.answer_low)
        return Values(
            self.person[chosen], self.low[chosen], self.high[chosen], self.certain[chosen],
            self.answer_low[chosen], self.answer_high[chosen],
        )  # fmt: skip


def results(events: Events) -> Results:
    """The results that count: IgG and JC virus tests not while immunoglobulin is about, anti-HBc only if negative."""
    table = events["lab"]
    wanted = table["test"].is_in(TESTS)
    if not wanted.all():
        table = table.filter(wanted.fill_null(False))
    names = table["test"].to_list() if table.height < 100 else None
    test = (
        np.array([NUMBER[name] for name in names], dtype=np.int64)
        if names is not None
        else table["test"].replace_strict(NUMBER, return_dtype=pl.Int64).to_numpy()
    )
    value = floats(table["value"])
    below, above = (_flag(table[name]) for name in ("below_limit", "above_limit"))
    coded = table["value_code"]
    said = {"positive": POSITIVE, "negative": NEGATIVE, "equivocal": 0.5}
    answer = (
        np.array([said.get(code, np.nan) if code else np.nan for code in coded.to_list()], dtype=np.float64)
        if table.height < 100
        else floats(coded.replace_strict(said, default=None, return_dtype=pl.Float64))
    )
    person = person_rows(events, table)
    measured = ~np.isnan(value)
    found = Results(
        person, test, days(table["on"], BEFORE), days(table["on_latest"], today(events)),
        table["certain"].to_numpy().astype(np.bool_) & (person >= 0),
        np.where(measured & ~below, value, np.where(measured, 0.0, -np.inf)),
        np.where(measured & ~above, value, np.inf), measured, below,
        np.where(answer == 0.5, NEGATIVE, answer), np.where(answer == 0.5, POSITIVE, answer), table["source"],
    )  # fmt: skip
    return _own(events, found)


def _flag(flags: pl.Series) -> Flags:
    return flags.fill_null(False).to_numpy().astype(np.bool_)


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
    return Results(
        found.person[kept], found.test[kept], found.low[kept], found.high[kept], (found.certain & ~doubtful)[kept],
        found.value_low[kept], found.value_high[kept], found.measured[kept], found.under[kept],
        np.where(lent, NEGATIVE, found.answer_low)[kept], found.answer_high[kept],
        found.source.filter(pl.Series(kept)),
    )  # fmt: skip


def _under(found: Results, spans: Spans, reach: Index) -> tuple[Flags, Flags]:
    """Whether each result surely, or possibly, fell on or within `reach` days after immunoglobulin."""
    size = found.person.size
    order = np.argsort(spans.person, kind="stable")
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
