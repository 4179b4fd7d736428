"""Entries of a chart looked at as a whole, once their values have been read; `None` keeps an entry out."""

from __future__ import annotations

import re

from stepdown.knowledge.schema import LabEntry
from stepdown.record.chart_readers import figure
from stepdown.record.chart_values import At, Row
from stepdown.record.dates import shown
from stepdown.record.units import convert

_LIMIT = re.compile(r"(<=?|>=?|≤|≥)\s*([0-9]+(?:\.[0-9]+)?)\Z")


DANGERS = frozenset({"pml", "cns-opportunistic", "hepatitis-b-reactivation"})
"""Infections that count for as long as they are said to go on, dated or not."""


def keep(at: At, row: Row) -> Row | None:
    """Nothing to look at."""
    return row


def lab(at: At, row: Row) -> Row | None:
    """Give a laboratory value its unit; keep it out, and say so, where it cannot be true."""
    value, test, unit = at.child("value"), row["test"], row.pop("unit", None)
    entry = at.chart.library.codes["labs"].entries[test]
    limit = _LIMIT.match(value.value.strip()) if isinstance(value.value, str) else None
    if isinstance(value.value, str) and not limit:
        return _coded(value, entry, row)
    raw = float(limit[2]) if limit else figure(value)
    if entry.coded and entry.unit is None:
        value.fail(f"{shown(value.value)} is no result of {test}", "write positive or negative")
    if raw < 0:
        value.fail(f"{raw:g} is negative", "a laboratory value is 0 or more; check the sign")
    given = limit[2] if limit else str(value.value)
    number = convert(given, unit, test, at.chart.library, f"{value.where}: {value.name}")
    if limit:
        below = limit[1] in ("<", "<=", "≤")
        row |= {"below_limit": below, "above_limit": not below}
    elif entry.plausible and not entry.plausible[0] <= number <= entry.plausible[1]:
        low, high = entry.plausible
        told = {"test": test, "value": number, "unit": entry.unit or "", "low": low, "high": high}
        at.chart.builder.problem(value.source, "implausible-value", at.chart.person_id, **told)
        return None
    return row | {"value": number, "unit": entry.unit}


def _coded(at: At, entry: LabEntry, row: Row) -> Row:
    said = at.value.strip()
    if not entry.coded:
        comma = "write it with a point, as in 4.9" if "," in said else f"write a number in {entry.unit or 'figures'}"
        at.fail(f"{shown(said)} is not a value of {row['test']}", comma)
    result = at.chart.recogniser.concept("answers", (), said)
    if result is None:
        at.fail(f"{shown(said)} is no result of {row['test']}", "write positive, negative or equivocal")
    return row | {"value_code": result.id, "value": None}


def attack(at: At, row: Row) -> Row | None:
    """What is suspected or goes on needs its date: without one nobody knows whether it is of now, or of years ago."""
    if row.get("status") in ("suspected", "active") and row.get("on") is None and row.get("on_latest") is None:
        at.fail(f"is {row['status']} and has no date", "write when it began, as in date: 2026-02-25")
    return row


def infection(at: At, row: Row) -> Row | None:
    """What the kind and the days in hospital say of an infection, where the chart does not say it."""
    entry = at.chart.library.codes["infections"].entries.get(row.get("kind", ""))
    nature = entry.category if entry else ()
    if DANGERS.isdisjoint(nature):
        attack(at, row)
    if "opportunistic" not in row and "opportunistic" in nature:
        row["opportunistic"] = True
    if "serious" not in row and ("serious-by-nature" in nature or row.get("hospital_days")):
        row["serious"] = True
    return row


def scan(at: At, row: Row) -> Row | None:
    """A scan proves quiet back to the one it was compared with: the latest day that one may have, not after itself."""
    earlier, day = row.pop("compared_first", None), row.get("on_latest")
    if earlier and day and earlier > day:
        at.child("compared_on").fail(f"the earlier scan ({earlier}) lies after this one ({day})", "check both dates")
    if day and row.get("compared_on"):
        row["compared_on"] = min(row["compared_on"], day)
    return row


def over(at: At, row: Row) -> Row | None:
    """What has an end is over; it cannot also go on."""
    if "ended_latest" not in row:
        return row
    if row.get("status") in ("suspected", "active"):
        at.child("status").fail(f"is {row['status']} and has an end", "keep one of the two")
    return {"status": "resolved"} | row


def questionnaire(at: At, row: Row) -> Row | None:
    """A score lies within the span of its instrument."""
    instrument = at.chart.library.instruments[row["instrument"]]
    if not instrument.low <= row["score"] <= instrument.high:
        at.child("score").fail(
            f"{row['score']:g} is not a score of {row['instrument']}", f"{instrument.low:g} to {instrument.high:g}"
        )
    return row
