"""No cell of a CSV file is taken for a formula."""

from __future__ import annotations

import csv
import io

import pytest

from stepdown.report.cells import csv_lines, neutral


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1+cmd", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"])
def test_a_text_that_a_spreadsheet_would_run_is_neutralised(cell: str) -> None:
    assert neutral(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["a=1", "", "2026-03-01", -1, -0.5, None, "'=1"])
def test_everything_else_stays_as_it_is(cell: object) -> None:
    assert neutral(cell) == cell


def test_lines_are_read_again_as_they_were() -> None:
    rows: list[list[object]] = [["a", "b"], ['say "no", twice', "line\nline"], [None, 1]]
    text = b"".join(csv_lines(("x", "y"), rows)).decode()
    read = list(csv.reader(io.StringIO(text)))
    assert read == [["x", "y"], ["a", "b"], ['say "no", twice', "line\nline"], ["", "1"]]
