from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from stepdown.knowledge.check import Fault, check
from stepdown.record.tables import TABLES
from tests.knowledge.overlays import FLAG, SOURCE, overlay

DAY = date(2026, 11, 22)
DRUG = """
    id: my-drug
    title: {en: My drug}
    class: glatiramer
    brands: [Mydrug]
    names: [my drug]
    regimens:
      - {id: sc, route: sc, setting: home, evidence: [my-study]}
    rules:
      - {id: one, applies: start, effect: caution, says: {en: So.}, evidence: [my-study]}
"""


SECOND = SOURCE.replace("my-study", "second-study")


def found(root: Path, today: date = DAY, /, **documents: str) -> list[Fault]:
    """Faults and notes that stand in an overlay."""
    site = overlay(root, **documents)
    return [fault for fault in check([site], today, TABLES) if fault.file.startswith(str(root))]


def told(faults: list[Fault]) -> list[tuple[str, int, str]]:
    """File, line and message of the faults that are not mere notes."""
    return [(Path(fault.file).name, fault.line, fault.message) for fault in faults if not fault.note]


def test_the_shipped_library_is_clean() -> None:
    assert [str(fault) for fault in check(today=DAY, tables=TABLES)] == []


def test_a_clean_overlay_is_clean(tmp_path: Path) -> None:
    assert found(tmp_path, evidence__study=SOURCE, flags__flag=FLAG, therapies__drug=DRUG) == []


@pytest.mark.parametrize(
    ("folder", "text", "line", "message"),
    [
        ("flags", FLAG.replace("[my-study]", "[my-studdy]"), 8, "nothing is called 'my-studdy' in evidence"),
        ("therapies", DRUG.replace("class: glatiramer", "class: glatirammer"), 3, "'glatirammer' in classes"),
        ("therapies", DRUG.replace("effect: caution", "from_class: [x], effect: caution"), 9, "'x' in classes"),
        ("therapies", DRUG.replace("effect: caution", "effect: warn"), 9, "rules.0.effect: Input should be"),
        ("therapies", DRUG.replace("effect: caution", "kinds: [stop], effect: caution"), 9, "rules.0.kinds.0: Input"),
        ("therapies", DRUG.replace("route: sc", "route: nasal"), 7, "regimens.0.route: Input should be"),
        ("therapies", DRUG.replace("[my drug]", "[ocrelizumab]"), 1, "the name 'ocrelizumab' also belongs to"),
        ("therapies", DRUG + "    codes: {atc: [L04AG03]}\n", 1, "the atc 'L04AG03' also belongs to natalizumab"),
        ("therapies", DRUG + DRUG[DRUG.index("      - {id: one") :], 10, "rules: the id 'one' is given twice"),
        ("therapies", DRUG + "    acting_months: 3\n", 1, "acting_months needs the evidence"),
        ("therapies", DRUG.replace(", evidence: [my-study]}\n    rules", "}\n    rules"), 7, "name the evidence"),
        ("classes", "{id: new, title: {en: New}, efficacy: high, step_down_to: [aspirin], evidence: [my-study]}", 1,
         "step_down_to: nothing is called 'aspirin' in therapies"),
        ("classes", "{id: new, title: {en: New}, efficacy: high}", 1, "name the evidence"),
        ("classes", "{id: new, title: {en: New}, efficacy: high, assumption: true}", 1, "an assumption needs"),
        ("variables", "{id: x, title: {en: X}, kind: number, unit: furlong, meaning: {en: X.}}", 1, "'furlong' is not"),
        ("variables", "{id: x, title: {en: X}, kind: truth, tables: [labb], meaning: {en: X.}}", 1, "'labb' in tables"),
        ("variables", "{id: x, title: {de: X}, kind: truth, meaning: {en: X.}}", 1, "title: prose is a mapping"),
        ("variables", "{id: x, title: {en: ' '}, kind: truth, meaning: {en: X.}}", 1, "and English"),
        ("codes", "{id: x, title: {en: X}, table: lab, extends: labz, entries: {}}", 1, "called 'labz' in codes"),
        ("codes", "{id: x, title: {en: X}, table: labz, entries: {}}", 1, "table: nothing is called 'labz'"),
        ("instruments", "{id: x, title: {en: X}, variable: happiness, better: higher, low: 0, high: 1, "
         "measures: burden, evidence: [my-study]}", 1, "'happiness' in variable"),
        ("evidence", SECOND.replace("10.1000/1", "doi:10.1000/1"), 5, "is not a doi"),
        ("evidence", SECOND.replace("doi: 10.1000/1", "pmid: PMC12"), 5, "'PMC12' is not a pmid"),
        ("evidence", SECOND.replace("doi: 10.1000/1", "url: www.example.org"), 5, "is not a url"),
        ("evidence", SECOND.replace("    doi: 10.1000/1\n", ""), 5, "nothing leads to it"),
        ("evidence", SECOND.replace("2026-11-22", "2026-11-23"), 8, "lies in the future"),
        ("evidence", SECOND.replace("2026-11-22", "2026-11"), 8, "reviewed: Input should be"),
        ("evidence", SOURCE.replace("my-study", "My Study"), 1, "id: String should match pattern"),
        ("flags", FLAG + "    do: {en: Twice.}\n", 9, "the key 'do' is given twice"),
        ("flags", "- 3\n", 1, "a document is a mapping with an id"),
        ("flags", "id: [", 2, "is not YAML or JSON"),
    ],
)  # fmt: skip
def test_each_fault_is_found_with_its_file_and_line(
    tmp_path: Path, folder: str, text: str, line: int, message: str
) -> None:
    faults = told(found(tmp_path, evidence__study=SOURCE, **{f"{folder}__a": text}))
    assert [(file, at) for file, at, _ in faults] == [("a.yaml", line)]
    assert message in faults[0][2]


def test_all_faults_are_found_not_only_the_first(tmp_path: Path) -> None:
    broken = FLAG.replace("topic: infection", "topic: weather").replace("action: inform", "action: shout")
    faults = found(
        tmp_path,
        evidence__study=SOURCE,
        flags__a=broken,
        flags__b="id: [",
        flags__c=FLAG.replace("[my-study]", "[one, two]"),
        flags__d=FLAG.replace("my-flag", "other-flag"),
        flags__e=FLAG.replace("my-flag", "other-flag"),
    )
    assert [(file, line) for file, line, _ in told(faults)] == [
        ("a.yaml", 3), ("a.yaml", 4), ("b.yaml", 2), ("c.yaml", 1), ("c.yaml", 8), ("c.yaml", 8), ("e.yaml", 1),
    ]  # fmt: skip


def test_a_document_of_the_wrong_form_is_still_there_to_be_cited(tmp_path: Path) -> None:
    faults = told(found(tmp_path, evidence__study=SOURCE.replace("kind: study", "kind: rumour"), flags__flag=FLAG))
    assert [(file, line) for file, line, _ in faults] == [("study.yaml", 3)]


def test_a_folder_that_the_library_does_not_have_is_a_fault(tmp_path: Path) -> None:
    faults = told(found(tmp_path, flaggs__a=FLAG))
    assert len(faults) == 1
    assert "no folder 'flaggs'" in faults[0][2]


def test_what_is_old_or_not_cited_is_a_note(tmp_path: Path) -> None:
    def notes(today: date) -> list[tuple[int, bool, str]]:
        return [(fault.line, fault.note, fault.message) for fault in found(tmp_path, today, evidence__study=SOURCE)]

    orphan = (1, True, "my-study: no document cites this source and it carries no finding")
    assert notes(date(2028, 11, 30)) == [orphan]
    assert notes(date(2028, 12, 1)) == [
        orphan,
        (8, True, "my-study: last reviewed on 2026-11-22: a review is overdue"),
    ]


def test_a_source_that_only_a_replaced_document_cites_is_no_orphan(tmp_path: Path) -> None:
    first = overlay(tmp_path / "first", evidence__study=SOURCE, flags__flag=FLAG)
    second = overlay(tmp_path / "second", flags__flag=FLAG.replace("[my-study]", "[atc]"))
    assert [str(fault) for fault in check([first, second], DAY) if fault.file.startswith(str(tmp_path))] == []


def test_a_fault_is_one_line() -> None:
    assert str(Fault("a.yaml", 3, "bad\nthing")) == "a.yaml:3: bad thing"
    assert str(Fault("a.yaml", 3, "old", note=True)) == "a.yaml:3: note: old"
