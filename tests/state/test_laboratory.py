"""Laboratory, rule by rule. The index date is 1 March 2026."""

from __future__ import annotations

from typing import Any

import pytest

from tests.state.records import bounds, covered, values

Row = tuple[str, dict[str, Any]]


def lab(test: str, at: str | None, value: float | str | None = None, **more: Any) -> Row:
    key = "value_code" if isinstance(value, str) else "value"
    return "lab", {"test": test, "at": at, key: value, "status": "final", **more}


def infusion(at: str) -> Row:
    return "dose", {"therapy": "immunoglobulin", "at": at}


def test_last_value_and_its_age() -> None:
    found = values(lab("lymphocytes", "2025-01-10", 1.4), lab("lymphocytes", "2026-01-01", 0.9))
    assert bounds(found["lymphocytes"]) == bounds(found["lymphocytes_last"]) == (0.9, 0.9)
    assert bounds(found["lymphocytes_last_months"]) == (2, 2)
    assert bounds(values()["lymphocytes_last"]) == (None, None)


@pytest.mark.parametrize(
    ("at", "fresh"), [("2025-12-01", True), ("2025-11-28", False), ("2025-12", True), ("2025-11", False), (None, False)]
)
def test_a_count_older_than_three_months_is_stale(at: str | None, fresh: bool) -> None:
    found = values(lab("lymphocytes", at, 1.4))
    assert bounds(found["lymphocytes"]) == ((1.4, 1.4) if fresh else (None, None))
    assert bounds(found["lymphocytes_last"]) == (1.4, 1.4)


def test_order_that_is_not_sure_gives_all_that_may_be_last() -> None:
    found = values(
        lab("neutrophils", "2026-01", 3.0), lab("neutrophils", "2026-01-15", 1.0), lab("neutrophils", "2025", 9.0)
    )
    assert bounds(found["neutrophils_last"]) == (1.0, 3.0)


def test_limits_are_open_intervals() -> None:
    assert bounds(values(lab("b-cells", "2026-01-01", 5.0, below_limit=True))["b_cells"]) == (0, 5)
    assert bounds(values(lab("igm", "2026-01-01", 0.2, above_limit=True))["igm"]) == (0.2, None)


def test_alt_is_a_multiple_of_a_limit_that_is_not_known() -> None:
    assert bounds(values(lab("alt", "2026-01-01", 165.0))["alt_ratio"]) == (3, 5.5)


@pytest.mark.parametrize(
    ("count", "grade"),
    [(1.3, (0, 0)), (1.1, (0, 1)), (0.9, (1, 1)), (0.8, (1, 1)), (0.7, (2, 2)), (0.4, (3, 3)), (0.1, (4, 4))],
)
def test_lymphopenia_by_ctcae(count: float, grade: tuple[float, float]) -> None:
    assert bounds(values(lab("lymphocytes", "2026-01-20", count))["lymphocyte_grade"]) == grade
    stale = values(lab("lymphocytes", "2025-01-20", count))["lymphocyte_grade"]
    assert bounds(stale) == (grade if grade[0] >= 1 else (None, None))


def test_months_below() -> None:
    low = [
        lab("lymphocytes", at, value) for at, value in (("2025-07-01", 0.4), ("2025-10-01", 0.45), ("2026-02-01", 0.48))
    ]
    found = values(lab("lymphocytes", "2025-05-01", 0.6), *low)
    assert bounds(found["months_lymphocytes_below_0_5"]) == (7, 10)
    assert bounds(found["months_lymphocytes_below_0_8"]) == (9, None)
    found = values(*low, lab("lymphocytes", "2026-02-10", 0.5))
    assert bounds(found["months_lymphocytes_below_0_5"]) == (0, 0.679)
    assert (
        bounds(values(*low[:2], lab("lymphocytes", "2026-02", 0.5, below_limit=True))["months_lymphocytes_below_0_5"])[
            0
        ]
        == 7
    )
    assert bounds(values()["months_lymphocytes_below_0_5"]) == (0, None)


def test_trend_a_year() -> None:
    found = values(lab("igg", "2022-01-01", 20.0), lab("igg", "2023-06-01", 8.0), lab("igg", "2024-01-01", 1.0),
                   lab("igg", "2025-12-01", 5.5))  # fmt: skip
    assert bounds(found["igg_trend"]) == (-1.0, -1.0)
    assert bounds(values(lab("igg", "2025-09-01", 8.0), lab("igg", "2025-12-01", 7.0))["igg_trend"]) == (None, None)
    low, high = bounds(values(lab("iga", "2024", 3.0), lab("iga", "2026-01-01", 2.0))["iga_trend"])
    assert low == -0.997  # from the last day of 2024
    assert high is not None
    assert -1.0 < high < -0.49


def test_igg_on_replacement_is_not_ones_own() -> None:
    own, lent = lab("igg", "2025-06-01", 4.0), lab("igg", "2026-01-20", 7.5)
    assert bounds(values(own, lent)["igg"]) == (7.5, 7.5)
    found = values(own, lent, infusion("2025-12-20"))
    assert bounds(found["igg"]) == (None, None)
    assert bounds(found["igg_last"]) == (4.0, 4.0)
    assert bounds(values(own, infusion("2025-06-02"))["igg"]) == (4.0, 4.0)
    assert bounds(values(lent, infusion("2020-06-02"))["igg"]) == (7.5, 7.5)


def test_hepatitis_b() -> None:
    found = values(lab("hbsag", "2018-02", "negative"), lab("anti-hbc", "2018-02", "negative"))
    assert found["hbsag"] is False
    assert found["anti_hbc"] is False
    assert values()["anti_hbc"] is None
    assert values(lab("anti-hbc", "2018-02-01", "positive"))["anti_hbc"] is True
    assert values(lab("anti-hbc", "2018-02-01", "positive"), infusion("2018-01-01"))["anti_hbc"] is None
    assert values(lab("anti-hbc", "2018-02-01", "positive"), infusion("2017-10-01"))["anti_hbc"] is True
    assert values(lab("anti-hbc", "2018-02-01", "equivocal"))["anti_hbc"] is None
    assert values(lab("hbv-dna", "2026-01-01", 20.0, below_limit=True))["hbv_dna"] is False
    assert values(lab("hbv-dna", "2026-01-01", 500.0))["hbv_dna"] is True
    found = values(lab("hbv-dna", "2025-01-01", 500.0))
    assert (found["hbv_dna"], found["hbv_dna_last"]) == (None, True)


@pytest.mark.parametrize(
    ("results", "now", "last"),
    [
        ([("jcv-antibody", "2016-01-01", "positive")], True, True),
        ([("jcv-antibody", "2016-01-01", "positive"), ("jcv-antibody", "2026-01-01", "negative")], True, True),
        ([("jcv-antibody", "2025-10-01", "negative")], False, False),
        ([("jcv-antibody", "2025-07-01", "negative")], None, False),
        ([("jcv-index", "2016-01-01", 1.8)], True, True),
        ([("jcv-index", "2025-10-01", 0.1)], False, False),
        ([("jcv-index", "2025-10-01", 0.3)], None, None),
    ],
)
def test_jc_virus_stays_positive_and_negative_goes_stale(results: list[Any], now: Any, last: Any) -> None:
    found = values(*(lab(*result) for result in results))
    assert (found["jcv_positive"], found["jcv_positive_last"]) == (now, last)


def test_no_jc_virus_test_within_six_months_of_immunoglobulin() -> None:
    assert values(lab("jcv-antibody", "2026-01-01", "positive"), infusion("2025-09-01"))["jcv_positive"] is None
    assert values(lab("jcv-antibody", "2026-01-01", "positive"), infusion("2025-05-01"))["jcv_positive"] is True


def test_varicella_by_antibody_or_two_vaccinations() -> None:
    shots = [("vaccination", {"vaccine": "varicella", "at": day}) for day in ("2010-01-01", "2010-03-01")]
    assert values(lab("vzv-igg", "2015", "positive"))["vzv_immune"] is True
    assert values(lab("vzv-igg", "2009", "negative"))["vzv_immune"] is False
    assert values(lab("vzv-igg", "2009", "negative"), *shots)["vzv_immune"] is True
    assert values(covered(), *shots[:1])["vzv_immune"] is None


def test_antibodies_that_were_found_once() -> None:
    found = values(lab("aqp4", "2015", "positive"), lab("aqp4", "2020", "negative"), lab("mog", "2020", "negative"))
    assert found["aqp4_positive"] is True
    assert found["mog_positive"] is False
    assert found["hiv"] is None
    assert values(lab("tb-igra", "2015", "positive"), lab("tb-igra", "2020", "negative"))["tb_test"] is False
