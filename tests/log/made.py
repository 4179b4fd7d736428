"""Small made-up assessments, and a log in memory that can be tampered with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from stepdown.knowledge.library import load
from stepdown.log import chain
from stepdown.log.advice import read_advice
from stepdown.log.body import Erasure
from stepdown.log.chain import Draft, Entry, Head, Header, Payload
from stepdown.log.decision import decision
from stepdown.log.key import Key

DAY = date(2026, 3, 1)
STOP, WIDER, WIDEST, STAY = (
    "discontinue:ocrelizumab", "extend-interval:ocrelizumab:39w", "extend-interval:ocrelizumab:52w",
    "continue:ocrelizumab",
)  # fmt: skip
KEY = Key(bytes(range(32)))


def assessment(person: str = "P-1", **changed: Any) -> dict[str, Any]:
    """An assessment that advises 52 weeks, with the parts that the log reads and some that are personal."""
    findings = [("age", "met"), ("quiet", "met"), ("igg", "unknown")]
    data: dict[str, Any] = {
        "schema": "1", "person": person, "on": "2026-03-01", "in_force": "2026-11-01",
        "knowledge": {"version": "2026.11", "digest": f"sha256:{'0' * 64}", "overlays": [{"path": "/home/anna"}]},
        "state": {"age": {"kind": "number", "low": 59.875, "high": 59.875, "unit": "a", "from": ["Patient/P-1"]}},
        "draws": 2000, "seed": 0,
        "recommendation": {
            "kind": "extend-interval", "option": WIDEST, "strength": "leaning", "review": None,
            "next_dose": "delay-until", "until": "2026-09-14", "because": [],
        },
        "options": [
            {"id": name, "kind": name.partition(":")[0], "stance": "reasonable"} for name in (STAY, WIDER, WIDEST, STOP)
        ],
        "guidelines": [
            {"id": name, "applies": applies, "conclusion": "candidate",
             "findings": [{"criterion": one, "verdict": verdict} for one, verdict in findings]}
            for name, applies in (("panel-2025", "met"), ("ectrims-2025", "unknown"), ("dgn-2021", "not-met"))
        ],
        "flags": [{"id": "igg-low"}],
    }  # fmt: skip
    return data | changed


def draft(
    data: dict[str, Any] | None = None,
    decided: str = WIDEST,
    reasons: Sequence[str] = ("person-prefers",),
    roles: Sequence[str] = ("neurologist",),
    note: str | None = None,
    on: date = DAY,
) -> Draft:
    """The entry of a decision about a made-up assessment."""
    advice, whole = read_advice(orjson.dumps(data or assessment()), "made.json")
    return decision(advice, whole, decided, reasons, roles, note, on, DAY, load())


@dataclass
class Memory:
    """A `Store` that is a list; anything in it can be changed."""

    head_: Head
    header_: Header
    rows: list[Entry]
    payloads: dict[str, Payload]
    key: Key = KEY

    @classmethod
    def new(cls, key: Key = KEY) -> Memory:
        header, head = chain.begin(key)
        return cls(head, header, [], {}, key)

    def copy(self) -> Memory:
        return replace(self, rows=list(self.rows), payloads=dict(self.payloads))

    def append(self, draft: Draft) -> Entry:
        entry, payload, self.head_ = chain.append(self.key, self.head_, draft)
        self.rows.append(entry)
        if payload is not None:
            self.payloads[entry.id] = payload
        return entry

    def erase(self, person: str, on: date) -> int:
        gone = [entry for entry, payload in self.payloads.items() if payload.person == person]
        for entry in gone:
            del self.payloads[entry]
        if gone:
            self.append(Draft(Erasure(recorded_on=on, erased=len(gone))))
        return len(gone)

    def header(self) -> Header:
        return self.header_

    def head(self) -> Head:
        return self.head_

    def entries(self) -> Iterator[Entry]:
        return iter(sorted(self.rows, key=lambda entry: entry.number))

    def payload(self, entry: str) -> Payload | None:
        return self.payloads.get(entry)

    def snapshot(self) -> AbstractContextManager[None]:
        return nullcontext()


def filled(count: int = 5) -> Memory:
    """A log in memory with some decisions about as many people."""
    log = Memory.new()
    for number in range(1, count + 1):
        log.append(draft(assessment(f"P-{number}"), note="a note"))
    return log


def key_file(folder: Path) -> Path:
    """The key of these tests in a file."""
    path = folder / "log.key"
    path.write_text(bytes(range(32)).hex() + "\n", encoding="utf-8")
    path.chmod(0o600)
    return path
