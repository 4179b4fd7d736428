"""Where there may be no number, whatever the studies say: each limit on a person whom it is about."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stepdown.decision.options import options_for
from stepdown.guideline.compiled import compiled
from stepdown.guideline.verdicts import hold
from stepdown.prognosis.forecast import EMERGENCY, OUTCOMES, RELAPSE
from stepdown.prognosis.limits import GENERAL
from stepdown.prognosis.person import People
from stepdown.prognosis.predict import predict
from tests.prognosis.made import DRAWS, RRMS, forecast, library, made
from tests.states import state_of

PERSON = {"age": 55.0, "years_quiet": 8.0, "edss": 3.0, "months_since_last_dose": 1.0}
ALL = frozenset(OUTCOMES)
WORSENING, INFECTION = frozenset({"disability-worsening"}), frozenset({"serious-infection"})
LEAVING = ("switch-lower", "switch-lateral", "discontinue")


def silent(therapy: str, person: dict[str, Any], kind: str, years: float = 2.0) -> set[str]:
    """The outcomes of which every option of a kind has no number."""
    found, options = forecast([PERSON | person], therapy, (years,))
    places = [number for number, option in enumerate(options) if option.kind == kind]
    none = (found.why[0, places, :, 0] != 0) & np.isnan(found.risks[0, places, :, 0]).all(axis=-1)
    assert (none == none[0]).all()
    return {outcome for outcome, missing in zip(OUTCOMES, none[0].tolist(), strict=True) if missing}


@pytest.mark.parametrize(
    ("therapy", "person", "kinds", "years", "outcomes"),
    [
        ("ocrelizumab", {}, ("continue", "extend-interval", *LEAVING), 2.0, frozenset()),
        ("ocrelizumab", {}, ("continue", "extend-interval", "reduce-dose"), 5.0, frozenset()),
        ("ocrelizumab", {}, LEAVING, 2.5, ALL),
        ("interferon-beta-1b", {}, ("continue", "discontinue"), 5.0, frozenset()),
        ("interferon-beta-1b", {}, ("continue", "discontinue"), 6.0, ALL),
        ("interferon-beta-1b", {"age": 75.0}, ("continue",), 2.0, frozenset()),
        ("interferon-beta-1b", {"age": 75.5}, ("continue",), 2.0, ALL),
        ("interferon-beta-1b", {"age": 17.9}, ("continue",), 2.0, ALL),
        ("interferon-beta-1b", {"age": None}, ("continue",), 2.0, ALL),
        ("interferon-beta-1b", {"age": (70.0, 80.0)}, ("continue",), 2.0, ALL),
        ("ocrelizumab", {"pregnant": True}, ("continue", "discontinue"), 2.0, ALL),
        # another disease, by its name or by its antibody
        ("ocrelizumab", {"course": "nmosd"}, ("continue", "discontinue"), 2.0, ALL),
        ("ocrelizumab", {"aqp4_positive": True}, ("continue", "discontinue"), 2.0, ALL),
        ("ocrelizumab", {"mog_positive": True}, ("continue", "discontinue"), 2.0, ALL),
        # progressive multifocal leukoencephalopathy, on natalizumab and for months after it
        ("natalizumab", {"jcv_positive": False}, ("continue", "extend-interval", *LEAVING), 2.0, frozenset()),
        ("natalizumab", {"jcv_positive": True}, ("continue", "extend-interval", *LEAVING), 2.0, INFECTION),
        ("natalizumab", {}, ("continue", "extend-interval", *LEAVING), 2.0, INFECTION),
        # progressive disease
        ("ocrelizumab", {"course": "spms"}, ("continue", "discontinue"), 2.0, WORSENING),
        ("ocrelizumab", {"course": "spms", "never_relapsed": True}, ("continue",), 2.0, WORSENING | {"relapse"}),
        ("ocrelizumab", {"course": "spms", "never_relapsed": None}, ("continue",), 2.0, WORSENING | {"relapse"}),
        ("ocrelizumab", {"course": "ppms"}, ("continue", "discontinue"), 2.0, frozenset()),
        ("ocrelizumab", {"course": "ppms"}, ("switch-lower", "switch-lateral"), 2.0, WORSENING),
        ("ocrelizumab", {"course": "ppms", "age": 65.5}, ("continue", "discontinue"), 2.0, WORSENING),
        ("ocrelizumab", {"course": "ppms", "edss": 8.5}, ("continue",), 2.0, WORSENING | INFECTION),
        ("ocrelizumab", {"course": "ppms", "edss": None}, ("continue",), 2.0, WORSENING),
        *(
            (drug, {"course": "ppms"}, ("continue", "discontinue"), 2.0, WORSENING)
            for drug in ("rituximab", "ofatumumab", "ublituximab", "glatiramer", "fingolimod")
        ),
        ("ocrelizumab", {"edss": 6.0}, ("continue", "discontinue"), 2.0, WORSENING),
        ("ocrelizumab", {"edss": 8.0}, ("continue",), 2.0, WORSENING | INFECTION),
        # drugs of which nothing was fitted, and a course that is still to come
        ("alemtuzumab", {}, ("observe", "continue"), 2.0, ALL),
        ("mitoxantrone", {}, ("continue", "switch-lower", "discontinue"), 2.0, ALL),
        ("tolebrutinib", {}, ("continue", "discontinue"), 2.0, ALL),
        ("cladribine", {}, ("observe",), 2.0, frozenset()),
        ("cladribine", {}, ("continue",), 2.0, ALL),
    ],
)
def test_no_number_where_the_evidence_carries_none(
    therapy: str, person: dict[str, Any], kinds: tuple[str, ...], years: float, outcomes: frozenset[str]
) -> None:
    for kind in kinds:
        assert silent(therapy, person, kind, years) == outcomes, kind


@pytest.mark.parametrize(
    ("person", "left_out"),
    [
        ({"course": "ppms", "never_relapsed": True}, True),
        ({"course": "ppms", "never_relapsed": None}, False),
        ({"course": None, "never_relapsed": True}, False),
        ({"course": "rrms", "pregnant": True}, False),
    ],
)
def test_relapse_is_left_out_only_where_it_surely_never_was(person: dict[str, Any], left_out: bool) -> None:
    found, _ = forecast([PERSON | person], "ocrelizumab", (2.0,))
    code = int(found.why[0, 0, RELAPSE, 0])
    assert (code in found.uncounted) == left_out
    assert all(number >= len(GENERAL) for number in found.uncounted)


def test_an_emergency_shows_no_number() -> None:
    """Whatever is known; the reason is the emergency itself."""
    shipped = library()
    state = state_of(shipped, *[RRMS | PERSON | {"therapy": "ocrelizumab", "therapy_class": "anti-cd20"}] * 2)
    people = People(state, np.arange(2), "anti-cd20", DRAWS, 0)
    options = options_for("ocrelizumab", shipped)
    verdicts = hold(state, compiled(shipped))
    found = predict(people, "ocrelizumab", options, verdicts, shipped, made(), (2.0,), np.array([True, False]))
    assert (found.why[0] == EMERGENCY).all()
    assert np.isnan(found.risks[0]).all()
    assert np.isfinite(found.risks[1]).all()
