"""What the concepts of a CDM mean: every different pair of concepts and source value is recognised once.

Codes and names are those of the library, and the recogniser is the one that reads FHIR. The CDM says which code a
concept is, what stands above it, and what it maps to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import sqlalchemy as sa

from stepdown.knowledge.library import Library
from stepdown.record.codes import LOCAL_SYSTEM, Coding, Recogniser, plain_text, recogniser
from stepdown.record.omop.people import OMOP, VOCABULARIES, among
from stepdown.record.omop.tables import Cdm

_URLS = {vocabulary: system for system, names in VOCABULARIES.items() for vocabulary in names} | {
    "NUCC": "http://nucc.org/provider-taxonomy"
}
"""By vocabulary id: the code system as the recogniser knows it; any other vocabulary stands for itself."""
_FORMS = {"condition_occurrence": "icd10", "drug_exposure": "atc", "measurement": "loinc"}
"""Which codes a source value without any concept may be."""
_CHUNK = 1000
MEANINGS: dict[str, pl.DataType] = {
    "concept_id": pl.Int64(), "source_concept_id": pl.Int64(), "source_value": pl.String(),
    "means": pl.String(), "word": pl.String(), "vocabulary": pl.String(), "name": pl.String(),
}  # fmt: skip
"""Columns of `Meaning`: the key, the list that knows it, its word there, vocabulary of the source, and its own name."""
KEY = ("concept_id", "source_concept_id", "source_value")


@dataclass(frozen=True)
class Concept:
    """A concept as a CDM describes it."""

    id: int
    vocabulary: str
    code: str
    name: str

    @property
    def codings(self) -> tuple[Coding, ...]:
        """Its code, and its id for a site that names it by that."""
        return ((_URLS.get(self.vocabulary, self.vocabulary), self.code), (OMOP, str(self.id)))


@dataclass
class Vocabulary:
    """What a CDM says of the concepts that are used in it, asked when they are needed."""

    cdm: Cdm
    concepts: dict[int, Concept] = field(default_factory=dict)

    def learn(self, ids: Iterable[int]) -> None:
        """Ask for concepts that are not known yet."""
        concept = self.cdm["concept"]
        names = ("concept_id", "vocabulary_id", "concept_code", "concept_name")
        kinds = {name: self.cdm.kinds("concept")[name] for name in names}
        for chunk in _chunks(sorted({one for one in ids if one} - self.concepts.keys())):
            asked = sa.select(*concept.columns(names)).where(among(concept["concept_id"], chunk))
            for row in self.cdm.database.fetch(asked, kinds).iter_rows():
                self.concepts[row[0]] = Concept(row[0], *(part or "" for part in row[1:]))

    def above(self, ids: Iterable[int]) -> dict[int, list[tuple[int, Concept]]]:
        """What stands above each concept, with its distance, nearest first."""
        ancestor, concept = self.cdm["concept_ancestor"], self.cdm["concept"]
        joined = ancestor.clause.join(concept.clause, ancestor["ancestor_concept_id"] == concept["concept_id"])
        useful = concept["vocabulary_id"].in_(["SNOMED", "ATC", "CVX"]) | (
            (concept["vocabulary_id"] == "RxNorm") & (concept["concept_class_id"] == "Ingredient")
        )
        columns = (
            ancestor["descendant_concept_id"], ancestor["min_levels_of_separation"], concept["concept_id"],
            concept["vocabulary_id"], concept["concept_code"], concept["concept_name"],
        )  # fmt: skip
        found: dict[int, list[tuple[int, Concept]]] = defaultdict(list)
        for row in self._joined(columns, joined, ancestor["descendant_concept_id"], useful, ids):
            if row[0] != row[2]:
                found[row[0]].append((row[1] or 0, Concept(row[2], *(part or "" for part in row[3:]))))
        return {one: sorted(rows, key=lambda row: (row[0], row[1].id)) for one, rows in found.items()}

    def mapped(self, ids: Iterable[int]) -> dict[int, list[Concept]]:
        """What each concept maps to."""
        relation, concept = self.cdm["concept_relationship"], self.cdm["concept"]
        joined = relation.clause.join(concept.clause, relation["concept_id_2"] == concept["concept_id"])
        columns = (
            relation["concept_id_1"], relation["concept_id_2"], concept["concept_id"], concept["vocabulary_id"],
            concept["concept_code"], concept["concept_name"],
        )  # fmt: skip
        found: dict[int, list[Concept]] = defaultdict(list)
        maps = relation["relationship_id"] == "Maps to"
        for row in self._joined(columns, joined, relation["concept_id_1"], maps, ids):
            if row[0] != row[1]:
                found[row[0]].append(Concept(row[2], *(part or "" for part in row[3:])))
        return found

    def _joined(self, columns: Sequence[Any], joined: Any, key: Any, only: Any, ids: Iterable[int]
                ) -> Iterator[tuple[Any, ...]]:  # fmt: skip
        labels = [column.label(f"c{place}") for place, column in enumerate(columns)]
        kinds: Any = {f"c{place}": "int" if place < 3 else "text" for place in range(len(columns))}
        for chunk in _chunks(sorted({one for one in ids if one})):
            asked = sa.select(*labels).select_from(joined).where(among(key, chunk) & only)
            yield from self.cdm.database.fetch(asked, kinds).iter_rows()

    def names(self, ids: pl.Series) -> pl.DataFrame:
        """A table of the names and codes of some concepts: `id`, `said` and `code`."""
        self.learn(ids.drop_nulls().unique().to_list())
        rows = [(one.id, one.name, one.code) for one in self.concepts.values()]
        return pl.DataFrame(rows, {"id": pl.Int64(), "said": pl.String(), "code": pl.String()}, orient="row")


def _chunks(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]


Look = Callable[[Sequence[Coding], str], tuple[str, str | None] | None]
"""Finds codings and a name: the list that knows them and the word there, or a null word where several fit."""
Row = tuple[int, int, str | None]


def meanings(table: str, used: pl.DataFrame, vocabulary: Vocabulary, library: Library) -> pl.DataFrame:
    """Recognise what is used in a table of events.

    Args:
        table: its name in the CDM, or `visit_occurrence` for the specialties of visits.
        used: every different concept, source concept and, where there is neither, source value.
        vocabulary: what the CDM says of concepts.
        library: codes and names.

    Returns:
        One row for each, with the columns of `MEANINGS`; `means` is null where nothing knows it.
    """
    ids = {one for name in KEY[:2] for one in used[name].to_list() if one}
    vocabulary.learn(ids)
    look = _looks(table, library)
    rows: list[Row] = list(used.select(KEY).iter_rows())
    found = {row: _plain(row, table, vocabulary, look) for row in rows}
    left = [row for row, one in found.items() if one is None and (row[0] or row[1])]
    if table in _UPWARD:
        parents = vocabulary.above({one for row in left for one in row[:2]})
        drug = table == "drug_exposure"
        for row in left:
            found[row] = _from_above(row, parents, vocabulary, look, drug, library)
    left = [row for row in left if found[row] is None]
    maps = vocabulary.mapped({row[1] or row[0] for row in left})
    for row in left:
        found[row] = _first(look, [(one.codings, one.name) for one in maps.get(row[1] or row[0], [])])
    cells = [_cells(row, found[row], vocabulary) for row in rows]
    return pl.DataFrame(cells, schema=MEANINGS, orient="row")


_UPWARD = ("condition_occurrence", "drug_exposure", "procedure_occurrence", "visit_occurrence")


def _cells(row: Row, found: tuple[str, str | None] | None, vocabulary: Vocabulary) -> tuple[Any, ...]:
    source, standard = vocabulary.concepts.get(row[1]), vocabulary.concepts.get(row[0])
    name = standard.name if standard else source.name if source else row[2]
    return *row, *(found or (None, None)), source.vocabulary if source else None, name


def _plain(row: Row, table: str, vocabulary: Vocabulary, look: Look) -> tuple[str, str | None] | None:
    """By the source concept, the standard concept, or the source value where there is neither."""
    concepts = [found for one in (row[1], row[0]) if (found := vocabulary.concepts.get(one))]
    if row[0] or row[1]:
        each = [look(one.codings, one.name) for one in concepts]
        known = [one for one in each if one]
        return next((one for one in known if not _vague(one)), known[0] if known else None)
    if not row[2]:
        return None
    form = _FORMS.get(table)
    codings = [(LOCAL_SYSTEM, row[2]), *([(form, row[2])] if form else [])]
    return look(codings, row[2])


def _vague(found: tuple[str, str | None]) -> bool:
    return found == ("courses", "ms")


def _from_above(
    row: Row, parents: dict[int, list[tuple[int, Concept]]], vocabulary: Vocabulary, look: Look, drug: bool,
    library: Library,
) -> tuple[str, str | None] | None:  # fmt: skip
    for one in (row[1], row[0]):
        above = parents.get(one, [])
        if drug:  # ingredient and class together say which drug it is, at whatever distance
            own = vocabulary.concepts.get(one)
            text = " ".join([own.name if own else "", *(found.name for _, found in above if _is_ingredient(found))])
            found = look([coding for _, parent in above for coding in parent.codings], text) if above else None
            if found:
                return None if _another_form(found, own, library) else found
            continue
        for level in sorted({distance for distance, _ in above}):
            found = _first(look, [(p.codings, p.name) for distance, p in above if distance == level])
            if found:
                return found
    return None


def _is_ingredient(concept: Concept) -> bool:
    return concept.vocabulary == "RxNorm"


def _another_form(found: tuple[str, str | None], own: Concept | None, library: Library) -> bool:
    """Whether a drug is an ointment, drops or the like of what is meant when swallowed or infused."""
    entry = recogniser(library).entry("other-drugs", found[1] or "")
    return bool(entry and own and not set(plain_text(own.name).split()).isdisjoint(entry.not_with))


def _first(look: Look, said: Sequence[tuple[Sequence[Coding], str]]) -> tuple[str, str | None] | None:
    """What several concepts mean together: one word, or none where they differ within a list."""
    found = {one for codings, name in said if (one := look(codings, name))}
    if not found:
        return None
    lists = sorted({one[0] for one in found}, key=_ORDER.index)
    words = {word for means, word in found if means == lists[0]}
    return lists[0], words.pop() if len(words) == 1 else None


_LISTS: dict[str, tuple[str, ...]] = {
    "condition_occurrence": ("courses", "relapses", "infections", "conditions"),
    "drug_exposure": ("vaccines", "drug"),
    "measurement": ("said", "labs", "measures", "instruments", "mri"),
    "observation": ("said", "labs", "measures", "instruments", "mri", "relapses", "lifestyle", "conditions"),
    "procedure_occurrence": ("mri",),
    "visit_occurrence": ("visits",),
}
"""The lists that know what a table holds: the first that does decides."""
_ORDER = tuple(dict.fromkeys(name for names in _LISTS.values() for name in names))
SAID = (
    "diagnosed", "onset", "during-relapse", "severity", "steroids", "recovered", "status", "serious", "hospital-days",
    "interval-weeks", "start-reason", "allergy",
)  # fmt: skip
"""Local codes of rows that say more of others, and of facts that no list has."""
VARIABLES = "urn:stepdown:variables|"


def _looks(table: str, library: Library) -> Look:
    known = recogniser(library)

    def look(codings: Sequence[Coding], text: str) -> tuple[str, str | None] | None:
        for name in _LISTS[table]:
            word = _word(name, codings, text, known)
            if word:
                return name, word
        return None

    return look


def _word(name: str, codings: Sequence[Coding], text: str, known: Recogniser) -> str | None:
    if name == "said":
        return _said(codings, text)
    if name == "drug":
        found = known.drug(codings, text)
    else:
        found = known.concept(name, codings, text)
    return found.id if found else None


def _said(codings: Sequence[Coding], text: str) -> str | None:
    """What only local codes say, and allergies, whose name tells them."""
    for system, code in codings:
        if system == "local" or system == LOCAL_SYSTEM:
            if code.lower() in SAID:
                return code.lower()
            if code.startswith(VARIABLES):
                return code
        if f"{system}|" == VARIABLES:
            return f"{VARIABLES}{code}"
    return "allergy" if text.lower().startswith("allergy to ") else None
