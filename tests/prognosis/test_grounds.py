"""Certainty is that of the weakest link, by what the library holds."""

from __future__ import annotations

import pytest

from stepdown.decision.options import options_for
from stepdown.prognosis.drug import step_of
from stepdown.prognosis.grounds import GRADES, certainty, studies
from tests.prognosis.made import library, made


def of(outcome: str, therapy: str, start: str) -> str:
    shipped = library()
    option = next(one for one in options_for(therapy, shipped) if one.id.startswith(start))
    class_ = shipped.therapies[therapy].class_
    return certainty(made(), outcome, class_, step_of(option, therapy, shipped), option, shipped)


@pytest.mark.parametrize(
    ("outcome", "therapy", "start", "grade"),
    [
        ("relapse", "interferon-beta-1b", "discontinue", "moderate"),  # two trials of stopping, half on interferon
        # a tenth of those trials was on teriflunomide or a fumarate, and nothing else compares stopping them
        ("relapse", "teriflunomide", "discontinue", "very-low"),
        ("relapse", "dimethyl-fumarate", "discontinue", "very-low"),
        ("relapse", "natalizumab", "extend-interval", "moderate"),  # a trial of the two intervals
        ("relapse", "natalizumab", "discontinue", "low"),  # a cohort that compared directly
        ("relapse", "ocrelizumab", "reduce-dose", "very-low"),  # nobody compared the doses
        ("relapse", "ocrelizumab", "extend-interval:ocrelizumab:39w", "low"),
        ("disability-worsening", "ocrelizumab", "extend-interval", "very-low"),
        # a rate of infection is multiplied together from studies of unlike people, going on or not
        ("serious-infection", "ocrelizumab", "continue", "low"),
        ("serious-infection", "teriflunomide", "continue", "low"),
        ("serious-infection", "ocrelizumab", "discontinue", "low"),
        ("serious-infection", "cladribine", "observe", "very-low"),
    ],
)
def test_the_weakest_link(outcome: str, therapy: str, start: str, grade: str) -> None:
    assert of(outcome, therapy, start) == grade


def test_a_switch_that_nobody_compared_is_of_very_low_certainty() -> None:
    shipped = library()
    for therapy in ("ocrelizumab", "natalizumab", "fingolimod", "dimethyl-fumarate"):
        for option in options_for(therapy, shipped):
            if option.kind.startswith("switch"):
                assert of("relapse", therapy, option.id) == "very-low"


def test_no_change_is_surer_than_carrying_on() -> None:
    shipped = library()
    for therapy in ("ocrelizumab", "natalizumab", "fingolimod", "teriflunomide", "glatiramer"):
        for outcome in made().by_outcome:
            stay = GRADES.index(of(outcome, therapy, "continue"))
            for option in options_for(therapy, shipped):
                assert GRADES.index(of(outcome, therapy, option.id)) <= stay


def test_the_studies_of_a_number_are_named() -> None:
    shipped = library()
    option = next(one for one in options_for("natalizumab", shipped) if one.kind == "extend-interval")
    named = studies(made(), "relapse", "natalizumab", step_of(option, "natalizumab", shipped))
    assert "nova-2022" in named
    assert "ridose-2025" not in named
