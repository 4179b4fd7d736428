"""Faults inside documents: codes, languages, and one id that means two things."""

from __future__ import annotations

from pathlib import Path

from tests.knowledge.overlays import FLAG, SOURCE, overlay
from tests.knowledge.test_check import DAY, DRUG, found, told

CODES = """
    id: my-codes
    title: {en: My codes}
    table: lab
    entries:
      igg:
        codes: {loinc: ["2465-3", "2465-4"],
                snomed: ["24700008"], local: ["anything at all"]}
"""
GUIDELINE = """
    id: my-guideline
    title: {en: My guideline}
    kind: guideline
    question: discontinue
    in_force: {from: 2026-01-01}
    reviewed: 2026-11-22
    status: verified
    taken_from: {en: Page 1.}
    criteria:
      - id: old
        role: requires
        if: {variable: age, at_least: 60}
        why: {en: Sixty or more.}
        evidence: [my-study]
    evidence: [my-study]
"""
OTHER = GUIDELINE.replace("my-guideline", "other-guideline")


def test_a_code_that_its_system_cannot_have_is_a_fault_with_its_line(tmp_path: Path) -> None:
    faults = told(found(tmp_path, codes__a=CODES))
    assert [(line, message.split(": ", 1)[1]) for _, line, message in faults] == [
        (6, "'2465-4' is not a LOINC code: its check digit is wrong"),
        (7, "'24700008' is not a SNOMED CT concept: its check digit is wrong"),
    ]


def test_the_codes_of_a_drug_are_checked_too(tmp_path: Path) -> None:
    drug = DRUG + '    codes: {atc: ["L04AG3"]}\n'
    ((_, line, message),) = told(found(tmp_path, evidence__study=SOURCE, therapies__a=drug))
    assert (line, message) == (10, "my-drug: 'L04AG3' is not a code of atc")


def test_prose_has_its_languages(tmp_path: Path) -> None:
    half = FLAG.replace("{en: My flag}", "{en: My flag, de: Mein Hinweis}").replace(
        "{en: Sixty or more.}", "{en: Sixty or more., de: Sechzig oder mehr.}"
    )
    notes = found(tmp_path / "half", evidence__study=SOURCE, flags__a=half)
    assert [(fault.line, fault.note, fault.message) for fault in notes] == [
        (7, True, "my-flag: do is not in de, in which the rest of the document is")
    ]
    whole = half.replace("{en: Think of it.}", "{en: Think of it., de: Daran denken.}")
    assert found(tmp_path / "whole", evidence__study=SOURCE, flags__a=whole) == []


def test_prose_in_no_language_or_without_words_is_a_fault(tmp_path: Path) -> None:
    wrong = FLAG.replace("{en: My flag}", "{en: My flag, german: Mein Hinweis}").replace(
        "{en: Sixty or more.}", "{en: Sixty or more., german: ' '}"
    )
    messages = [message for _, _, message in told(found(tmp_path, evidence__study=SOURCE, flags__a=wrong))]
    assert messages == ["my-flag: 'german' is not a language"] * 2
    empty = FLAG.replace("{en: Sixty or more.}", "{en: Sixty or more., de: ' '}")
    messages = [message for _, _, message in told(found(tmp_path / "b", evidence__study=SOURCE, flags__a=empty))]
    assert messages == ["my-flag: has no words in 'de'"]


def test_one_id_with_two_meanings_is_a_note(tmp_path: Path) -> None:
    def notes(other: str, folder: str) -> list[tuple[str, str, bool]]:
        site = tmp_path / folder
        faults = found(site, evidence__study=SOURCE, guidelines__a=GUIDELINE, guidelines__b=other)
        return [(Path(fault.file).name, fault.message, fault.note) for fault in faults]

    assert notes(OTHER, "same") == []
    assert notes(OTHER.replace("at_least: 60", "at_least: 70"), "other-number") == []
    message = "other-guideline: 'old' tests edss, and in my-guideline age: two meanings of one id"
    assert notes(OTHER.replace("variable: age", "variable: edss"), "other-variable") == [("b.yaml", message, True)]


def test_a_document_of_the_wrong_form_does_not_stop_these_checks(tmp_path: Path) -> None:
    site = overlay(tmp_path, guidelines__a="id: x\ncriteria: 3\n", codes__b="id: y\nentries: {z: {codes: [1]}}\n")
    assert {fault.line for fault in found(site, DAY)}
