"""What is kept of the library between runs is what its files say, and never more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stepdown.knowledge import library, yamlfile
from stepdown.knowledge.kept import Kept
from stepdown.knowledge.yamlfile import Located, parse

ONE = b"# first\nid: a\nvalue: 5.0\n"
LIST = b"# first\n- id: a\n- id: b\n  value: null\n"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "stepdown"


def test_the_library_is_the_same_read_or_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    read = library._load.__wrapped__(str(library.SHIPPED), ())

    def never(*_: object) -> Located:
        raise AssertionError("the YAML was read again")

    monkeypatch.setattr(yamlfile, "parse", never)
    again = library._load.__wrapped__(str(library.SHIPPED), ())
    assert (again.digest, again.documents, again.origins) == (read.digest, read.documents, read.origins)


@pytest.mark.parametrize("content", [ONE, LIST])
def test_data_and_lines_of_documents_are_kept(content: bytes) -> None:
    first = Kept()
    first.parse(content, "x.yaml")
    first.save()
    found, plain = Kept().parse(content, "x.yaml"), parse(content, "x.yaml")
    assert found.data == plain.data
    places = [(0,), (1,)] if isinstance(plain.data, list) else [()]
    assert [found.line(place) for place in places] == [plain.line(place) for place in places]


def test_a_file_of_equal_size_with_another_number_is_read_anew() -> None:
    first = Kept()
    first.parse(ONE, "x.yaml")
    first.save()
    assert Kept().parse(ONE.replace(b"5", b"6"), "x.yaml").data["value"] == 6.0


def test_what_is_no_longer_written_is_dropped(cache: Path) -> None:
    for content in (ONE, LIST):
        now = Kept()
        now.parse(content, "x.yaml")
        now.save()
    (file,) = cache.iterdir()
    assert list(Kept()._before) == list(now.found)
    assert file.suffix == ".json"


@pytest.mark.parametrize("broken", [b"", b"{", b"[1]", b"null"])
def test_a_broken_cache_is_passed_over(cache: Path, broken: bytes) -> None:
    first = Kept()
    first.parse(ONE, "x.yaml")
    first.save()
    (file,) = cache.iterdir()
    file.write_bytes(broken)
    assert Kept().parse(ONE, "x.yaml").data == {"id": "a", "value": 5.0}
    digest = next(iter(first.found))
    file.write_text(json.dumps({digest: 5}), encoding="utf-8")
    assert Kept().parse(ONE, "x.yaml").data == {"id": "a", "value": 5.0}


def test_a_folder_that_cannot_be_written_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    found = Kept()
    assert found.parse(ONE, "x.yaml").data["id"] == "a"
    found.save()
