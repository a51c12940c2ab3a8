"""Numbers and times as each language writes them."""

from datetime import UTC, datetime

import pytest

from analyzer.reports.templating import localized_time, number, shown_time

MONTHS = {
    "id": ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}


@pytest.mark.parametrize("text", ["", "pagi", "2026-13-40", "32/1/2026", "1762221753.45", "<b>2026-11-03</b>"])
def test_what_is_no_date_is_shown_as_written(text: str):
    assert shown_time(text) == (text, text)


def test_times_are_shown_as_each_language_writes_them():
    assert shown_time("2026-08-03 08:15") == ("3 Agu 2026 08.15", "3 Aug 2026 08:15")
    assert shown_time("3/8/26 08.15") == ("3 Agu 2026 08.15", "3 Aug 2026 08:15")


@pytest.mark.parametrize(
    ("lang", "month", "name"),
    [(lang, number, name) for lang, names in MONTHS.items() for number, name in enumerate(names, start=1)],
)
def test_months_have_the_names_that_people_use(lang: str, month: int, name: str):
    when = datetime(2026, month, 3, 8, 5, tzinfo=UTC)
    assert localized_time(when, "format.moment", lang) == f"3 {name} 2026, 08:05"


@pytest.mark.parametrize("value", [0, 0.04, 0.05, 1.25, 66.65, 66.667, 99.95, 99.949, 100, 12345.678, 0.25, 0.35, -1.5])
def test_numbers_have_at_most_one_decimal_and_the_language_s_mark(value: float):
    expected = f"{value:.1f}".removesuffix(".0")
    assert number(value, "en") == expected
    assert number(value, "id") == expected.replace(".", ",")
    assert number(value, "id", "0.00") == f"{value:.2f}".replace(".", ",")
