"""Joining the evidence of one drug into treatments: renewals are one treatment, a stop and a restart are two.

The rule, drug by drug (docs/fhir.md tells it in words):

1. Evidence, doses among it, is ordered by its beginning. It belongs to the treatment before it where it begins
   before that one's stop, or, where there was no stop, within `renewal-gap-months` of what was supplied until then.
2. The treatment is stopped where evidence says so and no later evidence goes on; it goes on where some evidence does.
3. Where neither is said, the supply decides: renewed lately it goes on, else it ended at some time after the supply.
   With doses on record the doses tell, and no treatment is made from such evidence alone.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from stepdown.record.dates import Span
from stepdown.record.fhir.context import Context, Row
from stepdown.record.fhir.drugs import Evidence

_LONG_AGO, _FAR = date.min, date.max


def finish_treatments(ctx: Context) -> None:
    """Write the treatments of all drugs."""
    by_drug: dict[str, list[Evidence]] = defaultdict(list)
    for evidence in ctx.drugs:
        by_drug[evidence.drug].append(evidence)
    given = {row["therapy"] for row in ctx.builder.rows["dose"]}
    gap = int(ctx.library.number("renewal-gap-months"))
    for drug, found in by_drug.items():
        runs = _runs(found, gap)
        for run, following in zip(runs, [*runs[1:], None], strict=True):
            if drug not in given or any(evidence.ends != "lapse" for evidence in run):
                _write(ctx, run, gap, following[0].begin.first if following else None)


def _runs(found: list[Evidence], gap: int) -> list[list[Evidence]]:
    runs: list[list[Evidence]] = []
    for evidence in sorted(found, key=lambda one: (_first(one.begin), one.begin.last or _FAR, one.source)):
        if runs and _belongs(runs[-1], evidence, gap):
            runs[-1].append(evidence)
        else:
            runs.append([evidence])
    return runs


def _belongs(run: list[Evidence], evidence: Evidence, gap: int) -> bool:
    begin = _first(evidence.begin)
    stop = _stop(run)
    if stop and stop.end and stop.end.last:
        return begin <= stop.end.last
    if any(one.ends == "open" for one in run):
        return True
    reach = max((one.reach for one in run if one.reach), default=None)
    return reach is None or begin <= _months_after(reach, gap)


def _stop(run: list[Evidence]) -> Evidence | None:
    """The stop that holds: nothing that goes on begins after the stopped one, and nothing else after its end."""
    stops = [one for one in run if one.ends == "stop"]
    if not stops:
        return None
    last = max(stops, key=lambda one: (_first(one.begin), _first(one.end), one.source))
    for one in run:
        after = last.begin if one.ends == "open" else last.end
        if one.ends != "stop" and _first(one.begin) > _first(after):
            return None
    return last


def _first(span: Span | None) -> date:
    return span.first if span and span.first else _LONG_AGO


def _write(ctx: Context, run: list[Evidence], gap: int, following: date | None) -> None:
    first = run[0]
    stop = _stop(run)
    row: Row = {"therapy": first.drug, "on": first.begin.first, "on_latest": first.begin.last, "source": first.source}
    row["start_reason"] = next((one.start_reason for one in run if one.start_reason), None)
    for column in ("interval_weeks", "dose_mg"):
        row[column] = next((value for one in reversed(run) if (value := getattr(one, column)) is not None), None)
    ended = _ended(ctx, run, stop, gap)
    if ended and following and ended.last and ended.first and ended.first <= following < ended.last:
        ended = Span(ended.first, following)
    if ended:
        row |= {"ended": ended.first, "ended_latest": ended.last}
    if stop:
        row["stop_reason"] = stop.stop_reason
        if any(one.ends == "open" for one in run):
            ctx.problem(stop.source, "drug-active-and-stopped", drug=first.drug)
    ctx.builder.add("treatment", person_id=ctx.person_id, status="resolved" if ended else "active", **row)
    if sum(not one.source.startswith("MedicationAdministration") for one in run) > 1:
        ctx.builder.note(first.source, "treatment-joined", ctx.person_id, drug=first.drug, times=len(run))


def _ended(ctx: Context, run: list[Evidence], stop: Evidence | None, gap: int) -> Span | None:
    """When a treatment ended; None where it goes on."""
    if stop:
        return stop.end or Span(stop.begin.first, ctx.written)
    if any(one.ends == "open" for one in run):
        return None
    reach = max((one.reach for one in run if one.reach), default=None)
    if reach is None or _months_after(reach, gap) >= ctx.written:
        return None
    return Span(reach, ctx.written)


def _months_after(start: date, months: int) -> date:
    """The first of the month after that many months have passed."""
    year, month = divmod(start.year * 12 + start.month + months, 12)
    return date(year, month + 1, 1)
