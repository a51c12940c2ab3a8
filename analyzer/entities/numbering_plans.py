"""Telephone numbers: E.164, and which digits can be a number that people dictate in a country."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Plausibility = Literal["full", "short"]


@dataclass(frozen=True)
class NumberingPlan:
    """What the numbering plan of a country says beyond phonenumbers, which knows only what is possible."""

    trunk: str
    """dialled before a national number, left out after the country code"""
    mobile: str
    """how national mobile numbers begin"""
    lengths: range
    """digits of a national mobile number"""
    short_blocks: tuple[str, ...]
    """beginnings of the oldest blocks, which alone have numbers one digit shorter"""


# Mobile numbers in Indonesia have 11 to 13 digits with the 0; only the first blocks handed out (Halo, Mentari, Matrix,
# XL) have numbers of 10. A dictated number of 10 from another block has most likely lost a digit.
NUMBERING_PLANS: Mapping[str, NumberingPlan] = {
    "ID": NumberingPlan("0", "8", range(10, 13), ("811", "814", "815", "816", "817", "818", "855")),
}


def plausibility(digits: str, region: str) -> Plausibility | None:
    """How well digits as dictated fit a telephone number; None when they are none.

    "short": possible, but as likely a longer number of which digits were lost; it needs more proof.

    >>> likely("08123456789", "ID"), likely("0856123456", "ID"), likely("0811123456", "ID"), likely("08123", "ID")
    ('full', 'short', 'full', None)
    """
    plan = NUMBERING_PLANS.get(region)
    national = _national(digits, region)
    if plan is None:
        return "full" if e164(digits, region) else None
    if national.startswith(plan.mobile):
        if len(national) in plan.lengths:
            return "full"
        if len(national) == plan.lengths.start - 1:
            return "full" if national.startswith(plan.short_blocks) else "short"
        return None
    return "short" if digits.startswith(plan.trunk) and _fixed_line(national, region) else None


def starts_like_number(digits: str, region: str) -> bool:
    """Whether digits begin as a number is begun to be dictated: with the trunk or country code."""
    plan = NUMBERING_PLANS.get(region)
    if plan is None:
        return True
    return digits.startswith((plan.trunk + plan.mobile, f"{_country(region)}{plan.mobile}"))


@lru_cache(maxsize=4096)
def e164(digits: str, region: str) -> str | None:
    """A telephone number in E.164, or None when it cannot be one in `region`.

    Possible numbers are enough: operators open new prefixes faster than the library learns them.

    >>> e164("08123456789", "ID"), e164("62 812 3456 789", "ID")
    ('+628123456789', '+628123456789')
    """
    import phonenumbers

    plain = _national(digits, region) if region in NUMBERING_PLANS else digits
    try:
        number = phonenumbers.parse(plain, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _national(digits: str, region: str) -> str:
    """The national number: without country code and trunk; other countries' numbers ("+1...") as they are."""
    plan = NUMBERING_PLANS.get(region)
    if plan is None:
        return digits
    if digits.strip().startswith("+") and not digits.strip().startswith(f"+{_country(region)}"):
        return digits
    plain = "".join(letter for letter in digits if letter.isdigit())
    code = str(_country(region))
    if plain.startswith((code + plan.mobile, code + plan.trunk)) and len(plain) > plan.lengths.start:
        plain = plain.removeprefix(code)
    return plain.removeprefix(plan.trunk)


@lru_cache(maxsize=64)
def _country(region: str) -> int:
    import phonenumbers

    return int(phonenumbers.country_code_for_region(region))


@lru_cache(maxsize=4096)
def _fixed_line(national: str, region: str) -> bool:
    import phonenumbers

    number = phonenumbers.PhoneNumber(country_code=_country(region), national_number=int(national or "0"))
    return phonenumbers.number_type(number) in {
        phonenumbers.PhoneNumberType.FIXED_LINE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
    }
