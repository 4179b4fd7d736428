"""The promises of MODEL.md section 4 about risks, on models as wide as the priors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.prognosis.forecast import OUTCOMES, RELAPSE
from tests.prognosis.made import forecast, library, made

DRUGS = ("ocrelizumab", "ofatumumab", "fingolimod", "natalizumab", "dimethyl-fumarate", "interferon-beta-1a-sc")
MRI = OUTCOMES.index("mri-activity")
PEOPLE = st.fixed_dictionaries(
    {"age": st.floats(18, 74), "years_quiet": st.floats(0, 30)},
    optional={"edss": st.floats(0, 9.5), "igg": st.floats(2, 16), "months_since_last_dose": st.floats(0, 40)},
)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(DRUGS), PEOPLE)
def test_risks_are_probabilities_that_grow_with_the_horizon(drug: str, person: dict[str, float]) -> None:
    found, _ = forecast([person], drug)
    told = found.risks[np.isfinite(found.risks)]
    assert ((told >= 0) & (told <= 1)).all()
    steps = np.diff(found.risks, axis=3)
    assert (steps[np.isfinite(steps)] >= 0).all()
    assert (np.isfinite(found.risks).all(axis=-1) == (found.why == 0)).all()


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(DRUGS), PEOPLE, st.floats(0, 20), st.floats(0, 10))
def test_neither_age_nor_quiet_years_raise_the_risk_of_relapse(
    drug: str, person: dict[str, float], older: float, quieter: float
) -> None:
    changed = person | {"years_quiet": person["years_quiet"] + quieter, "age": min(person["age"] + older, 75)}
    found, _ = forecast([person, changed], drug)
    first, second = found.risks[:, :, RELAPSE]
    assert (second[np.isfinite(second)] <= first[np.isfinite(second)] * (1 + 1e-12)).all()


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(DRUGS), PEOPLE)
def test_the_order_of_options_holds_in_each_draw(drug: str, person: dict[str, float]) -> None:
    found, options = forecast([person], drug)
    kinds = [option.kind for option in options]
    for outcome in (RELAPSE, MRI):
        risks = found.risks[0, :, outcome]
        stay, stop = risks[kinds.index("continue")], risks[kinds.index("discontinue")]
        for number, kind in enumerate(kinds):
            here = risks[number]
            if kind == "switch-lower":
                assert _not_above(stay, here)
                assert _not_above(_calm(here, stop), stop)
            elif kind in ("extend-interval", "reduce-dose", "discontinue"):
                assert _not_above(stay, here)


def _not_above(low: np.ndarray, high: np.ndarray) -> bool:
    both = np.isfinite(low) & np.isfinite(high)
    return bool((low[both] <= high[both] * (1 + 1e-9) + 1e-15).all())


def _calm(here: np.ndarray, stop: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(stop), here, np.nan)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(DRUGS), st.lists(PEOPLE, min_size=2, max_size=5))
def test_one_person_alone_has_the_bytes_of_a_panel(drug: str, people: list[dict[str, float]]) -> None:
    together, _ = forecast(people, drug)
    for row, person in enumerate(people):
        alone, _ = forecast([person], drug)
        assert alone.risks[0].tobytes() == together.risks[row].tobytes()


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(DRUGS), PEOPLE)
def test_infection_never_falls_below_that_of_the_untreated(drug: str, person: dict[str, float]) -> None:
    models = made()
    infection = models.by_outcome["serious-infection"]
    class_ = library().therapies[drug].class_
    found, options = forecast([person], drug)
    at = [option.kind for option in options]
    risks = found.risks[0, :, OUTCOMES.index("serious-infection")]
    adds = np.maximum(infection.columns[f"drug:{class_}"] + infection.fresh(f"drug:{class_}"), 0.0)
    told = (np.minimum(risks[at.index(kind)], 1 - 1e-12) for kind in ("continue", "discontinue"))
    stay, stop = (-np.log1p(-risk) for risk in told)
    both = np.isfinite(stay) & np.isfinite(stop) & (stay > 0) & (stay < 5)  # above, a risk is 1 to the last digits
    least = np.broadcast_to(np.exp(-adds), stay.shape)
    assert (stop[both] >= (stay * least)[both] * (1 - 1e-9)).all()
    assert (stop[both] <= stay[both] * (1 + 1e-9)).all()


def test_another_seed_moves_means_by_less_than_their_error() -> None:
    person = {"age": 52.0, "years_quiet": 6.0, "months_since_last_dose": 3.0}
    means = []
    for seed in (0, 1):
        models = made(0, 4000)
        found, _ = forecast([person], "ocrelizumab", models=models, seed=seed)
        means.append((found.risks[0, :, RELAPSE, 1].mean(axis=-1), found.risks[0, :, RELAPSE, 1].std(axis=-1)))
    error = 5 * np.hypot(means[0][1], means[1][1]) / np.sqrt(4000)
    assert (np.abs(means[0][0] - means[1][0]) <= error).all()


def test_what_is_not_known_widens_and_is_named() -> None:
    known, _ = forecast([{"age": 52.0, "years_quiet": 6.0}], "ocrelizumab")
    open_, _ = forecast([{"age": 52.0, "years_quiet": (1.0, None)}], "ocrelizumab")
    assert open_.drawn["years_quiet"].all()
    assert not known.drawn["years_quiet"].any()
    one, other = (np.log(-np.log1p(-f.risks[0, 0, RELAPSE, 1])) for f in (known, open_))
    assert other.std() > one.std()


@pytest.mark.parametrize("drug", DRUGS)
def test_carrying_on_is_the_baseline(drug: str) -> None:
    found, options = forecast([{"age": 40.0, "years_quiet": 4.0}], drug)
    model = made().by_outcome["relapse"]
    class_ = library().therapies[drug].class_
    log_rate = (
        model.columns[f"baseline:{class_}"]
        + model.setting
        + model.columns["age"] * (40 - 45) / 10
        + model.columns["quiet"] * (np.log(5) - np.log(4))
        + model.columns["stable"]
        + model.columns["female"]
    )
    stay = [option.kind for option in options].index("continue")
    assert found.risks[0, stay, RELAPSE, 1] == pytest.approx(1 - np.exp(-2 * np.exp(log_rate)))
