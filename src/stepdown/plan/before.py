"""What to have before a change: tests with their age limits, recovery from the last drug, vaccines, open rules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from stepdown.guideline.findings import Told, text
from stepdown.knowledge.care import Arriving, Care, PreStart, Vaccine
from stepdown.plan.calendar import length, shift
from stepdown.plan.lines import DONE, NOT_NEEDED, OPEN, OVERDUE, UNKNOWN, care_key, judged, line, prose, who_does
from stepdown.plan.subject import Subject

_RECOVERED = {"lymphocytes": "lymphocytes", "alt-ratio": "alt_ratio", "pml-excluded": "pml_suspected"}
"""Variables in which it shows that something has recovered; whether it has, `needs` says."""


_LIVE = ("live", "varicella")
"""Kinds of vaccines that are live."""
_ON_THE_DAY = ("pregnancy-test",)
"""Tests that count only on the day itself, whatever the record says now."""


def before_start(subject: Subject) -> Iterator[Told]:
    """The tests before the first dose of the next drug, or of one that is begun again."""
    if not (subject.switching or subject.restarting):
        return
    for entry in subject.care_next.before_start:
        yield _test(subject, entry)


def _test(subject: Subject, entry: PreStart) -> Told:
    key = care_key(subject, subject.target.id, subject.care_next, "before_start", entry)
    used = subject.anchors.first or subject.anchors.next
    wanted = subject.holds(entry.if_, f"{key}.if").truth if entry.if_ is not None else True
    status, seen = judged(subject, entry.seen_in, entry.needs, entry.within, key, used)
    if status == DONE and entry.what in _ON_THE_DAY:
        status = OPEN
    if wanted is False:
        status = NOT_NEEDED
    elif wanted is None and status != DONE:
        status = UNKNOWN
    begin = subject.on
    if used is not None and entry.within is not None:
        limit = length(entry.within, subject.library)
        begin = max(begin, shift(used, -limit.greatest, limit.unit))
    waits = text("change.if-not.first-dose-waits" if entry.needs is not None else "change.if-not.tested-first")
    return line(
        key, "before", entry.what, prose(key), who_does(entry.what, entry.who), entry,
        begin=begin, end=used, status=status, seen=seen, if_not=None if status == NOT_NEEDED else waits,
    )  # fmt: skip


def arriving(subject: Subject) -> Iterator[Told]:
    """What coming from the present drug means for the next one: the gap, and what must have recovered."""
    if not subject.switching:
        return
    for entry in subject.arriving:
        yield _arriving(subject, entry)


def _arriving(subject: Subject, entry: Arriving) -> Told:
    key = care_key(subject, subject.target.id, subject.care_next, "arriving", entry)
    last = subject.anchors.last
    seen_in = [_RECOVERED[name] for name in entry.recovered if name in _RECOVERED]
    status, seen = judged(subject, seen_in, entry.needs, None, key)
    begin = end = None
    if entry.gap is not None and last is not None:
        wait = length(entry.gap, subject.library)
        begin, end = shift(last, wait.low or 0, wait.unit), shift(last, wait.greatest, wait.unit)
    if status == DONE and entry.needs is None:
        status = UNKNOWN  # the value is there; whether it has recovered, no criterion says
    if entry.gap is not None and status in (DONE, UNKNOWN):
        status = UNKNOWN if begin is None else OPEN if begin >= subject.on else status
    waits = None
    if entry.needs is not None or entry.recovered:
        waits = text(f"change.if-not.{'pml-first' if 'pml-excluded' in entry.recovered else 'recovery-first'}")
    return line(
        key, "gap", "from-last-drug", prose(key), "neurologist", entry,
        begin=begin, end=end, status=status, seen=seen, if_not=waits,
    )  # fmt: skip


def vaccines(subject: Subject) -> Iterator[Told]:
    """Vaccines in time before a first dose, between the doses that go on, and after the last one."""
    if subject.switching or subject.restarting:
        for entry in subject.care_next.vaccines:
            if entry.before_start is not None:
                yield _before_first(subject, entry)
    for entry in subject.care.vaccines:
        key = care_key(subject, subject.current.id, subject.care, "vaccines", entry)
        if subject.giving and entry.after_dose is not None and entry.before_next_dose is not None:
            yield _between(subject, entry, key)
        elif not subject.giving and (_live_after(entry) or entry.after_dose is not None):
            yield _after_last(subject, entry, key)
    yield from _no_live_vaccine(subject)


def _live_after(entry: Vaccine) -> bool:
    """Whether an entry says how long no live vaccine is given after a drug, and so none while it is taken."""
    return entry.kind == "live" and entry.before_start is None


def _after_last(subject: Subject, entry: Vaccine, key: str) -> Told:
    """A vaccine after the last dose; a live one has no day where the next drug forbids it."""
    wait, last = entry.after_stopping or entry.after_dose, subject.anchors.last
    begin = None
    if last is not None and wait is not None:
        found = length(wait, subject.library)
        begin = max(subject.on, shift(last, found.greatest, found.unit))
    if entry.kind == "live" and subject.switching and _forbids_live(subject.care_next):
        begin, waits = None, text("change.if-not.live-vaccine-next-drug", therapy=subject.target.id)
    else:
        waits = None
    return line(key, "after", f"{entry.kind}-vaccine", prose(key), "family-doctor", entry, begin=begin, if_not=waits)


def _forbids_live(care: Care) -> bool:
    """Whether live vaccines are a question on a drug; then they are not given while it is taken."""
    return any(entry.kind == "live" for entry in care.vaccines)


def _no_live_vaccine(subject: Subject) -> Iterator[Told]:
    """No live vaccine on the drug that goes on or begins."""
    if not (subject.giving or subject.switching):
        return
    care, drug = subject.care_next, subject.target.id
    for entry in care.vaccines:
        if _live_after(entry):
            key = care_key(subject, drug, care, "vaccines", entry)
            says = text("change.no-live-vaccine", therapy=drug, says=prose(key))
            yield line(key, "after", "live-vaccine", says, "family-doctor", entry)


def _before_first(subject: Subject, entry: Vaccine) -> Told:
    assert entry.before_start is not None
    care: Care = subject.care_next
    key = care_key(subject, subject.target.id, care, "vaccines", entry)
    ahead = length(entry.before_start, subject.library)
    first = subject.anchors.first or subject.anchors.next
    begin, end = subject.on, None if first is None else shift(first, -ahead.least, ahead.unit)
    wanted = subject.holds(entry.if_, f"{key}.if") if entry.if_ is not None else None
    status = OPEN if wanted is None or wanted.truth else NOT_NEEDED if wanted.truth is False else UNKNOWN
    seen = subject.person.origin(wanted) if wanted is not None else []
    late = end is not None and end < subject.on
    waits = text("change.if-not.vaccine-too-late" if late else "change.if-not.vaccine-later")
    says = prose(key)
    if entry.kind in _LIVE and (again := _live_again(subject)) is not None:
        begin = max(begin, again)
        if end is None or begin > end:  # no time is left in which the present drug allows it
            late, waits = True, text("change.if-not.live-vaccine-present-drug", therapy=subject.current.id)
            says = text("change.no-live-vaccine-now", therapy=subject.current.id, says=prose(key))
    return line(
        key, "before", f"{entry.kind}-vaccine", says, "family-doctor", entry,
        begin=None if late else begin, end=None if late else end, status=status, seen=seen, if_not=waits,
    )  # fmt: skip


def _live_again(subject: Subject) -> date | None:
    """From when a live vaccine may be given after the present drug; the end of all days where nobody says."""
    found = [entry for entry in subject.care.vaccines if _live_after(entry)]
    if not found:
        return None
    last = subject.anchors.last
    days = []
    for entry in found:
        if last is None or entry.after_stopping is None:
            return date.max
        wait = length(entry.after_stopping, subject.library)
        days.append(shift(last, wait.greatest, wait.unit))
    return max(days)


def _between(subject: Subject, entry: Vaccine, key: str) -> Told:
    """The time between two doses in which a vaccine works: after the next dose where none is left before it."""
    assert entry.after_dose is not None
    assert entry.before_next_dose is not None
    after, ahead = length(entry.after_dose, subject.library), length(entry.before_next_dose, subject.library)
    last, following = subject.anchors.last, subject.anchors.next
    begin = None if last is None else max(subject.on, shift(last, after.least, after.unit))
    end = None if following is None else shift(following, -ahead.least, ahead.unit)
    if begin is not None and end is not None and begin > end and following is not None:
        begin, end = shift(max(following, subject.on), after.least, after.unit), None
    return line(
        key, "before", f"{entry.kind}-vaccine", prose(key), "family-doctor", entry, begin=begin, end=end,
        if_not=text("change.if-not.vaccine-after-dose"),
    )  # fmt: skip


def open_rules(subject: Subject, emergency: bool) -> Iterator[Told]:
    """Rules about the option that ask for something, go with it, or cannot be settled: nothing stays unsaid."""
    for bound in subject.option.rules:
        rule = bound.rule
        if rule.except_emergency and emergency:
            continue
        found = subject.person.explain(bound.key) if bound.conditional else None
        truth = True if found is None else found.truth
        asks = truth is None and rule.unknown != "ignore"
        if truth is False or (truth is None and not asks) or rule.effect in ("caution", "at-most-reasonable"):
            continue
        if truth and rule.effect in ("bar", "not-advised", "strength-balanced"):
            continue  # told among the reasons against the option
        phase = "after" if rule.effect == "with" else "before"
        seen = subject.person.origin(found) if found is not None else []
        status = UNKNOWN if truth is None else OPEN
        waits = text("change.if-not.find-out") if truth is None else None
        yield line(
            bound.key, phase, "rule", prose(bound.key), "neurologist", rule,
            begin=subject.on if phase == "before" else None, status=status, seen=seen, if_not=waits,
        )  # fmt: skip


STATUSES = (DONE, OPEN, OVERDUE, UNKNOWN, NOT_NEEDED)
"""What may be said of a line."""
