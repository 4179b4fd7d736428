"""The evidence told on a terminal: parameters and diagnostics of a fit, one parameter, and the replication."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stepdown.evidence.draws import Posterior
from stepdown.evidence.forest import forest
from stepdown.evidence.replicate import Replication, Tally, summary
from stepdown.knowledge.library import Library
from stepdown.report import forest as plot
from stepdown.report.paper import console, put

LOGARITHMS = ("baseline", "drug", "discontinue", "extend-interval", "reduce-dose", "leaving", "switch")


def show_list(posterior: Posterior, paper: Console | None = None) -> None:
    """Print every parameter of an outcome with its 95% interval, and how the chains did."""
    told = posterior.manifest
    logarithms = {p.name for p in posterior.inputs.priors if p.kind in ("modifier", "between", "background")}
    table = _table(("parameter", "median", "95% interval", "R-hat", "effective"))
    for name, found in told["parameters"].items():
        ratio = name in logarithms or name == "baseline-mean" or name.partition(":")[0] in LOGARITHMS
        low, middle, high = (float(np.exp(found[k])) if ratio else found[k] for k in ("low", "median", "high"))
        interval = f"{_short(low)} to {_short(high)}"
        table.add_row(name, _short(middle), interval, f"{found['r_hat']:.3f}", f"{found['ess']:.0f}")
    head = (
        f"{told['outcome']}: {len(told['fitted']['arms'])} arms, {len(told['fitted']['contrasts'])} contrasts, "
        f"{told['draws']} joint draws, worst R-hat {told['worst_r_hat']:.3f}, least effective {told['least_ess']}, "
        f"{told['divergences']} divergences, {told['digest'][:19]}"
    )
    note = "Rates a year and ratios are given as such; spreads are logarithmic; shapes are in months."
    put([Text(head), Text(note), table], paper or console())


def show_parameter(posterior: Posterior, library: Library, name: str, paper: Console | None = None) -> None:
    """Print one parameter, what was believed before, the studies that speak of it, and where to read more."""
    out = paper or console()
    plot.show(found := forest(posterior, name), out)
    lines = [f"{row.label}: {row.study}, {library.sources[row.study].citation}" for row in found.rows]
    believed = [belief for belief in library.beliefs.values() if name in belief.names]
    lines += [f"before the studies: {(b.reasoning or b.title)['en']}" for b in believed]
    if not found.rows:
        lines.append("No study speaks of it by itself; what is shown is the belief, or what others imply.")
    put([Text(line) for line in lines], out)


def show_replication(found: Sequence[Replication], form: str, paper: Console | None = None) -> None:
    """Print observed against predicted, or the same as JSON."""
    out = paper or console()
    if form == "json":
        out.file.write(orjson.dumps([r.plain() for r in found], option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    table = _table(("group", "fit", "per", "seen", "predicted (95%)", "inside"))
    for r in found:
        unit = "person" if r.unit == "1" else "year"
        start = (r.id, _yes(r.used_in_fit), unit, _short(r.observed))
        if r.mean is None or r.low is None or r.high is None:
            table.add_row(*start, r.why, "-")
        else:
            interval = f"{_short(r.mean)} ({_short(r.low)} to {_short(r.high)})"
            table.add_row(*start, interval, _yes(bool(r.inside)))
    put([table, *(Text(_told(name, tally)) for name, tally in summary(found).items() if tally.groups)], out)


def _told(name: str, found: Tally) -> str:
    bands = "; ".join(f"{_short(a)} predicted, {_short(b)} seen ({n} groups)" for a, b, _, n in found.bands)
    return (
        f"Groups {name}: {found.inside} of {found.groups} inside, observed over expected {found.ratio:.2f} "
        f"({found.observed} events, {found.expected:.0f} expected), in the typical group {found.typical:.2f}; "
        f"from low to high: {bands}."
    )


def _short(value: float) -> str:
    return f"{value:.2g}" if abs(value) < 10 else f"{value:.0f}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _table(head: Sequence[str]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for index, name in enumerate(head):
        table.add_column(name, overflow="fold", no_wrap=index != 0)
    return table
