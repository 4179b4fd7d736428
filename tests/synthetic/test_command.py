"""The command that writes a registry."""

from __future__ import annotations

from pathlib import Path

import pytest

from stepdown.cli import run
from stepdown.knowledge.library import load
from stepdown.record.folder import open_folder


def test_a_registry_is_written_and_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "registry"
    assert run(["example", "--registry", "30", "--to", str(folder), "--seed", "2"]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        f"30 made-up people in {folder}, the truth about them in {folder / 'truth'}",
        f"stepdown screen {folder} --on 2026-03-01",
    ]
    assert said.err == ""
    assert len(open_folder(folder, load()).files) > 10


@pytest.mark.parametrize(("form", "what"), [("ndjson", "{}"), ("omop", "duckdb:///{}/cdm.duckdb")])
def test_every_form_says_what_to_screen(
    form: str, what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "registry"
    assert run(["example", "--registry", "10", "--to", str(folder), "--as", form]) == 0
    assert capsys.readouterr().out.splitlines()[1] == f"stepdown screen {what.format(folder)} --on 2026-03-01"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--registry", "5"], "--to: a registry needs a folder"),
        (["--registry", "5", "--to", "new", "--as", "csv"], "--as: a registry cannot be written as 'csv'"),
        (["--registry", "0", "--to", "new"], "--registry: 0 people cannot be made"),
        (["--registry", "5", "--to", "new", "--seed", "-1"], "--seed: the seed -1 is negative"),
        (["almost-nothing", "--registry", "5", "--to", "new"], "--registry: an example and a registry at once"),
    ],
)
def test_a_wrong_call_is_one_line(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["example", *arguments]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"stepdown: {says}")
    assert said.count("\n") == 1
    assert not list(tmp_path.iterdir())
