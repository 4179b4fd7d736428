from __future__ import annotations

import os
from pathlib import Path

import pytest

from stepdown.errors import InputError
from stepdown.knowledge.folders import FOLDERS
from stepdown.knowledge.library import load
from tests.knowledge.overlays import FLAG, SOURCE, overlay


def test_the_shipped_library_loads_with_version_and_digest() -> None:
    library = load()
    assert library.version == "2026.11"
    assert library.digest.startswith("sha256:")
    assert len(library.digest) == len("sha256:") + 64
    assert library.overlays == ()
    assert set(library.documents) == set(FOLDERS)
    for folder in ("variables", "therapies", "classes", "evidence", "definitions", "domains"):
        assert library.documents[folder], folder


def test_every_document_knows_its_file_and_line() -> None:
    library = load()
    for folder, documents in library.documents.items():
        for name in documents:
            origin = library.origins[folder, name]
            line = Path(origin.file).read_text(encoding="utf-8").splitlines()[origin.line - 1]
            assert "id:" in line, f"{origin}"


def test_an_overlay_adds_and_changes_and_is_told(tmp_path: Path) -> None:
    plain = load()
    site = overlay(
        tmp_path / "site",
        evidence__study=SOURCE,
        flags__flag=FLAG,
        classes__anti="""
            id: anti-cd20
            title: {en: Anti-CD20 antibodies}
            efficacy: high
            step_down_to: [glatiramer]
            evidence: [my-study]
        """,
    )
    found = load([site])
    assert found.overlays[0].path == str(site)
    assert found.overlays[0].added == ("evidence/my-study", "flags/my-flag")
    assert found.overlays[0].changed == ("classes/anti-cd20",)
    assert found.classes["anti-cd20"].step_down_to == ("glatiramer",)
    assert found.origins["classes", "anti-cd20"].file == str(site / "classes" / "anti.yaml")
    assert set(found.flags) == {*plain.flags, "my-flag"}
    assert found.version == plain.version
    assert found.digest != plain.digest
    assert plain.classes["anti-cd20"].step_down_to != ("glatiramer",)


def test_the_digest_is_that_of_the_content_alone(tmp_path: Path) -> None:
    one = overlay(tmp_path / "one", evidence__study=SOURCE)
    same = overlay(tmp_path / "same", evidence__renamed="# a comment\n" + SOURCE)
    other = overlay(tmp_path / "other", evidence__study=SOURCE.replace("Something.", "Something else."))
    assert load([one]).digest == load([same]).digest != load([other]).digest


def test_a_later_overlay_wins_and_the_environment_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = overlay(tmp_path / "first", evidence__study=SOURCE)
    second = overlay(tmp_path / "second", evidence__study=SOURCE.replace("My study", "My second study"))
    monkeypatch.setenv("STEPDOWN_LIBRARY", os.pathsep.join([str(first)]))
    assert load([second]).sources["my-study"].title["en"] == "My second study"
    assert [told.path for told in load([second]).overlays] == [str(first), str(second)]
    monkeypatch.setenv("STEPDOWN_LIBRARY", str(second))
    assert load([first]).sources["my-study"].title["en"] == "My study"


@pytest.mark.parametrize(
    ("documents", "where", "what"),
    [
        ({"flags__a": FLAG.replace("topic: infection", "topic: weather")}, "flags/a.yaml:3", "my-flag: topic"),
        ({"flags__a": FLAG.replace("    evidence: [my-study]\n", "")}, "flags/a.yaml:1", "name the evidence"),
        ({"flags__a": FLAG.replace("do: {en:", "do: {de:")}, "flags/a.yaml:7", "English"),
        ({"flags__a": FLAG + "    colour: red\n"}, "flags/a.yaml:9", "my-flag: colour"),
        ({"flags__a": "- 3\n"}, "flags/a.yaml:1", "a document is a mapping with an id"),
        ({"flags__a": FLAG, "flags__b": FLAG}, "flags/b.yaml:1", "given twice"),
        ({"flaggs__a": FLAG}, "flaggs", "the library has no folder 'flaggs'"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(
    tmp_path: Path, documents: dict[str, str], where: str, what: str
) -> None:
    with pytest.raises(InputError) as caught:
        load([overlay(tmp_path, **documents)])
    assert caught.value.where == f"{tmp_path}/{where}"
    assert what in caught.value.what
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["flag.yaml", "flags/flag.yml", "flags/flag.json"])
def test_no_document_is_passed_over_in_silence(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("id: x", encoding="utf-8")
    with pytest.raises(InputError, match=r"flag\.(yaml|yml|json): a document"):
        load([tmp_path])


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a folder of documents"):
        load([tmp_path / "none"])


def test_a_variable_that_can_go_stale_has_two_companions() -> None:
    variables = load().variables
    assert variables["igg"].freshness is not None
    assert variables["igg_last"].unit == "g/L"
    assert variables["igg_last"].freshness is None
    assert (variables["igg_last_months"].kind, variables["igg_last_months"].unit) == ("number", "mo")
    assert "age_last" not in variables


def test_values_of_a_category_that_is_a_list_of_drugs() -> None:
    library = load()
    assert library.values("therapy") == (*sorted(library.therapies), "other", "none")
    assert library.values("therapy_class") == (*sorted(library.classes), "other", "none")
    assert library.values("course")[:2] == ("cis", "rrms")
