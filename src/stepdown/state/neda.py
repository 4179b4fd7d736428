"""No evidence of disease activity (NEDA-3): no relapse, no MRI activity and no confirmed worsening in a window."""

from __future__ import annotations

import numpy as np

from stepdown.state.answers import Answers
from stepdown.state.arrays import AFTER, Floats
from stepdown.state.disability import worsening
from stepdown.state.events import Events
from stepdown.state.scans import Scans, quiet_since, scans_of
from stepdown.state.spans import explain_with, months_up_to, rows_of, span_sources, years_since
from stepdown.state.words import missing

WINDOWS = {"neda3_1y": 1, "neda3_2y": 2, "neda3_5y": 5}
"""Years before the index date that each variable speaks of, as its name says."""

CONFIRMED = "years_since_worsening_24w"
"""The worsening that counts: confirmed at 24 weeks, as for PIRA and RAW."""


def derive(events: Events) -> Answers:
    """One row a person: `neda3_1y`, `neda3_2y` and `neda3_5y` as truths.

    Any activity that surely lies in the window makes it no. It is yes only where all three are proven: relapses
    observed over the whole window, comparable scans that reach back over it, and EDSS visits that follow each other
    over it without a worsening that is confirmed or may yet be. Anything else is unknown.
    """
    answers = Answers(events)
    relapses, scans = rows_of(events, "relapse"), scans_of(events)
    parts = (
        years_since(events, relapses, "relapse", relapses.happened, relapses.possible),
        _years_since_activity(events, scans),
        worsening(events)[CONFIRMED],
    )
    low = np.minimum.reduce([part[0] for part in parts])
    high = np.minimum.reduce([part[1] for part in parts])
    for name, years in WINDOWS.items():
        answers.truth(name, low >= years, high < years, "neda")
    if events.explain:
        scored = ~missing(events["disability"]["edss"])
        answers.source("neda", events.row_of("disability")[scored], events.sources("disability")[scored])
        for found in (
            explain_with(events, relapses),
            explain_with(events, scans.rows),
            span_sources(events, "relapse"),
        ):
            answers.source("neda", *found)
    return answers


def _years_since_activity(events: Events, scans: Scans) -> tuple[Floats, Floats]:
    """Years since MRI activity, as bounds; scans prove quiet only as far back as they were compared."""
    quiet = quiet_since(events)
    proven = quiet != AFTER
    low = np.where(proven, months_up_to(np.where(proven, quiet, 0), events) / 12.0, 0.0)
    return low, years_since(events, scans.rows, "mri", scans.active, scans.maybe_active)[1]
