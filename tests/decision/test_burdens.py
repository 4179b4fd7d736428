"""The yearly burden of options, against what labels say of regimens."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stepdown.decision.burdens import burdens
from stepdown.decision.options import options_for
from stepdown.decision.preferences import BURDENS
from stepdown.knowledge.library import Library, load

UNKNOWN = (-np.inf, np.inf)


@pytest.fixture(scope="module")
def library() -> Library:
    return load()


def yearly(library: Library, drug: str, *weeks: tuple[float, float], years: float = 2.0) -> list[dict[str, Any]]:
    options = options_for(drug, library)
    found = burdens(options, np.array(weeks or [UNKNOWN], dtype=float), years, library)
    assert found.shape == (len(weeks or [0]), len(options), len(BURDENS), 2)
    return [
        {option.id: dict(zip(BURDENS, row.tolist(), strict=True)) for option, row in zip(options, person, strict=True)}
        for person in found
    ]


def test_ocrelizumab(library: Library) -> None:
    (found,) = yearly(library, "ocrelizumab")
    assert found["continue:ocrelizumab"]["infusion"] == [2, 2]  # not the two half doses of the start
    assert found["extend-interval:ocrelizumab:52w"]["infusion"] == pytest.approx([365.25 / 364] * 2)
    assert found["reduce-dose:ocrelizumab:300mg"]["infusion"] == [2, 2]
    assert found["discontinue:ocrelizumab"] == {name: [0, 0] for name in BURDENS}
    assert found["switch-lower:dimethyl-fumarate"]["tablet-day"] == [365, 365]
    assert found["switch-lower:glatiramer"]["injection"] == [156, 156]
    assert found["switch-lower:glatiramer"]["blood-test"] == pytest.approx([np.nan] * 2, nan_ok=True)


def test_a_switch_counts_from_its_first_dose(library: Library) -> None:
    (found,) = yearly(library, "natalizumab")
    assert found["switch-lateral:ocrelizumab"]["infusion"] == [2.5, 2.5]  # three in the first year, two in the second
    (longer,) = yearly(library, "natalizumab", years=5.0)
    assert longer["switch-lateral:ocrelizumab"]["infusion"] == pytest.approx([2.2, 2.2])


def test_courses_are_given_once(library: Library) -> None:
    (found,) = yearly(library, "ocrelizumab")
    assert found["switch-lateral:cladribine"]["tablet-day"] == [10, 10]  # a course a year for two years
    (far,) = yearly(library, "ocrelizumab", years=5.0)
    assert far["switch-lateral:cladribine"]["tablet-day"] == [4, 4]
    (mine,) = yearly(library, "cladribine")
    assert mine["observe:cladribine"]["tablet-day"] == [0, 0]
    assert mine["continue:cladribine"]["tablet-day"] == [5, 5]  # one more course, over two years


def test_carrying_on_has_the_persons_own_interval(library: Library) -> None:
    found = yearly(library, "ocrelizumab", UNKNOWN, (26, 26), (52, 52), (26, 52), (26, np.inf))
    mine = [person["continue:ocrelizumab"]["infusion"] for person in found]
    yearly_dose = 365.25 / 364
    wanted: Any = [[2, 2], [2, 2], [yearly_dose] * 2, [yearly_dose, 2], [2, 2]]
    np.testing.assert_allclose(mine, wanted)
    for person in found:
        assert person["extend-interval:ocrelizumab:52w"]["infusion"] == pytest.approx([yearly_dose] * 2)
