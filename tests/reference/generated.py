"""Random folders and guidelines for the property that every engine answers as the reference does.

`cases` draws one of each: a folder as cells of text, the index date, and guidelines and flags of its own.
`write` puts the folder on disk, `record_of` makes the record that the reference read from it, `expected` is what the
reference says, and `differences` compares it with the rows of an engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from math import inf
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
from hypothesis import strategies as st

from stepdown.knowledge.library import Library, load
from stepdown.knowledge.schema import Flag, Guideline
from stepdown.record.record import Record, RecordBuilder
from tests.reference import criteria
from tests.reference.days import anniversary
from tests.reference.events import person_of
from tests.reference.reading import Cells, Folder, Row, claimed, read
from tests.reference.state import Value, state_of

DAYS = (date(2026, 3, 1), date(2024, 2, 29), date(2025, 2, 28), date(2026, 10, 31))
DRUGS = ("ocrelizumab", "Ocrevus", "rituximab", "natalizumab", "fingolimod", "dimethyl-fumarate", "diroximel-fumarate",
         "interferon-beta-1b", "glatiramer", "cladribine", "azathioprine")  # fmt: skip
KINDS = ("urinary", "pneumonia", "sepsis", "pml", "zoster", "")
SPANS = ("relapse", "relapse", "mri", "treatment", "infection", "all")
THRESHOLDS: dict[str, tuple[float, ...]] = {
    "age": (18, 45, 54.5, 55, 56, 60),
    "years_since_relapse": (0, 1, 2, 3, 5),
    "years_since_mri_activity": (0, 1, 2, 3, 5),
    "years_quiet": (1, 2, 3, 5),
    "relapses_1y": (0, 1, 2),
    "relapses_2y": (0, 1, 2),
    "relapses_5y": (0, 1, 3),
    "mri_activity_1y": (0, 1, 2),
    "mri_activity_2y": (0, 1, 2),
    "mri_activity_3y": (0, 1, 2),
    "months_since_brain_mri": (6, 12, 24),
    "edss": (0, 3.5, 6, 7),
    "edss_last": (3.5, 6),
    "edss_last_months": (6, 12),
    "igg": (4, 5, 7),
    "igg_last": (4, 5, 7),
    "igg_last_months": (6, 12),
    "lymphocytes": (0.2, 0.5, 0.8),
    "lymphocytes_last": (0.2, 0.5),
    "lymphocytes_last_months": (3,),
    "serious_infections_1y": (0, 1, 2),
    "serious_infections_2y": (0, 1, 2),
    "infections_1y": (0, 1, 3),
    "infections_2y": (0, 1, 3),
    "urinary_infections_1y": (0, 1, 2),
    "time_on_therapy": (1, 2, 5),
    "time_on_class": (1, 2, 5),
    "treatment_duration": (2, 5),
    "current_therapies": (0, 1, 2),
}
CATEGORIES = ("therapy", "therapy_class", "efficacy", "sex")
TRUTHS = ("never_relapsed", "suspected_relapse", "mri_activity", "recurrent_infections")
COVERED = (*THRESHOLDS, *CATEGORIES, *TRUTHS)
"""The variables that the reference covers, and on which the guidelines are made."""


@dataclass(frozen=True)
class Case:
    """A folder, a day, and the guidelines and flags that stand in place of those of the shipped library."""

    on: date
    folder: Folder
    claims: Mapping[str, date]
    guidelines: tuple[Guideline, ...]
    flags: tuple[Flag, ...]

    @cached_property
    def library(self) -> Library:
        """The library that everybody is held against."""
        shipped = load()
        own: dict[str, dict[str, Any]] = {
            "guidelines": {one.id: one for one in self.guidelines},
            "flags": {one.id: one for one in self.flags},
        }
        return replace(shipped, documents={**shipped.documents, **own}, cache={})

    @cached_property
    def rows(self) -> dict[str, list[Row]]:
        """The rows of the record as the reference reads them, with what is declared of everybody."""
        tables = read(self.folder, self.library)
        declared = [claimed(row, domain, to) for row in tables["person"] for domain, to in self.claims.items()]
        return tables | {"observed": [*tables.get("observed", []), *declared]}

    @cached_property
    def states(self) -> dict[str, dict[str, Value]]:
        """Where everybody stands by the reference."""
        return {
            row["person_id"]: state_of(person_of(row, self.rows, self.on, self.library)) for row in self.rows["person"]
        }


def _dates(on: date) -> list[str]:
    """Days, months and years where anniversaries, windows and the index date make a difference, and some nonsense."""
    days = [on - timedelta(days=back) for back in (-40, -1, 0, 1, 9, 20, 29, 30, 31, 60, 90, 91, 200)]
    for years in (1, 2, 3, 5, 6):
        days += [anniversary(on, -12 * years) + timedelta(days=step) for step in (-1, 0, 1)]
    days += [anniversary(on, -months) + timedelta(days=step) for months in (3, 6, 12) for step in (-29, -2, 0, 33)]
    days += [on - timedelta(days=30 * steps) for steps in range(4, 9)]
    days += [date(2020, 2, 29), date(2016, 5, 9)]
    exact = [day.isoformat() for day in days]
    months = [text[:7] for text in exact[8::3]]
    of_year = [str(on.year - back) for back in (0, 1, 2, 5, 12)]
    begun = [str(on.year), on.isoformat()[:7], str(on.year - 55)] * 5
    return [*exact, *exact, *months, *of_year, *begun, "1970", "", "NA", "soon", "2025-02-30", "1931"]


def _columns(on: date) -> dict[str, dict[str, list[str]]]:
    """The columns of each table, and what may stand in their cells."""
    day, now = _dates(on), on.isoformat()
    past = [str(on.year - back) for back in (2, 3, 6, 8, 20)] + [anniversary(on, -24).isoformat()]
    touch = [anniversary(on, -20).isoformat()], [(anniversary(on, -20) - timedelta(days=1)).isoformat()] * 4
    status = ["", "final", "final", "suspected", "active", "resolved", "perhaps"]
    return {
        "observed": {"domain": [*SPANS], "from": [*past * 4, *touch[0] * 8, *day, "1940"],
                     "to": ["", "", now, now, *touch[1] * 2, *day[:20]]},
        "course": {"on": day, "onset": past * 4 + day},
        "treatment": {"therapy": [*DRUGS], "on": past * 20 + day, "ended": [""] * 150 + day, "status": ["", *status]},
        "relapse": {"on": day, "recorded": ["", "", now], "status": status},
        "mri": {"on": day, "region": ["", "brain", "brain", "cord", "both"], "compared_on": [""] * 60 + ["x"] + day,
                "new_t2": ["", "0", "0", "0", "2", "-1"], "gd_lesions": ["", "0", "0", "1"],
                "stable": ["", "", "yes", "false"], "status": ["", "final", "final", "suspected"]},
        "disability": {"on": day, "edss": ["", "2", "3.5", "6.5", "4", "0.5", "12"],
                       "during_relapse": ["", "", "", "no", "true"]},
        "lab": {"on": day, "recorded": ["", now]},
        "infection": {"on": day, "kind": [*KINDS], "serious": ["", "", "true", "no", "?!"],
                      "hospital_days": ["", "", "0", "3"], "status": status},
    }  # fmt: skip


RESULTS = (("igg", "4.9", "g/L"), ("igg", "490", "mg/dL"), ("igg", "<0.5", "g/L"), ("igg", "7", "g/L"),
           ("igg", "", "g/L"), ("igg", "lots", "g/L"), ("igg", "5000", "g/L"), ("igg", "6", "mol"),
           ("lymphocytes", "0.4", "10*9/L"), ("lymphocytes", "500", "/uL"),
           ("lymphocytes", ">2", "10*9/L"))  # fmt: skip
THEMES: tuple[dict[str, tuple[int, int]], ...] = (
    {"relapse": (0, 5), "observed": (1, 2), "course": (0, 1)},
    {"relapse": (1, 3), "disability": (1, 5)},
    {"mri": (1, 5), "observed": (1, 3)},
    {"treatment": (1, 3), "observed": (0, 2), "course": (0, 1)},
    {"treatment": (1, 4)},
    {"lab": (2, 6)},
    {"infection": (1, 8), "observed": (1, 2)},
    {"relapse": (0, 2), "mri": (0, 3), "treatment": (0, 2), "lab": (0, 3), "observed": (1, 3), "disability": (0, 2),
     "infection": (0, 2), "course": (0, 1)},
)  # fmt: skip
"""What the record of a person is about: its tables, with the fewest and the most rows."""


@st.composite
def folders(draw: st.DrawFn, on: date, most: int = 20) -> Folder:
    """A few people with events in the tables that the reference covers; what the cells hold is thrown by dice."""
    names = [f"P{number}" for number in range(draw(st.integers(1, most)))]
    dice = Random(draw(st.integers(0, 2**32)))
    themes = {name: dice.choice(THEMES) for name in [*names, *(["nobody"] if dice.random() < 0.2 else [])]}
    birthday = anniversary(on, -12 * 55)
    born = [str(on.year - age) for age in (30, 55, 56, 60)] + [birthday.isoformat(), "1968-02-29", "1970-06"]
    born += [(birthday + timedelta(days=1)).isoformat(), "", "soon"]
    folder: Folder = {
        "person": [
            {"person_id": name, "birth": dice.choice(born), "sex": dice.choice(["female", "male", "", "x"]),
             "died": dice.choice([""] * 8 + ["2023-06-01", "1950"])}
            for name in names
        ]
    }  # fmt: skip
    for table, columns in _columns(on).items():
        if table != "observed" and dice.random() < 0.2:
            columns["on_latest"] = columns["on"]
        if table == "observed" and dice.random() < 0.2:
            columns["to_latest"] = columns["to"]
        rows = [
            {"person_id": name, **{column: dice.choice(cells) for column, cells in columns.items()}}
            for name, theme in themes.items()
            for _ in range(dice.randint(*theme.get(table, (0, 0))))
        ]
        if table == "lab":
            rows = [row | dict(zip(("test", "value", "unit"), dice.choice(RESULTS), strict=True)) for row in rows]
        if table == "observed":
            rows = [row | ({"domain": "mri"} if "mri" in themes[row["person_id"]] else {}) for row in rows]
            rows = [part for row in rows for part in (_in_two(row, on, dice) if dice.random() < 0.2 else [row])]
        if table == "treatment":
            few = {name: dice.sample(DRUGS, 2) for name in themes}
            rows = [row | {"therapy": dice.choice(few[row["person_id"]])} for row in rows]
            rows = [part for row in rows for part in (_broken_off(row, on, dice) if dice.random() < 0.2 else [row])]
        rows += [dict(row) for row in rows if dice.random() < 0.1]
        dice.shuffle(rows)
        if rows:
            folder[table] = rows
    return folder


def _in_two(row: Cells, on: date, dice: Random) -> list[Cells]:
    """A span in two parts that touch, or leave a day out."""
    begins = on - timedelta(days=dice.randrange(40, 500))
    ends = begins - timedelta(days=dice.choice([1, 1, 2]))
    first, second = {"from": str(on.year - 9), "to": str(ends)}, {"from": str(begins), "to": ""}
    latest = [{"to_latest": part["to"]} if "to_latest" in row else {} for part in (first, second)]
    return [row | part | last for part, last in zip((first, second), latest, strict=True)]


def _broken_off(row: Cells, on: date, dice: Random) -> list[Cells]:
    """A treatment that ended, and the same once more about a month later."""
    ended = on - timedelta(days=dice.randrange(40, 500))
    again = ended + timedelta(days=dice.randrange(27, 34))
    first, second = {"on": str(on.year - 9), "ended": str(ended)}, {"on": str(again), "ended": ""}
    return [row | part | {"status": ""} for part in (first, second)]


def trees(library: Library) -> st.SearchStrategy[dict[str, Any]]:
    """Criteria on the variables that the reference covers."""
    operators = ("at_least", "above", "at_most", "below")
    number = st.sampled_from(list(THRESHOLDS)).flatmap(
        lambda name: st.tuples(st.sampled_from(operators), st.sampled_from(THRESHOLDS[name])).map(
            lambda pair: {"variable": name, pair[0]: pair[1]}
        )
    )
    category = st.sampled_from(CATEGORIES).flatmap(
        lambda name: st.lists(st.sampled_from(library.values(name)), min_size=1, max_size=4, unique=True).map(
            lambda values: {"variable": name, "in": values}
        )
    )
    truth = st.tuples(st.sampled_from(TRUTHS), st.booleans()).map(lambda pair: {"variable": pair[0], "is": pair[1]})

    def branches(parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
        several = st.tuples(st.sampled_from(("all", "any")), st.lists(parts, min_size=1, max_size=3))
        return several.map(lambda pair: {pair[0]: pair[1]}) | parts.map(lambda part: {"not": part})

    return st.recursive(number | number | category | truth, branches, max_leaves=6)


@st.composite
def knowledge(draw: st.DrawFn) -> tuple[tuple[Guideline, ...], tuple[Flag, ...]]:
    """A few guidelines and flags."""
    tree = trees(load())
    roles = st.sampled_from(("requires", "requires", "excludes", "favours", "opposes"))
    guidelines, flags = [], []
    for name in ("first", "second")[: draw(st.integers(1, 2))]:
        parts = [
            {"id": f"c{number}", "role": role, "if": draw(tree), "why": {"en": "Why."}, "evidence": ["x"]}
            for number, role in enumerate(draw(st.lists(roles, min_size=1, max_size=4)))
        ]
        guidelines.append(Guideline.model_validate({
            "id": name, "title": {"en": name}, "kind": "panel", "question": "discontinue",
            "in_force": {"from": date(2020, 1, 1)}, "reviewed": date(2026, 1, 1), "status": "secondary",
            "taken_from": {"en": "Made up."}, "applies_to": draw(st.none() | tree), "criteria": parts,
            "evidence": ["x"],
        }))  # fmt: skip
    for action in ("emergency", "reason", "inform"):
        flags.append(Flag.model_validate({
            "id": f"flag-{action}", "title": {"en": action}, "topic": "infection", "action": action, "if": draw(tree),
            "says": {"en": "Says."}, "do": {"en": "Do."}, "evidence": ["x"],
        }))  # fmt: skip
    return tuple(guidelines), tuple(flags)


@st.composite
def cases(draw: st.DrawFn, most: int = 20) -> Case:
    """A day, a folder of a few people, what is declared of all of them, and a library."""
    on = draw(st.sampled_from(DAYS))
    claims = draw(st.sampled_from([{}, {}, {"relapse": on}, {"all": date(on.year - 1, 12, 31)}]))
    return Case(on, draw(folders(on, most)), claims, *draw(knowledge()))


def write(case: Case, to: Path, form: str = "csv") -> Path:
    """The folder on disk, every cell as text."""
    to.mkdir(parents=True)
    for table, rows in case.folder.items():
        frame = pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String))
        if form == "csv":
            frame.write_csv(to / f"{table}.csv", quote_style="necessary")
        else:
            frame.write_parquet(to / f"{table}.parquet")
    if case.claims:
        spans = "".join(f"  {domain}: {{from: birth, to: {day}}}\n" for domain, day in case.claims.items())
        (to / "dataset.yaml").write_text(f"observed:\n{spans}")
    return to


def record_of(case: Case) -> Record:
    """The record of everybody, as the reference read it."""
    builder = RecordBuilder()
    for table, rows in case.rows.items():
        for number, row in enumerate(rows):
            builder.add(table, **row | {"source": f"{table}[{number}]"})
    return builder.build()


def expected(case: Case) -> dict[str, dict[str, Any]]:
    """What the reference says of each person, by the columns of a screen."""
    found = {}
    for name, state in case.states.items():
        row: dict[str, Any] = {}
        for variable, value in state.items():
            row |= cells_of(variable, value, case.library)
        asked: set[str] = set()
        for guideline in case.library.guidelines.values():
            told = criteria.told(guideline, state, case.library)
            key = f"guideline.{guideline.id}"
            row[key], row[f"{key}.applies"] = told["conclusion"], told["applies"]
            row[f"{key}.find_out"] = "|".join(told["find_out"]) or None
            asked |= set(told["find_out"])
        raised = criteria.flags(case.library, state)
        row["find_out"], row["flags"] = "|".join(sorted(asked)) or None, "|".join(raised) or None
        row["emergency"] = any(case.library.flags[one].action == "emergency" for one in raised)
        found[name] = row
    return found


def cells_of(name: str, value: Value, library: Library) -> dict[str, Any]:
    """A value in the columns of a screen."""
    if isinstance(value, tuple):
        low, high = (None if abs(bound) == inf else bound for bound in value)
        return {f"{name}.low": low, f"{name}.high": high}
    if isinstance(value, frozenset):
        return {name: None if value == set(library.values(name)) else "|".join(sorted(value))}
    return {f"{name}.truth": value}


def differences(case: Case, rows: pl.DataFrame) -> list[tuple[str, str, Any, Any]]:
    """Person, column, what the reference says and what an engine says, wherever they differ in one bit."""
    answers = {row["person_id"]: row for row in rows.iter_rows(named=True)}
    told = expected(case)
    missing = [(name, "person_id", name, None) for name in {*told} ^ {*answers}]
    return missing + [
        (name, column, said, answers[name][column])
        for name, row in told.items()
        for column, said in row.items()
        if name in answers and (said != answers[name][column] or type(said) is not type(answers[name][column]))
    ]


_COUNTED = ("left", "unknown", "out")


def counted(case: Case) -> dict[str, list[dict[str, int | str]]]:
    """The funnel of everybody by the reference."""
    found: dict[str, list[dict[str, int | str]]] = {}
    for guideline in case.library.guidelines.values():
        each = [criteria.told(guideline, state, case.library)["funnel"] for state in case.states.values()]
        found[guideline.id] = [
            {"criterion": lines[0][0]} | {word: sum(one == word for _, one in lines) for word in _COUNTED}
            for lines in zip(*each, strict=True)
        ]
    return found


__all__ = ["COVERED", "Case", "Cells", "cases", "counted", "differences", "expected", "record_of", "write"]
