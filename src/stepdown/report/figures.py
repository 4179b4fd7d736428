"""The numbers behind the screen: both time spans, both sides, doubt, burden, what flips and every scenario."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from stepdown.report import wording
from stepdown.report.advice import shares
from stepdown.report.frequency import HUNDRED, Estimate, count, counts, difference, figure, figures, others
from stepdown.report.marks import Marks
from stepdown.report.parts import Data
from stepdown.report.risks import INDENT, OUTCOMES, Frame, emergency, frame, horizons, risk
from stepdown.report.words import Words

DOUBTS = 2
"""So many sources of doubt are named of each risk."""


def of_option(one: Data, filled: Data, words: Words, marks: Marks) -> Iterator[RenderableType]:
    """The numbers of one option; nothing in an emergency."""
    told = frame(filled)
    if told is None:
        return
    for outcome in OUTCOMES:
        yield from _risks(one, outcome, horizons(filled), told, words)
    yield from _why_none(one, words)
    yield from _worth(one, filled, words, marks)
    yield from _burden(one, words)
    yield from _doubt(one, words)


def _risks(one: Data, outcome: str, years: Sequence[str], told: Frame, words: Words) -> Iterator[RenderableType]:
    """One outcome at every time span: both sides, interval, certainty, difference, then its studies."""
    studies: dict[str, None] = {}
    for span in years:
        found = risk(one, outcome, span)
        if found is None:
            continue
        studies |= dict.fromkeys(found["evidence"])
        (mean, low, high), of = counts(found, told.of), told.of
        said = {
            "outcome": words.tell(f"risk.of.{outcome}"), "years": float(span), "of": of, "mean": in_words(mean, words),
            "others": in_words(others(mean, of), words), "low": in_words(low, words), "high": in_words(high, words),
            "certainty": words.tell(f"risk.certainty.{found['certainty']}"),
        }  # fmt: skip
        versus = found["versus_continue"]
        key = "risk.both-sides" if versus is None else "risk.both-sides-against"
        yield Text(words.tell(key, **said, difference=against(versus, of, words)))
    if studies:
        yield _set_in(f"[{', '.join(studies)}]")


def in_words(shown: str, words: Words) -> str:
    """A count within a sentence: `<1` is `fewer than 1`."""
    sides = {"<": "risk.fewer-than", ">": "risk.more-than"}
    return words.tell(sides[shown[0]], count=shown[1:]) if shown[0] in sides else shown


def against(versus: Estimate | None, of: int, words: Words) -> str:
    """A difference from carrying on: `3 fewer (12 fewer to as many)`."""
    if versus is None:
        return ""
    found = difference(versus, of)
    mean, low, high = (_signed(number, words) for number in found)
    about = mean if found[0] else words.tell("risk.about-as-many")
    return words.tell("risk.difference", mean=about, low=low, high=high) if any(found) else about


def _signed(number: int, words: Words) -> str:
    return words.tell("risk.as-many" if not number else "risk.more" if number > 0 else "risk.fewer", count=abs(number))


def _why_none(one: Data, words: Words) -> Iterator[RenderableType]:
    """Why there is no number, each reason with what it is about and over which time."""
    reasons: dict[str, dict[str, dict[str, None]]] = {}
    for missing in one["no_number"]:
        by_outcome = reasons.setdefault(missing["says"]["text"], {})
        by_outcome.setdefault(missing["outcome"], {})[f"{missing['years']:g}"] = None
    for says, by_outcome in reasons.items():
        by_span: dict[str, list[str]] = {}
        for outcome, spans in by_outcome.items():
            span = wording.join(list(spans), words.tell, "")
            by_span.setdefault(span, []).append(words.tell(f"risk.of.{outcome}"))
        for span, names in by_span.items():
            what = wording.join(names, words.tell, "")
            yield Text(words.tell("risk.none-within", outcomes=what, years=span, says=says), style="italic")


def _worth(one: Data, filled: Data, words: Words, marks: Marks) -> Iterator[RenderableType]:
    """What all outcomes and burdens come to together, and how often the option comes first."""
    worth, share = one["net_benefit"], one["share_ranked_first"]
    if worth is not None and worth["low"] != worth["high"]:
        mean, low, high = (marks.signed(number) for number in figures(worth))
        yield Text(words.tell("comparison.worth", mean=mean, low=low, high=high))
    if share is not None:
        yield Text(words.tell("comparison.first", share=in_words(count(share, HUNDRED), words)))


def _burden(one: Data, words: Words) -> Iterator[RenderableType]:
    """What the option asks of the person in a year, and what of that is not known."""
    parts, unknown = [], []
    for name, amount in (one["burden"] or {}).items():
        if amount is None:
            unknown.append(words.tell(f"burden.{name}.name"))
            continue
        low, high = (round(each, 1) for each in (amount if isinstance(amount, list) else (amount, amount)))
        if high:
            between = {"low": low, "high": high, "count": high}
            parts.append(words.tell(f"burden.{name}.{'one' if low == high else 'range'}", **between))
    if one["burden"] is not None:
        yield Text(words.tell("burden.a-year", parts=", ".join(parts) or words.tell("burden.nothing")))
    if unknown:
        yield Text(words.tell("burden.unknown", names=", ".join(unknown)), style="italic")


def _doubt(one: Data, words: Words) -> Iterator[RenderableType]:
    """What most of the width of each interval comes from."""
    told = []
    for outcome in OUTCOMES:
        parts = one["decomposition"].get(outcome, {}).get("matters_most", ())[:DOUBTS]
        named = [f"{doubt(part, words)} {count(part['share'], HUNDRED)}%" for part in parts]
        if named:
            told.append(words.tell("doubt.of", outcome=words.tell(f"risk.of.{outcome}"), parts=", ".join(named)))
    if told:
        yield Text(words.tell("doubt.line", parts="; ".join(told)))


def doubt(part: Data, words: Words) -> str:
    """A source of doubt in words; an unknown input is named by its variable."""
    name = str(part["name"])
    if part["of"] == "inputs" and name in words.library.variables:
        return words.tell("doubt.not-known", what=wording.inline(words.tell(f"variables/{name}.title")))
    return words.tell(f"doubt.{name}")


def comparison(filled: Data, words: Words) -> Iterator[RenderableType]:
    """How the options compare: shares, the typical weights behind each, what flips the order, and what was left out."""
    compared = filled.get("comparison")
    if not compared or emergency(filled):
        return
    yield from shares(filled, words)
    yield Text(compared["central"]["text"])
    yield from (Text(flip["says"]["text"]) for flip in compared["flips"])
    spans = {wording.inline(words.tell(f"weights/{name}.title")): _range(span, words)
             for name, span in compared["preferences"]["weights"].items() if name != "relapse"}  # fmt: skip
    weights = [words.tell("comparison.weight", weight=title, range=span) for title, span in spans.items()]
    stated = words.tell(f"comparison.{'stated' if compared['preferences']['stated'] else 'not-stated'}")
    yield Text(words.tell("comparison.weights", stated=stated, weights="; ".join(weights)))
    if compared["unranked"]:
        names = [wording.option(name, "", words) for name in compared["unranked"]]
        yield Text(words.tell("comparison.unranked", names=", ".join(names)))
    if compared["shared_evidence"]:
        yield Text(words.tell("comparison.shared", studies=", ".join(compared["shared_evidence"])))


def _range(span: Sequence[float], words: Words) -> str:
    low, high = map(figure, span)
    return low if low == high else words.tell("value.between", low=low, high=high)


def what_if(filled: Data, words: Words, marks: Marks) -> Iterator[RenderableType]:
    """Every value that was tried and every scenario, with the risks that it changes."""
    told = frame(filled)
    yield from (Text(point["then"]["text"]) for point in filled["tipping_points"])
    if told is None:
        return
    for scenario in filled.get("scenarios", ()):
        yield Text(scenario["says"]["text"])
        ordered = sorted(scenario["shares_by_kind"].items(), key=lambda pair: -pair[1])
        first = [f"{words.tell(f'kind.{kind}')} {count(share, HUNDRED)}" for kind, share in ordered if share > 0]
        if first:
            yield _set_in(words.tell("comparison.shares", shares=", ".join(first)))
        for outcome, by_option in scenario["risk"].items():
            yield _set_in(_scenario_risk(outcome, by_option, told, words, marks))


def _scenario_risk(outcome: str, by_option: dict[str, Any], told: Frame, words: Words, marks: Marks) -> str:
    """One outcome of every option under a scenario, as the screen tells it."""
    parts = []
    for name, by_years in by_option.items():
        found = by_years.get(told.years)
        if found is not None:
            mean, low, high = counts(found, told.of)
            parts.append(f"{wording.option(name, '', words)} {mean} ({low}{marks.to}{high})")
    what = words.tell(f"risk.of.{outcome}")
    return words.tell("scenario.risk", outcome=what, of=told.of, years=float(told.years), risks=", ".join(parts))


def _set_in(text: str) -> RenderableType:
    return Padding(Text(text, style="dim"), (0, 0, 0, INDENT))


__all__ = ["comparison", "of_option", "what_if"]
