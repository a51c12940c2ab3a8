"""Times of manifests, however they are written."""

from datetime import datetime

import pytest

from analyzer.reports.call_times import read_time, shown_time


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-03 08:15:09", "2026-11-03T08:15:09+07:00", "2026-11-03T08:15:09.123Z", "2026/11/3 8:15:09",
        "20261103081509", "20261103-081509", "20261103_081509", "3/11/2026 08.15.09", "03-11-2026 08:15:09",
        "03.11.2026, 08:15:09", " 3 11 2026 08:15:09 WIB ",
    ],
)  # fmt: skip
def test_the_same_moment_is_read_from_every_way_to_write_it(text: str):
    assert read_time(text) == datetime(2026, 11, 3, 8, 15, 9)  # noqa: DTZ001 - the wall clock


@pytest.mark.parametrize("text", ["2026-11-03", "3/11/2026", "20261103"])
def test_a_day_alone_is_midnight(text: str):
    assert read_time(text) == datetime(2026, 11, 3)  # noqa: DTZ001


@pytest.mark.parametrize("text", [None, "", "pagi", "2026-13-40", "32/1/2026", "1762221753.45", "<b>2026-11-03</b>"])
def test_what_is_no_date_is_none_and_shown_as_written(text: str | None):
    assert read_time(text) is None
    assert shown_time(text or "") == (text or "", text or "")


def test_times_are_shown_as_each_language_writes_them():
    assert shown_time("2026-08-03 08:15") == ("3 Agu 2026 08.15", "3 Aug 2026 08:15")
