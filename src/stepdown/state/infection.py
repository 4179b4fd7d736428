"""Infections: how many, how serious, which are active now, and the ones that never wait."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stepdown.state.answers import Answers
from stepdown.state.arrays import AFTER, Bits, Flags, covered_since, floats, today
from stepdown.state.coded import category_bits, has
from stepdown.state.events import Events
from stepdown.state.spans import Rows, count_in_window, covers_life, explain_with, rows_of, span_sources
from stepdown.state.treated import started
from stepdown.state.words import is_no, is_yes, missing

CATEGORIES = ("opportunistic", "cns-opportunistic", "serious-by-nature", "pml", "urinary", "hepatitis-b-reactivation")


@dataclass(frozen=True)
class Infections:
    """The infections as arrays.

    Attributes:
        rows: person, bounds of the day, status and source.
        bits: categories of each row.
        serious, perhaps_serious: at hospital level, for sure and possibly.
        certain: lies on or before the index date, a suspicion or not.
        resolved: told to be over.
        recent, perhaps_recent: began within the days for which an infection is taken as active.
        open: told to be active or suspected.
    """

    rows: Rows
    bits: Bits
    serious: Flags
    perhaps_serious: Flags
    certain: Flags
    resolved: Flags
    recent: Flags
    perhaps_recent: Flags
    open: Flags

    def of(self, category: str) -> Flags:
        """Rows of a category."""
        return has(self.bits, CATEGORIES, category)

    @property
    def active(self) -> Flags:
        """Rows that are taken as active now: recent and not told to be over."""
        return self.certain & ~self.resolved & self.recent

    @property
    def perhaps_active(self) -> Flags:
        """Rows that may be active now: those, and older ones that were never told to be over."""
        return ~self.resolved & (self.perhaps_recent | self.open)


def derive(events: Events) -> Answers:
    """One row a person: counts, recurrent, opportunistic, active and dangerous infections."""
    answers, found = Answers(events), _infections(events)
    _counts(events, answers, found)
    _active(events, answers, found)
    _opportunistic(events, answers, found)
    _dangers(events, answers, found)
    if events.explain:
        spans = span_sources(events, "infection")
        groups = {name: found.of(name) for name in CATEGORIES}
        groups |= {"any": np.ones(found.bits.size, np.bool_), "serious": found.perhaps_serious}
        groups |= {"now": found.perhaps_active}
        for group, mask in groups.items():
            answers.source(group, *explain_with(events, found.rows, mask))
            answers.source(group, *spans)
    return answers


def _infections(events: Events) -> Infections:
    frame, rows = events["infection"], rows_of(events, "infection")
    bits = category_bits(events, "infection", "kind", "infections", CATEGORIES)
    stated = frame["serious"]
    in_hospital = floats(frame["hospital_days"]) > 0
    denied = is_no(stated)
    serious = is_yes(stated) | in_hospital
    serious |= has(bits, CATEGORIES, "serious-by-nature") & ~denied
    start = today(events) - round(events.library.number("active-infection-days"))
    return Infections(
        rows,
        bits,
        serious=serious,
        perhaps_serious=serious | ~denied,
        certain=frame["certain"].to_numpy(),
        resolved=rows.has_status("resolved"),
        recent=rows.first >= start,
        perhaps_recent=rows.last >= start,
        open=rows.has_status("active", "suspected"),
    )


def _counts(events: Events, answers: Answers, found: Infections) -> None:
    rows, everything = found.rows, np.ones(found.bits.size, np.bool_)
    urinary = found.of("urinary")
    year = None
    for name, months, sure, perhaps, group in (
        ("serious_infections_1y", 12, found.serious, found.perhaps_serious, "serious"),
        ("serious_infections_2y", 24, found.serious, found.perhaps_serious, "serious"),
        ("infections_1y", 12, everything, everything, "any"),
        ("infections_2y", 24, everything, everything, "any"),
        ("urinary_infections_1y", 12, urinary, urinary, "urinary"),
    ):
        bounds = count_in_window(events, rows, "infection", months, rows.happened & sure, perhaps)
        answers.number(name, *bounds, group)
        if name == "infections_1y":
            year = bounds
    assert year is not None
    many = events.library.number("recurrent-infections")
    answers.truth("recurrent_infections", year[0] >= many, year[1] < many, "any")


def _active(events: Events, answers: Answers, found: Infections) -> None:
    start = today(events) - round(events.library.number("active-infection-days"))
    covered = covered_since(events, "infection") <= start
    rows = found.rows
    for name, sure, perhaps in (
        ("active_infection", np.ones_like(found.serious), np.ones_like(found.serious)),
        ("active_serious_infection", found.serious, found.perhaps_serious),
    ):
        no = covered & ~rows.any(found.perhaps_active & perhaps)
        answers.truth(name, rows.any(found.active & sure), no, "now")


def _opportunistic(events: Events, answers: Answers, found: Infections) -> None:
    """At any time since the class of the current drug was started, or active now."""
    rows = found.rows
    told = events["infection"]["opportunistic"]
    denied = is_no(told)
    mine = is_yes(told) | (found.of("opportunistic") & ~denied)
    on_class = started(events)
    since = on_class.class_latest[rows.person]
    yes = rows.any(mine & rows.happened & (rows.first >= since)) | rows.any(mine & found.active)
    reach = covered_since(events, "infection")
    covered = (reach != AFTER) & ((reach <= on_class.class_earliest) | covers_life(events, "infection"))
    perhaps = ~denied & (mine | missing(events["infection"]["kind"]))
    relevant = (rows.last >= on_class.class_earliest[rows.person]) | found.perhaps_active
    answers.truth("opportunistic_infection", yes, covered & ~rows.any(perhaps & relevant), "opportunistic")


def _dangers(events: Events, answers: Answers, found: Infections) -> None:
    """Infections that stop everything; an open suspicion never goes quiet because it is old."""
    rows = found.rows
    covered = covered_since(events, "infection") != AFTER
    pml = found.of("pml")
    suspected = rows.has_status("suspected")
    answers.truth(
        "pml_suspected", rows.any(pml & suspected & found.certain), covered & ~rows.any(pml & ~found.resolved), "pml"
    )
    answers.truth(
        "pml_confirmed", rows.any(pml & rows.happened), covers_life(events, "infection") & ~rows.any(pml), "pml"
    )
    # only the word that it is over ends it, so an old entry without one is still taken as active
    lasting = pml & ~found.resolved
    answers.truth("pml_active", rows.any(lasting & rows.happened), covered & ~rows.any(lasting), "pml")
    unsettled = found.certain & ~found.resolved & (found.open | found.recent)
    for name, category in (
        ("cns_opportunistic_active", "cns-opportunistic"),
        ("hepatitis_b_reactivation", "hepatitis-b-reactivation"),
    ):
        mine = found.of(category)
        no = covered & ~rows.any(mine & found.perhaps_active)
        answers.truth(name, rows.any(mine & unsettled), no, category)
