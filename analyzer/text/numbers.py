"""Spoken numbers: digit by digit, with repeats and teens, to telephone numbers in E.164."""

from collections.abc import Sequence
from functools import lru_cache

from analyzer.text.language import LANGUAGES


def digit_runs(words: Sequence[str], code: str, *, gap: int = 2) -> list[str]:
    """Runs of digits in normal words; up to `gap` other words inside a run are passed over (misheard fillers).

    >>> digit_runs(["0", "8", "1", "2", "dobel", "3", "6", "belas"], "id")
    ['08123316']
    """
    rules = LANGUAGES[code]
    runs: list[str] = []
    current = ""
    skipped = 0
    repeat = 1
    for word in words:
        if word in rules.double or word in rules.triple:
            repeat = 2 if word in rules.double else 3
        elif word.isdigit():
            current += word * repeat
            repeat, skipped = 1, 0
        elif word in rules.wholes:
            current += rules.wholes[word]
            skipped = 0
        elif word in rules.teens and current:
            current = current[:-1] + "1" + current[-1]
        elif word in rules.tens and current:
            current = current + "0"  # "dua puluh" as 20; "dua puluh tiga" is mended below
            skipped = -1
        elif current:
            skipped += 1
            if skipped > gap:
                runs.append(current)
                current, skipped = "", 0
    if current:
        runs.append(current)
    return runs


@lru_cache(maxsize=4096)
def e164(digits: str, region: str) -> str | None:
    """A telephone number in E.164, or None when it cannot be one in `region`.

    Possible numbers are enough: operators open new prefixes faster than the library learns them.

    >>> e164("08123456789", "ID")
    '+628123456789'
    """
    import phonenumbers

    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
