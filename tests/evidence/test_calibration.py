"""How well groups were predicted: coverage, observed over expected, bands; and the groups that are shipped."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stepdown.evidence.calibration import summary, tally
from stepdown.evidence.cohorts import SHIPPED, read, shipped
from stepdown.evidence.inputs import estimate
from stepdown.evidence.replicate import Replication
from stepdown.knowledge.library import load as library


def found(events: int, outcome: str = "relapse", used: bool = False, why: str = "") -> Replication:
    bare = Replication(str(events), "s", outcome, used, "1", 0.1 * events, events, why=why)
    return bare if why else replace(bare, expected=2.0, middle=1.5, mean=0.2, low=0.05, high=0.25, rank=events / 4)


def test_the_tally_counts() -> None:
    rows = [found(events) for events in range(4)]
    told = tally(rows, bands=2)
    assert (told.groups, told.inside, told.half, told.observed) == (4, 2, 3, 6)
    assert told.ratio == pytest.approx(0.75)
    assert told.typical == pytest.approx(np.exp(np.mean(np.log(np.array([0.5, 1.5, 2.5, 3.5]) / 2.0))))
    assert [band.groups for band in told.bands] == [2, 2]
    assert [told.bands[0].predicted, told.bands[0].seen] == pytest.approx([0.2, 0.05])


def test_groups_that_were_fitted_and_outcomes_stand_apart() -> None:
    rows = [found(1, used=True), found(2), found(3, "mri-activity"), found(0, "mri-activity", why="no draws")]
    told = [(one.outcome, one.used_in_fit, one.groups, one.observed) for one in summary(rows)]
    assert told == [("relapse", True, 1, 1), ("relapse", False, 1, 2), ("mri-activity", False, 1, 3),
                    ("", True, 1, 1), ("", False, 2, 5)]  # fmt: skip
    assert [one.outcome for one in summary(rows[:2])] == ["relapse", "relapse"]
    assert summary([found(0, why="no draws")]) == []


def test_each_shipped_group_says_what_its_study_says() -> None:
    books = library()
    for group in read(SHIPPED, books):
        figure = estimate(books, group.study)
        seen = group.events / group.size
        assert figure.outcome == group.outcome, group.id
        assert figure.status != "unverified", group.id
        assert group.why == "", group.id
        if figure.low is not None or figure.high is not None:
            assert (figure.low or 0) <= seen <= (figure.high or np.inf), group.id
        if figure.measure != "count" and figure.value is not None and group.id != "imust-6-months":
            assert seen == pytest.approx(figure.value, abs=0.006), group.id
        if figure.events is not None:
            assert group.events == figure.events, group.id
        if group.n is not None and group.n != 196:  # an effective number, from the interval
            assert figure.n in (None, group.n), group.id


def test_no_shipped_group_stands_among_the_arms() -> None:
    books = library()
    held = shipped(books)
    arms = {(arm.outcome, arm.estimate) for arm in books.arms.values() if arm.role != "unused"}
    assert not arms & {(group.outcome, group.study) for group in held}
    assert {group.outcome for group in held} >= {"any-activity", "relapse"}
    assert not {group.id for group in held} & {*books.arms}
