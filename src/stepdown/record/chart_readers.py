"""Readers that turn one value of a chart into columns of the record: dates, numbers, words, drugs, coded things."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping

from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import CodeEntry
from stepdown.record.chart_values import NOT_SAID, At, Row
from stepdown.record.codes import Match, plain_text
from stepdown.record.dates import Span, between, read_date, shown

Reader = Callable[[At], Row]
"""Turns one value of a chart into columns of a row."""
_YES_NO = {"yes": True, "no": False}


def span(at: At, future: bool = False) -> Span:
    """A date of a chart: a day, month or year, or `{after: ..., before: ...}` with both included.

    Raises:
        InputError: not a date, in the future, before birth or after death.
    """
    try:
        if isinstance(at.value, dict):
            at.mapping(("after", "before"), "{after: 2019, before: 2021}")
            ends = {child.path[-1]: read_date(child.value) for child in at.given()}
            found = between(ends.get("after"), ends.get("before"))
        else:
            found = read_date(at.value)
    except ValueError as error:
        what, _, mend = str(error).partition("; ")
        at.fail(what, mend)
    born, died = at.chart.born, at.chart.died
    if not future and found.first and found.first > at.chart.today:
        at.fail(f"{at.value} lies in the future", "check the year; what is planned belongs under 'appointments'")
    if found.last and born.first and found.last < born.first:
        at.fail(f"{at.value} lies before the birth ({_said(born)})", "check this date and person.born")
    if found.first and died.last and found.first > died.last:
        at.fail(f"{at.value} lies after the death ({_said(died)})", "check this date and person.died")
    return found


def _said(day: Span) -> str:
    return str(day.first) if day.first == day.last else f"{day.first} to {day.last}"


def day(first: str, last: str, future: bool = False) -> Reader:
    """A date into two columns, the first and the last day it may mean."""

    def read(at: At) -> Row:
        found = span(at, future)
        return {first: found.first, last: found.last}

    return read


def end(first: str, last: str) -> Reader:
    """The day on which something ended; both bounds are needed, for no end at all means that it goes on."""

    def read(at: At) -> Row:
        row = {} if at.value in NOT_SAID else day(first, last)(at)
        if None in (row.get(first), row.get(last)):
            at.fail("leaves open when it ended", "say between which years, as in {after: 2015, before: 2018}")
        return row

    return read


def text(column: str) -> Reader:
    """Plain text, or a number that serves as text."""

    def read(at: At) -> Row:
        return {column: word(at)}

    return read


def word(at: At) -> str:
    """The value as text."""
    if isinstance(at.value, bool) or not isinstance(at.value, (str, int, float)):
        at.fail(f"{shown(at.value)} is not text", "write a word or a name")
    return str(at.value).strip()


def flag(column: str) -> Reader:
    """True or false; yes and no are understood."""

    def read(at: At) -> Row:
        return {column: truth(at)}

    return read


def truth(at: At) -> bool:
    """The value as true or false."""
    value = _YES_NO.get(at.value.lower(), at.value) if isinstance(at.value, str) else at.value
    if not isinstance(value, bool):
        at.fail(f"{shown(at.value)} is neither true nor false", "write true or false, or leave it out where unknown")
    return value


def number(column: str, low: float = 0.0, high: float = math.inf, whole: bool = False) -> Reader:
    """A number within bounds; a whole one where things are counted."""

    def read(at: At) -> Row:
        value = figure(at)
        if whole and value != int(value):
            at.fail(f"{shown(at.value)} is not a whole number", "write a count such as 0 or 2")
        if not low <= value <= high:
            top = "" if math.isinf(high) else f" to {high:g}"
            at.fail(f"{value:g} is out of range", f"expected {low:g}{top or ' or more'}")
        return {column: int(value) if whole else value}

    return read


def figure(at: At) -> float:
    """The value as a finite number."""
    if isinstance(at.value, bool) or not isinstance(at.value, (int, float)):
        mend = "write it with a point, as in 4.9" if isinstance(at.value, str) and "," in at.value else "write a number"
        at.fail(f"{shown(at.value)} is not a number", f"{mend}, or leave it out where unknown")
    return float(at.value)


def choice(column: str, kind: str, options: Callable[[Library], Iterable[str]], **also: str) -> Reader:
    """One of a few words, or another way to say one of them."""

    def read(at: At) -> Row:
        said = word(at).lower().replace(" ", "-").replace("_", "-")
        found = also.get(said, said)
        known = tuple(options(at.chart.library))
        if found not in known:
            at.fail_unknown(kind, word(at), known)
        return {column: found}

    return read


def therapy(at: At) -> Row:
    """A drug by its generic or brand name, or a class of drugs.

    Raises:
        InputError: a drug that nobody knows, with the nearest names.
    """
    said, library = word(at), at.chart.library
    found = at.chart.recogniser.drug((), said)
    if found is None:
        brands = [name.lower() for drug in library.therapies.values() for name in (*drug.brands, *drug.names)]
        others = library.codes["other-drugs"].entries
        classes = [name.lower() for one in library.classes.values() for name in one.title.values()]
        also = (*brands, *classes, *others, *_names(others))
        at.fail_unknown("the drug", said, (*library.therapies, *library.classes), also)
    if more_than_a_name(said, found.id, library):
        at.fail(f"{shown(said)} says more than the name of a drug", f"write the name alone, such as {found.id}")
    _tell(at, said, found)
    return {"therapy": found.id}


_FORM = re.compile(
    r"\d[\d.,/]*(mg|ug|mcg|g|ml|m?iu)?|mg|ug|mcg|g|ml|m?iu|[ip]v|im|sc|po|oral|tablets?|capsules?|infusions?|injections?"
    r"|pen|biosimilar|generic|daily|weekly|monthly|twice|times|x"
)


def more_than_a_name(said: str, drug: str, library: Library) -> bool:
    """Whether words stand beside the name and its strength or form: "no ocrelizumab" is not ocrelizumab."""
    members = [key for key, one in library.therapies.items() if drug in (key, one.class_)]
    names = [drug, *(library.classes[drug].title.values() if drug in library.classes else ())]
    for key in members:
        one = library.therapies[key]
        names += [key, *one.title.values(), *one.names, *one.brands]
    other = library.codes["other-drugs"].entries.get(drug)
    names += other.names if other else ()
    known = {part for name in names for part in plain_text(name).split()}
    return any(part not in known and not _FORM.fullmatch(part) for part in plain_text(said).split())


def _names(entries: Mapping[str, CodeEntry]) -> list[str]:
    return [name.lower() for entry in entries.values() for name in entry.names]


def concept(column: str, codes: str, kind: str, elsewhere: tuple[str, ...] = ()) -> Reader:
    """A thing that a code list knows by name; a word that no list knows is kept as it is written, and told.

    Args:
        column: column of the record that takes it.
        codes: id of the code list.
        kind: what such a thing is called in messages.
        elsewhere: other code lists, with sections of the same name in the chart, where such a word may belong.
    """

    def read(at: At) -> Row:
        said = word(at)
        found = at.chart.recogniser.concept(codes, (), said)
        if found is not None:
            _tell(at, said, found)
            return {column: found.id}
        for other in elsewhere:
            if at.chart.recogniser.concept(other, (), said):
                at.fail(f"{shown(said)} belongs to the {other}", f"write it under '{other}'")
        at.chart.builder.problem(at.source, "unknown-word", at.chart.person_id, kind=kind, word=said)
        return {column: said}

    return read


def listed(column: str, codes: str, kind: str, category: str = "") -> Reader:
    """A thing that a code list must know, by its id or one of its names; of one category, where that is given."""

    def read(at: At) -> Row:
        said, entries = word(at), at.chart.library.codes[codes].entries
        found = at.chart.recogniser.concept(codes, (), said)
        if found is None or (category and category not in entries[found.id].category):
            fitting = {key: entry for key, entry in entries.items() if not category or category in entry.category}
            at.fail_unknown(kind, said, fitting, _names(fitting))
        return {column: found.id}

    return read


def measured(column: str, measure: str) -> Reader:
    """A score or measurement, refused outside the plausible span that `codes/measures.yaml` gives it."""

    def read(at: At) -> Row:
        low, high = at.chart.library.codes["measures"].entries[measure].plausible or (0.0, math.inf)
        return number(column, low, high)(at)

    return read


def _tell(at: At, said: str, found: Match) -> None:
    """Say how something was recognised, unless it was called by its own name."""
    if plain_text(said) != plain_text(found.id):
        at.chart.builder.note(at.source, "recognised", at.chart.person_id, text=said, id=found.id, by=found.by)
