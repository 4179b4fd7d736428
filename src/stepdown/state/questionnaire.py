"""Variables of questionnaires: the last score of each instrument, and how quality of life has changed."""

from __future__ import annotations

import numpy as np

from stepdown.criteria.values import encode
from stepdown.state.answers import Answers
from stepdown.state.arrays import BEFORE, days, flags, floats, least, most, numbered, today
from stepdown.state.events import Events
from stepdown.state.latest import Latest, Values, add_number, latest

CHANGES = ("better", "same", "worse")


def derive(events: Events) -> Answers:
    """All variables of `variables/questionnaire.yaml`, one row a person in the order of `events.people`."""
    answers, instruments = Answers(events), events.library.instruments
    names = list(instruments)
    table, number = events["questionnaire"], {name: index for index, name in enumerate(names)}
    which, rows, score = numbered(table["instrument"], number), events.row_of("questionnaire"), floats(table["score"])
    values = Values(
        rows * len(names) + which, days(table["on"], BEFORE), days(table["on_latest"], today(events)),
        flags(table["certain"]), np.where(np.isnan(score), -np.inf, score), np.where(np.isnan(score), np.inf, score),
    ).where(which >= 0)  # fmt: skip
    every = latest(values, answers.size * len(names))
    shape = (answers.size, len(names))
    for (name, instrument), last in zip(instruments.items(), every.split(len(names)), strict=True):
        if events.explain:
            mine = which == number[name]
            answers.source(name, rows[mine], events.sources("questionnaire")[mine])
            if _tells(events, name):
                answers.source("change", rows[mine], events.sources("questionnaire")[mine])
        add_number(answers, instrument.variable, last, name)
    _change(events, answers, values, every, shape)
    return answers


def _tells(events: Events, name: str) -> bool:
    """Whether a change of the instrument says something of the quality of life."""
    instrument = events.library.instruments[name]
    return instrument.measures == "quality-of-life" and instrument.minimal_important_change is not None


def _change(events: Events, answers: Answers, values: Values, every: Latest, shape: tuple[int, int]) -> None:
    """Worse if any instrument is worse by its smallest change that matters, else better if any is better.

    Where the order of the last two scores is not sure, any change between the scores is possible.
    """
    instruments = list(events.library.instruments.items())
    bits = np.zeros(shape[0], np.uint64)
    sole = values.certain & (values.low >= every.day_low[values.group])
    alone = np.bincount(values.group[values.high >= every.day_low[values.group]], minlength=every.low.size) == 1
    earlier = values.where(~sole & alone[values.group])
    before = latest(earlier, every.low.size)
    with np.errstate(invalid="ignore"):
        rise_low, rise_high = every.low - before.high, every.high - before.low
    worse = np.zeros(shape[0], np.bool_)
    may_be_worse, better, may_be_better = worse.copy(), worse.copy(), worse.copy()
    told = worse.copy()
    several = np.bincount(values.group, minlength=every.low.size) > 1
    spread = most(values.group, values.value_high, every.low.size, -np.inf)
    spread = np.where(several, spread - least(values.group, values.value_low, every.low.size, np.inf), 0.0)
    ordered = (before.day_high > BEFORE) & np.isfinite(rise_low)
    rise_low, rise_high = np.where(ordered, rise_low, -spread), np.where(ordered, rise_high, spread)
    for index, (name, instrument) in enumerate(instruments):
        if not _tells(events, name):
            continue
        least_change = instrument.minimal_important_change or 0.0
        low, high = (part.reshape(shape)[:, index] for part in (rise_low, rise_high))
        known = several.reshape(shape)[:, index]
        low, high = (low, high) if instrument.better == "higher" else (-high, -low)
        told |= known
        worse |= known & (high <= -least_change)
        may_be_worse |= known & (low <= -least_change)
        better |= known & (low >= least_change)
        may_be_better |= known & (high >= least_change)
    chosen = {
        "worse": told & may_be_worse,
        "better": told & ~worse & may_be_better,
        "same": told & ~worse & ~better,
    }
    for name, flag in chosen.items():
        bits |= np.where(flag, np.uint64(encode(frozenset({name}), CHANGES)), np.uint64(0))
    answers.category("quality_of_life_change", bits, "change")
