"""Days as manifests and recorders write them."""

from datetime import date

import pytest

from analyzer.sources.call_time import day_of


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
    ],
)
def test_a_day_is_read_or_it_is_none(text: str | None, day: date | None):
    assert day_of(text) == day
