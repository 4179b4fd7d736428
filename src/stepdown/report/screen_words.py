"""Words for what a screen says of many people: its keys as a nurse reads them."""

from __future__ import annotations

from collections.abc import Container

import orjson

from stepdown.cohort.rows import SEPARATOR
from stepdown.cohort.summary import Example
from stepdown.knowledge.library import Library
from stepdown.report import wording
from stepdown.report.words import Words

GROUPS = {
    "person": "person", "lifestyle": "person", "known": "person", "course": "course", "treatment": "treatment",
    "dose": "treatment", "appointment": "treatment", "relapse": "relapse", "mri": "mri", "disability": "disability",
    "lab": "lab", "infection": "infection", "condition": "condition", "vaccination": "vaccination",
    "questionnaire": "questionnaire", "wish": "wish",
}  # fmt: skip
"""Into which group of the summary the variables of a table go; in the order in which groups are shown."""


def people(count: int, words: Words) -> str:
    """`1 person`, `12,345 people`."""
    return words.tell(f"screen.people.{'one' if count == 1 else 'many'}", count=many(count))


def many(count: int) -> str:
    """A count with its thousands apart."""
    return f"{count:,}"


def share(count: int, of: int, words: Words) -> str:
    """A share in whole percent; what is not nothing is never 0%, and what is not all never 100%."""
    if not of:
        return ""
    percent = 100 * count / of
    if 0 < percent < 1:
        return words.tell("screen.less-than", percent=1)
    return words.tell("screen.share", percent=min(round(percent), 99) if count < of else 100)


def advice(reason: str, option: str | None, therapy: str | None, words: Words) -> str:
    """The sentence of a recommendation, as the assessment of the person says it."""
    _, drug, amount = [*(option or "").split(":"), "", "", ""][:3]
    present = therapy if therapy and SEPARATOR not in therapy else None
    number = float(amount.rstrip("wmg")) if amount else None
    return words.tell(f"recommendation.{reason}", present=present, therapy=drug or None,
                      interval_weeks=number, dose_mg=number)  # fmt: skip


def flag(name: str, words: Words) -> str:
    """The title of a flag."""
    return words.tell(f"flags/{name}.title")


def flag_to_do(name: str, words: Words) -> str:
    """The title of a flag; for an emergency also what to do."""
    known = words.library.flags.get(name)
    do = f" {words.tell('label.do')} {words.prose(known.do)}" if known and known.action == "emergency" else ""
    return f"{flag(name, words)}.{do}" if do else flag(name, words)


def variable(name: str, words: Words) -> str:
    """The title of a variable."""
    return words.tell(f"variables/{name}.title") if name in words.library.variables else name


def to_find_out(name: str, words: Words) -> str:
    """What to do to find a variable out, or its title where the library does not say."""
    known = words.library.variables.get(name)
    return words.prose(known.ask) if known is not None and known.ask else variable(name, words)


def problem(key: str, words: Words) -> str:
    """The title of a kind of problem; its key in words where it has none."""
    full = f"screen.problem.{key}"
    return words.tell(full) if words.has(full) else key.replace("-", " ").capitalize()


def stands(key: str, said: str | None, of_file: bool, words: Words) -> str | None:
    """What stands where a problem is: the cell of a file, or the sentence that a reader has for it."""
    if of_file or not words.has(f"problem.{key}"):
        return said
    try:
        given = orjson.loads(said) if said else {}
    except orjson.JSONDecodeError:
        return said
    return words.tell(f"problem.{key}", **given) if isinstance(given, dict) else said


def example(key: str, one: Example, words: Words) -> str:
    """One problem: `relapse.csv:12 on 'soon'`, `Observation/123: what the reader says of it`."""
    if one.of_file or one.said is None:
        return str(one)
    return f"{one.place}: {stands(key, one.said, False, words)}"


def criterion(guideline: str, name: str, words: Words) -> str:
    """A criterion of a guideline in its own words, as those who are left after it meet it."""
    if name == "applies":
        studied = words.library.guidelines[guideline].kind == "trial-population"
        return words.tell("screen.studied" if studied else "screen.applies")
    role = next(one.role for one in words.library.guidelines[guideline].criteria if one.id == name)
    why = words.tell(f"guidelines/{guideline}/{name}.why")
    return words.tell("screen.excluded", what=why) if role == "excludes" else why


def companion(name: str, library: Library) -> str | None:
    """Of a variable that keeps the last value of another, or its age: `last` or `last_months`."""
    for ending in ("last_months", "last"):
        owner = library.variables.get(name.removesuffix(f"_{ending}"))
        if name.endswith(f"_{ending}") and owner is not None and owner.freshness:
            return ending
    return None


def facts(library: Library, known: Container[str]) -> dict[str, list[str]]:
    """Of the variables that were worked out those that somebody could find out, by group: the library says how."""
    found: dict[str, list[str]] = {group: [] for group in GROUPS.values()}
    for name, one in library.variables.items():
        group = next((GROUPS[table] for table in one.tables if table in GROUPS), None)
        if group and name in known and one.ask and companion(name, library) is None:
            found[group].append(name)
    return {group: names for group, names in found.items() if names}


def course(cell: str | None, words: Words) -> str:
    """What is possible of a category, in words."""
    if cell is None:
        return words.tell("value.unknown")
    return wording.join([wording.category(one, words) for one in cell.split(SEPARATOR)], words.tell, "any")
