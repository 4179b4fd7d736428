"""The risks of the options on the screen: one time span, one number of people, certainty beside every number.

Where the width does not hold the columns, each risk is named where it stands, so that none is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.measure import Measurement
from rich.text import Text

from stepdown.report.frequency import Estimate, around, count, counts, denominator, step
from stepdown.report.marks import Marks
from stepdown.report.paper import Clipped
from stepdown.report.parts import UNKNOWN, Data
from stepdown.report.words import Words

OUTCOMES = ("relapse", "mri-activity", "disability-worsening", "serious-infection")
ABBREVIATED = ("moderate", "very-low")
"""Certainties that stand shortened beside a number, and are explained once."""
GAP = 2
BAR = (4, 10)
"""The shortest bar that is worth drawing and the longest, in columns."""
REASON = 36
"""Columns that must be left on the line of an option for its reason to say anything there."""
INDENT = 2


@dataclass(frozen=True)
class Frame:
    """What all risks of one person are told by.

    Attributes:
        years: the time span, as the assessment names it.
        of: out of how many people.
        outcomes: those that have a number under some option.
        largest: the largest mean risk, which the longest bar stands for.
    """

    years: str
    of: int
    outcomes: tuple[str, ...]
    largest: float


def emergency(filled: Data) -> bool:
    """Whether there is an emergency; no number is shown then."""
    return any(flag["action"] == "emergency" for flag in filled["flags"])


def horizons(filled: Data) -> list[str]:
    """The time spans in years that risks were asked for, the shortest first."""
    every = {years for one in filled["options"] for risk in (one["risk"] or {}).values() for years in risk}
    return sorted(every, key=float)


def frame(filled: Data) -> Frame | None:
    """How the risks of this person are told; nothing where there is none to tell."""
    spans = horizons(filled)
    if not spans or emergency(filled):
        return None
    compared = filled.get("comparison")
    years = f"{compared['years']:g}" if compared else spans[0]
    means = {
        outcome: [found["mean"] for one in filled["options"] if (found := risk(one, outcome, years))]
        for outcome in OUTCOMES
    }
    told = {outcome: max(found) for outcome, found in means.items() if found}
    return Frame(years, denominator(told.values()), tuple(told), max(told.values())) if told else None


def risk(option: Data, outcome: str, years: str) -> Estimate | None:
    """One risk of an option; nothing where there is no number."""
    found: Estimate | None = ((option["risk"] or {}).get(outcome) or {}).get(years)
    return found


def reads(option: Data, told: Frame) -> tuple[tuple[str, str] | None, ...]:
    """The means as they read and their certainty: options for which these agree may share a line."""
    found = [risk(option, outcome, told.years) for outcome in told.outcomes]
    return tuple(None if one is None else (counts(one, told.of)[0], one["certainty"]) for one in found)


@dataclass(frozen=True)
class Cell:
    """One risk as it is shown: `3 (1–9)` and `low`, and the mean for its bar; no mean where there is no number."""

    label: str
    shown: str
    certainty: str
    mean: float | None

    @property
    def text(self) -> str:
        """The number with its interval and its certainty."""
        return f"{self.shown} {self.certainty}".strip()


def cells(members: Sequence[Data], told: Frame, words: Words, marks: Marks) -> list[Cell]:
    """The risks of options that share a line, by outcome; the interval is around those of all."""
    row = []
    for outcome in told.outcomes:
        found = [one for member in members if (one := risk(member, outcome, told.years))]
        label = words.tell(f"risk.of.{outcome}")
        if not found:
            row.append(Cell(label, words.tell("risk.no-number"), "", None))
            continue
        wide = around(found)
        by = step((wide["high"] - wide["low"]) * told.of)
        low, high = count(wide["low"], told.of, by), count(wide["high"], told.of, by)
        shown = counts(found[0], told.of)[0] + (f" ({low}{marks.to}{high})" if low != high else "")
        row.append(Cell(label, shown, words.tell(f"risk.short.{wide['certainty']}"), wide["mean"]))
    return row


class Row:
    """The risks of one line in columns, with bars where there is room; one after the other where there is not."""

    def __init__(self, row: Sequence[Cell], widths: Sequence[int], told: Frame, marks: Marks) -> None:
        self.row, self.widths, self.told, self.marks = row, widths, told, marks

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterable[RenderableType]:
        room = options.max_width - INDENT
        if fits(self.widths, room):
            yield self._columns(bar_length(self.widths, room))
            return
        line = ""
        for cell in self.row:
            part = f"{cell.label} {cell.text}"
            if line and cell_len(f"{line}; {part}") > room - 1:
                yield Text(f"{' ' * INDENT}{line};")
                line = part
            else:
                line = f"{line}; {part}" if line else part
        yield Text(" " * INDENT + line)

    def _columns(self, long: int) -> Text:
        line = Text(" " * INDENT)
        for cell, width in zip(self.row, self.widths, strict=True):
            line.append(cell.shown, style=UNKNOWN if cell.mean is None else "")
            line.append(f" {cell.certainty}".rstrip(), style="dim")
            line.append(" " * (width - cell_len(cell.text) + 1))
            if long:
                length = 0.0 if cell.mean is None else cell.mean / self.told.largest * long
                line.append(self.marks.bar(length).ljust(long + 1), style="cyan")
            line.append(" " * (GAP - 1))
        line.rstrip()
        return line

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(1, options.max_width)


class Name:
    """The name of an option and its reason on one line; where there is no room the reason goes, or takes a second."""

    def __init__(self, name: Text, reason: str, needed: bool) -> None:
        self.name, self.reason, self.needed = name, reason, needed

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterable[RenderableType]:
        roomy = options.max_width - self.name.cell_len - GAP >= REASON
        line = self.name.copy()
        if self.reason and (roomy or self.needed):
            line.append(f"  {self.reason}", style="not bold dim")
        yield Clipped(line, 1 if self.reason and roomy else 2)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(1, options.max_width)


class Heads:
    """The names of the columns above them; nothing where there are no columns."""

    def __init__(self, told: Frame, widths: Sequence[int], words: Words) -> None:
        self.names = [words.tell(f"risk.column.{outcome}") for outcome in told.outcomes]
        self.widths = widths

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterable[RenderableType]:
        room = options.max_width - INDENT
        if fits(self.widths, room):
            long = bar_length(self.widths, room)
            wide = [width + (long + 1 if long else 0) + GAP for width in self.widths]
            line = "".join(name.ljust(width) for name, width in zip(self.names, wide, strict=True))
            yield Text(" " * INDENT + line.rstrip(), style="bold")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(1, options.max_width)


def column_widths(rows: Sequence[Sequence[Cell]], told: Frame, words: Words) -> list[int]:
    """How wide each column is, for its name and for every line."""
    names = [cell_len(words.tell(f"risk.column.{outcome}")) for outcome in told.outcomes]
    return [max(name, *(cell_len(row[at].text) for row in rows)) for at, name in enumerate(names)]


def fits(widths: Sequence[int], room: int) -> bool:
    """Whether the columns stand side by side."""
    return sum(widths) + GAP * (len(widths) - 1) <= room


def bar_length(widths: Sequence[int], room: int) -> int:
    """How long bars may be beside all numbers; 0 where there is no room for any."""
    left = (room - sum(widths) - (GAP + 1) * len(widths)) // len(widths)
    return min(left, BAR[1]) if left >= BAR[0] else 0


def how_to_read(told: Frame, rows: Sequence[Sequence[Cell]], words: Words) -> Text:
    """What the numbers are, once: of how many people, in which time, what stands in brackets and behind."""
    used = {cell.certainty for row in rows for cell in row}
    short = [(words.tell(f"risk.short.{name}"), words.tell(f"risk.certainty.{name}")) for name in ABBREVIATED]
    named = ", ".join(f"{name} = {meant}" for name, meant in short if name in used and name != meant)
    certainty = words.tell("risk.certain-short" if named else "risk.certain", short=named)
    return Text(words.tell("risk.read", of=told.of, years=float(told.years), certainty=certainty), style="dim")


def why_none(filled: Data, told: Frame, words: Words) -> list[Text]:
    """Why there is no number, each reason once, with the outcomes and, where it is not all of them, the options."""
    reasons: dict[str, dict[str, list[str]]] = {}
    for one in filled["options"]:
        for missing in one["no_number"]:
            if f"{missing['years']:g}" == told.years:
                by_outcome = reasons.setdefault(missing["says"]["text"], {})
                by_outcome.setdefault(missing["outcome"], []).append(one["kind"])
    lines = []
    for says, outcomes in reasons.items():
        names = ", ".join(words.tell(f"risk.of.{outcome}") for outcome in outcomes)
        of = [kind for kinds in outcomes.values() for kind in kinds]
        every = len(of) == len(filled["options"]) * len(outcomes)
        kinds = ", ".join(words.tell(f"kind.{kind}") for kind in dict.fromkeys(of))
        key = "risk.why-none-of-all" if every else "risk.why-none"
        lines.append(Text(words.tell(key, outcomes=names, says=says, kinds=kinds), style=UNKNOWN))
    return lines
