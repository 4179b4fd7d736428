"""Makes the entry of a decision: the non-personal body, and the personal payload beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import orjson

from stepdown import __version__
from stepdown.errors import InputError
from stepdown.knowledge.library import Library
from stepdown.knowledge.logwords import OUTCOMES, Outcome
from stepdown.log.advice import Advice
from stepdown.log.body import HOLD, Advised, Decided, Decision, Knowledge
from stepdown.log.chain import Draft

NOTE_LIMIT = 10_000
_BLANK = re.compile(r"\s+")


def decision(
    advice: Advice,
    whole: dict[str, Any],
    decided: str,
    reasons: Sequence[str],
    roles: Sequence[str],
    note: str | None,
    on: date,
    today: date,
    library: Library,
) -> Draft:
    """The entry of one decision.

    Args:
        advice: the assessment, read.
        whole: the assessment as it came; personal.
        decided: id of an option of the assessment, or `hold-pending` to find out first.
        reasons: coded reasons, at least one.
        roles: in which roles people decided, at least one.
        note: free text; personal.
        on: the day of the decision.
        today: the day on which it is written down.
        library: the documents with the reasons and roles.

    Raises:
        InputError: an option, reason or role that does not exist or does not fit; a day before the assessment.
    """
    if on < advice.on:
        raise InputError(f"{on} lies before the assessment of {advice.on}", "--on", "name the day of the decision")
    chosen = _decided(advice, decided)
    if note is not None and len(note) > NOTE_LIMIT:
        raise InputError(f"the note is longer than {NOTE_LIMIT:,} characters", "--note", "shorten it")
    body = Decision(
        engine=__version__,
        recorded_on=today,
        assessed_on=advice.on,
        decided_on=on,
        in_force=advice.in_force,
        knowledge=Knowledge(**advice.knowledge.model_dump()),
        draws=advice.draws,
        seed=advice.seed,
        advised=Advised(**advice.recommendation.model_dump()),
        options={option.id: option.stance for option in advice.options},
        guidelines=tuple(guideline.held() for guideline in advice.guidelines),
        flags=tuple(flag.id for flag in advice.flags),
        decided=chosen,
        reasons=tuple(dict.fromkeys(_reason(one, chosen.outcome, advice, note, library) for one in reasons)),
        roles=tuple(dict.fromkeys(_role(one, library) for one in roles)),
    )
    personal = {"note": note, "assessment": whole}
    return Draft(body, advice.person, orjson.dumps(personal, option=orjson.OPT_SORT_KEYS).decode())


def _decided(advice: Advice, option: str) -> Decided:
    if option == HOLD:
        return Decided(kind=HOLD, option=None, stance=None, outcome=_outcome(advice, HOLD, None))
    found = next((one for one in advice.options if one.id == option), None)
    if found is None:
        known = ", ".join([*(one.id for one in advice.options), HOLD])
        raise InputError(f"the assessment has no option {option[:80]!r}", "--decided", f"it has {known}")
    outcome = _outcome(advice, found.kind, found.id)
    return Decided(kind=found.kind, option=found.id, stance=found.stance, outcome=outcome)


def _outcome(advice: Advice, kind: str, option: str | None) -> Outcome:
    """What became of the advice: the option that was advised, another of its kind, or another kind."""
    same = kind == advice.recommendation.kind, option == advice.recommendation.option
    return OUTCOMES[2 - sum(same)] if same[0] else "overridden"


def _reason(written: str, outcome: Outcome, advice: Advice, note: str | None, library: Library) -> str:
    code, colon, criterion = written.partition(":")
    reason = library.reasons.get(code)
    if reason is None:
        raise InputError(f"no reason is called {code[:60]!r}", "--reason", f"there are {_list(library.reasons)}")
    if outcome not in reason.goes_with:
        raise InputError(f"{code} does not go with an advice that was {outcome}", "--reason", "give the reason for it")
    if reason.needs_note and not _BLANK.sub("", note or ""):
        raise InputError(f"{code} says nothing without a note", "--reason", "add --note")
    if not reason.names_criterion:
        if colon:
            raise InputError(f"{code} names no criterion", "--reason", f"write {code} alone")
        return code
    return f"{code}:{_criterion(criterion, code, advice)}"


def _criterion(written: str, code: str, advice: Advice) -> str:
    """A criterion as `guideline/criterion`; the guideline may be left out where only one has it."""
    known = [f"{one.id}/{finding.criterion}" for one in advice.guidelines for finding in one.findings]
    found = [name for name in known if written in (name, name.partition("/")[2])]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(f"several guidelines have {written!r}", "--reason", f"name one of {', '.join(found)}")
    raise InputError(
        f"{code} names no criterion of the assessment", "--reason", f"write {code}:GUIDELINE/CRITERION, such as "
        f"{known[0] if known else 'panel-2025/age'}"
    )  # fmt: skip


def _role(role: str, library: Library) -> str:
    if role not in library.roles:
        raise InputError(f"no role is called {role[:60]!r}", "--role", f"there are {_list(library.roles)}")
    return role


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)
