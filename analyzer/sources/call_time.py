"""The day on which a call began, read from what a manifest or a recorder's file name says."""

import re
from datetime import date, timedelta

# Year first, or day first as everybody writes it in Indonesia; the month is never first.
_FORMS = (
    re.compile(r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})(?!\d)"),
    re.compile(r"(?P<day>\d{1,2})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<year>\d{4}|\d{2})(?!\d)"),
    re.compile(r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)(?:\d{4}|\d{6})?(?!\d)"),  # perhaps with the time
)


def day_of(started_at: str | None) -> date | None:
    """The calendar day; None when there is none to be read. No time zone is applied: it is the day as written.

    >>> day_of("2026-11-03T09:25:17+07:00"), day_of("3/11/2026 09.25"), day_of("20261103-092517"), day_of("kemarin")
    (datetime.date(2026, 11, 3), datetime.date(2026, 11, 3), datetime.date(2026, 11, 3), None)
    """
    text = (started_at or "").strip()
    found = next((found for form in _FORMS if (found := form.match(text))), None)
    if found is None:
        return None
    year = int(found["year"])
    try:
        return date(year if year > 99 else 2000 + year, int(found["month"]), int(found["day"]))  # noqa: PLR2004
    except ValueError:
        return None


def week_of(day: date) -> date:
    """The Monday of a day's week.

    >>> week_of(day_of("2026-11-05"))
    datetime.date(2026, 11, 2)
    """
    return day - timedelta(days=day.weekday())
