"""The shipped draws: that they are those of the library, and what decisions may do with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.errors import InputError
from stepdown.evidence.draws import SHIPPED, Posterior, load, ordered, write
from stepdown.knowledge.library import load as library


@pytest.fixture(scope="module")
def posterior() -> Posterior:
    return load(library(), "relapse")


def test_the_shipped_fit_is_of_this_library_and_its_chains_settled(posterior: Posterior) -> None:
    told = posterior.manifest
    assert told["digest"] == posterior.inputs.digest
    assert told["worst_r_hat"] < 1.01
    assert told["least_ess"] > 1000
    assert told["divergences"] == 0
    assert len(posterior.columns["tau"]) >= 10_000
    assert (SHIPPED / "relapse.parquet").stat().st_size < 4_000_000


def test_the_manifest_is_that_of_the_draws(posterior: Posterior) -> None:
    for name, found in posterior.manifest["parameters"].items():
        if name in posterior.columns:
            spread = posterior.columns[name].std()
            assert found["mean"] == pytest.approx(posterior.columns[name].mean(), abs=0.06 * spread), name


def test_signs_that_medicine_is_sure_of_hold_in_every_draw(posterior: Posterior) -> None:
    assert (posterior.columns["age"] <= 0).all()
    assert (posterior.columns["quiet"] <= 0).all()
    assert (posterior.columns["stable"] <= 0).all()
    assert (posterior.columns["mri-activity"] >= 0).all()
    assert all((values > 0).all() for name, values in posterior.columns.items() if name.startswith(("tau", "lag:")))


def test_the_shape_of_a_drug_stays_what_is_believed_of_it(posterior: Posterior) -> None:
    """No study of relapse informs it, and it leaves that of its class alone."""
    for name in ("lag:ofatumumab", "ramp:ofatumumab"):
        assert np.median(posterior.columns[name]) == pytest.approx(posterior.inputs.prior(name).center, rel=0.03)
    assert np.median(posterior.columns["lag:anti-cd20"]) > 2 * np.median(posterior.columns["lag:ofatumumab"])
    assert "ofatumumab" not in posterior.inputs.classes


def test_classes_are_not_pooled(posterior: Posterior) -> None:
    middle = {name: np.median(posterior.columns[f"discontinue:{name}"]) for name in ("natalizumab", "anti-cd20")}
    assert middle["natalizumab"] > middle["anti-cd20"] + 0.5


@pytest.mark.parametrize("origin", ["natalizumab", "anti-cd20", "s1p", "interferon"])
@pytest.mark.parametrize("to", ["fumarate", "teriflunomide"])
def test_no_decision_draw_breaks_the_order(posterior: Posterior, origin: str, to: str) -> None:
    found = ordered(posterior.columns, posterior.inputs.orders, origin, to)
    assert (found["continue"] == 0).all()
    assert (found["switch-lower"] >= 0).all()
    assert (found["discontinue"] >= found["switch-lower"]).all()
    assert all((found[name] >= 0).all() for name in found)


@settings(max_examples=30)
@given(st.lists(st.tuples(*[st.floats(-3, 3)] * 4), min_size=1, max_size=5))
def test_the_order_moves_only_what_breaks_it_and_only_towards_each_other(rows: list[tuple[float, ...]]) -> None:
    values = np.array(rows).T
    columns = {"tau": values[0], "discontinue:a": values[0], "leaving:a": values[1], "drug:a": values[2]}
    columns |= {"drug:b": values[3]}
    found = ordered(columns, [("continue", "switch-lower", "discontinue")], "a", "b")
    stop, milder = values[0], values[1] + values[3] - values[2]
    assert (found["discontinue"] >= found["switch-lower"]).all()
    assert (found["switch-lower"] >= 0).all()
    kept = (milder >= 0) & (stop >= milder)
    assert np.array_equal(found["discontinue"][kept], stop[kept])
    assert np.array_equal(found["switch-lower"][kept], milder[kept])
    low, high = np.maximum(np.minimum(stop, milder), 0), np.maximum(np.maximum(stop, milder), 0)
    for option in ("discontinue", "switch-lower"):
        assert (found[option] >= low - 1e-9).all()
        assert (found[option] <= high + 1e-9).all()


def test_an_order_may_put_an_option_below_carrying_on() -> None:
    columns = {"tau": np.zeros(3), "discontinue:a": np.array([-0.5, 0.0, 0.4]), "reduce-dose:a": np.array([-1, 0.2, 1])}
    found = ordered(columns, [("discontinue", "continue"), ("reduce-dose", "continue")], "a")
    assert found["discontinue"].tolist() == [-0.5, 0.0, 0.0]
    assert found["reduce-dose"].tolist() == [-1.0, 0.0, 0.0]


@settings(max_examples=30)
@given(st.lists(st.tuples(*[st.floats(-3, 3)] * 3), min_size=1, max_size=5))
def test_orders_that_share_an_option_all_hold(rows: list[tuple[float, ...]]) -> None:
    names = ("extend-interval", "reduce-dose", "discontinue")
    columns = {f"{name}:a": values for name, values in zip(names, np.array(rows).T, strict=True)}
    orders = [("continue", "extend-interval", "discontinue"), ("reduce-dose", "discontinue")]
    found = ordered(columns | {"tau": np.zeros(len(rows))}, orders, "a")
    assert (found["extend-interval"] >= 0).all()
    assert (found["discontinue"] >= np.maximum(found["extend-interval"], found["reduce-dose"])).all()


def test_draws_of_other_numbers_are_refused(posterior: Posterior, tmp_path: Path) -> None:
    write(posterior.columns, posterior.manifest | {"digest": "sha256:0"}, tmp_path)
    with pytest.raises(InputError, match="fitted to other numbers"):
        load(library(), "relapse", tmp_path)


def test_draws_that_are_written_are_read(posterior: Posterior, tmp_path: Path) -> None:
    short = {name: values[:50] for name, values in posterior.columns.items()}
    write(short, posterior.manifest, tmp_path)
    again = load(library(), "relapse", tmp_path)
    assert orjson.loads((tmp_path / "relapse.json").read_bytes()) == posterior.manifest
    assert np.array_equal(again.columns["age"], short["age"])


def test_a_folder_without_draws_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there are no draws of relapse"):
        load(library(), "relapse", tmp_path)
