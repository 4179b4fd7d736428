"""The pages of the library: nothing left out, every link leads somewhere, the committed ones are those of today."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from posixpath import dirname, join, normpath

import pytest

from stepdown.errors import InputError
from stepdown.knowledge.criterion_words import in_words
from stepdown.knowledge.library import load_named
from stepdown.knowledge.schema import Estimate
from stepdown.report.pages import MARK, pages, write
from stepdown.report.pages.book import Book
from stepdown.report.pages.evidence import amount
from stepdown.report.pages.markdown import escaped, link
from tests.knowledge.overlays import FLAG, SOURCE, overlay

LIBRARY = load_named("shipped")
PAGES = pages(LIBRARY)
BOOK = Book(LIBRARY)
COMMITTED = Path(__file__).parents[2] / "docs" / "library"


def on_disk(folder: Path) -> dict[str, str]:
    """Every page of a folder by its path."""
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.glob("**/*.md")}


def test_the_committed_pages_are_those_of_the_library() -> None:
    found = on_disk(COMMITTED)
    stale = sorted(name for name in PAGES.keys() | found.keys() if PAGES.get(name) != found.get(name))
    assert len(stale) == 0, f"run ./scripts/pages and commit docs/library; out of date: {', '.join(stale)}"


def test_another_process_writes_the_same_bytes(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "STEPDOWN_LIBRARY"}
    call = [str(Path(sys.executable).parent / "stepdown"), "knowledge", "pages", str(tmp_path)]
    subprocess.run(call, check=True, env=environment | {"PYTHONHASHSEED": "7"}, capture_output=True)
    assert {
        path.relative_to(tmp_path).as_posix(): path.read_text("utf-8") for path in tmp_path.glob("**/*.md")
    } == PAGES


@pytest.mark.parametrize("folder", LIBRARY.documents)
def test_every_document_stands_on_its_page(folder: str) -> None:
    for name, document in LIBRARY.documents[folder].items():
        text = PAGES[BOOK.page(folder, document)]
        assert escaped(document.title["en"]) in text, name
        assert f"`{name}`" in text or f'<a id="{name}">' in text, name
        reasoning = getattr(document, "reasoning", None)
        assert reasoning is None or escaped(reasoning["en"]) in text, name


def test_every_criterion_stands_in_words_with_its_ground() -> None:
    for guideline in LIBRARY.guidelines.values():
        text = PAGES[f"guidelines/{guideline.id}.md"]
        assert str(guideline.reviewed) in text
        for criterion in guideline.criteria:
            assert escaped(in_words(criterion.if_, LIBRARY)) in text
            assert criterion.reasoning is None or escaped(criterion.reasoning["en"]) in text
            assert all(f"[{escaped(name)}](" in text for name in criterion.evidence)
    for drug in LIBRARY.therapies.values():
        for rule in drug.rules:
            assert escaped(rule.says["en"]) in PAGES[f"therapies/{drug.id}.md"], (drug.id, rule.id)
            assert rule.if_ is None or escaped(in_words(rule.if_, LIBRARY)) in PAGES[f"therapies/{drug.id}.md"]


def test_every_source_can_be_followed_and_every_figure_has_a_row() -> None:
    for source in LIBRARY.sources.values():
        text = PAGES[f"evidence/{source.kind}.md"]
        assert not source.doi or link("x", f"https://doi.org/{source.doi}")[3:] in text, source.id
        assert not source.pmid or f"https://pubmed.ncbi.nlm.nih.gov/{source.pmid}/" in text, source.id
        assert escaped(source.says["en"]) in text
    rows = [line for name, text in PAGES.items() if name.startswith("figures/") for line in text.splitlines()]
    rows = [row for row in rows if row.startswith("| [")]
    assert len(rows) == sum(len(source.estimates) for source in LIBRARY.sources.values())


def test_every_link_between_pages_leads_to_its_place() -> None:
    anchors = {name: set(re.findall(r'<a id="([^"]+)">', text)) for name, text in PAGES.items()}
    for name, text in PAGES.items():
        for target in re.findall(r"(?<!\\)\]\(([^)]+)\)", text):
            if target.startswith("http"):
                continue
            page, _, place = target.partition("#")
            page = normpath(join(dirname(name), page))
            assert page in PAGES, (name, target)
            assert not place or place in anchors[page], (name, target)


def test_every_page_is_in_the_contents() -> None:
    listed = set(re.findall(r"\]\(([^)]+)\)", PAGES["README.md"]))
    assert listed == PAGES.keys() - {"README.md"}


def test_what_depends_on_a_document_is_told() -> None:
    text = PAGES["evidence/trial.md"]
    (row,) = [line for line in text.splitlines() if '<a id="dotms-2025">' in line]
    assert "guideline" in row.rsplit("|", 2)[1]
    assert "Used by" in PAGES["variables/person.md"]


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        ({"measure": "risk", "value": 0.122}, "12.2%"),
        ({"measure": "hazard-ratio", "value": 2.6, "low": 1.05, "high": 6.4}, "2.6 (1.05 to 6.4)"),
        ({"measure": "rate", "value": 0.16, "unit": "1/a"}, "0.16 a year"),
        ({"measure": "risk-difference", "low": 0.006, "high": 0.147}, "0.6% to 14.7%"),
        ({"measure": "risk", "high": 0.05}, "at most 5%"),
        ({"measure": "mean", "value": 3, "low": 2, "high": 4, "level": 0.9, "unit": "g/L"}, "3 (2 to 4; 90%) g/L"),
        ({"measure": "count", "events": 3}, ""),
    ],
)
def test_a_figure_in_words(figure: dict[str, object], words: str) -> None:
    estimate = {"id": "x", "outcome": "relapse", "group": {"en": "All"}, "status": "verified"} | figure
    assert amount(Estimate.model_validate(estimate)) == words


def test_pages_of_an_overlay_and_removal_of_old_ones(tmp_path: Path) -> None:
    flag = FLAG.replace("topic: infection", "topic: frailty").replace(
        "{en: Sixty or more.}", '{en: "A *bold* | claim."}'
    )
    site = load_named(str(overlay(tmp_path / "site", evidence__a=SOURCE, flags__b=flag)))
    out = tmp_path / "out"
    (out / "flags").mkdir(parents=True)
    (out / "flags" / "old.md").write_text(f"{MARK}\n\nOld.\n", encoding="utf-8")
    (out / "mine.md").write_text("# Mine\n", encoding="utf-8")
    assert write(site, out) == (len(pages(site)), 1)
    assert not (out / "flags" / "old.md").exists()
    assert (out / "mine.md").read_text(encoding="utf-8") == "# Mine\n"
    text = (out / "flags" / "frailty.md").read_text(encoding="utf-8")
    assert r"A \*bold\* \| claim." in text
    assert "[my-study](../evidence/study.md#my-study) (verified)" in text
    assert "Stands in `flags/b.yaml` as `my-flag`." in text


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be written"):
        write(LIBRARY, tmp_path / "file")
