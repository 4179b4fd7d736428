from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepdown.record.dates import Span, between, read_date


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        (2020, date(2020, 1, 1), date(2020, 12, 31)),
        ("2020", date(2020, 1, 1), date(2020, 12, 31)),
        ("2020-02", date(2020, 2, 1), date(2020, 2, 29)),
        ("2100-02", date(2100, 2, 1), date(2100, 2, 28)),
        ("2020-12", date(2020, 12, 1), date(2020, 12, 31)),
        (" 2020-05-01 ", date(2020, 5, 1), date(2020, 5, 1)),
        ("2020-02-29", date(2020, 2, 29), date(2020, 2, 29)),
    ],
)
def test_a_day_a_month_or_a_year_spans_what_it_may_mean(written: object, first: date, last: date) -> None:
    assert read_date(written) == Span(first, last)


@pytest.mark.parametrize(
    "written",
    ["2020-05-01T23:59:59+02:00", "2020-05-01T00:10:00-11:00", "2020-05-01T12:00:00.123Z", "2020-05-01T08:00"],
)
def test_the_date_part_counts_as_written_whatever_the_time_zone(written: str) -> None:
    assert read_date(written) == Span(date(2020, 5, 1), date(2020, 5, 1))


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("2023-02-29", "has 28 days"),
        ("2100-02-29", "has 28 days"),
        ("2020-04-31", "has 30 days"),
        ("2020-04-00", "has 30 days"),
        ("2020-13", "no month 13"),
        ("2020-00", "no month 0"),
        ("0020-01-01", "before 1900"),
        (1066, "before 1900"),
        ("01.05.2020", "is not a date"),
        ("5/2020", "is not a date"),
        ("2020-5-1", "is not a date"),
        ("2020-05-01 or so", "is not a date"),
        ("20200501", "is not a date"),
        ("", "is not a date"),
        (True, "is not a date"),
        (None, "is not a date"),
        (2020.5, "is not a date"),
        (["2020"], "is not a date"),
        (20200501, "is not a date"),
        ("x" * 10_000, "is not a date"),
    ],
)
def test_what_is_no_date_is_refused_with_a_way_to_mend_it(written: object, says: str) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        read_date(written)
    assert len(str(caught.value)) < 200


def test_between_two_dates_both_are_included() -> None:
    assert between(read_date(2019), read_date("2021-06")) == Span(date(2019, 1, 1), date(2021, 6, 30))
    assert between(read_date(2019), None) == Span(date(2019, 1, 1), None)
    assert between(None, read_date(2019)) == Span(None, date(2019, 12, 31))
    assert between(read_date(2019), read_date(2019)) == read_date(2019)


def test_between_refuses_bounds_that_are_swapped() -> None:
    with pytest.raises(ValueError, match="swap them"):
        between(read_date(2021), read_date(2019))


@given(st.dates(date(1901, 1, 1), date(2199, 12, 31)), st.sampled_from([4, 7, 10]))
def test_a_day_lies_in_the_span_of_every_way_to_write_it(day: date, length: int) -> None:
    found = read_date(day.isoformat()[:length])
    assert found.first is not None
    assert found.last is not None
    assert found.first <= day <= found.last
    assert (found.first - timedelta(1)).isoformat()[:length] != day.isoformat()[:length]
    assert (found.last + timedelta(1)).isoformat()[:length] != day.isoformat()[:length]
