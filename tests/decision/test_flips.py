"""Where another kind comes first along a weight, against walking along it; for whom each kind is, against loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.decision.compare import compare
from stepdown.decision.flips import central, changes, flips
from stepdown.decision.preferences import BURDENS, MEASURE, NAMES, Preferences, draw, spans
from stepdown.decision.stances import REASONABLE
from stepdown.knowledge.library import load
from tests.decision.forecasts import forecast_of, options, random_risks

KINDS = ("continue", "extend-interval", "switch-lower", "discontinue")


def lines_of(seed: int) -> Any:
    lines = np.random.default_rng(seed).normal(0, 0.05, (4, len(NAMES)))
    lines[0] = 0
    return lines


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 500))
def test_flips_are_where_walking_along_a_weight_finds_them(seed: int) -> None:
    library, lines = load(), lines_of(seed)
    preferences = Preferences({"serious-infection": 3.0})
    found = flips(options(KINDS), lines, preferences, library)
    middles = {name: (span.low * span.high) ** 0.5 for name, span in spans(preferences, library).items()}
    for name in NAMES:
        mine = [flip for flip in found if flip.weight == name]
        if name == MEASURE or library.weights[name].stated_only:
            assert not mine
            continue
        low, high = library.weights[name].low, library.weights[name].high
        walk = np.linspace(low, high, 301)
        leaders = []
        for weight in walk:
            total = [sum((middles | {name: weight})[n] * line[k] for k, n in enumerate(NAMES)) for line in lines]
            leaders.append(KINDS[int(np.argmax(total))])
        turns = [(walk[k], leaders[k], leaders[k + 1]) for k in range(300) if leaders[k] != leaders[k + 1]]
        step = walk[1] - walk[0]
        seen = [flip for flip in mine if low + 2 * step < flip.at < high - 2 * step]
        gaps = np.diff([low, *[flip.at for flip in mine], high])
        if (gaps > 2 * step).all():
            assert [(turn[1], turn[2]) for turn in turns] == [(flip.before, flip.after) for flip in mine]
            for turn, flip in zip(turns, seen, strict=True):
                assert turn[0] <= flip.at <= turn[0] + step * (1 + 1e-9)


def test_options_that_were_not_ranked_do_not_flip() -> None:
    library, lines = load(), lines_of(3)
    everything = {flip.after for flip in flips(options(KINDS), lines, Preferences(), library)}
    assert everything
    lines[1:] = np.nan
    assert flips(options(KINDS), lines, Preferences(), library) == []


def test_two_options_of_a_kind_are_no_flip() -> None:
    lines = np.zeros((3, len(NAMES)))
    at = NAMES.index("serious-infection")
    lines[1, at], lines[2, at], lines[2, 0] = 0.01, 0.02, -0.01
    found = flips(options(("continue", "discontinue", "discontinue")), lines, Preferences(), load())
    assert not found


def test_net_benefit_is_what_is_saved_times_the_weights() -> None:
    library, draws = load(), 60
    burdens = np.random.default_rng(4).uniform(0, 5, (2, 4, len(BURDENS), 2))
    forecast = forecast_of(random_risks(2, 4, draws, 9), options(KINDS))
    found = compare(forecast, np.full((2, 4), REASONABLE, np.int8), burdens, Preferences(), library, 1)
    assert found.net_benefit is not None
    weights = draw(Preferences(), library, draws, 1)
    for place in range(2):
        saved = changes(forecast, found, burdens, place, library, 1)
        ranked = found.ranked[place]
        assert np.isnan(saved[~ranked]).all()
        together = (saved * weights).sum(axis=1)
        np.testing.assert_allclose(together[ranked], found.net_benefit[place][ranked], rtol=0, atol=1e-12)


def test_central_weights_are_geometric_means_where_a_kind_leads() -> None:
    library, draws = load(), 300
    benefit = np.random.default_rng(5).normal(0, 1, (4, draws))
    ranked = [True, True, False, True]
    found = central(options(KINDS), benefit, ranked, Preferences({"visit": 0.01}), library, 2)
    weights = draw(Preferences({"visit": 0.01}), library, draws, 2)
    logs: dict[str, list[float]] = {}
    for d in range(draws):
        kind = KINDS[max((k for k in range(4) if ranked[k]), key=lambda k, d=d: benefit[k][d])]  # type: ignore[misc]
        logs.setdefault(kind, []).append(float(np.log(weights[NAMES.index("serious-infection"), d])))
    assert set(found) == set(logs) == {"continue", "extend-interval", "discontinue"}
    for kind, values in logs.items():
        assert found[kind]["serious-infection"] == pytest.approx(np.exp(sum(values) / len(values)))
        assert "visit" not in found[kind]
        assert MEASURE not in found[kind]
    assert [len(logs[kind]) for kind in found] == sorted(map(len, logs.values()), reverse=True)
