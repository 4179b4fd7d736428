"""Other conditions: what is present now, cancer and its state, pregnancy, habits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stepdown.state.answers import Answers
from stepdown.state.arrays import AFTER, BEFORE, Bits, Flags, covered_since, days, today
from stepdown.state.coded import category_bits, has
from stepdown.state.events import Events
from stepdown.state.habits import last_said
from stepdown.state.person import beyond_pregnancy
from stepdown.state.spans import Rows, covers, covers_life, explain_with, in_window, rows_of, span_sources, years_since
from stepdown.state.words import matches

COMORBIDITIES = (
    "comorbidity_cardiovascular", "comorbidity_diabetes", "comorbidity_lung", "comorbidity_liver",
    "comorbidity_kidney", "comorbidity_immune", "comorbidity_psychiatric",
)  # fmt: skip
PRESENT = (
    "severe_liver_impairment", "immunodeficiency", "frailty", "swallowing_trouble", "bladder_risk",
    "pressure_sores", "autoimmune_thyroid",
)  # fmt: skip
"""Present while it has not ended."""
DANGERS = ("liver_injury", "colitis", "macular_oedema", "severe_cytopenia")
"""Present while suspected, too, until it is told to be over."""
_OTHERS = (
    "cancer", "history", "recent_cardiac_event", "av_block", "smoking", "obesity", "pregnant", "breastfeeding",
)  # fmt: skip
CATEGORIES = (*COMORBIDITIES, *PRESENT, *DANGERS, *_OTHERS)


@dataclass(frozen=True)
class Conditions:
    """The conditions as arrays.

    Attributes:
        rows: person, bounds of the day, status and source.
        bits: categories of each row.
        present: surely there on the index date, and more than a suspicion.
        open: may be there.
        covered: people whose conditions are all on record.
    """

    rows: Rows
    bits: Bits
    present: Flags
    open: Flags
    covered: Flags

    def of(self, category: str) -> Flags:
        """Rows of a category."""
        return has(self.bits, CATEGORIES, category)

    def truth(self, category: str) -> tuple[Flags, Flags]:
        """Who surely has a condition of this category, and who surely has none."""
        mine = self.of(category)
        return self.rows.any(mine & self.present), self.covered & ~self.rows.any(mine & self.open)


def derive(events: Events) -> Answers:
    """One row a person: comorbidity, cancer, pregnancy, dangers, habits."""
    answers, found = Answers(events), _conditions(events)
    _comorbidity(answers, found)
    for name in PRESENT:
        answers.truth(name, *found.truth(name), name)
    for name in DANGERS:
        _danger(events, answers, found, name)
    _cancer(events, answers, found)
    _heart(events, answers, found)
    _habits(events, answers, found)
    _pregnancy(events, answers, found)
    if events.explain:
        _explain(events, answers, found)
    return answers


def _conditions(events: Events) -> Conditions:
    frame, rows = events["condition"], rows_of(events, "condition")
    bits = category_bits(events, "condition", "condition", "conditions", CATEGORIES)
    now = today(events)
    ended, ended_latest = days(frame["ended"], AFTER), days(frame["ended_latest"], AFTER)
    resolved = rows.has_status("resolved") | has(bits, CATEGORIES, "history")
    over = resolved | (ended_latest <= now)
    perhaps_over = resolved | (np.minimum(ended, ended_latest) <= now)
    # the heart disease that an infarction leaves does not end with it
    lasting = has(bits, CATEGORIES, "recent_cardiac_event")
    return Conditions(
        rows,
        bits,
        present=rows.happened & (~perhaps_over | lasting),
        open=~over | lasting,
        covered=covered_since(events, "condition") != AFTER,
    )


def _comorbidity(answers: Answers, found: Conditions) -> None:
    low = np.zeros(found.rows.size)
    high = np.zeros(found.rows.size)
    for name in COMORBIDITIES:
        yes, no = found.truth(name)
        answers.truth(name, yes, no, name)
        low, high = low + yes, high + ~no
    answers.number("comorbidity_count", low, high, "comorbidity")


def _danger(events: Events, answers: Answers, found: Conditions, name: str) -> None:
    """Suspected counts as present; told to be over, and nothing else open, counts as absent."""
    rows, mine = found.rows, found.of(name)
    certain = events["condition"]["certain"].to_numpy()
    suspected = rows.has_status("suspected") & certain & found.open
    yes = rows.any(mine & (found.present | suspected))
    none_open = ~rows.any(mine & found.open)
    answers.truth(name, yes, none_open & (found.covered | rows.any(mine & ~found.open)), name)


def _cancer(events: Events, answers: Answers, found: Conditions) -> None:
    rows, mine = found.rows, found.of("cancer")
    certain = events["condition"]["certain"].to_numpy()
    suspected = rows.has_status("suspected") & certain & found.open
    active = rows.any(mine & (found.present | suspected))
    perhaps = rows.any(mine & found.open)
    past = rows.any(mine & rows.happened)
    bit = {value: 1 << place for place, value in enumerate(events.library.values("cancer"))}
    everything = sum(bit.values())
    answers.category(
        "cancer",
        np.select(
            [active, perhaps & past, perhaps, past, covers_life(events, "condition"), found.covered],
            [bit["active"], bit["active"] | bit["remission"], everything, bit["remission"], bit["none"],
             bit["none"] | bit["remission"]],
            everything,
        ).astype(np.uint64),
        "cancer",
    )  # fmt: skip
    answers.number("years_since_cancer", *years_since(events, rows, "condition", mine & rows.happened, mine), "cancer")


def _heart(events: Events, answers: Answers, found: Conditions) -> None:
    rows, mine = found.rows, found.of("recent_cardiac_event")
    months = events.library.number("recent-cardiac-months")
    inside, perhaps = in_window(events, rows, months)
    no = covers(events, "condition", months) & ~rows.any(mine & perhaps)
    answers.truth("recent_cardiac_event", rows.any(mine & rows.happened & inside), no, "recent_cardiac_event")
    pacemaker = matches(events["condition"]["condition"], ("pacemaker",))
    blocked, free = found.truth("av_block")
    paced = rows.any(pacemaker & found.present)
    answers.truth("av_block", blocked & ~rows.any(pacemaker), free | paced, "av_block")


def _habits(events: Events, answers: Answers, found: Conditions) -> None:
    for name, topic, limit in (
        ("smoking", "smoking", None),
        ("obesity", "bmi", events.library.number("obesity-bmi")),
    ):
        says_yes, says_no = last_said(events, topic, limit)
        named = found.truth(name)[0]
        answers.truth(name, (says_yes | named) & ~(says_no & named), says_no & ~named, name)
    answers.truth("contraception", *last_said(events, "contraception"), "lifestyle")


def _pregnancy(events: Events, answers: Answers, found: Conditions) -> None:
    """Pregnancy ends by itself; that nobody recorded one proves nothing once the grace of the span is needed."""
    rows = found.rows
    up_to_date = found.covered & ~events.covered("condition").grace
    never = beyond_pregnancy(events)
    oldest = today(events) - 7 * round(events.library.number("pregnancy-weeks"))
    # without a date, only an entry that says it is active speaks of now
    recent = np.where(rows.first == BEFORE, rows.has_status("active"), rows.first >= oldest)
    for name, lasts, may_last in (
        ("pregnant", recent, rows.last >= oldest),
        ("breastfeeding", np.ones_like(recent), np.ones_like(recent)),
    ):
        mine = found.of(name)
        yes = rows.any(mine & found.present & lasts)
        answers.truth(name, yes, (up_to_date | never) & ~rows.any(mine & found.open & may_last), name)


def _explain(events: Events, answers: Answers, found: Conditions) -> None:
    spans = span_sources(events, "condition")
    for name in CATEGORIES:
        if found.of(name).any():
            answers.source(name, *explain_with(events, found.rows, found.of(name)))
        answers.source(name, *spans)
    of_any = np.zeros(found.bits.size, np.bool_)
    for name in COMORBIDITIES:
        of_any |= found.of(name)
    answers.source("comorbidity", *explain_with(events, found.rows, of_any))
    answers.source("comorbidity", *spans)
    habits = events["lifestyle"]
    for group, topics in (("smoking", ["smoking"]), ("obesity", ["bmi"]), ("lifestyle", ["contraception"])):
        about = np.flatnonzero(matches(habits["topic"], topics))
        answers.source(group, events.row_of("lifestyle")[about], events.sources("lifestyle")[about])
