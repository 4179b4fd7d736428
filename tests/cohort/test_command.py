"""The command `screen`: what it prints, what it writes, and how it ends."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from stepdown.cli import run
from tests.cohort.made import everybody, write


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(everybody(), tmp_path_factory.mktemp("tables"), "csv")


def test_a_summary_alone(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["screen", str(folder), "--on", "2026-03-01"]) == 0
    found = capfd.readouterr()
    assert found.err == ""
    assert "11 people on 2026-03-01" in found.out
    assert "Recommended" in found.out
    line = next(line.split() for line in found.out.splitlines() if line.startswith("panel-2025"))
    assert line == ["panel-2025", "applies", "4", "1", "6"]


def test_rows_and_problems_as_csv(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    tables = write(everybody(), tmp_path / "tables", "csv")
    with (tables / "person.csv").open("a") as file:
        file.write("=1+1,1970,,female,,\n")
    with (tables / "relapse.csv").open("a") as file:
        file.write('"=1+1",soon,,,,,,,\n')
    out = tmp_path / "screened.csv"
    assert run(["screen", str(tables), "--on", "2026-03-01", "--out", str(out)]) == 0
    assert "1 not-a-date: relapse.csv:" in capfd.readouterr().out
    rows = pl.read_csv(out, infer_schema=False)
    assert rows.height == 12
    assert "'=1+1" in rows["person_id"].to_list()
    problems = pl.read_csv(tmp_path / "screened.problems.csv").rows(named=True)
    assert [one["said"] for one in problems if one["problem"] == "not-a-date"] == ["soon"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "screened.csv", "screened.csv.manifest.json", "screened.problems.csv", "tables"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--out", "rows.txt"], "files that end in '.txt' are not written"),
        (["--draws", "100"], "draws are only made for risks"),
        (["--on", "2999-01-01"], "lies in the future"),
        (["--guideline", "nobody"], "no guideline is called 'nobody'"),
        (["--risks", "--draws", "0"], "0"),
    ],
)
def test_a_wrong_call_is_one_line(
    folder: Path, arguments: list[str], says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["screen", str(folder), *arguments]) == 2
    found = capfd.readouterr()
    assert found.out == ""
    assert len(found.err.splitlines()) == 1
    assert says in found.err


def test_no_such_folder(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["screen", str(tmp_path / "nothing")]) == 2
    assert "is not a folder" in capfd.readouterr().err
