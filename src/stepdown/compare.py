"""Whose conclusions change between two libraries, and through which criterion.

The same people are read and assessed with either; what is told of both is held side by side.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from stepdown.assess import assess_many
from stepdown.criteria.tree import variables
from stepdown.errors import InputError
from stepdown.guideline.compiled import compiled
from stepdown.knowledge.difference import Change, difference
from stepdown.knowledge.library import Library
from stepdown.record.read import SUFFIXES, read

Told = Mapping[str, Any]
STATE_FOLDERS = ("variables", "definitions", "domains", "codes", "instruments")
"""Folders whose documents shape what is known of a person, before any criterion is asked."""
_LISTS = ("bars", "cautions", "checks", "with")


@dataclass(frozen=True)
class Shift:
    """One conclusion about a person that differs.

    Attributes:
        what: which conclusion it is.
        of: id of the guideline, flag, score or option; the field of the recommendation.
        old: what it was; None where there was none.
        new: what it is; None where there is none.
        through: what it changed through: criteria, rules and flags by their keys, variables, documents.
    """

    what: Literal["guideline", "flag", "score", "option", "recommendation"]
    of: str
    old: str | None
    new: str | None
    through: tuple[str, ...]


@dataclass(frozen=True)
class Affected:
    """A person of whom something is concluded otherwise, and the file they stand in."""

    person: str
    file: str
    shifts: tuple[Shift, ...]


@dataclass(frozen=True)
class Comparison:
    """Two libraries held side by side on some people.

    Attributes:
        changes: the documents that differ.
        affected: the people whose conclusions differ.
        people: number of people assessed with both.
        unread: files that one of the libraries could not read, with the reason.
    """

    changes: tuple[Change, ...]
    affected: tuple[Affected, ...]
    people: int
    unread: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class _Pair:
    """What is told of one person with the old library and with the new one.

    Attributes:
        old: the assessment with the old library.
        new: the assessment with the new one.
        changes: the documents that differ.
        books: both libraries.
        moved: variables of which something else is known.
    """

    old: Told
    new: Told
    changes: Sequence[Change]
    books: tuple[Library, Library]
    moved: frozenset[str]


def compare(old: Library, new: Library, path: Path, on: date) -> Comparison:
    """Assess people with two libraries.

    Args:
        old: the library so far.
        new: the library to come.
        path: a chart, a Bundle, or a folder of them.
        on: the index date.

    Raises:
        InputError: nothing to read, or the one file that is named cannot be read.
    """
    changes = difference(old, new)
    affected: list[Affected] = []
    unread: list[tuple[str, str]] = []
    count = 0
    for file in _files(path):
        try:
            before, after = _assessed(file, old, on), _assessed(file, new, on)
        except InputError as error:
            if file == path:
                raise
            unread.append((str(file), str(error)))
            continue
        count += len(before)
        for person in sorted(before):
            shifts = tuple(_shifts(before[person], after[person], changes, (old, new)))
            if shifts:
                affected.append(Affected(person, str(file), shifts))
    return Comparison(tuple(changes), tuple(affected), count, tuple(unread))


def _files(path: Path) -> list[Path]:
    """The files to read, by name."""
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file())
    if not found:
        raise InputError("holds no chart and no Bundle", str(path), f"files end in {', '.join(SUFFIXES)}")
    return found


def _assessed(file: Path, library: Library, on: date) -> dict[str, Told]:
    return {one.data["person"]: one.data for one in assess_many(read(file, library), on, library=library)}


def _shifts(old: Told, new: Told, changes: Sequence[Change], books: tuple[Library, Library]) -> Iterator[Shift]:
    """Every conclusion that differs, guidelines first, the recommendation last."""
    names = {*old["state"], *new["state"]}
    moved = frozenset(name for name in names if _bare(old["state"].get(name)) != _bare(new["state"].get(name)))
    pair = _Pair(old, new, changes, books, moved)
    found = [*_guidelines(pair), *_flags(pair), *_scores(pair)]
    found += _options(pair, [shift for shift in found if shift.what == "guideline"])
    yield from found
    behind = tuple(dict.fromkeys(name for shift in found for name in shift.through))
    for part in ("kind", "option", "strength", "review", "next_dose", "until"):
        was, now = old["recommendation"][part], new["recommendation"][part]
        if was != now:
            yield Shift("recommendation", part, was, now, behind or _shaping(changes))


def _bare(value: Told | None) -> Told | None:
    """A value of the state without the events it came from."""
    return None if value is None else {name: part for name, part in value.items() if name != "from"}


def _guidelines(pair: _Pair) -> Iterator[Shift]:
    before, after = _by(pair.old["guidelines"], "id"), _by(pair.new["guidelines"], "id")
    for name in sorted(before.keys() | after.keys()):
        was, now = _concluded(before.get(name)), _concluded(after.get(name))
        if was != now:
            keys = list(_criteria(name, before.get(name), after.get(name))) or [f"guidelines/{name}"]
            yield Shift("guideline", name, was, now, _through(keys, pair))


def _concluded(guideline: Told | None) -> str | None:
    if guideline is None:
        return None
    if guideline["applies"] == "not-met":
        return "does not apply"
    return str(guideline["conclusion"]) + (", if it applies" if guideline["applies"] == "unknown" else "")


def _criteria(name: str, was: Told | None, now: Told | None) -> Iterator[str]:
    """The criteria that decide and were found otherwise."""
    if was is None or now is None:
        return
    if was["applies"] != now["applies"]:
        yield f"guidelines/{name}"
    before, after = _by(was["findings"], "criterion"), _by(now["findings"], "criterion")
    for criterion in dict.fromkeys((*before, *after)):
        first, second = before.get(criterion), after.get(criterion)
        decides = any(one["role"] in ("requires", "excludes") for one in (first, second) if one)
        if decides and (first is None or second is None or _found(first) != _found(second)):
            yield f"guidelines/{name}/{criterion}"


def _found(finding: Told) -> tuple[str, str]:
    return finding["role"], finding["verdict"]


def _flags(pair: _Pair) -> Iterator[Shift]:
    before, after = _by(pair.old["flags"], "id"), _by(pair.new["flags"], "id")
    for name in sorted(before.keys() | after.keys()):
        was, now = before.get(name), after.get(name)
        actions = [str(flag["action"]) if flag else None for flag in (was, now)]
        if actions[0] != actions[1]:
            yield Shift("flag", name, actions[0], actions[1], _through([f"flags/{name}"], pair))


def _scores(pair: _Pair) -> Iterator[Shift]:
    for name in sorted(pair.old["scores"].keys() | pair.new["scores"].keys()):
        points = [_points(told["scores"].get(name)) for told in (pair.old, pair.new)]
        if points[0] != points[1]:
            yield Shift("score", name, points[0], points[1], _through([f"scores/{name}"], pair))


def _points(score: Told | None) -> str | None:
    if score is None or score["low"] is None:
        return None
    low, high = score["low"], score["high"]
    return f"{low} points" if low == high else f"{low} to {high} points"


def _options(pair: _Pair, guidelines: Sequence[Shift]) -> Iterator[Shift]:
    """Options that are new, gone, or stand otherwise: through rules, flags, and guidelines that conclude otherwise."""
    before, after = _by(pair.old["options"], "id"), _by(pair.new["options"], "id")
    for name in dict.fromkeys((*before, *after)):
        was, now = before.get(name), after.get(name)
        stances = [str(option["stance"]) if option else None for option in (was, now)]
        if stances[0] == stances[1]:
            continue
        rules = [key for key, _, _ in sorted(_rules(was) ^ _rules(now))] if was and now else []
        kind = (was or now or {})["kind"]
        speaking = [key for shift in guidelines if _speaks_of(shift.of, kind, pair) for key in shift.through]
        keys = list(dict.fromkeys((*rules, *speaking)))
        offered = () if was and now else _offering(pair.changes)
        yield Shift("option", name, stances[0], stances[1], _through(keys, pair) or offered or _shaping(pair.changes))


def _speaks_of(name: str, kind: str, pair: _Pair) -> bool:
    """Whether a guideline has a say in the stance of options of a kind; a trial population never has."""
    found = [library.guidelines[name] for library in pair.books if name in library.guidelines]
    return any(kind in guideline.speaks_of and guideline.kind != "trial-population" for guideline in found)


def _rules(option: Told) -> set[tuple[str, str, str]]:
    return {(item["rule"], item["effect"], item.get("verdict", "met")) for name in _LISTS for item in option[name]}


def _by(told: Sequence[Told], key: str) -> dict[str, Told]:
    return {one[key]: one for one in told}


def _through(keys: Sequence[str], pair: _Pair) -> tuple[str, ...]:
    """Keys of criteria; of those that stand as they stood also the variables that moved, and what shapes them."""
    found: dict[str, None] = {}
    for key in keys:
        found[key] = None
        if any(_touches(change, key) for change in pair.changes):
            continue
        moved = sorted(pair.moved & {name for library in pair.books for name in _tested(key, library)})
        if moved:
            found |= dict.fromkeys((*(f"variables/{name}" for name in moved), *_shaping(pair.changes)))
    return tuple(found)


def _tested(key: str, library: Library) -> Iterator[str]:
    """The variables that the criterion of a key tests, or the criteria below it where it is a score."""
    for name, node in compiled(library).nodes.items():
        if name == key or (key.startswith("scores/") and name.startswith(f"{key}/")):
            yield from variables(node)


def _touches(change: Change, key: str) -> bool:
    """Whether a change concerns the criterion of a key such as `guidelines/aan-2018/no-relapse`."""
    if key == change.document:
        return True
    if not key.startswith(f"{change.document}/"):
        return False
    part = key.rsplit("/", 1)[1]
    return not change.edits or any(part in edit.part.split("/") for edit in change.edits)


def _shaping(changes: Sequence[Change]) -> tuple[str, ...]:
    """Changed documents that shape the state."""
    return tuple(change.document for change in changes if change.folder in STATE_FOLDERS)


def _offering(changes: Sequence[Change]) -> tuple[str, ...]:
    """Changed documents that say which drugs, intervals and doses there are."""
    return tuple(change.document for change in changes if change.folder in ("classes", "therapies"))
