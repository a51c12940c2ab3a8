"""When a call began, read from what a manifest or a recorder's file name says."""

import re
from datetime import date, datetime, timedelta

# Year first, or day first as everybody writes it in Indonesia; the month is never first.
_DATES = (
    re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"),
    re.compile(r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)"),
    re.compile(r"(?P<day>\d{1,2})[-/. ](?P<month>\d{1,2})[-/. ](?P<year>\d{4})"),
    re.compile(r"(?P<day>\d{1,2})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<year>\d{2})(?!\d)"),
)
_TIME = re.compile(
    r"(?:[ T_,-]*(?P<hour>\d{1,2})[:.\-]?(?P<minute>\d{2})(?:[:.\-]?(?P<second>\d{2}))?(?:[.,]\d+)?)?"
    r"(?: ?(?:Z|UTC|WIB|WITA|WIT|[+-]\d{2}:?\d{2}))?",
    re.IGNORECASE,
)


def read_time(started_at: str | None) -> datetime | None:
    """A date with its time as the clock of the call centre showed it; None when the text is not one.

    A time zone is left out; a date alone is its midnight.

    >>> read_time("2026-11-03T11:15:09+07:00"), read_time("3/11/26 08.15"), read_time("pagi")
    (datetime.datetime(2026, 11, 3, 11, 15, 9), datetime.datetime(2026, 11, 3, 8, 15), None)
    """
    day, rest = _read_date(started_at)
    match = _TIME.fullmatch(rest)
    if day is None or match is None:
        return None
    try:
        hour, minute, second = (int(part or 0) for part in match.group("hour", "minute", "second"))
        return datetime(day.year, day.month, day.day, hour, minute, second)  # noqa: DTZ001 - the wall clock
    except ValueError:
        return None


def day_of(started_at: str | None) -> date | None:
    """The calendar day, whatever follows it; None when there is none to be read. It is the day as written.

    >>> day_of("2026-11-03T09:25:17+07:00"), day_of("3 11 2026 pagi"), day_of("20261103-092517"), day_of("kemarin")
    (datetime.date(2026, 11, 3), datetime.date(2026, 11, 3), datetime.date(2026, 11, 3), None)
    """
    day, rest = _read_date(started_at)
    # a date does not go on with digits, unless they are the time: "082145567788" is a telephone number
    return None if rest[:1].isdigit() and read_time(started_at) is None else day


def week_of(day: date) -> date:
    """The Monday of a day's week.

    >>> week_of(day_of("2026-11-05"))
    datetime.date(2026, 11, 2)
    """
    return day - timedelta(days=day.weekday())


def _read_date(text: str | None) -> tuple[date | None, str]:
    """The date at the beginning of a text, and what follows it."""
    line = (text or "").strip()
    match = next((match for form in _DATES if (match := form.match(line))), None)
    if match is None:
        return None, line
    year = int(match["year"])
    try:
        day = date(year if year > 99 else 2000 + year, int(match["month"]), int(match["day"]))  # noqa: PLR2004
    except ValueError:
        return None, line
    return day, line[match.end() :]
