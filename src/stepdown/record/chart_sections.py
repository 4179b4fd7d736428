"""The sections of a chart as a table: which keys an entry has, and which columns of the record they fill."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import LabEntry
from stepdown.record.chart_values import (
    At,
    Reader,
    Row,
    choice,
    concept,
    day,
    end,
    figure,
    flag,
    listed,
    measured,
    number,
    text,
    therapy,
    word,
)
from stepdown.record.dates import shown
from stepdown.record.tables import STATUSES
from stepdown.record.units import convert

_LIMIT = re.compile(r"(<=?|>=?|≤|≥)\s*([0-9]+(?:\.[0-9]+)?)\Z")


def _keep(at: At, row: Row) -> Row | None:
    return row


@dataclass(frozen=True)
class Section:
    """One section of the chart, a list of entries.

    Attributes:
        table: the table of the record that it fills.
        fields: how each key is read.
        needs: keys that an entry must have.
        one_of: keys of which an entry must have at least one.
        text: the key that a bare word stands for; a bare date stands for `date`.
        never: the domain that an empty list says never had an event.
        status: status of an entry that gives none.
        finish: looks at an entry as a whole; `None` keeps it out.
    """

    table: str
    fields: dict[str, Reader]
    needs: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    text: str = ""
    never: str = ""
    status: str = "final"
    finish: Callable[[At, Row], Row | None] = _keep


def _words(*options: str) -> Callable[[Library], tuple[str, ...]]:
    return lambda library: options


def _topics(library: Library) -> list[str]:
    return [name.removeprefix("wish_").replace("_", "-") for name in library.variables if name.startswith("wish_")]


def _edss(at: At) -> Row:
    """A score of the EDSS: 0, then half points from 1 to 10."""
    score = figure(at)
    if not 0 <= score <= 10 or score * 2 != int(score * 2) or score == 0.5:
        at.fail(f"{shown(at.value)} is not a score of the EDSS", "it is 0, 1, 1.5, 2 and so on to 10")
    return {"edss": score}


def _course(at: At) -> Row:
    """A course by its short or its full name; multiple sclerosis without more leaves the course unknown."""
    row = listed("course", "courses", "the course")(at)
    return {"course": None if row["course"] == "ms" else row["course"]}


def _instrument(at: At) -> Row:
    """A questionnaire by its id or one of its names."""
    said = word(at)
    instruments = at.chart.library.instruments
    for key, instrument in instruments.items():
        if said.lower() in (key, *(name.lower() for name in instrument.names)):
            return {"instrument": key}
    at.fail_unknown("the questionnaire", said, instruments)


def _scored(at: At, row: Row) -> Row | None:
    instrument = at.chart.library.instruments[row["instrument"]]
    if not instrument.low <= row["score"] <= instrument.high:
        at.child("score").fail(
            f"{row['score']:g} is not a score of {row['instrument']}", f"{instrument.low:g} to {instrument.high:g}"
        )
    return row


def _raw(column: str) -> Reader:
    return lambda at: {column: at.value}


def _lab(at: At, row: Row) -> Row | None:
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


def _infection(at: At, row: Row) -> Row | None:
    """What the kind and the days in hospital say of an infection, where the chart does not say it."""
    entry = at.chart.library.codes["infections"].entries.get(row.get("kind", ""))
    nature = entry.category if entry else ()
    if "opportunistic" not in row and "opportunistic" in nature:
        row["opportunistic"] = True
    if "serious" not in row and ("serious-by-nature" in nature or row.get("hospital_days")):
        row["serious"] = True
    return row


def _scan(at: At, row: Row) -> Row | None:
    """A scan proves quiet back to the one it was compared with: the latest day that one may have, not after itself."""
    earlier, day = row.pop("compared_first", None), row.get("on_latest")
    if earlier and day and earlier > day:
        at.child("compared_on").fail(f"the earlier scan ({earlier}) lies after this one ({day})", "check both dates")
    if earlier and day:
        row["compared_on"] = min(row["compared_on"], day)
    return row


def _ended(at: At, row: Row) -> Row | None:
    """What has an end is over."""
    if "status" not in row and "ended_latest" in row:
        row["status"] = "resolved"
    return row


_STATUS = choice("status", "the status", _words(*STATUSES), remission="resolved", ongoing="active")
_RECOVERED = {"full": "fully", "complete": "fully", "partial": "partly", "incomplete": "partly", "none": "not"}
_DATE = day("on", "on_latest")
_ENDED = end("ended", "ended_latest")

SECTIONS: dict[str, Section] = {
    "ms": Section(
        "course",
        {
            "course": _course,
            "onset": day("onset", "onset_latest"),
            "diagnosed": _DATE,
            "status": _STATUS,
        },
    ),
    "treatments": Section(
        "treatment",
        {
            "therapy": therapy,
            "from": _DATE,
            "to": _ENDED,
            "started_for": listed("start_reason", "reasons", "the reason", "start"),
            "stopped_for": listed("stop_reason", "reasons", "the reason", "stop"),
            "interval_weeks": number("interval_weeks"),
            "mg": number("dose_mg"),
        },
        needs=("therapy",),
        text="therapy",
        never="treatment",
        status="active",
        finish=_ended,
    ),
    "doses": Section("dose", {"date": _DATE, "therapy": therapy, "mg": number("dose_mg")}, needs=("therapy",)),
    "appointments": Section(
        "appointment",
        {"date": day("on", "on_latest", future=True), "therapy": therapy, "purpose": text("purpose")},
        needs=("date",),
        status="active",
    ),
    "relapses": Section(
        "relapse",
        {
            "date": _DATE,
            "severity": choice("severity", "the severity", _words("mild", "moderate", "severe")),
            "steroids": flag("steroids"),
            "recovered": choice("recovered", "the recovery", _words("fully", "partly", "not"), **_RECOVERED),
            "status": _STATUS,
        },
        never="relapse",
    ),
    "mri": Section(
        "mri",
        {
            "date": _DATE,
            "region": listed("region", "mri", "the region", "region"),
            "compared_on": day("compared_first", "compared_on"),
            "contrast": flag("contrast"),
            "new_t2": number("new_t2", whole=True),
            "gd": number("gd_lesions", whole=True),
            "stable": flag("stable"),
            "lesions": flag("lesions"),
        },
        finish=_scan,
    ),
    "edss": Section(
        "disability",
        {
            "date": _DATE,
            "score": _edss,
            "t25fw": measured("t25fw_s", "t25fw"),
            "nhpt": measured("nhpt_s", "nhpt"),
            "sdmt": measured("sdmt", "sdmt"),
            "during_relapse": flag("during_relapse"),
        },
        one_of=("score", "t25fw", "nhpt", "sdmt"),
    ),
    "labs": Section(
        "lab",
        {"date": _DATE, "test": listed("test", "labs", "the test"), "value": _raw("value"), "unit": text("unit")},
        needs=("test", "value"),
        finish=_lab,
    ),
    "infections": Section(
        "infection",
        {
            "date": _DATE,
            "kind": concept("kind", "infections", "the infection", elsewhere=("conditions",)),
            "serious": flag("serious"),
            "opportunistic": flag("opportunistic"),
            "hospital_days": number("hospital_days"),
            "status": _STATUS,
        },
        text="kind",
        never="infection",
        finish=_infection,
    ),
    "conditions": Section(
        "condition",
        {
            "name": concept("condition", "conditions", "the condition", elsewhere=("infections",)),
            "since": _DATE,
            "until": _ENDED,
            "status": _STATUS,
        },
        needs=("name",),
        text="name",
        never="condition",
        status="active",
        finish=_ended,
    ),
    "allergies": Section(
        "allergy",
        {"substance": text("substance"), "date": _DATE},
        needs=("substance",),
        text="substance",
        status="active",
    ),
    "vaccinations": Section(
        "vaccination",
        {"date": _DATE, "vaccine": concept("vaccine", "vaccines", "the vaccine")},
        needs=("vaccine",),
        text="vaccine",
        never="vaccination",
    ),
    "questionnaires": Section(
        "questionnaire",
        {"date": _DATE, "instrument": _instrument, "score": number("score", low=-math.inf)},
        needs=("instrument", "score"),
        finish=_scored,
    ),
    "wishes": Section(
        "wish",
        {
            "date": _DATE,
            "topic": choice("topic", "the wish", _topics),
            "strength": choice("strength", "the strength", _words("none", "some", "strong")),
        },
        needs=("topic",),
        text="topic",
        status="active",
    ),
}
"""Every section of the chart that is a list of entries (`ms` may also be one entry by itself)."""
