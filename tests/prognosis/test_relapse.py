"""Properties that the risk of a relapse has in every draw, and the arithmetic behind it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.errors import InputError
from stepdown.evidence.draws import Posterior, load
from stepdown.knowledge.library import load as library
from stepdown.prognosis.relapse import Person, risks

POSTERIOR = load(library(), "relapse")
CLASSES = st.sampled_from(POSTERIOR.inputs.classes)
AGES, QUIET, YEARS = st.floats(18, 80), st.floats(0, 25), st.floats(0.1, 5)
MILDER = st.sampled_from(["fumarate", "teriflunomide", "glatiramer", None])
few = settings(max_examples=25, deadline=None)


def short() -> Posterior:
    columns = {name: values[:400] for name, values in POSTERIOR.columns.items()}
    return Posterior(columns, POSTERIOR.manifest, POSTERIOR.inputs)


SHORT = short()


@few
@given(CLASSES, AGES, QUIET, YEARS, MILDER)
def test_risks_are_risks_and_obey_the_order(drug: str, age: float, quiet: float, years: float, to: str | None) -> None:
    found = risks(SHORT, Person(drug, age, quiet, None if to == drug else to), years)
    assert all(((value >= 0) & (value <= 1)).all() for value in found.values())
    assert all((value >= found["continue"] - 1e-12).all() for value in found.values())
    if "discontinue" in found and "switch-lower" in found:
        assert (found["discontinue"] >= found["switch-lower"] - 1e-12).all()


@few
@given(CLASSES, AGES, QUIET, YEARS, st.floats(0, 20))
def test_risks_grow_with_the_horizon_and_fall_with_age_and_quiet(
    drug: str, age: float, quiet: float, years: float, more: float
) -> None:
    now = risks(SHORT, Person(drug, age, quiet), years)
    later = risks(SHORT, Person(drug, age, quiet), years + more)
    older = risks(SHORT, Person(drug, age + more, quiet), years)
    quieter = risks(SHORT, Person(drug, age, quiet + more), years)
    for option, value in now.items():
        assert (later[option] >= value - 1e-3).all(), option
        assert (older[option] <= value + 1e-12).all()
        assert (quieter[option] <= value + 1e-12).all()


def test_carrying_on_is_the_baseline() -> None:
    found = risks(POSTERIOR, Person("anti-cd20", 45.0, 3.0), 2.0)["continue"]
    noise = np.random.default_rng([0, 0]).standard_normal(len(found))
    rate = np.exp(POSTERIOR.columns["baseline:anti-cd20"] + POSTERIOR.columns["tau"] * noise)
    assert found == pytest.approx(1 - np.exp(-2 * rate))


def test_leaving_natalizumab_is_worse_than_leaving_an_anti_cd20() -> None:
    def times(drug: str) -> float:
        found = risks(POSTERIOR, Person(drug, 50.0, 4.0), 2.0)
        return float(found["discontinue"].mean() / found["continue"].mean())

    assert times("natalizumab") > 1.3 * times("anti-cd20")


def test_another_seed_moves_the_mean_by_chance_only() -> None:
    one, other = (risks(POSTERIOR, Person("s1p", 50.0, 4.0), 2.0, seed)["discontinue"] for seed in (0, 1))
    assert abs(one.mean() - other.mean()) < 5 * np.hypot(one.std(), other.std()) / np.sqrt(len(one))
    assert not np.array_equal(one, other)


def test_what_is_not_known_exactly_comes_as_draws() -> None:
    ages = np.full(len(POSTERIOR.columns["age"]), 50.0)
    one, other = (risks(POSTERIOR, Person("s1p", age, 4.0), 2.0)["continue"] for age in (50.0, ages))
    assert np.array_equal(one, other)


@pytest.mark.parametrize(("drug", "years"), [("s1p", 0.0), ("s1p", 60.0), ("mitoxantrone", 2.0)])
def test_what_cannot_be_said_is_refused(drug: str, years: float) -> None:
    with pytest.raises(InputError):
        risks(POSTERIOR, Person(drug, 50.0, 4.0), years)
