"""Joining the evidence of one drug into treatments: renewals are one treatment, a stop and a restart are two.

The rule, drug by drug (docs/fhir.md tells it in words):

1. Evidence is ordered by its beginning. It belongs to the treatment before it where it begins before that one's
   stop, or, where there was no stop, within `renewal-gap-months` of what had been supplied until then.
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
        for run in _runs(found, gap):
            if drug in given and all(evidence.ends == "lapse" for evidence in run):
                ctx.tell(run[0].source, "treatment-from-doses", drug=drug)
            else:
                _write(ctx, run, gap)


def _runs(found: list[Evidence], gap: int) -> list[list[Evidence]]:
    runs: list[list[Evidence]] = []
    for evidence in sorted(found, key=lambda one: (one.begin.first or _LONG_AGO, one.begin.last or _FAR, one.source)):
        if runs and _belongs(runs[-1], evidence, gap):
            runs[-1].append(evidence)
        else:
            runs.append([evidence])
    return runs


def _belongs(run: list[Evidence], evidence: Evidence, gap: int) -> bool:
    begin = evidence.begin.first or _LONG_AGO
    stop = _stop(run)
    if stop and stop.end and stop.end.last:
        return begin <= stop.end.last
    if any(one.ends == "open" for one in run):
        return True
    reach = max((one.reach for one in run if one.reach), default=None)
    return reach is None or begin <= _months_after(reach, gap)


def _stop(run: list[Evidence]) -> Evidence | None:
    """The stop that holds: one that no evidence which goes on, or runs out, begins after."""
    stops = [one for one in run if one.ends == "stop"]
    if not stops:
        return None
    last = max(
        stops, key=lambda one: (one.begin.first or _LONG_AGO, one.end.last if one.end and one.end.last else _FAR)
    )
    begin = last.begin.first or _LONG_AGO
    later = any(one.ends != "stop" and (one.begin.first or _LONG_AGO) > begin for one in run)
    return None if later else last


def _write(ctx: Context, run: list[Evidence], gap: int) -> None:
    first = run[0]
    stop = _stop(run)
    row: Row = {"therapy": first.drug, "on": first.begin.first, "on_latest": first.begin.last, "source": first.source}
    row["start_reason"] = next((one.start_reason for one in run if one.start_reason), None)
    for column in ("interval_weeks", "dose_mg"):
        row[column] = next((value for one in reversed(run) if (value := getattr(one, column)) is not None), None)
    ended = _ended(ctx, run, stop, gap)
    if ended:
        row |= {"ended": ended.first, "ended_latest": ended.last}
    if stop:
        row["stop_reason"] = stop.stop_reason
        if any(one.ends == "open" for one in run):
            ctx.problem(stop.source, "drug-active-and-stopped", drug=first.drug)
    ctx.builder.add("treatment", person_id=ctx.person_id, status="resolved" if ended else "active", **row)
    if len(run) > 1:
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
