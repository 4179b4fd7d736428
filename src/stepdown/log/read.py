"""Reads the decisions of a log, with or without what is personal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from stepdown.errors import InputError
from stepdown.log.body import Decision, Erasure, parsed
from stepdown.log.chain import Entry
from stepdown.log.store import Store


@dataclass(frozen=True)
class Recorded:
    """An entry, read.

    Attributes:
        entry: as it stands in the store.
        body: what it says.
        person: whom it is about; None where that was erased, or was not asked for.
        personal: note and assessment, likewise.
    """

    entry: Entry
    body: Decision | Erasure
    person: str | None = None
    personal: dict[str, Any] | None = None


def recorded(store: Store, personal: bool = False) -> Iterator[Recorded]:
    """All entries of a log in order.

    Raises:
        InputError: an entry that cannot be read, which never happens to a log that is whole.
    """
    with store.snapshot():
        for entry in store.entries():
            body = parsed(entry.body, entry.number)
            payload = store.payload(entry.id) if personal else None
            if payload is None:
                yield Recorded(entry, body)
            else:
                yield Recorded(entry, body, payload.person, _json(payload.personal, entry.number))


def decisions(store: Store) -> Iterator[Decision]:
    """What all entries about a decision say, in order."""
    return (one.body for one in recorded(store) if isinstance(one.body, Decision))


def _json(text: str, number: int) -> dict[str, Any]:
    try:
        data: dict[str, Any] = orjson.loads(text)
        return data
    except orjson.JSONDecodeError:
        raise InputError(
            f"what is personal about entry {number} cannot be read", "", "'stepdown log verify' says more"
        ) from None
