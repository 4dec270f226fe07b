"""Dates as outlets write them; data/feeds/dates.xml shows them on their way through a feed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.dates import read_date

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
NINE = datetime(2026, 4, 30, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "raw",
    [
        "2026-04-30T09:00:00Z",
        "2026-04-30T09:00Z",
        "2026-04-30 09:00",
        "2026-04-30 12:00:00 +0300",
        "2026-04-30T12:00:00+03:00",
        "2026-04-30T12:00:00.123+03:00",
        "2026-04-30 12:00 +03",
        "2026-04-30 09:00:00 UTC",
        "2026-04-30T09:00:00 gmt",
        "Thu, 30 Apr 2026 09:00:00 GMT",
        "Thu, 30 Apr 2026 12:00:00 +0300",
        "30 Apr 2026 09:00:00 Z",
        "Thu, 30 Apr 26 09:00 GMT",
        "  Thu,  30 Apr\n2026 09:00:00  GMT ",
        "Thu Apr 30 09:00:00 2026",
        "1777539600",
    ],
)
def test_one_moment_in_many_spellings(raw: str) -> None:
    date = read_date(raw, None, NOW)
    assert date is not None
    assert date.replace(microsecond=0) == NINE
    assert date.tzinfo is UTC


@pytest.mark.parametrize(
    "raw",
    [
        "",
        " ",
        "soon",
        "0000-00-00",
        "2026-13-01T00:00:00Z",
        "2026-04-30T25:00:00Z",
        "1700000000000000",
        "06.09.2021",
        "-1",
        "Sun, 06 Nov 1904 08:49:37 GMT",
        "2099-01-01T00:00:00Z",
        "9999-12-31T23:59:59-23:59",
        "2026-04-30T09:00:00+99:99",
    ],
)
def test_what_is_no_date_of_publication_is_none(raw: str) -> None:
    assert read_date(raw, None, NOW) is None


def test_feedparsers_reading_helps_where_ours_fails() -> None:
    assert read_date("2026년 4월 30일", (2026, 4, 30, 9, 0, 0, 3, 120, 0), NOW) == NINE


@pytest.mark.parametrize(
    "parsed", [(1699, 1, 1, 0, 0, 0), (-1, 1, 1, 0, 0, 0), (2026, 2, 30, 0, 0, 0), (2026, 4, 30, 24, 0, 61)]
)
def test_feedparsers_impossible_readings_are_none(parsed: tuple[int, ...]) -> None:
    assert read_date("x", parsed, NOW) is None


@given(
    st.text(max_size=60) | st.from_regex(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)? ?([+-]\d\d:?\d\d|Z)?", fullmatch=True)
)
def test_no_text_makes_it_raise(raw: str) -> None:
    date = read_date(raw, None, NOW)
    assert date is None or datetime(1990, 1, 1, tzinfo=UTC) <= date <= NOW + timedelta(days=366)
