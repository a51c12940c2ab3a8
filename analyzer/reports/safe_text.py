"""Text from outside without control characters: file names, agent names and recognised words may be hostile.

Each writer escapes for its own format; here only those characters are removed that no output should carry.
"""

import re

_KEPT_BLANKS = re.compile(r"[\t\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
# Overrides reorder the text around them ("gpj.exe" shown as "exe.jpg"); right-to-left letters stay.
_BIDI_OVERRIDES = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")


def one_line(text: str) -> str:
    """`text` on one line: line breaks and tabs become a space, control and bidi-override characters go.

    >>> one_line("a\\r\\nb\\x1b[31mc")
    'a b[31mc'
    """
    if text.isprintable():  # nearly all text; nothing below would change it
        return text
    text = _KEPT_BLANKS.sub(" ", text)
    text = _BIDI_OVERRIDES.sub("", _CONTROLS.sub("", text))
    return printable(text)


def printable(text: str) -> str:
    """`text` that can be written as UTF-8: a byte of a file name that was no UTF-8 becomes U+FFFD."""
    return _SURROGATES.sub("\ufffd", text)


def clock(seconds: float) -> str:
    """Seconds from the start as people read them: `0:07`, `12:34`, `1:02:03`; parts of a second are dropped.

    >>> clock(7.9), clock(754), clock(3723)
    ('0:07', '12:34', '1:02:03')
    """
    minutes, second = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{second:02}" if hours else f"{minutes}:{second:02}"
