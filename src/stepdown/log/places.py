"""Finds the place that each entry was written for, and what is wrong with the order of entries."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from stepdown.errors import InputError
from stepdown.log import chain
from stepdown.log.body import Decision, Erasure, parsed
from stepdown.log.chain import Entry
from stepdown.log.key import Key

BreakKind = Literal["altered", "missing", "reordered", "truncated", "forked", "payload"]
TRIES = 200_000
"""How many places are tried, in all, to tell entries that were moved from entries that were altered."""


@dataclass(frozen=True)
class Break:
    """A place where the log is not as it was written.

    Attributes:
        kind: what happened.
        where: `entry 3`, `entries 3 to 5`, `the head`, `the header`.
        entry: the number at which it begins; None for the head and the header.
        says: what is wrong.
        recorded: the day that the entry bears now, where it can be read.
        between: the days of the nearest whole entries before and after it.
    """

    kind: BreakKind
    where: str
    entry: int | None
    says: str
    recorded: str | None = None
    between: tuple[str | None, str | None] = (None, None)


@dataclass(frozen=True)
class Row:
    """An entry as found.

    Attributes:
        entry: the entry; of one that holds, without its body.
        place: the number that it was written for; None where it holds nowhere.
        day: when it was recorded, where that can be read.
        is_decision: whether it is about a decision.
        erased: how many entries an erasure emptied.
    """

    entry: Entry
    place: int | None
    day: str | None
    is_decision: bool
    erased: int

    @property
    def at_home(self) -> bool:
        """Whether it holds, and stands where it was written."""
        return self.place is not None and self.place == self.entry.number


def read(entries: Iterable[Entry], key: Key, end: int) -> list[Row]:
    """Every entry with the place it was written for.

    Args:
        entries: as they stand.
        key: the one they were made with.
        end: number of the last entry, as far as the head tells it.
    """
    rows = [_row(entry, key) for entry in entries]
    failing = [index for index, row in enumerate(rows) if row.place is None]
    if failing:
        taken = {row.place for row in rows if row.place is not None}
        last = max(end, len(rows), max(taken, default=0)) + len(failing)
        free = [number for number in range(1, last + 1) if number not in taken]
        left = TRIES
        for index in failing:
            for number in _nearest(free, rows[index].entry.number, left):
                left -= 1
                if sound(key, rows[index].entry, number):
                    rows[index] = replace(rows[index], place=number)
                    free.remove(number)
                    break
    return rows


def sound(key: Key, entry: Entry, number: int) -> bool:
    """Whether an entry is as it was written for a place in the chain."""
    return chain.typed(entry) and entry.link == chain.link_of(key, entry, number)


def _row(entry: Entry, key: Key) -> Row:
    holds = sound(key, entry, entry.number)
    body: Decision | Erasure | None
    try:
        body = parsed(entry.body, entry.number)
    except InputError:
        body = None
    return Row(
        entry=replace(entry, body="") if holds else entry,
        place=entry.number if holds else None,
        day=body.recorded_on.isoformat() if body else None,
        is_decision=isinstance(body, Decision),
        erased=body.erased if isinstance(body, Erasure) else 0,
    )


def _nearest(numbers: Sequence[int], to: int, most: int) -> Iterator[int]:
    """Sorted numbers from the nearest to another number on, `most` at most."""
    above = bisect_left(numbers, to)
    below = above - 1
    for _ in range(min(most, len(numbers))):
        if below < 0 or (above < len(numbers) and numbers[above] - to <= to - numbers[below]):
            yield numbers[above]
            above += 1
        else:
            yield numbers[below]
            below -= 1


def breaks(rows: Sequence[Row], end: int, firsts: Collection[str]) -> list[Break]:
    """What is wrong with entries, in the order of the places where it begins.

    Args:
        rows: entries as found.
        end: number of the last entry, as far as the head tells it.
        firsts: the link before the first entry.
    """
    homes = [row for row in rows if row.at_home]
    found = [one for row in rows if (one := _of_row(row, homes)) is not None]
    found += _gone(rows, end, homes)
    found += _forks(rows, firsts)
    return sorted(found, key=lambda one: one.entry or 0)


def _of_row(row: Row, homes: Sequence[Row]) -> Break | None:
    number = row.entry.number
    if row.place is None:
        says = "it is not as it was written, or was never written with this key"
        return Break("altered", f"entry {number}", number, says, row.day, _between(homes, number))
    if row.place != number:
        return Break("reordered", f"entry {number}", number, f"it was written as entry {row.place}", row.day)
    return None


def _gone(rows: Sequence[Row], end: int, homes: Sequence[Row]) -> Iterator[Break]:
    """Runs of places for which nothing stands in the log."""
    taken = {row.place or row.entry.number for row in rows}
    last = max((row.place for row in rows if row.place), default=0)
    for first, final in _runs(number for number in range(1, max(last, end) + 1) if number not in taken):
        cut = first > max(taken, default=0)
        where, it = (f"entry {first}", "it was") if final == first else (f"entries {first} to {final}", "they were")
        kind: BreakKind = "truncated" if cut else "missing"
        says = f"{it} {'cut off at the end' if cut else 'taken out'}"
        yield Break(kind, where, first, says, None, _between(homes, first))


def _runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Runs of rising numbers that follow one another, each as its first and last."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        first = runs.pop()[0] if runs and runs[-1][1] == number - 1 else number
        runs.append((first, number))
    return runs


def _forks(rows: Sequence[Row], firsts: Collection[str]) -> Iterator[Break]:
    """Entries that hold, but after another entry than the one that stands before them and holds as well."""
    links = {row.place: {row.entry.link} for row in rows if row.place} | {0: set(firsts)}
    for row in rows:
        before = links.get(row.place - 1) if row.place else None
        if before is not None and row.entry.previous not in before:
            says = "it was written with this key, but after another entry than the one before it"
            yield Break("forked", f"entry {row.place}", row.place, says, row.day)


def _between(homes: Sequence[Row], number: int) -> tuple[str | None, str | None]:
    """The days of the nearest entries that hold before and after a place."""
    at = bisect_left(homes, number, key=lambda row: row.entry.number)
    return (homes[at - 1].day if at else None, homes[at].day if at < len(homes) else None)
