"""One line of a change: what, who, from when to when, and whether the record shows that it was done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from stepdown.criteria.values import Interval, Possible, Truth
from stepdown.guideline.findings import Told, ground, text
from stepdown.knowledge.care import Care, Span
from stepdown.knowledge.grounds import Criterion, Grounded
from stepdown.plan.calendar import length, shift
from stepdown.plan.subject import Subject

DONE, OPEN, OVERDUE, UNKNOWN, NOT_NEEDED = "done", "open", "overdue", "unknown", "not-needed"
_WHO = {
    "mri": "radiology", "eye": "ophthalmology", "skin": "dermatology", "vaccines": "family-doctor",
    "contraception": "neurologist", "pregnancy-test": "neurologist", "ecg": "neurologist",
    "left-ventricle": "neurologist",
    "blood-pressure": "ms-nurse", "monoamine-oxidase-inhibitor": "pharmacist", "cancer-screening": "family-doctor",
    "breast-screening": "family-doctor", "pml-symptoms": "ms-nurse", "infection": "ms-nurse", "visit": "neurologist",
}  # fmt: skip
"""Who does what a drug document asks for, where it does not say; all else is the laboratory's."""


def who_does(what: str, said: str | None) -> str:
    """Who does a test or examination of a drug document."""
    return said or _WHO.get(what, "laboratory")


def line(
    name: str,
    phase: str,
    what: str,
    says: Told,
    who: str,
    claim: Grounded | None,
    *,
    begin: date | None = None,
    end: date | None = None,
    status: str = OPEN,
    seen: Sequence[str] = (),
    if_not: Told | None = None,
) -> Told:
    """One line of the transition as plain data; without a `claim` it is arithmetic on dates of the record."""
    return {
        "id": name,
        "phase": phase,
        "what": what,
        "says": says,
        "who": who,
        "from": iso(begin),
        "to": iso(end),
        "status": status,
        "seen": list(seen),
        "where": getattr(claim, "where", None),
        "if_not": if_not,
        **(ground(claim) if claim is not None else {"evidence": [], "assumption": False}),
    }


def iso(day: date | None) -> str | None:
    """A day as it stands in JSON."""
    return None if day is None else day.isoformat()


def care_key(subject: Subject, therapy: str, care: Care, name: str, entry: Any) -> str:
    """Where an entry of the care of a drug stands: with the drug or with its class."""
    drug = subject.library.therapies[therapy]
    own = getattr(drug, name)
    mine = own if isinstance(own, tuple) else (own,)
    owner = f"therapies/{therapy}" if any(one is entry for one in mine) else f"classes/{drug.class_}"
    place = f"{owner}/care/{name}"
    return f"{place}/{entry.id}" if hasattr(entry, "id") else place


def judged(
    subject: Subject,
    seen_in: Sequence[str],
    needs: Criterion | None,
    within: Span | str | None,
    key: str,
    used_on: date | None = None,
) -> tuple[str, list[str]]:
    """Whether the record shows that something was done, in time for the day on which it is used.

    Args:
        subject: the person and the option.
        seen_in: variables that all have to be known.
        needs: what has to hold besides.
        within: how old the values may be, on the day of the decision and on `used_on`.
        key: where the document stands.
        used_on: such as the first dose; the day of the decision where it is not known.

    Returns:
        The status, and the events that it rests on. What nobody can see in a record is unknown; a value that is too
        old is overdue; one that will be too old when it is used is open, as is what is missing or does not hold.
    """
    truth: Truth = True
    seen = subject.sources(*seen_in)
    if needs is not None:
        found = subject.holds(needs, f"{key}.needs")
        truth, seen = found.truth, sorted({*seen, *subject.person.origin(found)})
    elif not seen_in:
        return UNKNOWN, []
    ages = [_age(subject, name, within, used_on) for name in seen_in]
    if truth is False or "missing" in ages:
        return OPEN, seen
    if "stale" in ages:
        return OVERDUE, seen
    return (OPEN if truth is None or "too-soon" in ages else DONE), seen


def _age(subject: Subject, name: str, within: Span | str | None, used_on: date | None) -> str:
    """`fresh`, `stale`, `missing`, or `too-soon`: fresh now and stale when it is used."""
    library = subject.library
    if not _known(subject, name):
        return "stale" if f"{name}_last" in library.variables and _known(subject, f"{name}_last") else "missing"
    if library.variables[name].tables == ("vaccination",) and subject.person.values[name] is False:
        return "missing"
    done = subject.last_done(name)
    if within is None or done is None:
        return "fresh"
    limit = length(within, library)
    valid = shift(done, limit.greatest, limit.unit)
    if valid < subject.on:
        return "stale"
    return "too-soon" if used_on is not None and valid < used_on else "fresh"


def _known(subject: Subject, name: str) -> bool:
    """Whether a variable is known: a truth, one category, a number with both bounds."""
    value = subject.person.values[name]
    if isinstance(value, Interval):
        return value.low is not None and value.high is not None
    return value.known if isinstance(value, Possible) else value is not None


def prose(key: str, part: str = "says", **args: Any) -> Told:
    """Prose of a document by its key."""
    return text(f"{key}.{part}", **args)
