"""The worth of information against closed forms, and the list of what to find out."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from stepdown.assess import assess
from stepdown.criteria.tree import variables
from stepdown.decision import insight
from stepdown.decision.information import (
    COMPARISON,
    PREFERENCES,
    UNIT,
    Worth,
    with_worth,
    worth_of_input,
    worth_of_preferences,
)
from stepdown.decision.preferences import Preferences
from stepdown.guideline.compiled import compiled
from stepdown.guideline.findings import text
from stepdown.knowledge.library import load
from stepdown.knowledge.yamlfile import Located, parse
from stepdown.record.chart import chart_record
from stepdown.record.read import read
from stepdown.report.words import Words
from tests.people import FOLDER, assessed, examples, index_date

LIBRARY = load()
NORMAL = NormalDist()
KINDS = ("continue", "extend-interval")


def expected_gain(mean: float, spread: float) -> float:
    """E max(0, X) - max(0, E X) of a normal X: the unit normal loss integral (Raiffa and Schlaifer 1961)."""
    z = abs(mean) / spread
    return spread * (NORMAL.pdf(z) - z * NORMAL.cdf(-z))


def linear(
    mean: float, slope: float, draws: int = 4000, values: int = 400, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Two options: nothing, and one whose benefit is normal around `mean + slope x`, x standard normal, in V values."""
    x = np.array([NORMAL.inv_cdf((number + 0.5) / values) for number in range(values)])
    noise = np.random.default_rng(seed).normal(0.0, 0.02, draws)
    benefit = np.zeros((values, 2, draws))
    benefit[:, 1] = mean + slope * x[:, None] + noise
    return np.full(values, 1.0 / values), benefit


@pytest.mark.parametrize(("mean", "slope"), [(0.0, 0.02), (0.01, 0.02), (-0.015, 0.01), (0.03, -0.02)])
def test_the_worth_of_a_normal_input_is_the_loss_integral(mean: float, slope: float) -> None:
    found = worth_of_input("igg", *linear(mean, slope), KINDS)
    expected = 1000 * expected_gain(mean, abs(slope))
    assert found.value == pytest.approx(expected, rel=0.05, abs=0.05)
    assert found.low <= expected <= found.high
    assert found.other_kind == pytest.approx(NORMAL.cdf(-abs(mean) / abs(slope)), abs=0.02)


def test_a_question_whose_answer_changes_nothing_is_worth_nothing() -> None:
    found = worth_of_input("igg", *linear(0.2, 0.02), KINDS)
    assert (found.value, found.other_kind) == (0.0, 0.0)
    assert found.low == 0.0


def test_noise_between_equal_options_is_not_sold_as_worth() -> None:
    """Forty equal options in noise: choosing and judging by the same draws would promise a gain that is not there."""
    noise = np.random.default_rng(1).normal(0.0, 0.1, (8, 40, 500))
    found = worth_of_input("igg", np.full(8, 0.125), noise, ["continue"] * 40)
    flattered = 1000 * (noise.mean(axis=2).max(axis=1).mean() - noise.mean(axis=(0, 2)).max())
    assert flattered > 3.0
    assert found.value < flattered / 2
    assert found.low == 0.0


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    mean, slope = 0.0008, 0.002
    expected = 1000 * expected_gain(mean, slope)
    held = [
        found.low <= expected <= found.high
        for found in (worth_of_input("igg", *linear(mean, slope, 400, 40, seed), KINDS) for seed in range(60))
    ]
    assert sum(held) >= 54


def test_knowing_more_is_worth_no_less() -> None:
    """An input told only as low or high is worth no more than its value."""
    chances, benefit = linear(0.005, 0.02)
    halves = benefit.reshape(2, 200, 2, -1).mean(axis=1)
    whole, part = (
        worth_of_input("igg", chances, benefit, KINDS),
        worth_of_input("igg", np.array([0.5, 0.5]), halves, KINDS),
    )
    assert 0.0 < part.value < whole.value


def test_an_option_without_a_number_is_left_out() -> None:
    chances, benefit = linear(0.0, 0.02)
    third = np.full((400, 1, 4000), np.nan)
    wider = np.concatenate([third, benefit], axis=1)
    assert worth_of_input("igg", chances, wider, ("observe", *KINDS)) == worth_of_input("igg", chances, benefit, KINDS)
    alone = worth_of_input("igg", chances, np.concatenate([third, benefit[:, :1]], axis=1), KINDS)
    assert (alone.value, alone.high) == (0.0, 0.0)


def test_options_of_one_kind_may_change_without_being_decisive() -> None:
    chances, benefit = linear(0.0, 0.02)
    found = worth_of_input("igg", chances, benefit, ("extend-interval", "extend-interval"))
    assert found.value > 5.0
    assert found.other_kind == 0.0


@pytest.mark.parametrize(("saved", "exact"), [(1.0, 1 / 4), (0.75, 1 / 12), (3.0, 1 / 12), (0.5, 0.0)])
def test_the_worth_of_preferences_is_that_of_the_triangle(saved: float, exact: float) -> None:
    """One option loses a relapse and saves something whose weight is even between 0 and 2.

    E max(0, s w - 1) - max(0, s - 1), where the first is (2 s - 1)^2 / 4 s: a quarter for s = 1.
    """
    weights = np.stack([np.ones(4000), (np.arange(4000) + 0.5) / 2000], axis=1)
    noise = np.random.default_rng(2).normal(0.0, 0.001, 2000)
    changes = np.zeros((2, 2, 2000))
    changes[1, 0], changes[1, 1] = -1.0 + noise, saved
    found = worth_of_preferences(weights, changes, KINDS)
    assert found.value / 1000 == pytest.approx(exact, rel=0.02, abs=1e-4)
    assert found.low / 1000 <= exact + 1e-6
    assert exact <= found.high / 1000 + 1e-6


def test_preferences_agree_with_the_general_way() -> None:
    """The sum of weights times changes, laid out in full, gives the same worth."""
    rng = np.random.default_rng(4)
    weights, changes = rng.lognormal(0.0, 0.7, (200, 3)), rng.normal(0.0, 0.05, (4, 3, 600))
    changes += rng.normal(0.0, 0.05, (4, 3, 1))
    kinds = ("continue", "extend-interval", "switch-lower", "discontinue")
    full = worth_of_input("x", np.full(200, 1 / 200), np.einsum("wj,kjd->wkd", weights, changes), kinds)
    found = worth_of_preferences(weights, changes, kinds)
    assert (found.value, found.other_kind) == pytest.approx((full.value, full.other_kind))
    assert found.high - found.low >= full.high - full.low


# --- the list -------------------------------------------------------------------------------------------------------


def asked(variable: str, decisive: bool, *waiting: str) -> dict[str, Any]:
    says = text("information.decisive", variable=text(f"variables/{variable}.title"), count=len(waiting))
    return {"variable": variable, "decisive": decisive, "value": None, "for": list(waiting), "says": says}


BASE = [
    asked("years_since_mri_activity", True, "guidelines/panel-2025", "extend-interval:ocrelizumab:39w"),
    asked("hbsag", False, "continue:ocrelizumab"),
]


def test_the_decisive_come_first_and_then_what_is_worth_most() -> None:
    worth = [Worth("hbsag", 0.5, 0.1, 0.9, 0.0), Worth("igg", 2.0, 1.0, 3.0, 0.3), Worth("edss", 3.0, 2.0, 4.0, 0.01),
             Worth("age", 0.0, 0.0, 0.2, 0.0), Worth(PREFERENCES, 9.0, 8.0, 10.0, 0.4)]  # fmt: skip
    found = with_worth(BASE, worth, LIBRARY)
    assert [one["variable"] for one in found] == [PREFERENCES, "igg", "years_since_mri_activity", "edss", "hbsag"]
    assert [one["decisive"] for one in found] == [True, True, True, False, False]
    assert found[1]["value"] == {"mean": 2.0, "low": 1.0, "high": 3.0, "unit": UNIT}
    assert found[1]["for"] == [COMPARISON]
    assert found[2]["value"] is None
    assert BASE[0]["says"]["key"] == "information.decisive"


def test_in_an_emergency_no_number_decides() -> None:
    found = with_worth([], [Worth("igg", 2.0, 1.0, 3.0, 0.9)], LIBRARY, emergency=True)
    assert [one["decisive"] for one in found] == [False]


def test_it_says_which_test_how_recent_and_what_it_changes() -> None:
    words = Words(LIBRARY)
    igg = asked(
        "igg", True, "guidelines/panel-2025", "extend-interval:ocrelizumab:39w", "extend-interval:ocrelizumab:52w"
    )
    found = with_worth([igg], [Worth("igg", 2.04, 1.0, 3.0, 0.3)], LIBRARY)
    assert words.say(found[0]["says"]) == (
        "Serum IgG, while not on replacement, no older than 12 months: it decides the conclusion of Panel view on "
        "de-escalation, 2025, whether a longer interval is open and which kind of option comes out best (worth about "
        "2 relapses per 1000 people)."
    )
    (mine,) = with_worth([], [Worth(PREFERENCES, 0.04, 0.0, 0.1, 0.0)], LIBRARY)
    assert words.say(mine["says"]) == "What matters most to the person: it bears on how the options compare."
    assert not words.unknown


@pytest.mark.parametrize("name", examples())
def test_every_question_of_the_examples_has_a_sentence(name: str) -> None:
    words = Words(LIBRARY)
    for one in with_worth(assessed(name)["information"], [], LIBRARY):
        sentence = words.say(one["says"])
        assert not {"{", "}"} & set(sentence)
        assert sentence.endswith(".")
    assert not words.unknown


def test_whatever_a_guideline_or_a_rule_may_ask_for_says_how_to_find_it_out() -> None:
    person_may_lack = {
        name.removesuffix("_months").removesuffix("_last") if "_last" in name else name
        for key, node in compiled(LIBRARY).nodes.items()
        if key.startswith(("guidelines", "rules", "therapies"))
        for name in variables(node)
    } & LIBRARY.variables.keys()
    assert len(person_may_lack) > 80
    assert [name for name in sorted(person_may_lack) if LIBRARY.variables[name].ask is None] == []


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("draws", [1, 2, 3])
def test_hardly_any_draws_give_a_worth_without_a_warning(draws: int) -> None:
    given = np.arange(8.0 * draws).reshape(4, 2, draws) % 3
    found = worth_of_input("igg", np.full(4, 0.25), given, KINDS)
    weights = np.linspace(0.5, 2.0, 2 * draws).reshape(draws, 2)
    other = worth_of_preferences(weights, given[:2], KINDS)
    for worth in (found, other):
        assert 0.0 <= worth.low <= worth.value <= worth.high < np.inf


def test_what_weighs_nothing_may_be_unknown() -> None:
    """How often blood is drawn on interferon was not read, and weighs nothing: what matters is still worth asking."""
    interferon = next(one for one in assessed("interferon-twenty-years")["options"] if one["kind"] == "continue")
    assert interferon["burden"]["blood_tests"] is None
    record = read(FOLDER / "interferon-twenty-years" / "chart.yaml", LIBRARY)
    doubtful = Preferences({"injection": 0.0005})
    told = assess(record, index_date("interferon-twenty-years"), doubtful, draws=400, library=LIBRARY).data
    assert min(told["comparison"]["shares_by_kind"].values()) > 0.1
    value = next(one["value"] for one in told["information"] if one["variable"] == PREFERENCES)
    assert value["mean"] > 0.0


def test_only_what_is_open_makes_an_input_worth_knowing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An option that a rule advises against does not come back as what a test result might lead to."""
    seen = []

    def spy(name: str, chances: Any, benefit: Any, kinds: Any) -> Worth:
        seen.append(np.isfinite(benefit).all(axis=(0, 2)).tolist())
        return worth_of_input(name, chances, benefit, kinds)

    monkeypatch.setattr(insight, "worth_of_input", spy)
    chart = parse((FOLDER / "long-quiet-ocrelizumab" / "chart.yaml").read_bytes(), "chart.yaml")
    data = {name: value for name, value in chart.data.items() if name != "edss"}
    record = chart_record(Located(data, {}), "chart.yaml", LIBRARY)
    told = assess(record, index_date("long-quiet-ocrelizumab"), draws=50, library=LIBRARY).data
    ranked = [one["share_ranked_first"] is not None for one in told["options"]]
    assert seen
    assert not all(ranked)
    assert all(one == ranked for one in seen)
