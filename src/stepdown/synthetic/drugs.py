"""The tables of treatment: which drug from when to when and why, the doses given in the clinic, and the next one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stepdown.prognosis.chance import Floats
from stepdown.synthetic.changes import CONVENIENCE, REASONS, STABLE
from stepdown.synthetic.dice import Ints
from stepdown.synthetic.history import History
from stepdown.synthetic.people import QUARTERS, days_of
from stepdown.synthetic.sheet import NO_DAY, Book, Column, Days, Sheet, Words

Flags = npt.NDArray[np.bool_]
_WEEK = 7
_FIRST = len(REASONS)
_STARTS = (*REASONS, "first-treatment")
_PURPOSES = ("infusion",)


@dataclass(frozen=True, eq=False)
class Episodes:
    """One drug at one interval, from a day to a day (`NO_DAY` where it goes on); shape (M,) each."""

    row: Ints
    drug: Ints
    start: Ints
    end: Ints
    why: Ints
    stopped: Ints
    weeks: Floats


def episodes(book: Book, history: History) -> Episodes:
    """All episodes, by person and time; reasons are places in `REASONS`, -1 for none."""
    people, changes = book.people, history.changes
    everybody = np.arange(people.size)
    row = np.concatenate([everybody, changes.row])
    step = np.concatenate([book.quarters - people.quarters, changes.step])
    goal = np.concatenate([people.drug, changes.goal])
    why = np.concatenate([np.where(people.on_drug > 0, -1, _FIRST), changes.reason])
    longer = np.concatenate([np.zeros(people.size, bool), changes.longer])
    order = np.lexsort((step, row))
    row, step, goal, why, longer = row[order], step[order], goal[order], why[order], longer[order]
    boundary = book.start(row, step)
    first = np.ones(row.size, bool)
    first[1:] = row[1:] != row[:-1]
    years = np.rint(people.on_drug[row] * days_of(QUARTERS)).astype(np.int64)
    late = book.dice.exponential(book.rates.number("dose-delay-days"), "late", people.number[row], step)
    delay = np.where(longer, 0, np.minimum(late.astype(np.int64), int(book.rates.number("late-start"))))
    start = np.where(first, boundary - years, boundary + delay)
    final = np.append(first[1:], True)
    end = np.where(final, NO_DAY, np.roll(boundary, -1))
    stopped = np.where(final | np.append(longer[1:], False), -1, np.roll(why, -1))
    weeks = book.rates.weeks[goal] * np.where(longer, book.rates.stretch[book.rates.class_of[goal]], 1.0)
    kept = goal >= 0
    silent = np.isin(why, (STABLE, CONVENIENCE))
    return Episodes(row[kept], goal[kept], start[kept], end[kept], np.where(silent, -1, why)[kept], stopped[kept],
                    weeks[kept])  # fmt: skip


def sheets(book: Book, history: History) -> dict[str, Sheet]:
    """The tables by name."""
    found = episodes(book, history)
    return {"treatment": _treatment(book, found), **_doses(book, found)}


def _treatment(book: Book, found: Episodes) -> Sheet:
    """Treatments; a few are said to end after the next one began."""
    slip = (found.end != NO_DAY) & (book.u("overlap", found.row, found.start) < book.rates.number("contradiction"))
    wrong = found.end + int(book.rates.number("late-end"))
    weeks = np.where(found.weeks > 0, found.weeks, np.nan)
    columns: dict[str, Column] = {
        "therapy": Words(found.drug, book.rates.drugs), "ended": Days(np.where(slip, wrong, found.end)),
        "stop_reason": Words(found.stopped, _STARTS), "start_reason": Words(found.why, _STARTS),
        "interval_weeks": weeks, "dose_mg": book.rates.dose[found.drug],
    }  # fmt: skip
    return Sheet(found.row, found.start, columns)


def _doses(book: Book, found: Episodes) -> dict[str, Sheet]:
    """Doses while under care, each late by some days, and the next one that is planned."""
    clinic = np.flatnonzero(found.weeks > 0)
    row, weeks = found.row[clinic], found.weeks[clinic]
    begin = np.maximum(found.start[clinic], book.entry[row])
    open_ = found.end[clinic] == NO_DAY
    end = np.where(open_, book.until[row], found.end[clinic])
    interval = np.rint(weeks * _WEEK).astype(np.int64)
    times = np.maximum((end - begin) // interval + 1, 0)
    each = np.repeat(np.arange(clinic.size), times)
    count = np.arange(each.size) - np.repeat(np.cumsum(times) - times, times)
    on = begin[each] + count * interval[each]
    late = book.dice.exponential(book.rates.number("dose-delay-days"), "dose", book.people.number[row[each]], on)
    on = np.minimum(on + np.minimum(late.astype(np.int64), interval[each] // 2), end[each])
    drug = found.drug[clinic][each]
    dose = Sheet(row[each], on, {"therapy": Words(drug, book.rates.drugs), "dose_mg": book.rates.dose[drug]})
    ahead = np.flatnonzero(open_)
    planned = (begin + times * interval)[ahead]
    words = {"therapy": Words(found.drug[clinic][ahead], book.rates.drugs),
             "purpose": Words(np.zeros(ahead.size, np.int64), _PURPOSES)}  # fmt: skip
    return {"dose": dose, "appointment": Sheet(row[ahead], planned, dict(words), entered=False)}
