from __future__ import annotations

from pathlib import Path

import pytest

from stepdown.criteria.lint import check_library, lint
from stepdown.knowledge.check import survey
from tests.knowledge.overlays import FLAG, SOURCE, overlay

CONDITION = "{variable: age, at_least: 60}"


def found(root: Path, **documents: str) -> list[tuple[str, int, str]]:
    """Faults of the criteria of an overlay: file, line, message."""
    site = overlay(root, evidence__study=SOURCE, **documents)
    return [(Path(fault.file).name, fault.line, fault.message) for fault in lint(survey([site]))]


def test_the_criteria_of_the_shipped_library_are_clean() -> None:
    assert lint(survey()) == []


def test_a_clean_criterion_has_no_fault(tmp_path: Path) -> None:
    assert found(tmp_path, flags__a=FLAG) == []


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("{variable: agee, at_least: 60}", "no variable is called 'agee'; did you mean 'age'?"),
        ("{variable: age, is: true}", "age is a number and cannot be tested with is: True"),
        ("{variable: hbsag, at_least: 1}", "hbsag is a truth and cannot be tested with at_least: 1"),
        ("{variable: course, is: rrrms}", "course has no value 'rrrms'"),
        ("{variable: therapy, is: aspirin}", "therapy has no value 'aspirin'"),
        ("{variable: age, at_least: 60, below: 70}", "cannot read the criterion"),
        ("{variable: age}", "cannot read the criterion"),
        ("[age]", "a criterion is a mapping"),
        ("{all: []}", "'all' needs a list of criteria"),
        ("{variable: age, above: 'sixty'}", "age is a number and cannot be tested with above: 'sixty'"),
        ("{all: [{variable: age, at_least: 60}, {variable: age, below: 60}]}", "can never be met"),
        ("{all: [{variable: course, is: rrms}, {not: {variable: course, in: [rrms, spms]}}]}", "can never be met"),
        ("{any: [{variable: age, at_least: 60}, {variable: age, below: 60}]}", "is always met"),
        ("{any: [{variable: hbsag, is: true}, {not: {variable: hbsag, is: true}}]}", "is always met"),
        ("{not: {all: [{variable: igg, above: 5}, {variable: igg, at_most: 5}]}}", "is always met"),
    ],
)
def test_each_fault_of_a_criterion_is_found_on_its_line(tmp_path: Path, condition: str, message: str) -> None:
    faults = found(tmp_path, flags__a=FLAG.replace(CONDITION, condition))
    if condition.startswith("[age]"):
        faults += [
            (Path(fault.file).name, fault.line, "a criterion is a mapping") for fault in survey([tmp_path]).faults
        ]
    assert [(file, line) for file, line, _ in faults][-1] == ("a.yaml", 5)
    assert message in faults[-1][2]


@pytest.mark.parametrize(
    "condition",
    [
        "{all: [{variable: age, at_least: 60}, {variable: age, at_most: 60}]}",
        "{any: [{variable: age, above: 60}, {variable: age, below: 60}]}",
        "{all: [{variable: igg, above: 4}, {variable: igg, below: 4.5}]}",
        "{variable: course, in: [cis, rrms, spms, ppms, nmosd]}",
    ],
)
def test_what_can_be_met_and_missed_is_no_fault(tmp_path: Path, condition: str) -> None:
    assert found(tmp_path, flags__a=FLAG.replace(CONDITION, condition)) == []


def test_every_leaf_has_its_own_fault(tmp_path: Path) -> None:
    condition = """
      any:
        - {variable: agee, at_least: 60}
        - all:
            - {variable: hbsag, is: true}
            - not: {variable: hbsagg, is: true}"""
    faults = found(tmp_path, flags__a=FLAG.replace(CONDITION, condition))
    assert [(line, "agee" in message, "hbsagg" in message) for _, line, message in faults] == [
        (7, True, False),
        (10, False, True),
    ]


def test_criteria_of_drugs_rules_guidelines_and_scores_are_read_too(tmp_path: Path) -> None:
    faults = found(
        tmp_path,
        rules__r="""
            id: my-rule
            title: {en: A rule}
            effect: caution
            if: {variable: nothing, is: true}
            says: {en: Something.}
            evidence: [my-study]
        """,
        guidelines__g="""
            id: my-guideline
            title: {en: A guideline}
            kind: guideline
            question: discontinue
            in_force: {from: 2025-01-01}
            reviewed: 2026-11-22
            status: verified
            taken_from: {en: Page 3.}
            applies_to: {variable: nothing, is: true}
            criteria:
              - {id: a, role: requires, if: {variable: nought, is: true}, why: {en: So.}, evidence: [my-study]}
            evidence: [my-study]
        """,
    )
    assert [(file, line) for file, line, _ in faults] == [("g.yaml", 9), ("g.yaml", 11), ("r.yaml", 4)]


def test_bands_of_a_score_exclude_one_another_and_cover_everything(tmp_path: Path) -> None:
    faults = found(
        tmp_path,
        scores__s="""
            id: my-score
            title: {en: A score}
            applies_to: {variable: therapy_class, is: interferon}
            why: {en: Because.}
            items:
              - id: age
                bands:
                  - {if: {variable: age, below: 45}, points: 2}
                  - {if: {variable: age, at_least: 45}, points: 0}
              - id: quiet
                bands:
                  - {if: {variable: years_quiet, at_most: 4}, points: 2}
                  - {if: {variable: years_quiet, at_least: 4}, points: 1}
              - id: mri
                bands:
                  - {if: {variable: mri_activity_2y, above: 1}, points: 2}
            evidence: [my-study]
        """,
    )
    assert [(line, message) for _, line, message in faults] == [
        (13, "my-score: quiet: bands 1 and 2 overlap"),
        (14, "my-score: mri: the bands leave some people out"),
    ]


def test_documents_and_criteria_are_told_together_in_order(tmp_path: Path) -> None:
    flag = FLAG.replace("age, at", "agee, at").replace("[my-study]", "[no-study]")
    site = overlay(tmp_path, flags__a=flag)
    faults = [fault for fault in check_library([site]) if fault.file.startswith(str(tmp_path)) and not fault.note]
    assert [fault.line for fault in faults] == [5, 8]
