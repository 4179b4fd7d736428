"""The vocabulary of a made-up CDM: concepts of the library's codes, under ids that OMOP leaves to local concepts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import polars as pl

from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import Codes
from stepdown.record.codes import recogniser
from stepdown.synthetic.codings import URLS, coding_of, each
from stepdown.synthetic.health import BAD_UNIT, OTHER_UNIT

LOCAL = 2_000_000_000
"""Ids from here on are nobody's but a site's own."""
ADMINISTRATION, REGISTRY, BELOW, INPATIENT = "administration", "registry", "<", "IP"
FIELDS = ("condition_occurrence", "drug_exposure", "procedure_occurrence")
"""Tables of which other rows say more."""
_OWN, _VISIT, _UNIT = "Synthetic", "Visit", "UCUM"
_NAMES = {"snomed": "SNOMED", "loinc": "LOINC", "cvx": "CVX", "rxnorm": "RxNorm", "atc": "ATC", "icd10": "ICD10"}
_STANDARD = {"ATC": "C", "ICD10": None}
_BY_URL = {URLS[system]: name for system, name in _NAMES.items()}
_DOMAINS = {"condition": "Condition", "infection": "Condition", "relapse": "Condition", "course": "Condition",
            "lab": "Measurement", "disability": "Measurement", "mri": "Procedure", "vaccination": "Drug"}  # fmt: skip
_FROM, _TO = date(1970, 1, 1), date(2099, 12, 31)


class Concept(NamedTuple):
    """One concept; `standard` is S, C (a class) or None."""

    vocabulary: str
    code: str
    name: str
    domain: str

    @property
    def standard(self) -> str | None:
        """S where rows may name it, C where it is a class of such, None where it is a source code."""
        return _STANDARD.get(self.vocabulary, "S")


Coded = tuple[int, int, str]
"""Standard concept, source concept (0 where there is none) and source value."""


@dataclass(frozen=True)
class Vocabulary:
    """Concepts of a library.

    Attributes:
        library: the documents.
        ids: id of each concept by vocabulary and code.
        concepts: the concepts in the order of their ids.
        maps: standard concept of each source code that has one.
        above: classes of drugs, each with a drug.
    """

    library: Library
    ids: dict[tuple[str, str], int]
    concepts: tuple[Concept, ...]
    maps: dict[int, int]
    above: tuple[tuple[int, int], ...]

    def own(self, word: str) -> int:
        """Id of a word of our own: a type of row, a sex, a sign, a field."""
        return self.ids[_OWN, word]

    @property
    def inpatient(self) -> int:
        """Id of a stay in hospital."""
        return self.ids[_VISIT, INPATIENT]

    def unit(self, unit: str) -> int:
        """Id of a unit."""
        return self.ids[_UNIT, unit]

    def of(self, list_id: str, concept: str) -> Coded:
        """A concept of a list; a local code where no other means it alone."""
        url, code = coding_of(self.library, list_id, concept)
        return self._coded(_BY_URL[url], code) if url in _BY_URL else (0, 0, concept)

    def drug(self, therapy: str) -> Coded:
        """A drug; a local code where its codes are those of several."""
        known = recogniser(self.library)
        codes = self.library.therapies[therapy].codes
        for system, code in [*(("rxnorm", one) for one in codes.rxnorm), *(("atc", one) for one in codes.atc)]:
            match = known.drug([(URLS[system], code)])
            if match and match.id == therapy:
                return self._coded(_NAMES[system], code)
        return 0, 0, therapy

    def _coded(self, vocabulary: str, code: str) -> Coded:
        found = self.ids[vocabulary, code]
        return found if _STANDARD.get(vocabulary, "S") == "S" else self.maps.get(found, 0), found, code

    def tables(self) -> dict[str, pl.DataFrame]:
        """The tables of the vocabulary; every concept stands above itself, and a standard one maps to itself."""
        ids = list(self.ids.values())
        concept = pl.DataFrame({
            "concept_id": ids, "concept_name": [one.name for one in self.concepts],
            "domain_id": [one.domain for one in self.concepts],
            "vocabulary_id": [one.vocabulary for one in self.concepts], "concept_class_id": _OWN,
            "standard_concept": [one.standard for one in self.concepts],
            "concept_code": [one.code for one in self.concepts], "valid_start_date": _FROM, "valid_end_date": _TO,
        })  # fmt: skip
        lines = [*((one, one, 0) for one in ids), *((above, below, 1) for above, below in self.above)]
        ancestor = pl.DataFrame(lines, ["ancestor_concept_id", "descendant_concept_id", "levels"], orient="row").select(
            pl.exclude("levels"), min_levels_of_separation="levels", max_levels_of_separation="levels"
        )
        same = {one: one for one, found in zip(ids, self.concepts, strict=True) if found.standard == "S"}
        relationship = pl.DataFrame(list((same | self.maps).items()), ["concept_id_1", "concept_id_2"], orient="row")
        return {"concept": concept, "concept_ancestor": ancestor, "concept_relationship": relationship.with_columns(
            relationship_id=pl.lit("Maps to"), valid_start_date=pl.lit(_FROM), valid_end_date=pl.lit(_TO)
        )}  # fmt: skip


def vocabulary(library: Library) -> Vocabulary:
    """The vocabulary of a library, made once and kept with it."""
    if "synthetic-vocabulary" not in library.cache:
        library.cache["synthetic-vocabulary"] = _made(library)
    found: Vocabulary = library.cache["synthetic-vocabulary"]
    return found


def _made(library: Library) -> Vocabulary:
    concepts: dict[tuple[str, str], Concept] = {}
    for one in _all(library):
        concepts.setdefault((one.vocabulary, one.code), one)
    ids = {key: LOCAL + 1 + place for place, key in enumerate(concepts)}
    maps: dict[int, int] = {}
    for codes, _, _ in _entries(library):
        here = [ids[_NAMES[system], code] for system, code in each(codes) if _NAMES[system] not in _STANDARD]
        for code in (code for system, code in each(codes) if system == "icd10"):
            if here:
                maps.setdefault(ids["ICD10", code], here[0])
    above = [
        (ids["ATC", code], ids["RxNorm", drug]) for therapy in library.therapies.values()
        for code in therapy.codes.atc for drug in therapy.codes.rxnorm
    ]  # fmt: skip
    return Vocabulary(library, ids, tuple(concepts.values()), maps, tuple(above))


def _entries(library: Library) -> Iterator[tuple[Codes, str, str]]:
    """Codes, name and domain of every drug and of every entry of the lists."""
    for therapy in library.therapies.values():
        yield therapy.codes, therapy.title["en"], "Drug"
    for found in library.codes.values():
        for name, entry in found.entries.items():
            yield entry.codes, name.replace("-", " "), _DOMAINS.get(found.table, "Observation")


def _all(library: Library) -> Iterator[Concept]:
    for word in (ADMINISTRATION, REGISTRY, BELOW, "female", "male", *(f"{name}.{name}_id" for name in FIELDS)):
        yield Concept(_OWN, word, word, "Metadata")
    yield Concept(_VISIT, INPATIENT, "Inpatient Visit", "Visit")
    units = [entry.unit for entry in library.codes["labs"].entries.values() if entry.unit]
    for unit in (*units, *OTHER_UNIT.values(), *BAD_UNIT.values()):
        yield Concept(_UNIT, unit, unit, "Unit")
    for codes, name, domain in _entries(library):
        for system, code in each(codes):
            yield Concept(_NAMES[system], code, name, domain)
