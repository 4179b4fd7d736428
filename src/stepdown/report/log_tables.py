"""The decision log and its rates for other programs: CSV and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

import orjson

from stepdown.log.body import Decision, Held
from stepdown.log.rates import Rate
from stepdown.log.read import Recorded
from stepdown.report.cells import csv_lines

HEAD = (
    "number", "id", "act", "recorded_on", "assessed_on", "decided_on", "advised_kind", "advised_option", "strength",
    "review", "next_dose", "decided_kind", "decided_option", "decided_stance", "outcome", "reasons", "roles",
    "knowledge_version", "knowledge_digest", "in_force", "draws", "seed", "engine", "conclusions", "met", "not_met",
    "unknown", "stances", "flags", "erased", "link",
)  # fmt: skip
"""Columns of the log as CSV; lists stand in one cell, parted by semicolons."""
PERSONAL = ("person", "note")
RATE_HEAD = (
    "group", "of", "verdict", "n", *(f"{what}{part}" for what in ("followed", "varied", "overridden")
                                     for part in ("", "_share", "_low", "_high")), "named_as_reason",
)  # fmt: skip


def entries_csv(entries: Iterable[Recorded], personal: bool) -> Iterator[bytes]:
    """One line an entry; with `personal` also whom it is about and the note."""
    head = HEAD + PERSONAL if personal else HEAD
    return csv_lines(head, ([_cells(one).get(name) for name in head] for one in entries))


def entries_json(entries: Iterable[Recorded], personal: bool) -> Iterator[bytes]:
    """A list of entries with all that they say and the links of the chain; with `personal` the assessment too."""
    yield b"["
    for index, one in enumerate(entries):
        chained = {name: value for name, value in vars(one.entry).items() if name != "body"}
        told = chained | one.body.model_dump(mode="json")
        if personal:
            told |= {"person": one.person, **(one.personal or dict.fromkeys(("note", "assessment")))}
        yield (b",\n" if index else b"\n") + orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
    yield b"\n]\n"


def rates_csv(found: Sequence[Rate]) -> Iterator[bytes]:
    """One line a group; shares from 0 to 1 with their 95% interval."""
    return csv_lines(RATE_HEAD, (_rate(one) for one in found))


def rates_json(found: Sequence[Rate]) -> bytes:
    """The same as JSON."""
    return orjson.dumps([asdict(one) for one in found], option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _rate(rate: Rate) -> list[object]:
    shares = [
        value
        for one in (rate.followed, rate.varied, rate.overridden)
        for value in (one.count, *(round(part, 4) for part in (one.share, one.low, one.high)))
    ]
    return [rate.group, rate.of, rate.verdict, rate.n, *shares, rate.named]


def _cells(one: Recorded) -> dict[str, object]:
    """The cells of an entry by column; an erasure has few."""
    chained: dict[str, object] = {"number": one.entry.number, "id": one.entry.id, "link": one.entry.link}
    if not isinstance(one.body, Decision):
        return chained | one.body.model_dump(mode="json")
    body = one.body.model_dump(mode="json")
    flat: dict[str, Any] = {name: value for name, value in body.items() if not isinstance(value, (dict, list))}
    held = one.body.guidelines
    note = (one.personal or {}).get("note")
    return chained | flat | {
        "advised_kind": one.body.advised.kind, "advised_option": one.body.advised.option,
        "strength": one.body.advised.strength, "review": one.body.advised.review,
        "next_dose": one.body.advised.next_dose,
        "decided_kind": one.body.decided.kind, "decided_option": one.body.decided.option,
        "decided_stance": one.body.decided.stance, "outcome": one.body.decided.outcome,
        "reasons": _list(one.body.reasons), "roles": _list(one.body.roles), "flags": _list(one.body.flags),
        "knowledge_version": one.body.knowledge.version, "knowledge_digest": one.body.knowledge.digest,
        "conclusions": _list(f"{each.id}={_concluded(each)}" for each in held),
        **{verdict: _list(f"{each.id}/{name}" for each in held for name in getattr(each, verdict))
           for verdict in ("met", "not_met", "unknown")},
        "stances": _list(f"{option}={stance}" for option, stance in one.body.options.items()),
        "person": one.person, "note": note,
    }  # fmt: skip


def _concluded(held: Held) -> str:
    return "does-not-apply" if held.applies == "not-met" else held.conclusion


def _list(parts: Iterable[str]) -> str:
    return "; ".join(parts)
