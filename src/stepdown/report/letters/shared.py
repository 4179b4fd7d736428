"""What both letters say alike: whether there is danger, the numbers with both sides, who was studied, whom to call."""

from __future__ import annotations

from stepdown.report.frequency import counts, denominator, others
from stepdown.report.parts import Data
from stepdown.report.words import Words

OUTCOMES = ("relapse", "disability-worsening", "serious-infection")
"""What the letters give numbers for, where there are any; the others stand in the full report."""
STAYING = ("continue", "observe")


def emergencies(filled: Data) -> list[Data]:
    """The flags that cannot wait; nothing is weighed where there is one."""
    return [flag for flag in filled["flags"] if flag["action"] == "emergency"]


def chosen(filled: Data) -> Data | None:
    """The option that the plan is of, else the recommended one."""
    identifier = filled["plan"]["option"] if filled["plan"] else filled["recommendation"]["option"]
    return next((one for one in filled["options"] if one["id"] == identifier), None)


def numbers(filled: Data, words: Words) -> list[str]:
    """A sentence an outcome: of so many people so many have it and so many do not, with this plan and as now.

    One time span and one number of people for all of them; how certain it is begins the sentence. Nothing is said in
    an emergency.
    """
    option = chosen(filled)
    if option is None or emergencies(filled):
        return []
    present = next((one for one in filled["options"] if one["kind"] in STAYING), None)
    years = _years(option)
    if years is None:
        return []
    pairs = {outcome: (_risk(option, outcome, years), _risk(present, outcome, years)) for outcome in OUTCOMES}
    found = [risk for pair in pairs.values() for risk in pair if risk]
    of = denominator(risk["mean"] for risk in found)
    return [
        _sentence(outcome, risk, now if present is not option else None, of, float(years), words)
        for outcome, (risk, now) in pairs.items()
        if risk
    ]


def _years(option: Data) -> str | None:
    """The shortest time span for which an option has a number."""
    spans = {years for risks in (option["risk"] or {}).values() for years, risk in risks.items() if risk}
    return min(spans, key=float, default=None)


def _risk(option: Data | None, outcome: str, years: str) -> Data | None:
    found: Data | None = ((option or {}).get("risk") or {}).get(outcome, {}).get(years)
    return found


def _sentence(outcome: str, risk: Data, now: Data | None, of: int, years: float, words: Words) -> str:
    """One outcome with the plan, and with the present treatment where that is another."""
    args = {"what": words.tell(f"letter.numbers.outcome.{outcome}"), "of": of, "years": years, **_told(risk, of, words)}
    if now is None:
        return words.tell("letter.numbers.same", **args)
    as_now = {f"{name}_now": shown for name, shown in _told(now, of, words).items()}
    alike = risk["certainty"] == now["certainty"]
    return words.tell("letter.numbers.alike" if alike else "letter.numbers.apart", **args, **as_now)


def _told(risk: Data, of: int, words: Words) -> dict[str, str]:
    """How many have it, between what and what, how many do not, and how certain that is."""
    mean, low, high = counts(risk, of)
    written = {"n": mean, "low": low, "high": high, "rest": others(mean, of)}
    plain = {name: _plain(shown, words) for name, shown in written.items()}
    return plain | {"certainty": words.tell(f"letter.numbers.certainty.{risk['certainty']}")}


def _plain(shown: str, words: Words) -> str:
    """`<1` as "fewer than 1" and `>99` as "more than 99"."""
    if shown.startswith(("<", ">")):
        return words.tell("letter.numbers.fewer" if shown[0] == "<" else "letter.numbers.more", count=int(shown[1:]))
    return shown


def studied(filled: Data, words: Words) -> str:
    """The people of one study behind the numbers, a trial first: their age, drug and years, as its document says."""
    option = chosen(filled)
    years = _years(option) if option else None
    if option is None or years is None:
        return ""
    names = [name for outcome in OUTCOMES for name in (_risk(option, outcome, years) or {}).get("evidence", ())]
    evidence = words.library.documents["evidence"]
    described = [one for name in names if getattr(one := evidence.get(name), "population", None)]
    first = min(described, key=lambda one: getattr(one, "kind", "") != "trial", default=None)
    return words.prose(getattr(first, "population", None))


def phone(contact: str | None, words: Words) -> str:
    """Whom to call: the number that was given, else a line to write it on."""
    return words.tell("letter.phone", phone=contact or words.tell("letter.blank"))


def head(filled: Data, words: Words) -> tuple[str, str]:
    """The day and the person's id, and that this is a draft."""
    return words.tell("letter.about", day=filled["on"], person=filled["person"]), words.tell("letter.draft")


def foot(filled: Data, words: Words) -> tuple[str, str]:
    """Where to sign, and with which library the letter was made."""
    known = filled["knowledge"]
    made = words.tell("letter.made-with", version=known["version"], digest=known["digest"][7:19])
    return words.tell("letter.signed"), made


def bare(identifier: str) -> str:
    """The last part of an id: `relapse` of `triggers/relapse`."""
    return identifier.rpartition("/")[2]
