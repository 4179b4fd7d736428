"""The sections of a chart as a table: which keys an entry has, and which columns of the record they fill."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from stepdown.knowledge.library import Library
from stepdown.record.chart_entries import attack, infection, keep, lab, over, questionnaire, scan
from stepdown.record.chart_readers import (
    Reader,
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
from stepdown.record.chart_values import At, Row
from stepdown.record.codes import plain_text
from stepdown.record.dates import shown
from stepdown.record.tables import STATUSES


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
    finish: Callable[[At, Row], Row | None] = keep


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
    """A questionnaire by its id, its title or one of its names."""
    said, instruments = word(at), at.chart.library.instruments
    for key, instrument in instruments.items():
        if plain_text(said) in map(plain_text, (key, *instrument.title.values(), *instrument.names)):
            return {"instrument": key}
    at.fail_unknown("the questionnaire", said, instruments)


def _raw(column: str) -> Reader:
    return lambda at: {column: at.value}


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
        finish=over,
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
        finish=attack,
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
        finish=scan,
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
        finish=lab,
    ),
    "infections": Section(
        "infection",
        {
            "date": _DATE,
            "kind": concept("kind", "infections", "an infection", elsewhere=("conditions",)),
            "serious": flag("serious"),
            "opportunistic": flag("opportunistic"),
            "hospital_days": number("hospital_days"),
            "status": _STATUS,
        },
        text="kind",
        never="infection",
        finish=infection,
    ),
    "conditions": Section(
        "condition",
        {
            "name": concept("condition", "conditions", "a condition", elsewhere=("infections",)),
            "since": _DATE,
            "until": _ENDED,
            "status": _STATUS,
        },
        needs=("name",),
        text="name",
        never="condition",
        status="active",
        finish=over,
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
        {"date": _DATE, "vaccine": concept("vaccine", "vaccines", "a vaccine")},
        needs=("vaccine",),
        text="vaccine",
        never="vaccination",
    ),
    "questionnaires": Section(
        "questionnaire",
        {"date": _DATE, "instrument": _instrument, "score": number("score", low=-math.inf)},
        needs=("instrument", "score"),
        finish=questionnaire,
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
