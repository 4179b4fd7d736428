"""Net benefit and shares against plain loops, and what must hold whatever the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.decision.compare import Comparison, by_kind, compare
from stepdown.decision.preferences import BURDENS, NAMES, Preferences, draw
from stepdown.decision.stances import BARRED, HELD, NOT_ADVISED, REASONABLE
from stepdown.knowledge.library import Library, load
from stepdown.prognosis.forecast import INFECTION, OUTCOMES, RELAPSE
from tests.decision.forecasts import UNCOUNTED, forecast_of, options, random_risks


@pytest.fixture(scope="module")
def library() -> Library:
    return load()


def free(changes: int) -> Any:
    return np.zeros((changes, len(BURDENS), 2))


def compared(
    risks: Any,
    library: Library,
    *,
    burdens: Any = None,
    stances: Any = None,
    preferences: Preferences | None = None,
    kinds: Sequence[str] | None = None,
    seed: int = 0,
) -> Comparison:
    people, changes = np.asarray(risks).shape[:2]
    forecast = forecast_of(risks, options(kinds) if kinds else None)
    level = np.full((people, changes), REASONABLE, np.int8) if stances is None else np.asarray(stances, np.int8)
    cost = free(changes) if burdens is None else burdens
    return compare(forecast, level, cost, preferences or Preferences(), library, seed)


def test_against_plain_loops(library: Library) -> None:
    people, changes, draws = 3, 4, 40
    risks = random_risks(people, changes, draws, 1)
    burdens = np.repeat(np.random.default_rng(2).uniform(0, 20, (people, changes, len(BURDENS), 1)), 2, axis=-1)
    stances = np.full((people, changes), REASONABLE)
    stances[1, 2] = HELD
    preferences = Preferences({"mri-activity": 0.4, "visit": 0.0}, ("serious-infection", "relapse"))
    found = compared(risks, library, burdens=burdens, stances=stances, preferences=preferences, seed=5)
    weights = draw(preferences, library, draws, 5)
    for person in range(people):
        wins = [0] * changes
        benefit = [[0.0] * draws for _ in range(changes)]
        for one in range(changes):
            for d in range(draws):
                for number in range(len(OUTCOMES)):
                    gained = risks[person, 0, number, 0, d] - risks[person, one, number, 0, d]
                    benefit[one][d] += weights[number, d] * gained
                for number, name in enumerate(BURDENS):
                    saved = burdens[person, 0, number, 0] - burdens[person, one, number, 0]
                    benefit[one][d] += 2 * weights[NAMES.index(name), d] * saved
        assert found.net_benefit is not None
        np.testing.assert_allclose(found.net_benefit[person], benefit, rtol=0, atol=1e-12)
        open_ = [one for one in range(changes) if stances[person, one] == REASONABLE and not found.against[person, one]]
        for d in range(draws):
            wins[max(open_, key=lambda one, d=d, benefit=benefit: benefit[one][d])] += 1  # type: ignore[misc]
        for one in range(changes):
            assert found.positive[person, one] == sum(value > 0 for value in benefit[one]) / draws
            if one in open_:
                assert found.share[person, one] == pytest.approx(wins[one] / draws, abs=1e-12)
            else:
                assert np.isnan(found.share[person, one])


def test_what_a_range_of_burden_means(library: Library) -> None:
    burdens = free(2)
    burdens[0, BURDENS.index("visit")] = (2, 6)
    found = compared(
        np.full((1, 2, 4, 1, 4000), 0.1), library, burdens=burdens, preferences=Preferences({"visit": 0.5})
    )
    assert found.net_benefit is not None
    saved = found.net_benefit[0, 1] / (2 * 0.5)
    assert 2 <= saved.min() < 2.1
    assert 5.9 < saved.max() <= 6
    assert saved.mean() == pytest.approx(4, abs=0.1)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1000), changes=st.integers(2, 5), draws=st.integers(30, 60))
def test_shares_of_what_is_ranked_sum_to_one(seed: int, changes: int, draws: int) -> None:
    found = compared(random_risks(2, changes, draws, seed), load())
    for person in range(2):
        mine = found.share[person][found.ranked[person]]
        assert mine.size == 0 or mine.sum() == pytest.approx(1, abs=1e-12)
        assert mine.size != 1
        kinds = by_kind(options()[:changes], found.share[[person]])
        assert mine.size == 0 or np.nansum([share[0] for share in kinds.values()]) == pytest.approx(1, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1000), order=st.permutations(range(4)))
def test_permuted_options_have_permuted_shares(seed: int, order: list[int]) -> None:
    kinds, risks = ("continue", "extend-interval", "switch-lower", "discontinue"), random_risks(1, 4, 25, seed)
    risks[:, 2] = risks[:, 3]  # ties are shared, whoever comes first in the list
    found = compared(risks, load(), kinds=kinds)
    moved = compared(risks[:, order], load(), kinds=[kinds[number] for number in order])
    np.testing.assert_array_equal(moved.share, found.share[:, order])


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000))
def test_a_dominated_option_never_leads(seed: int) -> None:
    risks = random_risks(1, 4, 25, seed)
    risks[:, 3] = risks[:, 2] + 0.01
    share = compared(risks, load()).share[0]
    assert np.isnan(share[3]) or share[3] == 0


@pytest.mark.parametrize("scale", [0.25, 8.0])
def test_scaling_all_weights_leaves_shares(library: Library, monkeypatch: pytest.MonkeyPatch, scale: float) -> None:
    risks = random_risks(2, 5, 60, 3)
    before = compared(risks, library)
    monkeypatch.setattr("stepdown.decision.compare.draw", lambda *given: draw(*given) * scale)
    np.testing.assert_array_equal(compared(risks, library).share, before.share)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), people=st.integers(2, 9), draws=st.integers(1, 70))
def test_alone_and_in_a_panel_the_same_bytes(seed: int, people: int, draws: int) -> None:
    library, risks, codes = load(), random_risks(people, 5, draws, seed), np.arange(people) % 3
    burdens = np.random.default_rng(seed).uniform(0, 9, (people, 5, len(BURDENS), 2))

    def told(rows: Any) -> Comparison:
        level = np.full((len(rows), 5), REASONABLE, np.int8)
        return compare(forecast_of(risks[rows]), level, burdens[rows], Preferences(), library, 0, codes[rows])

    panel = told(np.arange(people))
    for row in range(people):
        alone = told(np.array([row]))
        for name in ("net_benefit", "mean", "share", "positive", "relapse_worse", "infection_lower", "against"):
            assert getattr(alone, name)[0].tobytes() == getattr(panel, name)[row].tobytes(), name


def test_four_intervals_of_one_drug_do_not_split_the_vote(library: Library) -> None:
    kinds = ("continue", *["extend-interval"] * 4, "discontinue")
    risks = random_risks(1, 6, 400, 8)
    risks[:, 1:5, :, :, :] *= 0.7
    found = compared(risks, library, kinds=kinds)
    together = by_kind(options(kinds), found.share)
    assert found.share[0, 1:5].max() < 0.5 < together["extend-interval"][0]


def test_without_a_number_nothing_is_ranked_by_it(library: Library) -> None:
    risks = random_risks(3, 4, 40, 4)
    risks[0, 3, OUTCOMES.index("disability-worsening")] = np.nan
    risks[1, 0, OUTCOMES.index("serious-infection")] = np.nan
    risks[2, 3, OUTCOMES.index("mri-activity")] = np.nan  # counts only where stated
    found = compared(risks, library)
    assert np.isnan(found.share[0, 3])
    assert found.ranked[0, :3].any()
    assert not found.ranked[1].any()
    assert np.isnan(found.mean[1]).all()
    assert np.isfinite(found.mean[2]).all()
    stated = compared(risks, library, preferences=Preferences({"mri-activity": 0.1}))
    assert np.isnan(stated.mean[2, 3])
    # that it weighs nothing does not make it known
    careless = compared(
        risks, library, preferences=Preferences({"disability-worsening": 0.0, "serious-infection": 0.0})
    )
    assert np.isnan(careless.mean[0, 3])
    assert not careless.ranked[1].any()


def test_an_outcome_that_is_none_of_a_persons_does_not_count(library: Library) -> None:
    risks = random_risks(2, 3, 20, 4)
    relapse = OUTCOMES.index("relapse")
    full = compared(risks, library)
    risks[0, :, relapse] = np.nan
    forecast = forecast_of(risks)
    forecast.why[0, :, relapse] = UNCOUNTED
    found = compare(forecast, np.full((2, 3), REASONABLE, np.int8), free(3), Preferences(), library, 0)
    equal = random_risks(2, 3, 20, 4)
    equal[:, :, relapse] = 0.1
    assert found.net_benefit is not None
    assert full.net_benefit is not None
    assert found.counted[:, relapse].tolist() == [False, True]
    np.testing.assert_array_equal(found.net_benefit[0], compared(equal, library).net_benefit[0])  # type: ignore[index]
    np.testing.assert_array_equal(found.net_benefit[1], full.net_benefit[1])


def test_an_unknown_burden_hides_only_where_it_weighs(library: Library) -> None:
    burdens = free(3)
    burdens[2, BURDENS.index("blood-test")] = np.nan
    risks = random_risks(1, 3, 40, 4)
    assert np.isfinite(compared(risks, library, burdens=burdens).mean).all()
    stated = compared(risks, library, burdens=burdens, preferences=Preferences({"blood-test": 0.01}))
    assert np.isfinite(stated.mean[0]).tolist() == [True, True, False]


def test_what_is_not_open_does_not_compete(library: Library) -> None:
    risks = random_risks(1, 3, 50, 6)
    found = compared(risks, library, stances=[[BARRED, REASONABLE, REASONABLE]])
    assert np.isnan(found.share[0, 0])
    assert np.isfinite(found.mean[0]).all()
    alone = compared(risks, library, stances=[[REASONABLE, HELD, BARRED]])
    assert not alone.ranked.any()


def test_numbers_alone_may_advise_against(library: Library) -> None:
    draws = 400
    risks = np.full((1, 5, 4, 1, draws), 0.1)
    relapse, infection = OUTCOMES.index("relapse"), OUTCOMES.index("serious-infection")
    rng = np.random.default_rng(0)
    risks[0, 1, relapse] += 0.05  # worse, and nothing in return
    risks[0, 2, relapse] += 0.05
    risks[0, 2, infection] -= 0.09  # worse, with surely less infection
    risks[0, 3, relapse] += 0.05
    risks[0, 3, infection] += np.where(rng.random(draws) < 0.7, -0.09, 0.01)  # worse, perhaps less infection
    risks[0, 4, relapse] += np.where(rng.random(draws) < 0.97, 0.05, -0.01)  # better hardly ever
    burdens = free(5)
    burdens[0, BURDENS.index("visit")] = 100.0
    burdens[4, BURDENS.index("visit")] = 100.0
    burdens[2, BURDENS.index("visit")] = 100.0
    found = compared(risks, library, burdens=burdens)
    assert found.against[0].tolist() == [False, True, False, True, True]
    assert found.positive[0, 1] == 1  # less burden never rescues it
    assert found.relapse_worse[0, 1] == 1
    assert found.infection_lower[0, 2] == 1


@pytest.mark.parametrize("level", [BARRED, NOT_ADVISED, HELD, REASONABLE])
def test_doing_worse_than_what_must_not_go_on_is_held_against_nothing(library: Library, level: int) -> None:
    risks = np.full((1, 3, 4, 1, 50), 0.1)
    risks[0, 1:] = 0.2
    found = compared(risks, library, stances=[[level, REASONABLE, REASONABLE]])
    assert (found.positive[0, 1:] == 0).all()
    assert found.against[0].tolist() == [False, level >= HELD, level >= HELD]
    assert found.ranked[0].tolist() == [False, level < HELD, level < HELD]


def test_a_course_therapy_is_compared_with_watching(library: Library) -> None:
    found = compared(random_risks(1, 2, 40, 1), library, kinds=("observe", "continue"))
    assert found.reference == 0
    assert (found.mean[0, 0], found.against[0, 0]) == (0, False)


def test_the_certainty_is_that_of_the_weakest_outcome_that_counts(library: Library) -> None:
    forecast = forecast_of(random_risks(1, 2, 5, 0))
    graded = dict.fromkeys(forecast.certainty, "moderate") | {(1, "serious-infection"): "low"}
    graded |= {(0, "mri-activity"): "very-low"}
    level = np.full((1, 2), REASONABLE, np.int8)
    found = compare(replace(forecast, certainty=graded), level, free(2), Preferences(), library, 0)
    assert found.certainty.tolist() == [[2, 1]]


def test_a_handful_of_draws_ranks_nothing(library: Library) -> None:
    few = compared(random_risks(1, 3, 29, 1), library)
    assert not few.ranked.any()
    assert not few.against.any()
    assert compared(random_risks(1, 3, 30, 1), library).ranked.any()


def test_options_that_tie_share_the_draw(library: Library) -> None:
    risks = np.full((2, 4, len(OUTCOMES), 1, 40), 0.2)
    risks[:, 0] = 0.4
    risks[0, 2, ..., 10:] = 0.3
    risks[0, 3] = 0.3
    assert compared(risks, library).share.tolist() == [[0, 0.875, 0.125, 0], pytest.approx([0, *[1 / 3] * 3])]


def test_how_often_one_is_worse_has_no_number_where_either_has_none(library: Library) -> None:
    risks = random_risks(2, 3, 40, 3)
    risks[0, 0, RELAPSE], risks[1, 2, INFECTION] = np.nan, np.nan
    found = compared(risks, library)
    assert np.isnan(found.relapse_worse).tolist() == [[True] * 3, [False] * 3]
    assert np.isnan(found.infection_lower).tolist() == [[False] * 3, [False, False, True]]
