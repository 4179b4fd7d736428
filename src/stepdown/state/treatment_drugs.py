"""What the library says of each drug that a record may name, as arrays by drug number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from stepdown.criteria.values import encode
from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import Regimen
from stepdown.state.arrays import Bits, Flags, Floats, Index, numbered

OTHER_DRUGS = "other-drugs"
_ANY = "?"
CATEGORIES = ("immunosuppressant", "immunoglobulin", "steroid")


@dataclass(frozen=True, eq=False)
class Drugs:
    """Every drug, class and other drug by number; a class stands for one of its drugs, not known which.

    Attributes:
        number: number of a drug by its id in the record, `other` one that the library does not have; any other word is
            `unlisted`.
        names: id by number.
        class_index: number of a class by its id.
        unlisted: number of a drug for MS of which nobody knows which it is, so that it may be any.
        dmt: whether it is a drug for MS.
        exact: whether it is one drug.
        class_number: number of the class, -1 for what is no drug for MS.
        therapies, classes, efficacy: bits of what it may be.
        home: taken at home, whichever of its regimens; clinic: given in the clinic, whichever.
        shortest, longest: weeks between doses over its regimens, NaN where none is given.
        gap_low, gap_high: days between doses beyond which there possibly, or surely, is a gap.
        course: given in courses.
        moderate: of moderate efficacy.
        category: by category of `CATEGORIES`, whether it belongs to it.
    """

    number: dict[str, int]
    names: tuple[str, ...]
    class_index: dict[str, int]
    unlisted: int
    dmt: Flags
    exact: Flags
    class_number: Index
    therapies: Bits
    classes: Bits
    efficacy: Bits
    home: Flags
    clinic: Flags
    shortest: Floats
    longest: Floats
    gap_low: Floats
    gap_high: Floats
    course: Flags
    moderate: Flags
    category: dict[str, Flags]

    def numbers(self, ids: pl.Series) -> Index:
        """Drug numbers of ids in a record, -1 where there is none."""
        return numbered(ids, self.number, self.unlisted)

    def is_class(self, name: str) -> Flags:
        """Whether each drug is of a class."""
        inside: Flags = self.class_number == self.class_index[name]
        return inside


def drugs(library: Library) -> Drugs:
    """The drugs of a library, made once."""
    found = library.cache.get("state.drugs")
    if not isinstance(found, Drugs):
        found = _drugs(library)
        library.cache["state.drugs"] = found
    return found


def _drugs(library: Library) -> Drugs:
    members: dict[str, tuple[str, ...]] = {name: (name,) for name in library.therapies}
    for name in library.classes:
        inside = tuple(drug for drug, document in library.therapies.items() if document.class_ == name)
        members.setdefault(name, inside or (name,))
    others = dict(library.codes[OTHER_DRUGS].entries) if OTHER_DRUGS in library.codes else {}
    names = (*members, *others, "other", _ANY)
    number = {name: index for index, name in enumerate(names)}
    for name, inside in members.items():
        if len(inside) == 1:
            number[name] = number.get(inside[0], number[name])
    class_index = {name: index for index, name in enumerate(library.classes)}
    therapies, classes, tiers = (library.values(name) for name in ("therapy", "therapy_class", "efficacy"))
    size, dmt = len(names), np.array([name not in others for name in names])
    class_of = [
        class_index[library.therapies[members[name][0]].class_ if members[name][0] in library.therapies else name]
        if name in members
        else -1
        for name in names
    ]
    class_of[-2:] = [len(class_index)] * 2
    class_names = [*library.classes, "other"]
    regimens = [_regimens(library, members.get(name, ())) for name in names]
    weeks = [[found.interval_weeks for found in inside if found.interval_weeks is not None] for inside in regimens]
    gaps = [_gaps(library, members.get(name, (name,))) for name in names]
    settings = [{found.setting for found in inside} for inside in regimens]

    may_be = {"other": ("other",), _ANY: tuple(value for value in therapies if value != "none")}

    def bits(values: tuple[str, ...], chosen: list[set[str]]) -> Bits:
        return np.array([encode(inside, values) for inside in chosen], dtype=np.uint64)

    def tier(index: int) -> set[str]:
        if names[index] == _ANY:
            return set(tiers) - {"none"}
        if class_of[index] == len(class_index):
            return {"moderate", "high"}
        return {library.classes[class_names[class_of[index]]].efficacy} if dmt[index] else set()

    course = [
        name in members
        and (library.classes[class_names[class_of[index]]].course_therapy
             or any(drug in library.therapies and library.therapies[drug].course_therapy for drug in members[name]))
        for index, name in enumerate(names)
    ]  # fmt: skip
    return Drugs(
        number=number,
        names=names,
        class_index=class_index,
        unlisted=size - 1,
        dmt=dmt,
        exact=np.array([len(members.get(name, (name,))) == 1 and name not in ("other", _ANY) for name in names]),
        class_number=np.array(class_of, dtype=np.int64),
        therapies=bits(therapies, [set(members.get(name, may_be.get(name, ()))) for name in names]),
        classes=bits(
            classes,
            [
                set(classes) - {"none"} if name == _ANY else {class_names[number]} if number >= 0 else set()
                for name, number in zip(names, class_of, strict=True)
            ],
        ),
        efficacy=bits(tiers, [tier(index) for index in range(size)]),
        home=np.array([found == {"home"} for found in settings]),
        clinic=np.array([found == {"clinic"} for found in settings]),
        shortest=np.array([min(found, default=np.nan) for found in weeks]),
        longest=np.array([max(found, default=np.nan) for found in weeks]),
        gap_low=np.array([min(found) for found in gaps]),
        gap_high=np.array([max(found) for found in gaps]),
        course=np.array(course, dtype=np.bool_),
        moderate=np.array([tier(index) == {"moderate"} for index in range(size)]),
        category={
            key: np.array([name in others and key in others[name].category for name in names]) for key in CATEGORIES
        },
    )


def _gaps(library: Library, members: tuple[str, ...]) -> list[float]:
    """Days beyond which doses of each of some drugs lie too far apart to belong together, over their regimens."""
    factor, without = library.number("lapse-factor"), library.number("dose-gap-without-interval")
    found: list[float] = []
    for name in members:
        weeks = [part.interval_weeks for part in _regimens(library, (name,)) if part.interval_weeks is not None]
        found += [part * factor * 7 for part in weeks] or [without * 7]
    return found


def _regimens(library: Library, members: tuple[str, ...]) -> list[Regimen]:
    return [regimen for name in members if name in library.therapies for regimen in library.therapies[name].regimens]
