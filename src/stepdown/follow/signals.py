"""What has happened since the decision that the plan watches for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import polars as pl

from stepdown.criteria.values import Interval
from stepdown.follow.made import criterion_of
from stepdown.follow.plans import Trigger
from stepdown.follow.seen import Seen
from stepdown.follow.standing import Standing
from stepdown.guideline.findings import Told, flags_told, text
from stepdown.knowledge.library import Library

URGENCIES = ("today", "days", "two-weeks", "next-visit")
"""From what is done at once to what can wait."""
_HOW = ("suspected", "fully", "partly", "not")
_PAST = "next-visit"
"""How soon one looks at what happened since the decision and is over."""


@dataclass(frozen=True)
class Signal:
    """Something that the plan watches for and the record shows.

    Attributes:
        topic: of the trigger, such as `relapse`.
        urgency: how soon to act; None where no plan says.
        since: the latest day since when it is so; None where that is not known.
        found: what the record shows, as a text.
        sources: where.
        trigger: what the plan says of it, where it does.
        says, do: what it means and what to do; of the plan, or of the flag that was raised.
        step_up: whether it is a reason to step up by itself.
        already: it was so on the day of the decision, and has been found again since.
    """

    topic: str
    urgency: str | None
    since: date | None
    found: Told | None
    sources: tuple[str, ...]
    trigger: Trigger | None = None
    says: Told | None = None
    do: Told | None = None
    step_up: bool = False
    already: bool = False


def signals(triggers: Sequence[Trigger], then: Standing, now: Standing, since: date) -> list[Signal]:
    """What is triggered, most urgent first.

    Args:
        triggers: what the plan watches for; those of the library where there is no plan.
        then: the person on the day of the decision.
        now: the person today.
        since: the day of the decision; only what is on record after it counts.
    """
    library = now.person.library
    found = [_told(one, triggers, now) for make in EVENTS for one in make(now, since, library)]
    # what dated events show is not told again by a criterion on its topic; that infections recur is another matter
    taken = {one.topic for one in found} - {"infection"}
    known = {one.trigger.id for one in found if one.trigger}
    for trigger in triggers:
        if trigger.topic not in taken and trigger.id not in known:
            found += [one for one in (_met(trigger, then, now, since),) if one is not None]
    topics = {one.topic for one in found}
    found += [one for one in _emergencies(then, now) if one.topic not in topics]
    return sorted(found, key=lambda one: (order(one.urgency), -(one.since or date.min).toordinal(), one.topic))


def order(urgency: str | None) -> int:
    """Place of an urgency; one that no plan gives is taken for a matter of days."""
    return URGENCIES.index(urgency) if urgency in URGENCIES else URGENCIES.index("days")


def _relapses(now: Standing, since: date, _library: Library) -> Iterable[Signal]:
    rows = _after(now, "relapse", since)
    if rows:
        how = str(rows[-1]["status"] if rows[-1]["status"] == "suspected" else rows[-1]["recovered"])
        one = how if how in _HOW else "plain"
        yield _of_rows("relapse", rows, "relapses" if len(rows) > 1 else f"relapse-{one}", step_up=True)


def _lesions(now: Standing, since: date, library: Library) -> Iterable[Signal]:
    rows = [row for row in _after(now, "mri", since) if row["new_t2"] or row["gd_lesions"]]
    if rows:
        new, enhancing = (sum(row[name] or 0 for row in rows) for name in ("new_t2", "gd_lesions"))
        many = new >= library.number("follow-new-lesions") or enhancing > 0
        yield _of_rows("new-lesions", rows, "lesions", step_up=many, new=new, enhancing=enhancing)


def _worsening(now: Standing, since: date, _library: Library) -> Iterable[Signal]:
    """Confirmed worsening that began after the decision, told apart by whether it came with a relapse."""
    for name, how in (("years_since_pira", "without-relapse"), ("years_since_raw", "with-relapse")):
        value = now.value(name)
        if isinstance(value, Interval) and value.high is not None:
            begun = now.on - timedelta(days=round(value.high * 365.25))
            if begun > since:
                yield Signal(
                    "worsening", None, begun, text(f"follow.found.worsening-{how}", day=begun.isoformat()[:7]),
                    tuple(now.person.sources.get(name, ())),
                )  # fmt: skip


def _infections(now: Standing, since: date, _library: Library) -> Iterable[Signal]:
    rows = [row for row in _after(now, "infection", since) if _serious(row)]
    if rows:
        said = "infections" if len(rows) > 1 else "infection"
        yield _of_rows("infection", rows, said, kind=rows[-1]["kind"] or "infection")


def _serious(row: dict[str, Any]) -> bool:
    return bool(row["serious"] or row["opportunistic"] or row["hospital_days"])


def _of_rows(topic: str, rows: list[dict[str, Any]], found: str, step_up: bool = False, **args: Any) -> Signal:
    """A signal of events: since the first of them, told with the day of the last."""
    day = _iso(rows[-1]["on"], rows[-1]["on_latest"])
    told = text(f"follow.found.{found}", count=len(rows), day=day, **args)
    return Signal(topic, None, rows[0]["on_latest"], told, _sources(rows), step_up=step_up)


EVENTS: tuple[Callable[[Standing, date, Library], Iterable[Signal]], ...] = (
    _relapses, _lesions, _worsening, _infections,
)  # fmt: skip
"""What is read from dated events, whether or not it is still going on; each gives its signals."""


def _told(signal: Signal, triggers: Sequence[Trigger], now: Standing) -> Signal:
    """A signal with what the plan says of it: the trigger that its documents call for, else the first of its topic."""
    mine = [one for one in triggers if one.topic == signal.topic]
    if not mine:
        return signal
    active = [one for one in mine if _truth(one, now)]
    weighed = [one for one in mine if one.step_up == signal.step_up]
    both = [one for one in active if one in weighed]
    chosen = next(iter(both or weighed or active or mine))
    over = signal.topic == "infection" and not active
    return replace(
        signal, trigger=chosen, urgency=_PAST if over else chosen.urgency, says=chosen.says, do=chosen.do,
        step_up=chosen.step_up,
    )  # fmt: skip


def _truth(trigger: Trigger, now: Standing) -> bool | None:
    needs = criterion_of(trigger.id, now.person.library)
    return None if needs is None else now.holds(needs, f"{trigger.id}.needs").truth


def _met(trigger: Trigger, then: Standing, now: Standing, since: date) -> Signal | None:
    """A trigger whose criterion is met now, by something that is on record since the decision."""
    needs = criterion_of(trigger.id, now.person.library)
    if needs is None:
        return None
    key = f"{trigger.id}.needs"
    found = now.holds(needs, key)
    if found.truth is not True:
        return None
    sources = now.origin(found)
    fresh = [one for one in now.sight.dated(sources) if one.last > since]
    if not fresh:
        return None
    already = then.holds(needs, key).truth is True
    if already and not trigger.id.startswith("triggers/"):
        # a result that the decision was taken with is no news when it is measured again
        return None
    day = fresh[-1].last if already else fresh[0].last
    return Signal(
        trigger.topic, trigger.urgency, day, None, _places(fresh), trigger, trigger.says, trigger.do,
        trigger.step_up, already,
    )  # fmt: skip


def _emergencies(then: Standing, now: Standing) -> Iterable[Signal]:
    """Emergencies of the assessment that were not there on the day of the decision; no plan is needed for them."""
    before = {flag["id"] for flag in flags_told(then.person)}
    for flag in flags_told(now.person):
        if flag["action"] == "emergency" and flag["id"] not in before:
            dated = now.sight.dated(flag["from"])
            yield Signal(
                flag["topic"], "today", dated[-1].last if dated else None, None, tuple(flag["from"]),
                says=flag["says"], do=flag["do"],
            )  # fmt: skip


def _after(now: Standing, table: str, since: date) -> list[dict[str, Any]]:
    """The rows of a table that may lie after a day, by date; one without a date does not show that it is new."""
    frame = now.sight.table(table)
    rows = frame.filter(pl.col("on_latest") > since).filter(pl.col("on").is_not_null())
    return rows.sort("on_latest", "on", "source").rows(named=True)


def _sources(rows: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row["source"] for row in rows if row["source"]))


def _places(seen: Iterable[Seen]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.source for one in seen if one.source))


def _iso(first: date | None, last: date) -> str:
    """A day, or the month or year in which it lies."""
    if first is None or first == last:
        return last.isoformat()
    if (first.year, first.month) == (last.year, last.month):
        return last.isoformat()[:7]
    return str(last.year) if first.year == last.year else last.isoformat()
