"""The notebook of a first screen runs, and what it shows is what its people are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import polars as pl
import pytest

NOTEBOOK = Path(__file__).parents[2] / "examples" / "first-screen.ipynb"


@pytest.fixture(scope="module")
def cells() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return found


@pytest.fixture(scope="module")
def names(cells: list[dict[str, Any]]) -> dict[str, Any]:
    """What the code of the notebook leaves behind, run from the top."""
    found: dict[str, Any] = {"__name__": "notebook"}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), cell["id"], "exec"), found)
    return found


def test_no_output_is_stored(cells: list[dict[str, Any]]) -> None:
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert len(code) >= 6
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


def test_who_could_step_down_is_advised_less(names: dict[str, Any]) -> None:
    people, could = names["people"], names["could"]
    assert people.height == 1000
    assert 0 < could.height < people.height
    assert set(could["recommendation.kind"]) <= set(names["LESS"])
    assert names["urgent"].height == int(people["emergency"].sum()) > 0


def test_what_is_missing_is_asked_for_in_words(names: dict[str, Any]) -> None:
    missing, unjudged = names["missing"], names["unjudged"]
    assert missing["people"][0] == unjudged.filter(
        pl.col("find_out").str.split("|").list.contains(missing["find_out"][0])
    ).height  # fmt: skip
    assert missing["how"].null_count() == 0
    assert missing["how"][0] != missing["find_out"][0]


def test_the_funnel_counts_with_three_answers(names: dict[str, Any]) -> None:
    """Counted again person by person, in plain Python."""
    asked = {"age": 55, "time_on_therapy": 5, "years_since_relapse": 5, "years_since_mri_activity": 3}
    counts = {"met": 0, "unknown": 0}
    for row in names["people"].iter_rows(named=True):
        lows = [(row[f"{name}.low"], value) for name, value in asked.items()]
        highs = [(row[f"{name}.high"], value) for name, value in asked.items()]
        if all(low is not None and low >= value for low, value in lows):
            counts["met"] += 1
        elif not any(high is not None and high < value for high, value in highs):
            counts["unknown"] += 1
    last = names["funnel"].row(-1, named=True)
    assert (last["left"], last["unknown"]) == (counts["met"], counts["unknown"])
    assert counts["met"] > 0
    assert counts["unknown"] > 0
    assert names["funnel"]["out"].sum() + last["left"] + last["unknown"] == 1000


def test_the_picture_is_one(names: dict[str, Any]) -> None:
    drawing = ElementTree.fromstring(names["picture"]._repr_html_())
    bars = [one for one in drawing if one.tag.endswith("rect")]
    assert len(bars) == 3 * names["funnel"].height
    assert float(bars[0].get("width", "0")) == 420
