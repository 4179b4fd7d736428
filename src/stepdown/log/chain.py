"""The chain: each entry is authenticated together with the link before it.

An entry holds a random id, the canonical JSON of its body, and a commitment to its personal payload: an HMAC under a
random salt that stands beside the payload. When both are erased the commitment tells nothing, and the chain still
holds.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from stepdown.errors import InputError
from stepdown.log.body import Decision, Erasure, canonical
from stepdown.log.key import FORMAT, VARIABLE, Key, authenticated

NO_PAYLOAD = "none"
"""Commitment of an entry that never had a payload."""


@dataclass(frozen=True)
class Draft:
    """What is to be appended: a body, and what is personal about it (JSON text), if anything."""

    body: Decision | Erasure
    person: str = ""
    personal: str | None = None


@dataclass(frozen=True)
class Entry:
    """An entry as it stands in a store; one that was tampered with may hold anything."""

    number: int
    id: str
    body: str
    commitment: str
    previous: str
    link: str


@dataclass(frozen=True)
class Payload:
    """What is personal about an entry: whom it is about, the JSON text, and the salt of its commitment."""

    person: str
    salt: str
    personal: str


@dataclass(frozen=True)
class Header:
    """What stands before the first entry: its form, a random id of the store, the id of its key, and the first link."""

    format: str
    store: str
    key: str
    genesis: str


@dataclass(frozen=True)
class Head:
    """Number and link of the last entry (0 and the genesis where there is none), authenticated."""

    number: int
    link: str
    mac: str

    @property
    def anchor(self) -> str:
        """The text to keep elsewhere, by which a log that was cut off is recognised."""
        return f"{self.number}:{self.link}"


def begin(key: Key) -> tuple[Header, Head]:
    """Header and head of a new chain."""
    store = secrets.token_hex(16)
    genesis = genesis_of(key, store)
    return Header(FORMAT, store, key.id, genesis), head_of(key, 0, genesis)


def append(key: Key, head: Head, draft: Draft) -> tuple[Entry, Payload | None, Head]:
    """The next entry, its payload, and the head after it."""
    payload = None
    if draft.personal is not None:
        payload = Payload(draft.person, secrets.token_hex(32), draft.personal)
    entry = Entry(
        number=head.number + 1,
        id=secrets.token_hex(16),
        body=canonical(draft.body),
        commitment=commitment(payload) if payload else NO_PAYLOAD,
        previous=head.link,
        link="",
    )
    link = link_of(key, entry, entry.number)
    return Entry(**(vars(entry) | {"link": link})), payload, head_of(key, entry.number, link)


def genesis_of(key: Key, store: str) -> str:
    """The link that stands before the first entry."""
    return key.mac("genesis", store, key.id)


def head_of(key: Key, number: int, link: str) -> Head:
    """The head of a chain, authenticated."""
    return Head(number, link, key.mac("head", str(number), link))


def holds(key: Key, head: Head) -> bool:
    """Whether a head was written with the key."""
    return typed(head) and head == head_of(key, head.number, head.link)


def typed(part: Entry | Head | Header | Payload) -> bool:
    """Whether everything in it has its type; what was tampered with need not."""
    return all(isinstance(value, int if name == "number" else str) for name, value in vars(part).items())


def wrong_key(header: Header, key: Key) -> InputError:
    """The error that says that a log was made with another key."""
    what = f"the key of this log is {str(header.key)[:16]}, and the one given is {key.id}"
    return InputError(what, "--key", f"name its own file, or in {VARIABLE}")


def link_of(key: Key, entry: Entry, number: int) -> str:
    """The link that an entry would have at some place in the chain."""
    return key.mac("entry", str(number), entry.id, entry.body, entry.commitment, entry.previous)


def commitment(payload: Payload) -> str:
    """The digest of a payload under its salt."""
    return authenticated(payload.salt.encode("utf-8", "surrogateescape"), "payload", payload.person, payload.personal)
