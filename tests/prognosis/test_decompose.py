"""Where an interval comes from: what is known adds nothing, and each part is the variance that it says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stepdown.decision.options import options_for
from stepdown.guideline.compiled import compiled
from stepdown.guideline.verdicts import hold
from stepdown.prognosis.decompose import INPUTS, Decomposition, decompose
from stepdown.prognosis.person import People
from stepdown.prognosis.predict import predict
from tests.prognosis.made import DRAWS, RRMS, library, made
from tests.states import state_of

KNOWN = {"age": 55.0, "years_quiet": 8.0, "edss": 3.0, "months_since_last_dose": 1.0}


def decomposed(person: dict[str, Any]) -> tuple[People, dict[tuple[int, str], Decomposition]]:
    shipped = library()
    state = state_of(shipped, RRMS | KNOWN | {"therapy": "ocrelizumab", "therapy_class": "anti-cd20"} | person)
    people, options = People(state, np.arange(1), "anti-cd20", DRAWS, 0), options_for("ocrelizumab", shipped)
    found = predict(people, "ocrelizumab", options, hold(state, compiled(shipped)), shipped, made(), (2.0,))
    return people, decompose(people, "ocrelizumab", found, shipped, made())


def test_the_shares_of_carrying_on_by_hand() -> None:
    people, found = decomposed({"years_quiet": None})
    columns, model = made().by_outcome["relapse"].columns, made().by_outcome["relapse"]
    years = people.read("years_quiet").values[0]
    slope, stable = np.log1p(years) - np.log(4.0), np.clip(years / 2.0, 0, 1)
    parts = {
        ("baseline", "parameters"): columns["baseline:anti-cd20"],
        ("between-studies", "new_setting"): model.setting,
        ("age", "parameters"): columns["age"] * 1.0,
        ("quiet", "parameters"): columns["quiet"] * slope.mean(),
        ("stable", "parameters"): columns["stable"] * stable.mean(),
        ("female", "parameters"): columns["female"],
    }
    doubt = float(np.var(columns["quiet"] * (slope - slope.mean())))
    doubt += float(np.var(columns["stable"] * (stable - stable.mean())))
    total = sum(float(np.var(part)) for part in parts.values()) + doubt
    shares = found[0, "relapse"].shares
    assert sum(shares.values()) == pytest.approx(1)
    assert shares[INPUTS] == pytest.approx(doubt / total)
    assert shares["new_setting"] == pytest.approx(float(np.var(model.setting)) / total)
    ordered = found[0, "relapse"].parts
    told = {(name, kind): share for name, kind, share in ordered if kind != INPUTS and share > 1e-12}
    assert told == {name: pytest.approx(float(np.var(part)) / total) for name, part in parts.items()}


def test_what_is_known_takes_no_share() -> None:
    _, found = decomposed({})
    assert all(one.shares[INPUTS] == 0.0 for (_, outcome), one in found.items() if outcome == "relapse")
    changes = [
        one.shares["indirectness"] for (option, outcome), one in found.items() if option and outcome == "relapse"
    ]
    assert min(changes) > 0
