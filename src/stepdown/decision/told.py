"""Tells for one person what bars, cautions, checks and goes with an option, why, and what to find out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stepdown.decision.options import Bound, Option
from stepdown.decision.stances import DOSING_KINDS, STANCES, SWITCH_KINDS
from stepdown.guideline.findings import NAMES, Person, Told, ground, text

_CAPPING = ("bar", "not-advised", "undetermined", "at-most-reasonable", "strength-balanced")


def option_told(
    option: Option, stance: int, person: Person, emergency: bool, blocking: Sequence[Told], history: Sequence[Told]
) -> Told:
    """One option with its stance and what stands behind it; numbers stay null until they are computed.

    Args:
        option: what can be done.
        stance: code into `STANCES`.
        person: what is known.
        emergency: whether there is one.
        blocking: flags that bar the option or make it wait.
        history: what the person's earlier treatment says against it.
    """
    told: Told = {
        "id": option.id,
        "kind": option.kind,
        "therapy": option.therapy,
        "interval_weeks": option.interval_weeks,
        "dose_mg": option.dose_mg,
        "stance": STANCES[stance],
        "bars": list(history),
        "cautions": [],
        "checks": [],
        "with": [],
        "risk": None,
        "no_number": [],
        "curves": {},
        "decomposition": {},
        "burden": None,
        "net_benefit": None,
        "share_ranked_first": None,
    }
    for flag in blocking:
        told["bars"].append(
            {"rule": f"flags/{flag['id']}", "effect": "bar" if bars(option, flag) else "waits"}
            | {name: flag[name] for name in ("says", "from", "evidence", "assumption")}
        )
    for bound in option.rules:
        list_name, item = _rule_told(bound, person, emergency)
        if list_name:
            told[list_name].append(item)
    told["bars"].sort(key=lambda item: _CAPPING.index(item["effect"]) if item["effect"] in _CAPPING else 0)
    return told


def _rule_told(bound: Bound, person: Person, emergency: bool) -> tuple[str | None, Told]:
    """In which list of the option a rule belongs, and how it is told there."""
    rule = bound.rule
    if rule.except_emergency and emergency:
        return None, {}
    truth = person.truth(bound.key) if bound.conditional else True
    if truth is False or (truth is None and rule.unknown == "ignore"):
        return None, {}
    found = person.explain(bound.key) if bound.conditional else None
    item: Told = {
        "rule": bound.key,
        "effect": rule.effect,
        "verdict": NAMES[truth],
        "says": text(f"{bound.key}.says"),
        "from": person.origin(found) if found else [],
        "ask": person.missing(found) if found else [],
        **ground(rule),
    }
    if truth is None:
        return "checks", item
    lists = {"caution": "cautions", "check": "checks", "with": "with"}
    return lists.get(rule.effect, "bars"), item


def bars(option: Option, flag: Told) -> bool:
    """Whether a flag bars an option: an emergency, where the option gives the drug again."""
    return flag["action"] == "emergency" and option.kind in DOSING_KINDS


def blocking_flags(option: Option, flags: Sequence[Told]) -> list[Told]:
    """The flags that bar an option or make it wait; in an emergency no other drug is begun either."""
    return [
        flag
        for flag in flags
        if option.kind in flag["blocks"]
        or (flag["action"] == "emergency" and option.kind in (*DOSING_KINDS, *SWITCH_KINDS))
    ]


def reasons(guidelines: Sequence[Told], flags: Sequence[Told], options: Sequence[Told]) -> list[Told]:
    """Reasons for (`for: true`) and against using less treatment, the weightiest first.

    Flags come before what a guideline requires or excludes, and that before what it merely favours or opposes;
    of the rules those speak that cap the present treatment. To belong to the population of a trial is no reason.
    """
    found: list[tuple[int, Told]] = []

    def add(weight: int, speaks_for: bool, item: Told) -> None:
        kept = {name: item[name] for name in ("says", "from", "evidence", "assumption")}
        found.append((weight, {**kept, "verdict": item.get("verdict", "met"), "for": speaks_for}))

    for flag in flags:
        if flag["action"] == "reason":
            add(0, True, flag)
        elif flag["action"] == "blocks":
            add(0, False, flag)
    for guideline in guidelines:
        if guideline["applies"] != "met" or guideline["kind"] == "trial-population":
            continue
        for finding in guideline["findings"]:
            side = _side(finding)
            if side is not None:
                add(1 + (finding["role"] in ("favours", "opposes")), side, finding)
    for option in options:
        if option["kind"] == "continue":
            for item in option["bars"]:
                if item["rule"].split("/")[0] != "flags":
                    add(1, True, item)
        elif option["kind"] == "discontinue":
            for item in option["bars"]:
                if item["effect"] == "not-advised" and item["rule"].split("/")[0] != "flags":
                    add(1, False, item)
    unique: dict[str, Told] = {}
    for _, told in sorted(found, key=lambda pair: pair[0]):
        unique.setdefault(told["says"]["key"], told)
    return list(unique.values())


def _side(finding: Told) -> bool | None:
    """Whether a finding speaks for (true) or against (false) using less treatment, or for neither."""
    sides = {
        ("requires", "met"): True,
        ("requires", "not-met"): False,
        ("excludes", "met"): False,
        ("favours", "met"): True,
        ("opposes", "met"): False,
    }
    return sides.get((finding["role"], finding["verdict"]))


def held_by(option: Option, person: Person, emergency: bool) -> list[str]:
    """The variables without which the stance of an option cannot be settled."""
    waiting: list[str] = []
    for bound in option.rules:
        if (
            bound.conditional
            and bound.rule.unknown == "undetermined"
            and not (bound.rule.except_emergency and emergency)
            and person.truth(bound.key) is None
        ):
            waiting += person.missing(person.explain(bound.key))
    return list(dict.fromkeys(waiting))


def to_find_out(
    guidelines: Sequence[Told],
    options: Sequence[Told],
    held: Mapping[str, Sequence[str]],
    kinds: Mapping[str, Sequence[str]],
    chosen: str | None,
    known_therapy: bool,
    emergency: bool = False,
) -> list[Told]:
    """What is worth finding out, the decisive first: what a guideline or the stance of an option hangs on.

    Args:
        guidelines: as told.
        options: as told.
        held: for each option id the variables that hold it at undetermined.
        kinds: for each guideline the option kinds it speaks of; it decides nothing where none of them is open.
        chosen: id of the recommended option; nothing where to hold.
        known_therapy: whether it is known what the person takes.
        emergency: whether there is one; then only the drug is worth a question today.
    """
    waiting: dict[str, dict[str, Any]] = {}

    def ask(variable: str, decisive: bool, of: str) -> None:
        entry = waiting.setdefault(variable, {"decisive": False, "for": []})
        entry["decisive"] |= decisive and (not emergency or of == "options")
        if of not in entry["for"]:
            entry["for"].append(of)

    if not known_therapy:
        ask("therapy", True, "options")
    possible = {option["kind"] for option in options if option["stance"] not in ("barred", "not-advised")}
    for guideline in guidelines:
        decides = guideline["kind"] != "trial-population" and not possible.isdisjoint(kinds[guideline["id"]])
        for variable in guideline["to_find_out"]:
            if known_therapy or variable not in ("therapy", "therapy_class"):
                ask(variable, decides, f"guidelines/{guideline['id']}")
    for option in options:
        if option["stance"] in ("barred", "not-advised"):
            continue
        for variable in held[option["id"]]:
            ask(variable, True, option["id"])
        # what an option asks for that nobody recommends stands with that option, and need not be asked today
        near = option["kind"] in ("continue", "observe") or option["id"] == chosen
        if near or (chosen is None and option["kind"] != "switch-lateral"):
            for item in option["checks"]:
                for variable in item["ask"]:
                    ask(variable, False, option["id"])
    ordered = sorted(waiting.items(), key=lambda pair: (not pair[1]["decisive"], -len(pair[1]["for"]), pair[0]))
    return [
        {
            "variable": variable,
            "decisive": entry["decisive"],
            "value": None,
            "for": entry["for"],
            "says": text(
                "information.decisive" if entry["decisive"] else "information.worth-knowing",
                variable=text(f"variables/{variable}.title"),
                count=len(entry["for"]),
            ),
        }
        for variable, entry in ordered
    ]
