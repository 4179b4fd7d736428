"""What numbers change: stances, the kind and option that are recommended, and the strength. They loosen no rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.decision.compare import Comparison
from stepdown.decision.decide import Decisions, decide
from stepdown.decision.forecasting import forecaster
from stepdown.decision.preferences import Preferences
from stepdown.decision.stances import BARRED, FAVOURED, HELD, NOT_ADVISED, NOT_OPEN, REASONABLE, STANCES, Advice
from stepdown.decision.strength import STRENGTHS, graded
from stepdown.decision.weigh import Asking, judged
from stepdown.guideline.compiled import compiled, guidelines_of
from stepdown.guideline.verdicts import hold
from stepdown.knowledge.burden import burden
from stepdown.knowledge.library import Library, load
from stepdown.prognosis.forecast import Forecast
from tests.decision.forecasts import Made, options
from tests.decision.test_decide import FINGOLIMOD, NATALIZUMAB, OCRELIZUMAB, QUIET, decided
from tests.states import state_of

LONGER: dict[str, Any] = {
    "extend-interval:ocrelizumab:39w": (0, 0, -0.03),
    "extend-interval:ocrelizumab:52w": (0, 0, -0.05),
}
LOW_INDEX = {"prior_immunosuppressant": False, "natalizumab_months": 30, "jcv_index": 0.3, "jcv_index_last": 0.3}
WORSE: dict[str, Any] = dict.fromkeys(("switch", "discontinue", "reduce-dose"), (0.05, 0.05, -0.01))


@pytest.fixture(scope="module")
def library() -> Library:
    return load()


def weighed(
    library: Library,
    forecast: Any,
    *people: dict[str, Any],
    together: int | None = 64,
    stated: Mapping[str, float] | None = None,
) -> Decisions:
    """Decided with numbers, burden weighing nothing."""
    state = state_of(library, *people)
    weights = dict.fromkeys(("infusion", "injection", "tablet-day", "visit"), 0.0) | dict(stated or {})
    asking = Asking(forecast, Preferences(weights), keep=True, together=together)
    return decide(state, hold(state, compiled(library)), guidelines_of(library, None), library, asking)


def told(library: Library, forecast: Any, person: dict[str, Any], **stated: float) -> dict[str, Any]:
    return weighed(library, forecast, person, stated=stated).summary.row(0, named=True)


def stances(decisions: Decisions) -> dict[str, str]:
    found, codes = decisions.of(0)
    return {option.id: STANCES[code] for option, code in zip(found, codes, strict=True)}


def test_the_leading_kind_that_a_guideline_supports_is_recommended_with_its_best_option(library: Library) -> None:
    found = told(library, Made(LONGER | WORSE), QUIET | OCRELIZUMAB)
    assert (found["option"], found["strength"], found["disagreement"]) == (
        "extend-interval:ocrelizumab:52w",
        "clear",
        None,
    )
    better = {"extend-interval:ocrelizumab:39w": (0, 0, -0.06), "extend-interval:ocrelizumab:52w": (0, 0, -0.05)}
    assert told(library, Made(better | WORSE), QUIET | OCRELIZUMAB)["option"] == "extend-interval:ocrelizumab:39w"


def test_a_kind_that_leads_is_taken_before_the_one_that_changes_least(library: Library) -> None:
    stop = WORSE | LONGER | {"discontinue": (0.0, 0.0, -0.08)}
    found = told(library, Made(stop), QUIET | OCRELIZUMAB)
    assert (found["kind"], found["strength"], found["disagreement"]) == ("discontinue", "clear", None)


def test_too_unsure_a_lead_passes_nothing_over(library: Library) -> None:
    stop: dict[str, Any] = WORSE | LONGER | {"discontinue": (0.0, 0.0, -0.08)}
    kinds = {level: told(library, Made(stop, certainty=level), QUIET | OCRELIZUMAB) for level in ("low", "very-low")}
    assert [kinds["low"][name] for name in ("kind", "strength")] == ["discontinue", "leaning"]
    assert [kinds["very-low"][name] for name in ("kind", "strength", "disagreement")] == [
        "extend-interval", "balanced", "guideline-too",
    ]  # fmt: skip


def test_without_enough_of_a_lead_the_change_taken_back_soonest_stands(library: Library) -> None:
    close: dict[str, Any] = {
        "discontinue": (0, 0, -0.05),
        "extend": (0, 0, -0.05),
        "reduce": (0, 0, -0.05),
        "switch-lower": (0, 0, -0.05),
    }
    decisions = weighed(library, Made(close, spread=0.02), QUIET | OCRELIZUMAB)
    comparison = decisions.groups[0].comparison
    assert comparison is not None
    found = decisions.summary.row(0, named=True)
    assert (found["kind"], found["strength"]) == ("extend-interval", "balanced")


@pytest.mark.parametrize(
    ("certainty", "most"), [("high", "clear"), ("moderate", "clear"), ("low", "leaning"), ("very-low", "balanced")]
)
def test_certainty_caps_the_strength(library: Library, certainty: str, most: str) -> None:
    assert told(library, Made(LONGER | WORSE, certainty=certainty), QUIET | OCRELIZUMAB)["strength"] == most


def test_where_guidelines_and_numbers_part_the_guideline_decides_and_strength_is_balanced(library: Library) -> None:
    little = dict.fromkeys(("reduce", "switch", "discontinue"), (0.2, 0.2, 0.2)) | {"extend": (0.002, 0.002, 0.0)}
    found = told(library, Made(little, spread=0.002), QUIET | OCRELIZUMAB)
    assert (found["kind"], found["strength"], found["disagreement"]) == (
        "extend-interval",
        "balanced",
        "guideline-only",
    )


def test_what_no_guideline_supports_is_not_recommended_for_its_numbers(library: Library) -> None:
    plain = decided(library, QUIET | NATALIZUMAB | LOW_INDEX).summary.row(0, named=True)
    found = told(library, Made({"extend-interval": (-0.05, -0.05, -0.05)}), QUIET | NATALIZUMAB | LOW_INDEX)
    assert plain["kind"] == found["kind"] == "continue"
    assert (found["strength"], found["disagreement"]) == ("balanced", "numbers-only")


def test_another_strong_drug_is_not_weighed_while_nothing_calls_for_leaving(library: Library) -> None:
    better = Made({"switch-lateral:ocrelizumab": (-0.05, -0.05, -0.05)})
    decisions = weighed(library, better, QUIET | FINGOLIMOD)
    comparison, found = decisions.groups[0].comparison, decisions.summary.row(0, named=True)
    assert comparison is not None
    lateral = [number for number, option in enumerate(decisions.groups[0].options) if option.kind == "switch-lateral"]
    assert not comparison.ranked[0, lateral].any()
    assert (found["kind"], found["disagreement"]) == ("continue", None)


def test_advice_to_go_on_with_natalizumab_is_never_stronger_than_balanced(library: Library) -> None:
    worse = Made({"extend-interval": (0.004, 0.004, 0.0)}, spread=0.005)
    decisions = weighed(library, worse, QUIET | NATALIZUMAB | LOW_INDEX)
    comparison, found = decisions.groups[0].comparison, decisions.summary.row(0, named=True)
    assert comparison is not None
    assert comparison.share[0, comparison.reference] > 0.6  # leaning, but for the rule
    assert (found["kind"], found["strength"], found["disagreement"]) == ("continue", "balanced", None)


def test_a_kind_without_a_number_keeps_its_place_and_has_no_strength(library: Library) -> None:
    stop = {"discontinue": (0.0, 0.0, -0.08)}
    found = told(library, Made(stop, missing=("extend-interval",)), QUIET | OCRELIZUMAB)
    assert (found["kind"], found["option"]) == ("extend-interval", "extend-interval:ocrelizumab:39w")
    assert (found["strength"], found["disagreement"]) == (None, None)
    nothing = told(library, Made({}, missing=("continue",)), QUIET | OCRELIZUMAB)
    assert (nothing["kind"], nothing["strength"]) == ("extend-interval", None)


def test_numbers_advise_against_more_relapses_for_nothing(library: Library) -> None:
    harmful = {"extend-interval:ocrelizumab:52w": (0.08, 0.0, 0.0)}
    found = stances(weighed(library, Made(harmful), QUIET | OCRELIZUMAB))
    assert found["extend-interval:ocrelizumab:52w"] == "not-advised"
    assert found["extend-interval:ocrelizumab:39w"] != "not-advised"
    assert found["continue:ocrelizumab"] == "reasonable"


def test_preferences_change_what_comes_first(library: Library) -> None:
    trade = {
        "extend-interval": (0.03, 0.0, -0.02),
        "reduce": (0.2, 0.2, 0),
        "switch": (0.2, 0.2, 0),
        "discontinue": (0.2, 0.2, 0),
    }
    minds = told(library, Made(trade, spread=0.0001), QUIET | OCRELIZUMAB, **{"serious-infection": 6.0})
    does_not = told(library, Made(trade, spread=0.0001), QUIET | OCRELIZUMAB, **{"serious-infection": 0.2})
    assert (minds["kind"], minds["strength"]) == ("extend-interval", "clear")
    assert does_not["kind"] == "continue"


@pytest.mark.parametrize("drug", [OCRELIZUMAB, NATALIZUMAB, FINGOLIMOD], ids=lambda drug: str(drug["therapy"]))
def test_in_an_emergency_numbers_say_nothing(library: Library, drug: dict[str, Any]) -> None:
    person = QUIET | drug | {"pml_suspected": True}
    decisions = weighed(library, Made({"discontinue": (0, 0, -0.09), "switch": (0.09, 0, 0)}), person)
    assert decisions.summary.equals(decided(library, person).summary)
    assert stances(decisions) == stances(decided(library, person))
    comparison = decisions.groups[0].comparison
    assert comparison is not None
    assert np.isnan(comparison.mean).all()
    assert not comparison.ranked.any()


def test_without_a_forecast_everything_stays(library: Library) -> None:
    people = [QUIET | OCRELIZUMAB, QUIET | NATALIZUMAB, {}, QUIET | FINGOLIMOD, QUIET | OCRELIZUMAB | {"age": 40}]
    assert weighed(library, lambda *_: None, *people).summary.equals(decided(library, *people).summary)


OTHER: list[dict[str, Any]] = [
    {},
    {"age": 40},
    {"years_since_relapse": 1.0, "years_quiet": 1.0},
    {"igg": None, "igg_last": None},
    {"cancer": None},
    {"active_infection": True},
]
SHIFT = st.tuples(*[st.sampled_from([-0.08, -0.02, 0.0, 0.02, 0.08])] * 3)


@settings(max_examples=25, deadline=None)
@given(
    shifts=st.fixed_dictionaries(
        dict.fromkeys(("extend", "reduce", "switch-lower", "switch-lateral", "discon"), SHIFT)
    ),
    drug=st.sampled_from([OCRELIZUMAB, NATALIZUMAB, FINGOLIMOD]),
    other=st.sampled_from(OTHER),
)
def test_numbers_loosen_no_rule(shifts: dict[str, Any], drug: dict[str, Any], other: dict[str, Any]) -> None:
    library, person = load(), QUIET | drug | other
    before, after = decided(library, person), weighed(library, Made(shifts, draws=20), person)
    for old, new in zip(before.of(0)[1].tolist(), after.of(0)[1].tolist(), strict=True):
        assert new <= old or (new, old) == (FAVOURED, REASONABLE)
        assert new in (old, NOT_ADVISED, FAVOURED)
    plain, found = before.summary.row(0, named=True), after.summary.row(0, named=True)
    if plain["strength"] == "hold":
        # numbers may advise against an option that was waited for; they never end a hold with less treatment
        assert found["strength"] == "hold" or found["kind"] in ("continue", "observe")
    assert (found["review"], found["until"] is None or found["kind"] == "extend-interval") == (plain["review"], True)


NUMBERS = ("mean", "share", "positive", "relapse_worse", "infection_lower", "against", "certainty", "wished", "risk")


def test_numbers_of_the_models_alone_and_in_a_panel_the_same(library: Library) -> None:
    """People at different times since their dose, with different wishes, and of whom different things are known."""
    told: list[dict[str, Any]] = [
        {}, {"months_since_last_dose": (2.0, 9.0), "present_interval_weeks": 39.0}, {"age": (41.0, 58.0)},
        {"months_since_last_dose": 4.5, "wish_fewer_infusions": True}, {"igg": (None, 5.0)},
        {"years_quiet": (3.0, None)}, {"months_since_last_dose": None, "wish_fewer_infections": True},
        {"never_relapsed": True, "course": "ppms"},
    ]  # fmt: skip
    people = [QUIET | OCRELIZUMAB | {"months_since_last_dose": 3.0} | one for one in told]
    forecast = forecaster(library, (2.0, 5.0), 50, 0)
    panels = [weighed(library, forecast, *people, together=size).groups[0].comparison for size in (None, 3)]
    shares = set()
    for row, person in enumerate(people):
        alone = weighed(library, forecast, person).groups[0].comparison
        assert alone is not None
        shares.add(alone.share[0].tobytes())
        for panel in panels:
            for name in NUMBERS:
                assert getattr(alone, name)[0].tobytes() == getattr(panel, name)[row].tobytes(), (row, name)
    assert len(shares) > 5


def test_so_many_people_at_a_time_as_suit_the_draws(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stepdown.decision.weigh.TOGETHER", 250)
    people = [QUIET | OCRELIZUMAB | {"age": age} for age in range(50, 57)]
    decisions = weighed(library, Made(LONGER, draws=100), *people, together=None)
    assert [part.rows.tolist() for part in decisions.groups[0].parts] == [[0, 1], [2, 3], [4, 5], [6]]
    slow = weighed(library, Made(LONGER, draws=400), *people[:2], together=None)
    assert [part.rows.tolist() for part in slow.groups[0].parts] == [[0], [1]]


def test_alone_in_a_panel_and_in_parts_the_same(library: Library) -> None:
    people = [QUIET | OCRELIZUMAB | {"age": age, "wish_fewer_infusions": age % 2 == 0} for age in range(50, 70)]
    forecast = Made(LONGER | WORSE, spread=0.03)
    panel, parts = (weighed(library, forecast, *people, together=size) for size in (64, 3))
    assert panel.summary.equals(parts.summary)
    one, other = panel.groups[0].comparison, parts.groups[0].comparison
    assert one is not None
    assert other is not None
    for row, person in enumerate(people):
        alone = weighed(library, forecast, person)
        mine = alone.groups[0].comparison
        assert mine is not None
        for name in ("mean", "share", "positive", "against", "certainty", "wished"):
            assert (
                getattr(mine, name)[0].tobytes()
                == getattr(one, name)[row].tobytes()
                == getattr(other, name)[row].tobytes()
            )
        assert alone.summary.drop("person_id").row(0) == panel.summary.drop("person_id").row(row)
        numbers = panel.numbers_of(row)
        assert numbers is not None
        assert numbers.part.rows[numbers.place] == row


def test_stances_follow_their_order(library: Library) -> None:
    """Barred and not advised stand; then numbers advise against; then what is missing; then favoured or reasonable."""
    kinds = ("continue", "extend-interval", "extend-interval", "switch-lower", "discontinue")
    table = [
        # stance before, numbers against, candidate, leading share, mean benefit, capped -> stance after
        (BARRED, True, True, 0.9, 1.0, False, BARRED),
        (NOT_ADVISED, True, True, 0.9, 1.0, False, NOT_ADVISED),
        (NOT_OPEN, True, True, 0.9, 1.0, False, NOT_OPEN),
        (HELD, True, True, 0.9, 1.0, False, NOT_ADVISED),
        (HELD, False, True, np.nan, 1.0, False, HELD),
        (REASONABLE, True, True, np.nan, 1.0, False, NOT_ADVISED),
        (REASONABLE, False, True, 0.5, 1.0, False, FAVOURED),
        (REASONABLE, False, True, 0.49, 1.0, False, REASONABLE),
        (REASONABLE, False, False, 0.9, 1.0, False, REASONABLE),
        (REASONABLE, False, True, 0.9, 1.0, True, REASONABLE),
        (REASONABLE, False, True, 0.9, -0.1, False, REASONABLE),
        (REASONABLE, False, True, np.nan, np.nan, False, REASONABLE),
    ]
    size = len(table)
    blank = np.full((size, 5), np.nan)
    share, mean, against, capped = blank.copy(), blank.copy(), np.zeros((size, 5), bool), np.zeros((size, 5), bool)
    before = np.full((size, 5), REASONABLE, np.int8)
    candidate = np.array([row[2] for row in table])
    for row, (old, bad, _, lead, benefit, cap, _) in enumerate(table):
        before[row, 1], against[row, 1], share[row, 1], mean[row, 1], capped[row, 1] = old, bad, lead, benefit, cap
        share[row, 0] = 1 - lead if lead < 0.5 else 0.0
    comparison = Comparison(
        0, 2.0, np.ones((size, 4), bool), None, mean, share, blank, blank, blank, against,
        np.zeros((size, 5), np.int8), np.zeros(size, np.int64),
    )  # fmt: skip
    nobody = np.zeros(size, bool)
    views = {kind: Advice(candidate, nobody, nobody) for kind in kinds}
    after = judged(options(kinds), before, comparison, views, capped, nobody, library)  # type: ignore[arg-type]
    assert after[:, 1].tolist() == [row[-1] for row in table]
    silent = judged(options(kinds), before, comparison, views, capped, ~nobody, library)  # type: ignore[arg-type]
    assert (silent[:, 1] != NOT_ADVISED).sum() == sum(row[0] != NOT_ADVISED for row in table)


@pytest.mark.parametrize("years", [1.0, 2.0, 5.0])
def test_the_first_year_of_a_switch_is_spread_over_the_years_that_are_compared(library: Library, years: float) -> None:
    """Who asks for five years only is not charged the loading doses of two."""

    def forecast(*given: Any) -> Forecast:
        return replace(Made({})(*given), horizons=(years, 20.0))

    decisions = weighed(library, forecast, QUIET | FINGOLIMOD)
    options_, part = decisions.groups[0].options, decisions.groups[0].parts[0]
    assert part.comparison.years == years
    switch = next(number for number, one in enumerate(options_) if one.id == "switch-lateral:ocrelizumab")
    spent = [burden(library, "ocrelizumab", year).infusions or 0.0 for year in range(1, 1 + round(years))]
    assert spent[0] > 2
    assert part.burdens[0, switch, 0].tolist() == pytest.approx([sum(spent) / years] * 2)


def test_advice_to_go_on_is_no_surer_than_what_it_was_held_against(library: Library) -> None:
    """Carrying on is well known; what its best rival does is not, and so neither is that it is better."""

    def forecast(*given: Any) -> Forecast:
        found = Made({}, certainty="very-low", spread=0.02)(*given)
        sure = {place: "high" if place[0] == 0 else grade for place, grade in found.certainty.items()}
        return replace(found, certainty=sure)

    decisions = weighed(library, forecast, QUIET | OCRELIZUMAB)
    comparison = decisions.groups[0].comparison
    assert comparison is not None
    chosen = np.array([comparison.reference])
    assert graded(np.array([1.0]), chosen, comparison, library).tolist() == [STRENGTHS.index("balanced")]
