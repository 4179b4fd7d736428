"""The command `screen`: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from stepdown.cli import run
from stepdown.knowledge.library import load
from stepdown.report import screen_book
from tests.cohort.made import everybody, write


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(everybody(), tmp_path_factory.mktemp("tables"), "csv")


def test_a_summary_alone(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["screen", str(folder), "--on", "2026-03-01"]) == 0
    found = capfd.readouterr()
    assert found.err == ""
    assert found.out.startswith("11 people, looked at on 1 March 2026\n")
    lines = found.out.splitlines()
    panel = next(at for at, line in enumerate(lines) if line.endswith("Panel view on de-escalation, 2025"))
    assert lines[panel].split()[:2] == ["left", "unknown"]
    assert lines[panel + 1].split()[:3] == ["4", "1", "6"]
    assert "Supports the judgement of the treating team" in found.out


def test_a_summary_says_titles_and_no_keys(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["screen", str(folder), "--on", "2026-03-01"]) == 0
    said = capfd.readouterr().out
    library = load()
    keys = [*library.flags, *library.guidelines, *(name for name in library.variables if "_" in name)]
    assert [key for key in keys if re.search(rf"\b{key}\b", said)] == []
    assert sum(flag.title["en"] in said for flag in library.flags.values()) >= 5


def test_rows_and_problems_as_csv(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    tables = write(everybody(), tmp_path / "tables", "csv")
    with (tables / "person.csv").open("a") as file:
        file.write("=1+1,1970,,female,,\n")
    with (tables / "relapse.csv").open("a") as file:
        file.write('"=1+1",soon,,,,,,,\n')
    out = tmp_path / "screened.csv"
    assert run(["screen", str(tables), "--on", "2026-03-01", "--out", str(out)]) == 0
    assert "1  No date: relapse.csv:" in capfd.readouterr().out
    rows = pl.read_csv(out, infer_schema=False)
    assert rows.height == 12
    assert "'=1+1" in rows["person_id"].to_list()
    problems = pl.read_csv(tmp_path / "screened.problems.csv").rows(named=True)
    assert [one["said"] for one in problems if one["problem"] == "not-a-date"] == ["soon"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "screened.csv", "screened.csv.manifest.json", "screened.problems.csv", "tables"
    ]  # fmt: skip


def test_a_workbook_and_a_page(folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out, page = tmp_path / "work.xlsx", tmp_path / "summary.html"
    assert run(["screen", str(folder), "--on", "2026-03-01", "--out", str(out), "--summary", str(page)]) == 0
    assert capfd.readouterr().out.endswith(f"Written: {out}\nWritten: {page}\n")
    assert sorted(path.name for path in tmp_path.iterdir() if "problems" not in path.name) == [
        "summary.html", "work.xlsx", "work.xlsx.manifest.json"
    ]  # fmt: skip
    assert "one row a person: work.xlsx" in page.read_text(encoding="utf-8")


def test_too_many_people_for_a_workbook_are_refused_before_any_work(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen_book, "MOST", 10)
    out = tmp_path / "work.xlsx"
    assert run(["screen", str(folder), "--on", "2026-03-01", "--out", str(out)]) == 2
    said = capfd.readouterr().err
    assert "11 people are more than the 10 that a sheet holds" in said
    assert "end it in .parquet" in said
    assert len(said.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--out", "rows.txt"], "files that end in '.txt' are not written"),
        (["--summary", "page.pdf"], "files that end in '.pdf' are not written"),
        (["--summary", "nowhere/at/all.html"], "its folder does not exist"),
        (["--ids"], "only a summary page names people"),
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
