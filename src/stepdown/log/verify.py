"""Says whether a log is whole and, if not, where and how it was changed.

What can be told: an entry that was altered, taken out, moved, or cut off at the end; what is personal about an entry
altered, or gone without an erasure. What cannot: a log put back to an earlier state as a whole, with its head. Only an
anchor tells that: the head of an earlier day, kept elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stepdown.errors import InputError
from stepdown.log import chain, places
from stepdown.log.chain import Head, Header
from stepdown.log.key import FORMAT, Key
from stepdown.log.places import Break, Row
from stepdown.log.store import Store

_ANCHOR = re.compile(r"(?:(\d{1,12}):)?([0-9a-f]{64})\Z")


@dataclass(frozen=True)
class Verdict:
    """What became of a log.

    Attributes:
        breaks: everything found, in the order of entries; empty where the log is whole.
        entries: number of entries.
        decisions: those about a decision, as far as they can be read.
        emptied: entries whose personal part is gone.
        head: the last entry.
    """

    breaks: tuple[Break, ...]
    entries: int
    decisions: int
    emptied: int
    head: Head


def verify(store: Store, key: Key, anchor: str | None = None) -> Verdict:
    """Check a log from end to end, as it is at one moment.

    Args:
        store: the log.
        key: the one it was made with.
        anchor: a head that was kept elsewhere, `NUMBER:LINK` or `LINK`.

    Raises:
        InputError: another key, or an anchor that is none.
    """
    kept = _anchor(anchor)
    with store.snapshot():
        header, head = store.header(), store.head()
        end = head.number if chain.holds(key, head) else 0
        rows = places.read(store.entries(), key, end)
        firsts = _firsts(header, rows, key)
        found = [*_header(header, key), *places.breaks(rows, end, firsts), *_head(rows, head, key)]
        emptied, personal = _payloads(rows, store)
    erased = sum(row.erased for row in rows if row.place)
    if not found and emptied != erased:
        personal.append(_miscounted(emptied, erased))
    found += personal
    found += _anchored(rows, firsts, kept)
    return Verdict(tuple(found), len(rows), sum(row.is_decision for row in rows), emptied, head)


def _firsts(header: Header, rows: Sequence[Row], key: Key) -> set[str]:
    """What may be the link before the first entry; an error where nothing in the log was made with this key."""
    genesis = chain.genesis_of(key, str(header.store))
    if header.key != key.id and header.genesis != genesis and not any(row.place for row in rows):
        raise chain.wrong_key(header, key)
    return {header.genesis, genesis}


def _header(header: Header, key: Key) -> Iterator[Break]:
    right = {
        "form": header.format == FORMAT,
        "key id": header.key == key.id,
        "store id or first link": header.genesis == chain.genesis_of(key, str(header.store)),
    }
    wrong = [name for name, holds in right.items() if not holds]
    if wrong:
        yield Break("altered", "the header", None, f"its {' and its '.join(wrong)} is not as it was written")


def _head(rows: Sequence[Row], head: Head, key: Key) -> Iterator[Break]:
    """Whether the head is the last entry; where the log is shorter than its head, that is told of the entries."""
    last = max((row for row in rows if row.place), key=lambda row: row.place or 0, default=None)
    if not chain.holds(key, head):
        yield Break("altered", "the head", None, "it is not as it was written")
    elif last is not None and last.place is not None and last.place > head.number:
        yield Break("altered", "the head", None, f"it is that of entry {head.number}, and entries follow")
    elif last is not None and last.place == head.number and last.entry.link != head.link:
        yield Break("forked", "the head", None, f"another entry {head.number} was written with this key")


def _payloads(rows: Sequence[Row], store: Store) -> tuple[int, list[Break]]:
    """From how many entries what is personal is gone, and where it is there but altered."""
    emptied, found = 0, []
    for row in rows:
        if not row.place or row.entry.commitment == chain.NO_PAYLOAD:
            continue
        payload = store.payload(row.entry.id)
        if payload is None:
            emptied += 1
        elif not chain.typed(payload) or chain.commitment(payload) != row.entry.commitment:
            says = "what is personal about it is not as it was written"
            found.append(Break("payload", f"entry {row.entry.number}", row.entry.number, says, row.day))
    return emptied, found


def _miscounted(emptied: int, erased: int) -> Break:
    if emptied > erased:
        says = f"it is gone from {emptied} entries, and was erased from {erased} only"
    else:
        says = f"it was erased from {erased} entries, and is gone from {emptied} only: some was put back"
    return Break("payload", "the personal part", None, says)


def _anchor(written: str | None) -> tuple[int | None, str] | None:
    if written is None:
        return None
    match = _ANCHOR.match(written.strip())
    if match is None:
        raise InputError("is not the head of a log", "--head", "give what 'stepdown log export --anchor' printed")
    return (int(match[1]) if match[1] else None, match[2])


def _anchored(rows: Sequence[Row], firsts: set[str], kept: tuple[int | None, str] | None) -> Iterator[Break]:
    """Whether the head that was kept elsewhere is still in the log."""
    if kept is None:
        return
    number, link = kept
    known = {row.entry.link: row.place for row in rows if row.place} | dict.fromkeys(firsts, 0)
    if link in known and number in (None, known[link]):
        return
    end = max((row.place for row in rows if row.place), default=0)
    if number is not None and number > end:
        where = f"entries {end + 1} to {number}" if number > end + 1 else f"entry {number}"
        yield Break("truncated", where, end + 1, "cut off at the end, as the head that was kept elsewhere tells")
    else:
        where = "the log" if number is None else f"entry {number}"
        yield Break("forked", where, number, "the head that was kept elsewhere is not here: cut off or rewritten")
