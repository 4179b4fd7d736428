"""Forest plots: the lines, and a picture that is well formed."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from stepdown.cli import run
from stepdown.errors import InputError
from stepdown.evidence.draws import Posterior, load
from stepdown.evidence.forest import forest
from stepdown.knowledge.library import load as library


@pytest.fixture(scope="module")
def posterior() -> Posterior:
    return load(library(), "relapse")


def test_a_study_stands_as_it_was_printed(posterior: Posterior) -> None:
    (row,) = forest(posterior, "discontinue:natalizumab").rows
    assert (row.value, row.low, row.high) == pytest.approx((7.2, 2.1, 24.6), rel=0.02)


def test_a_modifier_is_told_by_its_own_unit(posterior: Posterior) -> None:
    found = {row.study: row for row in forest(posterior, "age").rows}
    assert found["tremlett-2008"].value == pytest.approx(0.83**2)
    assert found["danish-deescalation"].value == pytest.approx(0.96**10)


def test_a_rate_has_an_interval_even_without_events(posterior: Posterior) -> None:
    found = {row.study: row for row in forest(posterior, "baseline:glatiramer").rows}
    assert found["dotms-2025"].value == 0
    assert 0 <= found["dotms-2025"].low < found["dotms-2025"].high


def test_a_new_study_is_less_certain_than_the_pooled_value(posterior: Posterior) -> None:
    found = forest(posterior, "baseline:anti-cd20")
    assert found.new_study is not None
    assert found.new_study.low < found.pooled.low < found.pooled.value < found.pooled.high < found.new_study.high
    assert math.log(found.new_study.high / found.new_study.low) > 2 * math.log(found.pooled.value / found.pooled.low)


def test_selection_has_no_comparison_of_its_own_and_a_shape_no_plot(posterior: Posterior) -> None:
    found = forest(posterior, "stable")
    assert (found.rows, found.new_study) == ((), None)
    assert found.pooled.high <= 1
    with pytest.raises(InputError, match="no parameter is called 'lag:s1p'"):
        forest(posterior, "lag:s1p")


def test_a_sum_of_one_parameter_speaks_of_it(posterior: Posterior) -> None:
    two = next(c for c in posterior.inputs.compared if c.id == "relapse-stop-natalizumab-jouvenot")
    made = replace(two, effect=None, classes={}, terms={"female": 2.0}, value=math.log(4), se=0.1)
    both = replace(made, id="both", terms={"female": 1.0, "age": 1.0})
    inputs = replace(posterior.inputs, contrasts=(made, both))
    (row,) = forest(Posterior(posterior.columns, posterior.manifest, inputs), "female").rows
    assert row.value == pytest.approx(2)
    assert row.high == pytest.approx(2 * math.exp(1.96 * 0.05))


@pytest.mark.parametrize("name", ["discontinue:natalizumab", "age", "baseline:glatiramer", "switch:s1p>fumarate"])
def test_the_picture_is_svg_with_words(posterior: Posterior, tmp_path: Path, name: str) -> None:
    file = tmp_path / "plot.svg"
    assert run(["evidence", "forest", name, "--svg", str(file)]) == 0
    root = ElementTree.parse(file).getroot()
    space = "{http://www.w3.org/2000/svg}"
    assert root.findtext(f"{space}title") == f"relapse: {name}"
    words = " ".join(node.text or "" for node in root.iter(f"{space}text"))
    assert all(row.label in words for row in forest(posterior, name).rows)
    places = [float(node.attrib[k]) for node in root.iter(f"{space}line") for k in ("x1", "x2")]
    assert all(300 <= place <= 640 for place in places)
