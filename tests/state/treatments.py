"""Random courses of treatment, tests and wishes for the property tests of the state."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import polars as pl

from stepdown.knowledge.library import Library, load
from stepdown.record.record import Record, RecordBuilder
from stepdown.state import laboratory, questionnaire, treatment, wish
from stepdown.state.events import prepare
from tests.state.records import ON, person_row, row_of, table_of

Row = tuple[str, dict[str, Any]]
FIRST = date(2012, 1, 1)

DRUGS = {
    "ocrelizumab": "anti-cd20", "rituximab": "anti-cd20", "ofatumumab": "anti-cd20", "natalizumab": "natalizumab",
    "fingolimod": "s1p", "siponimod": "s1p", "dimethyl-fumarate": "fumarate", "interferon-beta-1b": "interferon",
    "glatiramer": "glatiramer", "cladribine": "cladribine", "alemtuzumab": "alemtuzumab",
    "mitoxantrone": "mitoxantrone",
}  # fmt: skip
OTHERS = ("azathioprine", "immunoglobulin", "methylprednisolone", "cyclophosphamide")
REASONS = ("activity", "side-effects", "pregnancy", None)
MEASURED = {
    "lymphocytes": 2.0,
    "neutrophils": 4.0,
    "igg": 9.0,
    "iga": 2.0,
    "b-cells": 300.0,
    "jcv-index": 2.0,
    "alt": 90.0,
}
CODED = ("hbsag", "anti-hbc", "hbv-dna", "tb-igra", "vzv-igg", "hiv", "jcv-antibody", "aqp4", "mog")
SCORED = {"msis-29-physical": 100, "eq5d-index": 1, "tsqm-convenience": 100, "sf-36-mental": 100}


def day(dice: random.Random, first: date = FIRST, last: date = ON) -> date:
    return first + timedelta(days=dice.randrange((last - first).days + 1))


def fine(dice: random.Random) -> list[Row]:
    """Events whose every day is known; no dose of a drug after its stated end."""
    rows: list[Row] = []
    for drug in (*dice.sample(list(DRUGS), dice.randrange(4)), *dice.sample(OTHERS, dice.randrange(3))):
        rows += _treated(dice, drug)
    for number in range(dice.randrange(4)):
        rows.append(("relapse", {"at": str(day(dice)), "severity": f"s{number}", "steroids": dice.choice([True, False]),
                                 "status": dice.choice(["final", "suspected"])}))  # fmt: skip
    for test in dice.sample(list(MEASURED), 4):
        rows += [
            ("lab", {"at": str(day(dice, date(2022, 1, 1))), "test": test, "status": "final",
                     "value": round(dice.random() * MEASURED[test], 2), "below_limit": dice.random() < 0.1})
            for _ in range(dice.randrange(5))
        ]  # fmt: skip
    for test in dice.sample(CODED, 4):
        rows += [
            ("lab", {"at": str(day(dice)), "test": test, "status": "final",
                     "value_code": dice.choice(["positive", "negative", "equivocal"])})
            for _ in range(dice.randrange(3))
        ]  # fmt: skip
    for instrument in dice.sample(list(SCORED), 2):
        rows += [
            ("questionnaire", {"at": str(day(dice)), "instrument": instrument, "status": "final",
                               "score": round(dice.random() * SCORED[instrument], 3)})
            for _ in range(dice.randrange(4))
        ]  # fmt: skip
    for topic in dice.sample(["stop", "pregnancy", "tablets"], dice.randrange(3)):
        rows += [
            ("wish", {"at": str(day(dice)), "topic": topic, "strength": dice.choice(["none", "some", "strong"])})
            for _ in range(dice.randrange(1, 3))
        ]
    if dice.random() < 0.7:
        since = day(dice, date(1965, 1, 1), date(2020, 1, 1))
        rows.append(("observed", {"domain": "all", "from": str(since), "to": str(ON)}))
    onset = day(dice, date(2005, 1, 1), FIRST)
    rows.append(("course", {"at": str(onset), "onset": str(onset), "course": "rrms"}))
    return rows


def _treated(dice: random.Random, drug: str) -> list[Row]:
    """One treatment: stated, shown by doses, or both."""
    start = day(dice)
    end = day(dice, start) if dice.random() < 0.5 else None
    rows: list[Row] = []
    stated = dice.random() < 0.7
    if stated:
        row: dict[str, Any] = {"at": str(start), "therapy": drug, "status": "active"}
        if end:
            row |= {"ended": str(end), "status": "resolved", "stop_reason": dice.choice(REASONS)}
        if dice.random() < 0.2:
            row["interval_weeks"] = float(dice.choice([6, 26, 52]))
        rows.append(("treatment", row | {"start_reason": dice.choice(REASONS)}))
    if not stated or dice.random() < 0.6:
        when, step = start, dice.choice([5, 26, 27, 60])
        for _ in range(dice.randrange(1, 7)):
            if when > (end or ON):
                break
            rows.append(("dose", {"at": str(when), "therapy": drug, "status": "final"}))
            when += timedelta(weeks=step, days=dice.randrange(9))
    return rows


def blurred(dice: random.Random, rows: list[Row]) -> list[Row]:
    """The same events with less known of them: wider days, a class for a drug, missing values, shorter spans.

    Two events are never blurred into the same: exact duplicates count once.
    """
    coarse: list[Row] = []
    for table, given in rows:
        row = dict(given)
        for key in ("at", "ended", "onset"):
            if key in row and dice.random() < 0.4:
                row[key] = {"month": row[key][:7], "year": row[key][:4], "none": None}[
                    dice.choice(["month", "month", "year", "none"]) if key != "onset" else "year"
                ]
        if row.get("therapy") in DRUGS and dice.random() < 0.2:
            row["therapy"] = DRUGS[row["therapy"]]
        for key in ("value", "value_code", "score", "steroids", "stop_reason"):
            if key in row and dice.random() < 0.15:
                row[key] = None
        if table == "observed" and dice.random() < 0.5:
            row["from"] = str(day(dice, date.fromisoformat(row["from"])))
        if table != "observed" or dice.random() < 0.8:
            coarse.append((table, given) if (table, row) in coarse else (table, row))
    return coarse


def record(rows: list[Row], person: str = "P1", born: str = "1965") -> Record:
    builder = RecordBuilder()
    builder.add("person", **person_row(person, born=born))
    for number, (table, row) in enumerate(rows):
        builder.add(table, **row_of(table, row, person, number))
    return builder.build()


def derived(record: Record, on: date = ON, library: Library | None = None) -> pl.DataFrame:
    """The variables of the four topics, without their sources."""
    events = prepare(record, on, library or load(), explain=False)
    frames: list[pl.DataFrame] = [
        table_of(topic.derive, events) for topic in (treatment, laboratory, questionnaire, wish)
    ]
    first, *others = frames
    return pl.concat([first, *(frame.drop("person_id") for frame in others)], how="horizontal")
