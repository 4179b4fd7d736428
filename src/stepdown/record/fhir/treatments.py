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
from dataclasses import dataclass, field
from datetime import MAXYEAR, date

from stepdown.record.dates import Span
from stepdown.record.fhir.context import Context, Row
from stepdown.record.fhir.drugs import Evidence

_LONG_AGO, _FAR = date.min, date.max


@dataclass
class Run:
    """Evidence of one treatment, in the order of its beginning.

    Attributes:
        members: the evidence.
        stop: the stop that was said last.
        open_from: the latest beginning of evidence that goes on.
        other_from: the latest beginning of evidence that neither goes on nor was stopped.
        reach: the last day that is covered for certain.
    """

    members: list[Evidence] = field(default_factory=list)
    stop: Evidence | None = None
    open_from: date | None = None
    other_from: date | None = None
    reach: date | None = None

    def add(self, one: Evidence) -> None:
        """Add evidence that begins no earlier than what is there."""
        self.members.append(one)
        begin = _first(one.begin)
        if one.ends == "open":
            self.open_from = begin
        elif one.ends == "lapse":
            self.other_from = begin
        elif self.stop is None or (begin, _first(one.end)) >= (_first(self.stop.begin), _first(self.stop.end)):
            self.stop = one
        if one.reach and (self.reach is None or one.reach > self.reach):
            self.reach = one.reach

    @property
    def stopped(self) -> Evidence | None:
        """The stop that holds: nothing that goes on begins after the stopped one, and nothing else after its end."""
        if self.stop is None:
            return None
        renewed = self.open_from is not None and self.open_from > _first(self.stop.begin)
        resumed = self.other_from is not None and self.other_from > _first(self.stop.end)
        return None if renewed or resumed else self.stop

    def takes(self, one: Evidence, gap: int) -> bool:
        """Whether evidence that begins later belongs to this treatment."""
        stop = self.stopped
        if stop and stop.end and stop.end.last:
            return _first(one.begin) <= stop.end.last
        if self.open_from is not None or self.reach is None:
            return True
        return _first(one.begin) <= _months_after(self.reach, gap)

    def ended(self, written: date, gap: int) -> Span | None:
        """When the treatment ended; None where it goes on."""
        stop = self.stopped
        if stop:
            return stop.end or Span(stop.begin.first, written)
        if self.open_from is not None or self.reach is None or _months_after(self.reach, gap) >= written:
            return None
        return Span(self.reach, written)


def finish_treatments(ctx: Context) -> None:
    """Write the treatments of all drugs."""
    by_drug: dict[str, list[Evidence]] = defaultdict(list)
    for evidence in ctx.drugs:
        by_drug[evidence.drug].append(evidence)
    gap = int(ctx.library.number("renewal-gap-months"))
    for drug, found in by_drug.items():
        runs = _runs(found, gap)
        for run, following in zip(runs, [*runs[1:], None], strict=True):
            if drug not in ctx.given or run.stop or run.open_from is not None:
                _write(ctx, run, gap, following.members[0].begin.first if following else None)
            else:
                ctx.tell(run.members[0].source, "treatment-from-doses", drug=drug)


def _runs(found: list[Evidence], gap: int) -> list[Run]:
    runs: list[Run] = []
    for evidence in sorted(found, key=lambda one: (_first(one.begin), one.begin.last or _FAR, one.source)):
        if not runs or not runs[-1].takes(evidence, gap):
            runs.append(Run())
        runs[-1].add(evidence)
    return runs


def _write(ctx: Context, run: Run, gap: int, following: date | None) -> None:
    first, stop, found = run.members[0], run.stopped, run.members
    row: Row = {"therapy": first.drug, "on": first.begin.first, "on_latest": first.begin.last, "source": first.source}
    row["start_reason"] = next((one.start_reason for one in found if one.start_reason), None)
    for column in ("interval_weeks", "dose_mg"):
        row[column] = next((value for one in reversed(found) if (value := getattr(one, column)) is not None), None)
    ended = run.ended(ctx.written, gap)
    if ended and following and ended.last and ended.first and ended.first <= following < ended.last:
        ended = Span(ended.first, following)
    if ended:
        row |= {"ended": ended.first, "ended_latest": ended.last}
    if stop:
        row["stop_reason"] = stop.stop_reason
        if run.open_from is not None:
            ctx.problem(stop.source, "drug-active-and-stopped", drug=first.drug)
    ctx.builder.add("treatment", person_id=ctx.person_id, status="resolved" if ended else "active", **row)
    joined = sum(not one.source.startswith("MedicationAdministration") for one in found)
    if joined > 1:
        ctx.builder.note(first.source, "treatment-joined", ctx.person_id, drug=first.drug, times=joined)


def _first(span: Span | None) -> date:
    return span.first if span and span.first else _LONG_AGO


def _months_after(start: date, months: int) -> date:
    """The first of the month after that many months have passed; the last day that there is where that is beyond."""
    year, month = divmod(start.year * 12 + start.month + months, 12)
    return date(year, month + 1, 1) if year <= MAXYEAR else date.max
