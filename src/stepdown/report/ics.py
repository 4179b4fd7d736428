"""The plan as a calendar for the clinic (iCalendar, RFC 5545), under the person's id and without a name.

Every window is an all-day event from its first to its last day, with alarms on the first, the due and the last day.
A UID depends on the person, the option, the item and its number in the series, so that a plan that is imported again,
or made anew for the same change, moves its events and does not double them; the later plan has the higher SEQUENCE.
What has no date stands, with the triggers, in the text of one event on the day of the decision.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from stepdown import __version__
from stepdown.report.fill import fill
from stepdown.report.parts import Data
from stepdown.report.plan_parts import SETTLED, name, no_plan, steps, triggers, watches, way_back, withheld
from stepdown.report.words import Words

if TYPE_CHECKING:
    from icalendar import Calendar, Event

MORNING = timedelta(hours=9)
"""When on its day an alarm goes off: in working hours, by the calendar's own clock."""


@dataclass(frozen=True)
class Entry:
    """One event: which item and which of its windows, from the first to the last day, due on a day between them."""

    item: Data
    number: int
    first: date
    due: date
    last: date


def to_ics(data: Data, words: Words) -> bytes:
    """The plan of an assessment as one calendar, in UTF-8 with CRLF; the same bytes for the same assessment.

    Raises:
        InputError: the assessment has no plan.
    """
    from icalendar import Calendar

    filled = fill(data, words)
    plan = filled["plan"]
    if plan is None:
        raise no_plan(filled)
    calendar = Calendar()
    calendar.add("prodid", f"-//Stepdown//Stepdown {__version__}//{words.language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", words.tell("ics.name", person=filled["person"]))
    _overview(calendar, filled, words)
    for entry in entries(plan):
        _window(calendar, entry, filled, words)
    made: bytes = calendar.to_ical()
    return made


def entries(plan: Data) -> Iterator[Entry]:
    """What has a day and still asks something of somebody: the steps by phase, then the windows of every watch."""
    for found in steps(plan).values():
        for step in found:
            if step["status"] not in SETTLED and not _undated(step, plan):
                first, last = (date.fromisoformat(step[key] or step[other]) for key, other in _ENDS)
                yield Entry(step, 0, first, last, last)
    for watch in watches(plan):
        ordered = sorted(watch["windows"], key=lambda window: window["due"])
        for number, window in enumerate(ordered):
            first, due, last = (date.fromisoformat(window[key] or window["due"]) for key in ("from", "due", "to"))
            yield Entry(watch, number, first, due, last)


_ENDS = (("from", "to"), ("to", "from"))


def _undated(step: Data, plan: Data) -> bool:
    """Whether a step has no day of its own: none at all, or from the decision on and without an end."""
    return not step["to"] and (not step["from"] or str(step["from"]) <= plan["decided_on"])


def _overview(calendar: Calendar, filled: Data, words: Words) -> None:
    """The day of the decision: what has no date, what to do if something happens, and that this orders nothing."""
    plan = filled["plan"]
    on = date.fromisoformat(plan["decided_on"])
    left = [one for found in steps(plan).values() for one in found if one["status"] not in SETTLED]
    lists = {
        "overdue": [one for one in left if one["status"] == "overdue"],
        "undated": [one for one in left if _undated(one, plan)] + [one for one in watches(plan) if not one["windows"]],
    }
    lines = [words.tell("plan.why-not", why=one["text"]) for one in plan["why_not"]]
    lines += [words.tell("plan.safety")] * plan["safety_plan"]
    for heading, found in lists.items():
        lines += [words.tell(f"ics.{heading}")] * bool(found)
        lines += [f"- {name(one, words)}: {one['says']['text']} {_who(one, words)}" for one in found]
    lines += [words.tell("ics.triggers")] * bool(plan["triggers"])
    ways: dict[str, None] = {}
    for one in triggers(plan):
        urgency = words.tell(f"plan.urgency.{one['urgency']}").capitalize()
        lines.append(f"- {urgency}: {one['says']['text']} {words.tell('plan.do', what=one['do']['text'])}")
        ways |= dict.fromkeys(way_back(rescue, words) for rescue in one["rescue"])
    lines += [words.tell("plan.rescue", what=way) for way in ways]
    lines += [words.tell("ics.proposal"), _made_with(filled, words)]
    event = _event(calendar, filled, ("overview",), on, on)
    event.add("summary", words.tell("ics.overview", person=filled["person"], option=plan["option"]))
    event.add("description", "\n".join(lines))
    calendar.add_component(event)


def _window(calendar: Calendar, entry: Entry, filled: Data, words: Words) -> None:
    from icalendar import Alarm

    item, title = entry.item, name(entry.item, words)
    held = [words.tell("fhir.next-dose", what=words.tell("next-dose.withhold"))] if withheld(item, filled) else []
    title += f" ({words.tell('next-dose.withhold')})" if held else ""
    key = (item["id"], item["where"] or "", str(entry.number))
    event = _event(calendar, filled, key, entry.first, entry.last)
    ends = {"from": entry.first.isoformat(), "to": entry.last.isoformat()}
    lines = [
        *held,
        item["says"]["text"],
        words.tell("ics.window", due=entry.due.isoformat(), **ends),
        _who(item, words),
    ]
    if "status" in item:
        lines.append(words.tell("ics.status", status=words.tell(f"plan.status.{item['status']}")))
    if item.get("if_not"):
        lines.append(words.tell("plan.if-not", what=item["if_not"]["text"]))
    event.add("summary", words.tell("ics.summary", person=filled["person"], what=title))
    event.add("description", "\n".join([*lines, words.tell("ics.proposal"), _made_with(filled, words)]))
    event.add("categories", [words.tell(f"plan.who.{item['who']}")])
    alarms = {entry.last: "alarm-last", entry.due: "alarm-due"} | (
        {entry.first: "alarm-open"} if entry.first < entry.due else {}
    )
    for day in sorted(alarms):
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("trigger", day - entry.first + MORNING)
        alarm.add("description", words.tell(f"ics.{alarms[day]}", what=f"{filled['person']}: {title}"))
        event.add_component(alarm)
    calendar.add_component(event)


def _event(calendar: Calendar, filled: Data, key: tuple[str, ...], first: date, last: date) -> Event:
    """An all-day event that blocks nobody's day; DTEND is the day after the last one."""
    from icalendar import Event

    plan = filled["plan"]
    decided = date.fromisoformat(plan["decided_on"])
    name_of = "\n".join((filled["person"], plan["option"], *key))
    event = Event()
    event.add("uid", f"{hashlib.sha256(name_of.encode()).hexdigest()[:32]}@stepdown")
    event.add("dtstamp", datetime.combine(decided, time(), UTC))
    event.add("sequence", decided.toordinal())
    event.add("dtstart", first)
    event.add("dtend", last + timedelta(days=1))
    event.add("class", "CONFIDENTIAL")
    event.add("status", "TENTATIVE")
    event.add("transp", "TRANSPARENT")
    return event


def _who(item: Data, words: Words) -> str:
    return words.tell("ics.who", who=words.tell(f"plan.who.{item['who']}"))


def _made_with(filled: Data, words: Words) -> str:
    known = filled["knowledge"]
    return words.tell("label.library", version=known["version"], digest=known["digest"][7:19])
