"""Who is read: people with multiple sclerosis, a mimic, or a drug for it, selected by the database.

The library knows codes and names; which concepts of this CDM they are, and what is a kind of them, its own tables say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from stepdown.errors import InputError
from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import Codes
from stepdown.record.codes import LOCAL_SYSTEM
from stepdown.record.omop.tables import Cdm

VOCABULARIES = {
    "rxnorm": ("RxNorm",),
    "atc": ("ATC",),
    "snomed": ("SNOMED",),
    "loinc": ("LOINC",),
    "icd10": ("ICD10CM", "ICD10", "ICD10GM", "CIM10"),
    "cvx": ("CVX",),
    "local": (LOCAL_SYSTEM,),
}
"""By code system of the library: the ids of its vocabularies in a CDM."""
OMOP = "omop"
"""Stands for a vocabulary where a site names a concept by its id: `omop|2000000017`."""
Condition = sa.ColumnElement[bool]


@dataclass(frozen=True)
class Known:
    """What the library knows of some things: their codes and names."""

    codes: tuple[Codes, ...]
    names: tuple[str, ...]

    def of(self, system: str) -> list[str]:
        """All codes of a system."""
        return sorted({code for codes in self.codes for code in getattr(codes, system)})


def diseases(library: Library) -> Known:
    """Multiple sclerosis and its mimics."""
    entries = library.codes["courses"].entries
    names = {name for key, entry in entries.items() for name in (key, *entry.names)}
    return Known(tuple(entry.codes for entry in entries.values()), tuple(sorted(names)))


def drugs(library: Library) -> Known:
    """Drugs for multiple sclerosis."""
    therapies = library.therapies.values()
    names = {name for one in therapies for name in (one.id, *one.title.values(), *one.names, *one.brands)}
    return Known(tuple(one.codes for one in therapies), tuple(sorted(names)))


def with_disease(cdm: Cdm, library: Library) -> sa.Select[Any]:
    """Ids of everybody with a condition or a drug that makes them a person to be read.

    Raises:
        InputError: the vocabulary of the CDM has no concept of multiple sclerosis.
    """
    disease, drug = diseases(library), drugs(library)
    ids = concepts(cdm, disease, names=False)
    if not ids:
        raise InputError(
            "its table concept knows neither multiple sclerosis nor a course of it by any code", cdm.database.where,
            "load SNOMED CT or ICD-10 into the vocabulary, or add codes of your own with --library",
        )  # fmt: skip
    drug_ids = concepts(cdm, drug, names=True)
    event, exposure, person = cdm["condition_occurrence"], cdm["drug_exposure"], cdm["person"]
    ill = sa.select(event["person_id"]).where(_coded(event, ids) | (_unmapped(event) & _written(event, disease)))
    treated = sa.select(exposure["person_id"]).where(
        _coded(exposure, drug_ids) | (_unmapped(exposure) & _named(exposure, drug))
    )
    read = person["person_id"].in_(ill) | person["person_id"].in_(treated)
    return sa.select(person["person_id"].label("person_id")).where(read)


def concepts(cdm: Cdm, known: Known, names: bool) -> list[int]:
    """Concepts that have one of the codes (or names), and all that are a kind of them."""
    concept, ancestor = cdm["concept"], cdm["concept_ancestor"]
    wanted = [*_codes(cdm, known)]
    if names:
        ingredient = concept["concept_class_id"] == "Ingredient"
        wanted.append(ingredient & sa.func.lower(concept["concept_name"]).in_([name.lower() for name in known.names]))
    itself = sa.or_(*wanted)
    seeds = sa.select(concept["concept_id"]).where(itself)
    below = sa.select(ancestor["descendant_concept_id"]).where(ancestor["ancestor_concept_id"].in_(seeds))
    asked = sa.select(concept["concept_id"].label("concept_id")).where(itself | concept["concept_id"].in_(below))
    found = cdm.database.fetch(asked, {"concept_id": "int"})["concept_id"]
    return sorted(found.drop_nulls().to_list())


def _codes(cdm: Cdm, known: Known) -> Iterable[Condition]:
    concept = cdm["concept"]
    vocabulary, code = concept["vocabulary_id"], concept["concept_code"]
    for system, vocabularies in VOCABULARIES.items():
        written = [one for one in known.of(system) if "|" not in one]
        exact = [one for one in written if not one.endswith("*")]
        tests = [code.in_(exact)] if exact else []
        tests += [code.like(f"{one[:-1]}%") for one in written if one.endswith("*")]
        if tests:
            yield vocabulary.in_(vocabularies) & sa.or_(*tests)
    for site in known.of("local"):
        system, bar, rest = site.partition("|")
        if bar and system == OMOP:
            yield concept["concept_id"] == int(rest)
        elif bar:
            yield (vocabulary == system) & (code == rest)


def _coded(event: Any, ids: list[int]) -> Condition:
    return sa.or_(*(among(event[name], ids) for name in ("concept_id", "source_concept_id")))


def among(column: sa.ColumnElement[Any], ids: Iterable[int]) -> Condition:
    """Whether a column is one of some whole numbers, which are written out: some databases take few parameters."""
    return column.in_(sa.bindparam(None, list(ids), expanding=True, literal_execute=True))


def _unmapped(event: Any) -> Condition:
    return unmapped(event["concept_id"], event["source_concept_id"])


def unmapped(concept: sa.ColumnElement[Any], source: sa.ColumnElement[Any]) -> Condition:
    """Whether a row has neither concept."""
    # a planner knows how many rows are 0 or empty, and nothing of what a function gives
    return sa.or_(concept == 0, concept.is_(None)) & sa.or_(source == 0, source.is_(None))


def _written(event: Any, known: Known) -> Condition:
    """Source values that are a code or a name, in any case."""
    said = sa.func.upper(event["source_value"])
    icd = [code for code in known.of("icd10") if not code.endswith("*")]
    exact = {one.upper() for one in (*known.names, *icd, *(code.replace(".", "") for code in icd))}
    starts = [code[:-1].upper() for code in known.of("icd10") if code.endswith("*")]
    tests = [said.in_(sorted(exact))]
    tests += [said.like(f"{form}%") for code in starts for form in sorted({code, code.replace(".", "")})]
    return sa.or_(*tests)


def _named(event: Any, known: Known) -> Condition:
    """Source values that hold the name of a drug, or are its ATC code."""
    said = sa.func.lower(event["source_value"])
    words = sorted({name.lower().replace("-", "%").replace(" ", "%") for name in known.names})
    atc = [code.lower() for code in known.of("atc")]
    return sa.or_(said.in_(atc), *(said.like(f"%{word}%") for word in words))
