"""Spoken e-mail addresses: "budi titik santoso at gmail titik com" -> budi.santoso@gmail.com.

The domain is a provider's or a company's name and an ending such as "co.id". Nothing is completed but what was heard:
an ending that was lost is known only for providers that have one ending.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from analyzer.entities.email.local_part import NAME_KINDS, local_part_before, may_be_same
from analyzer.entities.tokens import DictationVocabulary, Token, TokenKind, edit_distance, nearest_by_sound
from analyzer.language.registry import EmailWords, language

_WRITTEN = re.compile(r"[a-z0-9][a-z0-9._+-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.IGNORECASE)
_MAX_PROVIDER_DISTANCE = 2  # letters in which a misheard provider may be spelled otherwise
_UNCLEAR = "?"  # an ending after a dot that was misheard
_MAX_COMPANY_WORDS = 4
_MIN_ENDING = 3  # letters of an ending that may be misheard by one letter
_PAUSES: frozenset[TokenKind] = frozenset({"filler", "remark", "pause"})
_REMARKS: frozenset[TokenKind] = frozenset({"filler", "remark", "pause", "stop"})


class EmailAddress(NamedTuple):
    """An address as far as it was heard; both parts when it is whole."""

    local: str
    domain: str
    corrected: bool = False
    """whether it was said after something was taken back"""
    pieces: int = 0
    """words, letters and digits of the local part that only one source gives"""

    @property
    def text(self) -> str | None:
        """The whole address in normal form, or None."""
        return valid_email(f"{self.local}@{self.domain}") if self.local and self.domain else None


def written_email(text: str) -> str | None:
    """The first well-formed address written out in a text."""
    for match in _WRITTEN.finditer(text):
        address = valid_email(match.group().strip("."))
        if address:
            return address
    return None


@lru_cache(maxsize=4096)
def valid_email(address: str) -> str | None:
    """The address in normal form when its shape is right; the domain is not looked up."""
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(address, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return None


def addresses(tokens: Sequence[Token], vocabulary: DictationVocabulary) -> list[EmailAddress]:
    """Every address in units, in order, also those of which only a part was heard."""
    result: list[EmailAddress] = []
    end = 0
    for index, token in enumerate(tokens):
        sign = token.kind == "sign" and token.value == "@"
        if index < end or not (sign or token.kind == "provider"):
            continue
        domain, end = _domain_at(tokens, index + sign, vocabulary.code)
        name = local_part_before(tokens, index, vocabulary)
        if not name.text and result and name.corrected:  # "at yahoo, salah, at gmail": the name stays
            name = name._replace(text=result[-1].local, pieces=result[-1].pieces)
        if domain or sign:
            result.append(EmailAddress(name.text, domain, name.corrected, name.pieces))
    return result


def is_repeated(before: Iterable[Token], after: Iterable[Token], code: str) -> bool:
    """Whether a turn begins again with the name that the turn before began with."""
    first, second = ([token for token in tokens if token.kind in NAME_KINDS][:2] for tokens in (before, after))
    if not first or not second or first[0].kind != "word" or not may_be_same(first[0], second[0], code):
        return False
    if first[0].text == second[0].text or len(first) == 1:
        return True
    return len(second) > 1 and (first[1].kind, first[1].value) == (second[1].kind, second[1].value)


def _domain_at(tokens: Sequence[Token], start: int, code: str) -> tuple[str, int]:
    """The domain that begins at `start` ("" when it was not heard whole), and where it ends."""
    words = language(code).email
    while start < len(tokens) and tokens[start].kind in _PAUSES:
        start += 1
    if start >= len(tokens):
        return "", start
    provider = tokens[start].value if tokens[start].kind == "provider" else _misheard_provider(tokens[start], code)
    if provider is not None:
        endings, dots, end = _endings(tokens, start + 1, words)
        return _provider_domain(provider, endings, words, dots=dots), end
    name, name_end = _company(tokens, start)
    endings, _, end = _endings(tokens, name_end, words)
    # "at kami titik com"
    doubtful = any(token.kind == "stop" for token in tokens[start:name_end]) and len(endings) == 1
    whole = name and endings and endings[-1] in words.last_endings and not doubtful
    return (f"{name}.{'.'.join(endings)}" if whole else ""), end


def _misheard_provider(token: Token, code: str) -> str | None:
    """The provider that a word after the sign must have been; "" for an everyday word that is as near to one."""
    if token.kind not in {"word", "stop"}:
        return None
    names, _ = nearest_by_sound(token.text, tuple(language(code).email.provider_endings), code)
    near = [
        name for name in names if edit_distance(token.text, name) <= _MAX_PROVIDER_DISTANCE and token.text[0] == name[0]
    ]
    if token.kind == "stop":
        return "" if names else None
    return near[0] if len(near) == 1 else None


def _provider_domain(name: str, heard: Sequence[str], words: EmailWords, *, dots: int) -> str:
    """A provider's domain. An ending that was not heard is the first, unless the longer one may have been said."""
    known = words.provider_endings.get(name, ()) if name else ()
    said = ".".join(heard)
    if _UNCLEAR in heard:
        fits = [ending for ending in known if _fits(ending.split("."), heard)]
        return f"{name}.{fits[0]}" if len(fits) == 1 else ""
    if not known:
        return f"{name}.{said}" if name and said else ""
    if said in known:
        return f"{name}.{said}"
    if len(known) == 1 or not (said or dots > 1):
        return f"{name}.{known[0]}"
    return ""


def _fits(parts: Sequence[str], heard: Sequence[str]) -> bool:
    return len(parts) == len(heard) and all(end in {part, _UNCLEAR} for part, end in zip(parts, heard, strict=True))


def _company(tokens: Sequence[Token], start: int) -> tuple[str, int]:
    """A company's name up to the first dot, and where it ends."""
    name = ""
    words = 0
    index = start
    while index < len(tokens) and words < _MAX_COMPANY_WORDS:
        token = tokens[index]
        if token.kind in _PAUSES:
            index += 1
            continue
        dotted = token.kind == "stop" and index + 1 < len(tokens) and tokens[index + 1].value == "."  # "at pln titik"
        dash = token.kind == "sign" and token.value == "-"
        if not (token.kind in {"word", "letter", "digit", "ending"} or dotted or dash):
            break
        name += token.value if token.kind in {"letter", "digit", "sign"} else token.text
        words += token.kind == "word"
        index += 1
    return name, index


def _endings(tokens: Sequence[Token], start: int, words: EmailWords) -> tuple[list[str], int, int]:
    """The endings of a domain in order, how many dots were heard, and where they end."""
    endings: list[str] = []
    dots = 0
    end = start
    while (index := _skip_remarks(tokens, end)) < len(tokens):
        corrected = tokens[index].kind == "correction"
        index = _skip_remarks(tokens, index + corrected)
        dot = index < len(tokens) and tokens[index].kind == "sign" and tokens[index].value == "."
        following = _skip_remarks(tokens, index + dot)
        ending, after = _ending_at(tokens, following, words, dotted=dot)
        dots += dot
        if not ending and dot and following < len(tokens):
            ending, after = _UNCLEAR, following + 1
            if tokens[following].kind != "word":
                break
        if not ending:
            break
        endings = [ending] if corrected else [*endings, ending]  # "titik co, salah, titik com"
        end = after
        if ending in words.last_endings:
            correction = _skip_remarks(tokens, end)
            if not (correction < len(tokens) and tokens[correction].kind == "correction"):
                break
    return endings, dots, end


def _ending_at(tokens: Sequence[Token], start: int, words: EmailWords, *, dotted: bool) -> tuple[str, int]:
    """One ending, said as a word, spelled, or misheard after a dot; and where it ends."""
    if start >= len(tokens):
        return "", start
    token = tokens[start]
    if token.kind == "ending" and (dotted or token.value in words.undotted_endings):
        return token.value, start + 1
    if token.kind == "letter":
        spelled = "".join(u.value if u.kind == "letter" else "?" for u in tokens[start : start + _MIN_ENDING])
        sizes = [size for size in range(len(spelled), 1, -1) if spelled[:size] in words.endings]
        longest = max(sizes, default=0)
        return spelled[:longest], start + longest
    if not dotted or token.kind != "word":
        return "", start
    if token.text in words.endings:
        return token.text, start + 1
    near = [end for end in words.endings if len(end) >= _MIN_ENDING and edit_distance(token.text, end) <= 1]
    return (near[0], start + 1) if len(near) == 1 else ("", start)


def _skip_remarks(tokens: Sequence[Token], start: int) -> int:
    """The next place that is no remark; other talk ends a domain unless it is one word."""
    while start < len(tokens) and tokens[start].kind in _REMARKS:
        start += 1
    return start
