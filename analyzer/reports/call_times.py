"""When calls began: manifests write it in many ways, and it is kept as written."""

import re
from datetime import datetime

from analyzer.reports.words import Both

_MONTHS_ID = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TIME = r"(?:[ T_,-]*(?P<hour>\d{1,2})[:.\-]?(?P<minute>\d{2})(?:[:.\-]?(?P<second>\d{2}))?(?:[.,]\d+)?)?"
_ZONE = r"(?: ?(?:Z|UTC|WIB|WITA|WIT|[+-]\d{2}:?\d{2}))?"
_FORMS = tuple(
    re.compile(rf"{date}{_TIME}{_ZONE}", re.IGNORECASE)
    for date in (
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
        r"(?P<day>\d{1,2})[-/. ](?P<month>\d{1,2})[-/. ](?P<year>\d{4})",  # Indonesians write the day first
    )
)


def read_time(text: str | None) -> datetime | None:
    """A date with its time as the clock of the call centre showed it (a zone is left out); None when it is neither.

    >>> read_time("2026-11-03T11:15:09+07:00"), read_time("3/11/2026 08.15"), read_time("pagi")
    (datetime.datetime(2026, 11, 3, 11, 15, 9), datetime.datetime(2026, 11, 3, 8, 15), None)
    """
    for form in _FORMS:
        found = form.fullmatch((text or "").strip())
        if found:
            parts = {name: int(value) for name, value in found.groupdict().items() if value}
            try:
                return datetime(**parts)  # type: ignore[arg-type]  # noqa: DTZ001 - the wall clock, whatever its zone
            except ValueError:
                return None
    return None


def shown_time(text: str) -> Both:
    """A time as people write it, in both languages; what cannot be read stays as it is.

    >>> shown_time("2026-05-03 08:15")
    ('3 Mei 2026 08.15', '3 May 2026 08:15')
    """
    when = read_time(text)
    if when is None:
        return text, text
    day = f"{when.day} {{}} {when.year} {when:%H}{{}}{when:%M}"
    return day.format(_MONTHS_ID[when.month - 1], "."), day.format(_MONTHS_EN[when.month - 1], ":")
