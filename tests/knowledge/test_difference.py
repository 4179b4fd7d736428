"""Two libraries, document by document."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from stepdown.errors import InputError
from stepdown.knowledge.as_written import as_written
from stepdown.knowledge.difference import Edit, difference
from stepdown.knowledge.folders import FOLDERS
from stepdown.knowledge.library import SHIPPED, load, load_named
from stepdown.knowledge.uses import users
from stepdown.knowledge.yamlfile import parse
from tests.knowledge.overlays import FLAG, SOURCE, overlay

LIBRARY = load_named("shipped")


def changed(root: Path, name: str, *swaps: tuple[str, str]) -> Path:
    """A copy of a shipped document with some text replaced, in a folder of its own."""
    text = as_written(LIBRARY, name)
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new)
    return overlay(root, **{f"{name.split('/')[0]}__changed": text})


def test_a_library_does_not_differ_from_itself(tmp_path: Path) -> None:
    assert difference(LIBRARY, LIBRARY) == []
    assert difference(LIBRARY, load_named(str(changed(tmp_path, "guidelines/discoms-entry")))) == []


def test_a_changed_criterion_is_told_in_words_and_nothing_else(tmp_path: Path) -> None:
    site = changed(tmp_path, "guidelines/discoms-entry", ("at_least: 55", "at_least: 65"))
    (change,) = difference(LIBRARY, load_named(str(site)))
    assert (change.document, change.how) == ("guidelines/discoms-entry", "changed")
    assert change.edits == (Edit("criteria/age/if", "age at least 55 years", "age at least 65 years"),)
    (back,) = difference(load_named(str(site)), LIBRARY)
    assert back.edits == (Edit("criteria/age/if", "age at least 65 years", "age at least 55 years"),)


def test_a_new_or_missing_criterion_is_told_whole(tmp_path: Path) -> None:
    new = "{id: walks, role: requires, if: {variable: edss, at_most: 6}, why: {en: Walks.}, evidence: [atc]}"
    site = changed(tmp_path, "guidelines/discoms-entry", ("criteria:", f"criteria:\n  - {new}"))
    (change,) = difference(LIBRARY, load_named(str(site)))
    (edit,) = change.edits
    assert (edit.part, edit.old) == ("criteria/walks", None)
    assert edit.new == "id: walks; role: requires; if: EDSS at most 6; why: Walks."
    (gone,) = difference(load_named(str(site)), LIBRARY)[0].edits
    assert (gone.part, gone.old, gone.new) == ("criteria/walks", edit.new, None)


def test_added_and_removed_documents(tmp_path: Path) -> None:
    site = load_named(str(overlay(tmp_path, evidence__a=SOURCE, flags__b=FLAG)))
    assert [(one.document, one.how) for one in difference(LIBRARY, site)] == [
        ("evidence/my-study", "added"), ("flags/my-flag", "added"),
    ]  # fmt: skip
    assert {one.how for one in difference(site, LIBRARY)} == {"removed"}


def test_a_folder_with_a_version_is_a_whole_library(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    shutil.copytree(SHIPPED, whole)
    assert difference(LIBRARY, load_named(str(whole))) == []
    (whole / "scores" / "viaadisc.yaml").unlink()
    (whole / "VERSION").write_text("2027.01\n", encoding="utf-8")
    other = tmp_path / "other"
    whole.rename(other)
    library = load_named(str(other))
    assert library.version == "2027.01"
    assert [(one.document, one.how) for one in difference(LIBRARY, library)] == [("scores/viaadisc", "removed")]


def test_the_environment_does_not_change_what_a_name_means(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEPDOWN_LIBRARY", str(overlay(tmp_path, evidence__a=SOURCE)))
    assert "my-study" in load().sources
    assert "my-study" not in load_named("shipped").sources


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_document_as_written_is_the_document(folder: str) -> None:
    for name, document in LIBRARY.documents[folder].items():
        data = parse(as_written(LIBRARY, f"{folder}/{name}"), name).data
        assert FOLDERS[folder].model_validate(data) == document, name


def test_an_id_of_two_kinds_has_to_be_said_with_its_kind() -> None:
    with pytest.raises(InputError, match="classes/natalizumab or therapies/natalizumab"):
        as_written(LIBRARY, "natalizumab")


def test_what_depends_on_what() -> None:
    found = users(LIBRARY)
    assert "guidelines/discoms-entry" in found["variables", "age"]
    assert "guidelines/discoms-entry" in found["classes", "interferon"]
    assert "guidelines/discoms-entry" in found["evidence", "discoms-2023"]
    assert "classes/s1p" in found["therapies", "ocrelizumab"]
    assert ("variables", "igg_last") not in found
    assert "flags/igg-low-with-infection" in found["variables", "igg"]
