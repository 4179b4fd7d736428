"""The tables of the disease: people, courses, relapses, scans, disability, and what was observed."""

from __future__ import annotations

import numpy as np

from stepdown.prognosis.forecast import RELAPSE
from stepdown.synthetic.dice import Ints
from stepdown.synthetic.history import LESION, Flags, History
from stepdown.synthetic.people import COURSES, QUARTERS, SEXES, days_of
from stepdown.synthetic.sheet import NO_DAY, Book, Column, Days, Sheet, Some, Words

_RRMS, _SPMS = COURSES.index("rrms"), COURSES.index("spms")
_RECOVERED = ("fully", "partly", "not")
_REGIONS = ("brain",)
_YEAR = days_of(QUARTERS)


def cells(flags: Flags) -> tuple[Ints, Ints]:
    """Person and quarter of what is flagged in an array of shape (T, n), by person and quarter."""
    row, step = np.nonzero(flags.T)
    return row, step


def sheets(book: Book, history: History) -> dict[str, Sheet]:
    """The tables by name."""
    return {
        "person": _person(book), "observed": _observed(book, history), "course": _course(book, history),
        "relapse": _relapse(book, history), "mri": _mri(book, history), "disability": _disability(book, history),
    }  # fmt: skip


def _person(book: Book) -> Sheet:
    people = book.people
    born = book.until - np.rint(people.age * _YEAR).astype(np.int64)
    columns: dict[str, Column] = {"birth": Days(born), "sex": Words(people.sex, SEXES)}
    return Sheet(np.arange(people.size), None, columns, entered=False)


def _observed(book: Book, history: History) -> Sheet:
    """One span a person, two where they were away in between."""
    gone = np.asarray(history.away.any(axis=0))
    first, length = history.away.argmax(axis=0), history.away.sum(axis=0)
    everybody = np.arange(book.people.size)
    row = np.repeat(everybody, 1 + gone)
    second = np.zeros(row.size, bool)
    second[1:] = row[1:] == row[:-1]
    begins, ends = book.entry[row], book.until[row]
    ends = np.where(gone[row] & ~second, book.start(row, first[row]) - 1, ends)
    begins = np.where(second, book.start(row, (first + length)[row]), begins)
    words = Words(np.zeros(row.size, np.int64), ("all",))
    return Sheet(row, None, {"domain": words, "from": Days(begins), "to": Days(ends)}, entered=False)


def _course(book: Book, history: History) -> Sheet:
    people, everybody = book.people, np.arange(book.people.size)
    onset = book.entry - np.rint(people.duration * _YEAR).astype(np.int64)
    told = onset + np.minimum(book.entry - onset, (book.u("diagnosed", everybody) * _YEAR).astype(np.int64))
    row, step = cells(history.converted)
    turned = np.full(row.size, _SPMS)
    rows, on = np.concatenate([everybody, row]), np.concatenate([told, book.inside("course", row, step)])
    first = np.concatenate([onset, np.full(row.size, NO_DAY)])
    order = np.lexsort((on, rows))
    course = np.concatenate([people.course, turned])
    return Sheet(rows[order], on[order], {"course": Words(course[order], COURSES), "onset": Days(first[order])},
                 entered=False)  # fmt: skip


def _relapse(book: Book, history: History) -> Sheet:
    """Relapses while observed; a few are dated before the birth of the person."""
    row, step = cells(history.events[RELAPSE] & ~history.away)
    on = book.inside("relapse", row, step)
    slip = book.u("before-birth", row, step) < book.rates.number("contradiction")
    on = np.where(slip, on - _YEAR * 100, on)
    treated, fully, partly = book.rates.numbers("steroids")
    end = np.searchsorted(np.cumsum([fully, partly]), book.u("recovered", row, step), side="right")
    columns: dict[str, Column] = {
        "steroids": book.u("steroids", row, step) < treated,
        "recovered": Words(end, _RECOVERED),
    }
    return Sheet(row, on, columns, book.u("vague-relapse", row, step) < book.rates.number("vague-day"))


def _mri(book: Book, history: History) -> Sheet:
    """Scans against the scan before; some reports say no more than stable, a few say it of new lesions."""
    row, step = cells(history.scan)
    stable, contrast, enhances, most = book.rates.numbers("scan")
    on = book.visit("mri", row, step)
    same = np.zeros(row.size, bool)
    same[1:] = row[1:] == row[:-1]
    size = history.events[LESION] * (1 + np.floor(book.u("lesions", np.arange(book.people.size)) * most))
    total = np.cumsum(size, axis=0)[step, row]
    new = total - np.where(same, np.roll(total, 1), 0)
    before = np.where(same, np.roll(on, 1), NO_DAY)
    dyed = book.u("contrast", row, step) < contrast
    fresh = history.events[LESION][step, row] & (book.u("enhances", row, step) < enhances)
    brief = (new == 0) & (book.u("stable", row, step) < stable)
    wrong = (new > 0) & (book.u("stable", row, step) < book.rates.number("contradiction"))
    columns: dict[str, Column] = {
        "region": Words(np.zeros(row.size, np.int64), _REGIONS), "compared_on": Days(before), "contrast": dyed,
        "new_t2": Some(new, ~brief), "gd_lesions": Some(fresh, dyed), "stable": Some(brief | wrong, brief | wrong),
    }  # fmt: skip
    return Sheet(row, on, columns)


def _disability(book: Book, history: History) -> Sheet:
    """Scores at visits, half a point off at some, higher while a relapse lasts."""
    share, _, _ = book.rates.numbers("measured")
    row, step = cells(history.visit)
    done = book.u("scored", row, step) < share
    row, step = row[done], step[done]
    rise, meets = book.rates.numbers("relapse-edss")
    during = history.events[RELAPSE][step, row] & (book.u("meets", row, step) < meets)
    off = np.where(book.u("off-way", row, step) < _HALF, -_HALF, _HALF)
    off = np.where(book.u("off", row, step) < book.rates.number("edss-noise"), off, 0.0)
    score = np.clip(history.edss[step, row] + off + rise * during, 0.0, book.rates.number("top-edss"))
    score = np.where(score == _HALF, 1.0, score)
    return Sheet(row, book.visit("edss", row, step), {"edss": score.astype(float), "during_relapse": during})


_HALF = 0.5
