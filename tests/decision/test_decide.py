"""Stances and recommendations by the rules of CLINIC.md, on states written by hand."""

from __future__ import annotations

from typing import Any

import pytest

from stepdown.decision.decide import Decisions, decide
from stepdown.decision.stances import STANCES
from stepdown.guideline.compiled import compiled, guidelines_of
from stepdown.guideline.verdicts import hold
from stepdown.knowledge.library import Library, load
from tests.states import state_of

NO_DANGER: dict[str, Any] = {
    "pml_suspected": False,
    "pml_confirmed": False,
    "cns_opportunistic_active": False,
    "hepatitis_b_reactivation": False,
    "active_infection": False,
    "active_serious_infection": False,
    "opportunistic_infection": False,
    "suspected_relapse": False,
    "colitis": False,
    "liver_injury": False,
    "severe_cytopenia": False,
    "pregnant": False,
    "breastfeeding": False,
    "cancer": "none",
    "current_therapies": 1,
    "lapsed": False,
    "aqp4_positive": False,
    "mog_positive": False,
}
QUIET: dict[str, Any] = NO_DANGER | {
    "course": "rrms",
    "age": 60,
    "years_since_relapse": 8,
    "years_since_mri_activity": 8,
    "years_quiet": 8,
    "relapses_1y": 0,
    "relapses_2y": 0,
    "relapses_5y": 0,
    "mri_activity": False,
    "mri_activity_2y": 0,
    "activity_on_therapy": False,
    "treatment_duration": 10,
    "time_on_therapy": 6,
    "time_on_class": 6,
    "months_since_natalizumab": (60, None),
    "months_since_s1p": (60, None),
    "months_since_fumarate": (60, None),
    "serious_infections_1y": 0,
    "serious_infections_2y": 0,
    "recurrent_infections": False,
    "igg": 8,
    "igg_last": 8,
    "lymphocytes": 1.5,
    "lymphocytes_last": 1.5,
    "neutrophils": 3,
    "neutrophils_last": 3,
    "lymphocyte_grade": 0,
    "months_lymphocytes_below_0_5": 0,
    "months_lymphocytes_below_0_8": 0,
    "hbsag": False,
    "anti_hbc": False,
    "edss": 3,
    "on_immunoglobulin": False,
}
OCRELIZUMAB = {"therapy": "ocrelizumab", "therapy_class": "anti-cd20", "efficacy": "high", "months_since_anti_cd20": 5}
NATALIZUMAB = {
    "therapy": "natalizumab",
    "therapy_class": "natalizumab",
    "efficacy": "high",
    "months_since_natalizumab": 0,
}
FINGOLIMOD = {"therapy": "fingolimod", "therapy_class": "s1p", "efficacy": "high", "months_since_s1p": 0}


@pytest.fixture(scope="module")
def library() -> Library:
    return load()


def decided(library: Library, *people: dict[str, Any]) -> Decisions:
    state = state_of(library, *people)
    return decide(state, hold(state, compiled(library)), guidelines_of(library, None), library)


def stances(library: Library, person: dict[str, Any]) -> dict[str, str]:
    options, codes = decided(library, person).of(0)
    return {option.id: STANCES[code] for option, code in zip(options, codes, strict=True)}


def recommended(library: Library, person: dict[str, Any]) -> dict[str, Any]:
    return decided(library, person).summary.row(0, named=True)


def test_long_quiet_on_ocrelizumab_may_extend(library: Library) -> None:
    assert recommended(library, QUIET | OCRELIZUMAB)["kind"] == "extend-interval"


@pytest.mark.parametrize("drug", [NATALIZUMAB, FINGOLIMOD], ids=["natalizumab", "fingolimod"])
@pytest.mark.parametrize("age", [30, 60, 75])
def test_no_bare_stop_of_natalizumab_or_s1p_at_any_age(library: Library, drug: dict[str, Any], age: int) -> None:
    found = stances(library, QUIET | drug | {"age": age})
    assert found[f"discontinue:{drug['therapy']}"] in ("not-advised", "barred")


@pytest.mark.parametrize("drug", [OCRELIZUMAB, NATALIZUMAB, FINGOLIMOD], ids=lambda drug: str(drug["therapy"]))
@pytest.mark.parametrize(
    "danger",
    [{"pml_suspected": True}, {"cns_opportunistic_active": True}, {"hepatitis_b_reactivation": True}],
    ids=lambda danger: next(iter(danger)),
)
def test_an_emergency_stands_before_everything(library: Library, drug: dict[str, Any], danger: dict[str, Any]) -> None:
    # everything else unknown: the emergency must not wait for it
    told = recommended(library, drug | danger)
    assert (told["kind"], told["strength"]) == ("hold-pending", "hold")
    assert (told["next_dose"], told["review"]) == ("withhold", "urgent")
    assert stances(library, drug | danger)[f"continue:{drug['therapy']}"] == "barred"


def test_an_emergency_lifts_the_cap_on_stopping_natalizumab(library: Library) -> None:
    calm, danger = (stances(library, QUIET | NATALIZUMAB | {"pml_suspected": found}) for found in (False, True))
    assert calm["discontinue:natalizumab"] == "not-advised"
    assert danger["discontinue:natalizumab"] != "not-advised"


def test_recent_activity_excludes_using_less(library: Library) -> None:
    active = {"years_since_relapse": 1.0, "years_quiet": 1.0, "relapses_2y": 1, "relapses_5y": 1}
    found = stances(library, QUIET | OCRELIZUMAB | active)
    for option, stance in found.items():
        if option.split(":")[0] in ("extend-interval", "reduce-dose", "switch-lower", "discontinue"):
            assert stance in ("not-advised", "barred"), option


def test_unknown_activity_leaves_using_less_undetermined(library: Library) -> None:
    unknown = {"years_since_relapse": None, "years_quiet": None, "relapses_2y": None, "relapses_5y": None}
    found = stances(library, QUIET | OCRELIZUMAB | unknown)
    assert found["extend-interval:ocrelizumab:52w"] == "undetermined"


def test_under_45_an_uncovered_stop_is_not_advised(library: Library) -> None:
    glatiramer = {"therapy": "glatiramer", "therapy_class": "glatiramer", "efficacy": "moderate"}
    assert stances(library, QUIET | glatiramer | {"age": 44.9})["discontinue:glatiramer"] == "not-advised"
    assert stances(library, QUIET | glatiramer | {"age": 60})["discontinue:glatiramer"] == "reasonable"


def test_course_therapies_have_nothing_to_stop(library: Library) -> None:
    cladribine = {"therapy": "cladribine", "therapy_class": "cladribine", "course_phase": "monitoring"}
    kinds = {option.split(":")[0] for option in stances(library, QUIET | cladribine)}
    assert "observe" in kinds
    assert not kinds & {"discontinue", "extend-interval"}


def test_anti_cd20_is_not_followed_by_a_strong_drug_as_if_it_were_milder(library: Library) -> None:
    lower = {o.split(":")[1] for o in stances(library, QUIET | OCRELIZUMAB) if o.startswith("switch-lower:")}
    strong = {name for name, drug in library.therapies.items() if library.classes[drug.class_].efficacy == "high"}
    assert lower
    assert not lower & strong


@pytest.mark.parametrize("drug", ["ofatumumab", "ublituximab"])
def test_no_longer_interval_without_evidence(library: Library, drug: str) -> None:
    kinds = {o.split(":")[0] for o in stances(library, QUIET | OCRELIZUMAB | {"therapy": drug})}
    assert "extend-interval" not in kinds


def test_unknown_drug_is_asked_for_and_no_dose_left_out(library: Library) -> None:
    told = recommended(library, QUIET)
    assert (told["kind"], told["next_dose"], told["reason"]) == (
        "hold-pending",
        "do-not-interrupt",
        "treatment-unknown",
    )


def test_a_trial_population_never_decides(library: Library) -> None:
    state = state_of(library, QUIET | OCRELIZUMAB)
    verdicts = hold(state, compiled(library))
    trials = [one for one in guidelines_of(library, None) if one.kind == "trial-population"]
    assert trials
    with_trials = decide(state, verdicts, trials, library)
    without = decide(state, verdicts, [], library)
    assert with_trials.summary.equals(without.summary)


def test_one_person_is_decided_alike_alone_and_in_a_panel(library: Library) -> None:
    people = [QUIET | OCRELIZUMAB, QUIET | NATALIZUMAB, {}, QUIET | FINGOLIMOD, QUIET | OCRELIZUMAB | {"age": 40}]
    together = decided(library, *people).summary.drop("person_id").rows()
    alone = [decided(library, person).summary.drop("person_id").row(0) for person in people]
    assert together == alone


def test_a_kind_that_waits_keeps_what_comes_after_it_from_being_recommended(library: Library) -> None:
    """A lapsed interval is settled first: its waiting is no way to a stop that guidelines support as well."""
    open_ = decided(library, QUIET | OCRELIZUMAB | {"lapsed": False}).summary.row(0, named=True)
    found = decided(library, QUIET | OCRELIZUMAB | {"lapsed": True})
    stances = {option.kind: STANCES[code] for option, code in zip(*found.of(0), strict=True)}
    assert open_["kind"] == "extend-interval"
    assert (stances["extend-interval"], stances["discontinue"]) == ("undetermined", "reasonable")
    assert found.summary.row(0, named=True)["reason"] == "blocked"
