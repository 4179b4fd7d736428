"""The options on the screen: stance, name and the reason that says most, those alike on one line."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from stepdown.report.marks import STANCES, Marks
from stepdown.report.paper import Clipped
from stepdown.report.parts import ACCENT, ASKED, UNKNOWN, Data, brief, more
from stepdown.report.risks import (
    Frame,
    Heads,
    Name,
    Row,
    cells,
    column_widths,
    frame,
    how_to_read,
    reads,
    why_none,
)
from stepdown.report.wording import asked, category, inline, join, number
from stepdown.report.words import Words

ROWS = 12
OPEN = ("favoured", "reasonable")


def options(filled: Data, words: Words, marks: Marks) -> RenderableType:
    """Every option with its stance, leading reason and risks; those that do not differ in any of these share a line.

    Where there are numbers what is done now comes first, for the others are held against it.
    """
    told = frame(filled)
    groups = list(_alike(filled, told, words).values())
    if not groups:
        reason = {"died": "died", "none": "no-drug"}.get(_nothing(filled), "drug-unknown")
        return Text(words.tell(f"label.no-options-{reason}"), style=UNKNOWN)
    shown = groups[:ROWS]
    rows = [cells(members, told, words, marks) for members in shown] if told else []
    widths = column_widths(rows, told, words) if told else []
    parts: list[RenderableType] = [how_to_read(told, rows, words), Heads(told, widths, words)] if told else []
    stances = max(len(words.tell(f"stance.{members[0]['stance']}")) for members in shown)
    before = ""
    for at, members in enumerate(shown):
        reason = leading(members[0], words)
        again = told is not None and bool(reason) and reason == before
        said = reason if not again else "" if members[0]["stance"] in OPEN else words.tell("label.as-above")
        parts.append(_line(members, said, filled, stances, bool(told), words, marks))
        before = reason
        if told:
            parts.append(Row(rows[at], widths, told, marks))
    parts += more(len(groups) - ROWS, words)
    parts += accompanied(shown, words)
    return Group(*parts, *(why_none(filled, told, words) if told else ()))


def _alike(filled: Data, told: Frame | None, words: Words) -> dict[tuple[Any, ...], list[Data]]:
    """The options by what they share a line for: stance, reason, kind and numbers as they read."""
    alike: dict[tuple[Any, ...], list[Data]] = {}
    kinds = [one["kind"] for one in filled["options"]]
    present = "observe" if "observe" in kinds else "continue"

    def place(one: Data) -> tuple[bool, int]:
        return told is None or one["kind"] != present, STANCES.index(one["stance"])

    for one in sorted(filled["options"], key=place):
        to = "" if one["kind"].startswith("switch") else one["therapy"]
        numbers = reads(one, told) if told else ()
        alike.setdefault((one["stance"], leading(one, words), one["kind"], to, numbers), []).append(one)
    return alike


def _line(
    members: list[Data], reason: str, filled: Data, stances: int, numbers: bool, words: Words, marks: Marks
) -> RenderableType:
    """Stance, name and leading reason; where numbers stand below they share one line if they can."""
    stance = members[0]["stance"]
    chosen = filled["recommendation"]["option"] in [one["id"] for one in members]
    line = Text(together(members, words), style="bold")
    line.append(f" {words.tell('label.advised')}" if chosen else "", style=ACCENT)
    content: RenderableType = Name(line, brief(reason), stance not in OPEN)
    if not numbers:
        content = Clipped(line.append(f"  {brief(reason)}" if reason else "", style="not bold dim"))
    style = UNKNOWN if stance == "undetermined" else "bold" if chosen else ""
    table = Table.grid(padding=(0, 1, 0, 0), expand=True)
    table.add_column(width=1)
    table.add_column(width=stances)
    table.add_column(ratio=1)
    table.add_row(marks.stance[stance], Text(words.tell(f"stance.{stance}"), style=style), content)
    return table


def _nothing(filled: Data) -> str:
    """Why there are no options: the person died, takes nothing, or nobody knows what."""
    told, drugs = filled["recommendation"]["says"]["key"], filled["state"]["therapy"]["values"]
    return "died" if told == "recommendation.died" else drugs[0] if len(drugs) == 1 else ""


def accompanied(groups: list[list[Data]], words: Words) -> list[RenderableType]:
    """What this person's own facts ask to go with open options, such as immunology referral, once for each set."""
    told: dict[str, dict[str, None]] = {}
    for one in (one for members in groups for one in members if one["stance"] in OPEN):
        rules = dict.fromkeys(item["rule"] for item in one["with"] if item["from"])
        titles = [inline(words.tell(f"{rule}.title")) for rule in rules if rule.startswith("rules/")]
        if titles:
            told.setdefault("; ".join(titles), {})[words.tell(f"kind.{one['kind']}")] = None
    return [
        Text(words.tell("label.accompanied", kinds=", ".join(kinds), names=names), style="dim")
        for names, kinds in told.items()
    ]


def together(members: list[Data], words: Words) -> str:
    """Options of one kind in a phrase: `switch to teriflunomide or glatiramer acetate`, `every 39 or 52 weeks`."""
    therapies = list(dict.fromkeys(one["therapy"] for one in members))
    amounts = [one["dose_mg" if one["kind"] == "reduce-dose" else "interval_weeks"] for one in members]
    return words.tell(
        f"option.{members[0]['kind']}",
        therapy=join([category(therapy, words) for therapy in therapies], words.tell, "any"),
        amount=join([number(amount) for amount in amounts if amount is not None], words.tell, "any"),
    )


def leading(one: Data, words: Words) -> str:
    """The sentence that says most about why an option stands as it does, or what it waits for."""
    settling = {"barred": ("bar",), "not-advised": ("not-advised",), "undetermined": ("waits", "undetermined")}
    wanted = settling.get(one["stance"], ("at-most-reasonable",))
    items = [item for name in ("bars", "cautions", "checks", "with") for item in one[name]]
    met = [item for item in items if item.get("verdict") != "unknown"]
    if one["stance"] == "not-advised" and not any(item["effect"] in wanted for item in met):
        return words.tell("label.no-guideline-for")
    said = [item["says"]["text"] for item in sorted(met, key=lambda item: item["effect"] not in wanted)]
    if said and (one["stance"] != "undetermined" or any(item["effect"] in wanted for item in met)):
        return str(said[0])
    ask = dict.fromkeys(name for item in items for name in item.get("ask", ()))
    titles = [asked(name, words) for name in ask]
    return words.tell("label.find-out-first", names="; ".join(titles[:ASKED])) if titles else "".join(said[:1])
