"""What the concepts in the cells of a CDM say: units, answers, kinds of evidence, status. Columns, never row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from stepdown.knowledge.library import Library
from stepdown.record.codes import recogniser
from stepdown.record.omop.meaning import Concept

_YES = ("373066001", "yes", "true", "y", "1")
"""SNOMED CT qualifier value yes, and how it is written."""
_NO = ("373067005", "no", "false", "n", "0")
_STATUS = {
    "refuted": r"ruled out|excluded|refuted|entered.in.error",
    "suspected": r"preliminary|provisional|suspected|possible|differential|working",
    "resolved": r"resolved|history",
}
"""By status of the record: what stands in the name of a status of a condition. The first that fits counts."""
_ADMINISTERED = ("HCPCS", "CPT4", "ICD10PCS", "OPS")
"""Vocabularies of procedures: a drug that is coded by one was given."""
_STATEMENT = r"list|registry|self-report|patient reported|case report"
_OPERATORS = ("<", "<=", ">", ">=")
_EQUAL = "="
_INPATIENT = ("IP", "ERIP")


@dataclass(frozen=True)
class Words:
    """What the concepts say that stand in cells, by id."""

    concepts: Mapping[int, Concept]
    library: Library

    def _told(self, column: str, tell: Callable[[Concept], str | None]) -> pl.Expr:
        told = {id_: said for id_, one in self.concepts.items() if (said := tell(one))}
        return pl.col(column).replace_strict(list(told), list(told.values()), default=None, return_dtype=pl.String)

    def name(self, column: str) -> pl.Expr:
        """The name of the concept in a column."""
        return self._told(column, lambda one: one.name if one.id else None)

    def answer(self, column: str = "value_as_concept_id") -> pl.Expr:
        """Positive, negative or equivocal, else the name of the concept."""
        return pl.coalesce(self._listed("answers", column), self.name(column))

    def habit(self, column: str = "value_as_concept_id") -> pl.Expr:
        """The word of the list of habits, else the name of the concept."""
        return pl.coalesce(self._listed("lifestyle", column), self.name(column))

    def condition(self, column: str = "value_as_concept_id") -> pl.Expr:
        """The word of the list of conditions."""
        return self._listed("conditions", column)

    def _listed(self, codes: str, column: str) -> pl.Expr:
        known = recogniser(self.library)

        def tell(one: Concept) -> str | None:
            found = known.concept(codes, one.codings, one.name)
            return found.id if found else None

        return self._told(column, tell)

    def yes_no(self) -> pl.Expr:
        """Yes or no as `true` or `false`; what is neither stays as it is written, so that it is listed."""
        written = pl.coalesce(
            self._told("value_as_concept_id", lambda one: one.code if one.code in (_YES[0], _NO[0]) else None),
            self._listed("answers", "value_as_concept_id").replace({"positive": "yes", "negative": "no"}),
            self.name("value_as_concept_id"), "value_source_value", "value_as_string",
            pl.col("value_as_number").cast(pl.String).str.strip_suffix(".0"),
        )  # fmt: skip
        said = written.str.to_lowercase()
        no = pl.when(said.is_in(_NO)).then(pl.lit("false"))
        return pl.when(said.is_in(_YES)).then(pl.lit("true")).otherwise(no.otherwise(written))

    def unit(self) -> pl.Expr:
        """The unit of a measurement: UCUM by its concept, else as it stood in the source."""
        coded = self._told("unit_concept_id", lambda one: one.code if one.vocabulary == "UCUM" else one.name)
        return pl.coalesce(coded, "unit_source_value")

    def operator(self) -> pl.Expr:
        """What stands before a number that is a limit, null where it is none; `?` for one that nobody knows."""
        said = self._told("operator_concept_id", lambda one: one.name if one.name in (*_OPERATORS, _EQUAL) else None)
        exact = pl.col("operator_concept_id").fill_null(0) == 0
        return pl.when(~exact & said.ne_missing(_EQUAL)).then(said.fill_null("?"))

    def status(self) -> pl.Expr:
        """The status of a condition, null where nothing is said."""
        said = pl.coalesce(self.name("condition_status_concept_id"), "condition_status_source_value")
        lower = said.str.to_lowercase()
        told = [pl.when(lower.str.contains(words)).then(pl.lit(status)) for status, words in _STATUS.items()]
        return pl.coalesce(told)

    def evidence(self) -> pl.Expr:
        """What a row of drugs is: `dose`, `statement` or `supply`."""
        kind = self.name("drug_type_concept_id").str.to_lowercase()
        given = kind.str.contains("administration", literal=True) | pl.col("vocabulary").is_in(_ADMINISTERED)
        return (
            pl.when(given.fill_null(False)).then(pl.lit("dose"))
            .when(kind.str.contains(_STATEMENT)).then(pl.lit("statement"))
            .otherwise(pl.lit("supply"))
        )  # fmt: skip

    def inpatient(self) -> pl.Expr:
        """Whether a visit was in hospital."""
        return self._told("visit_concept_id", lambda one: one.code if one.code in _INPATIENT else None).is_not_null()
