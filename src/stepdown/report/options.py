"""The options on the screen: stance, name and the reason that says most, those alike on one line."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from stepdown.report.marks import STANCES, Marks
from stepdown.report.paper import Clipped
from stepdown.report.parts import ACCENT, ASKED, UNKNOWN, Data, brief, more
from stepdown.report.wording import asked, category, inline, join, number
from stepdown.report.words import Words

ROWS = 9
OPEN = ("favoured", "reasonable")


def options(filled: Data, words: Words, marks: Marks) -> RenderableType:
    """Every option with its stance and leading reason; those alike in kind, stance and reason share a line."""
    alike: dict[tuple[str, ...], list[Data]] = {}
    for one in sorted(filled["options"], key=lambda one: STANCES.index(one["stance"])):
        to = "" if one["kind"].startswith("switch") else one["therapy"]
        alike.setdefault((one["stance"], leading(one, words), one["kind"], to), []).append(one)
    if not alike:
        reason = {"died": "died", "none": "no-drug"}.get(_nothing(filled), "drug-unknown")
        return Text(words.tell(f"label.no-options-{reason}"), style=UNKNOWN)
    table = Table.grid(padding=(0, 1, 0, 0), expand=True)
    table.add_column(width=1)
    table.add_column(width=max(len(words.tell(f"stance.{stance}")) for stance, *_ in alike))
    table.add_column(ratio=1)
    for (stance, reason, *_), members in list(alike.items())[:ROWS]:
        chosen = filled["recommendation"]["option"] in [one["id"] for one in members]
        line = Text(together(members, words), style="bold")
        line.append(f" {words.tell('label.advised')}" if chosen else "", style=ACCENT)
        line.append(f"  {brief(reason)}" if reason else "", style="not bold dim")
        style = UNKNOWN if stance == "undetermined" else "bold" if chosen else ""
        beside = accompanied(members, words) if stance in OPEN else ""
        content = Group(Clipped(line), Text(beside, style="dim")) if beside else Clipped(line)
        table.add_row(marks.stance[stance], Text(words.tell(f"stance.{stance}"), style=style), content)
    return Group(table, *more(len(alike) - ROWS, words))


def _nothing(filled: Data) -> str:
    """Why there are no options: the person died, takes nothing, or nobody knows what."""
    told, drugs = filled["recommendation"]["says"]["key"], filled["state"]["therapy"]["values"]
    return "died" if told == "recommendation.died" else drugs[0] if len(drugs) == 1 else ""


def accompanied(members: list[Data], words: Words) -> str:
    """What this person's own facts ask to go with an option, such as immunology referral and replacement."""
    rules = dict.fromkeys(item["rule"] for one in members for item in one["with"] if item["from"])
    titles = [inline(words.tell(f"{rule}.title")) for rule in rules if rule.startswith("rules/")]
    return words.tell("label.accompanied", names="; ".join(titles)) if titles else ""


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
