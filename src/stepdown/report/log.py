"""The decision log on a terminal: its entries, its rates, and whether it is whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import groupby

import orjson
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from stepdown.log.body import Decision
from stepdown.log.places import Break
from stepdown.log.rates import Rate, Share
from stepdown.log.read import Recorded
from stepdown.log.verify import Verdict
from stepdown.report.paper import console, put

MOST = 40
"""More breaks than these are counted, not told one by one."""


def show_list(entries: Iterable[Recorded], personal: bool, paper: Console | None = None) -> None:
    """Print each entry: what became of the advice, what was advised and decided, why, and who decided."""
    lines = [line for one in entries for line in _entry(one, personal)]
    put(lines or [Text("No entries yet.")], paper or console())


def _entry(one: Recorded, personal: bool) -> Iterator[RenderableType]:
    number = f"{one.entry.number:>4}  "
    if not isinstance(one.body, Decision):
        yield Text(f"{number}{one.body.recorded_on}  erased      what was personal in {_entries(one.body.erased)}")
        return
    advised, decided = one.body.advised, one.body.decided
    yield Text(f"{number}{one.body.decided_on}  {decided.outcome:<10}  {decided.option or decided.kind}")
    other = "" if decided.outcome == "followed" else f"advised {advised.option or advised.kind}"
    parts = [other, ", ".join(one.body.reasons), ", ".join(one.body.roles)]
    if personal:
        parts += [one.person or "erased", str((one.personal or {}).get("note") or "")]
    yield Padding(Text("; ".join(part for part in parts if part), style="dim"), (0, 0, 0, len(number)))


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"


def show_rates(found: Sequence[Rate], paper: Console | None = None) -> None:
    """Print how often the advice was followed: over all, by kind, and by criterion."""
    if not found:
        put([Text("No decisions yet.")], paper or console())
        return
    table = _table(("advice", "n", "followed", "same kind", "overridden"))
    for one in (rate for rate in found if rate.group != "criterion"):
        table.add_row(one.of or "all", str(one.n), *map(_share, (one.followed, one.varied, one.overridden)))
    parts: list[RenderableType] = [table]
    criteria = [one for one in found if one.group == "criterion"]
    for guideline, rates in groupby(criteria, lambda one: one.of.partition("/")[0]):
        table = _table((guideline, "was", "n", "followed", "overridden", "named"))
        for one in rates:
            shares = map(_share, (one.followed, one.overridden))
            table.add_row(one.of.partition("/")[2], one.verdict.replace("-", " "), str(one.n), *shares, str(one.named))
        parts += [Text(""), table]
    put([*parts, Text(""), Text(_NOTE)], paper or console())


_NOTE = (
    "Percent with the 95% interval by Wilson. Same kind: another option of the kind that was advised. Named: entries "
    "that give the criterion as the reason. Few entries say little, and a rate is no verdict on anybody."
)


def show_verdict(verdict: Verdict, paper: Console | None = None) -> None:
    """Print whether a log is whole, and if not, where it was changed."""
    put([Text(line) for line in _told(verdict)], paper or console())


def verdict_json(verdict: Verdict) -> bytes:
    """The same as JSON."""
    told = asdict(verdict) | {"whole": not verdict.breaks, "head": verdict.head.anchor}
    return orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _told(verdict: Verdict) -> Iterator[str]:
    counts = f"{_entries(verdict.entries)}, {verdict.emptied} emptied by erasure"
    if not verdict.breaks:
        yield f"whole: {counts}"
        yield f"head {verdict.head.anchor}"
        return
    yield f"not whole: {counts}"
    for one in verdict.breaks[:MOST]:
        yield f"{one.where}{_days(one)}: {one.kind}: {one.says}"
    if len(verdict.breaks) > MOST:
        yield f"and {len(verdict.breaks) - MOST} more"


def _days(one: Break) -> str:
    """When a changed entry was recorded: the day that it bears now, and those of the whole entries around it."""
    before, after = one.between
    parts = [
        f"recorded {one.recorded}" if one.recorded else "",
        f"after one of {before}" if before else "",
        f"before one of {after}" if after else "",
    ]
    told = ", ".join(part for part in parts if part)
    return f" ({told})" if told else ""


def _share(share: Share) -> str:
    return f"{share.share:.0%} ({100 * share.low:.0f} to {100 * share.high:.0f})"


def _table(head: Sequence[str]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for index, name in enumerate(head):
        table.add_column(name, overflow="fold", no_wrap=index != 0)
    return table
