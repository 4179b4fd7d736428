"""Seen against predicted: the arithmetic of a prediction, what is sampled, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

from stepdown.evidence.draws import Posterior, load
from stepdown.evidence.groups import Classes, arms
from stepdown.evidence.inputs import Prior
from stepdown.evidence.replicate import Chance, Model, Models, any_rate, prior_draws, replicate, sample
from stepdown.knowledge.library import load as library
from tests.evidence.made import SIZE, but, certain, only, plain, timed


@pytest.fixture(scope="module")
def posterior() -> Posterior:
    return load(library(), "relapse")


@pytest.fixture(scope="module")
def fitted(posterior: Posterior) -> Model:
    return Model(posterior.columns, posterior.inputs)


def means(model: Model, *groups: object) -> list[float | None]:
    return [found.mean for found in replicate(only(model), groups)]  # type: ignore[arg-type]


def test_without_any_doubt_only_chance_is_left(posterior: Posterior) -> None:
    model = certain(posterior, 0.05)
    people, time = replicate(only(model), [plain(), timed()])
    risk = 1 - np.exp(-0.1)
    assert people.mean == pytest.approx(risk)
    half = 1.96 * np.sqrt(risk * (1 - risk) / 200)
    assert people.high == pytest.approx(risk + half, abs=0.006)
    assert people.low == pytest.approx(risk - half, abs=0.006)
    assert [time.mean, time.expected] == pytest.approx([0.05, 20])
    assert time.unit == "1/a"
    assert people.rank == pytest.approx(0.55, abs=0.1)


def test_age_quiet_and_immortal_time_act(posterior: Posterior) -> None:
    model = certain(posterior, 0.05, age=-0.4, quiet=-0.7)
    asked = [timed(), but(timed(), age=(65.0, None)), but(timed(), quiet=(7.0, None))]
    assert means(model, *asked) == pytest.approx([0.05, 0.05 * np.exp(-0.8), 0.05 * np.exp(-0.7 * np.log(2))])
    assert means(model, plain(immortal_years=1.0)) == pytest.approx([1 - np.exp(-0.05)])


def test_who_was_chosen_for_being_stable_relapses_less(posterior: Posterior) -> None:
    model = certain(posterior, 0.05, stable=-1.0)
    half = but(timed(), stable=(None, None), quiet=(1.0, None))
    told = means(model, timed(), but(timed(), stable=(1.0, None)), half)
    # where nobody says how a group was chosen, one quiet year of the two that such studies ask for counts half
    assert told == pytest.approx([0.05, 0.05 * np.exp(-1), 0.05 * np.exp(-0.5)])


def test_a_floor_is_a_condition_of_entry_and_not_a_mean(posterior: Posterior) -> None:
    model = certain(posterior, 0.05, quiet=-1.0)
    at, above = means(model, but(timed(), quiet=(5.0, None)), but(timed(), quiet=(None, 5.0)))
    assert above is not None
    assert at is not None
    assert above < at


def test_what_is_unknown_is_sampled_and_widens(fitted: Model) -> None:
    """A null course of a model that reads it, too: shares anywhere between none and all."""
    prior = Prior("progressive", "between", "normal", 0.0, 1.0, None, None, scale="is")
    inputs = replace(fitted.inputs, priors=(*fitted.inputs.priors, prior))
    model = Model(dict(certain(fitted, 0.05, progressive=2.0).columns), inputs)
    sure, unknown = replicate(only(model), [timed(), but(timed(), progressive=(None, None))])
    assert sure.mean == pytest.approx(0.05)
    assert unknown.mean == pytest.approx(0.05 * (np.exp(2) - 1) / 2, rel=0.02)
    assert unknown.high is not None
    assert sure.high is not None
    assert unknown.high > 2 * sure.high


def test_shares_that_are_not_known_are_drawn_over_what_the_model_knows(posterior: Posterior) -> None:
    model = certain(posterior, 0.05, baseline__s1p=np.log(0.15), baseline__fumarate=np.log(0.05))
    mixed = Classes({"s1p": 1.0, "fumarate": 1.0, "mitoxantrone": 1.0}, known=False)
    (found,) = replicate(only(model), [timed(classes=mixed, person_years=1e6, events=0)])
    assert found.mean == pytest.approx(0.10, rel=0.01)
    assert found.low == pytest.approx(0.0525, rel=0.02)  # an even share of two drugs: anything from none to all
    assert found.high == pytest.approx(0.1475, rel=0.02)


def test_a_change_acts_on_each_class_of_a_mixture(posterior: Posterior) -> None:
    model = certain(posterior, 0.05, discontinue__s1p=np.log(4), discontinue__interferon=0.0, drug__fumarate=np.log(2))
    stopped = timed(option="discontinue", classes=Classes({"s1p": 0.5, "interferon": 0.5}), person_years=1e6)
    switched = timed(option="switch-lower", to=Classes({"fumarate": 1.0}), person_years=1e6)
    assert means(model, stopped, switched) == pytest.approx([0.05 * 2.5, 0.1], rel=0.01)


def test_what_is_known_of_the_drug_stands_before_its_class(posterior: Posterior) -> None:
    model = certain(posterior, 0.05, discontinue__anti_cd20=np.log(4), lag__ofatumumab=1e-6)
    late = {**model.columns, "lag:anti-cd20": np.full(SIZE, 100.0)}
    group = timed(option="discontinue", classes=Classes({"anti-cd20": 1.0}), person_years=1e6)
    slow, quick = means(Model(late, model.inputs), group, replace(group, therapy="ofatumumab"))
    assert [slow, quick] == pytest.approx([0.05, 0.2], rel=0.01)


def test_igg_comorbidity_and_years_on_the_drug_act_where_they_are_told(posterior: Posterior) -> None:
    igg = Prior("igg", "modifier", "normal", 0.0, 1.0, None, 10.0, "igg", "linear")
    years = Prior("exposure:anti-cd20", "modifier", "normal", 0.0, 1.0, None, 3.0, "time_on_class", "log1p")
    cap = Prior("cap", "modifier", "log-normal", 0.0, 1.0, None, None)
    inputs = replace(posterior.inputs, priors=(*posterior.inputs.priors, igg, years, cap))
    columns = {
        **certain(posterior, 0.05, igg=-0.1, cap=0.6).columns,
        "exposure:anti-cd20": np.full(SIZE, 0.5),
    }
    depleted, model = timed(classes=Classes({"anti-cd20": 1.0})), Model(columns, inputs)
    low, long = but(depleted, igg=(6.0, None)), but(depleted, time_on_class=(7.0, None))
    both, other = but(low, time_on_class=(7.0, None)), but(timed(), time_on_class=(7.0, None))
    told = means(model, depleted, low, long, both, other)
    assert told == pytest.approx([0.05, 0.05 * np.exp(0.4), 0.05 * np.sqrt(2), 0.05 * np.exp(0.6), 0.05])


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"option": "extend-interval"}, "no effect of extend-interval from s1p"),
        ({"classes": Classes({"mitoxantrone": 1.0})}, "no rate on mitoxantrone"),
        ({"option": "switch-lateral", "to": Classes({"mitoxantrone": 1.0})}, "no effect of mitoxantrone"),
        ({"outcome": "any-activity"}, "no draws of mri-activity"),
        ({"outcome": "disability-worsening"}, "no draws of disability-worsening"),
        ({"why": "no study of it"}, "no study of it"),
    ],
)
def test_what_the_model_lacks_has_no_number_and_a_reason(fitted: Model, told: dict[str, object], why: str) -> None:
    (found,) = replicate(only(fitted), [plain(**told)])
    assert (found.mean, found.inside, found.plain()["predicted"]) == (None, None, None)
    assert found.why == why


def test_any_activity_lies_between_the_larger_part_and_the_sum(posterior: Posterior) -> None:
    relapse, mri = np.array([0.1, 0.1, 0.3]), np.array([0.2, 0.05, 0.2])
    chance = Chance(0, "g", 3)
    assert any_rate(relapse, mri, (0, 0), chance) == pytest.approx(relapse + mri)
    assert any_rate(relapse, mri, (1, 1), chance) == pytest.approx(np.maximum(relapse, mri))
    assert any_rate(relapse, mri, (0.5, 0.5), chance) == pytest.approx([0.25, 0.1, 0.35])
    inputs = replace(posterior.inputs, outcome="mri-activity")
    both = {"relapse": certain(posterior, 0.1), "mri-activity": Model(certain(posterior, 0.2).columns, inputs)}
    (found,) = replicate(Models(both), [timed(outcome="any-activity", person_years=1e6)])
    assert found.mean == pytest.approx(0.25, rel=0.01)
    assert [found.low, found.high] == pytest.approx([0.2025, 0.2975], rel=0.02)


def test_one_study_effect_for_both_parts_of_any_activity(posterior: Posterior) -> None:
    """Where lesions are common relapses are too: the spread is that of one study, not of two that even out."""
    inputs = replace(posterior.inputs, outcome="mri-activity")
    relapse, mri = certain(posterior, 0.1, tau=0.8), certain(posterior, 0.1, tau=0.8)
    both = Models({"relapse": relapse, "mri-activity": Model(mri.columns, inputs)}, (0.0, 0.0))
    alone, together = replicate(both, [timed(person_years=1e6), timed(outcome="any-activity", person_years=1e6)])
    assert together.high == pytest.approx(2 * (alone.high or 0), rel=0.01)


def test_predictions_of_groups_drawn_from_the_model_hold(fitted: Model) -> None:
    """The interval is of a new study: of groups that the model makes up, about 95 of 100 lie within."""
    random = np.random.default_rng(5)
    hits = []
    for index in range(150):
        row = int(random.integers(len(fitted.columns["tau"])))
        draw = Model({name: values[row : row + 1] for name, values in fitted.columns.items()}, fitted.inputs)
        (made,) = replicate(only(draw), [plain(id=f"made {index}")], seed=1)
        assert made.high is not None
        (found,) = replicate(only(fitted), [plain(id=str(index), events=round(made.high * 200))])
        hits.append(bool(found.inside))
    assert 0.9 <= np.mean(hits) <= 0.99


def test_the_middle_of_a_skewed_prediction_lies_below_its_mean(posterior: Posterior) -> None:
    (found,) = replicate(only(certain(posterior, 0.05, tau=0.8)), [timed()])
    assert found.middle == pytest.approx(20, rel=0.03)
    assert found.expected == pytest.approx(20 * np.exp(0.32), rel=0.03)


def test_a_prediction_does_not_hang_on_the_others(fitted: Model) -> None:
    first, second = plain(id="a"), plain(id="b")
    told = {r.id: r for r in replicate(only(fitted), [first, second])}
    assert [told["b"], told["a"]] == replicate(only(fitted), [second, first])
    assert told["a"] != replicate(only(fitted), [first], seed=1)[0]


def test_priors_alone_predict_more_widely_than_the_fit(fitted: Model) -> None:
    def width(model: Model) -> float:
        found = [r for r in replicate(only(model), arms(model.inputs)) if r.unit == "1"]
        return float(np.mean([(r.high or 0) - (r.low or 0) for r in found]))

    assert width(Model(prior_draws(fitted.inputs, 4000), fitted.inputs)) > 1.2 * width(fitted)


@pytest.mark.parametrize(("sign", "center"), [("positive", 0.0), ("negative", 0.5), ("positive", -1.0)])
def test_a_prior_with_a_sign_is_cut_and_not_folded(sign: str, center: float) -> None:
    found = sample(Prior("x", "effect", "normal", center, 1.0, sign, None), np.random.default_rng(0), 40_000)
    z = center if sign == "positive" else -center
    density = np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    expected = z + density / NormalDist().cdf(z)
    assert (found >= 0).all() if sign == "positive" else (found <= 0).all()
    assert abs(found.mean()) == pytest.approx(expected, abs=0.02)
