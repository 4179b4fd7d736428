"""What is told of the numbers: estimates, reasons for gaps, shares, flips and disagreement, all with words."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
import pytest

from stepdown.decision.numbers import comparison_told, disagreement_told, estimate, not_compared, option_numbers
from stepdown.decision.preferences import Preferences
from stepdown.decision.strength import SIDES
from stepdown.decision.weigh import Numbers
from stepdown.guideline.findings import text
from stepdown.knowledge.library import Library, load
from stepdown.report.fill import fill
from stepdown.report.words import Words
from tests.decision.forecasts import Made
from tests.decision.test_decide import NATALIZUMAB, OCRELIZUMAB, QUIET
from tests.decision.test_weigh import LOW_INDEX, weighed

SHIFTS: dict[str, Any] = {
    "extend": (0.01, 0.0, -0.05),
    "discontinue": (0.05, 0.02, -0.07),
    "switch": (0.02, 0.01, -0.02),
}
GUIDELINE = {"applies": "met", "findings": [{"evidence": ["discoms-2023", "aan-2018"]}]}


@pytest.fixture(scope="module")
def library() -> Library:
    return load()


@pytest.fixture(scope="module")
def numbers(library: Library) -> Numbers:
    found = weighed(library, Made(SHIFTS, missing=("switch-lateral",), spread=0.02), QUIET | OCRELIZUMAB).numbers_of(0)
    assert found is not None
    return found


def place_of(numbers: Numbers, start: str) -> int:
    return next(n for n, option in enumerate(numbers.part.forecast.options) if option.id.startswith(start))


def words_of(library: Library, told: Any) -> Any:
    words = Words(library)
    filled = fill({"told": told}, words)["told"]
    assert not words.unknown
    orjson.dumps(filled)
    return filled


def test_an_estimate_has_its_mean_and_95_percent_interval() -> None:
    assert estimate(np.arange(1001) / 1000, "1") == {
        "mean": pytest.approx(0.5),
        "low": 0.025,
        "high": 0.975,
        "unit": "1",
    }
    assert estimate(np.array([0.1, np.nan]), "1") is None


def test_risks_of_an_option(library: Library, numbers: Numbers) -> None:
    stop = place_of(numbers, "discontinue")
    told = words_of(library, option_numbers(numbers, stop))
    risk = told["risk"]["relapse"]["2"]
    draws = numbers.part.forecast.risks[0, stop, 0, 0]
    assert risk["mean"] == pytest.approx(draws.mean())
    assert (risk["low"], risk["high"]) == tuple(np.quantile(draws, (0.025, 0.975)))
    difference = draws - numbers.part.forecast.risks[0, numbers.part.comparison.reference, 0, 0]
    assert risk["versus_continue"]["mean"] == pytest.approx(difference.mean())
    assert (risk["certainty"], risk["evidence"]) == ("high", ["discoms-2023"])
    assert set(told["risk"]["relapse"]) == {"2", "5"}
    assert told["no_number"] == []
    assert told["burden"] == {"infusions": 0, "injections": 0, "tablet_days": 0, "visits": 0, "blood_tests": [0, 0]}
    assert told["net_benefit"]["unit"] == "relapses"
    assert option_numbers(numbers, 0)["risk"]["relapse"]["2"]["versus_continue"] is None


def test_where_there_is_no_number_the_reason_is_told(library: Library, numbers: Numbers) -> None:
    told = words_of(library, option_numbers(numbers, place_of(numbers, "switch-lateral")))
    assert told["risk"]["relapse"] == {"2": None, "5": None}
    assert (told["net_benefit"], told["share_ranked_first"]) == (None, None)
    assert [(one["outcome"], one["years"]) for one in told["no_number"]][:2] == [("relapse", 2), ("relapse", 5)]
    assert told["no_number"][0]["says"]["text"] == "No study that could be used speaks of it."


def test_the_comparison(library: Library, numbers: Numbers) -> None:
    preferences = Preferences(dict.fromkeys(("infusion", "injection", "tablet-day", "visit"), 0.0))
    told = words_of(library, comparison_told(numbers, [GUIDELINE], preferences, library, 0))
    assert sum(told["shares_by_kind"].values()) == pytest.approx(1)
    shares = [option_numbers(numbers, k)["share_ranked_first"] for k in numbers.options]
    assert sum(share for share in shares if share is not None) == pytest.approx(1)
    assert told["years"] == 2
    assert told["preferences"]["stated"]
    assert told["preferences"]["weights"]["relapse"] == [1, 1]
    assert told["preferences"]["weights"]["visit"] == [0, 0]
    assert "mri-activity" not in told["preferences"]["weights"]
    assert "weighs about" in told["central"]["text"]
    assert told["flips"]
    for flip in told["flips"]:
        assert flip["from"] != flip["to"]
        assert "weighs more than about" in flip["says"]["text"]
    assert "switch-lateral:cladribine" in told["unranked"]
    assert told["shared_evidence"] == ["discoms-2023"]
    assert not_compared(numbers) is None


def test_where_carrying_on_has_no_number_nothing_is_compared_and_why_is_told(library: Library) -> None:
    found = weighed(library, Made({}, missing=("continue",)), QUIET | OCRELIZUMAB).numbers_of(0)
    assert found is not None
    assert comparison_told(found, [], Preferences(), library, 0) is None
    says = words_of(library, not_compared(found))
    assert says["text"] == "The options could not be compared. No study that could be used speaks of it."


@pytest.mark.parametrize("side", SIDES)
def test_disagreement_is_told_as_a_reason(library: Library, numbers: Numbers, side: str) -> None:
    told = words_of(library, disagreement_told(numbers, side, "reduce-dose"))
    assert told["evidence"] == ["discoms-2023"]
    assert told["for"]
    assert "a lower dose" in told["says"]["text"]
    assert set(told) == {"says", "verdict", "for", "from", "evidence", "assumption"}


def test_every_general_reason_has_words(library: Library) -> None:
    for reason in ("no-parameter", "unmeasured", "emergency"):
        assert words_of(library, text(f"no-number.{reason}"))["text"] != f"no-number.{reason}"


def test_what_a_rule_advises_against_is_not_weighed(library: Library) -> None:
    """Thirteen infusions a year that are saved must not make stopping natalizumab look like a gain."""
    found = weighed(library, Made({}), QUIET | NATALIZUMAB | LOW_INDEX, stated={"infusion": 0.2}).numbers_of(0)
    assert found is not None
    told = {found.part.forecast.options[place].kind: option_numbers(found, place) for place in found.options}
    assert told["discontinue"]["net_benefit"] is None
    assert told["discontinue"]["risk"]["relapse"]["2"] is not None
    assert told["extend-interval"]["net_benefit"]["mean"] > 0


def test_what_the_numbers_advise_against_keeps_its_numbers(library: Library) -> None:
    worse = Made({"reduce-dose": (0.1, 0.1, 0.1)})
    found = weighed(library, worse, QUIET | OCRELIZUMAB).numbers_of(0)
    assert found is not None
    told = option_numbers(found, place_of(found, "reduce-dose"))
    assert told["share_ranked_first"] is None
    assert told["net_benefit"]["mean"] < 0
