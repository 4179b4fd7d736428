"""The charts: well formed, every text inside, every number also in words, and marks where the numbers put them."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from stepdown.report.charts import (
    Band,
    BarRow,
    Curve,
    CurvePanel,
    Flip,
    FlipRow,
    ForestRow,
    IconArray,
    Share,
    curves,
    forest,
    icon_array,
    palette,
    preference_map,
    risk_bars,
    small_band,
    tornado,
)
from stepdown.report.charts.draw import plain, round_up, text_width, wrap
from stepdown.report.charts.icons import legend

SPACE = "{http://www.w3.org/2000/svg}"
LONG = "A name with <angles> & signs that goes on for longer than any column of any chart was ever meant to be wide"
BAND = Band(25, 6, 60, "25 of 100, from 6 to 60; low certainty")
CURVE = Curve((0.0, 1.0, 2.0), (0.0, 10.0, 20.0), (0.0, 2.0, 5.0), (0.0, 30.0, 57.0))
OUTCOMES = [(LONG[:24], palette.RELAPSE), ("Serious infection", palette.INFECTION)]


def an_array(title: str, low: int = 2, mean: int = 9, high: int = 31, of: int = 100) -> str:
    return icon_array(IconArray(title, low, mean, high, of, ("9 have one, 91 do not.", LONG), palette.RELAPSE))


DRAW: dict[str, Callable[[str], str]] = {
    "icons": an_array,
    "icons of 1000": lambda title: an_array(title, 1, 9, 35, 1000),
    "legend": lambda title: legend((title[:40], "best estimate", "could also be", "not")),
    "bars": lambda title: risk_bars(
        title, "of 100", OUTCOMES, [BarRow(LONG, LONG, (BAND, LONG), True), BarRow("Stop", "", (BAND, BAND))]
    ),
    "one band": lambda title: small_band(BAND, 100, palette.MRI, title, 12),
    "curves": lambda title: curves(title, "of 100", "years", [CurvePanel(LONG, CURVE, LONG)] * 3, palette.MRI, CURVE),
    "tornado": lambda title: tornado(
        title, [Share(LONG, 0.9), Share("rest", 0.1)], [Share(LONG, 0.6), Share("b", 0.3)], palette.MRI, "{} of 100"
    ),
    "flips": lambda title: preference_map(
        title, "relapses", [FlipRow(LONG, 0.005, 0.2, (Flip(0.0126, "continue", "discontinue"),), LONG),
                            FlipRow("b", 1, 1, (), "no")],
        {"continue": "carry on", "discontinue": "stop"}, "no change",
    ),
    "forest": lambda title: forest(
        title, "ratio", [ForestRow(LONG, 2, 0.1, 90, "2 (0.1 to 90)"), ForestRow("pooled", 1, 0.5, 2, "1", True)],
        0.2, 20, True,
    ),
}  # fmt: skip


def root_of(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def extents(node: ElementTree.Element) -> tuple[float, float]:
    """Left and right end of a text in the widest face that may stand in."""
    x, size = float(node.attrib["x"]), float(node.attrib["font-size"])
    wide = text_width(node.text or "", size, "font-weight" in node.attrib)
    left = {"start": x, "middle": x - wide / 2, "end": x - wide}[node.attrib.get("text-anchor", "start")]
    return left, left + wide


@pytest.mark.parametrize("name", DRAW)
@pytest.mark.parametrize("title", ["Relapse", LONG])
def test_every_text_lies_inside_the_picture(name: str, title: str) -> None:
    root = root_of(DRAW[name](title))
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    for node in root.iter(f"{SPACE}text"):
        left, right = extents(node)
        assert left >= 0, node.text
        assert right <= width + 0.5, node.text
        assert 0 < float(node.attrib["y"]) <= height, node.text


@pytest.mark.parametrize("name", DRAW)
def test_lines_of_text_do_not_run_into_each_other(name: str) -> None:
    rows: dict[str, list[tuple[float, float]]] = {}
    for node in root_of(DRAW[name](LONG)).iter(f"{SPACE}text"):
        rows.setdefault(node.attrib["y"], []).append(extents(node))
    for spans in rows.values():
        ordered = sorted(spans)
        assert all(one[1] <= other[0] + 1 for one, other in pairwise(ordered)), name


@pytest.mark.parametrize("name", DRAW)
def test_it_is_named_and_described_for_who_cannot_see_it(name: str) -> None:
    root = root_of(DRAW[name]("Relapse <b> & co"))
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"].startswith("Relapse <b> & co")
    assert (root.findtext(f"{SPACE}title") or "").startswith("Relapse <b> & co")
    assert len(root.findtext(f"{SPACE}desc") or "") > 3
    assert "<script" not in DRAW[name]("<script>")


def test_an_icon_array_counts_out_its_people_in_four_looks() -> None:
    root = root_of(an_array("Relapse", 2, 9, 31))
    people = [node.attrib["d"].count("M") // 2 for node in root.iter(f"{SPACE}path")]
    assert people == [69, 22, 7, 2]
    thousand = root_of(an_array("Relapse", 1, 9, 35, 1000))
    assert [node.attrib["d"].count("M") for node in thousand.iter(f"{SPACE}path")] == [965, 26, 8, 1]


def test_an_interval_stands_where_its_numbers_put_it() -> None:
    root = root_of(small_band(Band(50, 25, 100, ""), 100, palette.MRI, "MRI"))
    (band,) = (node.attrib["d"] for node in root.iter(f"{SPACE}path"))
    left, right = (float(x) for x in re.findall(r"[ML]([\d.]+)", band))
    (dot,) = (float(node.attrib["cx"]) for node in root.iter(f"{SPACE}circle"))
    assert dot == pytest.approx(132 / 2)
    assert (dot - left) == pytest.approx((right - dot) / 2, abs=0.2)


def test_all_outcomes_share_one_scale_from_none_on() -> None:
    texts = [n.text for n in root_of(DRAW["bars"]("Risks")).iter(f"{SPACE}text")]
    assert texts.count("60") == texts.count("30") == texts.count("0") == 2


def test_a_curve_ends_at_its_value() -> None:
    panels = [CurvePanel("Stop", CURVE, "")]
    paths = [n.attrib["d"] for n in root_of(curves("R", "of 100", "years", panels, palette.MRI)).iter(f"{SPACE}path")]
    band, line = paths
    y = [float(point.split()[1]) for point in line.removeprefix("M").split("L")]
    assert y[0] - y[2] == pytest.approx(130 * 20 / 60, abs=0.2)
    assert (y[0] - y[1]) * 2 == pytest.approx(y[0] - y[2], abs=0.2)
    assert band.endswith("z")


def test_a_shorter_curve_keeps_the_scale_of_time_and_says_where_it_ends() -> None:
    short = Curve((0.0, 1.0), (0.0, 10.0), (0.0, 2.0), (0.0, 30.0))
    panels = [CurvePanel("Carry on", CURVE, ""), CurvePanel("Stop", short, "")]
    svg = curves("R", "of 100", "years", panels, palette.MRI, CURVE, "no number")
    ends = [float(n.attrib["d"].split("L")[-1].split()[0]) for n in root_of(svg).iter(f"{SPACE}path")
            if not n.attrib["d"].endswith("z")]  # fmt: skip
    reference, line = ends[2:]
    assert reference - line == pytest.approx(190 / 2)
    assert svg.count("no number") == 1


def test_a_flip_parts_the_row_on_a_logarithmic_scale() -> None:
    row = FlipRow("Infusion", 0.01, 1.0, (Flip(0.1, "continue", "discontinue"),), "")
    svg = preference_map("Flips", "relapses", [row], {"continue": "carry on", "discontinue": "stop"}, "no change")
    boxes = [float(re.search(r"h([\d.]+)", n.attrib["d"])[1]) for n in root_of(svg).iter(f"{SPACE}path")]  # type: ignore[index]
    assert boxes[0] == pytest.approx(boxes[1])
    assert "carry on" in svg
    assert "stop" in svg


def test_the_ends_of_scales_and_the_numbers_on_them() -> None:
    assert [round_up(value) for value in (0.9, 1, 3.2, 60, 61, 87, 99, 252)] == [1, 1, 4, 60, 80, 100, 100, 300]
    assert [plain(value) for value in (0, 0.005, 0.0126, 0.7, 7.368, 30, 252)] == ["0", "0.005", "0.013", "0.7", "7.4",
                                                                                  "30", "252"]  # fmt: skip


def test_text_is_broken_where_it_fits_and_no_word_is_lost() -> None:
    lines = wrap(LONG, 120)
    assert " ".join(lines) == LONG
    assert all(text_width(line) <= 120 for line in lines)
    assert "".join(wrap("a" * 80, 100)) == "a" * 80
