"""The change itself: the last dose, the gap, the first or next dose, and what outlasts a drug."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from stepdown.guideline.findings import Told, text
from stepdown.knowledge.care import Care, Contraception, Span
from stepdown.knowledge.plans import Clock, Step
from stepdown.plan.calendar import length, shift
from stepdown.plan.lines import DONE, NOT_NEEDED, OPEN, OVERDUE, UNKNOWN, care_key, iso, judged, line, prose
from stepdown.plan.subject import Subject


def doses(subject: Subject) -> Iterator[Told]:
    """The last, the next and the first dose, by the calendar."""
    if subject.leaving or subject.option.kind == "observe":
        yield _last_dose(subject)
    if subject.giving and not subject.at_home and not subject.course:
        yield _next_dose(subject)
    if subject.switching:
        yield _first_dose(subject)


def _seen(subject: Subject) -> list[str]:
    return subject.sources("months_since_last_dose", "months_since_last_course")


def _last_dose(subject: Subject) -> Told:
    days, drug = subject.anchors, subject.current.id
    how = "unknown" if days.last is None else "planned" if days.planned else "given"
    says = text(f"change.last-dose.{how}", therapy=drug, day=iso(days.last))
    status = {"unknown": UNKNOWN, "planned": OPEN, "given": DONE}[how]
    return line("last-dose", "last-dose", "last-dose", says, "neurologist", None, begin=days.last, end=days.last,
                status=status, seen=_seen(subject))  # fmt: skip


def _next_dose(subject: Subject) -> Told:
    day = subject.anchors.next
    unread = "vague" if subject.anchors.last is not None else "unknown"
    how = unread if day is None else "overdue" if day < subject.on else "on"
    says = text(f"change.next-dose.{how}", therapy=subject.current.id, day=iso(day))
    status = {"overdue": OVERDUE, "on": OPEN}.get(how, UNKNOWN)
    return line("next-dose", "first-dose", "next-dose", says, "ms-nurse", None, begin=day, end=day, status=status,
                seen=_seen(subject))  # fmt: skip


def _first_dose(subject: Subject) -> Told:
    days = subject.anchors
    late = days.latest is not None and days.latest < subject.on
    how = "unknown" if days.first is None else "late" if late else "by" if days.latest else "on"
    says = text(f"change.first-dose.{how}", therapy=subject.target.id, day=iso(days.first), latest=iso(days.latest))
    status = UNKNOWN if days.first is None else OVERDUE if late else OPEN
    hurry = text("change.if-not.first-dose-late") if days.latest else None
    return line("first-dose", "first-dose", "first-dose", says, "ms-nurse", None, begin=days.first,
                end=None if late else days.latest, status=status, seen=_seen(subject), if_not=hurry)  # fmt: skip


def gap(subject: Subject) -> Iterator[Told]:
    """What leaving means, how long a person may be without cover, and ways to be rid of the drug faster."""
    if not subject.leaving:
        return
    care, drug, last = subject.care, subject.current.id, subject.anchors.last
    if care.leaving is not None:
        key = care_key(subject, drug, care, "leaving", care.leaving)
        yield line(key, "last-dose", "leaving", prose(key, "do"), "neurologist", care.leaving, if_not=prose(key))
    for wait in care.gap if subject.switching else ():
        key = care_key(subject, drug, care, "gap", wait)
        begin = _after(last, wait.aim, subject, least=True)
        yield line(key, "gap", "gap", prose(key), "neurologist", wait, begin=begin,
                   end=_after(last, wait.most or wait.aim, subject))  # fmt: skip
    for faster in care.washout:
        key = care_key(subject, drug, care, "washout", faster)
        yield line(key, "gap", "washout", prose(key), "pharmacist", faster, begin=last,
                   end=_after(last, faster.takes, subject))  # fmt: skip


def _after(day: date | None, span: Span | None, subject: Subject, least: bool = False) -> date | None:
    """The day so long after another, by the upper bound of the time unless the lower one is asked for."""
    if day is None or span is None:
        return None
    found = length(span, subject.library)
    return shift(day, found.least if least else found.greatest, found.unit)


def first_doses(subject: Subject) -> Iterator[Told]:
    """How the next drug is begun, and what follows from missed doses of one that needs a titration."""
    if subject.switching:
        for regimen in subject.target.regimens:
            if regimen.note is not None:
                key = f"therapies/{subject.target.id}/regimens/{regimen.id}"
                yield line(key, "titration", "regimen", prose(key, "note"), "ms-nurse", regimen,
                           begin=subject.anchors.first)  # fmt: skip
    if subject.switching or subject.giving:
        care = subject.care_next
        for missed in care.missed_doses:
            key = care_key(subject, subject.target.id, care, "missed_doses", missed)
            yield line(key, "after", "missed-dose", prose(key), "person", missed)


def outlasting(subject: Subject) -> Iterator[Told]:
    """What goes on after the last dose: contraception, prophylaxis, and the return of cells."""
    sides = [(subject.current.id, subject.care)]
    if subject.switching:
        sides.append((subject.target.id, subject.care_next))
    for drug, care in sides:
        last = subject.anchors.last if drug == subject.current.id and not subject.giving else None
        yield from _contraception(subject, drug, care, last)
        yield from _prophylaxis(subject, drug, care, last)
    if subject.leaving or subject.option.kind == "observe":
        for back in subject.care.returns:
            key = care_key(subject, subject.current.id, subject.care, "returns", back)
            span, last = length(back.in_, subject.library), subject.anchors.last
            begin = None if last is None else shift(last, span.low or 0, span.unit)
            end = None if last is None else shift(last, span.greatest, span.unit)
            status = UNKNOWN if end is None else NOT_NEEDED if end < subject.on else OPEN
            yield line(key, "after", f"return-of-{back.of}", prose(key), "laboratory", back, begin=begin, end=end,
                       status=status)  # fmt: skip


def _contraception(subject: Subject, drug: str, care: Care, last: date | None) -> Iterator[Told]:
    for entry in care.contraception:
        key = care_key(subject, drug, care, "contraception", entry)
        end = _after(last, entry.after_last_dose, subject)
        status = _contraceptive(subject, entry, end)
        seen = subject.sources("contraception", "may_become_pregnant")
        yield line(key, "after", "contraception", prose(key), "person", entry, begin=_from_now(subject, end), end=end,
                   status=status, seen=seen)  # fmt: skip


def _from_now(subject: Subject, end: date | None) -> date | None:
    """The day of the decision, for what goes on until a day that lies ahead."""
    return subject.on if end is not None and end >= subject.on else None


def _contraceptive(subject: Subject, entry: Contraception, end: date | None) -> str:
    """Whether contraception is needed still; what goes on is never called done, used or not."""
    women = subject.truth_of("may_become_pregnant")
    if end is not None and end < subject.on:
        return NOT_NEEDED
    if women is False and (entry.who == "women" or subject.possible("sex") == {"female"}):
        return NOT_NEEDED
    used = subject.truth_of("contraception")
    return UNKNOWN if women is None or used is None else OPEN


def _prophylaxis(subject: Subject, drug: str, care: Care, last: date | None) -> Iterator[Told]:
    for entry in care.prophylaxis:
        key = care_key(subject, drug, care, "prophylaxis", entry)
        found = subject.holds(entry.if_, f"{key}.if") if entry.if_ is not None else None
        truth = True if found is None else found.truth
        span = entry.until_after_last_dose
        if drug == subject.current.id and not subject.giving and span is None and entry.if_ is None:
            continue  # it goes with the doses, and there are none
        until = None if last is None or span is None else length(span, subject.library)
        end = None if until is None or last is None else shift(last, until.least, until.unit)
        status = OPEN if truth else NOT_NEEDED if truth is False else UNKNOWN
        who = "hepatology" if "hepatitis" in entry.what else "neurologist"
        seen = subject.person.origin(found) if found is not None else []
        ask = text("change.if-not.find-out") if truth is None else None
        yield line(key, "after", entry.what, prose(key), who, entry, begin=_from_now(subject, end), end=end,
                   status=status, seen=seen, if_not=ask)  # fmt: skip


def pregnancy(subject: Subject) -> Iterator[Told]:
    """What is said of pregnancy and breastfeeding, to whom it concerns."""
    sides = [(subject.current.id, subject.care)]
    if subject.switching:
        sides.append((subject.target.id, subject.care_next))
    concerns = {
        "pregnancy": ("pregnant", "wish_pregnancy"),
        "breastfeeding": ("breastfeeding", "pregnant", "wish_pregnancy"),
    }
    for name, variables in concerns.items():
        if not any(subject.truth_of(variable) is True for variable in variables):
            continue
        for drug, care in sides:
            for entry in getattr(care, name):
                if entry.stance != "not-read":
                    key = care_key(subject, drug, care, name, entry)
                    says = text("change.of-drug", therapy=drug, says=prose(key))
                    yield line(key, "before", name, says, "obstetrics", entry, seen=subject.sources(*variables))


def steps(subject: Subject) -> Iterator[Told]:
    """The steps that no drug document says."""
    for step in subject.library.steps.values():
        if not subject.selects(step):
            continue
        key = f"steps/{step.id}"
        found = subject.holds(step.if_, f"{key}.if") if step.if_ is not None else None
        truth = True if found is None else found.truth
        if truth is False or (truth is None and step.unknown == "skip"):
            continue
        yield _step(subject, step, key, truth is None)


def _step(subject: Subject, step: Step, key: str, doubtful: bool) -> Told:
    origin = _clock(subject, step.clock)
    begin, end = _bound(origin, step.after, subject), _bound(origin, step.until, subject)
    on_the_day = step.phase == "before" and step.clock == "first-dose"
    if on_the_day:
        begin = end = origin
    elif step.phase == "before":
        begin, end = begin or subject.on, end or subject.anchors.first or subject.anchors.next
        if end is not None and end < begin:
            end = None
    elif begin is None and step.after is None:
        begin = None if origin is None else max(origin, subject.on)
    if step.what == "appointments":
        seen = appointments(subject)
        status = OPEN if seen else UNKNOWN
    else:
        used = subject.anchors.first or subject.anchors.next
        status, seen = judged(subject, step.seen_in, step.needs, step.within, key, used)
        if on_the_day and status == DONE and origin != subject.on:
            status = OPEN
        if status == UNKNOWN or doubtful:
            status = UNKNOWN if doubtful and status != DONE else OPEN if status == UNKNOWN else status
    return line(key, step.phase, step.what, prose(key), step.who, step, begin=begin, end=end, status=status, seen=seen,
                if_not=prose(key, "if_not") if step.if_not is not None else None)  # fmt: skip


def _clock(subject: Subject, clock: Clock) -> date | None:
    days = subject.anchors
    if clock == "first-dose":
        return days.first if subject.switching else days.next
    return {"decision": days.decided, "last-dose": days.last, "next-dose": days.next}[clock]


def _bound(origin: date | None, after: Span | str | None, subject: Subject) -> date | None:
    if origin is None or after is None:
        return None
    found = length(after, subject.library)
    return shift(origin, found.greatest, found.unit)


def appointments(subject: Subject) -> list[str]:
    """The appointments ahead for a dose of the present drug, or for a dose of no drug in particular."""
    events = subject.state.events
    table, mine = events["appointment"], events.row_of("appointment") == subject.row
    rows = zip(mine.tolist(), table["therapy"].to_list(), table["on"].to_list(), table["source"].to_list(), strict=True)
    names = {None, subject.current.id, subject.current.class_}
    return sorted(
        source for own, drug, day, source in rows if own and drug in names and day and day >= subject.on and source
    )
