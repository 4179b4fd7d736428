"""The evidence told on a terminal: parameters and diagnostics of a fit, one parameter, and the replication."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import orjson
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from stepdown.evidence.calibration import summary
from stepdown.evidence.draws import Posterior
from stepdown.evidence.forest import forest
from stepdown.evidence.inputs import Inputs
from stepdown.evidence.outcomes import Posteriors
from stepdown.evidence.replicate import Replication
from stepdown.knowledge.library import Library
from stepdown.report import forest as plot
from stepdown.report.paper import console, put

LOGARITHMS = ("baseline", "drug", "discontinue", "extend-interval", "reduce-dose", "leaving", "switch")
WIDE = 110
"""Below this width the calibration by thirds is left out; the plot shows it."""


def show_list(found: Posteriors, paper: Console | None = None) -> None:
    """Print every parameter of each outcome with its 95% interval, and how the chains did."""
    parts: list[RenderableType] = []
    for posterior in found.of.values():
        told = posterior.manifest
        table = _table(("parameter", "median", "95% interval", "R-hat", "effective"))
        for name, one in told["parameters"].items():
            low, middle, high = (_natural(name, one[key], posterior.inputs) for key in ("low", "median", "high"))
            interval = f"{short(low)} to {short(high)}"
            table.add_row(name, short(middle), interval, f"{one['r_hat']:.3f}", f"{one['ess']:.0f}")
        head = (
            f"{told['outcome']}: {len(told['fitted']['arms'])} arms, {len(told['fitted']['contrasts'])} contrasts, "
            f"{told['draws']} joint draws, worst R-hat {told['worst_r_hat']:.3f}, least effective {told['least_ess']}, "
            f"{told['divergences']} divergences, {told['digest'][:19]}"
        )
        parts += [Text(head), table, Text("")]
    parts.append(Text("Rates a year and ratios are given as such; spreads are logarithmic; shapes are in months."))
    parts += [Text(f"{outcome}: {error.what}.") for outcome, error in found.refused.items()]
    put(parts, paper or console())


def show_parameter(posterior: Posterior, library: Library, name: str, paper: Console | None = None) -> None:
    """Print one parameter, what was believed before, the studies that speak of it, and where to read more."""
    out = paper or console()
    plot.show(found := forest(posterior, name), out)
    lines = [f"{row.label}: {row.study}, {library.sources[row.study].citation}" for row in found.rows]
    outcome = posterior.inputs.outcome
    believed = [one for one in library.beliefs.values() if name in one.names and one.outcome == outcome]
    lines += [f"before the studies: {(b.reasoning or b.title)['en']}" for b in believed]
    if not found.rows:
        lines.append("No study speaks of it by itself; what is shown is the belief, or what others imply.")
    put([Text(line) for line in lines], out)


def show_replication(found: Sequence[Replication], form: str, paper: Console | None = None) -> None:
    """Print seen against predicted by outcome, and how well the groups were predicted; or the same as JSON."""
    out = paper or console()
    if form == "json":
        out.file.write(orjson.dumps([r.plain() for r in found], option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    parts: list[RenderableType] = []
    for outcome in dict.fromkeys(r.outcome for r in found):
        chosen = [r for r in found if r.outcome == outcome]
        for used, words in USED.items():
            told = [r for r in chosen if r.used_in_fit is used and not r.why]
            parts += [Text(f"{outcome}, {words}", style="bold"), _groups(told), Text("")] if told else []
        silent: dict[str, list[str]] = {}
        for r in chosen:
            if r.why:
                silent.setdefault(r.why, []).append(r.id)
        for why, names in silent.items():
            parts += [Text(f"{outcome}, no prediction ({why}): {', '.join(names)}"), Text("")]
    put([*parts, *_summary(found, out.width)], out)


USED = {True: "used in the fit", False: "not used in the fit"}


def _groups(found: Sequence[Replication]) -> Table:
    """Seen and predicted, a group a line."""
    table = _table(("group", "seen", "predicted (95%)", ""))
    for r in found:
        unit = "" if r.unit == "1" else "/a"
        interval = f"{short(r.mean or 0.0)} ({short(r.low or 0.0)} to {short(r.high or 0.0)})"
        inside = Text("inside" if r.inside else "OUTSIDE", style="" if r.inside else "bold")
        table.add_row(r.id, f"{short(r.observed)}{unit}", interval, inside)
    return table


def _summary(found: Sequence[Replication], width: int) -> list[RenderableType]:
    """How well the groups were predicted, and what the columns mean."""
    tallies = summary(found)
    if not tallies:
        return []
    bands = ("lowest third", "middle", "highest") if width >= WIDE else ()
    table = _table(("groups", "fit", "in 95%", "in 50%", "O/E", "typical", *bands), whole=True)
    for one in tallies:
        thirds = tuple(f"{short(band.predicted)} > {short(band.seen)}" for band in one.bands) if bands else ()
        counts = (f"{one.inside} of {one.groups}", f"{one.half} of {one.groups}")
        name = one.outcome or "all outcomes"
        table.add_row(name, _yes(one.used_in_fit), *counts, f"{one.ratio:.2f}", f"{one.typical:.2f}", *thirds)
    note = (
        "Seen and predicted are risks over the follow-up, or rates a year (/a); intervals are of a new study. Only "
        "groups that are not used in the fit test the model. O/E is events seen over expected and ruled by the largest "
        "groups; typical is the geometric mean over groups of seen over the middle of the prediction."
    ) + (" Thirds of the groups by what was predicted: mean predicted > mean seen." if bands else "")
    return [table, Text(""), Text(note)]


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _natural(name: str, value: float, inputs: Inputs) -> float:
    """A logarithm as the ratio or rate that it stands for."""
    head, _, of = name.partition(":")
    kinds = {prior.name: prior.kind for prior in inputs.priors}
    logs = (head in LOGARITHMS and of) or kinds.get(name) in ("modifier", "between", "background")
    return float(np.exp(value)) if logs or name == "baseline-mean" else value


def short(value: float) -> str:
    """A figure with two digits."""
    return f"{value:.2g}" if abs(value) < 10 else f"{value:.0f}"


def _table(head: Sequence[str], whole: bool = False) -> Table:
    """A table without lines; its first column folds where the paper is narrow, unless it is to stay `whole`."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for index, name in enumerate(head):
        table.add_column(name, overflow="fold", no_wrap=whole or index != 0)
    return table
