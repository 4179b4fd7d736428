"""What a store of the log must do. `sqlite.py` is one in a file; a server may have another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import date
from typing import Protocol

from stepdown.log.chain import Draft, Entry, Head, Header, Payload


class Store(Protocol):
    """A log of decisions. Entries are only ever appended, and what is personal stands apart from them.

    Every method raises `InputError` where the store cannot be read or written, and then nothing was changed.
    """

    def append(self, draft: Draft) -> Entry:
        """Append an entry; two at once follow one another and never share a place."""

    def erase(self, person: str, on: date) -> int:
        """Delete what is personal about somebody, with its salts, and append how many entries lost it; 0: nobody."""

    def header(self) -> Header:
        """What stands before the first entry."""

    def head(self) -> Head:
        """The last entry, as authenticated when it was appended."""

    def entries(self) -> Iterator[Entry]:
        """All entries by number, as they stand."""

    def payload(self, entry: str) -> Payload | None:
        """What is personal about the entry with this id; None where it was erased or never was."""

    def snapshot(self) -> AbstractContextManager[None]:
        """Everything read within is of one moment, whoever appends meanwhile."""
