"""How numbers, dates, lists, options and values are written within a sentence."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stepdown.report.words import Words

DURATIONS = {"a": "years", "mo": "months", "wk": "weeks", "d": "days"}


def number(value: float) -> str:
    """A number as a person writes it, to four significant digits: `5`, `3.5`, `0.35`."""
    if isinstance(value, bool):
        return str(value).lower()
    if float(value).is_integer() and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.4g}"


def date(value: Any, words: Words) -> str:
    """An ISO day, month or year in words: `1 March 2026`, `March 2026`, `2026`."""
    parts = str(value).split("-")
    if len(parts) > 1:
        parts[1] = words.tell(f"month.m{parts[1]}")
    if len(parts) > 2:
        parts[2] = str(int(parts[2][:2]))
    return " ".join(reversed(parts))


def join(parts: Sequence[str], tell: Callable[..., str], spec: str) -> str:
    """A list in words; `any` in the format joins with "or" instead of "and"."""
    if len(parts) < 2:
        return "".join(parts) or tell("list.none")
    return tell("list.or" if "any" in spec.split() else "list.and", first=", ".join(parts[:-1]), last=parts[-1])


def inline(title: str) -> str:
    """A title within a sentence: a small letter first, unless the word is an abbreviation such as IgG."""
    first = title.split(" ", 1)[0].split("-", 1)[0]
    return title if len(first) < 2 or first[1:].lower() != first[1:] or any(map(str.isdigit, first)) else (
        title[0].lower() + title[1:]
    )  # fmt: skip


def asked(variable: str, words: Words) -> str:
    """A variable in a list of what to find out: `IgG`, `pregnant?`; or what is no variable, such as preferences."""
    if variable not in words.library.variables:
        return inline(words.tell(f"information.{variable}"))
    question = words.library.variables[variable].kind == "truth"
    return inline(words.tell(f"variables/{variable}.title")) + "?" * question


_FINER = (("a", "mo", 12.0, 2.0), ("mo", "wk", 365.25 / 84, 2.0), ("wk", "d", 7.0, 4.0))
"""From a unit to the next smaller one, how many make one, and below how many of the larger the smaller is used."""


def finer(low: float | None, high: float | None, unit: str) -> tuple[float | None, float | None, str]:
    """A short duration in whole months, weeks or days, as people say it: 0.2 years are 2 months, 1.9 weeks 13 days.

    The lower bound is cut and the upper one raised, so that nothing is promised which is not so.
    """
    for larger, smaller, many, below in _FINER:
        longest = max(abs(bound) for bound in (low, high) if bound is not None)
        if unit == larger and longest < below and longest % 1:
            exact = low == high
            low = None if low is None else math.floor(round(low * many, 6))
            high = low if exact else None if high is None else math.ceil(round(high * many, 6))
            unit = smaller
    return low, high, unit


def rounded(value: float, unit: str, up: bool = False) -> str:
    """A value in its unit, without the unit. A duration is cut, not rounded: 4.97 years is not yet 5."""
    if unit not in DURATIONS:
        return number(value)
    parts = 1 if unit in ("wk", "d") else 10
    return number((math.ceil if up else math.floor)(round(value * parts, 6)) / parts)


def completed(years: float | None) -> float | None:
    """Years as people say an age: 60.3125 and 60.99 are both 60."""
    return None if years is None else float(math.floor(round(years, 6)))


def value(entry: dict[str, Any], variable: str, words: Words) -> str:
    """A state entry in words: `8.2 years`, `4 to 6 g/L`, `at least 5 years`, `yes`, `unknown`."""
    if entry["kind"] == "truth":
        return words.tell({True: "value.yes", False: "value.no", None: "value.unknown"}[entry["truth"]])
    if entry["kind"] == "category":
        return _category(list(entry["values"]), variable, words)
    low, high, unit = entry["low"], entry["high"], entry.get("unit") or "1"
    if not low and high is None:
        return words.tell("value.unknown")
    if variable == "age":
        low, high = completed(low), completed(high)
    elif unit in DURATIONS:
        low, high, unit = finer(low, high, unit)
    if low is not None and low == high:
        text, single = rounded(low, unit), low == 1
    elif high is None:
        text, single = words.tell("value.at-least", low=rounded(low, unit)), low == 1
    elif not low or rounded(low, unit) == "0":
        text, single = words.tell("value.at-most", high=rounded(high, unit, up=True)), high == 1
    else:
        first, last = rounded(low, unit), rounded(high, unit, up=True)
        text, single = words.tell("value.between", low=first, high=last) if first != last else first, False
    return f"{text} {unit_name(unit, words, single)}".strip()


def unit_name(unit: str, words: Words, single: bool = False) -> str:
    """A UCUM unit as people write it: `years`, `g/L`, `10⁹/L`; nothing for a bare number."""
    for key in (f"unit.{unit}.one",) * single + (f"unit.{unit}.many", f"unit.{unit}"):
        if words.has(key):
            return words.tell(key)
    return "" if unit == "1" else unit


def _category(values: list[str], variable: str, words: Words) -> str:
    everything = words.library.values(variable) if variable in words.library.variables else ()
    if len(values) > 1 and set(values) == set(everything):
        return words.tell("value.unknown")
    named = [category(one, words) for one in values]
    if everything and len(values) > 3 and len(everything) - len(values) <= 3:
        others = [category(one, words) for one in everything if one not in values]
        return words.tell("value.not-these", names=join(others, words.tell, "any"))
    return join(named, words.tell, "any")


def category(name: str, words: Words) -> str:
    """One value of a category: the title of a drug or class, or its words."""
    for folder in ("therapies", "classes"):
        document = words.library.documents.get(folder, {}).get(name)
        if document is not None:
            # "Interferon beta-1a, subcutaneous" stands in a list; in a sentence the kind comes first.
            return " ".join(map(inline, reversed(words.prose(document.title).split(", "))))
    return words.tell(f"value.{name}") if words.has(f"value.{name}") else name.replace("-", " ")


_ENTRY = re.compile(r"(?P<place>.*)\[(?P<index>\d+)\]\Z")


def sources(names: Sequence[str]) -> str:
    """Events in few words, all of them still to be found: `chart.yaml: mri[0 to 8], observed`, `Condition/1, 2`."""
    files: dict[str, dict[str, list[int]]] = {}
    for name in names:
        file, colon, place = name.rpartition(":")
        kind, slash, identifier = name.partition("/")
        head, rest = (f"{file}: ", place) if colon else (f"{kind}/", identifier) if slash else ("", name)
        entry = _ENTRY.match(rest) if colon else None
        places = files.setdefault(head, {})
        places.setdefault(entry["place"] if entry else rest, []).extend([int(entry["index"])] if entry else [])
    return ", ".join(
        head + ", ".join(f"{place}[{_runs(found)}]" if found else place for place, found in places.items())
        for head, places in files.items()
    )


def _runs(indices: list[int]) -> str:
    """Numbers with their runs drawn together: `0 to 8, 11`."""
    runs: list[list[int]] = []
    for index in sorted(set(indices)):
        if runs and index == runs[-1][-1] + 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    return ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)


def option(identifier: Any, _rest: str, words: Words) -> str:
    """An option id as a phrase: `ocrelizumab every 52 weeks`, `stopping ocrelizumab`."""
    kind, _, rest = str(identifier).partition(":")
    therapy, _, amount = rest.partition(":")
    drug = category(therapy, words) if therapy else ""
    return words.tell(f"option.{kind}", therapy=drug, amount=amount.rstrip("wmg"))


def _title(folder: str) -> Callable[[Any, str, Words], str]:
    return lambda name, _rest, words: inline(words.tell(f"{folder}/{name}.title"))


def _plural(count: Any, rest: str, words: Words) -> str:
    """`{n:plural relapse relapses}`."""
    one, _, many = rest.partition(" ")
    return f"{number(count)} {one if count == 1 else many}"


HELPERS: dict[str, Callable[[Any, str, Words], str]] = {
    "date": lambda value, _rest, words: date(value, words),
    "number": lambda value, _rest, words: number(value),
    "plural": _plural,
    "option": option,
    "kind": lambda value, _rest, words: words.tell(f"kind.{value}"),
    "stance": lambda value, _rest, words: words.tell(f"stance.{value}"),
    "category": lambda value, _rest, words: category(str(value), words),
    "therapy": lambda value, _rest, words: category(str(value), words),
    "variable": _title("variables"),
    "domain": _title("domains"),
    "weight": _title("weights"),
    "guideline": lambda value, _rest, words: words.tell(f"guidelines/{value}.title"),
    "list": lambda value, _rest, words: str(value),
    "any": lambda value, _rest, words: str(value),
}
"""Formats of arguments: `{day:date}`, `{n:plural relapse relapses}`, `{variables:variable}`, `{options:option any}`."""
