"""Visits, and the spans of observation that follow from them."""

from __future__ import annotations

from datetime import date

from stepdown.record.fhir.context import Context
from stepdown.record.fhir.elements import Refused, concept, concepts, obj, period
from stepdown.record.fhir.source import Resource


def read_encounter(ctx: Context, resource: Resource) -> None:
    """A visit in a specialty that the list of visits knows."""
    data = resource.data
    said = [concept(data, "serviceType"), *concepts(data, "type")]
    match = next((match for one in said if (match := ctx.find("visits", one))), None)
    if match is None:
        return
    begin, end = period(obj(data, "period") or {})
    if begin is None or begin.first is None or begin.last is None:
        raise Refused("fhir-no-date")
    ctx.check(begin)
    ends = [day for day in (end.first if end else None, begin.first) if day and day <= ctx.today]
    ctx.visits.append((match.id, begin.last, max(ends, default=begin.first), resource))


def finish_visits(ctx: Context) -> None:
    """Spans from the first to the last of visits that follow closely enough, for the domains they tell of."""
    gap = int(ctx.library.number("visit-gap-months"))
    kinds = sorted({kind for kind, *_ in ctx.visits})
    for kind in kinds:
        entry = ctx.recogniser.entry("visits", kind)
        runs: list[list[tuple[date, date, Resource]]] = []
        for _, begin, end, resource in sorted(
            (v for v in ctx.visits if v[0] == kind), key=lambda v: (v[1], v[2], v[3].id)
        ):
            if runs and begin <= _months_after(max(one[1] for one in runs[-1]), gap):
                runs[-1].append((begin, end, resource))
            else:
                runs.append([(begin, end, resource)])
        for run in runs:
            _write(ctx, run, entry.category if entry else (), kind)


def _write(ctx: Context, run: list[tuple[date, date, Resource]], domains: tuple[str, ...], kind: str) -> None:
    first, last = run[0][0], max(one[1] for one in run)
    begin = {"on": first, "on_latest": first, "from": first, "from_latest": first}
    for domain in domains:
        ctx.add("observed", run[0][2], begin | {"to": last, "to_latest": last}, domain=domain)
    ctx.builder.note(
        run[0][2].source,
        "observed-from-visits",
        ctx.person_id,
        kind=kind,
        first=str(first),
        last=str(last),
        times=len(run),
    )


def _months_after(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, 28))
