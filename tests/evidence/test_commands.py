"""The commands of the evidence: what they tell, what they draw, and wrong calls."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import pytest

from stepdown.cli import run
from stepdown.evidence.forest import Forest, Row
from stepdown.evidence.replicate import Replication
from stepdown.report import calibration, forest
from stepdown.report.evidence import show_replication
from stepdown.report.paper import console

PNG = b"\x89PNG\r\n\x1a\n"


def made(name: str, outcome: str, used: bool, seen: float, **told: object) -> Replication:
    given = {"expected": 10.0, "mean": 0.1, "low": 0.02, "high": 0.3, "rank": 0.5} | told
    return Replication(name, "study", outcome, used, "1", seen, round(seen * 100), **given)  # type: ignore[arg-type]


FOUND = [
    made("one", "relapse", True, 0.1),
    made("two", "relapse", False, 0.5),
    made("three", "mri-activity", False, 0.0, low=0.0),
    Replication("four", "study", "any-activity", False, "1/a", 0.1, 10, why="no draws of mri-activity"),
]


@pytest.mark.parametrize("width", [50, 80, 110])
def test_the_table_keeps_what_was_fitted_apart_and_fits(width: int) -> None:
    paper = io.StringIO()
    show_replication(FOUND, "text", console(paper, width))
    told = paper.getvalue()
    assert max(map(len, told.splitlines())) <= width
    assert told.index("relapse, used in the fit") < told.index("one ") < told.index("relapse, not used in the fit")
    assert told.index("relapse, not used in the fit") < told.index("two ")
    assert told.count("OUTSIDE") == 1
    assert re.search(r"any-activity, no prediction \(no draws of\s+mri-activity\):\s+four", told)


def test_the_calibration_plot_tells_marks_apart_without_colour() -> None:
    drawn = calibration.svg(FOUND)
    assert "<desc>2 of 3 groups lie inside their 95% predictive interval." in drawn
    panels = drawn.split('<g transform="translate')[1:]
    assert len(panels) == 2
    relapse, mri = panels
    assert (relapse.count("<circle"), relapse.count("<path d=") - grid(relapse)) == (1, 1)
    assert ">two</text>" in relapse  # outside, so it is named
    assert 'fill-opacity="0"' in relapse
    assert (mri.count("<circle"), 'fill-opacity="0"' in mri) == (0, False)
    assert calibration.svg([]).startswith("<svg")


def grid(panel: str) -> int:
    """Paths that are lines of the grid or the diagonal."""
    return panel.count("H320") + panel.count("stroke-dasharray")


def test_equal_values_lie_on_the_diagonal() -> None:
    (panel,) = calibration.svg([made("x", "relapse", True, 0.1)]).split('<g transform="translate')[1:]
    found = re.search(r'<circle cx="([0-9.]+)" cy="([0-9.]+)"', panel)
    assert found is not None
    assert float(found[1]) == pytest.approx(calibration.PANEL - float(found[2]), abs=0.2)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["list"], "worst R-hat"),
        (["list", "--outcome", "relapse"], "relapse: "),
        (["show", "age"], "tremlett-2008"),
        (["show", "discontinue:natalizumab", "--outcome", "relapse"], "before the studies"),
        (["forest", "discontinue:natalizumab"], "jouvenot"),
        (["forest", "age", "--outcome", "serious-infection"], "serious-infection: age"),
        (["replicate"], "relapse, not used in the fit"),
    ],
)
def test_the_commands_answer(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evidence", *arguments]) == 0
    assert told in capsys.readouterr().out


@pytest.mark.parametrize("width", [46, 80])
def test_a_forest_plot_keeps_names_numbers_and_bars_where_it_is_narrow(width: int) -> None:
    rows = (Row("relapse-of-someone", "s", 7.2, 2.1, 25.0),)
    paper = io.StringIO()
    forest.show(Forest("discontinue:s1p", "ratio", rows, Row("pooled", "", 3.5, 1.3, 9.5), None), console(paper, width))
    told = paper.getvalue()
    assert max(map(len, told.splitlines())) <= width
    assert "relapse-of" in told
    assert "7.2 (2.1 to 25)" in told
    assert "-o-" in told


def test_without_an_outcome_all_are_held_and_an_outcome_narrows(capsys: pytest.CaptureFixture[str]) -> None:
    def outcomes(*more: str) -> set[str]:
        assert run(["evidence", "replicate", "--format", "json", *more]) == 0
        return {found["outcome"] for found in json.loads(capsys.readouterr().out)}

    everything = {"relapse", "mri-activity", "any-activity", "disability-worsening", "serious-infection"}
    assert outcomes() == everything
    assert outcomes("--outcome", "relapse") == {"relapse"}


def test_pictures_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    svg, png = tmp_path / "f.svg", tmp_path / "f.png"
    assert run(["evidence", "forest", "age", "--svg", str(svg), "--png", str(png)]) == 0
    assert capsys.readouterr().out.split() == [str(svg), str(png)]
    assert svg.read_text(encoding="utf-8").startswith("<svg")
    assert png.read_bytes()[:8] == PNG
    arguments = ["evidence", "replicate", "--outcome", "relapse", "--format", "json", "--svg", str(svg)]
    assert run(arguments) == 0
    assert json.loads(capsys.readouterr().out)
    assert "Seen against predicted" in svg.read_text(encoding="utf-8")


def test_the_text_of_a_picture_is_not_lost() -> None:
    """Without a font a rasteriser leaves all text out and says nothing."""
    from stepdown.report.picture import png

    frame = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="20" font-family="sans-serif">{}</svg>'
    assert png(frame.format('<text x="2" y="15">relapse</text>')) != png(frame.format(""))


def test_without_the_extra_a_png_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    assert run(["evidence", "forest", "age", "--png", str(tmp_path / "f.png")]) == 2
    error = capsys.readouterr().err
    assert "needs the extra 'plots'" in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["forest", "discontinue:natalizumabb"], "did you mean 'discontinue:natalizumab'"),
        (["list", "--outcome", "joy"], "no synthesis of 'joy'"),
        (["replicate", "--outcome", "joy"], "no group is of 'joy'"),
        (["replicate", "--cohorts", "/nowhere.yaml"], "nowhere.yaml"),
        (["list", "--draws", "/nowhere"], "there are no draws"),
        (["replicate", "--draws", "/nowhere"], "there are no draws"),
        (["forest", "age", "--svg", "/nowhere/f.svg"], "cannot be written"),
        (["fit", "--samples", "0"], "samples"),
        (["replicate", "--seed", "-1"], "seed"),
    ],
)
def test_a_wrong_call_is_one_line(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evidence", *arguments]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
