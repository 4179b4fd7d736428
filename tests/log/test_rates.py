"""Rates are counted as one would by hand, with the intervals of the books."""

from __future__ import annotations

import pytest

from stepdown.log.body import Decision
from stepdown.log.rates import Rate, rates, wilson
from tests.log.made import STOP, WIDER, WIDEST, assessment, draft


def decided(option: str, reason: str = "person-prefers") -> Decision:
    made = draft(assessment(), option, [reason]).body
    assert isinstance(made, Decision)
    return made


FOUR = [
    decided(WIDEST), decided(WIDER), decided(STOP), decided(STOP, "disagrees-with-criterion:panel-2025/quiet"),
]  # fmt: skip


def rate(of: str, verdict: str = "") -> Rate:
    (one,) = [one for one in rates(FOUR) if (one.of, one.verdict) == (of, verdict)]
    return one


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    # Newcombe RG. Stat Med 1998;17:857-72, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_that_of_wilson(count: int, n: int, low: float, high: float) -> None:
    share = wilson(count, n)
    assert (round(share.low, 4), round(share.high, 4)) == (low, high)
    assert share.share == count / n
    mirrored = wilson(n - count, n)
    assert (mirrored.low, mirrored.high) == pytest.approx((1 - share.high, 1 - share.low))


def test_the_three_outcomes_are_counted_and_leave_nobody_out() -> None:
    one = rate("")
    assert (one.group, one.n) == ("all", 4)
    assert (one.followed.count, one.varied.count, one.overridden.count) == (1, 1, 2)
    for each in rates(FOUR):
        assert each.followed.count + each.varied.count + each.overridden.count == each.n
        assert each.followed.share + each.varied.share + each.overridden.share == pytest.approx(1)


def test_a_criterion_is_counted_by_its_verdict_and_where_it_is_named_as_the_reason() -> None:
    assert rate("extend-interval").n == 4
    one = rate("panel-2025/quiet", "met")
    assert (one.n, one.overridden.count, one.named) == (4, 2, 1)
    assert rate("panel-2025/age", "met").named == 0
    assert rate("panel-2025/igg", "unknown").n == 4
    assert [each.verdict for each in rates(FOUR) if each.of == "panel-2025/igg"] == ["unknown"]


def test_a_guideline_that_does_not_apply_is_not_counted_and_one_that_may_is() -> None:
    guidelines = {one.of.partition("/")[0] for one in rates(FOUR) if one.group == "criterion"}
    assert guidelines == {"panel-2025", "ectrims-2025"}


def test_no_decisions_have_no_rates() -> None:
    assert rates([]) == []
