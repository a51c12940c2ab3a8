"""The address of a whole dictation: joined over turns, weighed against its repetitions and the other's read-back.

A wrong address is worse than none: two readings that contradict each other without support give None.
"""

from collections.abc import Sequence
from typing import NamedTuple

from analyzer.entities.email.address import (
    Address,
    addresses,
    is_repeated,
    valid_email,
    written_email,
)
from analyzer.entities.email.tokens import email_tokens, email_vocabulary
from analyzer.entities.tokens import Token, Vocabulary, sounds_alike, split_pieces
from analyzer.language.registry import language

_CONTENT = frozenset({"word", "letter", "digit", "sign", "double", "triple"})
_AROUND = frozenset({"stop", "filler", "remark", "pause"})
_FIRST_WORDS = 3  # of a turn, in which what was read back is confirmed or denied
_UNSEEN = 3  # pieces of a name heard wrong for each everyday word that is misspelled, by the labelled calls
_LIKELY = 0.5  # chance that all pieces of a name were heard right, below which no address is better than this one
_LEAST_NAME = 3  # letters of a name that must be heard again in a read-back
_NEAR = 0.4  # share of letters in which two names may differ and still be one, heard badly


class DictationTurn(NamedTuple):
    """One turn of a dictation."""

    text: str
    dictating: bool
    """True: the one who dictates; False: the one who repeats"""


class KnownWords(NamedTuple):
    """The words known in a call beside those of the address."""

    domains: frozenset[str]
    """mail providers by name"""
    stop: frozenset[str] = frozenset()
    """words that are never part of an address"""
    light: frozenset[str] = frozenset()
    """words of grammar, which recognisers put in and swap"""


def dictated_email(turns: Sequence[DictationTurn], code: str, around: KnownWords, *, misspelled: float = 0) -> str | None:
    """The address dictated over turns, or None without one that is whole and more likely right than wrong.

    `misspelled`: share of the call's everyday words that were heard as no words, 0 to 1; how bad the recogniser was.

    >>> turns = (Said("budi titik", True), Said("budi titik", False), Said("santoso at gmail titik com", True))
    >>> dictated_email(turns, "id", Around(frozenset({"gmail"})))
    'budi.santoso@gmail.com'
    """
    vocabulary = email_vocabulary(code, around.domains, around.stop, around.light)
    turns = _after_denial(turns, vocabulary)
    own = [address for group in _groups(turns, vocabulary) for address in _found(group, vocabulary)]
    echoes = _read_back(turns, vocabulary)
    whole = [address for address in own if address.text]
    supported = [address.text for address in whole if address.text in echoes]
    if supported:
        return supported[-1]
    if whole:
        said = _one(whole, code)
        return _weighed(said, echoes, code, misspelled) if said else None
    return _completed(own, echoes, turns, code)


def _after_denial(turns: Sequence[DictationTurn], vocabulary: Vocabulary) -> Sequence[DictationTurn]:
    """Only what was said from the last denial of a whole address read back on."""
    denials = language(vocabulary.code).dictation.denials
    for index in range(len(turns) - 1, 0, -1):
        denied = turns[index].dictating and not turns[index - 1].dictating and _begins(turns[index].text, denials)
        if denied and _whole(turns[index - 1].text, vocabulary):
            return turns[index:]
    return turns


def _whole(text: str, vocabulary: Vocabulary) -> list[str]:
    """The whole addresses in an utterance."""
    written = written_email(text)
    if written:
        return [written]
    return [result for address in addresses(email_tokens(text, vocabulary), vocabulary) if (result := address.text)]


def _begins(text: str, words: frozenset[str]) -> bool:
    return not words.isdisjoint(split_pieces(text)[:_FIRST_WORDS])


def _groups(turns: Sequence[DictationTurn], vocabulary: Vocabulary) -> list[list[Token]]:
    """Units of the dictating one, over turns where an address goes on in the next."""
    groups: list[list[Token]] = []
    for turn in turns:
        if not turn.dictating:
            continue
        written = written_email(turn.text)
        tokens = _units_of(written) if written else email_tokens(turn.text, vocabulary)
        if not any(token.kind in _CONTENT or token.kind in {"provider", "ending"} for token in tokens):
            continue  # "iya" to a piece read back
        if groups and not written and _goes_on(groups[-1], tokens, vocabulary.code):
            while groups[-1][-1].kind in _AROUND:  # "budi titik, itu dulu ya"
                groups[-1].pop()
            groups[-1] += tokens
        else:
            groups.append(list(tokens))
    return groups


def _units_of(written: str) -> list[Token]:
    """An address written out, as units that read back to itself."""
    local, domain = written.split("@")
    return [Token("word", "", local), Token("sign", "@"), Token("provider", domain, "written")]


def _goes_on(before: Sequence[Token], tokens: Sequence[Token], code: str) -> bool:
    """Whether a turn goes on with the address that the turns before began: they end with a piece of a name."""
    end = len(before)
    while end and before[end - 1].kind in _AROUND:
        end -= 1
    start = next((index for index in range(end, 0, -1) if before[index - 1].kind in {"stop", "ending"}), 0)
    content = [token for token in before[start:end] if token.kind in {*_CONTENT, "provider"}]
    return bool(content) and not is_repeated(content, tokens, code)


def _found(tokens: Sequence[Token], vocabulary: Vocabulary) -> list[Address]:
    result = []
    for index, token in enumerate(tokens):
        if token.kind == "provider" and token.text == "written":
            return [Address(tokens[index - 2].text, token.value)]
    result += addresses(tokens, vocabulary)
    return result


def _read_back(turns: Sequence[DictationTurn], vocabulary: Vocabulary) -> list[str]:
    """Whole addresses that the other one repeated and that were not denied, turn by turn and over turns."""
    result: list[str] = []
    chunks: list[Token] = []
    for index, turn in enumerate(turns):
        if turn.dictating:
            continue
        answer = next((later.text for later in turns[index + 1 :] if later.dictating), "")
        if _begins(answer, language(vocabulary.code).dictation.denials):
            continue
        chunks += email_tokens(turn.text, vocabulary)
        result += _whole(turn.text, vocabulary)
    result += [text for address in addresses(chunks, vocabulary) if (text := address.text)]
    return list(dict.fromkeys(result))


def _one(whole: Sequence[Address], code: str) -> Address | None:
    """The one address of several readings; None when two compete."""
    if any(address.corrected for address in whole):
        return [address for address in whole if address.corrected][-1]
    longest = max(whole, key=lambda address: len(address.local))
    if all(_part_of(address, longest) for address in whole):
        return longest
    return None if any(_near(address, whole[0], code) for address in whole[1:]) else whole[0]


def _part_of(part: Address, whole: Address) -> bool:
    return part.domain == whole.domain and whole.local.endswith(part.local)


def _near(one: Address, other: Address, code: str) -> bool:
    """Whether two addresses may be one that was misheard."""
    if one.local == other.local:
        return True
    return sounds_alike(one.local, other.local, code) or _shared(one.local, other.local) >= 1 - _NEAR


def _shared(one: str, other: str) -> float:
    """Share of letters at the beginning and the end that two names have in common."""
    shorter = min(len(one), len(other))
    front = next((index for index in range(shorter) if one[index] != other[index]), shorter)
    back = next((index for index in range(shorter - front) if one[-1 - index] != other[-1 - index]), shorter - front)
    return (front + back) / max(len(one), len(other))


def _weighed(said: Address, echoes: Sequence[str], code: str, misspelled: float) -> str | None:
    """A whole address against a read-back that differs, and against how likely every piece was heard right."""
    for echo in echoes if said.pieces else ():  # what was both said and spelled needs no read-back
        local, domain = echo.split("@")
        back = Address(local, domain)
        if _part_of(back, said):
            continue
        if _part_of(said, back) and not said.corrected:
            return echo  # its beginning was lost in the dictation
        if back.domain == said.domain or _near(back, said, code):
            return None
    return said.text if (1 - _UNSEEN * misspelled) ** said.pieces >= _LIKELY else None


def _completed(own: Sequence[Address], echoes: Sequence[str], turns: Sequence[DictationTurn], code: str) -> str | None:
    """The read-back of an address of which only a part was heard from the one who dictated it."""
    for echo in reversed(echoes):
        local, domain = echo.split("@")
        for part in own:
            if part.local in {"", local} and part.domain in {"", domain} and (part.local or part.domain):
                return echo
        heard = {word for turn in turns if turn.dictating for word in split_pieces(turn.text)}
        named = any(sounds_alike(word, piece, code) for word in heard for piece in _names(local))
        if named and _confirmed(echo, turns, code):
            return echo
    return None


def _names(local: str) -> list[str]:
    parts = local.replace("_", ".").replace("-", ".").split(".")
    return [part.rstrip("0123456789") for part in [*parts, local] if len(part) >= _LEAST_NAME]


def _confirmed(echo: str, turns: Sequence[DictationTurn], code: str) -> bool:
    """Whether the one who dictates said yes right after the read-back."""
    name = _names(echo.split("@", maxsplit=1)[0])
    for index, turn in enumerate(turns[:-1]):
        repeated = not turn.dictating and any(piece in "".join(split_pieces(turn.text)) for piece in name)
        if repeated and turns[index + 1].dictating and _begins(turns[index + 1].text, language(code).dictation.yes):
            return True
    return False


__all__ = ["DictationTurn", "dictated_email", "valid_email", "written_email"]
