"""What every form of a follow-up shares: the change, what waits, what was found and what changed, in words."""

from __future__ import annotations

from stepdown.report import plan_parts, wording
from stepdown.report.parts import Data
from stepdown.report.words import Words


def change(one: Data, words: Words) -> str:
    """The step down in a few words, with its day."""
    made = one["change"]
    if made is None:
        kind = str(one["plan"]["option"] or "").partition(":")[0]
        return words.tell(
            "follow.change.on", what=words.tell("follow.change.planned", kind=kind), day=one["decided_on"]
        )
    what = words.tell(
        f"follow.change.{made['kind']}", to=made["to"], weeks=made["interval_weeks"], dose=made["dose_mg"],
        **{"from": made["from"]},
    )  # fmt: skip
    first, last = made["first"], made["last"]
    if first == last:
        return words.tell("follow.change.on", what=what, day=last)
    return words.tell(f"follow.change.{'between' if first else 'by'}", what=what, first=first, last=last)


def item(entry: Data, words: Words) -> str:
    """What waits, since or until when, who does it, and when it was last done."""
    names = [wording.inline(words.tell(f"variables/{one}.title")) for one in entry["missing"]]
    status = "missing" if names else entry["status"]
    told = words.tell(
        f"follow.item.{status}", what=name(entry, words), since=entry["since"], to=entry["window"]["to"],
        missing=wording.join(names, words.tell, ""),
    )  # fmt: skip
    return ", ".join(fact for fact in (told, last_of(entry, words), who(entry, words)) if fact)


def name(entry: Data, words: Words) -> str:
    """What is to be done."""
    return plan_parts.name(entry, words)


def who(entry: Data, words: Words) -> str:
    """Who does it."""
    if not entry["who"]:
        return ""
    key = f"plan.who.{entry['who']}"
    return words.tell(key) if words.has(key) else str(entry["who"])


def last_of(entry: Data, words: Words) -> str:
    """When it was last done; nothing of what the record would not show."""
    if entry["status"] == "ask":
        return ""
    if entry["last"] is None:
        return words.tell("follow.never")
    first, last = entry["last"]["first"], entry["last"]["last"]
    exact = first == last
    return words.tell("follow.last", day=last if exact else last[:7] if first and first[:7] == last[:7] else last[:4])


def found_of(signal: Data, words: Words) -> str:
    """What was found: the topic, and the events or since when it is so."""
    topic = words.tell(f"follow.topic.{signal['topic']}")
    if signal["found"]:
        return f"{topic}: {signal['found']['text']}"
    said = signal["says"]["text"] if signal["says"] else ""
    since = words.tell("follow.since", day=signal["since"]) if signal["since"] else ""
    facts = [fact for fact in (since, words.tell("follow.already") if signal["already"] else "") if fact]
    return f"{topic}: {said} ({', '.join(facts)})" if facts else f"{topic}: {said}"


def way_back(signal: Data, words: Words) -> str:
    """The rescue that goes first."""
    rescue = signal["rescue"][0]
    return " ".join(rescue[key]["text"] for key in ("says", "works_after") if rescue.get(key))


def moved(entry: Data, words: Words) -> str:
    """A variable with its value then and now."""
    before, after = (wording.value(entry[key], entry["variable"], words) for key in ("before", "after"))
    unit = before.rpartition(" ")[2]
    if unit and after.endswith(f" {unit}"):
        before = before.removesuffix(f" {unit}")
    told = words.tell("follow.value-changed", variable=entry["variable"], before=before, after=after)
    return told[:1].upper() + told[1:]


def next_of(one: Data, words: Words) -> str:
    """What comes next in the plan."""
    if one["next"] is None:
        return words.tell("follow.no-next") if one["plan"]["origin"] != "none" else ""
    return words.tell("follow.next", what=name(one["next"], words), day=one["next"]["from"])


def plan_of(one: Data, words: Words) -> str:
    """Where the plan comes from."""
    return words.tell(f"follow.plan.{one['plan']['origin']}", day=one["decided_on"], file=one["plan"]["file"])
