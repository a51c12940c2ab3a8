"""Days and times as manifests and recorders write them."""

from datetime import date, datetime

import pytest

from analyzer.sources.call_time import day_of, read_time


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-03T09:25:17+07:00", date(2026, 11, 3)),
        ("2026-11-03T00:25:17Z", date(2026, 11, 3)),  # as written: no time zone is guessed
        ("2026/1/2 10:00", date(2026, 1, 2)),
        (" 03.11.2026 9.25", date(2026, 11, 3)),
        ("3/11/26", date(2026, 11, 3)),
        ("20261103-092517", date(2026, 11, 3)),
        ("20261103092517", date(2026, 11, 3)),
        ("082145567788", None),  # a telephone number
        ("17621343171220", None),
        ("13/13/2026", None),
        ("2026-02-30", None),
        ("kemarin", None),
        ("", None),
        (None, None),
        ("3 11 2026 08:15", date(2026, 11, 3)),
        ("2026-11/03", date(2026, 11, 3)),
        ("20261103815", date(2026, 11, 3)),
        ("2026-11-03 pagi", date(2026, 11, 3)),
        ("2026-11-03 25:61", date(2026, 11, 3)),
        ("3/11/261", None),
        ("3/11/26.45", date(2026, 11, 3)),
    ],
)
def test_a_day_is_read_or_it_is_none(text: str | None, day: date | None):
    assert day_of(text) == day


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-03 08:15:09", "2026-11-03T08:15:09+07:00", "2026-11-03T08:15:09.123Z", "2026/11/3 8:15:09",
        "20261103081509", "20261103-081509", "20261103_081509", "3/11/2026 08.15.09", "03-11-2026 08:15:09",
        "03.11.2026, 08:15:09", " 3 11 2026 08:15:09 WIB ", "3/11/26 08.15.09", "03-11-26_081509",
    ],
)  # fmt: skip
def test_the_same_moment_is_read_from_every_way_to_write_it(text: str):
    assert read_time(text) == datetime(2026, 11, 3, 8, 15, 9)  # noqa: DTZ001 - the wall clock
    assert day_of(text) == date(2026, 11, 3)


@pytest.mark.parametrize("text", ["2026-11-03", "3/11/2026", "20261103", "3/11/26"])
def test_a_day_alone_is_midnight(text: str):
    assert read_time(text) == datetime(2026, 11, 3)  # noqa: DTZ001


@pytest.mark.parametrize(
    "text",
    [
        None, "", "pagi", "2026-13-40", "32/1/2026", "1762221753.45", "<b>2026-11-03</b>", "2026-11-03 pagi",
        "2026-11-03 25:61", "082145567788", "09121105",
    ],
)  # fmt: skip
def test_what_is_no_time_is_none(text: str | None):
    assert read_time(text) is None
