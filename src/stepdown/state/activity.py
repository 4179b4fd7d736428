"""Relapses and MRI activity: how long ago, how many, and whether they came in spite of the current drug."""

from __future__ import annotations

import numpy as np

from stepdown.state.answers import Answers
from stepdown.state.arrays import AFTER, BEFORE, Floats, covered_since, today
from stepdown.state.calendar import Days, add_months
from stepdown.state.events import Events
from stepdown.state.scans import Scans, activity_from, age_of_last, last_was_active, quiet_since, scans_of
from stepdown.state.separate import at_most, fewest
from stepdown.state.spans import (
    Rows,
    count_in_window,
    covers,
    covers_life,
    explain_with,
    in_window,
    months_up_to,
    rows_of,
    span_sources,
    window_start,
    years_since,
)
from stepdown.state.treated import started
from stepdown.state.words import is_no, is_yes, matches, missing

WINDOWS = {"relapses_1y": 12, "relapses_2y": 24, "relapses_5y": 60}
SCAN_WINDOWS = {"mri_activity_1y": 12, "mri_activity_2y": 24, "mri_activity_3y": 36}
"""Months before the index date in which relapses and active scans are counted."""


def derive(events: Events) -> Answers:
    """One row a person: relapses, MRI activity, and quiet."""
    answers = Answers(events)
    relapses, scans = rows_of(events, "relapse"), scans_of(events)
    since_relapse = _relapses(events, answers, relapses)
    since_scan, quiet = _scans(events, answers, scans)
    answers.number(
        "years_quiet",
        np.minimum(since_relapse[0], since_scan[0]),
        np.minimum(since_relapse[1], since_scan[1]),
        "quiet",
    )
    _on_therapy(events, answers, relapses, scans, quiet)
    if events.explain:
        spans = span_sources(events, "relapse")
        for group in ("relapse", "quiet", "therapy"):
            answers.source(group, *explain_with(events, relapses))
            answers.source(group, *spans)
        for group in ("mri", "quiet", "therapy"):
            answers.source(group, *explain_with(events, scans.rows))
        answers.source("brain", *explain_with(events, scans.rows, scans.brain))
        answers.source("cord", *explain_with(events, scans.rows, scans.cord))
    return answers


def _relapses(events: Events, answers: Answers, rows: Rows) -> tuple[Floats, Floats]:
    low, high = years_since(events, rows, "relapse", rows.happened, rows.possible)
    answers.number("years_since_relapse", low, high, "relapse")
    whole_life = covers_life(events, "relapse")
    ever, perhaps = rows.any(rows.happened), rows.any(rows.possible)
    answers.truth("never_relapsed", whole_life & ~perhaps, ever, "relapse")
    gap = round(events.library.number("relapse-separation-days"))
    for name, months in WINDOWS.items():
        inside, maybe = in_window(events, rows, months)
        surely = rows.happened & inside
        fewest_inside = fewest(rows.person[surely], rows.first[surely], rows.last[surely], gap, rows.size)
        most_inside = at_most(rows.person[maybe], rows.first[maybe], rows.last[maybe], gap, rows.size)
        most_inside[~covers(events, "relapse", months)] = np.inf
        answers.number(name, fewest_inside, most_inside, "relapse")
    _new_symptoms(events, answers, rows)
    answer = events["relapse"]["recovered"]
    poor = rows.happened & matches(answer, ("partly", "not"))
    fully = matches(answer, ("fully",))
    answers.truth("poor_recovery", rows.any(poor), whole_life & ~rows.any(~fully), "relapse")
    return low, high


def _new_symptoms(events: Events, answers: Answers, rows: Rows) -> None:
    """Suspected or active attacks of the last days; a relapse that is over and told as such is not one of them.

    A suspicion that nobody settled stands for longer, and after that it is unknown what came of it.
    """
    number, now = events.library.number, today(events)
    start, unsettled = (now - round(number(name)) for name in ("new-symptom-days", "unsettled-symptom-days"))
    suspected, open_ = rows.has_status("suspected"), rows.has_status("suspected", "active")
    certain = events["relapse"]["certain"].to_numpy()
    unclear = suspected | ((open_ | missing(rows.status)) & (rows.last >= start))
    no = (covered_since(events, "relapse") <= start) & ~rows.any(unclear)
    recent = rows.first >= np.where(suspected, min(start, unsettled), start)
    answers.truth("suspected_relapse", rows.any(open_ & certain & recent), no, "relapse")


def _scans(events: Events, answers: Answers, scans: Scans) -> tuple[tuple[Floats, Floats], Days]:
    rows = scans.rows
    quiet = quiet_since(events)
    proven = quiet != AFTER
    low = np.where(proven, months_up_to(np.where(proven, quiet, 0), events) / 12.0, 0.0)
    _, high = years_since(events, rows, "mri", scans.active, scans.maybe_active)
    answers.number("years_since_mri_activity", low, high, "mri")
    answers.truth("mri_activity", *last_was_active(scans), "mri")
    for name, months in SCAN_WINDOWS.items():
        fewest_active, most_active = count_in_window(events, rows, "mri", months, scans.active, scans.maybe_active)
        most_active[proven & (quiet <= window_start(events, months))] = 0.0
        answers.number(name, fewest_active, most_active, "mri")
    answers.number("months_since_brain_mri", *age_of_last(events, rows, scans.brain), "brain")
    answers.number("months_since_cord_mri", *age_of_last(events, rows, scans.cord & rows.happened), "cord")
    lesions = events["mri"]["lesions"]
    only_cord = matches(events["mri"]["region"], ("cord",))
    seen = rows.happened & only_cord & (is_yes(lesions) | scans.active)
    clear = rows.happened & scans.cord & is_no(lesions)
    suspected = scans.cord & ~clear & (is_yes(lesions) | scans.maybe_active)
    answers.truth("cord_lesions", rows.any(seen), rows.any(clear) & ~rows.any(suspected), "cord")
    return (low, high), quiet


def _on_therapy(events: Events, answers: Answers, relapses: Rows, scans: Scans, quiet: Days) -> None:
    """Activity after the re-baseline scan of the current drug, within the window that counts as recent."""
    drug_from, drug_by = _treated_from(events)
    window = window_start(events, events.library.number("activity-window-months")) + 1
    surely_from = np.maximum(drug_by, window)
    perhaps_from = np.maximum(drug_from, window)
    active = activity_from(scans)
    yes = relapses.any(relapses.happened & (relapses.first >= surely_from[relapses.person]))
    yes |= scans.rows.any(scans.active & (active >= surely_from[scans.rows.person]))
    maybe = relapses.any(relapses.last >= perhaps_from[relapses.person])
    seen = (covered_since(events, "relapse") <= perhaps_from) & (quiet <= perhaps_from)
    too_early = perhaps_from > today(events)
    answers.truth("activity_on_therapy", yes, too_early | (seen & ~maybe), "therapy")


def _treated_from(events: Events) -> tuple[Days, Days]:
    """Earliest and latest day from which activity counts against the current drug; `BEFORE` and `AFTER` if unknown."""
    found, number = started(events), events.library.number
    delay = np.where(
        found.course, round(number("re-baseline-course-months")), round(number("re-baseline-months"))
    ).astype(np.int64)
    bounds = []
    for day, unknown in ((found.earliest, BEFORE), (found.latest, AFTER)):
        given = day != unknown
        bounds.append(np.where(given, add_months(np.where(given, day, 0), delay), unknown))
    return bounds[0], bounds[1]
