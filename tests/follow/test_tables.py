"""The worklist as text, CSV and workbook; the command and its exit status."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import orjson
import pytest

from stepdown.cli import run
from stepdown.report import examples
from stepdown.report.follow import follow_text
from stepdown.report.follow_table import COLUMNS, follow_csv, follow_xlsx
from stepdown.report.words import Words
from tests.follow.made import LATER, LIBRARY, STOPPED, followed, person

WORDS = Words(LIBRARY)
EVIL = "=HYPERLINK(0)"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("people")
    for file in LATER:
        (folder / f"{file.parent.name}.yaml").write_bytes(file.read_bytes())
    return folder


def evil() -> dict[str, Any]:
    quiet = person(**STOPPED, relapses=[{"date": "2025-11-04"}])
    return followed(quiet | {"person": {"id": EVIL, "born": 1962}})


def test_one_line_a_thing_to_do_in_the_order_of_the_worklist(people: Path, capfdbinary: Any) -> None:
    assert run(["follow", str(people), "--on", "2026-03-01", "--format", "csv"]) == 3
    rows = list(csv.DictReader(io.StringIO(capfdbinary.readouterr().out.decode())))
    assert list(rows[0]) == list(COLUMNS)
    assert [row["person"] for row in rows if row["status"] != "due"] == ["FU-05", "FU-05", "FU-10", "FU-01", "FU-04"]
    assert rows[0]["status"] == "triggered"
    late = next(row for row in rows if row["status"] == "overdue")
    assert (late["what"], late["since"], late["who"], late["last"]) == (
        "Brain MRI", "2025-09-02", "radiology", "last 19 May 2024",
    )  # fmt: skip
    assert rows[-1]["status"] == "nothing due"
    assert rows[-1]["moved"] == "IgG 3.4 to 4.1 g/L"


def test_a_formula_in_a_name_stays_text() -> None:
    rows = list(csv.reader(io.StringIO(follow_csv(evil(), WORDS).decode())))
    assert {row[0] for row in rows[1:]} == {f"'{EVIL}"}
    with zipfile.ZipFile(io.BytesIO(follow_xlsx(evil(), WORDS))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        strings = book.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet.lower()
    assert EVIL in strings


def test_the_workbook_has_filters_a_frozen_head_and_prints_on_landscape_pages() -> None:
    told = evil()
    with zipfile.ZipFile(io.BytesIO(follow_xlsx(told, WORDS))) as book:
        assert book.testzip() is None
        root = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        strings = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
        names = book.read("xl/workbook.xml").decode()
    pane = root.find(f".//{SHEET}pane")
    assert pane is not None
    assert (pane.get("ySplit"), pane.get("state")) == ("1", "frozen")
    rows = root.findall(f".//{SHEET}row")
    size = len(list(csv.reader(io.StringIO(follow_csv(told, WORDS).decode()))))
    assert len(rows) == size
    filters = root.find(f"{SHEET}autoFilter")
    assert filters is not None
    assert filters.get("ref") == f"A1:O{size}"
    page = root.find(f"{SHEET}pageSetup")
    assert page is not None
    assert (page.get("orientation"), page.get("fitToHeight")) == ("landscape", "0")
    assert "Print_Titles" in names
    texts = ["".join(item.itertext()) for item in strings.findall(f"{SHEET}si")]
    assert "Person" in texts


def test_the_page_says_who_what_and_since_when(people: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["follow", str(people), "--on", "2026-03-01"]) == 3
    page = capsys.readouterr().out
    assert "\x1b" not in page
    flat = re.sub(r"\s+", " ", page)
    for said in (
        "4 of 4 people have stepped down",
        "FU-05 TRIGGERED stopped dimethyl fumarate, 10 March 2025",
        "Within days Relapse: 2 December 2025, recovered partly",
        "New lesions: 3 new or enlarging, 2 enhancing, scan of 8 December 2025",
        "Brain MRI: overdue since 2 September 2025, last 19 May 2024, radiology",
        "IgG 3.4 to 4.1 g/L",
    ):
        assert said in flat
    assert max(map(len, page.splitlines())) <= 110
    assert len(page.splitlines()) < 50


def test_every_part_of_the_page_has_words() -> None:
    words = Words(LIBRARY)
    two = person(treatments=[{"therapy": "fingolimod", "from": "2012-01-01"},
                             {"therapy": "ocrelizumab", "from": "2012-01-01"}])  # fmt: skip
    alike = [two | {"person": {"id": f"Q{number}", "born": 1970}} for number in range(12)]
    page = follow_text(followed(person(**STOPPED), *alike), words).decode()
    assert words.unknown == set()
    flat = " ".join(page.split())
    assert "not known of 12 people: Q0, Q1, Q10, Q11, Q2, Q3, Q4, Q5 and 4 more" in flat
    assert "The same is so of Q1, Q10, Q11, Q2, Q3, Q4, Q5, Q6 and 3 more." in flat
    follow_csv(evil(), words)
    follow_xlsx(evil(), words)
    assert words.unknown == set()


def test_a_call_is_asked_for_by_its_last_day_and_nothing_is_said_of_when_it_was_made() -> None:
    stopped = [{"therapy": "fingolimod", "from": "2012", "to": "2025-10-01"}]
    page = follow_text(followed(person(treatments=stopped), on=date(2025, 10, 30)), WORDS).decode()
    assert "Call by the MS nurse: ask, the record would not show it (until " in page
    assert "last March 2012" not in page


def test_the_status_says_whether_anybody_needs_attention(people: Path, tmp_path: Path) -> None:
    for name, status in (("long-quiet-ocrelizumab", 0), ("primary-progressive-70", 3), ("fumarate-lymphopenia", 3)):
        out = tmp_path / f"{name}.json"
        assert run(["follow", str(people / f"{name}.yaml"), "--on", "2026-03-01", "--out", str(out)]) == status
        assert orjson.loads(out.read_bytes())["counts"]["people"] == 1


@pytest.mark.parametrize("ending", ["csv", "xlsx", "json", "txt"])
def test_the_ending_of_the_file_says_the_form(ending: str, people: Path, tmp_path: Path) -> None:
    out = tmp_path / f"list.{ending}"
    assert run(["follow", str(people), "--on", "2026-03-01", "--out", str(out)]) == 3
    begins = {"csv": b"person,", "xlsx": b"PK", "json": b"{", "txt": b"Follow-up"}[ending]
    assert out.read_bytes().startswith(begins)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--on", "1980-01-01"], "lies before everything on record"),
        (["--on", str(date.today() + timedelta(days=1))], "lies in the future"),
        (["--on", "soon"], "is not a day"),
        (["--on", "2026-02-30"], "is not a day"),
        (["--plans", "nowhere"], "nowhere"),
        (["--format", "xlsx"], "name a file with --out"),
        (["--out", "/nowhere/list.csv"], "cannot be written"),
        (["--format", "pdf"], "pdf"),
    ],
)
def test_a_wrong_call_is_one_line_and_status_2(
    arguments: list[str], said: str, people: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["follow", str(people), *arguments]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err
    assert told.err.count("\n") == 1


def test_nothing_to_read_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (tmp_path, tmp_path / "none.yaml"):
        assert run(["follow", str(path)]) == 2
        assert str(path) in capsys.readouterr().err


def test_the_command_waits_with_what_is_heavy() -> None:
    code = "import sys; from stepdown.cli import run; run(['follow', '--help'])"
    code += "; print([name for name in ('polars', 'numpy', 'xlsxwriter', 'yaml') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")


def test_the_examples_are_written_with_the_year_after(tmp_path: Path) -> None:
    written = [path.relative_to(tmp_path) for path in examples.write(tmp_path)]
    later = [path for path in written if path.parent.name == examples.LATER]
    assert [path.stem for path in later] == [file.parent.name for file in LATER]
    assert len(later) == 4
    assert run(["follow", str(tmp_path / examples.LATER), "--on", "2026-03-01", "--out", str(tmp_path / "a.txt")]) == 3
