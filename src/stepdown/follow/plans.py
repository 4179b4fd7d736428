"""A plan as the follow-up reads it, from what the plan room gives or from what was stored, whatever its age."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from stepdown.errors import InputError
from stepdown.guideline.findings import Told, text

STEPS_DOWN = ("extend-interval", "reduce-dose", "switch-lower", "switch-lateral", "discontinue")
"""Kinds of options after which people are followed."""


@dataclass(frozen=True)
class Window:
    """When something is done: from the first day on, at best on `due`, at the latest on `to`."""

    first: date
    due: date
    to: date


@dataclass(frozen=True)
class Watch:
    """One thing to watch.

    Attributes:
        id: of the entry.
        what: what it is, as a slug.
        by: how (`mri`, `blood`, `clinic` ...).
        says: what is done, as a text.
        who: who does it, None where nobody is named.
        where: the place whose label or guideline asks for it; None for anywhere.
        windows: in order of time.
        done_when: variables and tables in which the record shows that it was done.
    """

    id: str
    what: str
    by: str
    says: Told
    who: str | None
    where: str | None
    windows: tuple[Window, ...]
    done_when: tuple[str, ...]


@dataclass(frozen=True)
class Trigger:
    """What would bring treatment back, or change it, and what is done then."""

    id: str
    topic: str
    urgency: str | None
    says: Told
    do: Told
    rescue: tuple[Told, ...]
    step_up: bool


@dataclass(frozen=True)
class Plan:
    """A plan of one person.

    Attributes:
        person: id.
        option: id of the option; None where it is not said.
        kind: its kind.
        from_, to: the drug before and after.
        decided_on: the day of the decision.
        origin: `stored`, or `made` here from the treatment history.
        file: the file it was stored in.
        schema: version of what was stored.
        watches: the calendar.
        triggers: what is watched for.
        notes: what has to be said of it, such as an older version.
    """

    person: str
    option: str | None
    kind: str | None
    from_: str | None
    to: str | None
    decided_on: date | None
    origin: str
    file: str | None = None
    schema: str | None = None
    watches: tuple[Watch, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    notes: tuple[Told, ...] = ()


def read_plan(data: Mapping[str, Any], person: str, where: str, *, file: str | None = None) -> Plan:
    """A plan from its JSON; what an older one does not say is left empty.

    Args:
        data: the plan.
        person: whose it is.
        where: file or command, for messages.
        file: name of the file, where it was stored.

    Raises:
        InputError: not the shape of a plan.
    """
    decided = data.get("decided_on")
    return Plan(
        person=person,
        option=_word(data, "option"),
        kind=_word(data, "kind") or (str(data["option"]).partition(":")[0] if data.get("option") else None),
        from_=_word(data, "from"),
        to=_word(data, "to"),
        decided_on=None if decided is None else _day(decided, where),
        origin="made" if file is None else "stored",
        file=file,
        watches=tuple(_watch(one, where, stored=file is not None) for one in _rows(data, "monitoring", where)),
        triggers=tuple(_trigger(one, where, stored=file is not None) for one in _rows(data, "triggers", where)),
    )


def _watch(data: Mapping[str, Any], where: str, *, stored: bool) -> Watch:
    what = str(data.get("what") or data.get("id") or "")
    windows = sorted(
        (_window(one, where) for one in _rows(data, "windows", where)), key=lambda window: (window.first, window.to)
    )
    return Watch(
        str(data.get("id") or what), what, str(data.get("by") or ""), _text(data.get("says") or what, stored),
        _word(data, "who"), _word(data, "where"), tuple(windows), tuple(map(str, data.get("done_when") or ())),
    )  # fmt: skip


def _window(data: Mapping[str, Any], where: str) -> Window:
    """A window; an older plan may give nothing but the day on which it is due."""
    given = {name: _day(data[name], where) for name in ("from", "due", "to") if data.get(name) is not None}
    if not given:
        raise InputError("holds a window without a day", where, "store the assessment again")
    first = given.get("from", min(given.values()))
    last = given.get("to", max(given.values()))
    if first > last:
        raise InputError(f"holds a window that ends on {last} and begins on {first}", where, "store it again")
    return Window(first, given.get("due", first), last)


def _trigger(data: Mapping[str, Any], where: str, *, stored: bool) -> Trigger:
    rescue = []
    for one in _rows(data, "rescue", where):
        says = {name: _text(one[name], stored) for name in ("says", "works_after") if one.get(name)}
        first = [_text(check, stored) for check in one.get("check_first") or ()]
        rescue.append({"therapy": one.get("therapy"), **says, "check_first": first})
    return Trigger(
        str(data.get("id") or data.get("topic") or ""), str(data.get("topic") or ""), _word(data, "urgency"),
        _text(data.get("says") or "", stored), _text(data.get("do") or "", stored), tuple(rescue),
        bool(data.get("step_up", False)),
    )  # fmt: skip


def _text(said: Any, stored: bool) -> Told:
    """A text; a stored one is told in the words that it had then, since its key may mean something else by now."""
    if isinstance(said, Mapping) and "key" in said:
        if stored and said.get("text"):
            return text("follow.as-stored", text=str(said["text"]))
        return text(str(said["key"]), **(said.get("args") or {}))
    if isinstance(said, Mapping):
        said = next(iter(said.values()), "")
    return text("follow.as-stored", text=str(said))


def _rows(data: Mapping[str, Any], name: str, where: str) -> Sequence[Mapping[str, Any]]:
    rows = data.get(name) or []
    if not isinstance(rows, Sequence) or isinstance(rows, str) or any(not isinstance(one, Mapping) for one in rows):
        raise InputError(f"holds no list of entries under {name!r}", where, "store the assessment again")
    return rows


def _word(data: Mapping[str, Any], name: str) -> str | None:
    value = data.get(name)
    return None if value is None else str(value)


def _day(value: Any, where: str) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise InputError(f"{str(value)[:40]!r} is not a day", where, "write it as 2026-03-01") from None
