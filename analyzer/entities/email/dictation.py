"""The address of a whole dictation: joined over turns, checked against its repetitions and the other's read-back.

A wrong address is worse than none: two readings that contradict each other without support give None.
"""

from collections.abc import Sequence
from typing import NamedTuple

from analyzer.entities.email.address import EmailAddress, addresses, is_repeated, written_email
from analyzer.entities.email.tokens import email_tokens, email_vocabulary
from analyzer.entities.tokens import DictationVocabulary, Token, sounds_alike, split_pieces
from analyzer.language.registry import language

_CONTENT = frozenset({"word", "letter", "digit", "sign", "double", "triple"})
_TALK = frozenset({"stop", "filler", "remark", "pause"})
_FIRST_WORDS = 3  # words of a turn in which what was read back is confirmed or denied
_ERRORS_PER_MISSPELLED = 3  # misheard pieces of a name for each misspelled everyday word, on labelled calls
_MIN_PROBABILITY = 0.5  # that all pieces of a name were heard right, below which no address is better than this one
_MIN_NAME = 3  # letters of a name that must be heard again in a read-back
_MAX_DIFFERENCE = 0.4  # share of letters in which two names may differ and still be one, heard badly


class DictationTurn(NamedTuple):
    """One turn of a dictation."""

    text: str
    dictating: bool
    """True: the speaker dictates; False: the speaker repeats"""


class KnownWords(NamedTuple):
    """The words known in a call beside those of the address."""

    domains: frozenset[str]
    """mail providers by name"""
    stop: frozenset[str] = frozenset()
    """words that are never part of an address"""
    light: frozenset[str] = frozenset()
    """function words, which recognisers insert and swap"""


def dictated_email(
    turns: Sequence[DictationTurn], code: str, known: KnownWords, *, misspelled: float = 0
) -> str | None:
    """The address dictated over turns, or None without one that is whole and more likely right than wrong.

    `misspelled`: share of the call's everyday words that were recognised as no words, 0 to 1.

    >>> said = (("budi titik", True), ("budi titik", False), ("santoso at gmail titik com", True))
    >>> dictated_email([DictationTurn(*turn) for turn in said], "id", KnownWords(frozenset({"gmail"})))
    'budi.santoso@gmail.com'
    """
    vocabulary = email_vocabulary(code, known.domains, known.stop, known.light)
    turns = _after_denial(turns, vocabulary)
    dictated = [address for group in _groups(turns, vocabulary) for address in _addresses_in(group, vocabulary)]
    read_back = _read_back(turns, vocabulary)
    whole = [address for address in dictated if address.text]
    supported = [address.text for address in whole if address.text in read_back]
    if supported:
        return supported[-1]
    if whole:
        address = _single_address(whole, code)
        return _checked(address, read_back, code, misspelled) if address else None
    return _completed_by_read_back(dictated, read_back, turns, code)


def _after_denial(turns: Sequence[DictationTurn], vocabulary: DictationVocabulary) -> Sequence[DictationTurn]:
    """The turns from the last denial of an address that was read back whole."""
    denials = language(vocabulary.code).dictation.denials
    for index in range(len(turns) - 1, 0, -1):
        denied = turns[index].dictating and not turns[index - 1].dictating and _begins_with(turns[index].text, denials)
        if denied and _whole_addresses(turns[index - 1].text, vocabulary):
            return turns[index:]
    return turns


def _whole_addresses(text: str, vocabulary: DictationVocabulary) -> list[str]:
    """The whole addresses in an utterance."""
    written = written_email(text)
    if written:
        return [written]
    return [whole for address in addresses(email_tokens(text, vocabulary), vocabulary) if (whole := address.text)]


def _begins_with(text: str, words: frozenset[str]) -> bool:
    return not words.isdisjoint(split_pieces(text)[:_FIRST_WORDS])


def _groups(turns: Sequence[DictationTurn], vocabulary: DictationVocabulary) -> list[list[Token]]:
    """Tokens of whoever dictates; turns over which an address continues are one group."""
    groups: list[list[Token]] = []
    for turn in turns:
        if not turn.dictating:
            continue
        written = written_email(turn.text)
        tokens = _written_tokens(written) if written else email_tokens(turn.text, vocabulary)
        if not any(token.kind in _CONTENT or token.kind in {"provider", "ending"} for token in tokens):
            continue  # "iya" to a piece read back
        if groups and not written and _continues(groups[-1], tokens, vocabulary.code):
            while groups[-1][-1].kind in _TALK:  # "budi titik, itu dulu ya"
                groups[-1].pop()
            groups[-1] += tokens
        else:
            groups.append(list(tokens))
    return groups


def _written_tokens(written: str) -> list[Token]:
    """An address written out, as tokens that read back to itself."""
    local, domain = written.split("@")
    return [Token("word", "", local), Token("sign", "@"), Token("provider", domain, "written")]


def _continues(before: Sequence[Token], tokens: Sequence[Token], code: str) -> bool:
    """Whether a turn continues the address that the turns before began: they end with a piece of a name."""
    end = len(before)
    while end and before[end - 1].kind in _TALK:
        end -= 1
    start = next((index for index in range(end, 0, -1) if before[index - 1].kind in {"stop", "ending"}), 0)
    content = [token for token in before[start:end] if token.kind in {*_CONTENT, "provider"}]
    return bool(content) and not is_repeated(content, tokens, code)


def _addresses_in(tokens: Sequence[Token], vocabulary: DictationVocabulary) -> list[EmailAddress]:
    result = []
    for index, token in enumerate(tokens):
        if token.kind == "provider" and token.text == "written":
            return [EmailAddress(tokens[index - 2].text, token.value)]
    result += addresses(tokens, vocabulary)
    return result


def _read_back(turns: Sequence[DictationTurn], vocabulary: DictationVocabulary) -> list[str]:
    """Whole addresses that the other side repeated and that were not denied, turn by turn and over turns."""
    result: list[str] = []
    chunks: list[Token] = []
    for index, turn in enumerate(turns):
        if turn.dictating:
            continue
        answer = next((later.text for later in turns[index + 1 :] if later.dictating), "")
        if _begins_with(answer, language(vocabulary.code).dictation.denials):
            continue
        chunks += email_tokens(turn.text, vocabulary)
        result += _whole_addresses(turn.text, vocabulary)
    result += [text for address in addresses(chunks, vocabulary) if (text := address.text)]
    return list(dict.fromkeys(result))


def _single_address(whole: Sequence[EmailAddress], code: str) -> EmailAddress | None:
    """The address that several readings agree on; None when two compete."""
    if any(address.corrected for address in whole):
        return [address for address in whole if address.corrected][-1]
    longest = max(whole, key=lambda address: len(address.local))
    if all(_part_of(address, longest) for address in whole):
        return longest
    return None if any(_may_be_same(address, whole[0], code) for address in whole[1:]) else whole[0]


def _part_of(part: EmailAddress, whole: EmailAddress) -> bool:
    return part.domain == whole.domain and whole.local.endswith(part.local)


def _may_be_same(first: EmailAddress, second: EmailAddress, code: str) -> bool:
    """Whether two addresses may be the same, misheard."""
    if first.local == second.local or sounds_alike(first.local, second.local, code):
        return True
    return _shared_letters(first.local, second.local) >= 1 - _MAX_DIFFERENCE


def _shared_letters(first: str, second: str) -> float:
    """Share of letters at the beginning and the end that two names have in common."""
    shorter = min(len(first), len(second))
    front = next((i for i in range(shorter) if first[i] != second[i]), shorter)
    back = next((i for i in range(shorter - front) if first[-1 - i] != second[-1 - i]), shorter - front)
    return (front + back) / max(len(first), len(second))


def _checked(address: EmailAddress, read_back: Sequence[str], code: str, misspelled: float) -> str | None:
    """A whole address unless a read-back contradicts it or a piece of it was probably misheard."""
    for echo in read_back if address.pieces else ():  # what was both said and spelled needs no read-back
        local, domain = echo.split("@")
        back = EmailAddress(local, domain)
        if _part_of(back, address):
            continue
        if _part_of(address, back) and not address.corrected:
            return echo  # its beginning was lost in the dictation
        if back.domain == address.domain or _may_be_same(back, address, code):
            return None
    return address.text if (1 - _ERRORS_PER_MISSPELLED * misspelled) ** address.pieces >= _MIN_PROBABILITY else None


def _completed_by_read_back(
    dictated: Sequence[EmailAddress], read_back: Sequence[str], turns: Sequence[DictationTurn], code: str
) -> str | None:
    """The read-back of an address of which only a part was heard in the dictation itself."""
    for echo in reversed(read_back):
        local, domain = echo.split("@")
        for part in dictated:
            if part.local in {"", local} and part.domain in {"", domain} and (part.local or part.domain):
                return echo
        heard = {word for turn in turns if turn.dictating for word in split_pieces(turn.text)}
        named = any(sounds_alike(word, piece, code) for word in heard for piece in _name_parts(local))
        if named and _confirmed(echo, turns, code):
            return echo
    return None


def _name_parts(local: str) -> list[str]:
    parts = local.replace("_", ".").replace("-", ".").split(".")
    return [part.rstrip("0123456789") for part in [*parts, local] if len(part) >= _MIN_NAME]


def _confirmed(echo: str, turns: Sequence[DictationTurn], code: str) -> bool:
    """Whether a yes of whoever dictates follows the read-back."""
    parts = _name_parts(echo.split("@", maxsplit=1)[0])
    words = language(code).dictation.yes
    for index, turn in enumerate(turns[:-1]):
        repeated = not turn.dictating and any(part in "".join(split_pieces(turn.text)) for part in parts)
        if repeated and turns[index + 1].dictating and _begins_with(turns[index + 1].text, words):
            return True
    return False
