"""Who has stepped down, by the treatment history: stopped, longer interval, lower dose, or a milder drug.

Who has just left a drug that rebounds or carries PML for another strong one is followed too, for as long as that lasts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

import numpy as np

from stepdown.criteria.layout import layout
from stepdown.criteria.values import decode
from stepdown.knowledge.library import Library
from stepdown.state.arrays import AFTER, BEFORE, Index
from stepdown.state.calendar import count_months, day_number
from stepdown.state.state import State
from stepdown.state.treatment_current import Current, standing
from stepdown.state.treatment_drugs import Drugs, drugs
from stepdown.state.treatment_rows import Rows, read_doses

Kind = Literal["extend-interval", "reduce-dose", "switch-lower", "switch-lateral", "discontinue"]
Standing = Literal["stepped-down", "carries-on", "no-treatment", "unknown", "died"]
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Change:
    """A step down that the treatment history shows.

    Attributes:
        kind: the option kind.
        from_: the drug before, by its id (a class where the record names no more).
        to: the drug after; None after a stop.
        first: earliest day of the change, None where that is not known; last: the latest.
        weeks: the interval after, for a longer one.
        dose_mg: the dose after, for a lower one.
        sources: where the record shows it.
        began: the first day on which the drug after was given, where it is exactly known.
        ended: the last dose of a drug of the clinic that was left; the end of it where no dose near that is on record.
        lapsed: nobody says that it was stopped, but no dose was given for more than twice the interval.
        sure: whether the present treatment is on record; after a stop another drug may have been begun elsewhere.
    """

    kind: Kind
    from_: str
    to: str | None
    first: date | None
    last: date
    weeks: float | None = None
    dose_mg: float | None = None
    sources: tuple[str, ...] = ()
    began: date | None = None
    ended: date | None = None
    lapsed: bool = False
    sure: bool = True


@dataclass(frozen=True)
class History:
    """What the history of one person says.

    Attributes:
        standing: whether they stepped down, carry on, have no treatment; or why that is not known.
        change: the step down, where there is one.
        problem: key of what is wrong with the record, if something is.
        therapies: what may be taken now.
        since: the first day on which the present drug may have been taken, where it is known.
    """

    standing: Standing
    change: Change | None = None
    problem: str | None = None
    therapies: tuple[str, ...] = ()
    since: date | None = None


@dataclass(frozen=True)
class _Past:
    """The treatments of one person, and what is needed to judge them."""

    state: State
    found: Current
    of: Drugs
    library: Library
    row: int
    mine: Index

    @property
    def rows(self) -> Rows:
        return self.found.line.rows

    @property
    def now(self) -> int:
        return day_number(self.state.on)


def histories(state: State) -> list[History]:
    """What the treatment history says of everybody, in the order of the state."""
    library = state.events.library
    found, of = standing(state.events), drugs(library)
    edges = np.searchsorted(found.line.rows.person, np.arange(state.people.len() + 1))
    died = [day is not None and day <= state.on for day in state.events.people["died"].to_list()]
    told = []
    for row, (first, last) in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)):
        past = _Past(state, found, of, library, row, np.arange(first, last))
        told.append(History("died") if died[row] else _history(past))
    return told


def _history(past: _Past) -> History:
    library, place = past.library, layout(past.library)
    names = library.values("therapy")
    possible = decode(int(past.state.sets[place.sets["therapy"], past.row]), names)
    therapies = tuple(sorted(possible)) if len(possible) < len(names) else ()
    if past.found.fewest[past.row] >= 2:
        return History("unknown", None, "two-drugs", therapies)
    if past.found.known[past.row] and len(possible) == 1:
        (therapy,) = possible
        if therapy not in library.therapies:
            return History("unknown", None, "drug-not-in-library", therapies)
        change = (
            _lapsed(past, therapy) or _switched(past, therapy) or _less_often(past, therapy) or _less(past, therapy)
        )
        since = _day(int(past.found.since_low[past.row]))
        return History("stepped-down" if change else "carries-on", change, None, therapies, since)
    if past.found.known[past.row]:
        return History("unknown", None, "drug-unclear", therapies)
    change = _stopped(past, sure=possible == {"none"})
    if change is not None:
        return History("stepped-down", change, None if change.sure else "present-drug-not-on-record", therapies)
    if past.mine.size:
        return History("carries-on", None, None, therapies)
    return History("no-treatment" if possible == {"none"} else "unknown", None, None, therapies)


def _stopped(past: _Past, sure: bool) -> Change | None:
    """The last drug has ended and none is known to follow; what was given in courses is over, not stopped."""
    rows = past.rows
    over = past.mine[rows.end_high[past.mine] <= past.now]
    if not past.mine.size or over.size < past.mine.size or not over.size:
        return None
    last = int(over[np.lexsort((rows.stated[over], rows.end_low[over], rows.end_high[over]))[-1]])
    if past.of.course[rows.drug[last]]:
        return None
    low, high = int(rows.end_low[last]), int(rows.end_high[last])
    return Change(
        "discontinue", past.of.names[rows.drug[last]], None, _day(low), _day(high) or past.state.on,
        sources=_sources(past, [last]), ended=_last_dose(past, past.of.names[rows.drug[last]], high), sure=sure,
    )  # fmt: skip


def _lapsed(past: _Past, therapy: str) -> Change | None:
    """A drug of the clinic that nobody stopped, and of which no dose was given for more than twice its interval."""
    bit = past.state.sets[layout(past.library).sets["lapsed"], past.row]
    if int(bit) != 1:
        return None
    doses = _doses(past, therapy)
    if not doses:
        return None
    _, last, source = doses[-1]
    day = _EPOCH + timedelta(days=last)
    return Change("discontinue", therapy, None, day, day, sources=(source,) if source else (), ended=day, lapsed=True)


def _switched(past: _Past, therapy: str) -> Change | None:
    """Straight from a drug of high efficacy to a moderate one, or lately from one whose leaving is dangerous."""
    rows, of = past.rows, past.of
    same = past.mine[of.therapies[rows.drug[past.mine]] == of.therapies[of.number[therapy]]]
    begun = int(same[np.argmax(rows.start_high[same])])
    low, high = int(past.found.drug.since_low[begun]), int(min(past.found.drug.since_high[begun], past.now))
    others = np.setdiff1d(past.mine, same)
    before = others[(rows.start_low[others] < high) & (rows.start_low[others] > BEFORE)]
    if not before.size:
        return None
    ends = np.minimum(rows.end_high[before], high)
    left = int(before[np.lexsort((rows.start_low[before], ends))[-1]])
    name = of.names[rows.drug[left]]
    gap = count_months(np.array([ends.max()]), np.array([high]))[0]
    kind = _kind_of_switch(past, name, therapy, high)
    if kind is None or of.course[rows.drug[left]]:
        return None
    if gap > past.library.number("direct-switch-months"):
        return None
    start = _day(low) if low == high else None
    # the change is the day on which the first drug was left, or the next begun if that came before
    low, high = min(low, int(rows.end_low[left])), min(high, int(rows.end_high[left]))
    return Change(
        kind,
        name,
        therapy,
        _day(low),
        _day(high) or past.state.on,
        sources=_sources(past, [left, begun]),
        began=start,
        ended=_last_dose(past, name, int(rows.end_high[left])),
    )


def _kind_of_switch(past: _Past, left: str, therapy: str, day: int) -> Kind | None:
    """Whether a switch is followed, and as what: to another strong drug while the one that was left still threatens."""
    library = past.library
    if _efficacy(library, therapy) == "moderate":
        return "switch-lower" if _efficacy(library, left) == "high" else None
    if left not in library.therapies or library.therapies[left].class_ == library.therapies[therapy].class_:
        return None
    leaving = library.care(left).leaving
    months = count_months(np.array([day]), np.array([past.now]))[0]
    threatens = leaving is not None and leaving.rebound in ("measured", "label-warning")
    return "switch-lateral" if threatens and months <= library.number("mri-after-natalizumab-until-months") else None


def _less_often(past: _Past, therapy: str) -> Change | None:
    """A longer interval than any regimen of the drug: as prescribed, or as the last doses lie."""
    number = past.of.number[therapy]
    usual = past.of.longest[number]
    if np.isnan(usual):
        return None
    rows = past.rows
    same = past.mine[(rows.drug[past.mine] == number) & rows.stated[past.mine]]
    same = same[np.argsort(rows.start_high[same], kind="stable")]
    doses = _doses(past, therapy)
    long = next(_first_long(doses, past, therapy), None)
    if same.size and rows.weeks[same[-1]] > usual:
        row = int(same[-1])
        weeks = float(rows.weeks[row])
        # where the row says the new interval of the whole treatment, the doses show from when it held
        if same.size > 1 or long is None:
            first, last = int(rows.start_low[row]), int(min(rows.start_high[row], past.now))
            return Change(
                "extend-interval", therapy, therapy, _day(first), _day(last) or past.state.on, weeks,
                sources=_sources(past, [row]),
            )  # fmt: skip
    else:
        weeks = long[2] if long else 0.0
    if long is None:
        return None
    first, last, _, sources = long
    return Change("extend-interval", therapy, therapy, _day(first), _day(last) or past.state.on, weeks, sources=sources)


def _first_long(
    doses: list[tuple[int, int, str]], past: _Past, therapy: str
) -> Iterator[tuple[int, int, float, tuple[str, ...]]]:
    """The first of the longer gaps between doses that go on to the last one, as the library knows longer intervals.

    Yields:
        The dose before it, the day on which the next would have been due, the longer interval, and the sources.
    """
    usual = float(past.of.longest[past.of.number[therapy]])
    extended = sorted(
        part.interval_weeks for part in past.library.therapies[therapy].extensions if part.interval_weeks is not None
    )
    if not extended:
        return
    gaps = [((later[0] - earlier[1]) / 7, earlier, later) for earlier, later in pairwise(doses)]
    start = len(gaps)
    while start > 0 and gaps[start - 1][0] >= extended[0]:
        start -= 1
    if start == len(gaps):
        return
    weeks = max(part for part in extended if part <= gaps[-1][0])
    _, earlier, later = gaps[start]
    due = min(earlier[1] + round(usual * 7), past.now)
    yield earlier[0], due, weeks, tuple(source for source in (earlier[2], later[2]) if source)


def _less(past: _Past, therapy: str) -> Change | None:
    """A dose below that of every regimen, after a higher one."""
    doses = [part.dose_mg for part in past.library.therapies[therapy].regimens if part.dose_mg is not None]
    rows, table = past.rows, past.state.events["treatment"]["dose_mg"]
    same = past.mine[(rows.drug[past.mine] == past.of.number[therapy]) & rows.stated[past.mine]]
    same = same[np.argsort(rows.start_high[same], kind="stable")]
    given = [(int(row), table[int(rows.at[row])]) for row in same]
    if not doses or len(given) < 2 or given[-1][1] is None or given[-1][1] >= min(doses):
        return None
    row, dose = given[-1]
    if all(before is None or before <= dose for _, before in given[:-1]):
        return None
    first, last = int(rows.start_low[row]), int(min(rows.start_high[row], past.now))
    return Change(
        "reduce-dose", therapy, therapy, _day(first), _day(last) or past.state.on, dose_mg=float(dose),
        sources=_sources(past, [row]),
    )  # fmt: skip


def _doses(past: _Past, therapy: str) -> list[tuple[int, int, str]]:
    """The doses of a drug that were surely given, split first doses as one: earliest day, latest day, source."""
    given, number = read_doses(past.state.events), past.of.number[therapy]
    mine = np.flatnonzero((given.person == past.row) & (given.drug == number) & given.certain)
    mine = mine[np.argsort(given.low[mine], kind="stable")]
    apart = past.library.number("split-dose-factor") * 7 * float(np.nan_to_num(past.of.shortest[number]))
    sources = past.state.events.sources("dose")
    doses: list[tuple[int, int, str]] = []
    for at in mine.tolist():
        low, high = int(given.low[at]), int(given.high[at])
        if not doses or low - doses[-1][0] > apart:
            doses.append((low, high, str(sources[given.at[at]] or "")))
    return doses


def _last_dose(past: _Past, name: str, end: int) -> date | None:
    """The last dose of a drug of the clinic that ended by a day; that day, where no dose within an interval is known.

    So counted what follows the last dose is never called late that may not be, and is not lost where the last dose
    was given on the day of the change or stands nowhere.
    """
    number = past.of.number.get(name)
    if number is None or past.of.home[number] or past.of.course[number] or _day(end) is None:
        return None
    end = min(end, past.now)
    given = [last for _, last, _ in _doses(past, name) if last <= end]
    usual = float(np.nan_to_num(past.of.longest[number])) * 7
    return _day(given[-1] if given and end - given[-1] <= usual else end)


def _efficacy(library: Library, name: str) -> str | None:
    class_ = library.therapies[name].class_ if name in library.therapies else name
    return library.classes[class_].efficacy if class_ in library.classes else None


def _sources(past: _Past, rows: list[int]) -> tuple[str, ...]:
    where = past.state.events.sources("treatment")
    found = [where[past.rows.at[row]] for row in rows if past.rows.stated[row]]
    return tuple(dict.fromkeys(str(source) for source in found if source))


def _day(number: int) -> date | None:
    return None if number <= BEFORE or number >= AFTER else _EPOCH + timedelta(days=number)
