"""The scenarios, against arithmetic by hand on single draws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stepdown.decision.options import options_for
from stepdown.guideline.compiled import compiled
from stepdown.guideline.verdicts import hold
from stepdown.prognosis.forecast import INFECTION, Forecast
from stepdown.prognosis.person import People
from stepdown.prognosis.predict import predict
from stepdown.prognosis.scenario import WORSENING, constant_difference, waning
from tests.prognosis.made import DRAWS, RRMS, library, made
from tests.states import state_of

PERSON = {"years_quiet": 6.0, "edss": 3.0, "igg": 9.0, "months_since_last_dose": 0.0, "comorbidity_count": 1.0}


def both(age: float) -> tuple[People, Forecast]:
    shipped = library()
    told = RRMS | {"therapy": "ocrelizumab", "therapy_class": "anti-cd20", "age": age} | PERSON
    state = state_of(shipped, told)
    people = People(state, np.array([0]), "anti-cd20", DRAWS, 0)
    options, verdicts = options_for("ocrelizumab", shipped), hold(state, compiled(shipped))
    return people, predict(people, "ocrelizumab", options, verdicts, shipped, made(), (2.0,))


def hazard(forecast: Forecast, kind: str, outcome: int) -> np.ndarray:
    at = [option.kind for option in forecast.options].index(kind)
    return np.asarray(-np.log1p(-forecast.risks[0, at, outcome, 0]))


def test_a_drug_adds_what_it_adds_at_the_references() -> None:
    """Carrying on: the untreated rate of the person, plus what the drug adds at the references."""
    people, usual = both(60.0)
    other = constant_difference(people, "ocrelizumab", usual, library(), made())
    assert other is not None
    model = made().by_outcome["serious-infection"]
    drug = model.columns["drug:anti-cd20"] + model.fresh("drug:anti-cd20")
    background = sum(model.columns[p.name] for p in model.inputs.priors if p.kind == "background") + model.setting
    untreated = hazard(usual, "continue", INFECTION) / np.exp(drug)
    expected = untreated + 2 * np.exp(background) * np.expm1(np.maximum(drug, 0))
    assert hazard(other, "continue", INFECTION) == pytest.approx(expected, rel=1e-3)


def test_under_a_constant_difference_stopping_lies_between_untreated_and_carrying_on() -> None:
    people, usual = both(60.0)
    other = constant_difference(people, "ocrelizumab", usual, library(), made())
    assert other is not None
    stop, stay = hazard(other, "discontinue", INFECTION), hazard(other, "continue", INFECTION)
    assert (stop <= stay + 1e-12).all()
    assert (hazard(other, "extend-interval", INFECTION) <= stay + 1e-12).all()
    for outcome in range(3):
        assert np.array_equal(other.risks[:, :, outcome], usual.risks[:, :, outcome], equal_nan=True)


def test_the_effect_on_worsening_wanes_with_age_and_is_gone_at_the_age_of_the_source() -> None:
    people, usual = both(53.0)
    gone = waning(people, "ocrelizumab", usual, library(), made())
    assert gone is not None
    assert hazard(gone, "discontinue", WORSENING) == pytest.approx(hazard(gone, "continue", WORSENING))
    people, usual = both(45.5)
    half = waning(people, "ocrelizumab", usual, library(), made())
    assert half is not None
    assert hazard(half, "reduce-dose", WORSENING) == pytest.approx(
        np.sqrt(hazard(usual, "reduce-dose", WORSENING) * hazard(usual, "continue", WORSENING))
    )
    people, usual = both(30.0)
    assert waning(people, "ocrelizumab", usual, library(), made()) is None


def test_no_number_stays_none() -> None:
    people, usual = both(60.0)
    silent = replace(usual, why=np.ones_like(usual.why), risks=np.full_like(usual.risks, np.nan))
    assert constant_difference(people, "ocrelizumab", silent, library(), made()) is None
    assert waning(people, "ocrelizumab", silent, library(), made()) is None
