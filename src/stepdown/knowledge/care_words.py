"""Says in words what goes with a drug: an entry a line, its figures, its place, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from stepdown.knowledge.care import CARE, Care, Span
from stepdown.knowledge.criterion_words import in_words, prose
from stepdown.knowledge.grounds import Grounded
from stepdown.knowledge.library import Library

_UNITS = {"h": "hour", "d": "day", "wk": "week", "mo": "month", "a": "year"}
_PLACES = {
    "us": "United States", "eu": "European Union", "uk": "United Kingdom", "de": "Germany", "ch": "Switzerland",
    "hk": "Hong Kong", "hu": "Hungary", "sg": "Singapore",
}  # fmt: skip
_CRITERIA = {"if_": "when", "needs": "needs"}
_APART = {"id", "where", "says", "do", "evidence", "assumption", "reasoning", "actions"}


@dataclass(frozen=True)
class CareLine:
    """One entry, or an action that belongs to the entry before it.

    Attributes:
        id: its id within the document; empty for an action and for what has none.
        place: the place whose label or guideline says it; empty where it holds anywhere.
        figures: its fields, such as `every: 3 months`.
        says: the sentence.
        grounds: ids of its sources.
        reasoning: why it is assumed; empty for what was read.
        shared: whether the class says it, not the drug.
    """

    id: str
    place: str
    figures: tuple[str, ...]
    says: str
    grounds: tuple[str, ...]
    reasoning: str
    shared: bool = False


def span_words(span: Span) -> str:
    """A length of time: "3 to 6 months", "at least 4 weeks", "3.4 months (0.3 to 13.7)"."""
    low, value, high = span.low, span.value, span.high
    plural = "" if 1 in (value, high if low is None else None, low if high is None else None) else "s"
    unit = f"{_UNITS[span.unit]}{plural}"
    if value is not None:
        bounds = f" ({low:g} to {high:g})" if low is not None and high is not None else ""
        return f"{value:g} {unit}{bounds}"
    if low is not None and high is not None:
        return f"{low:g} to {high:g} {unit}"
    return f"at least {low:g} {unit}" if low is not None else f"at most {high:g} {unit}"


def told(
    care: Care, library: Library, language: str = "en", shared: Care | None = None
) -> Iterator[tuple[str, tuple[CareLine, ...]]]:
    """What a drug or class says, key by key; keys that say nothing and give no reason are left out.

    Args:
        care: what holds for the drug or class.
        library: names the variables of criteria.
        language: the language of the prose.
        shared: what the class of the drug says, to tell apart what is the drug's own.
    """
    for name in CARE:
        found = getattr(care, name)
        entries = found if isinstance(found, tuple) else (found,) if found else ()
        of_class = getattr(shared, name, None)
        listed = of_class if isinstance(of_class, tuple) else (of_class,)
        lines = [
            line
            for entry in entries
            for line in _lines(entry, library, language, any(entry is other for other in listed))
        ]
        if name in care.gaps:
            lines = [CareLine("", "", (), f"Not known: {prose(care.gaps[name], language)}", (), "")]
        if lines:
            yield name.replace("_", " "), tuple(lines)


def _lines(entry: Grounded, library: Library, language: str, shared: bool) -> Iterator[CareLine]:
    yield _line(entry, library, language, shared)
    for action in getattr(entry, "actions", ()):
        yield _line(action, library, language, shared)


def _line(entry: Grounded, library: Library, language: str, shared: bool) -> CareLine:
    says = [prose(getattr(entry, key), language) for key in ("says", "do") if getattr(entry, key, None)]
    return CareLine(
        id=getattr(entry, "id", ""),
        place=_PLACES.get(getattr(entry, "where", None) or "", ""),
        figures=tuple(_figures(entry, library, language)),
        says=" ".join(says),
        grounds=entry.evidence,
        reasoning=prose(entry.reasoning, language) if entry.reasoning else "",
        shared=shared,
    )


def _figures(entry: BaseModel, library: Library, language: str) -> Iterator[str]:
    for name in type(entry).model_fields:
        value = getattr(entry, name)
        if name in _APART or value in (None, ()) or name not in entry.model_fields_set:
            continue
        if name in _CRITERIA:
            yield f"{_CRITERIA[name]} {in_words(value, library, language)}"
        else:
            yield f"{name.strip('_').replace('_', ' ')}: {_said(value, library, language)}"


def _said(value: Any, library: Library, language: str) -> str:
    if isinstance(value, Span):
        return span_words(value)
    if isinstance(value, tuple):
        return ", ".join(_said(part, library, language) for part in value)
    if isinstance(value, float):
        return f"{value:g}"
    named: Mapping[str, Any] = library.classes | library.therapies
    return prose(named[value].title, language) if value in named else str(value)
